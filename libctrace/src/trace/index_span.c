/* Counting and encoding of spans. See index_span.h. */
#include "trace/index_span.h"

#include "base/bytes.h"
#include "base/crc32.h"
#include "ctrace/trace_reader.h"
#include "trace/index_format.h"

#define FUNCTION_ID_END ((uint64_t)UINT32_MAX + 1)
#define IDS_MIN       64

void
ct_index_span_init(struct ct_index_span *span, const struct ct_alloc *alloc)
{
    *span = (struct ct_index_span){.alloc = alloc};
    ct_buffer_init(&span->definitions, alloc);
}

void
ct_index_span_release(struct ct_index_span *span)
{
    if (span->alloc == NULL)
        return;
    ct_alloc_free(span->alloc, span->opened);
    ct_alloc_free(span->alloc, span->calls);
    ct_buffer_release(&span->definitions);
    *span = (struct ct_index_span){0};
}

/* ---- counting ---- */

enum ct_status
ct_index_ids_reserve(const struct ct_alloc *alloc, uint64_t **ids, size_t *capacity, size_t count)
{
    if (count <= *capacity)
        return CT_OK;
    const size_t wanted = count < IDS_MIN ? IDS_MIN : count * 2;
    uint64_t *grown = ct_alloc_resize(alloc, *ids, wanted * sizeof *grown);
    if (grown == NULL)
        return CT_ERR_MEMORY;
    memset(grown + *capacity, 0, (wanted - *capacity) * sizeof *grown);
    *ids = grown;
    *capacity = wanted;
    return CT_OK;
}

/* hot */
enum ct_status
ct_index_span_call(struct ct_index_span *span, uint64_t function_id)
{
    if (function_id >= FUNCTION_ID_END)
        return CT_ERR_LIMIT;
    CT_TRY(ct_index_ids_reserve(span->alloc, &span->calls, &span->call_capacity,
                                (size_t)function_id + 1));
    CT_TRY(ct_index_ids_reserve(span->alloc, &span->opened, &span->opened_capacity,
                                span->opened_count + 1));
    span->calls[function_id]++;
    span->opened[span->opened_count++] = function_id;
    return CT_OK;
}

/* hot */
void
ct_index_span_return(struct ct_index_span *span)
{
    if (span->opened_count > 0)
        span->opened_count--;
    else if (span->kept_count > 0)
        span->kept_count--;
}

enum ct_status
ct_index_span_put(struct ct_index_span *span, const uint8_t *bytes, size_t size)
{
    span->record_count++;
    switch (bytes[0]) {
    case CT_TRACE_STEP:
        span->step_count++;
        return CT_OK;
    case CT_TRACE_EVENT:
        span->event_count++;
        return CT_OK;
    case CT_TRACE_CALL:
        return ct_index_span_call(span, ct_bytes_get_u64(bytes + 1));
    case CT_TRACE_RETURN:
        ct_index_span_return(span);
        return CT_OK;
    case CT_TRACE_PATH:
    case CT_TRACE_VARIABLE_NAME:
    case CT_TRACE_VARIABLE:
    case CT_TRACE_TYPE:
    case CT_TRACE_FUNCTION:
        ct_buffer_put(&span->definitions, bytes, size);
        return CT_OK;
    default:
        return CT_OK;
    }
}

/* ---- encoding ---- */

static void
put_opened(const struct ct_index_span *span, struct ct_buffer *out)
{
    ct_buffer_put_varint(out, span->kept_count);
    ct_buffer_put_varint(out, span->opened_count);
    for (size_t i = 0; i < span->opened_count; i++)
        ct_buffer_put_varint(out, span->opened[i]);
}

static void
put_called(const struct ct_index_span *span, struct ct_buffer *out)
{
    uint64_t count = 0;
    for (size_t id = 0; id < span->call_capacity; id++)
        count += span->calls[id] > 0;
    ct_buffer_put_varint(out, count);
    for (size_t id = 0; id < span->call_capacity; id++) {
        if (span->calls[id] == 0)
            continue;
        ct_buffer_put_varint(out, id);
        ct_buffer_put_varint(out, span->calls[id]);
    }
}

enum ct_status
ct_index_span_end(struct ct_index_span *span, struct ct_buffer *out_rest)
{
    ct_buffer_put_varint(out_rest, span->record_count);
    ct_buffer_put_varint(out_rest, span->step_count);
    ct_buffer_put_varint(out_rest, span->event_count);
    put_opened(span, out_rest);
    put_called(span, out_rest);
    CT_TRY(ct_buffer_status(&span->definitions));
    ct_buffer_put_varint(out_rest, span->definitions.size);
    ct_buffer_put(out_rest, span->definitions.bytes, span->definitions.size);
    CT_TRY(ct_buffer_status(out_rest));
    span->record_count = span->step_count = span->event_count = 0;
    span->kept_count += span->opened_count;
    span->opened_count = 0;
    if (span->call_capacity > 0)
        memset(span->calls, 0, span->call_capacity * sizeof *span->calls);
    ct_buffer_reset(&span->definitions);
    return CT_OK;
}

void
ct_index_span_frame(struct ct_buffer *out_bytes, uint64_t log_size, const void *rest,
                    size_t rest_size)
{
    const size_t start = out_bytes->size;
    ct_buffer_put_u64(out_bytes, 0); /* the head, once the body is there */
    ct_buffer_put_varint(out_bytes, log_size);
    ct_buffer_put(out_bytes, rest, rest_size);
    if (ct_buffer_status(out_bytes) != CT_OK)
        return;
    uint8_t *head = out_bytes->bytes + start;
    const size_t body_size = out_bytes->size - start - CT_INDEX_SPAN_HEAD_SIZE;
    ct_bytes_put_u32(head, (uint32_t)body_size);
    ct_bytes_put_u32(head + 4, ct_crc32(head + CT_INDEX_SPAN_HEAD_SIZE, body_size));
}
