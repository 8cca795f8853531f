/* The readers' private door for verify: hearing of what they tolerate.
 *
 * Readers open what some writers made and not every reader takes; a strict check wants to know of
 * it, printing does not. Notes come during open and next, from the thread that calls them. */
#ifndef CT_TRACE_TRACE_OBSERVER_H
#define CT_TRACE_TRACE_OBSERVER_H

#include "trace/event_decode.h"

/* Before the first next. */
void ct_trace_reader_observe(struct ct_trace_reader *reader, struct ct_trace_observer observer);

#endif
