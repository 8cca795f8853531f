/* Fuzzes the events of the combined layout, without zstd and the container in the fuzzer's way.
 *
 * The input is u16 (little-endian) count of events, then the events' bytes: one chunk. The target
 * compresses it, puts it into a container, verifies that and puts questions to it. */
#include "container/container_writer.h"
#include "ctrace/trace_verify.h"
#include "fuzz_questions.h"
#include "trace/events_format.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static enum ct_status
append_file(struct ct_container_writer *writer, const char *name, const void *bytes, size_t size)
{
    uint32_t index;
    CT_TRY(ct_container_writer_create(writer, name, &index));
    CT_TRY(ct_container_writer_append(writer, index, bytes, size));
    return ct_container_writer_publish(writer, index);
}

/* The chunk of these events, to be freed; NULL when memory is out. */
static uint8_t *
make_chunk(const uint8_t *bytes, size_t size, uint16_t count, size_t *out_size)
{
    const size_t room = ZSTD_compressBound(size);
    uint8_t *chunk = calloc(1, CT_CHUNK_HEAD_SIZE + room);
    if (chunk == NULL)
        return NULL;
    const size_t frame_size =
        ZSTD_compress(chunk + CT_CHUNK_HEAD_SIZE, room, bytes, size, 1);
    for (unsigned i = 0; i < 4; i++)
        chunk[i] = (uint8_t)(frame_size >> (8 * i));
    chunk[4] = (uint8_t)count;
    chunk[5] = (uint8_t)(count >> 8);
    *out_size = CT_CHUNK_HEAD_SIZE + frame_size;
    return chunk;
}

static enum ct_status
write_trace(struct ct_folder *folder, const uint8_t *chunk, size_t size)
{
    struct ct_file *file;
    struct ct_container_writer *writer;
    CT_TRY(folder->ops->create(folder, "trace.ct", &file));
    CT_TRY(ct_container_writer_open(file, NULL, &writer));
    enum ct_status status = append_file(writer, "events.log", chunk, size);
    if (status == CT_OK)
        status = append_file(writer, "events.fmt", CT_EVENTS_FORMAT_NAME,
                             strlen(CT_EVENTS_FORMAT_NAME));
    const enum ct_status closed = ct_container_writer_close(writer);
    return status != CT_OK ? status : closed;
}

static void
verify_trace(struct ct_folder *folder)
{
    struct ct_trace_files files = {0};
    struct ct_verify_result result;
    const struct ct_verify_options options = {.event_size_max = FUZZ_EVENT_SIZE_MAX};
    if (folder->ops->open(folder, "trace.ct", &files.main) != CT_OK)
        return;
    (void)!ct_trace_verify_files(&files, &options, &result, NULL);
    fuzz_questions(&files);
    ct_trace_files_close(&files);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_folder *folder;
    size_t chunk_size;
    if (size < 2 || ct_folder_memory_new(NULL, &folder) != CT_OK)
        return 0;
    uint8_t *chunk =
        make_chunk(bytes + 2, size - 2, (uint16_t)(bytes[0] | bytes[1] << 8), &chunk_size);
    if (chunk != NULL && write_trace(folder, chunk, chunk_size) == CT_OK)
        verify_trace(folder);
    free(chunk);
    ct_folder_close(folder);
    return 0;
}
