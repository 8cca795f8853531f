/* --depth: calls deeper than so many open calls of a strand are left out, with all that runs in
 * them.
 *
 * Used by the hooks. Such a call is told by where its frame is: what runs in newer frames is inside
 * of it. Its end is seen at its own RETURN, or, where the VM fires none, in an older frame. */
#ifndef REC_CALL_DEPTH_H
#define REC_CALL_DEPTH_H

#include "recorder.h"

/* At a call that begins at `cfp`: whether it is left out. Frames that are gone need not be dropped
 * before. */
bool rec_depth_leaves_out(const struct recorder *recorder, struct rec_strand *strand,
                          const struct rec_control_frame *cfp);

/* Of rec_depth_hides. */
bool rec_depth_goes_on(struct rec_strand *strand, const struct rec_trace_arg *event);

/* Whether the event belongs to a call that is left out. hot */
static inline bool
rec_depth_hides(struct rec_strand *strand, const struct rec_trace_arg *event)
{
    return __builtin_expect(strand->left_out_cfp != NULL, 0) && rec_depth_goes_on(strand, event);
}

/* Whether a call into C that code at `cfp` makes is left out; blocks that it calls are not. */
bool rec_depth_has_no_room(const struct recorder *recorder, const struct rec_strand *strand,
                           const void *cfp);

/* The same for fallback_hook.c, which sees no frames: each event in its order. */
bool rec_depth_hides_by_count(const struct recorder *recorder, struct rec_strand *strand,
                              uint32_t event);

#endif
