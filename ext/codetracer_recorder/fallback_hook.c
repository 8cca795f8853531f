/* See fallback_hook.h. Within an event, Ruby is asked for everything first: while it answers
 * another thread may run, and end the recording. Then the record is written. */
#include "fallback_hook.h"

#include "call_depth.h"
#include "capture.h"
#include "exception_text.h"
#include "function_table.h"
#include "original_method.h"
#include "recorder.h"
#include "value_filter.h"

#include <ruby/debug.h>

#include <stdlib.h>

/* ---- layouts by their names ---- */

/* Stands for all code of a script that sees these variables. */
static struct rec_iseq *
require_layout(struct recorder *recorder, struct rec_script *script, VALUE names)
{
    uint64_t key = ((uint64_t)script->path_id + 1) * 0x9E3779B97F4A7C15u;
    long count = RARRAY_LEN(names);
    for (long i = 0; i < count; i++)
        key = (key ^ (uint64_t)SYM2ID(RARRAY_AREF(names, i))) * 0x100000001B3u;
    struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->iseqs.iseqs, key | 1);
    if (known != NULL)
        return (struct rec_iseq *)known->value;
    ID *ids = calloc((size_t)count + 1, sizeof *ids);
    for (long i = 0; ids != NULL && i < count; i++)
        ids[i] = SYM2ID(RARRAY_AREF(names, i));
    struct rec_iseq *entry =
        ids == NULL ? NULL : rec_iseq_make_named(recorder, script, ids, (uint32_t)count);
    free(ids);
    if (entry == NULL || !rec_pointer_map_put(&recorder->iseqs.iseqs, key | 1, (uint64_t)entry)) {
        rec_fail(recorder, REC_NO_MEMORY);
        return NULL;
    }
    return entry;
}

/* The values of all names, in order; the array keeps them alive while they are written. */
static VALUE
collect_values(VALUE binding, VALUE names)
{
    VALUE values = rb_ary_new_capa(RARRAY_LEN(names));
    for (long i = 0; i < RARRAY_LEN(names); i++)
        rb_ary_push(values, rec_original_call_with(REC_BINDING_LOCAL_VARIABLE_GET, binding,
                                                   RARRAY_AREF(names, i)));
    return values;
}

/* The parameters that have a variable. */
static VALUE
parameter_names(VALUE tpval)
{
    VALUE parameters = rec_tracepoint_ask(REC_TRACEPOINT_PARAMETERS, tpval), names = rb_ary_new();
    for (long i = 0; i < RARRAY_LEN(parameters); i++) {
        VALUE pair = RARRAY_AREF(parameters, i);
        VALUE name = RARRAY_LEN(pair) > 1 ? RARRAY_AREF(pair, 1) : Qnil;
        if (SYMBOL_P(name) && rb_is_local_id(SYM2ID(name)))
            rb_ary_push(names, name);
    }
    return names;
}

/* ---- events ---- */

struct fallback_event {
    struct recorder *recorder;
    struct rec_script *script;
    struct rec_strand *strand;
    VALUE tpval;
    rb_trace_arg_t *arg;
    uint32_t line;
    VALUE names, values; /* of the parameters at a CALL, else of all variables */
};

/* The function of this name, defined at first sight of the key. */
static uint32_t
require_function(struct fallback_event *event, uint64_t key, const char *name, size_t size)
{
    struct recorder *recorder = event->recorder;
    uint32_t id = rec_function_put(recorder, event->script->path_id, event->line, name, size);
    rec_pointer_map_put(&recorder->iseqs.functions, key, id);
    return id;
}

static uint64_t
function_key(const struct fallback_event *event, VALUE owner, uint64_t what)
{
    uint64_t key = ((uint64_t)owner ^ what << 20) * 0x9E3779B97F4A7C15u | 1;
    return key ^ (uint64_t)event->script->path_id << 1;
}

static ID
id_of(VALUE name)
{
    return SYMBOL_P(name) ? SYM2ID(name) : rb_intern("?");
}

