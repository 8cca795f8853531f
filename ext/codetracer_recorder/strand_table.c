/* See strand_table.h. */
#include "capture.h"
#include "early_values.h"
#include "exception_aside.h"
#include "exception_text.h"
#include "fork_link.h"
#include "recorder.h"
#include "strand_end.h"

#include <stdlib.h>
#include <string.h>

static void
release_frames(struct recorder *recorder, struct rec_strand *strand)
{
    while (strand->frame_count > 0)
        rec_strand_pop(recorder, strand);
    rec_exception_aside_forget(recorder, strand);
    for (int i = 0; i < REC_PENDING_MAX; i++)
        rec_assembly_release(&strand->pending[i].detail);
    rec_held_events_release(recorder, strand);
    free(strand->frames);
    free(strand);
}

/* STRAND: a strand is seen first, or has another name. */
static void
put_named(struct recorder *recorder, const struct rec_strand *strand, const char *name,
          size_t name_size)
{
    size_t size = rec_pad(sizeof(struct ct_spool_strand) + name_size);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    *(struct ct_spool_strand *)room = (struct ct_spool_strand){
        .record = {.size = (uint32_t)size, .kind = CT_SPOOL_STRAND, .flags = strand->kind},
        .id = strand->id,
        .text_size = (uint32_t)name_size,
    };
    memcpy(room + sizeof(struct ct_spool_strand), name, name_size);
    rec_publish(recorder, size);
}

void
rec_strand_put_name(struct recorder *recorder, const struct rec_strand *strand)
{
    put_named(recorder, strand, strand->name_text, strand->name_size);
}

void
rec_strand_put(struct recorder *recorder, uint32_t id, enum ct_spool_kind kind)
{
    struct ct_spool_strand *record =
        (struct ct_spool_strand *)rec_reserve(recorder, sizeof *record);
    if (record == NULL)
        return;
    *record = (struct ct_spool_strand){
        .record = {.size = sizeof *record, .kind = (uint8_t)kind},
        .id = id,
    };
    rec_publish(recorder, sizeof *record);
}

/* Whether records have to say whose they are. */
static bool
has_many_strands(const struct rec_strand_table *table)
{
    return table->count > 1 || table->main == NULL;
}

struct rec_strand *
rec_strand_find(const struct recorder *recorder, const void *ec)
{
    struct rec_pointer_entry *entry =
        rec_pointer_map_find(&recorder->strands.strands, (uint64_t)ec);
    return entry == NULL ? NULL : (struct rec_strand *)entry->value;
}

void
rec_strand_put_unwind(struct recorder *recorder, uint32_t depth, uint32_t reason_id)
{
    struct ct_spool_unwind *record =
        (struct ct_spool_unwind *)rec_reserve(recorder, sizeof *record);
    if (record == NULL)
        return;
    *record = (struct ct_spool_unwind){
        .record = {.size = sizeof *record, .kind = CT_SPOOL_UNWIND},
        .depth = depth,
        .reason_id = reason_id,
    };
    rec_publish(recorder, sizeof *record);
}

void
rec_strand_lose(struct recorder *recorder, uint32_t depth)
{
    recorder->counts.lost_frame_count += depth;
    rec_strand_put_unwind(recorder, depth, recorder->strands.lost_name_id);
}

/* Calls above `cfp` are gone without an event: the VM fires none for a stack overflow, which is
 * then what a clause handles that runs in `cfp`. */
static uint32_t
reason_of_loss(struct recorder *recorder, struct rec_strand *strand,
               const struct rec_control_frame *cfp)
{
    char text[sizeof strand->pending[0].text + 16];
    VALUE raised = recorder->layout.frames_readable ? rec_clause_exception(cfp) : Qnil;
    if (!RTEST(rb_obj_is_kind_of(raised, rb_eSysStackError)))
        return recorder->strands.lost_name_id;
    struct rec_unwinding *exception = rec_strand_exception_note(recorder, strand, raised);
    return rec_name_put(recorder, text, rec_unwinding_text(exception, text));
}

