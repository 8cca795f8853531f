/* The same counting as the sink's, over what was read. See verify_index.h. */
#include "trace/verify_index.h"

#include "base/bytes.h"
#include "trace/index_format.h"
#include "trace/trace_observer.h"

#include <string.h>

static void
report(struct ct_verify_index *index, const char *sentence)
{
    index->is_open = false;
    ct_verify_report(index->verify, CT_INDEX_NAME, index->entry.offset, "%s", sentence);
}

/* The next span; it is open when there is one. */
static enum ct_status
open_span(struct ct_verify_index *index)
{
    struct ct_error error;
    const enum ct_status status = ct_index_reader_next(&index->reader, &index->entry, &error);
    index->is_open = status == CT_OK;
    if (status == CT_ERR_FORMAT)
        ct_verify_report_error(index->verify, &error);
    return status == CT_ERR_MEMORY || status == CT_ERR_IO ? status : CT_OK;
}

enum ct_status
ct_verify_index_init(struct ct_verify_index *index, struct ct_verify *verify, struct ct_file *file,
                     struct ct_error *error)
{
    struct ct_error own_error = {0};
    index->verify = verify;
    ct_index_span_init(&index->span, verify->alloc);
    ct_buffer_init(&index->rest, verify->alloc);
    CT_TRY(ct_container_reader_open(file, verify->alloc, &index->container, error));
    const struct ct_container_entry *log = ct_container_reader_find(index->container, "events.log");
    index->log_size = log != NULL ? log->size : 0;
    const enum ct_status status =
        ct_index_reader_init(&index->reader, index->container, verify->alloc, &own_error);
    if (status == CT_ERR_FORMAT)
        ct_verify_report_error(verify, &own_error);
    if (status == CT_ERR_FORMAT || status == CT_ERR_NOT_FOUND)
        return CT_OK;
    CT_TRY(status);
    return open_span(index);
}

void
ct_verify_index_release(struct ct_verify_index *index)
{
    if (index->verify == NULL)
        return;
    ct_index_reader_release(&index->reader);
    ct_container_reader_close(index->container);
    ct_index_span_release(&index->span);
    ct_buffer_release(&index->rest);
    *index = (struct ct_verify_index){0};
}

/* All records of the span were counted; events.log goes on at `log_end`. */
static enum ct_status
close_span(struct ct_verify_index *index, uint64_t log_end)
{
    const struct ct_index_entry *entry = &index->entry;
    if (log_end - index->log_start != entry->log_size) {
        report(index, "the span is not as long in events.log as the index says");
        return CT_OK;
    }
    index->log_start = log_end;
    ct_buffer_reset(&index->rest);
    CT_TRY(ct_index_span_end(&index->span, &index->rest));
    if (index->rest.size != entry->rest_size ||
        memcmp(index->rest.bytes, entry->rest, entry->rest_size) != 0) {
        report(index, "the index tells something else of the span than its records do");
        return CT_OK;
    }
    return open_span(index);
}

static bool
is_span_full(const struct ct_verify_index *index)
{
    return index->is_open && index->span.record_count == index->entry.record_count;
}

void
ct_verify_index_record(struct ct_verify_index *index, uint64_t offset, const uint8_t *bytes,
                       size_t size)
{
    if (!index->is_open || index->failed != CT_OK ||
        ct_trace_reader_is_lossy(index->verify->reader))
        return;
    if (is_span_full(index))
        index->failed = close_span(index, offset);
    if (!index->is_open || index->failed != CT_OK)
        return;
    const uint64_t function_count = ct_trace_reader_function_count(index->verify->reader);
    /* A number that is no function's would be room for nothing; the event is a finding itself. */
    if (bytes[0] == CT_TRACE_CALL && ct_bytes_get_u64(bytes + 1) >= function_count)
        index->is_open = false;
    else
        index->failed = ct_index_span_put(&index->span, bytes, size);
}

enum ct_status
ct_verify_index_end(struct ct_verify_index *index)
{
    CT_TRY(index->failed);
    if (!index->is_open || ct_trace_reader_is_lossy(index->verify->reader))
        return CT_OK;
    if (is_span_full(index))
        CT_TRY(close_span(index, index->log_size));
    if (index->is_open)
        report(index, "the index tells of records that events.log does not have");
    return CT_OK;
}
