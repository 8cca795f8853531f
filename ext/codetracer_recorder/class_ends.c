/* See class_ends.h. The VM keeps a word of the events that any hook on all code has ever listened
 * to: code is changed for those that are new in it, and new code for all that are in it. */
#include "class_ends.h"

#include "call_depth.h"
#include "call_end.h"
#include "fallback_hook.h"
#include "ractor_lane.h"
#include "recorder.h"

/* What instructions tell; all there is of them. */
#define CODE_EVENTS                                                                                \
    (RUBY_EVENT_LINE | RUBY_EVENT_CLASS | RUBY_EVENT_END | RUBY_EVENT_CALL | RUBY_EVENT_RETURN |   \
     RUBY_EVENT_B_CALL | RUBY_EVENT_B_RETURN)

static void
on_class_end(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    const VALUE *hook_frame = rec_hook_frame();
    if (!recorder->active || !rec_in_main_ractor(recorder))
        return;
    const struct rec_trace_arg *head =
        (const struct rec_trace_arg *)rb_tracearg_from_tracepoint(tpval);
    if (!recorder->layout.frames_readable) {
        rec_fallback_class_end(recorder, head->self);
        return;
    }
    if (rec_frame_leaves(&recorder->layout, head->cfp) ||
        rec_strand_find(recorder, head->ec) == NULL)
        return;
    struct rec_strand *strand = rec_strand_require(recorder, head->ec);
    if (rec_depth_hides(strand, head))
        return;
    rec_strand_unwind(recorder, strand, head->cfp, false);
    if (strand->frame_count == 0)
        return;
    struct rec_frame *frame = &strand->frames[strand->frame_count - 1];
    if (frame->cfp == head->cfp && frame->iseq->iseq == head->cfp->iseq)
        rec_call_end(recorder, strand, frame->iseq, head, hook_frame);
}

struct events_word {
    rb_event_flag_t *word;
    rb_event_flag_t before;
};

/* A hook of the program's own that is put on later has to find its events new. */
static VALUE
restore_events(VALUE pointer)
{
    const struct events_word *events = (const struct events_word *)pointer;
    *events->word &= events->before | ~(rb_event_flag_t)CODE_EVENTS;
    return Qnil;
}

void
rec_tracepoint_enable_aside(const struct rec_vm_layout *layout, VALUE tracepoint)
{
    if (layout->events_ever == NULL) {
        rb_tracepoint_enable(tracepoint);
        return;
    }
    struct events_word events = {.word = layout->events_ever, .before = *layout->events_ever};
    *events.word |= CODE_EVENTS;
    rb_ensure(rb_tracepoint_enable, tracepoint, restore_events, (VALUE)&events);
}

void
rec_class_ends_init(struct recorder *recorder)
{
    recorder->class_tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_END, on_class_end, recorder);
}

static VALUE
watch(VALUE pointer)
{
    struct recorder *recorder = (struct recorder *)pointer;
    rec_tracepoint_enable_aside(&recorder->layout, recorder->class_tracepoint);
    return Qnil;
}

void
rec_class_ends_watch(struct recorder *recorder)
{
    int state = 0;
    VALUE errinfo = rb_errinfo();
    if (recorder->watches_class_ends || rec_is_lane(recorder))
        return;
    recorder->watches_class_ends = true;
    if (recorder->is_paused)
        return; /* until it goes on */
    rb_protect(watch, (VALUE)recorder, &state);
    if (state == 0)
        return;
    rb_set_errinfo(errinfo);
    rec_fail(recorder, REC_NO_MEMORY);
}

void
rec_class_ends_pause(struct recorder *recorder)
{
    if (recorder->watches_class_ends)
        rb_tracepoint_disable(recorder->class_tracepoint);
}

void
rec_class_ends_resume(struct recorder *recorder)
{
    if (recorder->watches_class_ends)
        watch((VALUE)recorder);
}

void
rec_class_ends_forget(struct recorder *recorder)
{
    rec_class_ends_pause(recorder);
    recorder->watches_class_ends = false;
}