static uint32_t
function_of(struct fallback_event *event)
{
    char text[1024];
    VALUE owner = rb_tracearg_defined_class(event->arg);
    ID method = id_of(rb_tracearg_method_id(event->arg));
    ID called = id_of(rb_tracearg_callee_id(event->arg));
    uint64_t key = function_key(event, owner, method ^ (uint64_t)called << 22);
    struct rec_pointer_entry *known = rec_pointer_map_find(&event->recorder->iseqs.functions, key);
    if (known != NULL)
        return (uint32_t)known->value;
    size_t size = rec_function_name_put(event->recorder, owner, method, called, text, sizeof text);
    return require_function(event, key, text, size);
}

/* A class may be opened again: each of its bodies is a function. */
static uint32_t
function_of_body(struct fallback_event *event)
{
    char text[1024];
    uint64_t key = function_key(event, rb_tracearg_self(event->arg), event->line);
    struct rec_pointer_entry *known = rec_pointer_map_find(&event->recorder->iseqs.functions, key);
    if (known != NULL)
        return (uint32_t)known->value;
    return require_function(event, key, text, rec_body_name_put(text, sizeof text));
}

static struct rec_named_state
state_of(const struct fallback_event *event)
{
    return (struct rec_named_state){
        .self = rb_tracearg_self(event->arg), .values = event->values, .line = event->line};
}

/* Of a method's call or return. */
static struct rec_named_state
state_of_method(const struct fallback_event *event, const struct rec_frame *frame)
{
    struct rec_named_state state = state_of(event);
    state.method = id_of(rb_tracearg_method_id(event->arg));
    state.return_action = (uint8_t)rec_variable_action(event->recorder, &frame->iseq->policy,
                                                       REC_VALUE_RETURN, state.method);
    return state;
}

static void
record_call(struct fallback_event *event, const struct rec_frame *parameters)
{
    struct recorder *recorder = event->recorder;
    VALUE self = rb_tracearg_self(event->arg);
    bool is_body = rb_tracearg_event_flag(event->arg) == RUBY_EVENT_CLASS;
    const struct rec_named_state state =
        is_body ? state_of(event) : state_of_method(event, parameters);
    uint32_t function_id = is_body ? function_of_body(event) : function_of(event);
    if (!rec_strand_push_function(event->strand, function_id, is_body ? self : 0)) {
        rec_fail(recorder, REC_NO_MEMORY);
        return;
    }
    rec_capture_call_named(recorder, parameters, function_id, event->names, &state);
}

/* Leaves the `kept` outermost calls and the one that returns now; those above ended unseen. */
static void
drop_to(struct recorder *recorder, struct rec_strand *strand, uint32_t kept)
{
    if (strand->frame_count > kept + 1)
        rec_strand_lose(recorder, strand->frame_count - kept - 1);
    strand->frame_count = kept;
}

/* False: the call is not there at all. */
static bool
find_call(struct fallback_event *event, uint32_t function_id)
{
    struct rec_strand *strand = event->strand;
    uint32_t at = strand->frame_count;
    while (at > 0 && strand->frames[at - 1].function_id != function_id)
        at--;
    if (at == 0)
        return false;
    drop_to(event->recorder, strand, at - 1);
    return true;
}

static bool
find_body(struct recorder *recorder, struct rec_strand *strand, VALUE body)
{
    uint32_t at = strand->frame_count;
    while (at > 0 && strand->frames[at - 1].cfp != (const void *)body)
        at--;
    if (at == 0)
        return false;
    drop_to(recorder, strand, at - 1);
    return true;
}

static bool
find_ending(struct fallback_event *event)
{
    if (rb_tracearg_event_flag(event->arg) == RUBY_EVENT_END)
        return find_body(event->recorder, event->strand, rb_tracearg_self(event->arg));
    return find_call(event, function_of(event));
}

