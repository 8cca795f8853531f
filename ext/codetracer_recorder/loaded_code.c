/* See loaded_code.h. Steps: 1 list the iseqs whose file is recorded; 2 put aside those inside of
 * another, and those that a script has already: a TracePoint on an iseq listens to all inside of
 * it; 3 instrument the rest. No object is collected or moved during 1 and 2. */
#include "loaded_code.h"

#include "event_hook.h"
#include "original_method.h"
#include "recorder.h"
#include "script_hook.h"
#include "script_source.h"
#include "spool_link.h"

#include <ruby/debug.h>

#include <stdlib.h>

struct search {
    struct recorder *recorder;
    VALUE found;                    /* Array of wrapped iseqs */
    VALUE roots;                    /* those of them that are to be instrumented */
    VALUE visitor;                  /* a block around visit_child */
    struct rec_pointer_map inner;   /* iseq → 1: inside of another, or has a TracePoint */
    struct rec_pointer_map answers; /* a file's name, by address → ACCEPTED or REFUSED */
    const void **iseqs;             /* of a walk, before they are wrapped */
    size_t iseq_count, iseq_capacity;
    bool is_short_of_memory;
};

enum { ACCEPTED = 1, REFUSED = 2 };

/* ---- 1: which code is there ---- */

static bool
is_accepted(struct search *search, const void *iseq)
{
    const struct rec_vm_layout *layout = &search->recorder->layout;
    VALUE path = layout->iseq_path(iseq), real_path = layout->iseq_realpath(iseq);
    uint64_t key = (uint64_t)(NIL_P(real_path) ? path : real_path);
    struct rec_pointer_entry *known = rec_pointer_map_find(&search->answers, key);
    if (known != NULL)
        return known->value == ACCEPTED;
    bool accepted = rec_script_source_accepts_loaded(search->recorder, path, real_path);
    rec_pointer_map_put(&search->answers, key, accepted ? ACCEPTED : REFUSED);
    return accepted;
}

static void
keep_iseq(const void *iseq, void *context)
{
    struct search *search = context;
    if (!is_accepted(search, iseq))
        return;
    if (search->iseq_count == search->iseq_capacity) {
        size_t capacity = search->iseq_capacity * 2 + 256;
        const void **iseqs = realloc(search->iseqs, capacity * sizeof *iseqs);
        if (iseqs == NULL) {
            search->is_short_of_memory = true;
            return;
        }
        search->iseqs = iseqs;
        search->iseq_capacity = capacity;
    }
    search->iseqs[search->iseq_count++] = iseq;
}

/* False: the heap cannot be walked. */
static bool
walk_heap(struct search *search)
{
    struct rec_iseq_walk *walk = &search->recorder->walk;
    if (walk->refusal != NULL || !rec_iseq_walk_each(walk, keep_iseq, search))
        return false;
    for (size_t i = 0; i < search->iseq_count; i++)
        rb_ary_push(search->found, walk->iseqw_new(search->iseqs[i]));
    return true;
}

static VALUE
list_frames(const rb_debug_inspector_t *inspector, void *context)
{
    struct search *search = context;
    long count = RARRAY_LEN(rb_debug_inspector_backtrace_locations(inspector));
    for (long i = 0; i < count; i++)
        rb_ary_push(search->found, rb_debug_inspector_frame_iseq_get(inspector, i));
    return Qnil;
}

/* What public API finds, filtered as a walk does it. */
static void
ask_ruby(struct search *search)
{
    VALUE all = rb_proc_call(search->recorder->code_lister, rb_ary_new());
    search->found = rb_check_array_type(all);
    if (NIL_P(search->found))
        search->found = rb_ary_new();
    rb_debug_inspector_open(list_frames, search);
    VALUE accepted = rb_ary_new();
    for (long i = 0; i < RARRAY_LEN(search->found); i++) {
        VALUE iseqw = RARRAY_AREF(search->found, i);
        if (!NIL_P(iseqw) && is_accepted(search, search->recorder->walk.iseqw_to_iseq(iseqw)))
            rb_ary_push(accepted, iseqw);
    }
    search->found = accepted;
}

/* ---- 2: what is inside of what ---- */

/* True when it was not inner already. */
static bool
add_inner(struct search *search, VALUE iseqw)
{
    uint64_t iseq = (uint64_t)search->recorder->walk.iseqw_to_iseq(iseqw);
    if (rec_pointer_map_find(&search->inner, iseq) != NULL)
        return false;
    search->is_short_of_memory |= !rec_pointer_map_put(&search->inner, iseq, 1);
    return true;
}

static void
visit_children(const struct search *search, VALUE iseqw)
{
    rec_original_call_block(REC_ISEQ_EACH_CHILD, iseqw, search->visitor);
}

static VALUE
visit_child(RB_BLOCK_CALL_FUNC_ARGLIST(child, context))
{
    struct search *search = (struct search *)context;
    if (add_inner(search, child))
        visit_children(search, child);
    return Qnil;
}

static void
find_roots(struct search *search)
{
    search->visitor = rb_proc_new(visit_child, (VALUE)search);
    for (const struct rec_script *script = search->recorder->scripts.first; script != NULL;
         script = script->next) {
        add_inner(search, script->target);
        visit_children(search, script->target);
    }
    for (long i = 0; i < RARRAY_LEN(search->found); i++)
        visit_children(search, RARRAY_AREF(search->found, i));
    for (long i = 0; i < RARRAY_LEN(search->found); i++) {
        if (add_inner(search, RARRAY_AREF(search->found, i)))
            rb_ary_push(search->roots, RARRAY_AREF(search->found, i));
    }
}

