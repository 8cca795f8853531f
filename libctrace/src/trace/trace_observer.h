/* The readers' private door for verify: hearing of what is tolerated, seeing the container. */
#ifndef CT_TRACE_TRACE_OBSERVER_H
#define CT_TRACE_TRACE_OBSERVER_H

#include "container/container_reader.h"
#include "trace/event_decode.h"

/* Before the first next. */
void ct_trace_reader_observe(struct ct_trace_reader *reader, struct ct_trace_observer observer);

/* NULL when the trace is no container. */
struct ct_container_reader *ct_trace_reader_container(const struct ct_trace_reader *reader);

#endif
