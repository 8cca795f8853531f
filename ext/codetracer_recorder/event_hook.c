/* See event_hook.h. Order within a hook: 1 still recording, in the main Ractor? 2 strand of this
 * ec, 3 iseq, 4 frame (stale ones dropped), 5 capture. */
#include "event_hook.h"

#include "block_watch.h"
#include "c_call.h"
#include "call_depth.h"
#include "call_end.h"
#include "capture.h"
#include "class_ends.h"
#include "clause.h"
#include "early_values.h"
#include "exception_aside.h"
#include "exception_text.h"
#include "expressions.h"
#include "fallback_hook.h"
#include "function_table.h"
#include "handler_block.h"
#include "line_shortcut.h"
#include "output_capture.h"
#include "ractor_lane.h"
#include "recorder.h"
#include "script_hook.h"
#include "strand_end.h"

#include <stdlib.h>

/* ---- where an event belongs ---- */

/* The slow path of require_iseq; `arg` NULL: outside of an event. */
static struct rec_iseq *
make_iseq(struct recorder *recorder, struct rec_script *script, const void *iseq,
          rb_trace_arg_t *arg)
{
    struct rec_method method = {.name = 0};
    VALUE name = arg != NULL ? rb_tracearg_method_id(arg) : Qnil;
    if (SYMBOL_P(name)) {
        method.owner = rb_tracearg_defined_class(arg);
        method.name = SYM2ID(name);
    }
    return rec_iseq_make(recorder, script, iseq, &method);
}

static struct rec_iseq *
find_or_make_iseq(struct recorder *recorder, struct rec_script *script, const void *iseq,
                  rb_trace_arg_t *arg)
{
    struct rec_pointer_entry *entry = rec_pointer_map_find(&recorder->iseqs.iseqs, (uint64_t)iseq);
    struct rec_iseq *found = entry != NULL ? (struct rec_iseq *)entry->value : NULL;
    if (found != NULL && !rec_iseq_is_of(found, script)) {
        if (rec_is_lane(recorder))
            rec_iseq_forget(recorder, found);
        found = NULL;
    }
    if (found == NULL) {
        found = make_iseq(recorder, script, iseq, arg);
        rec_iseq_hooks_shorten(recorder, script, iseq);
    }
    if (found == NULL) {
        rec_fail(recorder, REC_NO_MEMORY);
        return NULL;
    }
    *rec_iseq_recent(&recorder->iseqs, iseq) =
        (struct rec_iseq_recent){.iseq = iseq, .entry = found};
    return found;
}

/* hot */
static inline struct rec_iseq *
require_iseq(struct recorder *recorder, struct rec_script *script, const void *iseq,
             rb_trace_arg_t *arg)
{
    const struct rec_iseq_recent *recent = rec_iseq_recent(&recorder->iseqs, iseq);
    if (__builtin_expect(recent->iseq == iseq && rec_iseq_is_of(recent->entry, script), 1))
        return recent->entry;
    return find_or_make_iseq(recorder, script, iseq, arg);
}

struct rec_iseq *
rec_hooks_iseq(struct recorder *recorder, struct rec_script *script, const void *iseq)
{
    return require_iseq(recorder, script, iseq, NULL);
}

struct rec_iseq *
rec_hooks_iseq_of(struct recorder *recorder, struct rec_script *script,
                  const struct rec_trace_arg *arg)
{
    return find_or_make_iseq(recorder, script, arg->cfp->iseq, (rb_trace_arg_t *)(uintptr_t)arg);
}

/* ---- LINE, CALL, RETURN ---- */

/* A CALL on its frame: of a method, a block that is one, a class body. */
static void
begin_call(struct recorder *recorder, struct rec_strand *strand, struct rec_frame *frame,
           const struct rec_control_frame *cfp)
{
    frame->is_call = true;
    frame->line = frame->iseq->first_line;
    strand->is_resumed = false;
    rec_capture_call(recorder, frame, cfp->ep, cfp->self, frame->iseq->function_id);
}

/* What a block that the VM calls from outside is called. An exception that ends the program has
 * left the frame whose place the block's has taken. */
static void
name_handler(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
             const struct rec_control_frame *cfp)
{
    for (uint32_t i = 0; i < strand->pending_count; i++) {
        if (strand->pending[i].cfp <= (const void *)cfp)
            strand->pending[i].cfp = (const char *)cfp + recorder->layout.frame_size;
    }
    rec_handler_function(recorder, iseq);
}

