/* See call_depth.h. */
#include "call_depth.h"

#include <ruby/debug.h>

#define CALL_EVENTS (RUBY_EVENT_CALL | RUBY_EVENT_B_CALL | RUBY_EVENT_CLASS)
#define END_EVENTS  (RUBY_EVENT_RETURN | RUBY_EVENT_B_RETURN | RUBY_EVENT_END)

/* Whether the calls that are open in frames from `cfp` on, or older ones, are as many as may be. */
static bool
is_full(const struct recorder *recorder, const struct rec_strand *strand, const void *cfp)
{
    uint32_t open_count = 0;
    if (recorder->limits.call_depth_max == 0)
        return false;
    for (uint32_t i = 0; i < strand->frame_count && strand->frames[i].cfp >= cfp; i++)
        open_count += strand->frames[i].is_call;
    return open_count >= recorder->limits.call_depth_max;
}

bool
rec_depth_leaves_out(const struct recorder *recorder, struct rec_strand *strand,
                     const struct rec_control_frame *cfp)
{
    const void *caller = (const char *)cfp + recorder->layout.frame_size;
    if (!is_full(recorder, strand, caller))
        return false;
    strand->left_out_cfp = cfp;
    strand->left_out_iseq = cfp->iseq;
    return true;
}

bool
rec_depth_has_no_room(const struct recorder *recorder, const struct rec_strand *strand,
                      const void *cfp)
{
    bool is_inside = strand->left_out_cfp != NULL && cfp <= strand->left_out_cfp;
    return is_inside || is_full(recorder, strand, cfp);
}

bool
rec_depth_goes_on(struct rec_strand *strand, const struct rec_trace_arg *event)
{
    const void *cfp = event->cfp;
    bool is_there = cfp == strand->left_out_cfp;
    bool is_own = is_there && event->cfp->iseq == strand->left_out_iseq;
    if (cfp > strand->left_out_cfp || (is_there && !is_own) ||
        (is_own && (event->event & CALL_EVENTS) != 0)) {
        strand->left_out_cfp = NULL; /* it ended unseen */
        return false;
    }
    if (is_own && (event->event & END_EVENTS) != 0)
        strand->left_out_cfp = NULL;
    return true;
}

bool
rec_depth_hides_by_count(const struct recorder *recorder, struct rec_strand *strand, uint32_t event)
{
    bool is_inside = strand->left_out_count > 0;
    if (recorder->limits.call_depth_max == 0)
        return false;
    if (is_inside && RTEST(rb_obj_is_kind_of(rb_errinfo(), rb_eSysStackError)))
        is_inside = (strand->left_out_count = 0) != 0; /* which ends calls without a RETURN */
    if ((event & CALL_EVENTS) != 0) {
        if (!is_inside && strand->frame_count < recorder->limits.call_depth_max)
            return false;
        strand->left_out_count++;
        return true;
    }
    if (is_inside && (event & END_EVENTS) != 0)
        strand->left_out_count--;
    return is_inside;
}