struct rec_thread *
rec_thread_find(const struct rec_strand_table *table, VALUE object)
{
    struct rec_pointer_entry *entry = rec_pointer_map_find(&table->threads, (uint64_t)object);
    return entry == NULL ? NULL : (struct rec_thread *)entry->value;
}

/* The running thread's entry, found or made; `id` is of the strand that it is made for. */
static struct rec_thread *
make_thread(struct recorder *recorder, VALUE object, uint32_t id)
{
    struct rec_thread *thread = rec_thread_find(&recorder->strands, object);
    if (thread != NULL)
        return thread;
    thread = calloc(1, sizeof *thread);
    if (thread == NULL)
        return NULL;
    *thread = (struct rec_thread){
        .object = object,
        .number = rec_owner_number(&recorder->identities, object),
        .id = id,
    };
    if (rec_pointer_map_put(&recorder->strands.threads, (uint64_t)object, (uint64_t)thread))
        return thread;
    free(thread);
    return NULL;
}

static bool
add_strand(struct rec_strand_table *table, struct rec_strand *strand, struct rec_thread *thread)
{
    if (!rec_pointer_map_put(&table->strands, (uint64_t)strand->ec, (uint64_t)strand))
        return false;
    strand->thread = thread;
    thread->strand_count++;
    return true;
}

/* A thread that has no strand is not known. */
static void
forget_thread(struct rec_strand_table *table, struct rec_thread *thread)
{
    if (thread->strand_count > 0)
        return;
    rec_pointer_map_remove(&table->threads, (uint64_t)thread->object);
    free(thread);
}

static void
remove_strand(struct rec_strand_table *table, const struct rec_strand *strand)
{
    struct rec_thread *thread = strand->thread;
    rec_pointer_map_remove(&table->strands, (uint64_t)strand->ec);
    if (thread->last == strand)
        thread->last = NULL;
    thread->strand_count--;
    forget_thread(table, thread);
}

/* A new strand of the running thread. */
static struct rec_strand *
make_strand(struct recorder *recorder, const void *ec)
{
    struct rec_strand_table *table = &recorder->strands;
    VALUE object = rb_thread_current();
    bool is_first = object == rb_thread_main() && table->main == NULL; /* of its Ractor */
    bool is_main = table->main != NULL && table->main->ec == NULL && object == rb_thread_main();
    struct rec_strand *strand = is_main ? table->main : calloc(1, sizeof *strand);
    struct rec_thread *thread = strand == NULL ? NULL : make_thread(recorder, object, table->count);
    bool is_fiber = thread != NULL && thread->strand_count > 0; /* it has another context */
    if (strand != NULL)
        strand->ec = ec;
    if (thread == NULL || !add_strand(table, strand, thread)) {
        if (thread != NULL)
            forget_thread(table, thread);
        if (strand != NULL)
            strand->ec = NULL;
        if (!is_main)
            free(strand);
        return NULL;
    }
    if (is_fiber && !is_main) {
        strand->fiber = rb_fiber_current();
        strand->fiber_number = rec_owner_number(&recorder->identities, strand->fiber);
    }
    if (is_main)
        return strand;
    strand->id = table->count++;
    strand->kind = is_fiber   ? CT_SPOOL_STRAND_FIBER
                   : is_first ? CT_SPOOL_STRAND_RACTOR
                              : CT_SPOOL_STRAND_THREAD;
    if (strand->kind == CT_SPOOL_STRAND_THREAD)
        rec_strand_name_begin(recorder, strand);
    if (is_first)
        put_named(recorder, strand, table->ractor_name, table->ractor_name_size);
    else
        rec_strand_put_name(recorder, strand);
    return strand;
}

/* Pops all frames but the `kept` outermost of the current strand, unseen. */
static void
drop_frames(struct recorder *recorder, struct rec_strand *strand, uint32_t kept)
{
    uint32_t calls = 0;
    while (strand->frame_count > kept) {
        calls += strand->frames[strand->frame_count - 1].is_call;
        rec_strand_pop(recorder, strand);
    }
    if (calls > 0)
        rec_strand_lose(recorder, calls);
}

