/* See script_hook.h. Ruby's methods are called here, and while one runs another thread may pause or
 * end the recording: what was known before is asked again after each. */
#include "script_hook.h"

#include "border_code.h"
#include "event_hook.h"
#include "expressions.h"
#include "fallback_hook.h"
#include "loaded_code.h"
#include "original_method.h"
#include "recorder.h"
#include "recording_facts.h"
#include "script_event.h"
#include "script_source.h"

#include <ruby/debug.h>

#define SCRIPT_EVENTS                                                                              \
    (RUBY_EVENT_LINE | RUBY_EVENT_CALL | RUBY_EVENT_RETURN | RUBY_EVENT_CLASS | RUBY_EVENT_END)
#define BLOCK_EVENTS    (RUBY_EVENT_B_CALL | RUBY_EVENT_B_RETURN)
#define HOOK_WAIT_COUNT 1000 /* turns given to threads that are within a hook of fallback_hook.c   \
                              */

static bool
has_message(VALUE exception, const char *start)
{
    if (!RTEST(rb_obj_is_kind_of(exception, rb_eArgError)))
        return false;
    VALUE message = rb_attr_get(exception, rb_intern("mesg"));
    return RB_TYPE_P(message, T_STRING) && RSTRING_LEN(message) >= (long)strlen(start) &&
           memcmp(RSTRING_PTR(message), start, strlen(start)) == 0;
}

static bool
is_enabled(const struct rec_script *script)
{
    return script->tracepoint != 0 && RTEST(rb_tracepoint_enabled_p(script->tracepoint));
}

static VALUE
enable(VALUE pointer)
{
    const struct rec_script *script = (const struct rec_script *)pointer;
    rec_tracepoint_target(script->tracepoint, script->target);
    return Qnil;
}

/* Puts the TracePoint on. Answers with the state of rb_protect, 0 also for what TracePoint#enable
 * refuses: a script without any line, as an empty file is, and what another thread was quicker to
 * do. */
static int
enable_script(struct rec_script *script)
{
    int state = 0;
    VALUE errinfo = rb_errinfo(), object = script->object; /* which keeps `script` */
    if (script->tracepoint == 0)
        return 0;
    rec_expressions_lay(script);
    if (!is_enabled(script))
        rb_protect(enable, (VALUE)script, &state);
    rec_expressions_trace(script);
    for (const struct rec_iseq *iseq = script->iseqs; iseq != NULL; iseq = iseq->next_of_script)
        rec_iseq_hooks_shorten(script->recorder, script, iseq->iseq); /* they ran before a pause */
    bool is_empty = state != 0 && has_message(rb_errinfo(), "can not enable any hooks");
    if (is_empty)
        script->tracepoint = 0;
    if (is_empty || (state != 0 && has_message(rb_errinfo(), "can't nest"))) {
        rb_set_errinfo(errinfo);
        state = 0;
    }
    RB_GC_GUARD(object);
    return state;
}

static void
make_tracepoint(struct rec_script *script, rb_event_flag_t events, void (*hook)(VALUE, void *))
{
    script->tracepoint = rb_tracepoint_new(Qnil, events, hook, script);
    rb_ivar_set(script->tracepoint, rb_intern("codetracer_script"), script->object);
}

void
rec_script_catch_up(struct recorder *recorder, VALUE tpval)
{
    if (!recorder->layout.frames_readable || recorder->walk.iseqw_to_iseq == NULL)
        return;
    const struct rec_trace_arg *event =
        (const struct rec_trace_arg *)rb_tracearg_from_tracepoint(tpval);
    struct rec_script *script = rec_loaded_code_script(recorder, event->cfp->iseq);
    if (script != NULL)
        rec_script_event(tpval, script);
}

struct block_listener {
    struct rec_script *home;
    VALUE iseqw;
    struct rec_script *made;
};

static VALUE
listen_to_block(VALUE context)
{
    struct block_listener *listener = (struct block_listener *)context;
    struct rec_script *home = listener->home;
    VALUE home_object = home->object;
    const struct rec_place place = {home->path_id, home->unit};
    struct rec_script *script = rec_script_new(home->recorder, &place, listener->iseqw);
    if (script == NULL) {
        rec_fail(home->recorder, REC_NO_MEMORY);
        return Qnil;
    }
    VALUE object = script->object;
    script->home = home;
    listener->made = script;
    make_tracepoint(script, BLOCK_EVENTS, rec_block_event);
    rec_tracepoint_target(script->tracepoint, script->target);
    RB_GC_GUARD(object);
    RB_GC_GUARD(home_object);
    return Qnil;
}