/* A body of `class << self` whose beginning the VM does not tell: at its first line. False: it is
 * too deep. */
static bool
begin_body(struct recorder *recorder, struct rec_strand *strand, struct rec_frame *frame,
           const struct rec_control_frame *cfp)
{
    if (!recorder->layout.hides_singleton_bodies || frame->is_call)
        return true;
    rec_function_of_body(recorder, frame->iseq);
    if (!frame->iseq->ends_unseen)
        return true; /* the recording began within this one */
    if (rec_depth_leaves_out(recorder, strand, cfp)) {
        rec_strand_pop(recorder, strand);
        return false;
    }
    begin_call(recorder, strand, frame, cfp);
    if (frame->iseq->last_line == 0)
        frame->iseq->last_line = rec_iseq_line(recorder, frame->iseq, cfp->pc);
    return true;
}

/* The first line of a frame that is new. False: a call begins with it that is left out. */
static bool
begin_frame(struct recorder *recorder, struct rec_strand *strand, struct rec_frame *frame,
            const struct rec_control_frame *cfp)
{
    struct rec_iseq *iseq = frame->iseq;
    rec_clause_note_silent(recorder, strand, cfp);
    if (iseq->type == REC_ISEQ_CLASS)
        return begin_body(recorder, strand, frame, cfp);
    if (iseq->type != REC_ISEQ_BLOCK || iseq->listener != NULL)
        return true;
    bool is_method = rec_frame_is_method_block(&recorder->layout, cfp->ep);
    if (is_method || iseq->handler != NULL)
        rec_block_watch_note(recorder, iseq); /* it was made one unseen, or just now */
    if (is_method || iseq->handler == NULL)
        return true;
    if (rec_depth_leaves_out(recorder, strand, cfp)) {
        rec_strand_pop(recorder, strand);
        return false;
    }
    name_handler(recorder, strand, iseq, cfp);
    begin_call(recorder, strand, frame, cfp);
    return true;
}

/* hot */
static void
record_line(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
            const struct rec_control_frame *cfp)
{
    struct rec_frame *frame = rec_strand_frame(recorder, strand, cfp, iseq);
    if (frame == NULL) {
        rec_fail(recorder, REC_NO_MEMORY);
        return;
    }
    if (__builtin_expect(frame->line == 0, 0) && !begin_frame(recorder, strand, frame, cfp))
        return;
    uint32_t pending_count = strand->pending_count;
    if (__builtin_expect(pending_count > 0, 0))
        rec_clause_settle(recorder, strand, frame);
    uint32_t line = rec_iseq_line(recorder, iseq, cfp->pc);
    if (__builtin_expect(line == 0, 0))
        return; /* a clause that is nothing but a constant */
    frame->line = line;
    strand->is_resumed = false;
    rec_capture_step(recorder, frame, cfp, frame->line);
    rec_shortcut_note(recorder, frame, cfp);
    if (__builtin_expect(strand->pending_count < pending_count, 0))
        rec_exceptions_rescued(recorder, strand, pending_count, frame);
}

void
rec_hooks_line(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
               const struct rec_control_frame *cfp)
{
    record_line(recorder, strand, iseq, cfp);
}

/* `retry` in a method's own rescue makes the VM fire CALL again for the same frame. */
static bool
is_retry(const struct rec_strand *strand, const void *cfp, const struct rec_iseq *iseq)
{
    for (uint32_t i = strand->frame_count; i-- > 1;) {
        const struct rec_frame *frame = &strand->frames[i - 1];
        if (frame->cfp == cfp)
            return frame->is_call && frame->iseq == iseq &&
                   strand->frames[i].iseq->type == REC_ISEQ_RESCUE;
        if (frame->cfp > cfp)
            break;
    }
    return false;
}

