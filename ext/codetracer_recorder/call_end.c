/* See call_end.h. */
#include "call_end.h"

#include "capture.h"
#include "exception_text.h"
#include "jump_cause.h"
#include "recorder.h"
#include "value_filter.h"

#include <string.h>

#define THREAD_END    "left by the end of its thread"
#define TEXT_SIZE_MAX (sizeof((struct rec_unwinding *)0)->text + 16)

/* A call that returns in order has rescued what was raised in it. */
static void
forget_exceptions(struct rec_strand *strand, const void *cfp)
{
    struct rec_unwinding *exception;
    while ((exception = rec_strand_exception(strand)) != NULL && exception->cfp <= cfp)
        strand->pending_count--;
}

/* Whether `inner` is a block somewhere inside of `outer`. */
static bool
stands_in(const struct recorder *recorder, const struct rec_iseq *inner,
          const struct rec_iseq *outer)
{
    if (outer->type != REC_ISEQ_BLOCK || inner->is_dead)
        return inner->home == outer->iseq;
    const void *at = inner->iseq;
    while (at != NULL && at != outer->iseq)
        at = rec_iseq_parent(&recorder->layout, at);
    return at != NULL;
}

/* Whether a block of this method was running. Where the cause of a jump is unknown, `return` in it
 * is what ends the method, as far as can be told. */
static bool
runs_own_block(const struct recorder *recorder, const struct rec_strand *strand, const void *cfp,
               const struct rec_iseq *iseq)
{
    for (uint32_t i = strand->frame_count; i-- > 0 && strand->frames[i].cfp < cfp;) {
        if (!strand->frames[i].is_call && stands_in(recorder, strand->frames[i].iseq, iseq))
            return true;
    }
    return false;
}

/* The exception on its way that is `raised`. Newer ones are gone. */
static struct rec_unwinding *
require_exception(struct recorder *recorder, struct rec_strand *strand, VALUE raised)
{
    struct rec_unwinding *exception;
    while ((exception = rec_strand_exception(strand)) != NULL && exception->exception != raised)
        strand->pending_count--;
    return exception != NULL ? exception : rec_strand_exception_note(recorder, strand, raised);
}

/* How a call ended, with room for the words. */
struct told {
    struct rec_ending ending;
    char text[TEXT_SIZE_MAX];
};

static void
pass_exception(struct recorder *recorder, struct rec_unwinding *exception, const void *cfp,
               struct told *out_told)
{
    if (exception->is_unreported)
        rec_exception_report(recorder, exception);
    out_told->ending.class_name_id = exception->class_name_id;
    out_told->ending.text_size = rec_unwinding_text(exception, out_told->text);
    exception->cfp = cfp;
}

static void
put_text(struct told *out_told, const char *text)
{
    out_told->ending.text = text;
    out_told->ending.text_size = strlen(text);
}

/* In words, for the call whose frame is `cfp`. */
static void
describe(struct recorder *recorder, struct rec_strand *strand, const struct rec_jump *jump,
         const void *cfp, struct told *out_told)
{
    struct rec_unwinding *exception = rec_strand_exception(strand);
    switch (jump->kind) {
    case REC_JUMP_EXCEPTION:
        exception = require_exception(recorder, strand, jump->object);
        pass_exception(recorder, exception, cfp, out_told);
        break;
    case REC_JUMP_THROW:
        out_told->ending.text_size =
            rec_throw_text(recorder, jump->object, out_told->text, sizeof out_told->text);
        break;
    case REC_JUMP_BREAK:
        put_text(out_told, "left by break");
        break;
    case REC_JUMP_RETURN:
    case REC_JUMP_RETURN_HERE:
        put_text(out_told, "left by a return from a block");
        break;
    case REC_JUMP_THREAD_END:
        put_text(out_told, THREAD_END);
        break;
    case REC_JUMP_FIBER_END:
        put_text(out_told, "left by the end of its fiber");
        break;
    default:
        if (exception != NULL && exception->cfp <= cfp)
            pass_exception(recorder, exception, cfp, out_told);
        else
            put_text(out_told, "left by throw, break or the end of its thread");
    }
}

/* A frame that did not run its own `leave`, and no block's `return` either. */
static void
record_unwound(struct recorder *recorder, struct rec_strand *strand, struct rec_frame *frame,
               const struct rec_jump *jump)
{
    const struct rec_control_frame *cfp = frame->cfp;
    struct told told = {.ending = {.class_name_id = recorder->strands.unwound_name_id}};
    told.ending.text = told.text;
    describe(recorder, strand, jump, cfp, &told);
    if (jump->kind != REC_JUMP_EXCEPTION && jump->kind != REC_JUMP_UNKNOWN)
        forget_exceptions(strand, cfp); /* this has taken their place */
    rec_capture_unwound(recorder, frame, cfp, frame->line, &told.ending);
}

/* Why the frame ends that does not leave by itself, where the VM's own word for it is not found. */
static struct rec_jump
guess_jump(struct rec_strand *strand, const struct rec_trace_arg *event, bool has_own_block)
{
    const struct rec_unwinding *exception = rec_strand_exception(strand);
    bool has_value = event->data != Qnil && event->data != Qundef;
    bool is_exception = exception != NULL && exception->cfp <= (const void *)event->cfp;
    if (has_value || (has_own_block && !is_exception))
        return (struct rec_jump){.kind = REC_JUMP_RETURN_HERE, .object = event->data};
    return (struct rec_jump){.kind = REC_JUMP_UNKNOWN, .object = Qnil};
}