/* ---- 3: from now on ---- */

static void
instrument_roots(const struct search *search)
{
    struct recorder *recorder = search->recorder;
    const struct rec_vm_layout *layout = &recorder->layout;
    uint64_t serial = recorder->serial;
    for (long i = 0; i < RARRAY_LEN(search->roots) && rec_is_recording(recorder, serial); i++) {
        VALUE iseqw = RARRAY_AREF(search->roots, i);
        const void *iseq = recorder->walk.iseqw_to_iseq(iseqw);
        struct rec_place place;
        if (rec_script_source_find_loaded(recorder, layout->iseq_path(iseq),
                                          layout->iseq_realpath(iseq), &place))
            rec_script_instrument(recorder, iseqw, &place, Qnil);
    }
}

static void
say_refusal(const struct recorder *recorder)
{
    if (recorder->has_said_limits)
        return;
    rec_link_say(recorder,
                 "codetracer: what is loaded cannot be found in this Ruby's heap (%s); "
                 "methods, procs and frames of this thread are recorded\n",
                 recorder->walk.refusal);
}

static VALUE
search_code(VALUE context)
{
    struct search *search = (struct search *)context;
    const struct recorder *recorder = search->recorder;
    if (!walk_heap(search)) {
        say_refusal(recorder);
        rb_ary_clear(search->found);
        if (NIL_P(recorder->code_lister) || recorder->walk.iseqw_to_iseq == NULL ||
            recorder->layout.iseq_realpath == NULL)
            return Qnil;
        ask_ruby(search);
    }
    find_roots(search);
    return Qnil;
}

void
rec_loaded_code_record(struct recorder *recorder)
{
    struct search search = {.recorder = recorder, .found = rb_ary_new(), .roots = rb_ary_new()};
    int state = 0;
    VALUE was_disabled = rb_gc_disable();
    rb_protect(search_code, (VALUE)&search, &state);
    if (!RTEST(was_disabled))
        rb_gc_enable();
    rec_pointer_map_release(&search.inner);
    rec_pointer_map_release(&search.answers);
    free(search.iseqs);
    if (state != 0)
        rb_jump_tag(state);
    if (search.is_short_of_memory)
        rec_fail(recorder, REC_NO_MEMORY);
    else
        instrument_roots(&search);
    RB_GC_GUARD(search.roots);
}

/* ---- whose code it is ---- */

struct place {
    const struct recorder *recorder;
    const void *iseq;
    bool is_found;
};

static VALUE
compare_inside(RB_BLOCK_CALL_FUNC_ARGLIST(iseqw, context))
{
    struct place *place = (struct place *)context;
    place->is_found |= place->recorder->walk.iseqw_to_iseq(iseqw) == place->iseq;
    if (!place->is_found) {
        VALUE visitor = rb_proc_new(compare_inside, context);
        rec_original_call_block(REC_ISEQ_EACH_CHILD, iseqw, visitor);
    }
    return Qnil;
}

struct rec_script *
rec_loaded_code_script(const struct recorder *recorder, const void *iseq)
{
    const struct rec_vm_layout *layout = &recorder->layout;
    struct place place = {.recorder = recorder, .iseq = iseq};
    struct rec_pointer_entry *known =
        rec_pointer_map_find(&recorder->iseqs.iseqs, (uint64_t)iseq);
    const struct rec_iseq *entry = known == NULL ? NULL : (const struct rec_iseq *)known->value;
    if (entry != NULL && !entry->is_dead && entry->encoded == rec_iseq_body(iseq)->encoded)
        return entry->script;
    for (struct rec_script *script = recorder->scripts.first; script != NULL;
         script = script->next) {
        VALUE object = script->object; /* which keeps `script` */
        const void *target = recorder->walk.iseqw_to_iseq(script->target);
        if (script->home == NULL && layout->iseq_path(target) == layout->iseq_path(iseq))
            compare_inside(script->target, (VALUE)&place, 0, NULL, Qnil);
        RB_GC_GUARD(object);
        if (place.is_found)
            return script;
    }
    return NULL;
}

/* ---- after a pause ---- */

/* An entry is made at the first event of its code. A clause that is about to run makes calls before
 * that. */
static void
make_entries(struct recorder *recorder)
{
    const struct rec_execution_context *ec =
        (const void *)(uintptr_t)rec_current_ec(&recorder->layout);
    uint64_t serial = recorder->serial;
    if (ec == NULL)
        return;
    const char *end = (const char *)(ec->vm_stack + ec->vm_stack_size);
    for (const char *at = (const char *)ec->cfp; at < end && rec_is_recording(recorder, serial);
         at += recorder->layout.frame_size) {
        const struct rec_control_frame *cfp = (const void *)at;
        if (cfp->iseq == NULL || cfp->pc == NULL)
            continue;
        struct rec_script *script = rec_loaded_code_script(recorder, cfp->iseq);
        if (script != NULL && script->recorder != NULL && rec_is_recording(recorder, serial))
            (void)rec_hooks_iseq(recorder, script, cfp->iseq);
    }
}

void
rec_loaded_code_resume(struct recorder *recorder, bool has_missed_code)
{
    uint64_t serial = recorder->serial;
    if (has_missed_code && rec_is_recording(recorder, serial))
        rec_loaded_code_record(recorder);
    /* Where rules are about methods, code is judged by that of its first event. */
    if ((recorder->shows_c_calls || recorder->shows_border_calls) &&
        recorder->layout.frames_readable && recorder->walk.iseqw_to_iseq != NULL &&
        !recorder->rules.has_object_rules && rec_is_recording(recorder, serial))
        make_entries(recorder);
}
