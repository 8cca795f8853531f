/* See border_code.h. An entry whose address the collector took out of the map stays in the list
 * until the list has grown to twice the map. */
#include "border_code.h"

#include "block_watch.h"
#include "class_table.h"
#include "original_method.h"
#include "recorder.h"
#include "script_source.h"

#define METHOD_SIZE_MAX 1024
#define SPARE_COUNT     64 /* entries out of use that are worth no search */

/* ---- entries out of use ---- */

/* Leaves those alone that a call is being written with. */
static void
free_unused(struct recorder *recorder)
{
    struct rec_pointer_map *all = &recorder->identities.borders;
    struct rec_iseq *entry = recorder->iseqs.borders, *next;
    for (; entry != NULL; entry = entry->next_of_script)
        entry->is_dead = entry->frame_count == 0;
    for (size_t i = 0; i < all->capacity; i++) {
        if (all->entries[i].key != 0)
            ((struct rec_iseq *)all->entries[i].value)->is_dead = false;
    }
    entry = recorder->iseqs.borders;
    recorder->iseqs.borders = NULL;
    recorder->iseqs.border_count = 0;
    for (; entry != NULL; entry = next) {
        next = entry->next_of_script;
        if (entry->is_dead) {
            rec_iseq_free_dead(recorder, entry);
            continue;
        }
        entry->next_of_script = recorder->iseqs.borders;
        recorder->iseqs.borders = entry;
        recorder->iseqs.border_count++;
    }
}

void
rec_border_code_release(struct recorder *recorder)
{
    rec_pointer_map_release(&recorder->identities.borders);
    while (recorder->iseqs.borders != NULL) {
        struct rec_iseq *entry = recorder->iseqs.borders;
        recorder->iseqs.borders = entry->next_of_script;
        rec_iseq_free_dead(recorder, entry);
    }
    recorder->iseqs.border_count = 0;
}

/* ---- eval'd strings ---- */

struct search {
    struct recorder *recorder;
    VALUE root;
    VALUE visitor; /* a block around exclude_child */
    uint64_t serial;
    const struct rec_path_unit *unit;
};

static void
exclude(struct search *search, VALUE iseqw)
{
    struct recorder *recorder = search->recorder;
    uint64_t iseq = (uint64_t)recorder->walk.iseqw_to_iseq(iseqw);
    if (!rec_is_recording(recorder, search->serial))
        return; /* another thread was here */
    if (!rec_pointer_map_put(&recorder->identities.evals, iseq, (uint64_t)search->unit))
        rec_fail(recorder, REC_NO_MEMORY);
    rec_original_call_block(REC_ISEQ_EACH_CHILD, iseqw, search->visitor);
}

static VALUE
exclude_child(RB_BLOCK_CALL_FUNC_ARGLIST(iseqw, context))
{
    exclude((struct search *)context, iseqw);
    return Qnil;
}

static VALUE
exclude_root(VALUE context)
{
    struct search *search = (struct search *)context;
    search->visitor = rb_proc_new(exclude_child, context);
    exclude(search, search->root);
    return Qnil;
}

int
rec_border_code_exclude(struct recorder *recorder, VALUE iseqw, const struct rec_path_unit *unit)
{
    const struct rec_vm_layout *layout = &recorder->layout;
    struct search search = {
        .recorder = recorder, .root = iseqw, .serial = recorder->serial, .unit = unit};
    int state = 0;
    if (!layout->frames_readable || recorder->walk.iseqw_to_iseq == NULL ||
        layout->iseq_realpath == NULL)
        return 0;
    const void *iseq = recorder->walk.iseqw_to_iseq(iseqw);
    if (!rec_script_source_accepts_loaded(recorder, layout->iseq_path(iseq),
                                          layout->iseq_realpath(iseq)))
        rb_protect(exclude_root, (VALUE)&search, &state);
    return state;
}

/* ---- finding ---- */

/* Whether rules about methods skip this one of a file, or an eval, that is recorded. */
static bool
is_skipped_method(struct recorder *recorder, const struct rec_path_unit *unit, rb_trace_arg_t *arg)
{
    char name[METHOD_SIZE_MAX];
    struct rec_filter_decision decision;
    VALUE owner = rb_tracearg_defined_class(arg);
    if (!recorder->rules.has_object_rules || unit == NULL)
        return false;
    size_t size = rec_method_name_put(recorder, owner, ((const struct rec_trace_arg *)arg)->id,
                                      name, sizeof name - 1);
    name[size] = '\0';
    rec_path_decide(recorder, unit, name, &decision);
    return !decision.is_traced;
}

