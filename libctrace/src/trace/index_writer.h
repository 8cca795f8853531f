/* Lists spans of chunks in ctindex.dat when their chunks are in events.log.
 *
 * Used by the combined sink, which counts its records in `span`. Bytes are drawn in index_format.h.
 * What was listed is visible to readers at once. */
#ifndef CT_TRACE_INDEX_WRITER_H
#define CT_TRACE_INDEX_WRITER_H

#include "container/container_writer.h"
#include "trace/index_span.h"

struct ct_index_writer {
    struct ct_container_writer *container; /* borrowed */
    uint32_t file_index;                   /* of ctindex.dat in it */
    struct ct_index_span span;             /* of the records that come: count them here */
    uint64_t chunk_count;                  /* sealed chunks of the span */
    size_t size;                           /* of their records */
    uint64_t log_start;                    /* in events.log: where the first unlisted one begins */
    struct ct_buffer bytes;                /* room to encode in */
};

/* Makes ctindex.dat. Zeroed, it is released. */
CT_MUST_CHECK enum ct_status ct_index_writer_init(struct ct_index_writer *writer,
                                                  struct ct_container_writer *container,
                                                  const struct ct_alloc *alloc);
void ct_index_writer_release(struct ct_index_writer *writer);

/* A chunk of all records since the last one was sealed: `size` bytes of them. True when the span is
 * full: end it before the next record. */
bool ct_index_writer_chunk(struct ct_index_writer *writer, size_t size);
/* Ends the span, if it has chunks: all of it but what it takes of events.log is put into `span`. */
CT_MUST_CHECK enum ct_status ct_index_writer_end(struct ct_index_writer *writer,
                                                 struct ct_buffer *span);
/* Lists a span that was ended; spans come in their order. Its last chunk is the last of events.log,
 * which has `log_size` bytes. An empty one is none. */
CT_MUST_CHECK enum ct_status ct_index_writer_list(struct ct_index_writer *writer,
                                                  const struct ct_buffer *span, uint64_t log_size);

#endif
