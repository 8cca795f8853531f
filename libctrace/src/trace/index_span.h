/* A span of records as the index tells it: counted record by record, then encoded.
 *
 * Used by the combined sink, and by verify, which counts again what was written. Bytes are drawn in
 * index_format.h. */
#ifndef CT_TRACE_INDEX_SPAN_H
#define CT_TRACE_INDEX_SPAN_H

#include "base/buffer.h"

struct ct_index_span {
    const struct ct_alloc *alloc;
    uint64_t record_count;
    uint64_t step_count;
    uint64_t event_count;
    size_t kept_count;    /* of the calls open at its beginning */
    uint64_t *opened;     /* function ids of the calls open above those */
    size_t opened_count;
    size_t opened_capacity;
    uint64_t *calls; /* by function id; zeroes at the span's beginning */
    size_t call_capacity;
    struct ct_buffer definitions;
};

void ct_index_span_init(struct ct_index_span *span, const struct ct_alloc *alloc);
void ct_index_span_release(struct ct_index_span *span);

/* Records other than steps, calls, returns, Events and definitions are only counted, by adding to
 * record_count; the functions below do not add to it. Ids of functions are below 2^32. */
CT_MUST_CHECK enum ct_status ct_index_span_call(struct ct_index_span *span, uint64_t function_id);
void ct_index_span_return(struct ct_index_span *span);
/* One record as it stands in events.log, whatever its kind; it is counted. */
CT_MUST_CHECK enum ct_status ct_index_span_put(struct ct_index_span *span, const uint8_t *bytes,
                                               size_t size);

/* Appends the span's body but for its first field, the bytes of events.log; the next span begins.
 * CT_ERR_MEMORY when something that was put was lost. */
CT_MUST_CHECK enum ct_status ct_index_span_end(struct ct_index_span *span,
                                               struct ct_buffer *out_rest);

/* Appends head and body of a span of `log_size` bytes whose rest of the body is given. */
void ct_index_span_frame(struct ct_buffer *out_bytes, uint64_t log_size, const void *rest,
                         size_t rest_size);

/* Makes room for `count` numbers; new ones are zero. For the lists of spans, of both sides. */
CT_MUST_CHECK enum ct_status ct_index_ids_reserve(const struct ct_alloc *alloc, uint64_t **ids,
                                                  size_t *capacity, size_t count);

#endif
