/* See fallback_hook.h. Within an event, Ruby is asked for everything first: while it answers
 * another thread may run, and end the recording. Then the record is written. */
#include "fallback_hook.h"

#include "capture.h"
#include "exception_text.h"
#include "original_method.h"
#include "recorder.h"

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
        rec_fail(recorder, "out of memory");
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
    VALUE parameters = rec_original_call(REC_TRACEPOINT_PARAMETERS, tpval), names = rb_ary_new();
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

static uint32_t
function_of(struct fallback_event *event)
{
    struct recorder *recorder = event->recorder;
    char text[1024];
    VALUE owner = rb_tracearg_defined_class(event->arg);
    VALUE method = rb_tracearg_method_id(event->arg);
    ID id = SYMBOL_P(method) ? SYM2ID(method) : rb_intern("?");
    uint64_t key = ((uint64_t)owner ^ ((uint64_t)id << 20)) * 0x9E3779B97F4A7C15u | 1;
    key ^= (uint64_t)event->script->path_id << 1;
    struct rec_pointer_entry *known = rec_pointer_map_find(&recorder->iseqs.functions, key);
    if (known != NULL)
        return (uint32_t)known->value;
    size_t size = rec_method_name_put(recorder, owner, id, text, sizeof text);
    uint32_t function_id =
        rec_function_put(recorder, event->script->path_id, event->line, text, size);
    rec_pointer_map_put(&recorder->iseqs.functions, key, function_id);
    return function_id;
}

static void
record_call(struct fallback_event *event)
{
    struct recorder *recorder = event->recorder;
    uint32_t function_id = function_of(event);
    if (!rec_strand_push_function(event->strand, function_id)) {
        rec_fail(recorder, "out of memory");
        return;
    }
    rec_capture_call_named(recorder, function_id, rb_tracearg_self(event->arg), event->names,
                           event->values);
}

/* Drops the calls that ended unseen above the one that returns now; false: it is not there at
 * all. */
static bool
find_call(struct fallback_event *event, uint32_t function_id)
{
    struct rec_strand *strand = event->strand;
    uint32_t at = strand->frame_count;
    while (at > 0 && strand->frames[at - 1].function_id != function_id)
        at--;
    if (at == 0)
        return false;
    if (strand->frame_count > at)
        rec_strand_lose(event->recorder, strand->frame_count - at);
    strand->frame_count = at - 1;
    return true;
}

static struct rec_named_state
state_of(const struct fallback_event *event)
{
    return (struct rec_named_state){.self = rb_tracearg_self(event->arg),
                                    .values = event->values,
                                    .line = event->line};
}

static void
record_return(struct fallback_event *event, struct rec_frame *frame)
{
    struct recorder *recorder = event->recorder;
    VALUE result = rb_tracearg_return_value(event->arg);
    const struct rec_named_state state = state_of(event);
    if (!find_call(event, function_of(event)))
        return;
    if (NIL_P(result) && event->strand->pending_count > 0)
        rec_capture_unwound_named(recorder, frame, &state);
    else
        rec_capture_return_named(recorder, frame, &state, result);
}

/* Calls no Ruby code. */
static void
write_event(struct fallback_event *event, rb_event_flag_t flag)
{
    struct recorder *recorder = event->recorder;
    event->strand = rec_strand_require(recorder, (const void *)rb_fiber_current());
    if (event->strand == NULL)
        return;
    if (flag == RUBY_EVENT_CALL) {
        record_call(event);
        return;
    }
    struct rec_iseq *layout = require_layout(recorder, event->script, event->names);
    if (layout == NULL)
        return;
    struct rec_frame frame = {.iseq = layout, .view = layout->shared_view};
    if (flag == RUBY_EVENT_RETURN) {
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
    event->names = flag == RUBY_EVENT_CALL
                       ? parameter_names(event->tpval)
                       : rec_original_call(REC_BINDING_LOCAL_VARIABLES, binding);
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
    if (state != 0)
        rb_jump_tag(
            state); /* nothing here raises but what came for the program: Thread#raise, Ctrl-C */
}
