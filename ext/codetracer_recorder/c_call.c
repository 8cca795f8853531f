/* See c_call.h. At C_CALL the frame of the C function is still to be made, at C_RETURN it is gone:
 * both stand at their caller's. Where an exception or a throw ends the call, C_RETURN stands at the
 * frame itself. */
#include "c_call.h"

#include "block_watch.h"
#include "border_code.h"
#include "call_depth.h"
#include "call_end.h"
#include "call_site.h"
#include "capture.h"
#include "clause.h"
#include "event_hook.h"
#include "exception_text.h"
#include "function_table.h"
#include "recorder.h"

#include <ruby/debug.h>

#include <stdlib.h>
#include <string.h>

#define NAME_SIZE_MAX 1024
#define UNWANTED      (REC_NO_FUNCTION - 1)

/* ---- names ---- */

static uint64_t
mix_key(uint64_t key, uint64_t word)
{
    key = (key ^ word) * 0x9E3779B97F4A7C15u;
    return key ^ key >> 32;
}

/* Whether the class of "Class#method" or "Class.method" is one that was asked for. */
static bool
is_wanted(const struct recorder *recorder, const char *name, size_t size)
{
    VALUE classes = recorder->c_call_classes;
    if (NIL_P(classes))
        return true;
    for (long i = 0; i < RARRAY_LEN(classes); i++) {
        VALUE wanted = RARRAY_AREF(classes, i);
        size_t length = (size_t)RSTRING_LEN(wanted);
        if (size > length && memcmp(name, RSTRING_PTR(wanted), length) == 0 &&
            (name[length] == '#' || name[length] == '.'))
            return true;
    }
    return false;
}

/* The function of this method at this place; UNWANTED: it is not shown. */
static uint32_t
find_function(struct recorder *recorder, const struct rec_iseq *iseq, uint32_t line,
              const struct rec_trace_arg *event)
{
    bool is_border = event->event == RUBY_EVENT_CALL;
    char name[NAME_SIZE_MAX];
    uint64_t key = mix_key(UINT64_MAX, rec_owner_number(&recorder->identities, event->klass));
    key = mix_key(mix_key(key, event->id), event->called_id);
    key = mix_key(key, (uint64_t)iseq->path_id << 32 | line) | 1;
    const struct rec_pointer_entry *known =
        rec_pointer_map_find(&recorder->iseqs.functions, key);
    if (known != NULL)
        return (uint32_t)known->value;
    size_t size = rec_function_name_put(recorder, event->klass, event->id, event->called_id, name,
                                        sizeof name);
    uint32_t id = is_border || is_wanted(recorder, name, size)
                      ? rec_function_put(recorder, iseq->path_id, line, name, size)
                      : UNWANTED;
    rec_pointer_map_put(&recorder->iseqs.functions, key, id);
    return id;
}

/* ---- frames ---- */

/* The frame that calls: not that of a block in C, in which a proc of a Method runs. */
static const struct rec_control_frame *
find_caller(const struct recorder *recorder, const struct rec_control_frame *cfp)
{
    while (cfp->iseq != NULL && cfp->pc == NULL)
        cfp = (const void *)((const char *)cfp + recorder->layout.frame_size);
    return cfp;
}

/* The recorded code that a control frame runs; NULL: none. */
static struct rec_iseq *
find_code(struct recorder *recorder, const struct rec_control_frame *cfp)
{
    if (cfp->iseq == NULL || cfp->pc == NULL)
        return NULL; /* a C function calls, or a block in C: that has no iseq to look at */
    const struct rec_pointer_entry *known =
        rec_pointer_map_find(&recorder->iseqs.iseqs, (uint64_t)cfp->iseq);
    struct rec_script *script = known != NULL ? NULL : rec_block_watch_script(recorder, cfp->iseq);
    struct rec_iseq *iseq = known == NULL ? NULL : (struct rec_iseq *)known->value;
    if (script != NULL) /* a clause calls before its first line */
        iseq = rec_hooks_iseq(recorder, script, cfp->iseq);
    if (iseq == NULL || iseq->is_skipped || iseq->is_dead ||
        iseq->encoded != rec_iseq_body(cfp->iseq)->encoded)
        return NULL; /* of a library, or the address is another's by now */
    return iseq;
}

/* Stands for all C functions that are called from a file: their steps show `self` alone. */
static struct rec_iseq *
require_c_code(struct recorder *recorder, struct rec_script *script)
{
    uint64_t key = mix_key(UINT64_MAX, (uint64_t)script->path_id + 1) | 1;
    const struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->iseqs.iseqs, key);
    if (known != NULL)
        return (struct rec_iseq *)known->value;
    struct rec_iseq *made = rec_iseq_make_named(recorder, script, NULL, 0);
    if (made == NULL || !rec_pointer_map_put(&recorder->iseqs.iseqs, key, (uint64_t)made)) {
        rec_fail(recorder, REC_NO_MEMORY);
        return NULL;
    }
    return made;
}