int
rec_script_listen_to_block(struct rec_script *script, VALUE iseqw,
                           const struct rec_script **out_listener)
{
    struct block_listener listener = {.home = script, .iseqw = iseqw};
    int state = 0;
    rb_protect(listen_to_block, (VALUE)&listener, &state);
    *out_listener = listener.made;
    return state;
}

static void
disable_script(struct rec_script *script)
{
    if (!is_enabled(script))
        return;
    rec_expressions_lift(script);
    rec_tracepoint_untarget(script->tracepoint);
}

void
rec_script_instrument(struct recorder *recorder, VALUE iseqw, const struct rec_place *place,
                      VALUE text)
{
    struct rec_script *script = rec_script_new(recorder, place, iseqw);
    if (script == NULL) {
        rec_fail(recorder, REC_NO_MEMORY);
        return;
    }
    VALUE object = script->object;
    rb_event_flag_t events = SCRIPT_EVENTS | (recorder->shows_blocks ? BLOCK_EVENTS : 0);
    int state = recorder->expressions.planner != 0 ? rec_expressions_plan(script, text) : 0;
    if (recorder->layout.frames_readable)
        make_tracepoint(script, events, rec_script_event);
    else
        make_tracepoint(script, SCRIPT_EVENTS, rec_fallback_script_event);
    state = state == 0 ? enable_script(script) : state;
    if (state == 0 && recorder->shows_border_calls)
        state = rec_border_code_exclude(recorder, iseqw, script->unit);
    bool is_wanted = script->recorder != NULL && recorder->active; /* still */
    if (!is_wanted)
        disable_script(script);
    RB_GC_GUARD(object);
    if (state != 0)
        rb_jump_tag(state);
}

/* ---- compiled scripts ---- */

struct compiled {
    struct recorder *recorder;
    VALUE tpval;
};

static VALUE
record_compiled(VALUE context)
{
    const struct compiled *compiled = (const struct compiled *)context;
    struct rec_place place;
    VALUE iseqw = rec_original_call(REC_TRACEPOINT_INSTRUCTION_SEQUENCE, compiled->tpval);
    VALUE text = rec_original_call(REC_TRACEPOINT_EVAL_SCRIPT, compiled->tpval);
    if (rec_script_source_find(compiled->recorder, iseqw, text, &place))
        rec_script_instrument(compiled->recorder, iseqw, &place, text);
    rec_facts_put_gems(compiled->recorder);
    rec_allocation_way_shorten(compiled->recorder);
    return Qnil;
}

void
rec_script_compiled(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    struct compiled compiled = {.recorder = recorder, .tpval = tpval};
    int state = 0;
    recorder->has_missed_code |= recorder->is_paused;
    if (!recorder->active || !rec_in_main_ractor(recorder))
        return;
    rb_protect(record_compiled, (VALUE)&compiled, &state);
    if (state != 0)
        rb_jump_tag(state); /* Ctrl-C, Thread#raise: it came for the program and goes on to it */
}

/* ---- pause and end ---- */

static bool
has_one_ractor(void)
{
    if (!rec_original_exists(REC_RACTOR_COUNT))
        return true;
    return rec_original_call(REC_RACTOR_COUNT, rb_path2class("Ractor")) == INT2FIX(1);
}

/* Up to Ruby 3.1 the VM frees an iseq's list of hooks while one of them runs in a thread that
 * waits. False: they have not come to their ends. */
static bool
wait_for_hooks(const struct recorder *recorder)
{
    for (int i = 0; recorder->running_hook_count > 0 && i < HOOK_WAIT_COUNT; i++)
        rb_thread_schedule();
    return recorder->running_hook_count == 0;
}

void
rec_scripts_disable(struct recorder *recorder)
{
    bool can_disable = has_one_ractor() && wait_for_hooks(recorder);
    /* This ends a sweep that is under way: whatever is still in the list is alive. */
    VALUE was_disabled = rb_gc_disable();
    for (struct rec_script *script = recorder->scripts.first; script != NULL;
         script = script->next) {
        if (can_disable)
            disable_script(script);
        rec_expressions_lift(script); /* another recording, or Coverage, would find the event */
    }
    if (!RTEST(was_disabled))
        rb_gc_enable();
}

void
rec_scripts_enable(struct recorder *recorder)
{
    uint64_t serial = recorder->serial;
    struct rec_script *script = recorder->scripts.first;
    while (script != NULL) {
        VALUE object = script->object;
        int state = enable_script(script);
        if (state != 0)
            rb_jump_tag(state);
        if (!rec_is_recording(recorder, serial) || !recorder->is_paused)
            return; /* another thread was here */
        script = script->next;
        RB_GC_GUARD(object);
    }
}
