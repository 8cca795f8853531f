/* Fuzzes the metadata. The first byte picks which: meta.dat, trace_metadata.json,
 * trace_paths.json. */
#include "fuzz.h"
#include "trace/meta_reader.h"

#include <string.h>

static void
check_texts(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)strlen(texts[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_trace_metadata metadata = {
        .recording_id = "", .program = "", .workdir = "", .recorder = ""};
    struct ct_arena arena;
    if (size == 0)
        return 0;
    ct_arena_init(&arena, NULL);
    const unsigned which = bytes[0] % 3;
    bytes++;
    size--;
    if (which == 0)
        (void)!ct_meta_read_binary(bytes, size, &arena, &metadata);
    else if (which == 1)
        (void)!ct_meta_read_json((const char *)bytes, size, &arena, &metadata);
    else
        (void)!ct_meta_read_json_paths((const char *)bytes, size, &arena, &metadata);
    check_texts(metadata.args, metadata.arg_count);
    check_texts(metadata.paths, metadata.path_count);
    check_texts(&metadata.program, 1);
    ct_arena_release(&arena);
    return 0;
}
