/* Bounded reading of spans. See index_reader.h. */
#include "trace/index_reader.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "container/container_format.h"
#include "trace/index_format.h"
#include "trace/index_span.h"

#include <inttypes.h>
#include <string.h>

static enum ct_status
refuse(const struct ct_index_entry *entry, const char *sentence, struct ct_error *error)
{
    return ct_error_put(error, CT_ERR_FORMAT, CT_INDEX_NAME, entry->offset, "%s", sentence);
}

/* ---- opening ---- */

enum ct_status
ct_index_reader_init(struct ct_index_reader *reader, struct ct_container_reader *container,
                     const struct ct_alloc *alloc, struct ct_error *error)
{
    uint8_t head[CT_INDEX_HEAD_SIZE];
    const struct ct_container_entry *file = ct_container_reader_find(container, CT_INDEX_NAME);
    *reader = (struct ct_index_reader){.alloc = alloc, .container = container, .file = file};
    ct_buffer_init(&reader->body, alloc);
    if (file == NULL || file->size == 0)
        return CT_ERR_NOT_FOUND;
    if (file->size < sizeof head)
        return ct_error_put(error, CT_ERR_FORMAT, CT_INDEX_NAME, 0, "the index has no whole head");
    CT_TRY(ct_container_reader_read(container, file, 0, head, sizeof head, error));
    if (memcmp(head, CT_INDEX_MAGIC, CT_INDEX_MAGIC_SIZE) != 0 ||
        ct_bytes_get_u16(head + CT_INDEX_MAGIC_SIZE) != CT_INDEX_VERSION)
        return ct_error_put(error, CT_ERR_FORMAT, CT_INDEX_NAME, 0,
                            "the index is not of version %d", CT_INDEX_VERSION);
    reader->position = sizeof head;
    return CT_OK;
}

void
ct_index_reader_release(struct ct_index_reader *reader)
{
    if (reader->alloc == NULL)
        return;
    ct_buffer_release(&reader->body);
    ct_alloc_free(reader->alloc, reader->open_calls);
    ct_alloc_free(reader->alloc, reader->function_calls);
    *reader = (struct ct_index_reader){0};
}

/* ---- spans ---- */

/* The body into the buffer, its checksum found right. */
static enum ct_status
read_body(struct ct_index_reader *reader, const struct ct_index_entry *entry,
          struct ct_error *error)
{
    uint8_t head[CT_INDEX_SPAN_HEAD_SIZE];
    if (reader->file->size - entry->offset < sizeof head)
        return refuse(entry, "the last span of the index is incomplete", error);
    CT_TRY(ct_container_reader_read(reader->container, reader->file, entry->offset, head,
                                    sizeof head, error));
    const uint32_t size = ct_bytes_get_u32(head);
    const uint64_t body_offset = entry->offset + sizeof head;
    /* The file's size is the entry's claim: more than the container holds is not taken for. */
    const uint64_t held = ct_container_reader_block_count(reader->container) *
                          (uint64_t)CT_CONTAINER_BLOCK_SIZE;
    if (size > reader->file->size - body_offset || size > held)
        return refuse(entry, "the last span of the index is incomplete", error);
    ct_buffer_reset(&reader->body);
    uint8_t *body = ct_buffer_reserve(&reader->body, size);
    if (body == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(ct_container_reader_read(reader->container, reader->file, body_offset, body, size,
                                    error));
    reader->body.size = size;
    if (ct_crc32(body, size) != ct_bytes_get_u32(head + 4))
        return refuse(entry, "a span of the index has another checksum than it says", error);
    reader->position = body_offset + size;
    return CT_OK;
}

/* A list of `count` times `width` varints, passed over. */
static struct ct_cursor
pass_list(struct ct_cursor *cursor, uint64_t count, uint64_t width)
{
    const struct ct_cursor list = *cursor;
    for (uint64_t i = 0; i < count && !cursor->failed; i++) {
        for (uint64_t k = 0; k < width; k++)
            (void)ct_cursor_get_varint(cursor);
    }
    return list;
}

static enum ct_status
decode_body(const struct ct_index_reader *reader, struct ct_index_entry *entry,
            struct ct_error *error)
{
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, reader->body.bytes, reader->body.size);
    entry->log_size = ct_cursor_get_varint(&cursor);
    entry->rest = reader->body.bytes + cursor.position;
    entry->rest_size = reader->body.size - cursor.position;
    entry->record_count = ct_cursor_get_varint(&cursor);
    entry->step_count = ct_cursor_get_varint(&cursor);
    entry->event_count = ct_cursor_get_varint(&cursor);
    entry->kept_count = ct_cursor_get_varint(&cursor);
    entry->opened_count = ct_cursor_get_varint(&cursor);
    entry->opened = pass_list(&cursor, entry->opened_count, 1);
    entry->called_count = ct_cursor_get_varint(&cursor);
    entry->called = pass_list(&cursor, entry->called_count, 2);
    const uint64_t definitions_size = ct_cursor_get_varint(&cursor);
    if (cursor.failed || definitions_size != ct_cursor_remaining(&cursor))
        return refuse(entry, "a span of the index is not as long as its parts", error);
    entry->definitions_size = (size_t)definitions_size;
    entry->definitions = ct_cursor_get(&cursor, entry->definitions_size);
    if (entry->record_count == 0 || entry->log_size == 0)
        return refuse(entry, "a span of the index holds no records", error);
    return CT_OK;
}

