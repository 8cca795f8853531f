/* Fuzzes the events of the combined layout, without zstd and the container in the fuzzer's way.
 *
 * The input is u16 (little-endian) count of events, then the events' bytes: one chunk. The target
 * puts it into a container, verifies that and puts questions to it. */
#include "container_image.h"
#include "ctrace/trace_verify.h"
#include "fuzz_questions.h"

static void
verify_trace(const struct ct_buffer *image)
{
    struct ct_trace_files files = {0};
    struct ct_verify_result result;
    const struct ct_verify_options options = {.event_size_max = FUZZ_EVENT_SIZE_MAX};
    if (ct_file_memory_open(image->bytes, image->size, NULL, &files.main) != CT_OK)
        return;
    (void)!ct_trace_verify_files(&files, &options, &result, NULL);
    fuzz_questions(&files);
    ct_trace_files_close(&files);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_buffer log;
    struct ct_buffer image;
    if (size < 2)
        return 0;
    ct_buffer_init(&log, NULL);
    ct_buffer_init(&image, NULL);
    image_put_chunk(&log, bytes + 2, size - 2, ct_bytes_get_u16(bytes), 0);
    const struct image_file files[] = {
        {"events.log", log.bytes, log.size},
        {"events.fmt", (const uint8_t *)CT_EVENTS_FORMAT_NAME, strlen(CT_EVENTS_FORMAT_NAME)},
    };
    if (ct_buffer_status(&log) == CT_OK && image_build(&image, files, 2))
        verify_trace(&image);
    ct_buffer_release(&log);
    ct_buffer_release(&image);
    return 0;
}
