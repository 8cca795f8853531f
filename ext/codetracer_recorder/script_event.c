/* See script_event.h. */
#include "script_event.h"

#include "event_hook.h"
#include "hook_cause.h"
#include "quick_event.h"

/* In a frame that the strand has. False: nothing is recorded yet. hot */
static inline __attribute__((always_inline)) bool
take_here(struct recorder *recorder, struct rec_frame *frame, const struct rec_script *script,
          const struct rec_trace_arg *event)
{
    const struct rec_control_frame *cfp = event->cfp;
    const struct rec_iseq *iseq = frame->iseq;
    const size_t position = (size_t)(cfp->pc - iseq->encoded) - 1;
    if (iseq->iseq != cfp->iseq || !rec_iseq_is_of(iseq, script) ||
        position >= iseq->encoded_size || iseq->lines[position] <= REC_LINE_MAX)
        return false; /* the slow way learns of the instruction */
    const uint32_t line = iseq->lines[position] & REC_LINE_MAX;
    if (event->event == RUBY_EVENT_LINE && frame->line != 0 && line != 0) {
        frame->script_count = recorder->scripts.count; /* the frame is this script's code */
        rec_quick_line(recorder, frame, cfp, line);
        return true;
    }
    if (event->event != RUBY_EVENT_RETURN || !frame->is_call ||
        !rec_frame_leaves(&recorder->layout, cfp))
        return false;
    rec_quick_return(recorder, frame, cfp, line, event->data);
    return true;
}

/* A call right above it. hot */
static __attribute__((noinline)) bool
take_call(struct recorder *recorder, const struct rec_script *script,
          const struct rec_trace_arg *event)
{
    const struct rec_iseq_recent *recent = rec_iseq_recent(&recorder->iseqs, event->cfp->iseq);
    struct rec_iseq *iseq = recent->entry;
    if (event->event != RUBY_EVENT_CALL || recent->iseq != event->cfp->iseq ||
        !rec_iseq_is_of(iseq, script) || recorder->limits.call_depth_max != 0 ||
        !rec_is_called_again(recorder, iseq, event->cfp))
        return false;
    iseq->script_count = recorder->scripts.count;
    return rec_quick_call(recorder, event->cfp, iseq) != NULL;
}

/* hot */
static inline __attribute__((always_inline)) bool
take(struct recorder *recorder, const struct rec_script *script, const struct rec_trace_arg *event)
{
    const struct rec_strand *strand = recorder->current_strand;
    if (event->ec != recorder->current_ec || !rec_is_usual(recorder) ||
        !rec_is_usual_strand(strand))
        return false;
    struct rec_frame *frame = &strand->frames[strand->frame_count - 1];
    return frame->cfp == event->cfp
               ? take_here(recorder, frame, script, event)
               : frame->cfp > (const void *)event->cfp && take_call(recorder, script, event);
}

/* hot */
void
rec_script_event(VALUE tpval, void *data)
{
    struct rec_script *script = data;
    const VALUE *hook_frame = rec_hook_frame();
    struct recorder *recorder = script->recorder;
    if (recorder == NULL || !recorder->active)
        return;
    const struct rec_trace_arg *event =
        (const struct rec_trace_arg *)rec_current_trace_arg(&recorder->layout, tpval);
    if (recorder->has_ractors || !take(recorder, script, event))
        rec_hooks_script_event(recorder, script, tpval, hook_frame);
}

/* There is one VM in a process. */
static struct {
    rec_hook_function function; /* of it, for each hook of a TracePoint */
    size_t data_place;
} vm;

void
rec_script_event_init(const struct rec_iseq_hooks *hooks)
{
    vm.function = hooks->function;
    vm.data_place = hooks->data_place;
}

/* hot */
void
rec_script_raw_event(VALUE tpval, const struct rec_trace_arg *event)
{
    const char *tracepoint = rec_typed_data(tpval);
    const struct rec_script *script =
        *(struct rec_script *const *)(const void *)(tracepoint + vm.data_place);
    struct recorder *recorder = script->recorder;
    if (recorder == NULL || !recorder->active)
        return;
    if (recorder->has_ractors || !take(recorder, script, event))
        vm.function(tpval, event); /* a jump: rec_script_event is as deep in the stack as ever */
}
