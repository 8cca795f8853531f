/* See line_shortcut.h. */
#include "line_shortcut.h"

#include "original_method.h"
#include "quick_event.h"
#include "symbol_patch.h"

#include <stdlib.h>

/* The VM hands no argument on; there is one recorder in a process. */
static struct {
    struct recorder *recorder; /* NULL: off */
    const unsigned *target_count; /* TracePoints of ours that are targeted */
    const void *iseq;    /* what the VM asked about last, and was told … */
    size_t position;
    const void *asker;   /* … and from where */
    const void *vm_asks; /* from where it asks before it runs hooks; NULL: not seen yet */
} shortcut;

/* Nor do others listen to such an event. hot */
static inline bool
is_usual(const struct recorder *recorder, rb_event_flag_t events)
{
    const struct rec_vm_layout *layout = &recorder->layout;
    return (*layout->global_events & events) == 0 &&
           *layout->target_count == *shortcut.target_count && rec_is_usual(recorder);
}

/* As in a hook: what raises and is rescued while values are looked at is no event. */
static const struct rec_trace_arg within = {.event = RUBY_EVENT_LINE};

/* hot */
static inline const void **
trace_arg_of(const struct recorder *recorder, struct rec_execution_context *ec)
{
    return (const void **)((char *)ec + recorder->layout.ec_trace_arg);
}

/* True: the line is recorded. hot */
static inline __attribute__((always_inline)) bool
take_line(struct recorder *recorder, struct rec_frame *frame, struct rec_execution_context *ec,
          uint32_t line)
{
    const void **trace_arg = trace_arg_of(recorder, ec);
    if (*trace_arg != NULL || !is_usual(recorder, RUBY_EVENT_LINE))
        return false;
    *trace_arg = &within;
    rec_quick_line(recorder, frame, ec->cfp, line & REC_LINE_MAX);
    *trace_arg = NULL;
    return true;
}

/* The same of a method's `leave`. `pc` stands on it yet. What is not inlined costs lines no
 * registers. hot */
static __attribute__((noinline)) bool
take_return(struct recorder *recorder, struct rec_frame *frame, struct rec_execution_context *ec,
            uint32_t line)
{
    const struct rec_control_frame *cfp = ec->cfp;
    const void **trace_arg = trace_arg_of(recorder, ec);
    if (!frame->is_call || *trace_arg != NULL || !is_usual(recorder, RUBY_EVENT_RETURN) ||
        cfp->pc[0] != recorder->layout.leave_word)
        return false;
    *trace_arg = &within;
    rec_quick_return(recorder, frame, cfp, line & REC_LINE_MAX, cfp->sp[-1]);
    *trace_arg = NULL;
    return true;
}

/* The code of a method that is called as it was when a hook told last, or NULL. hot */
static inline struct rec_iseq *
find_called(struct recorder *recorder, const struct rec_control_frame *cfp)
{
    const struct rec_iseq_recent *recent = rec_iseq_recent(&recorder->iseqs, cfp->iseq);
    struct rec_iseq *iseq = recent->entry;
    if (recent->iseq != cfp->iseq || iseq->script_count != recorder->scripts.count ||
        !rec_is_called_again(recorder, iseq, cfp))
        return NULL;
    return iseq;
}

/* A call that begins, with its first line, if that is there. hot */
static __attribute__((noinline)) bool
take_call(struct recorder *recorder, struct rec_execution_context *ec, size_t position)
{
    const struct rec_control_frame *cfp = ec->cfp;
    const void **trace_arg = trace_arg_of(recorder, ec);
    struct rec_iseq *iseq = find_called(recorder, cfp);
    uint32_t line = iseq == NULL ? 0 : iseq->lines[position];
    if ((line & REC_LINE_CALLS) == 0 || recorder->limits.call_depth_max != 0 ||
        *trace_arg != NULL || !is_usual(recorder, RUBY_EVENT_CALL | RUBY_EVENT_LINE))
        return false;
    *trace_arg = &within;
    struct rec_frame *frame = rec_quick_call(recorder, cfp, iseq);
    if (frame == NULL) {
        *trace_arg = NULL;
        return false; /* the hook will say so */
    }
    if ((line & REC_LINE_STEPS) != 0 && recorder->active) {
        frame->line = line & REC_LINE_MAX;
        rec_capture_step(recorder, frame, cfp, frame->line);
    }
    *trace_arg = NULL;
    return true;
}

/* True: all events of the instruction are recorded. hot */
static inline __attribute__((always_inline)) bool
take(struct recorder *recorder, const void *iseq, size_t position)
{
    struct rec_execution_context *ec = (void *)(uintptr_t)rec_current_ec(&recorder->layout);
    struct rec_strand *strand = recorder->current_strand;
    if (ec != recorder->current_ec || !rec_is_usual_strand(strand))
        return false;
    struct rec_frame *frame = &strand->frames[strand->frame_count - 1];
    if (frame->cfp != ec->cfp)
        return frame->cfp > (const void *)ec->cfp && ec->cfp->iseq == iseq &&
               take_call(recorder, ec, position);
    if (frame->script_count != recorder->scripts.count || frame->iseq->iseq != iseq)
        return false;
    uint32_t line = frame->iseq->lines[position];
    if ((line & REC_LINE_SHORT) != 0)
        return take_line(recorder, frame, ec, line);
    return (line & REC_LINE_RETURNS) != 0 && take_return(recorder, frame, ec, line);
}

