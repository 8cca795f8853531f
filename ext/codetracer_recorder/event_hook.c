/* See event_hook.h. Order within a hook: 1 still recording, in the main Ractor? 2 strand of this
 * ec, 3 iseq, 4 frame (stale ones dropped), 5 capture. */
#include "event_hook.h"

#include "capture.h"
#include "exception_text.h"
#include "fallback_hook.h"
#include "output_capture.h"
#include "recorder.h"
#include "script_source.h"

#ifdef HAVE_RUBY_RACTOR_H
#include <ruby/ractor.h>
#endif

#include <stdatomic.h>

#define SCRIPT_EVENTS (RUBY_EVENT_LINE | RUBY_EVENT_CALL | RUBY_EVENT_RETURN)

/* ---- which Ractor ---- */

#ifdef HAVE_RUBY_RACTOR_H
static rb_ractor_local_key_t main_key; /* set once by rec_hooks_init */

void
rec_hooks_init(void)
{
    static const char mark[] = "main"; /* any address that is not NULL; nothing to mark or free */
    static const struct rb_ractor_local_storage_type type = {NULL, NULL};
    main_key = rb_ractor_local_storage_ptr_newkey(&type);
    rb_ractor_local_storage_ptr_set(main_key, (void *)(uintptr_t)mark);
    (void)mark;
}

bool
rec_in_main_ractor(const struct recorder *recorder)
{
    const void *const *single = recorder->layout.single_main_ractor;
    if (single != NULL && *single != NULL)
        return true; /* there has never been another */
    if (recorder->layout.multi_ractor != NULL && !recorder->layout.multi_ractor())
        return true;
    return rb_ractor_local_storage_ptr(main_key) != NULL;
}
#else
void
rec_hooks_init(void)
{
}

bool
rec_in_main_ractor(const struct recorder *recorder)
{
    (void)recorder;
    return true;
}
#endif

/* ---- where an event belongs ---- */

static inline struct rec_iseq *
require_iseq(struct recorder *recorder, struct rec_script *script, const void *iseq)
{
    struct rec_iseq_table *table = &recorder->iseqs;
    /* An address may be in use again before the script that had it is swept: only an entry of this
     * script is this iseq's. */
    if (__builtin_expect(table->last_iseq == iseq && table->last->script == script, 1))
        return table->last;
    struct rec_pointer_entry *entry = rec_pointer_map_find(&table->iseqs, (uint64_t)iseq);
    struct rec_iseq *found = entry != NULL ? (struct rec_iseq *)entry->value : NULL;
    if (found == NULL || found->script != script)
        found = rec_iseq_make(recorder, script, iseq);
    if (found == NULL) {
        rec_fail(recorder, "out of memory");
        return NULL;
    }
    table->last_iseq = iseq;
    table->last = found;
    return found;
}

/* ---- exceptions on their way ----
 * After a RAISE the strand is unwinding until code runs again in the frame that raised, in an older
 * one, or in a rescue. Lines of `ensure` run while the exception is still on its way; what they
 * call lies in newer frames than theirs. */
static void
settle_unwinding(struct recorder *recorder, struct rec_strand *strand,
                 const struct rec_frame *frame)
{
    struct rec_unwinding *unwinding = &strand->unwinding;
    bool is_handler = frame->iseq->type == REC_ISEQ_ENSURE || frame->iseq->type == REC_ISEQ_RESCUE;
    if (is_handler && unwinding->is_unreported)
        rec_exception_report(recorder, unwinding);
    if (frame->iseq->type == REC_ISEQ_ENSURE)
        unwinding->cfp = frame->cfp;
    else if (frame->iseq->type == REC_ISEQ_RESCUE || frame->cfp >= unwinding->cfp)
        unwinding->cfp = NULL;
}

/* ---- LINE, CALL, RETURN ---- */

/* Whether there has never been a Ractor but the main one. hot */
static inline bool
is_single_ractor(const struct recorder *recorder)
{
    const void *const *single = recorder->layout.single_main_ractor;
    return single != NULL && *single != NULL;
}

/* hot */
static void
record_line(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
            const struct rec_control_frame *cfp)
{
    struct rec_frame *frame = rec_strand_frame(recorder, strand, cfp, iseq);
    if (frame == NULL) {
        rec_fail(recorder, "out of memory");
        return;
    }
    if (__builtin_expect(strand->unwinding.cfp != NULL, 0))
        settle_unwinding(recorder, strand, frame);
    if (__builtin_expect(rb_stdout != recorder->seen_stdout || rb_stderr != recorder->seen_stderr,
                         0))
        rec_output_replaced(recorder);
    frame->line = rec_iseq_line(recorder, iseq, cfp->pc);
    strand->is_resumed = false;
    rec_capture_step(recorder, frame, cfp->ep, frame->line);
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
    VALUE owner = rb_tracearg_defined_class(arg);
    if (__builtin_expect(iseq->owner != owner || iseq->owner_epoch != recorder->identities.epoch,
                         0)) {
        VALUE name = rb_tracearg_method_id(arg);
        ID id = SYMBOL_P(name) ? SYM2ID(name) : rb_intern("?");
        rec_iseq_function(recorder, iseq, owner, id);
    }
    rec_strand_unwind(recorder, strand, head->cfp, true);
    struct rec_frame *frame = rec_strand_push(recorder, strand, head->cfp, iseq);
    if (frame == NULL) {
        rec_fail(recorder, "out of memory");
        return;
    }
    frame->is_call = true;
    frame->line = iseq->first_line;
    strand->is_resumed = false;
    rec_capture_call(recorder, frame, head->cfp->ep, head->self, iseq->function_id);
}

