/* Builds small traces, good and bad, for the tests of the reading side. See reading.h. */
#include "reading.h"

#include "base/buffer.h"
#include "container/container_writer.h"
#include "trace/events_format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define GOLDEN_FOLDER "libctrace/test/golden/"

/* Before each piece: its size, in a room that keeps the piece aligned. */
#define PIECE_HEAD_SIZE 16

static void *
count_piece(void *context, void *pointer, size_t size)
{
    struct reading_heap *heap = context;
    unsigned char *piece = pointer != NULL ? (unsigned char *)pointer - PIECE_HEAD_SIZE : NULL;
    size_t old_size = 0;
    if (piece != NULL)
        memcpy(&old_size, piece, sizeof old_size);
    if (size == 0) {
        heap->used -= old_size;
        free(piece);
        return NULL;
    }
    piece = realloc(piece, size + PIECE_HEAD_SIZE);
    assert_non_null(piece);
    memcpy(piece, &size, sizeof size);
    heap->used += size - old_size;
    heap->peak = heap->used > heap->peak ? heap->used : heap->peak;
    return piece + PIECE_HEAD_SIZE;
}

void
reading_heap_init(struct reading_heap *heap)
{
    *heap = (struct reading_heap){.alloc = {count_piece, heap}};
}

uint8_t *
reading_golden(const char *name, size_t *out_size)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", GOLDEN_FOLDER, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *out_size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*out_size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *out_size, file), *out_size);
    fclose(file);
    return bytes;
}

static struct ct_file *
open_bytes(const void *bytes, size_t size)
{
    struct ct_file *file;
    assert_int_equal(ct_file_memory_open(bytes, size, NULL, &file), CT_OK);
    return file;
}

struct ct_trace_files
reading_json_files(const char *trace, const char *metadata, const char *paths)
{
    struct ct_trace_files files = {.main = open_bytes(trace, strlen(trace))};
    if (metadata != NULL)
        files.metadata = open_bytes(metadata, strlen(metadata));
    if (paths != NULL)
        files.paths = open_bytes(paths, strlen(paths));
    return files;
}

struct ct_trace_files
reading_container_files(const uint8_t *bytes, size_t size)
{
    return (struct ct_trace_files){.main = open_bytes(bytes, size)};
}

/* ---- containers ---- */

static void
put_frame(struct ct_buffer *log, const struct reading_chunk *chunk)
{
    const size_t room = ZSTD_compressBound(chunk->size);
    uint8_t *frame = malloc(room);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(frame);
    assert_non_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, !chunk->is_sizeless);
    const size_t size = ZSTD_compress2(context, frame, room, chunk->events, chunk->size);
    assert_false(ZSTD_isError(size));
    ct_buffer_put_u32(log, (uint32_t)size + chunk->frame_size_delta);
    ct_buffer_put_u32(log, chunk->count);
    ct_buffer_put_u64(log, chunk->first);
    ct_buffer_put(log, frame, size);
    ZSTD_freeCCtx(context);
    free(frame);
}

static void
append_file(struct ct_container_writer *writer, const char *name, const void *bytes, size_t size)
{
    uint32_t index;
    assert_int_equal(ct_container_writer_create(writer, name, &index), CT_OK);
    assert_int_equal(ct_container_writer_append(writer, index, bytes, size), CT_OK);
    assert_int_equal(ct_container_writer_publish(writer, index), CT_OK);
}

uint8_t *
reading_container(const struct reading_chunk *chunks, size_t count, bool has_head, const void *meta,
                  size_t meta_size, size_t *out_size)
{
    struct ct_folder *folder;
    struct ct_file *file;
    struct ct_container_writer *writer;
    struct ct_buffer log;
    ct_buffer_init(&log, NULL);
    if (has_head)
        ct_buffer_put(&log, CT_EVENTS_HEAD, CT_EVENTS_HEAD_SIZE);
    for (size_t i = 0; i < count; i++)
        put_frame(&log, &chunks[i]);
    assert_int_equal(ct_buffer_status(&log), CT_OK);
    assert_int_equal(ct_folder_memory_new(NULL, &folder), CT_OK);
    assert_int_equal(folder->ops->create(folder, "trace.ct", &file), CT_OK);
    assert_int_equal(ct_container_writer_open(file, NULL, &writer), CT_OK);
    append_file(writer, "events.log", log.bytes, log.size);
    append_file(writer, "events.fmt", CT_EVENTS_FORMAT_NAME, strlen(CT_EVENTS_FORMAT_NAME));
    if (meta != NULL)
        append_file(writer, "meta.dat", meta, meta_size);
    assert_int_equal(ct_container_writer_close(writer), CT_OK);
    uint8_t *bytes = ct_folder_read_all(folder, "trace.ct", out_size);
    ct_folder_close(folder);
    ct_buffer_release(&log);
    return bytes;
}

/* ---- findings ---- */

static void
put_finding(void *context, const struct ct_finding *finding)
{
    fprintf(context, "%s:%" PRIu64 ": %s\n", finding->file, finding->offset, finding->sentence);
}

char *
reading_findings(const struct ct_trace_files *files)
{
    char *text = NULL;
    size_t size = 0;
    struct ct_verify_result result;
    struct ct_error error;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    const struct ct_verify_options options = {.finding = put_finding, .context = stream};
    assert_int_equal(ct_trace_verify_files(files, &options, &result, &error), CT_OK);
    fclose(stream);
    assert_int_equal(result.finding_count == 0, size == 0);
    return text;
}
