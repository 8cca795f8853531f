/* What unwinds a frame, read from where the VM keeps it while a hook runs.
 *
 * Used by jump_cause.c for the events that its own places do not hold for. The VM calls every hook
 * from one C function, in whose frame, or right above, the cause stands: at a fixed distance from
 * where the hook itself was called. The search finds that distance with causes it knows, and that
 * of a word which is the event's argument each time: without it nothing is read. */
#ifndef REC_HOOK_CAUSE_H
#define REC_HOOK_CAUSE_H

#include <ruby/ruby.h>

struct rec_trace_arg;
struct rec_vm_layout;

enum rec_hook_event {
    REC_HOOK_END,   /* B_RETURN, and END at a hook on all code */
    REC_HOOK_C_END, /* C_RETURN */
    REC_HOOK_EVENT_COUNT
};

/* In words, from the frame of the hook's caller. */
struct rec_hook_places {
    int argument;
    int cause; /* 0: unknown */
};

/* Where the running function was called; of a TracePoint's C function, and before it calls any. */
#define rec_hook_frame() ((const VALUE *)__builtin_dwarf_cfa())

/* Fills the layout's `hook_places`, and `hides_singleton_bodies` along with REC_HOOK_END. Runs
 * Ruby code, so only at start; may raise. */
void rec_hook_cause_search(struct rec_vm_layout *layout, enum rec_hook_event which);

/* The cause that is kept for the hook that runs now; 0: unknown. */
VALUE rec_hook_cause(const struct rec_hook_places *places, const struct rec_trace_arg *event,
                     const VALUE *frame);

#endif
