/* Chunk heads, compressed input block by block, the decompressed window. See chunk_reader.h. */
#include "trace/chunk_reader.h"

#include "base/cursor.h"
#include "ctrace/text.h"
#include "trace/events_format.h"

#include <inttypes.h>
#include <string.h>

#define LOG_NAME        "events.log"
#define WINDOW_SIZE_MIN ((size_t)64 << 10)
/* A frame's head: magic, descriptor, window, dictionary, content size. */
#define FRAME_HEAD_SIZE_MAX 18

enum ct_status
ct_chunk_reader_init(struct ct_chunk_reader *reader, struct ct_container_reader *container,
                     const struct ct_container_entry *entry, const struct ct_alloc *alloc)
{
    *reader = (struct ct_chunk_reader){.alloc = alloc, .container = container, .entry = entry};
    reader->stream = ZSTD_createDStream();
    reader->input_bytes = ct_alloc_resize(alloc, NULL, CT_CHUNK_WHOLE_FRAME_SIZE);
    if (reader->stream == NULL || reader->input_bytes == NULL)
        return CT_ERR_MEMORY;
    uint8_t head[CT_EVENTS_HEAD_SIZE];
    if (entry->size < sizeof head ||
        ct_container_reader_read(container, entry, 0, head, sizeof head, NULL) != CT_OK)
        return CT_OK; /* next meets the same failure and reports it */
    if (memcmp(head, CT_EVENTS_HEAD, sizeof head) == 0)
        reader->position = sizeof head;
    return CT_OK;
}

void
ct_chunk_reader_release(struct ct_chunk_reader *reader)
{
    if (reader->alloc == NULL)
        return;
    ZSTD_freeDStream(reader->stream);
    ct_alloc_free(reader->alloc, reader->input_bytes);
    ct_alloc_free(reader->alloc, reader->window);
    *reader = (struct ct_chunk_reader){0};
}

static void
note_content_size(struct ct_chunk_reader *reader, const struct ct_event_decoder *decoder)
{
    uint8_t head[FRAME_HEAD_SIZE_MAX];
    const uint64_t available = reader->input_end - reader->input_next;
    const size_t size = available < sizeof head ? (size_t)available : sizeof head;
    if (decoder->observer.note == NULL ||
        ct_container_reader_read(reader->container, reader->entry, reader->input_next, head, size,
                                 NULL) != CT_OK)
        return;
    if (ZSTD_getFrameContentSize(head, size) == ZSTD_CONTENTSIZE_UNKNOWN)
        ct_event_note(decoder, LOG_NAME, reader->offset,
                      "the chunk's zstd frame does not tell its content size");
}

static enum ct_status
require_window(struct ct_chunk_reader *reader, size_t capacity)
{
    if (capacity <= reader->capacity)
        return CT_OK;
    uint8_t *grown = ct_alloc_resize(reader->alloc, reader->window, capacity);
    if (grown == NULL)
        return CT_ERR_MEMORY;
    reader->window = grown;
    reader->capacity = capacity;
    return CT_OK;
}

/* The whole chunk into the window at once. Where that cannot be, or its frame is damaged,
 * *out_is_done is false and nothing has happened. */
static enum ct_status
decompress_whole(struct ct_chunk_reader *reader, size_t size_max, bool *out_is_done)
{
    const uint64_t frame_size = reader->input_end - reader->input_next;
    *out_is_done = false;
    if (reader->is_cut || frame_size > CT_CHUNK_WHOLE_FRAME_SIZE)
        return CT_OK;
    const size_t size = (size_t)frame_size;
    const enum ct_status status = ct_container_reader_read(
        reader->container, reader->entry, reader->input_next, reader->input_bytes, size, NULL);
    if (status == CT_ERR_FORMAT)
        return CT_OK;
    CT_TRY(status);
    const uint64_t content_size = ZSTD_getFrameContentSize(reader->input_bytes, size);
    if (content_size > CT_CHUNK_WHOLE_CONTENT_SIZE || content_size > size_max ||
        ZSTD_findFrameCompressedSize(reader->input_bytes, size) != size)
        return CT_OK;
    CT_TRY(require_window(reader, (size_t)content_size));
    if (ZSTD_decompressDCtx(reader->stream, reader->window, reader->capacity, reader->input_bytes,
                            size) != content_size)
        return CT_OK;
    reader->end = (size_t)content_size;
    reader->input_next = reader->input_end;
    reader->is_frame_done = *out_is_done = true;
    return CT_OK;
}