/* Frames above the first that is no longer on this VM stack with the same iseq: left over from a
 * fiber or thread whose memory this one took over, or unwound while we did not look. */
static void
drop_stale_frames(struct recorder *recorder, struct rec_strand *strand)
{
    const struct rec_execution_context *ec = strand->ec;
    const char *low = (const char *)ec->vm_stack;
    const char *high = (const char *)(ec->vm_stack + ec->vm_stack_size);
    uint32_t kept = 0;
    while (kept < strand->frame_count) {
        const struct rec_frame *frame = &strand->frames[kept];
        const char *at = frame->cfp;
        if (at < low || at + sizeof(struct rec_control_frame) > high ||
            ((const struct rec_control_frame *)frame->cfp)->iseq != frame->iseq->iseq)
            break;
        kept++;
    }
    drop_frames(recorder, strand, kept);
}

void
rec_strand_drop_gone(struct recorder *recorder, struct rec_strand *strand)
{
    uint32_t kept = 0;
    while (kept < strand->frame_count && !strand->frames[kept].is_gone)
        kept++;
    if (kept == strand->frame_count)
        return;
    if (has_many_strands(&recorder->strands))
        rec_strand_put(recorder, strand->id, CT_SPOOL_SWITCH);
    drop_frames(recorder, strand, kept);
    recorder->current_strand = NULL; /* the next record switches to its own */
    recorder->current_ec = NULL;
}

void
rec_strand_forget(struct recorder *recorder, struct rec_strand *strand)
{
    remove_strand(&recorder->strands, strand);
    if (recorder->current_strand == strand) {
        recorder->current_strand = NULL;
        recorder->current_ec = NULL;
    }
    rec_early_values_forget(recorder, strand);
    release_frames(recorder, strand);
}

/* Whether another thread or fiber has got the memory of this strand's context. */
static bool
is_stale(struct recorder *recorder, const struct rec_strand *strand)
{
    if (strand->thread->object != rb_thread_current())
        return true;
    if (strand->kind != CT_SPOOL_STRAND_FIBER)
        return false;
    VALUE fiber = rb_fiber_current();
    if (strand->fiber != fiber)
        return true;
    /* With Ractors numbers are forgotten while their objects live. */
    return !recorder->home->has_ractors &&
           rec_owner_number(&recorder->identities, fiber) != strand->fiber_number;
}

/* The strand of this context, but none that was left behind. */
static struct rec_strand *
find_alive(struct recorder *recorder, const void *ec)
{
    struct rec_strand *strand = rec_strand_find(recorder, ec);
    if (strand == NULL || strand == recorder->strands.main || !is_stale(recorder, strand))
        return strand;
    rec_strand_end_left(recorder, strand);
    return NULL;
}

void
rec_strands_compact(const struct recorder *recorder)
{
    const struct rec_pointer_map *map = &recorder->strands.strands;
    for (size_t i = 0; i < map->capacity; i++) {
        struct rec_strand *strand = (struct rec_strand *)map->entries[i].value;
        if (map->entries[i].key != 0 && strand->fiber != 0)
            strand->fiber = rb_gc_location(strand->fiber);
    }
}

void
rec_strands_mark(const struct recorder *recorder)
{
    const struct rec_pointer_map *map = &recorder->strands.threads;
    for (size_t i = 0; i < map->capacity; i++) {
        const struct rec_thread *thread = (const struct rec_thread *)map->entries[i].value;
        if (map->entries[i].key != 0 && thread->last != NULL && thread->last->fiber != 0)
            rb_gc_mark(thread->last->fiber);
    }
}

/* What is recorded is this strand's from now on. */
static void
take_turn(struct recorder *recorder, struct rec_strand *strand, const void *ec)
{
    recorder->current_ec = ec;
    recorder->current_strand = strand;
    recorder->is_followed |= recorder->expressions.early.size > 0;
    strand->is_resumed = true;
    rec_held_events_note_switch(strand);
    if (has_many_strands(&recorder->strands))
        rec_strand_put(recorder, strand->id, CT_SPOOL_SWITCH);
}

