/* The events of trace.json, one element of its array at a time.
 *
 * Used by trace_reader.c. A damaged element costs itself; a damaged array ends the trace. */
#ifndef CT_TRACE_JSON_READER_H
#define CT_TRACE_JSON_READER_H

#include "trace/event_decode.h"
#include "trace/json_array.h"

struct ct_json_reader {
    struct ct_json_array array;
    bool is_lossy;
    uint64_t index; /* of the next event */
};

/* Borrows file until release. */
CT_MUST_CHECK enum ct_status ct_json_reader_init(struct ct_json_reader *reader,
                                                 struct ct_file *file,
                                                 const struct ct_alloc *alloc);
void ct_json_reader_release(struct ct_json_reader *reader);

/* As ct_trace_reader_next. */
CT_MUST_CHECK enum ct_status ct_json_reader_next(struct ct_json_reader *reader,
                                                 struct ct_event_decoder *decoder,
                                                 struct ct_trace_event *out_event,
                                                 struct ct_error *error);

#endif
