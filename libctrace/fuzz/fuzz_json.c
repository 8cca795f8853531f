/* Fuzzes trace.json: the array, its elements, the events in them, through verify and questions. */
#include "ctrace/trace_verify.h"
#include "fuzz_questions.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_trace_files files = {0};
    struct ct_verify_result result;
    const struct ct_verify_options options = {.event_size_max = FUZZ_EVENT_SIZE_MAX};
    if (ct_file_memory_open(bytes, size, NULL, &files.main) != CT_OK)
        return 0;
    (void)!ct_trace_verify_files(&files, &options, &result, NULL);
    fuzz_questions(&files);
    ct_trace_files_close(&files);
    return 0;
}