/* A frame that did not run its own `leave`. */
static void
record_unwound(struct recorder *recorder, struct rec_strand *strand, struct rec_frame *frame,
               const struct rec_trace_arg *head, uint32_t line)
{
    static const char left[] = "left by throw, break or the end of its thread";
    char text[sizeof strand->unwinding.text + 16];
    struct rec_unwinding *unwinding = &strand->unwinding;
    const VALUE *ep = head->cfp->ep;
    if (unwinding->cfp != NULL && unwinding->is_unreported)
        rec_exception_report(recorder, unwinding);
    struct rec_ending ending = {.class_name_id = recorder->strands.unwound_name_id,
                                .text = left,
                                .text_size = sizeof left - 1};
    if (unwinding->cfp != NULL) {
        ending.class_name_id = unwinding->class_name_id;
        ending.text = text;
        ending.text_size = rec_unwinding_text(unwinding, text);
        unwinding->cfp = head->cfp;
        rec_capture_unwound(recorder, frame, ep, line, &ending);
    } else if (head->data == Qnil || head->data == Qundef) {
        rec_capture_unwound(recorder, frame, ep, line, &ending);
    } else { /* `return` in a proc, `break` with a value */
        rec_capture_return(recorder, frame, ep, line, head->data);
    }
}

static void
record_return(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
              const struct rec_trace_arg *head)
{
    rec_strand_unwind(recorder, strand, head->cfp, false);
    if (strand->frame_count == 0)
        return;
    struct rec_frame *frame = &strand->frames[strand->frame_count - 1];
    if (frame->cfp != head->cfp || !frame->is_call)
        return; /* the call began before the recording did */
    uint32_t line = rec_iseq_line(recorder, iseq, head->cfp->pc);
    strand->is_resumed = false;
    if (rec_frame_leaves(&recorder->layout, head->cfp))
        rec_capture_return(recorder, frame, head->cfp->ep, line, head->data);
    else
        record_unwound(recorder, strand, frame, head, line);
    rec_strand_pop(recorder, strand);
}