struct rec_strand *
rec_strand_switch(struct recorder *recorder, const void *ec)
{
    if (recorder->is_child_new)
        rec_fork_end_threads(recorder);
    rec_strands_look_back(recorder);
    struct rec_strand *strand = find_alive(recorder, ec);
    rec_strand_end_finished(recorder, strand);
    bool is_new = strand == NULL;
    if (is_new) {
        rec_strands_look_around(recorder);
        strand = make_strand(recorder, ec);
    }
    if (strand == NULL)
        return NULL;
    strand->thread->last = strand;
    take_turn(recorder, strand, ec);
    if (!is_new && recorder->layout.frames_readable)
        drop_stale_frames(recorder, strand);
    return strand;
}

void
rec_strands_begin_ractor(struct recorder *recorder, const char *name, size_t size)
{
    struct rec_strand_table *table = &recorder->strands;
    rec_strands_end(recorder);
    table->is_over = false;
    recorder->iseqs.ractor_block = NULL;
    table->ractor_name_size = size < sizeof table->ractor_name ? size : sizeof table->ractor_name;
    memcpy(table->ractor_name, name, table->ractor_name_size);
}

void
rec_strand_make_current(struct recorder *recorder, struct rec_strand *strand)
{
    if (recorder->current_strand != strand)
        take_turn(recorder, strand, strand->ec);
}

void
rec_strand_end_bodies(struct recorder *recorder, struct rec_strand *strand)
{
    uint32_t at = recorder->active ? strand->frame_count : 0; /* else there may be no strand */
    while (at > 0 && !strand->frames[at - 1].is_call)
        at--;
    if (at == 0 || !rec_frame_ends_unseen(&strand->frames[at - 1]))
        return;
    rec_strand_make_current(recorder, strand);
    rec_strand_unwind(recorder, strand, strand->frames[at - 1].cfp, true);
    rec_strand_end_bodies(recorder, strand);
}

void
rec_strand_unwind(struct recorder *recorder, struct rec_strand *strand, const void *cfp,
                  bool inclusive)
{
    uint32_t calls = 0;
    while (strand->frame_count > 0) {
        const struct rec_frame *top = &strand->frames[strand->frame_count - 1];
        if (top->cfp > cfp || (top->cfp == cfp && !inclusive))
            break;
        bool is_body = rec_frame_ends_unseen(top);
        if (is_body && calls > 0) {
            rec_strand_put_unwind(recorder, calls, reason_of_loss(recorder, strand, cfp));
            calls = 0;
        }
        if (is_body)
            rec_capture_body_gone(recorder, top);
        calls += top->is_call && !is_body;
        recorder->counts.lost_frame_count += top->is_call && !is_body;
        rec_strand_pop(recorder, strand);
    }
    if (calls > 0)
        rec_strand_put_unwind(recorder, calls, reason_of_loss(recorder, strand, cfp));
}

static bool
reserve_frame(struct rec_strand *strand)
{
    if (strand->frame_count < strand->frame_capacity)
        return true;
    uint32_t capacity = strand->frame_capacity == 0 ? 16 : strand->frame_capacity * 2;
    struct rec_frame *frames = realloc(strand->frames, capacity * sizeof *frames);
    if (frames == NULL)
        return false;
    strand->frames = frames;
    strand->frame_capacity = capacity;
    return true;
}

bool
rec_strand_push_function(struct rec_strand *strand, uint32_t function_id, VALUE body)
{
    if (!reserve_frame(strand))
        return false;
    strand->frames[strand->frame_count++] =
        (struct rec_frame){.is_call = true, .function_id = function_id, .cfp = (const void *)body};
    return true;
}