static struct rec_arguments
find_arguments(const struct recorder *recorder, struct rec_iseq *iseq,
               const struct rec_trace_arg *event)
{
    if (event->cfp->pc == NULL)
        return (struct rec_arguments){.are_told = false};
    size_t position = (size_t)(event->cfp->pc - iseq->encoded);
    if (iseq->call_sites == NULL)
        iseq->call_sites = calloc((size_t)iseq->encoded_size + 1, sizeof *iseq->call_sites);
    if (!recorder->layout.arguments_readable || iseq->call_sites == NULL ||
        position > iseq->encoded_size)
        return (struct rec_arguments){.are_told = false};
    if (iseq->call_sites[position] == REC_SITE_NEW)
        iseq->call_sites[position] = rec_call_site_read(event->cfp->pc, position,
                                                        event->called_id);
    return rec_call_site_arguments(event, iseq->call_sites[position]);
}

/* ---- events ---- */

/* The strand comes to the frame that calls, which may stand in the place of one that is gone. */
static void
reach_caller(struct recorder *recorder, struct rec_strand *strand,
             const struct rec_control_frame *cfp)
{
    rec_strand_unwind(recorder, strand, cfp, false);
    const struct rec_frame *top =
        strand->frame_count == 0 ? NULL : &strand->frames[strand->frame_count - 1];
    if (top != NULL && top->cfp == cfp && top->iseq->iseq != cfp->iseq)
        rec_strand_unwind(recorder, strand, cfp, true);
    rec_clause_reach(recorder, strand, cfp);
    struct rec_unwinding *exception = rec_strand_exception(strand);
    if (exception != NULL && exception->cfp == (const void *)cfp && exception->is_unreported)
        rec_exception_report(recorder, exception);
}

/* The call's frame, right above that of the caller. NULL: no memory. */
static struct rec_frame *
push_frame(struct recorder *recorder, const struct rec_trace_arg *event, struct rec_script *script,
           const struct rec_control_frame *caller, uint32_t line)
{
    struct rec_strand *strand = rec_strand_require(recorder, event->ec);
    struct rec_iseq *code = strand == NULL ? NULL : require_c_code(recorder, script);
    if (code == NULL)
        return NULL;
    rec_strand_look_at_name(recorder, strand);
    reach_caller(recorder, strand, caller);
    const void *cfp = (const char *)caller - recorder->layout.frame_size;
    struct rec_frame *frame = rec_strand_push(recorder, strand, cfp, code);
    if (frame == NULL) {
        rec_fail(recorder, REC_NO_MEMORY);
        return NULL;
    }
    frame->is_call = true;
    frame->line = line;
    frame->c_method = event->id;
    strand->is_resumed = false;
    return frame;
}

static void
begin_call(struct recorder *recorder, rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *event = (const struct rec_trace_arg *)arg;
    const struct rec_control_frame *caller = find_caller(recorder, event->cfp);
    struct rec_iseq *iseq = find_code(recorder, caller);
    struct rec_strand *strand = rec_strand_find(recorder, event->ec);
    if (iseq == NULL || strand == NULL || rec_depth_has_no_room(recorder, strand, event->cfp))
        return;
    (void)rb_tracearg_callee_id(arg); /* fills in the names */
    uint32_t line = rec_iseq_line(recorder, iseq, caller->pc);
    uint32_t function_id = find_function(recorder, iseq, line, event);
    if (function_id == UNWANTED)
        return;
    struct rec_frame *frame = push_frame(recorder, event, iseq->script, event->cfp, line);
    if (frame == NULL)
        return;
    struct rec_arguments arguments = find_arguments(recorder, iseq, event);
    rec_capture_c_call(recorder, frame, event->self, function_id, &arguments);
}

static void
end_call(struct recorder *recorder, rb_trace_arg_t *arg, const VALUE *frame)
{
    const struct rec_trace_arg *event = (const struct rec_trace_arg *)arg;
    struct rec_strand *strand = rec_strand_find(recorder, event->ec);
    if (strand == NULL)
        return;
    bool is_left = event->cfp->iseq == NULL;
    if (is_left && (event->cfp->self != event->self || event->data != Qnil))
        return; /* a C function that this one has called returns */
    const char *cfp = (const char *)event->cfp - (is_left ? 0 : recorder->layout.frame_size);
    uint32_t at = strand->frame_count;
    while (at > 0 && (const char *)strand->frames[at - 1].cfp < cfp)
        at--;
    if (at == 0 || strand->frames[at - 1].cfp != cfp || strand->frames[at - 1].c_method == 0)
        return;
    (void)rb_tracearg_callee_id(arg);
    if (strand->frames[at - 1].c_method != event->id)
        return;
    strand = rec_strand_require(recorder, event->ec);
    rec_strand_look_at_name(recorder, strand);
    rec_c_call_end(recorder, strand, event, is_left, frame);
}

