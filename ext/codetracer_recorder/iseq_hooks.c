/* See iseq_hooks.h. */
#include "iseq_hooks.h"

#include "original_method.h"
#include "own_memory.h"
#include "recorder.h"
#include "script_event.h"

#include <ruby/debug.h>

#define RAW_ARGUMENT 4  /* flag of a hook: it is given the event's argument */
#define DATA_WORDS   16 /* of a TracePoint's struct that are searched */
#define PROBE_SOURCE "o = Object.new\ndef o.ct_hooked\nct_line = 5\nend\no\n"

/* ---- the probe ---- */

struct probe {
    VALUE object, tracepoint;
    const void *event; /* of which the TracePoint's function was told */
    int count;
};

/* What a function in the place of the VM's was given. It gets nothing of ours. */
static struct {
    rec_hook_function original;
    VALUE tpval;
    const void *event;
    int count;
} raw;

static void
on_line(VALUE tpval, void *data)
{
    struct probe *probe = data;
    probe->event = rb_tracearg_from_tracepoint(tpval);
    probe->count++;
}

static void
on_raw_line(VALUE tpval, const struct rec_trace_arg *event)
{
    raw.tpval = tpval;
    raw.event = event;
    raw.count++;
    raw.original(tpval, event);
}

/* The iseq's only hook, if it is the TracePoint's. */
static struct rec_iseq_hook *
find_hook(const void *iseq, VALUE tracepoint)
{
    struct rec_iseq_hook_list *const *place =
        (struct rec_iseq_hook_list *const *)iseq + REC_ISEQ_HOOKS_INDEX;
    struct rec_iseq_hook_list list;
    struct rec_iseq_hook hook;
    if (!rec_own_memory_get(*place, &list, sizeof list) ||
        !rec_own_memory_get(list.first, &hook, sizeof hook) || hook.tpval != tracepoint ||
        hook.next != NULL || (hook.flags & RAW_ARGUMENT) == 0)
        return NULL;
    return list.first;
}

/* Where the TracePoint's struct holds what its function is given; 0: nowhere, or in two places. */
static size_t
find_data(VALUE tracepoint, const void *data)
{
    VALUE words[DATA_WORDS];
    size_t size = rec_own_memory_get_start(rec_typed_data(tracepoint), words, sizeof words);
    size_t found = 0;
    for (size_t i = 1; i < size / sizeof words[0]; i++) {
        if (words[i] != (VALUE)data)
            continue;
        if (found != 0)
            return 0;
        found = i * sizeof words[0];
    }
    return found;
}

/* Whether one that takes the place of the hook's function is called as that was. */
static bool
can_take_place(struct probe *probe, struct rec_iseq_hook *hook)
{
    raw.original = hook->function;
    raw.count = 0;
    hook->function = on_raw_line;
    rb_funcall(probe->object, rb_intern("ct_hooked"), 0);
    hook->function = raw.original;
    return raw.count == 1 && probe->count == 1 && raw.tpval == probe->tracepoint &&
           raw.event == probe->event;
}

static void
probe_hook(struct probe *probe, struct rec_iseq_hook *hook, struct rec_iseq_hooks *out_hooks)
{
    int other_data;
    VALUE other = rb_tracepoint_new(Qnil, RUBY_EVENT_LINE, on_line, &other_data);
    size_t place = find_data(probe->tracepoint, probe);
    if (place != 0 && place == find_data(other, &other_data) && can_take_place(probe, hook)) {
        out_hooks->function = hook->function;
        out_hooks->data_place = place;
    }
    RB_GC_GUARD(other);
}

void
rec_iseq_hooks_probe(const struct rec_vm_layout *layout, struct rec_iseq_hooks *out_hooks)
{
    VALUE object = rec_probe_eval(PROBE_SOURCE);
    VALUE iseqw = rec_probe_iseqw(object, "ct_hooked");
    const void *iseq = layout->iseqw_to_iseq(iseqw);
    struct probe probe = {.object = object};
    probe.tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_LINE, on_line, &probe);
    *out_hooks = (struct rec_iseq_hooks){.is_probed = false};
    const bool had_none = ((const VALUE *)iseq)[REC_ISEQ_HOOKS_INDEX] == 0;
    rec_tracepoint_target(probe.tracepoint, iseqw);
    struct rec_iseq_hook *hook = had_none ? find_hook(iseq, probe.tracepoint) : NULL;
    out_hooks->are_there = hook != NULL;
    if (hook != NULL)
        probe_hook(&probe, hook, out_hooks);
    rec_tracepoint_untarget(probe.tracepoint);
    out_hooks->is_probed = true;
    RB_GC_GUARD(object);
    RB_GC_GUARD(iseqw);
}

/* ---- their use ---- */

void
rec_iseq_hooks_shorten(const struct recorder *recorder, const struct rec_script *script,
                       const void *iseq)
{
    const struct rec_iseq_hooks *known = &recorder->iseq_hooks;
    struct rec_iseq_hook_list *const *place =
        (struct rec_iseq_hook_list *const *)iseq + REC_ISEQ_HOOKS_INDEX;
    if (known->function == NULL || !recorder->layout.frames_readable || recorder->has_ractors ||
        rec_is_lane(recorder) || *place == NULL)
        return;
    for (struct rec_iseq_hook *hook = (*place)->first; hook != NULL; hook = hook->next) {
        if (hook->tpval == script->tracepoint && hook->function == known->function)
            hook->function = rec_script_raw_event;
    }
}
