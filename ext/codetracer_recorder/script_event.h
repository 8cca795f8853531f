/* The events of recorded scripts, where the VM runs a hook for them.
 *
 * Used by script_hook.c. Most are recorded here, by few instructions; whatever asks for more goes
 * on to event_hook.c, which every first event of an instruction does, too. */
#ifndef REC_SCRIPT_EVENT_H
#define REC_SCRIPT_EVENT_H

#include <ruby/ruby.h>

struct rec_iseq_hooks;
struct rec_trace_arg;

/* TracePoint callback of a recorded script; `data` is its struct rec_script. hot */
void rec_script_event(VALUE tpval, void *data);

/* Before the next is called: what it leaves goes to the VM's function. */
void rec_script_event_init(const struct rec_iseq_hooks *hooks);

/* The same in the place of the VM's function, which calls a TracePoint's. hot */
void rec_script_raw_event(VALUE tpval, const struct rec_trace_arg *event);

#endif
