/* The end of a call: with a value, or because something passed through it, and what that was.
 *
 * Used by event_hook.c at RETURN, by c_call.c at C_RETURN. doc/format/values.md ("Returns") has
 * the words. */
#ifndef REC_CALL_END_H
#define REC_CALL_END_H

#include "strand_table.h"
#include "vm_layout.h"

struct recorder;

/* `event` is a RETURN of `iseq`'s method; `frame` is the hook's (rec_hook_frame). */
void rec_call_end(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
                  const struct rec_trace_arg *event, const VALUE *frame);

/* `event` is a C_RETURN whose C function is the frame at the event's place, if something passed
 * through it (`is_left`), else the newest below. It is on the strand. */
void rec_c_call_end(struct recorder *recorder, struct rec_strand *strand,
                    const struct rec_trace_arg *event, bool is_left, const VALUE *frame);

#endif
