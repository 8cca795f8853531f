/* Fuzzes trace.instructions: the reader, from its beginning and from a step within.
 *
 * Whatever it delivers is looked at. */
#include "ctrace/trace_instructions.h"
#include "fuzz.h"

#include <string.h>

static void
read_from(struct ct_file *file, uint64_t step)
{
    struct ct_trace_instructions *list = NULL;
    struct ct_trace_instruction run;
    struct ct_error error;
    if (ct_trace_instructions_read(file, NULL, &list, &error) != CT_OK)
        return;
    ct_trace_instructions_skip(list, step);
    (void)ct_trace_instructions_sum(list);
    while (ct_trace_instructions_next(list, &run, &error) == CT_OK) {
        (void)(strlen(run.label) + strlen(run.opcode) + strlen(run.operands));
        if (run.value != NULL)
            (void)memchr(run.value, 0, run.value_size);
    }
    ct_trace_instructions_close(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_file *file;
    if (ct_file_memory_open(bytes, size, NULL, &file) != CT_OK)
        return 0;
    read_from(file, 0);
    read_from(file, 9);
    const enum ct_status ignored = ct_file_close(file);
    (void)ignored;
    return 0;
}
