/* See script_table.h. */
#include "expressions.h"
#include "recorder.h"

#include <stdlib.h>

static void
mark_script(void *pointer)
{
    const struct rec_script *script = pointer;
    /* rb_gc_mark pins: the addresses here and in the table stay true under GC.compact. */
    rb_gc_mark(script->object);
    rb_gc_mark(script->target);
    rb_gc_mark(script->tracepoint);
    if (script->home != NULL)
        rb_gc_mark(script->home->object);
    rec_expressions_mark(script);
    for (const struct rec_iseq *iseq = script->iseqs; iseq != NULL; iseq = iseq->next_of_script)
        rb_gc_mark((VALUE)iseq->iseq);
}

/* Takes the script and what is known of its iseqs out of the tables. */
static void
empty_script(struct recorder *recorder, struct rec_script *script)
{
    rec_expressions_release(script);
    if (script->recorder == NULL)
        return; /* its recording has ended */
    for (struct rec_iseq *iseq = script->iseqs, *next; iseq != NULL; iseq = next) {
        next = iseq->next_of_script;
        rec_iseq_forget(recorder, iseq);
    }
    script->iseqs = NULL;
    if (script->previous != NULL)
        script->previous->next = script->next;
    else
        recorder->scripts.first = script->next;
    if (script->next != NULL)
        script->next->previous = script->previous;
    script->recorder = NULL;
}

/* Another Ractor may be the one that sweeps, while the main one records: then it only leaves the
 * script for the main Ractor's next event to bury. */
static void
free_script(void *pointer)
{
    struct rec_script *script = pointer;
    struct recorder *recorder = script->recorder;
    if (recorder == NULL) { /* the recording that it was for has ended */
        free(script);
        return;
    }
    if (recorder->closing || rec_in_main_ractor(recorder)) {
        empty_script(recorder, script);
        free(script);
        return;
    }
    script->is_buried = true;
    /* release: the buried script's fields are written before it can be seen */
    script->next_dead = __atomic_load_n(&recorder->scripts.dead, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&recorder->scripts.dead, &script->next_dead, script, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        continue;
}

void
rec_script_bury_dead(struct recorder *recorder)
{
    struct rec_script *script =
        __atomic_exchange_n(&recorder->scripts.dead, NULL, __ATOMIC_ACQUIRE);
    while (script != NULL) {
        struct rec_script *next = script->next_dead;
        empty_script(recorder, script);
        free(script);
        script = next;
    }
}

static const rb_data_type_t script_type = {
    .wrap_struct_name = "codetracer/script",
    .function = {.dmark = mark_script, .dfree = free_script},
    .flags = RUBY_TYPED_FREE_IMMEDIATELY,
};

struct rec_script *
rec_script_new(struct recorder *recorder, const struct rec_place *place, VALUE target)
{
    struct rec_script *script = calloc(1, sizeof *script);
    if (script == NULL)
        return NULL;
    static uint64_t script_count; /* under the main Ractor's GVL */
    script->serial = ++script_count;
    script->path_id = place->path_id;
    script->unit = place->unit;
    script->target = target;
    script->object = TypedData_Wrap_Struct(0, &script_type, script);
    script->recorder = recorder;
    recorder->scripts.count++;
    script->next = recorder->scripts.first;
    if (script->next != NULL)
        script->next->previous = script;
    recorder->scripts.first = script;
    return script;
}

void
rec_script_table_release(struct recorder *recorder)
{
    rec_script_bury_dead(recorder);
    while (recorder->scripts.first != NULL)
        empty_script(recorder, recorder->scripts.first);
}