static bool
is_c_call_above(const struct rec_strand *strand, const void *cfp)
{
    if (strand->frame_count == 0)
        return false;
    const struct rec_frame *top = &strand->frames[strand->frame_count - 1];
    return top->cfp < cfp && top->c_method != 0;
}

/* When the program ends the VM takes its TracePoints away, then ends threads: of the C calls that
 * they wait in it tells no more, but of the blocks around them. */
static void
end_c_calls(struct recorder *recorder, struct rec_strand *strand,
            const struct rec_trace_arg *event, const VALUE *frame)
{
    uint32_t count = 0;
    if (!is_c_call_above(strand, event->cfp) ||
        rec_frame_leaves(&recorder->layout, event->cfp) ||
        rec_jump_find(recorder, event, frame).kind != REC_JUMP_THREAD_END)
        return;
    for (; is_c_call_above(strand, event->cfp); count++)
        rec_strand_pop(recorder, strand);
    uint32_t reason_id = rec_name_put(recorder, THREAD_END, sizeof THREAD_END - 1);
    rec_strand_put_unwind(recorder, count, reason_id);
}

void
rec_call_end(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
             const struct rec_trace_arg *event, const VALUE *frame)
{
    bool has_own_block = runs_own_block(recorder, strand, event->cfp, iseq);
    end_c_calls(recorder, strand, event, frame);
    rec_strand_unwind(recorder, strand, event->cfp, false);
    if (strand->frame_count == 0)
        return;
    struct rec_frame *call = &strand->frames[strand->frame_count - 1];
    if (call->cfp != event->cfp || !call->is_call)
        return; /* the call began before the recording did */
    struct rec_jump jump = {.kind = REC_JUMP_RETURN_HERE, .object = event->data};
    uint32_t line = call->c_method != 0 ? 0 : rec_iseq_line(recorder, iseq, event->cfp->pc);
    bool leaves = rec_frame_leaves(&recorder->layout, event->cfp);
    /* Behind a clause the VM has no line, or that of the `def`: the last that ran is kept. */
    if (line != 0 && (leaves || line != iseq->first_line))
        call->line = line;
    strand->is_resumed = false;
    if (!leaves)
        jump = rec_jump_find(recorder, event, frame);
    if (jump.kind == REC_JUMP_UNKNOWN)
        jump = guess_jump(strand, event, has_own_block);
    if (jump.kind == REC_JUMP_RETURN_HERE) {
        uint32_t pending_count = strand->pending_count;
        forget_exceptions(strand, event->cfp);
        if (strand->pending_count < pending_count)
            rec_exceptions_rescued(recorder, strand, pending_count, call);
        if (iseq->type == REC_ISEQ_CLASS)
            rec_capture_body_end(recorder, call, event->cfp, call->line);
        else
            rec_capture_return(recorder, call, event->cfp, call->line, jump.object);
    } else {
        record_unwound(recorder, strand, call, &jump);
    }
    rec_strand_pop(recorder, strand);
}

/* The VM says that these return, before the exception is on its way. */
static bool
is_raise(const struct rec_trace_arg *event)
{
    if (event->klass == rb_cBasicObject)
        return event->id == rb_intern("method_missing");
    if (event->klass == rb_cModule)
        return event->id == rb_intern("const_missing");
    return event->klass == rb_mKernel &&
           (event->id == rb_intern("raise") || event->id == rb_intern("fail"));
}

static void
record_raise(struct recorder *recorder, struct rec_frame *call,
             const struct rec_control_frame *seen)
{
    struct told told = {.ending = {.class_name_id = recorder->strands.unwound_name_id}};
    put_text(&told, "left by the exception that it raises");
    rec_capture_unwound(recorder, call, seen, call->line, &told.ending);
}

static void
record_c_return(struct recorder *recorder, struct rec_strand *strand, struct rec_frame *call,
                const struct rec_trace_arg *event)
{
    struct rec_control_frame seen = {.self = event->self};
    uint32_t pending_count = strand->pending_count;
    forget_exceptions(strand, call->cfp);
    if (strand->pending_count < pending_count)
        rec_exceptions_rescued(recorder, strand, pending_count, call);
    call->iseq->return_action =
        call->hides_result ? REC_REDACT
                           : (uint8_t)rec_variable_action(recorder, &call->iseq->policy,
                                                          REC_VALUE_RETURN, event->id);
    rec_capture_return(recorder, call, &seen, call->line, event->data);
}

void
rec_c_call_end(struct recorder *recorder, struct rec_strand *strand,
               const struct rec_trace_arg *event, bool is_left, const VALUE *frame)
{
    struct rec_control_frame seen = {.self = event->self};
    const char *cfp =
        (const char *)event->cfp - (is_left ? 0 : recorder->layout.frame_size);
    rec_strand_unwind(recorder, strand, cfp, false);
    struct rec_frame *call = &strand->frames[strand->frame_count - 1];
    strand->is_resumed = false;
    if (is_raise(event)) {
        record_raise(recorder, call, &seen);
    } else if (is_left) {
        struct rec_jump jump = rec_jump_find_in_c(recorder, event, frame);
        record_unwound(recorder, strand, call, &jump);
    } else {
        record_c_return(recorder, strand, call, event);
    }
    rec_strand_pop(recorder, strand);
}
