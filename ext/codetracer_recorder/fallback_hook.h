/* Recording through public API only, for a Ruby whose layout the self-check did not recognise.
 *
 * Same records as event_hook.c at some fifty times the cost: every event takes a binding. Control
 * frames cannot be told apart, so calls are matched with returns by method, and a view belongs to a
 * list of variable names instead of a frame. */
#ifndef REC_FALLBACK_HOOK_H
#define REC_FALLBACK_HOOK_H

#include <ruby/ruby.h>

struct recorder;

/* TracePoint callback of a recorded script; `data` is its struct rec_script. */
void rec_fallback_script_event(VALUE tpval, void *data);

/* Global END event: `body` is the class whose body ends, perhaps by an exception. */
void rec_fallback_class_end(struct recorder *recorder, VALUE body);

#endif