enum ct_status
ct_chunk_reader_next(struct ct_chunk_reader *reader, const struct ct_event_decoder *decoder,
                     struct ct_chunk_head *out_head, struct ct_error *error)
{
    const uint64_t log_size = reader->entry->size;
    uint8_t bytes[CT_CHUNK_HEAD_SIZE];
    reader->offset = reader->position;
    if (reader->position >= log_size)
        return CT_END;
    reader->position = log_size; /* until the head is known to be good */
    if (log_size - reader->offset < sizeof bytes)
        return ct_error_put(error, CT_ERR_FORMAT, LOG_NAME, reader->offset,
                            "the last chunk is incomplete: %" PRIu64 " byte%s of its head",
                            log_size - reader->offset, ct_plural(log_size - reader->offset));
    CT_TRY(ct_container_reader_read(reader->container, reader->entry, reader->offset, bytes,
                                    sizeof bytes, error));
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, bytes, sizeof bytes);
    const uint32_t frame_size = ct_cursor_get_u32(&cursor);
    out_head->event_count = ct_cursor_get_u32(&cursor);
    out_head->event_first = ct_cursor_get_u64(&cursor);

    reader->input_next = reader->offset + sizeof bytes;
    reader->is_cut = frame_size > log_size - reader->input_next;
    reader->input_end = reader->is_cut ? log_size : reader->input_next + frame_size;
    reader->position = reader->input_end;
    reader->input = (ZSTD_inBuffer){reader->input_bytes, 0, 0};
    reader->is_frame_done = false;
    reader->failed = CT_OK;
    reader->start = reader->end = 0;
    note_content_size(reader, decoder);
    bool is_done;
    CT_TRY(decompress_whole(reader, decoder->event_size_max, &is_done));
    if (!is_done)
        ZSTD_initDStream(reader->stream);
    return CT_OK;
}

enum ct_status
ct_chunk_reader_reserve(struct ct_chunk_reader *reader)
{
    return require_window(reader, CT_CHUNK_WHOLE_CONTENT_SIZE);
}

void
ct_chunk_reader_pass(struct ct_chunk_reader *reader, uint64_t offset, uint64_t end_offset)
{
    reader->offset = offset;
    reader->position = reader->input_next = reader->input_end = end_offset;
    reader->input = (ZSTD_inBuffer){reader->input_bytes, 0, 0};
    reader->start = reader->end = 0;
    reader->is_cut = false;
    reader->is_frame_done = true;
    reader->failed = CT_OK;
}

/* The next compressed bytes, up to the end of a container block. */
static enum ct_status
read_input(struct ct_chunk_reader *reader, struct ct_error *error)
{
    const uint64_t left = reader->input_end - reader->input_next;
    if (left == 0)
        return ct_error_put(error, CT_ERR_FORMAT, LOG_NAME, reader->offset,
                            reader->is_cut ? "the last chunk is incomplete: events.log ends in it"
                                           : "the chunk's zstd frame is longer than the chunk");
    size_t size = CT_CHUNK_INPUT_SIZE - (size_t)(reader->input_next % CT_CHUNK_INPUT_SIZE);
    if (size > left)
        size = (size_t)left;
    CT_TRY(ct_container_reader_read(reader->container, reader->entry, reader->input_next,
                                    reader->input_bytes, size, error));
    reader->input_next += size;
    reader->input.size = size;
    reader->input.pos = 0;
    return CT_OK;
}

static enum ct_status
grow_window(struct ct_chunk_reader *reader, size_t size_max, struct ct_error *error)
{
    const size_t held = reader->end - reader->start;
    if (held >= size_max)
        return ct_error_put(error, CT_ERR_LIMIT, LOG_NAME, reader->offset,
                            "an event takes more than %zu bytes", size_max);
    if (reader->start > 0)
        memmove(reader->window, reader->window + reader->start, held);
    reader->start = 0;
    reader->end = held;
    if (reader->capacity / 2 >= held && reader->capacity > 0)
        return CT_OK;
    return require_window(reader, held < WINDOW_SIZE_MIN / 2 ? WINDOW_SIZE_MIN : held * 2);
}

/* One call of the decompressor into what is free of the window. */
static enum ct_status
decompress_some(struct ct_chunk_reader *reader, struct ct_error *error)
{
    ZSTD_outBuffer output = {reader->window, reader->capacity, reader->end};
    const size_t result = ZSTD_decompressStream(reader->stream, &output, &reader->input);
    if (ZSTD_isError(result))
        return ct_error_put(error, CT_ERR_FORMAT, LOG_NAME, reader->offset,
                            "the chunk does not decompress: %s", ZSTD_getErrorName(result));
    reader->is_frame_done = result == 0;
    reader->end = output.pos;
    return CT_OK;
}

enum ct_status
ct_chunk_reader_fill(struct ct_chunk_reader *reader, size_t size_max, struct ct_error *error)
{
    if (reader->failed != CT_OK && error != NULL)
        *error = reader->failure;
    if (reader->failed != CT_OK || reader->is_frame_done)
        return reader->failed != CT_OK ? reader->failed : CT_END;
    CT_TRY(grow_window(reader, size_max, error));
    const size_t held = reader->end;
    while (!reader->is_frame_done && reader->end < reader->capacity) {
        /* What is left inside the decompressor comes out first: only then is input wanted. */
        const size_t before = reader->end;
        reader->failed = decompress_some(reader, &reader->failure);
        if (reader->failed == CT_OK && !reader->is_frame_done && reader->end == before &&
            reader->input.pos == reader->input.size)
            reader->failed = read_input(reader, &reader->failure);
        if (reader->failed != CT_OK)
            break;
    }
    if (reader->end > held)
        return CT_OK; /* a failure behind these bytes is told by the next fill */
    return ct_chunk_reader_fill(reader, size_max, error);
}

bool
ct_chunk_reader_has_rest(const struct ct_chunk_reader *reader)
{
    return reader->input.pos < reader->input.size || reader->input_next < reader->input_end;
}