static void
record_call(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
            rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    if (is_retry(strand, head->cfp, iseq)) {
        rec_strand_unwind(recorder, strand, head->cfp, false);
        return;
    }
    if (rec_depth_leaves_out(recorder, strand, head->cfp))
        return;
    if (head->event == RUBY_EVENT_CLASS)
        rec_function_of_body(recorder, iseq);
    else if (head->event == RUBY_EVENT_CALL ||
             rec_frame_is_method_block(&recorder->layout, head->cfp->ep))
        rec_function_of_method(recorder, iseq, arg);
    else if (iseq->handler != NULL)
        name_handler(recorder, strand, iseq, head->cfp);
    else
        rec_function_of_block(recorder, iseq, arg);
    rec_strand_unwind(recorder, strand, head->cfp, true);
    if (strand->pending_count > 0)
        rec_clause_reach(recorder, strand,
                               (const char *)head->cfp + recorder->layout.frame_size);
    struct rec_frame *frame = rec_strand_push(recorder, strand, head->cfp, iseq);
    if (frame == NULL) {
        rec_fail(recorder, REC_NO_MEMORY);
        return;
    }
    if (strand->pending_count > 0)
        rec_uncaught_hold(recorder, strand, head->cfp);
    begin_call(recorder, strand, frame, head->cfp);
    if (head->event == RUBY_EVENT_CALL)
        rec_shortcut_note_call(recorder, frame, head->cfp);
}

static void
end_call(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
         const struct rec_trace_arg *head, const VALUE *hook_frame)
{
    if (head->event == RUBY_EVENT_RETURN)
        rec_shortcut_note_return(recorder, iseq, head);
    rec_call_end(recorder, strand, iseq, head, hook_frame);
}

/* Events other than LINE. */
static void
record_frame_event(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
                   rb_trace_arg_t *arg, const VALUE *hook_frame)
{
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    if ((head->event & (RUBY_EVENT_CALL | RUBY_EVENT_B_CALL | RUBY_EVENT_CLASS)) != 0)
        record_call(recorder, strand, iseq, arg);
    else
        end_call(recorder, strand, iseq, head, hook_frame);
}

/* What there is to do behind an event. May run Ruby code of ours: the last thing a hook does. */
static void
follow(struct recorder *recorder)
{
    recorder->is_followed = rec_early_values_put(recorder);
    rec_identity_table_settle(&recorder->identities);
    int state = NIL_P(recorder->noted_blocks) ? 0 : rec_block_watch_noted(recorder);
    if (state != 0)
        rb_jump_tag(state); /* Ctrl-C, Thread#raise: it came for the program and goes on to it */
}

static void
record_event(struct recorder *recorder, struct rec_script *script, VALUE tpval,
             const VALUE *hook_frame)
{
    /* Before anything is found out: the first time other threads may run within. */
    if (__builtin_expect(rb_stdout != recorder->seen_stdout || rb_stderr != recorder->seen_stderr ||
                             rb_stdin != recorder->seen_stdin,
                         0)) {
        rec_output_replaced(recorder);
        if (!recorder->active)
            return;
    }
    rb_trace_arg_t *arg = rec_current_trace_arg(&recorder->layout, tpval);
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    struct rec_iseq *iseq = require_iseq(recorder, script, head->cfp->iseq, arg);
    if (iseq == NULL)
        return;
    if (iseq->is_skipped) {
        if (recorder->is_followed)
            follow(recorder); /* what is defined here may be wanted */
        return;
    }
    struct rec_strand *strand = rec_strand_require(recorder, head->ec);
    if (strand == NULL)
        return;
    rec_strand_look_at_name(recorder, strand);
    if (rec_depth_hides(strand, head))
        return;
    if (__builtin_expect(head->event == RUBY_EVENT_LINE, 1))
        record_line(recorder, strand, iseq, head->cfp);
    else
        record_frame_event(recorder, strand, iseq, arg, hook_frame);
    if (__builtin_expect(recorder->is_followed, 0))
        follow(recorder);
}

static void
record_block_event(struct recorder *recorder, struct rec_script *listener, VALUE tpval,
                   const VALUE *hook_frame)
{
    rb_trace_arg_t *arg = rec_current_trace_arg(&recorder->layout, tpval);
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    struct rec_iseq *iseq = require_iseq(recorder, listener->home, head->cfp->iseq, arg);
    if (iseq == NULL || iseq->is_skipped)
        return;
    if (iseq->handler == NULL && !rec_frame_is_method_block(&recorder->layout, head->cfp->ep))
        return; /* a block in it, or called as what it is */
    struct rec_strand *strand = rec_strand_require(recorder, head->ec);
    if (strand == NULL)
        return;
    rec_strand_look_at_name(recorder, strand);
    if (iseq->listener == NULL)
        iseq->listener = listener;
    if (iseq->listener == listener && !rec_depth_hides(strand, head))
        record_frame_event(recorder, strand, iseq, arg, hook_frame);
}