static void
record_return(struct fallback_event *event, struct rec_frame *frame)
{
    struct recorder *recorder = event->recorder;
    bool is_body = rb_tracearg_event_flag(event->arg) == RUBY_EVENT_END;
    VALUE result = is_body ? Qundef : rb_tracearg_return_value(event->arg);
    const struct rec_named_state state =
        is_body ? state_of(event) : state_of_method(event, frame);
    if (!find_ending(event))
        return;
    if (is_body)
        rec_capture_body_end_named(recorder, frame, &state);
    else if (NIL_P(result) && event->strand->pending_count > 0)
        rec_capture_unwound_named(recorder, frame, &state);
    else
        rec_capture_return_named(recorder, frame, &state, result);
}

/* A body that ended in order is told by the script's own event at once; another was left. */
static void
leave_body(struct fallback_event *event, rb_event_flag_t flag)
{
    VALUE body = event->strand->ended_body;
    event->strand->ended_body = 0;
    if (body != 0 && flag != RUBY_EVENT_END && find_body(event->recorder, event->strand, body))
        rec_strand_lose(event->recorder, 1);
}

/* Calls no Ruby code. */
static void
write_event(struct fallback_event *event, rb_event_flag_t flag)
{
    struct recorder *recorder = event->recorder;
    event->strand = rec_strand_require(recorder, (const void *)rb_fiber_current());
    if (event->strand == NULL)
        return;
    rec_strand_look_at_name(recorder, event->strand);
    leave_body(event, flag);
    if (rec_depth_hides_by_count(recorder, event->strand, flag))
        return;
    struct rec_iseq *layout = require_layout(recorder, event->script, event->names);
    if (layout == NULL)
        return;
    struct rec_frame frame = {.iseq = layout, .view = layout->shared_view};
    if (flag == RUBY_EVENT_CALL || flag == RUBY_EVENT_CLASS) {
        record_call(event, &frame);
        return;
    }
    if (flag == RUBY_EVENT_RETURN || flag == RUBY_EVENT_END) {
        record_return(event, &frame);
        return;
    }
    event->strand->pending_count = 0; /* code runs again */
    const struct rec_named_state state = state_of(event);
    rec_capture_step_named(recorder, &frame, &state);
}

static VALUE
record_event(VALUE context)
{
    struct fallback_event *event = (struct fallback_event *)context;
    VALUE binding = rb_tracearg_binding(event->arg);
    rb_event_flag_t flag = rb_tracearg_event_flag(event->arg);
    if (NIL_P(binding))
        return Qnil;
    if (flag == RUBY_EVENT_CALL)
        event->names = parameter_names(event->tpval);
    else if (flag == RUBY_EVENT_CLASS)
        event->names = rb_ary_new(); /* no parameters */
    else
        event->names = rec_original_call(REC_BINDING_LOCAL_VARIABLES, binding);
    event->values = collect_values(binding, event->names);
    if (event->script->recorder != NULL && event->recorder->active)
        write_event(event, flag);
    return Qnil;
}

void
rec_fallback_script_event(VALUE tpval, void *data)
{
    struct rec_script *script = data;
    struct recorder *recorder = script->recorder;
    int state = 0;
    if (recorder == NULL || !recorder->active || !rec_in_main_ractor(recorder))
        return;
    struct fallback_event event = {.recorder = recorder,
                                   .script = script,
                                   .tpval = tpval,
                                   .arg = rb_tracearg_from_tracepoint(tpval),
                                   .names = Qnil,
                                   .values = Qnil};
    event.line = (uint32_t)NUM2INT(rb_tracearg_lineno(event.arg));
    recorder->running_hook_count++;
    rb_protect(record_event, (VALUE)&event, &state);
    recorder->running_hook_count--;
    rec_identity_table_settle(&recorder->identities);
    if (state != 0)
        rb_jump_tag(
            state); /* nothing here raises but what came for the program: Thread#raise, Ctrl-C */
}

void
rec_fallback_class_end(struct recorder *recorder, VALUE body)
{
    struct rec_strand *strand = rec_strand_find(recorder, (const void *)rb_fiber_current());
    if (strand != NULL)
        strand->ended_body = body;
}
