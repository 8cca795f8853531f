/* One of the two traces that are compared: what one thread or fiber did, item by item.
 *
 * An item is a Step, Value, Call, Return or Event of that strand, not what bends strands into one
 * stack. So runs that interleave their threads in another way are still the same. */
#ifndef CTRACE_DIFF_SIDE_H
#define CTRACE_DIFF_SIDE_H

#include "ctrace/trace_frames.h"
#include "ctrace_scan.h"

struct ctrace_side {
    struct ctrace_scan scan;
    struct ct_trace_frames *frames;
    uint64_t strand_id;
    uint64_t strand_max; /* the highest number of a strand met so far */
    struct ct_trace_event event; /* the item; its value is still encoded */
    bool is_at_end;
    bool passes_values; /* another strand runs */
    /* A Step at which the strand goes on after another ran: where an event comes first, the writer
     * repeats the last step, which says nothing. */
    bool may_repeat;
    bool has_switched;
};

/* A place in a side's trace: the step and the function it is in. */
struct ctrace_side_place {
    struct ct_trace_place place;
    uint64_t function_id;
};

/* Complains and returns false when it cannot be opened. */
bool ctrace_side_open(struct ctrace_side *side, const char *trace, uint64_t strand_id);
void ctrace_side_close(struct ctrace_side *side);

/* The next item; false at the end, then is_at_end is set, and on failure (scan.has_failed). */
bool ctrace_side_next(struct ctrace_side *side);
/* The value, or the arguments, of the item at hand; NULL and 0 where it is damaged, which is said.
 * Borrowed until the next call of either. */
const struct ct_value *ctrace_side_value(struct ctrace_side *side);
size_t ctrace_side_args(struct ctrace_side *side, const struct ct_trace_arg **out_args);
/* Whether the Steps at hand are of the same line. */
bool ctrace_side_steps_match(const struct ctrace_side *a, const struct ctrace_side *b);
/* Where the strand is; where it was one step of the same call before, if it was (else step is
 * CT_TRACE_NO_ID). */
struct ctrace_side_place ctrace_side_here(const struct ctrace_side *side);
struct ctrace_side_place ctrace_side_before(const struct ctrace_side *side);
/* Where the call that runs was called from. */
struct ctrace_side_place ctrace_side_caller(const struct ctrace_side *side);

#endif
