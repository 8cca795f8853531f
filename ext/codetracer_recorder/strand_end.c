/* See strand_end.h. A thread or fiber is asked only while it has the number that it was given: then
 * it was not collected. */
#include "strand_end.h"

#include "original_method.h"
#include "recorder.h"

#include <stdlib.h>

#define FEW_THREADS  16  /* so many are looked at whenever there is a new strand */
#define MANY_STRANDS 256 /* with fewer no fiber is looked for: small programs' traces are alike */

static void
end_strand(struct recorder *recorder, struct rec_strand *strand)
{
    rec_strand_drop_gone(recorder, strand);
    rec_held_events_put_of(recorder, strand);
    rec_strand_put(recorder, strand->id, CT_SPOOL_STRAND_END);
    rec_strand_forget(recorder, strand);
}

/* The strand of this thread that ran last, if it is a fiber that has run to its end since. */
static struct rec_strand *
find_finished(const struct rec_thread *thread)
{
    struct rec_strand *strand = thread == NULL ? NULL : thread->last;
    if (strand == NULL || strand->fiber == 0 || RTEST(rb_fiber_alive_p(strand->fiber)))
        return NULL;
    return strand;
}

void
rec_strand_end_finished(struct recorder *recorder, const struct rec_strand *but)
{
    struct rec_strand *finished =
        find_finished(rec_thread_find(&recorder->strands, rb_thread_current()));
    if (finished != NULL && finished != but)
        end_strand(recorder, finished);
}

/* ---- some of the strands, in the order of their ends ---- */