static void
on_event(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    const VALUE *frame = rec_hook_frame();
    if (!recorder->active || !rec_in_main_ractor(recorder))
        return;
    rb_trace_arg_t *arg = rec_current_trace_arg(&recorder->layout, tpval);
    if (rb_tracearg_event_flag(arg) == RUBY_EVENT_C_CALL)
        begin_call(recorder, arg);
    else
        end_call(recorder, arg, frame);
}

/* ---- calls of Ruby code that is not recorded ---- */

static void
begin_border_call(struct recorder *recorder, rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *event = (const struct rec_trace_arg *)arg;
    const struct rec_control_frame *below =
        (const void *)((const char *)event->cfp + recorder->layout.frame_size);
    const struct rec_control_frame *caller = find_caller(recorder, below);
    struct rec_iseq *iseq = find_code(recorder, caller);
    struct rec_strand *strand = rec_strand_find(recorder, event->ec);
    if (iseq == NULL || strand == NULL || rec_depth_has_no_room(recorder, strand, below))
        return;
    (void)rb_tracearg_callee_id(arg); /* fills in the names */
    struct rec_iseq *code = rec_border_code_find(recorder, iseq->script, arg);
    if (code == NULL)
        return;
    uint32_t line = rec_iseq_line(recorder, iseq, caller->pc);
    uint32_t function_id = find_function(recorder, iseq, line, event);
    struct rec_frame *frame = push_frame(recorder, event, iseq->script, below, line);
    if (frame == NULL)
        return;
    frame->return_action = code->return_action;
    struct rec_frame shown = *frame;
    shown.iseq = code; /* whose arguments these are */
    code->frame_count++;
    rec_capture_call(recorder, &shown, event->cfp->ep, event->self, function_id);
    code->frame_count--;
}

static void
end_border_call(struct recorder *recorder, rb_trace_arg_t *arg, const VALUE *hook_frame)
{
    const struct rec_trace_arg *event = (const struct rec_trace_arg *)arg;
    struct rec_strand *strand = rec_strand_find(recorder, event->ec);
    uint32_t at = strand == NULL ? 0 : strand->frame_count;
    while (at > 0 && strand->frames[at - 1].cfp < (const void *)event->cfp)
        at--;
    if (at == 0 || strand->frames[at - 1].cfp != event->cfp || strand->frames[at - 1].c_method == 0)
        return;
    (void)rb_tracearg_callee_id(arg);
    if (strand->frames[at - 1].c_method != event->id)
        return;
    struct rec_iseq *code = strand->frames[at - 1].iseq;
    code->return_action = strand->frames[at - 1].return_action;
    strand = rec_strand_require(recorder, event->ec);
    rec_strand_look_at_name(recorder, strand);
    rec_call_end(recorder, strand, code, event, hook_frame);
}

static void
on_border(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    const VALUE *frame = rec_hook_frame();
    if (!recorder->active || !rec_in_main_ractor(recorder))
        return;
    rb_trace_arg_t *arg = rec_current_trace_arg(&recorder->layout, tpval);
    if (rb_tracearg_event_flag(arg) == RUBY_EVENT_CALL)
        begin_border_call(recorder, arg);
    else
        end_border_call(recorder, arg, frame);
}

/* ---- the hooks ---- */

void
rec_c_calls_init(struct recorder *recorder)
{
    recorder->c_call_tracepoint = rb_tracepoint_new(
        Qnil, RUBY_EVENT_C_CALL | RUBY_EVENT_C_RETURN, on_event, recorder);
    recorder->border_tracepoint =
        rb_tracepoint_new(Qnil, RUBY_EVENT_CALL | RUBY_EVENT_RETURN, on_border, recorder);
}

void
rec_c_calls_mark(const struct recorder *recorder)
{
    rb_gc_mark(recorder->c_call_tracepoint);
    rb_gc_mark(recorder->border_tracepoint);
    rb_gc_mark(recorder->c_call_classes);
}

void
rec_c_calls_enable(struct recorder *recorder)
{
    if (recorder->shows_c_calls && recorder->layout.frames_readable)
        rb_tracepoint_enable(recorder->c_call_tracepoint);
    if (recorder->shows_border_calls && recorder->layout.frames_readable)
        rb_tracepoint_enable(recorder->border_tracepoint);
}

void
rec_c_calls_disable(struct recorder *recorder)
{
    rb_tracepoint_disable(recorder->border_tracepoint);
    rb_tracepoint_disable(recorder->c_call_tracepoint);
}
