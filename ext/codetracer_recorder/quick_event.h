/* Lines, calls and returns that are as most are: in the newest frame of the strand that runs, or
 * right above it, with nothing to be found out or ended before.
 *
 * Used by line_shortcut.c and script_event.c, which leave all others to event_hook.c. */
#ifndef REC_QUICK_EVENT_H
#define REC_QUICK_EVENT_H

#include "capture.h"
#include "draft.h"
#include "original_method.h"
#include "recorder.h"

/* Whether nothing has to be done at an event but to record it. hot */
static inline bool
rec_is_usual(const struct recorder *recorder)
{
    return rb_stdout == recorder->seen_stdout && rb_stderr == recorder->seen_stderr &&
           rb_stdin == recorder->seen_stdin && recorder->scripts.dead == NULL &&
           !recorder->is_followed;
}

/* The same of the strand that runs. hot */
static inline bool
rec_is_usual_strand(const struct rec_strand *strand)
{
    return strand->frame_count > 0 && strand->pending_count == 0 && strand->left_out_cfp == NULL &&
           (strand->id == 0 || strand->kind != CT_SPOOL_STRAND_THREAD ||
            strand->name == rec_thread_name(rb_thread_current()));
}

/* Whether the method that `cfp` begins is called as it was when a CALL of this code was told last:
 * line-shortcut.md says why. hot */
static inline bool
rec_is_called_again(const struct recorder *recorder, const struct rec_iseq *iseq,
                    const struct rec_control_frame *cfp)
{
    return iseq->method_entry == cfp->ep[-2] && iseq->gc_count == rb_gc_count() &&
           iseq->owner_epoch == recorder->identities.epoch;
}

/* As rec_capture_step, quicker where it is what most lines are. hot */
static inline __attribute__((always_inline)) void
rec_quick_step(struct recorder *recorder, const struct rec_frame *frame,
               const struct rec_control_frame *cfp, uint32_t line)
{
    const uint64_t brief = frame->iseq->is_row ? rec_brief_step(frame, line) : 0;
    uint8_t *const room = brief != 0 ? rec_draft_room(recorder, frame->iseq) : NULL;
    if (room == NULL) {
        rec_capture_step(recorder, frame, cfp, line);
        return;
    }
    recorder->policy = &frame->iseq->policy;
    recorder->draft.items = room + sizeof brief;
    const uint8_t *const end = rec_draft_row(recorder, frame, cfp, room + sizeof brief);
    if (__builtin_expect(end == NULL, 0))
        rec_capture_rest_of_step(recorder, frame, cfp, line);
    else
        rec_brief_step_end(recorder, room, end, brief);
}

/* A line of the newest frame, which has begun. hot */
static inline __attribute__((always_inline)) void
rec_quick_line(struct recorder *recorder, struct rec_frame *frame,
               const struct rec_control_frame *cfp, uint32_t line)
{
    frame->line = line;
    recorder->current_strand->is_resumed = false;
    rec_quick_step(recorder, frame, cfp, line);
}

/* The return of the newest frame, a call that runs its own `leave`; `line` 0: it has none. hot */
static inline void
rec_quick_return(struct recorder *recorder, struct rec_frame *frame,
                 const struct rec_control_frame *cfp, uint32_t line, VALUE value)
{
    if (line != 0)
        frame->line = line;
    recorder->current_strand->is_resumed = false;
    rec_capture_return(recorder, frame, cfp, frame->line, value);
    rec_strand_pop(recorder, recorder->current_strand);
}

/* A method's call, right above the newest frame; rec_is_called_again. NULL: memory is short, and
 * nothing is recorded. hot */
static inline struct rec_frame *
rec_quick_call(struct recorder *recorder, const struct rec_control_frame *cfp,
               struct rec_iseq *iseq)
{
    struct rec_strand *strand = recorder->current_strand;
    struct rec_frame *frame = rec_strand_push(recorder, strand, cfp, iseq);
    if (frame == NULL)
        return NULL;
    frame->is_call = true;
    frame->line = iseq->first_line;
    frame->script_count = iseq->script_count;
    strand->is_resumed = false;
    rec_capture_call(recorder, frame, cfp->ep, cfp->self, iseq->function_id);
    return frame;
}

#endif