void
rec_block_event(VALUE tpval, void *data)
{
    struct rec_script *listener = data;
    const VALUE *hook_frame = rec_hook_frame();
    struct recorder *recorder = listener->recorder;
    if (recorder == NULL || (recorder = rec_recorder_enter(recorder)) == NULL)
        return;
    record_block_event(recorder, listener, tpval, hook_frame);
    rec_recorder_leave(recorder);
}

/* In a program that has, or may have, other Ractors. */
static void
record_among_ractors(struct recorder *home, struct rec_script *script, VALUE tpval,
                     const VALUE *hook_frame)
{
    struct recorder *recorder = rec_recorder_enter(home);
    if (recorder == NULL)
        return;
    if (rec_is_lane(recorder) && recorder->iseqs.ractor_block == NULL) {
        const struct rec_trace_arg *head =
            (const struct rec_trace_arg *)rec_current_trace_arg(&recorder->layout, tpval);
        recorder->iseqs.ractor_block = head->cfp->iseq; /* its first event is in there */
    }
    record_event(recorder, script, tpval, hook_frame);
    rec_recorder_leave(recorder);
}

void
rec_hooks_script_event(struct recorder *recorder, struct rec_script *script, VALUE tpval,
                       const VALUE *hook_frame)
{
    if (recorder->has_ractors) {
        record_among_ractors(recorder, script, tpval, hook_frame);
        return;
    }
    if (recorder->scripts.dead != NULL)
        rec_script_bury_dead(recorder);
    record_event(recorder, script, tpval, hook_frame);
}

/* ---- exceptions and threads ---- */

/* What tells strands apart: the execution context, or in fallback mode the fiber object. */
static const void *
strand_key(const struct recorder *recorder, const struct rec_trace_arg *head)
{
    if (recorder->layout.frames_readable)
        return head->ec;
    return (const void *)rb_fiber_current();
}

/* Of an exception that is raised while another is on its way, the other stays only if this happens
 * inside of its ensure. */
static void
drop_replaced(struct rec_strand *strand, const void *cfp)
{
    struct rec_unwinding *exception;
    while ((exception = rec_strand_exception(strand)) != NULL) {
        if (exception->cfp > cfp || (exception->is_in_ensure && exception->cfp == cfp))
            return;
        strand->pending_count--;
    }
}

/* Where the exception starts, and whether it comes from code that is not recorded. False when
 * nothing of this strand is recorded. */
static bool
begin_exception(struct recorder *recorder, struct rec_strand *strand, rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    struct rec_unwinding *exception;
    if (!recorder->layout.frames_readable) {
        VALUE path = rb_tracearg_path(arg);
        strand->pending_count = 0;
        exception = rec_strand_exception_put(strand);
        exception->is_unreported =
            RB_TYPE_P(path, T_STRING) && !rec_path_is_recorded(recorder, RSTRING_PTR(path));
        return true;
    }
    if (recorder->uncaught.exception == 0)
        rec_uncaught_hold(recorder, strand, head->cfp);
    rec_strand_unwind(recorder, strand, head->cfp, false);
    if (strand->frame_count == 0)
        return false;
    const void *cfp = strand->frames[strand->frame_count - 1].cfp;
    drop_replaced(strand, cfp);
    exception = rec_strand_exception_put(strand);
    exception->cfp = cfp;
    /* An exception inside of a library is the program's business once it reaches the program. */
    exception->is_unreported = rec_frame_find_ruby(&recorder->layout, head->cfp, cfp) != cfp ||
                               strand->frames[strand->frame_count - 1].c_method != 0;
    return true;
}