enum ct_status
ct_index_reader_next(struct ct_index_reader *reader, struct ct_index_entry *out_entry,
                     struct ct_error *error)
{
    *out_entry = (struct ct_index_entry){.offset = reader->position};
    if (reader->position >= reader->file->size)
        return CT_END;
    enum ct_status status = read_body(reader, out_entry, error);
    if (status == CT_OK)
        status = decode_body(reader, out_entry, error);
    if (status != CT_OK)
        reader->position = reader->file->size;
    return status;
}

/* ---- adding up ---- */

static enum ct_status
take_opened(struct ct_index_reader *reader, struct ct_index_entry *entry, struct ct_error *error)
{
    if (entry->kept_count > reader->open_count)
        return refuse(entry, "a span of the index keeps more calls open than there are", error);
    /* Each takes a byte of the body: as many as there is memory for already. */
    const size_t kept_count = (size_t)entry->kept_count;
    const size_t opened_count = (size_t)entry->opened_count;
    CT_TRY(ct_index_ids_reserve(reader->alloc, &reader->open_calls, &reader->open_capacity,
                   kept_count + opened_count));
    for (size_t i = 0; i < opened_count; i++)
        reader->open_calls[kept_count + i] = ct_cursor_get_varint(&entry->opened);
    reader->open_count = kept_count + opened_count;
    return CT_OK;
}

static enum ct_status
take_called(struct ct_index_reader *reader, struct ct_index_entry *entry, uint64_t function_count,
            struct ct_error *error)
{
    CT_TRY(ct_index_ids_reserve(reader->alloc, &reader->function_calls, &reader->function_capacity,
                   (size_t)function_count));
    reader->function_count = (size_t)function_count;
    for (uint64_t i = 0; i < entry->called_count; i++) {
        const uint64_t id = ct_cursor_get_varint(&entry->called);
        const uint64_t count = ct_cursor_get_varint(&entry->called);
        if (id >= function_count)
            return refuse(entry, "a span of the index calls a function that there is not", error);
        reader->function_calls[id] += count;
        reader->call_count += count;
    }
    return CT_OK;
}

enum ct_status
ct_index_reader_take(struct ct_index_reader *reader, struct ct_index_entry *entry,
                     uint64_t function_count, struct ct_error *error)
{
    CT_TRY(take_opened(reader, entry, error));
    CT_TRY(take_called(reader, entry, function_count, error));
    reader->log_size += entry->log_size;
    reader->record_count += entry->record_count;
    reader->step_count += entry->step_count;
    reader->event_count += entry->event_count;
    return CT_OK;
}
