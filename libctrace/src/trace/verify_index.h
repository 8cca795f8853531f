/* Checks the index of a trace against what it tells of: counts every span again, and compares.
 *
 * Used by verify.c. One finding ends it: what follows would be its echo. Bytes are drawn in
 * index_format.h. */
#ifndef CT_TRACE_VERIFY_INDEX_H
#define CT_TRACE_VERIFY_INDEX_H

#include "trace/index_reader.h"
#include "trace/index_span.h"
#include "trace/verify.h"

/* Zeroed, it is released. */
struct ct_verify_index {
    struct ct_verify *verify;
    struct ct_container_reader *container;
    struct ct_index_reader reader;
    struct ct_index_entry entry; /* the span whose records come */
    bool is_open;                /* there is one, and nothing was found yet */
    struct ct_index_span span;   /* what its records are */
    uint64_t log_start;          /* in events.log: where it begins */
    uint64_t log_size;           /* of events.log */
    struct ct_buffer rest;       /* room to encode in */
    enum ct_status failed;       /* of record, which cannot say so: CT_ERR_MEMORY */
};

/* Borrows `file`, a container, until release. */
CT_MUST_CHECK enum ct_status ct_verify_index_init(struct ct_verify_index *index,
                                                  struct ct_verify *verify, struct ct_file *file,
                                                  struct ct_error *error);
void ct_verify_index_release(struct ct_verify_index *index);

/* One record as it stands in events.log, in the chunk at `offset`. */
void ct_verify_index_record(struct ct_verify_index *index, uint64_t offset, const uint8_t *bytes,
                            size_t size);
/* After the last record. */
CT_MUST_CHECK enum ct_status ct_verify_index_end(struct ct_verify_index *index);

#endif