void
rec_hooks_raise(struct recorder *recorder, rb_trace_arg_t *arg)
{
    recorder->raise_count++;
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    VALUE raised = rb_tracearg_raised_exception(arg);
    rec_jump_note_exception(recorder, raised);
    if (recorder->silent_ec == head->ec && RTEST(rb_obj_is_kind_of(raised, rb_eEOFError)))
        return; /* see output_capture.c */
    const void *key = strand_key(recorder, head);
    if (recorder->layout.frames_readable && rec_strand_find(recorder, key) == NULL)
        return; /* nothing of this thread or fiber was recorded: a library's own affair */
    struct rec_strand *strand = rec_strand_require(recorder, key);
    if (strand == NULL)
        return;
    rec_strand_look_at_name(recorder, strand);
    if (!begin_exception(recorder, strand, arg))
        return;
    struct rec_unwinding *exception = rec_strand_exception(strand);
    exception->exception = raised;
    rec_exception_aside_put(recorder, strand, exception, head->cfp);
    if (!exception->is_unreported)
        rec_exception_event(recorder, exception);
}

static void
end_strand_code(struct recorder *recorder, struct rec_strand *strand)
{
    rec_strand_look_at_name(recorder, strand);
    rec_strand_end_bodies(recorder, strand);
}

void
rec_hooks_thread_end(struct recorder *recorder, const struct rec_trace_arg *head)
{
    const void *key = strand_key(recorder, head);
    struct rec_strand *strand = rec_strand_find(recorder, key);
    if (strand != NULL && recorder->active)
        end_strand_code(recorder, strand);
    rec_strand_end(recorder, key);
}

static void
on_raise(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    if (recorder->active && rec_in_main_ractor(recorder))
        rec_hooks_raise(recorder, rb_tracearg_from_tracepoint(tpval));
}

static void
on_thread_end(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    /* A pause is no reason to keep a thread that has ended. */
    if (recorder->is_open && rec_in_main_ractor(recorder))
        rec_hooks_thread_end(recorder, (struct rec_trace_arg *)rb_tracearg_from_tracepoint(tpval));
}

/* ---- the hooks as a whole ---- */

void
rec_hooks_report_pending(struct recorder *recorder)
{
    struct rec_strand *strand = recorder->current_strand;
    struct rec_unwinding *exception = strand == NULL ? NULL : rec_strand_exception(strand);
    if (recorder->active && exception != NULL && exception->is_unreported)
        rec_exception_report(recorder, exception);
}

void
rec_hooks_init_tracepoints(struct recorder *recorder)
{
    recorder->raise_tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_RAISE, on_raise, recorder);
    recorder->thread_tracepoint =
        rb_tracepoint_new(Qnil, RUBY_EVENT_THREAD_END, on_thread_end, recorder);
    rec_class_ends_init(recorder);
    rec_c_calls_init(recorder);
    recorder->script_tracepoint =
        rb_tracepoint_new(Qnil, RUBY_EVENT_SCRIPT_COMPILED, rec_script_compiled, recorder);
}

void
rec_hooks_enable(struct recorder *recorder)
{
    recorder->forces_slow_hooks = getenv("CODETRACER_RUBY_FORCE_SLOW_HOOKS") != NULL;
    rec_expressions_begin(recorder);
    rb_tracepoint_enable(recorder->raise_tracepoint);
    rb_tracepoint_enable(recorder->thread_tracepoint);
    rb_tracepoint_enable(recorder->script_tracepoint);
    /* There is no telling what is a class body, or others' hooks would be in the way later. */
    if (!recorder->layout.frames_readable || recorder->has_ractors)
        rec_class_ends_watch(recorder);
    rec_c_calls_enable(recorder);
    rec_shortcut_enable(recorder, rec_shortcut_event_flags);
}

void
rec_hooks_disable(struct recorder *recorder)
{
    rec_c_calls_disable(recorder);
    rb_tracepoint_disable(recorder->script_tracepoint);
    rb_tracepoint_disable(recorder->thread_tracepoint);
    rec_class_ends_forget(recorder);
    rb_tracepoint_disable(recorder->raise_tracepoint);
    rec_scripts_disable(recorder);
    rec_expressions_end(recorder);
}

void
rec_hooks_pause(struct recorder *recorder)
{
    rb_tracepoint_disable(recorder->raise_tracepoint);
    rec_class_ends_pause(recorder);
    rec_c_calls_disable(recorder);
    rec_scripts_disable(recorder);
}

void
rec_hooks_resume(struct recorder *recorder)
{
    rb_tracepoint_enable(recorder->raise_tracepoint);
    rec_class_ends_resume(recorder);
    rec_c_calls_enable(recorder);
}
