/* See line_shortcut.h. */
#include "line_shortcut.h"

#include "capture.h"
#include "original_method.h"
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

/* Whether the hook has more to do than to record a line, or others listen, too. hot */
static inline bool
is_usual(const struct recorder *recorder)
{
    const struct rec_vm_layout *layout = &recorder->layout;
    return (*layout->global_events & RUBY_EVENT_LINE) == 0 &&
           *layout->target_count == *shortcut.target_count && rb_stdout == recorder->seen_stdout &&
           rb_stderr == recorder->seen_stderr && rb_stdin == recorder->seen_stdin &&
           recorder->scripts.dead == NULL && recorder->noted_blocks == Qnil;
}

/* hot */
static inline bool
is_usual_strand(const struct rec_strand *strand)
{
    return strand->frame_count > 0 && strand->pending_count == 0 && strand->left_out_cfp == NULL &&
           (strand->id == 0 || strand->kind != CT_SPOOL_STRAND_THREAD ||
            strand->name == rec_thread_name(rb_thread_current()));
}

/* As in a hook: what raises and is rescued while values are looked at is no event. hot */
static inline void
put_step(struct recorder *recorder, struct rec_frame *frame, const struct rec_control_frame *cfp,
         const void **trace_arg)
{
    static const struct rec_trace_arg within = {.event = RUBY_EVENT_LINE};
    *trace_arg = &within;
    rec_capture_step(recorder, frame, cfp, frame->line);
    *trace_arg = NULL;
}

/* True: the line is recorded. hot */
static inline bool
take_line(struct recorder *recorder, const void *iseq, size_t position)
{
    struct rec_execution_context *ec = (void *)(uintptr_t)rec_current_ec(&recorder->layout);
    struct rec_strand *strand = recorder->current_strand;
    if (ec != recorder->current_ec || !is_usual_strand(strand))
        return false;
    struct rec_frame *frame = &strand->frames[strand->frame_count - 1];
    if (frame->cfp != ec->cfp || frame->script_count != recorder->scripts.count ||
        frame->iseq->iseq != iseq)
        return false;
    uint32_t line = frame->iseq->lines[position];
    const void **trace_arg = (const void **)((char *)ec + recorder->layout.ec_trace_arg);
    if ((line & REC_LINE_SHORT) == 0 || *trace_arg != NULL || !is_usual(recorder))
        return false;
    frame->line = line & REC_LINE_MAX;
    strand->is_resumed = false;
    put_step(recorder, frame, ec->cfp, trace_arg);
    return true;
}

/* hot */
rb_event_flag_t
rec_shortcut_event_flags(const void *iseq, size_t position)
{
    struct recorder *recorder = shortcut.recorder;
    if (recorder->active && !recorder->has_ractors) {
        const void *asker = __builtin_return_address(0);
        if (asker == shortcut.vm_asks && take_line(recorder, iseq, position))
            return 0;
        shortcut.iseq = iseq;
        shortcut.position = position;
        shortcut.asker = asker;
    }
    return recorder->layout.iseq_event_flags(iseq, position);
}

/* Whether the VM asked about this very instruction before it ran the hook. */
static bool
was_asked_for(const struct recorder *recorder, const struct rec_frame *frame,
              const struct rec_control_frame *cfp, size_t position)
{
    const struct rec_execution_context *ec = recorder->current_ec;
    bool was_asked = shortcut.iseq == frame->iseq->iseq && shortcut.position == position &&
                     ec->cfp == cfp;
    if (was_asked && shortcut.vm_asks == NULL)
        shortcut.vm_asks = shortcut.asker;
    return was_asked && shortcut.vm_asks == shortcut.asker;
}

void
rec_shortcut_learn(const struct recorder *recorder, const struct rec_frame *frame,
                   const struct rec_control_frame *cfp)
{
    struct rec_iseq *iseq = frame->iseq;
    size_t position = (size_t)(cfp->pc - iseq->encoded) - 1;
    if (shortcut.recorder != recorder || recorder->has_ractors ||
        recorder->expressions.planner != 0 || frame->line > REC_LINE_MAX)
        return; /* expressions give instructions other events, and take them back */
    bool is_line_alone = recorder->layout.iseq_event_flags(iseq->iseq, position) == RUBY_EVENT_LINE;
    bool is_short = is_line_alone && was_asked_for(recorder, frame, cfp, position);
    iseq->lines[position] = frame->line | (is_short ? REC_LINE_SHORT : REC_LINE_LONG);
}

void
rec_shortcut_enable(struct recorder *recorder)
{
    const struct rec_vm_layout *layout = &recorder->layout;
    if (shortcut.recorder != NULL || !layout->ec_readable || layout->ec_trace_arg == 0 ||
        layout->iseq_event_flags == NULL || layout->global_events == NULL ||
        layout->target_count == NULL || getenv("CODETRACER_RUBY_FORCE_HOOKS") != NULL)
        return;
    shortcut.target_count = rec_target_count();
    shortcut.recorder = recorder; /* before the first call comes */
    if (!rec_symbol_patch("rb_iseq_event_flags", (void *)rec_shortcut_event_flags))
        shortcut.recorder = NULL;
}