/* The hook of a recorded script. hot */
static void
on_script_event(VALUE tpval, void *data)
{
    struct rec_script *script = data;
    struct recorder *recorder = script->recorder;
    if (recorder == NULL || !recorder->active)
        return;
    if (__builtin_expect(!is_single_ractor(recorder) && !rec_in_main_ractor(recorder), 0)) {
        __atomic_fetch_add(&recorder->counts.ractor_event_count, 1, __ATOMIC_RELAXED);
        return;
    }
    if (__builtin_expect(recorder->iseqs.dead != NULL, 0))
        rec_script_bury_dead(recorder);
    rb_trace_arg_t *arg = rec_current_trace_arg(&recorder->layout, tpval);
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    struct rec_strand *strand = rec_strand_require(recorder, head->ec);
    struct rec_iseq *iseq = require_iseq(recorder, script, head->cfp->iseq);
    if (strand == NULL || iseq == NULL)
        return;
    if (__builtin_expect(head->event == RUBY_EVENT_LINE, 1))
        record_line(recorder, strand, iseq, head->cfp);
    else if (head->event == RUBY_EVENT_CALL)
        record_call(recorder, strand, iseq, arg);
    else
        record_return(recorder, strand, iseq, head);
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

/* Prepares the strand's unwinding; false when nothing of this strand is recorded. */
static bool
is_in_recorded_code(struct recorder *recorder, struct rec_strand *strand, rb_trace_arg_t *arg)
{
    struct rec_unwinding *unwinding = &strand->unwinding;
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    if (!recorder->layout.frames_readable) {
        VALUE path = rb_tracearg_path(arg);
        unwinding->cfp = strand; /* not a frame: only says that one is on its way */
        unwinding->is_unreported = RB_TYPE_P(path, T_STRING) &&
                                   !rec_path_filter_accepts(&recorder->filter, RSTRING_PTR(path));
        return true;
    }
    rec_strand_unwind(recorder, strand, head->cfp, false);
    if (strand->frame_count == 0)
        return false;
    unwinding->cfp = strand->frames[strand->frame_count - 1].cfp;
    /* An exception inside of a library is the program's business once it reaches the program. */
    unwinding->is_unreported =
        rec_frame_find_ruby(&recorder->layout, head->cfp, unwinding->cfp) != unwinding->cfp;
    return true;
}

static void
on_raise(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    if (!recorder->active || !rec_in_main_ractor(recorder))
        return;
    rb_trace_arg_t *arg = rb_tracearg_from_tracepoint(tpval);
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    VALUE exception = rb_tracearg_raised_exception(arg);
    struct rec_strand *strand = rec_strand_require(recorder, strand_key(recorder, head));
    if (strand == NULL || !is_in_recorded_code(recorder, strand, arg))
        return;
    struct rec_unwinding *unwinding = &strand->unwinding;
    rec_exception_text(recorder, exception, unwinding);
    if (!unwinding->is_unreported)
        rec_exception_event(recorder, exception);
}

static void
on_thread_end(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    if (!recorder->active || !rec_in_main_ractor(recorder))
        return;
    rb_trace_arg_t *arg = rb_tracearg_from_tracepoint(tpval);
    rec_strand_end(recorder, strand_key(recorder, (const struct rec_trace_arg *)arg));
}

/* ---- scripts ---- */

struct compiled {
    struct recorder *recorder;
    VALUE tpval;
};

static VALUE
instrument(VALUE context)
{
    const struct compiled *compiled = (const struct compiled *)context;
    struct recorder *recorder = compiled->recorder;
    struct rec_script *script;
    VALUE iseqw = rb_funcall(compiled->tpval, rb_intern("instruction_sequence"), 0);
    VALUE text = rb_funcall(compiled->tpval, rb_intern("eval_script"), 0);
    uint32_t path_id;
    if (!rec_script_source_find(recorder, iseqw, text, &path_id))
        return Qnil;
    VALUE owner = rec_script_new(recorder, path_id, &script);
    VALUE tracepoint = rb_tracepoint_new(
        Qnil, SCRIPT_EVENTS,
        recorder->layout.frames_readable ? on_script_event : rec_fallback_script_event, script);
    VALUE target = rb_hash_new();
    script->tracepoint = tracepoint;
    rb_ivar_set(tracepoint, rb_intern("codetracer_script"), owner);
    rb_hash_aset(target, ID2SYM(rb_intern("target")), iseqw);
    rb_funcallv_kw(tracepoint, rb_intern("enable"), 1, &target, RB_PASS_KEYWORDS);
    return Qnil;
}

/* TracePoint#enable refuses a script without any line, as an empty file is. */
static bool
has_nothing_to_enable(VALUE exception)
{
    static const char text[] = "can not enable any hooks";
    if (!RTEST(rb_obj_is_kind_of(exception, rb_eArgError)))
        return false;
    VALUE message = rb_attr_get(exception, rb_intern("mesg"));
    return RB_TYPE_P(message, T_STRING) && RSTRING_LEN(message) >= (long)sizeof text - 1 &&
           memcmp(RSTRING_PTR(message), text, sizeof text - 1) == 0;
}

static void
on_script_compiled(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    struct compiled compiled = {.recorder = recorder, .tpval = tpval};
    int state = 0;
    VALUE errinfo = rb_errinfo();
    if (!recorder->active || !rec_in_main_ractor(recorder))
        return;
    rb_protect(instrument, (VALUE)&compiled, &state);
    if (state == 0)
        return;
    if (has_nothing_to_enable(rb_errinfo()))
        rb_set_errinfo(errinfo);
    else
        rb_jump_tag(state); /* Ctrl-C, Thread#raise: it came for the program and goes on to it */
}

void
rec_hooks_report_pending(struct recorder *recorder)
{
    struct rec_strand *strand = recorder->current_strand;
    if (recorder->active && strand != NULL && strand->unwinding.cfp != NULL &&
        strand->unwinding.is_unreported)
        rec_exception_report(recorder, &strand->unwinding);
}

void
rec_hooks_enable(struct recorder *recorder)
{
    recorder->raise_tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_RAISE, on_raise, recorder);
    recorder->thread_tracepoint =
        rb_tracepoint_new(Qnil, RUBY_EVENT_THREAD_END, on_thread_end, recorder);
    recorder->script_tracepoint =
        rb_tracepoint_new(Qnil, RUBY_EVENT_SCRIPT_COMPILED, on_script_compiled, recorder);
    rb_tracepoint_enable(recorder->raise_tracepoint);
    rb_tracepoint_enable(recorder->thread_tracepoint);
    rb_tracepoint_enable(recorder->script_tracepoint);
}

void
rec_hooks_disable(struct recorder *recorder)
{
    rb_tracepoint_disable(recorder->script_tracepoint);
    rb_tracepoint_disable(recorder->thread_tracepoint);
    rb_tracepoint_disable(recorder->raise_tracepoint);
    for (struct rec_script *script = recorder->iseqs.scripts; script != NULL; script = script->next)
        rb_tracepoint_disable(script->tracepoint);
}