struct rec_frame *
rec_strand_push(struct recorder *recorder, struct rec_strand *strand, const void *cfp,
                struct rec_iseq *iseq)
{
    if (!reserve_frame(strand))
        return NULL;
    struct rec_view *view = rec_view_new(recorder, iseq);
    if (view == NULL)
        return NULL;
    struct rec_frame *frame = &strand->frames[strand->frame_count++];
    *frame = (struct rec_frame){.cfp = cfp, .iseq = iseq, .view = view, .is_call = false};
    return frame;
}

void
rec_strand_pop(struct recorder *recorder, struct rec_strand *strand)
{
    struct rec_frame *top = &strand->frames[--strand->frame_count];
    if (top->view != NULL)
        rec_view_free(recorder, top->iseq, top->view);
}

void
rec_strands_resume(struct recorder *recorder)
{
    const struct rec_pointer_map *map = &recorder->strands.strands;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].key == 0)
            continue;
        struct rec_strand *strand = (struct rec_strand *)map->entries[i].value;
        strand->pending_count = 0; /* exceptions went on, unseen */
        rec_strand_drop_gone(recorder, strand);
    }
    /* With the next record its strand looks at what became of its other frames. */
    recorder->current_strand = NULL;
    recorder->current_ec = NULL;
}

const void *
rec_strand_context(const struct recorder *recorder)
{
    return recorder->layout.frames_readable ? rec_current_ec(&recorder->layout)
                                            : (const void *)rb_fiber_current();
}

void
rec_strand_here(struct recorder *recorder)
{
    if (recorder->closing)
        return;
    const void *ec = rec_strand_context(recorder);
    if (ec != NULL && ec != recorder->current_ec)
        rec_strand_switch(recorder, ec);
    if (ec != NULL && recorder->current_strand != NULL)
        rec_strand_look_at_name(recorder, recorder->current_strand);
}

void
rec_strand_table_init_lane(struct recorder *recorder)
{
    static const char lost[] = "left without a return event";
    recorder->strands.lost_name_id = rec_name_put(recorder, lost, sizeof lost - 1);
    recorder->strands.unwound_name_id = rec_name_put(recorder, "Unwound", 7);
}

bool
rec_strand_table_init(struct recorder *recorder)
{
    struct rec_strand_table *table = &recorder->strands;
    rec_strand_table_init_lane(recorder);
    table->main = calloc(1, sizeof *table->main);
    table->count = 1;
    if (table->main == NULL)
        return false;
    /* Else the main thread is at other work: its first record binds the strand. */
    const void *ec = rec_strand_context(recorder);
    return ec == NULL || rb_thread_current() != rb_thread_main() ||
           make_strand(recorder, ec) != NULL;
}

struct rec_unwinding *
rec_strand_exception_put(struct rec_strand *strand)
{
    if (strand->pending_count == REC_PENDING_MAX) {
        struct rec_assembly detail = strand->pending[0].detail;
        memmove(strand->pending, strand->pending + 1,
                (REC_PENDING_MAX - 1) * sizeof strand->pending[0]);
        strand->pending_count--;
        strand->pending[strand->pending_count].detail = detail;
    }
    struct rec_unwinding *added = &strand->pending[strand->pending_count++];
    *added = (struct rec_unwinding){.detail = added->detail};
    return added;
}

void
rec_strand_table_release(struct recorder *recorder)
{
    struct rec_strand_table *table = &recorder->strands;
    const struct rec_pointer_map *map = &table->strands;
    if (table->main != NULL && table->main->ec == NULL)
        release_frames(recorder, table->main); /* it is not in the map */
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].key != 0)
            release_frames(recorder, (struct rec_strand *)map->entries[i].value);
    }
    rec_pointer_map_release(&table->strands);
    for (size_t i = 0; i < table->threads.capacity; i++) {
        if (table->threads.entries[i].key != 0)
            free((struct rec_thread *)table->threads.entries[i].value);
    }
    rec_pointer_map_release(&table->threads);
    free(table->gone);
    *table = (struct rec_strand_table){.main = NULL};
    recorder->current_strand = NULL;
    recorder->current_ec = NULL;
}
