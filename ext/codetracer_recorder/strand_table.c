/* See strand_table.h. */
#include "capture.h"
#include "early_values.h"
#include "exception_text.h"
#include "fork_link.h"
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

static void
release_frames(struct recorder *recorder, struct rec_strand *strand)
{
    while (strand->frame_count > 0)
        rec_strand_pop(recorder, strand);
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

/* SWITCH or STRAND_END. */
static void
put_strand(struct recorder *recorder, uint32_t id, enum ct_spool_kind kind)
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

/* How many strands of a thread are known. */
static uint64_t
count_contexts(const struct rec_strand_table *table, VALUE thread)
{
    struct rec_pointer_entry *entry = rec_pointer_map_find(&table->contexts, (uint64_t)thread);
    return entry == NULL ? 0 : entry->value;
}

static bool
add_strand(struct rec_strand_table *table, struct rec_strand *strand)
{
    uint64_t count = count_contexts(table, strand->thread);
    return rec_pointer_map_put(&table->strands, (uint64_t)strand->ec, (uint64_t)strand) &&
           rec_pointer_map_put(&table->contexts, (uint64_t)strand->thread, count + 1);
}

static void
remove_strand(struct rec_strand_table *table, const struct rec_strand *strand)
{
    uint64_t count = count_contexts(table, strand->thread);
    const struct rec_pointer_entry *last =
        rec_pointer_map_find(&table->last, (uint64_t)strand->thread);
    if (last != NULL && last->value == (uint64_t)strand)
        rec_pointer_map_remove(&table->last, (uint64_t)strand->thread);
    rec_pointer_map_remove(&table->strands, (uint64_t)strand->ec);
    if (count > 1)
        rec_pointer_map_put(&table->contexts, (uint64_t)strand->thread, count - 1);
    else
        rec_pointer_map_remove(&table->contexts, (uint64_t)strand->thread);
}

/* A new strand of the running thread. */
static struct rec_strand *
make_strand(struct recorder *recorder, const void *ec)
{
    struct rec_strand_table *table = &recorder->strands;
    VALUE thread = rb_thread_current();
    bool is_first = thread == rb_thread_main() && table->main == NULL; /* of its Ractor */
    bool is_main = table->main != NULL && table->main->ec == NULL && thread == rb_thread_main();
    bool is_fiber = count_contexts(table, thread) > 0; /* it runs on another context already */
    struct rec_strand *strand = is_main ? table->main : calloc(1, sizeof *strand);
    if (strand == NULL)
        return NULL;
    strand->ec = ec;
    strand->thread = thread;
    if (is_fiber && !is_main) {
        strand->fiber = rb_fiber_current();
        strand->fiber_number = rec_owner_number(&recorder->identities, strand->fiber);
    }
    if (!add_strand(table, strand)) {
        strand->ec = NULL;
        if (!is_main)
            free(strand);
        return NULL;
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

/* Of calls that ended during a pause. Makes the strand the writer's current one. */
static void
drop_gone_frames(struct recorder *recorder, struct rec_strand *strand)
{
    uint32_t kept = 0;
    while (kept < strand->frame_count && !strand->frames[kept].is_gone)
        kept++;
    if (kept == strand->frame_count)
        return;
    if (has_many_strands(&recorder->strands))
        put_strand(recorder, strand->id, CT_SPOOL_SWITCH);
    drop_frames(recorder, strand, kept);
    recorder->current_strand = NULL; /* the next record switches to its own */
    recorder->current_ec = NULL;
}

/* Takes it out of the tables. */
static void
forget_strand(struct recorder *recorder, struct rec_strand *strand)
{
    remove_strand(&recorder->strands, strand);
    if (recorder->current_strand == strand) {
        recorder->current_strand = NULL;
        recorder->current_ec = NULL;
    }
    rec_early_values_forget(recorder, strand);
    release_frames(recorder, strand);
}

static void
end_strand(struct recorder *recorder, struct rec_strand *strand)
{
    drop_gone_frames(recorder, strand);
    rec_held_events_put_of(recorder, strand);
    put_strand(recorder, strand->id, CT_SPOOL_STRAND_END);
    forget_strand(recorder, strand);
}

/* Whether another thread or fiber has got the memory of this strand's context. */
static bool
is_stale(struct recorder *recorder, const struct rec_strand *strand)
{
    if (strand->thread != rb_thread_current())
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

/* The strand of this context. One that was left behind is let go of without a word: of a fiber that
 * was collected nobody tells when it ended. */
static struct rec_strand *
find_alive(struct recorder *recorder, const void *ec)
{
    struct rec_strand *strand = rec_strand_find(recorder, ec);
    if (strand == NULL || strand == recorder->strands.main || !is_stale(recorder, strand))
        return strand;
    forget_strand(recorder, strand);
    return NULL;
}

/* The strand of this thread that ran last, if it is a fiber that has run to its end since. */
static struct rec_strand *
find_finished(const struct rec_strand_table *table, VALUE thread)
{
    const struct rec_pointer_entry *last = rec_pointer_map_find(&table->last, (uint64_t)thread);
    struct rec_strand *strand = last == NULL ? NULL : (struct rec_strand *)last->value;
    if (strand == NULL || strand->fiber == 0 || RTEST(rb_fiber_alive_p(strand->fiber)))
        return NULL;
    return strand;
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
    const struct rec_pointer_map *map = &recorder->strands.last;
    for (size_t i = 0; i < map->capacity; i++) {
        const struct rec_strand *strand = (const struct rec_strand *)map->entries[i].value;
        if (map->entries[i].key != 0 && strand->fiber != 0)
            rb_gc_mark(strand->fiber);
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
        put_strand(recorder, strand->id, CT_SPOOL_SWITCH);
}

struct rec_strand *
rec_strand_switch(struct recorder *recorder, const void *ec)
{
    if (recorder->is_child_new)
        rec_fork_end_threads(recorder);
    struct rec_strand *strand = find_alive(recorder, ec);
    struct rec_strand *finished = find_finished(&recorder->strands, rb_thread_current());
    if (finished != NULL && finished != strand)
        end_strand(recorder, finished);
    bool is_new = strand == NULL;
    if (is_new)
        strand = make_strand(recorder, ec);
    if (strand == NULL)
        return NULL;
    rec_pointer_map_put(&recorder->strands.last, (uint64_t)strand->thread, (uint64_t)strand);
    take_turn(recorder, strand, ec);
    if (!is_new && recorder->layout.frames_readable)
        drop_stale_frames(recorder, strand);
    return strand;
}

/* The strand with the lowest number, `but` for one, of `thread` or, 0, of any; NULL: none. */
static struct rec_strand *
find_first(const struct rec_strand_table *table, VALUE thread, const struct rec_strand *but)
{
    struct rec_strand *first = NULL;
    for (size_t i = 0; i < table->strands.capacity; i++) {
        struct rec_strand *strand = (struct rec_strand *)table->strands.entries[i].value;
        if (table->strands.entries[i].key == 0 || strand == but ||
            (thread != 0 && strand->thread != thread))
            continue;
        if (first == NULL || strand->id < first->id)
            first = strand;
    }
    return first;
}

/* A fiber that waits can be resumed by its own thread only: it ends with it. */
static void
end_thread(struct recorder *recorder, struct rec_strand *strand)
{
    struct rec_strand_table *table = &recorder->strands;
    struct rec_strand *other = find_finished(table, strand->thread);
    if (other != NULL && other != strand)
        end_strand(recorder, other);
    while (count_contexts(table, strand->thread) > 1 &&
           (other = find_first(table, strand->thread, strand)) != NULL)
        end_strand(recorder, other);
    end_strand(recorder, strand);
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
        end_thread(recorder, strand);
}

void
rec_strands_end(struct recorder *recorder)
{
    struct rec_strand *strand;
    while ((strand = find_first(&recorder->strands, 0, NULL)) != NULL)
        end_strand(recorder, strand);
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
        drop_gone_frames(recorder, strand);
    }
    /* With the next record its strand looks at what became of its other frames. */
    recorder->current_strand = NULL;
    recorder->current_ec = NULL;
}

/* The running context, outside of an event; NULL when it cannot be told. */
static const void *
current_context(const struct recorder *recorder)
{
    return recorder->layout.frames_readable ? rec_current_ec(&recorder->layout)
                                            : (const void *)rb_fiber_current();
}

void
rec_strand_here(struct recorder *recorder)
{
    if (recorder->closing)
        return;
    const void *ec = current_context(recorder);
    if (ec != NULL && ec != recorder->current_ec)
        rec_strand_switch(recorder, ec);
    if (ec != NULL && recorder->current_strand != NULL)
        rec_strand_look_at_name(recorder, recorder->current_strand);
}

void
rec_strands_settle(struct recorder *recorder)
{
    const void *ec = current_context(recorder);
    if (ec != NULL && ec != recorder->current_ec && rec_strand_find(recorder, ec) != NULL)
        rec_strand_switch(recorder, ec);
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
    const void *ec = current_context(recorder);
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
    rec_pointer_map_release(&table->contexts);
    rec_pointer_map_release(&table->last);
    *table = (struct rec_strand_table){.main = NULL};
    recorder->current_strand = NULL;
    recorder->current_ec = NULL;
}
