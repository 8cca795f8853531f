/* Reads the spans of ctindex.dat one by one and adds them up: what is so behind each of them.
 *
 * Used by the trace reader, to begin at a late step, and by verify. Nothing is believed of a span
 * whose checksum, sizes or counts are not as they must be. Bytes are drawn in index_format.h. */
#ifndef CT_TRACE_INDEX_READER_H
#define CT_TRACE_INDEX_READER_H

#include "base/buffer.h"
#include "base/cursor.h"
#include "container/container_reader.h"

/* One span. Borrowed until the next one. */
struct ct_index_entry {
    uint64_t offset; /* of the span in ctindex.dat */
    uint64_t log_size;
    uint64_t record_count;
    uint64_t step_count;
    uint64_t event_count;
    uint64_t kept_count;
    struct ct_cursor opened; /* the lists behind their counts */
    uint64_t opened_count;
    struct ct_cursor called;
    uint64_t called_count;
    const uint8_t *definitions;
    size_t definitions_size;
    const uint8_t *rest; /* all of the body behind log_size */
    size_t rest_size;
};

/* Of all spans that were taken. Zeroed, it is released. */
struct ct_index_reader {
    const struct ct_alloc *alloc;
    struct ct_container_reader *container;
    const struct ct_container_entry *file;
    uint64_t position; /* in ctindex.dat: the next span */
    struct ct_buffer body;

    uint64_t log_size;
    uint64_t record_count;
    uint64_t step_count;
    uint64_t event_count;
    uint64_t call_count;
    uint64_t *open_calls; /* function ids, outermost first */
    size_t open_count;
    size_t open_capacity;
    uint64_t *function_calls; /* how often each function was called, by id */
    size_t function_count;
    size_t function_capacity;
};

/* Borrows the container until release. CT_ERR_NOT_FOUND when it has no index, without a sentence;
 * CT_ERR_FORMAT when its head is damaged or of another version. */
CT_MUST_CHECK enum ct_status ct_index_reader_init(struct ct_index_reader *reader,
                                                  struct ct_container_reader *container,
                                                  const struct ct_alloc *alloc,
                                                  struct ct_error *error);
void ct_index_reader_release(struct ct_index_reader *reader);

/* The next span, which is not taken yet. CT_END behind the last. After a failure there is no next.
 * */
CT_MUST_CHECK enum ct_status ct_index_reader_next(struct ct_index_reader *reader,
                                                  struct ct_index_entry *out_entry,
                                                  struct ct_error *error);
/* Adds the span that next gave; `function_count` functions are defined behind it. */
CT_MUST_CHECK enum ct_status ct_index_reader_take(struct ct_index_reader *reader,
                                                  struct ct_index_entry *entry,
                                                  uint64_t function_count, struct ct_error *error);

#endif