/* Whether calls of this code are shown: not what is recorded, nor Ruby's own and ours. */
static bool
is_shown(struct recorder *recorder, const void *iseq, rb_trace_arg_t *arg)
{
    const struct rec_vm_layout *layout = &recorder->layout;
    VALUE path = layout->iseq_path(iseq), real_path = layout->iseq_realpath(iseq);
    const struct rec_pointer_entry *eval =
        rec_pointer_map_find(&recorder->identities.evals, (uint64_t)iseq);
    if (eval != NULL)
        return is_skipped_method(recorder, (const struct rec_path_unit *)eval->value, arg);
    if (rec_block_watch_script(recorder, iseq) != NULL)
        return false;
    if (rec_script_source_accepts_loaded(recorder, path, real_path))
        return RB_TYPE_P(real_path, T_STRING) &&
               is_skipped_method(recorder, rec_path_unit_require(recorder, RSTRING_PTR(real_path)),
                                 arg);
    VALUE file = RB_TYPE_P(real_path, T_STRING) ? real_path : path;
    struct rec_filter_unit unit;
    rec_filter_unit_init(&recorder->rules, RB_TYPE_P(file, T_STRING) ? RSTRING_PTR(file) : "<",
                         true, recorder->filter.skip_prefixes, &unit);
    return !unit.is_own;
}

/* hot. Whether the entry was made of this very code: else its variables are not where the entry
 * says, and may be behind the end of the frame. */
static bool
is_of(const struct recorder *recorder, const struct rec_iseq *entry, const void *iseq)
{
    const struct rec_iseq_body_head *body = rec_iseq_body(iseq);
    return entry->encoded == body->encoded && entry->encoded_size == body->encoded_size &&
           entry->slot_count == rec_iseq_local_count(&recorder->layout, iseq);
}

static struct rec_iseq *
make_entry(struct recorder *recorder, struct rec_script *caller, rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *event = (const struct rec_trace_arg *)arg;
    const void *iseq = event->cfp->iseq;
    struct rec_method method = {.owner = rb_tracearg_defined_class(arg), .name = event->id};
    if (recorder->iseqs.border_count >= 2 * recorder->identities.borders.count + SPARE_COUNT)
        free_unused(recorder);
    struct rec_iseq *entry = rec_iseq_make_foreign(recorder, caller, iseq, &method);
    if (entry == NULL)
        return NULL;
    entry->next_of_script = recorder->iseqs.borders;
    recorder->iseqs.borders = entry;
    recorder->iseqs.border_count++;
    bool is_put =
        rec_pointer_map_put(&recorder->identities.borders, (uint64_t)iseq, (uint64_t)entry);
    return is_put ? entry : NULL;
}

struct rec_iseq *
rec_border_code_find(struct recorder *recorder, struct rec_script *caller, rb_trace_arg_t *arg)
{
    const void *iseq = ((const struct rec_trace_arg *)arg)->cfp->iseq;
    const struct rec_pointer_entry *known =
        rec_pointer_map_find(&recorder->iseqs.iseqs, (uint64_t)iseq);
    const struct rec_iseq *own = known == NULL ? NULL : (const struct rec_iseq *)known->value;
    bool is_skipped = own != NULL && own->is_skipped;
    if (own != NULL && !is_skipped && own->encoded == rec_iseq_body(iseq)->encoded)
        return NULL;
    known = rec_pointer_map_find(&recorder->identities.borders, (uint64_t)iseq);
    struct rec_iseq *entry = known == NULL ? NULL : (struct rec_iseq *)known->value;
    if (entry == NULL || !is_of(recorder, entry, iseq) || (is_skipped && entry->is_skipped)) {
        bool shows = is_skipped || is_shown(recorder, iseq, arg);
        entry = make_entry(recorder, shows ? caller : NULL, arg);
        if (entry == NULL)
            rec_fail(recorder, REC_NO_MEMORY);
    }
    return entry == NULL || entry->is_skipped ? NULL : entry;
}