/* hot */
rb_event_flag_t
rec_shortcut_event_flags(const void *iseq, size_t position)
{
    struct recorder *recorder = shortcut.recorder;
    if (recorder->active && !recorder->has_ractors) {
        const void *asker = __builtin_return_address(0);
        if (asker == shortcut.vm_asks && take(recorder, iseq, position))
            return 0;
        shortcut.iseq = iseq;
        shortcut.position = position;
        shortcut.asker = asker;
    }
    return recorder->layout.iseq_event_flags(iseq, position);
}

/* Whether the VM asked about this very instruction before it ran the hook. */
static bool
was_asked_for(const struct recorder *recorder, const struct rec_iseq *iseq,
              const struct rec_control_frame *cfp, size_t position)
{
    const struct rec_execution_context *ec = recorder->current_ec;
    bool was_asked =
        shortcut.iseq == iseq->iseq && shortcut.position == position && ec->cfp == cfp;
    if (was_asked && shortcut.vm_asks == NULL)
        shortcut.vm_asks = shortcut.asker;
    return was_asked && shortcut.vm_asks == shortcut.asker;
}

/* What is recorded of an instruction that fires these events; REC_LINE_LONG: its hook does that. */
static uint32_t
marks_of(rb_event_flag_t events)
{
    switch (events) {
    case RUBY_EVENT_LINE:
        return REC_LINE_SHORT;
    case RUBY_EVENT_CALL:
        return REC_LINE_CALLS;
    case RUBY_EVENT_CALL | RUBY_EVENT_LINE:
        return REC_LINE_CALLS | REC_LINE_STEPS;
    case RUBY_EVENT_RETURN:
        return REC_LINE_RETURNS;
    default:
        return REC_LINE_LONG;
    }
}

void
rec_shortcut_learn(struct recorder *recorder, struct rec_iseq *iseq,
                   const struct rec_control_frame *cfp)
{
    size_t position = (size_t)(cfp->pc - iseq->encoded) - 1;
    uint32_t line = rec_iseq_line(recorder, iseq, cfp->pc);
    uint32_t marks = REC_LINE_LONG;
    if (line > REC_LINE_MAX || recorder->forces_slow_hooks)
        return;
    /* Expressions give instructions other events, and take them back. */
    if (shortcut.recorder == recorder && !recorder->has_ractors &&
        recorder->expressions.planner == 0 && was_asked_for(recorder, iseq, cfp, position))
        marks = marks_of(recorder->layout.iseq_event_flags(iseq->iseq, position));
    iseq->lines[position] = line | marks;
}

void
rec_shortcut_note_call(struct recorder *recorder, struct rec_frame *frame,
                       const struct rec_control_frame *cfp)
{
    struct rec_iseq *iseq = frame->iseq;
    rec_shortcut_note(recorder, frame, cfp);
    const bool is_of_use = !recorder->has_ractors && recorder->limits.call_depth_max == 0 &&
                           !recorder->forces_slow_hooks;
    iseq->method_entry =
        is_of_use && rec_identity_table_watch_entry(&recorder->identities, cfp->ep[-2])
            ? cfp->ep[-2]
            : 0;
    iseq->gc_count = rb_gc_count();
    iseq->script_count = recorder->scripts.count;
}

void
rec_shortcut_note_return(struct recorder *recorder, struct rec_iseq *iseq,
                         const struct rec_trace_arg *event)
{
    const struct rec_control_frame *cfp = event->cfp;
    size_t position = (size_t)(cfp->pc - iseq->encoded) - 1;
    if (position < iseq->encoded_size && iseq->lines[position] <= REC_LINE_MAX &&
        rec_frame_leaves(&recorder->layout, cfp) && cfp->sp[-1] == event->data)
        rec_shortcut_learn(recorder, iseq, cfp);
}

void
rec_shortcut_enable(struct recorder *recorder,
                    rb_event_flag_t (*asked)(const void *iseq, size_t position))
{
    const struct rec_vm_layout *layout = &recorder->layout;
    if (shortcut.recorder != NULL || !layout->ec_readable || layout->ec_trace_arg == 0 ||
        layout->iseq_event_flags == NULL || layout->global_events == NULL ||
        layout->target_count == NULL || getenv("CODETRACER_RUBY_FORCE_HOOKS") != NULL ||
        recorder->forces_slow_hooks)
        return;
    shortcut.target_count = rec_target_count();
    shortcut.recorder = recorder; /* before the first call comes */
    if (!rec_symbol_patch("rb_iseq_event_flags", (void *)asked))
        shortcut.recorder = NULL;
}
