/* Lists spans of chunks in ctindex.dat as their chunks are sealed.
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
    uint64_t log_start;                    /* in events.log: where the span begins */
    uint64_t log_end;                      /* ... and where its last sealed chunk ends */
    struct ct_buffer rest;                 /* room to encode in */
    struct ct_buffer bytes;
};

/* Makes ctindex.dat. Zeroed, it is released. */
CT_MUST_CHECK enum ct_status ct_index_writer_init(struct ct_index_writer *writer,
                                                  struct ct_container_writer *container,
                                                  const struct ct_alloc *alloc);
void ct_index_writer_release(struct ct_index_writer *writer);

/* A chunk of all records since the last one was sealed: `size` bytes of them; events.log now has
 * `log_size`. Lists the span when it is full. */
CT_MUST_CHECK enum ct_status ct_index_writer_chunk(struct ct_index_writer *writer, size_t size,
                                                   uint64_t log_size);
/* Lists the span, if it has chunks. */
CT_MUST_CHECK enum ct_status ct_index_writer_seal(struct ct_index_writer *writer);

#endif