/* By threads; of each its fibers in the order of their numbers, then its own strand. */
static int
compare_strands(const void *left, const void *right)
{
    const struct rec_strand *a = *(struct rec_strand *const *)left;
    const struct rec_strand *b = *(struct rec_strand *const *)right;
    if (a->thread->id != b->thread->id)
        return a->thread->id < b->thread->id ? -1 : 1;
    if ((a->id == a->thread->id) != (b->id == b->thread->id))
        return a->id == a->thread->id ? 1 : -1;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* Ends all that `is_over` says. Where memory is short they are told in no order. */
static void
end_some(struct recorder *recorder,
         bool (*is_over)(const struct recorder *recorder, const struct rec_strand *strand))
{
    const struct rec_pointer_map *map = &recorder->strands.strands;
    struct rec_strand **some = malloc((map->count + 1) * sizeof *some);
    size_t count = 0;
    for (size_t i = 0; i < map->capacity;) {
        struct rec_strand *strand = (struct rec_strand *)map->entries[i].value;
        bool is_one = map->entries[i].key != 0 && strand != recorder->strands.main &&
                      is_over(recorder, strand);
        if (is_one && some == NULL) {
            end_strand(recorder, strand); /* another may have taken its place */
            continue;
        }
        if (is_one)
            some[count++] = strand;
        i++;
    }
    if (count > 1)
        qsort(some, count, sizeof *some, compare_strands);
    for (size_t i = 0; i < count; i++)
        end_strand(recorder, some[i]);
    free(some);
}

/* ---- threads ---- */

static bool
is_of_dead_thread(const struct recorder *recorder, const struct rec_strand *strand)
{
    (void)recorder;
    return strand->thread->is_dead;
}

/* The main one runs finalizers when it is called dead. */
static bool
is_dead(const struct recorder *recorder, const struct rec_thread *thread)
{
    if (thread->object == rb_thread_main())
        return false;
    return !rec_owner_is(&recorder->identities, thread->object, thread->number) ||
           rec_thread_is_dead(thread->object);
}

/* A fiber that waits can be resumed by its own thread only: it ends with it. */
static void
end_thread(struct recorder *recorder, struct rec_thread *thread)
{
    struct rec_strand *strand = find_finished(thread);
    if (thread->strand_count == 1 && thread->last != NULL) {
        end_strand(recorder, thread->last);
        return;
    }
    if (thread->strand_count > 1 && strand != NULL)
        end_strand(recorder, strand);
    thread->is_dead = true;
    end_some(recorder, is_of_dead_thread);
}

void
rec_strand_end(struct recorder *recorder, const void *ec)
{
    struct rec_strand *strand = rec_strand_find(recorder, ec);
    if (strand == NULL || strand == recorder->strands.main)
        return;
    recorder->strands.is_over = strand->kind == CT_SPOOL_STRAND_RACTOR;
    if (recorder->strands.is_over)
        rec_strands_end(recorder);
    else
        end_thread(recorder, strand->thread);
}

void
rec_strands_look_back(struct recorder *recorder)
{
    struct rec_strand_table *table = &recorder->strands;
    VALUE running = rb_thread_current(), before = table->running;
    if (recorder->home->has_ractors)
        return;
    struct rec_thread *thread = rec_thread_find(table, running);
    if (thread != NULL &&
        rec_owner_number(&recorder->identities, running) != thread->number)
        end_thread(recorder, thread);
    if (running == before)
        return;
    table->running = running;
    thread = before == 0 ? NULL : rec_thread_find(table, before);
    if (thread != NULL && is_dead(recorder, thread))
        end_thread(recorder, thread);
}

static void
end_dead_threads(struct recorder *recorder)
{
    const struct rec_pointer_map *map = &recorder->strands.threads;
    bool has_dead = false;
    for (size_t i = 0; i < map->capacity; i++) {
        struct rec_thread *thread = (struct rec_thread *)map->entries[i].value;
        if (map->entries[i].key != 0 && is_dead(recorder, thread))
            thread->is_dead = has_dead = true;
    }
    if (has_dead)
        end_some(recorder, is_of_dead_thread);
}

static bool
is_of_thread(const struct recorder *recorder, const struct rec_strand *strand)
{
    return recorder->strands.main == NULL || strand->thread != recorder->strands.main->thread;
}

void
rec_strands_end_process(struct recorder *recorder)
{
    if (recorder->is_open)
        end_some(recorder, is_of_thread);
    rec_strand_end_bodies(recorder, recorder->strands.main);
}

void
rec_strands_settle(struct recorder *recorder)
{
    const void *ec = recorder->active ? rec_strand_context(recorder) : NULL;
    if (ec != NULL && ec != recorder->current_ec && rec_strand_find(recorder, ec) != NULL)
        rec_strand_switch(recorder, ec);
    if (recorder->is_open && !recorder->home->has_ractors)
        end_dead_threads(recorder);
}

/* ---- fibers ---- */

/* It has a number as long as it was not collected. */
static bool
is_over_fiber(const struct recorder *recorder, const struct rec_strand *strand)
{
    return strand->fiber != 0 &&
           (!rec_owner_is(&recorder->identities, strand->fiber, strand->fiber_number) ||
            !RTEST(rb_fiber_alive_p(strand->fiber)));
}

static void
note_gone(struct rec_strand_table *table, uint32_t id)
{
    if (table->gone_count == table->gone_capacity) {
        size_t capacity = table->gone_capacity == 0 ? MANY_STRANDS : table->gone_capacity * 2;
        uint32_t *gone = realloc(table->gone, capacity * sizeof *gone);
        if (gone == NULL)
            return; /* it has no end, as those of few strands */
        table->gone = gone;
        table->gone_capacity = capacity;
    }
    table->gone[table->gone_count++] = id;
}

static void
end_over_fibers(struct recorder *recorder)
{
    struct rec_strand_table *table = &recorder->strands;
    for (size_t i = 0; i < table->gone_count; i++)
        rec_strand_put(recorder, table->gone[i], CT_SPOOL_STRAND_END);
    table->gone_count = 0;
    if (!recorder->home->has_ractors)
        end_some(recorder, is_over_fiber);
    table->strand_limit = table->strands.count * 2;
}

void
rec_strand_end_left(struct recorder *recorder, struct rec_strand *strand)
{
    if (strand->kind == CT_SPOOL_STRAND_FIBER) {
        note_gone(&recorder->strands, strand->id);
        rec_strand_forget(recorder, strand);
    } else {
        end_thread(recorder, strand->thread);
    }
}

/* ---- all ---- */

void
rec_strands_look_around(struct recorder *recorder)
{
    struct rec_strand_table *table = &recorder->strands;
    size_t thread_count = table->threads.count;
    if (!recorder->home->has_ractors &&
        (thread_count <= FEW_THREADS || thread_count >= table->thread_limit)) {
        end_dead_threads(recorder);
        table->thread_limit = table->threads.count * 2;
    }
    size_t strand_count = table->strands.count + table->gone_count;
    if (strand_count >= MANY_STRANDS && strand_count >= table->strand_limit)
        end_over_fibers(recorder);
}

static bool
is_any(const struct recorder *recorder, const struct rec_strand *strand)
{
    (void)recorder;
    (void)strand;
    return true;
}

void
rec_strands_end(struct recorder *recorder)
{
    end_some(recorder, is_any);
}
