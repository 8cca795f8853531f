/* Scopes come and go with the frames, and are used again. See trace_scopes.h. */
#include "trace/trace_scopes.h"

/* ---- life ---- */

static void
release_slots(struct ct_trace_scopes *scopes, struct ct_trace_scope *scope)
{
    for (size_t i = 0; i < scope->slot_capacity; i++) {
        ct_buffer_release(&scope->slots[i].value);
        ct_buffer_release(&scope->slots[i].before);
    }
    ct_alloc_free(scopes->alloc, scope->slots);
}

/* A frame is over: its scope waits for another. */
static void
recycle_scope(void *context, void *state)
{
    struct ct_trace_scopes *scopes = context;
    struct ct_trace_scope *scope = state;
    scope->slot_count = 0;
    scope->self_id = CT_TRACE_NO_ID;
    scope->next = scopes->free_scopes;
    scopes->free_scopes = scope;
}

enum ct_status
ct_trace_scopes_init(struct ct_trace_scopes *scopes, struct ct_trace_reader *reader,
                     const struct ct_alloc *alloc)
{
    scopes->alloc = alloc;
    scopes->outside.self_id = CT_TRACE_NO_ID;
    return ct_trace_frames_new(reader, alloc, recycle_scope, scopes, &scopes->frames);
}

void
ct_trace_scopes_release(struct ct_trace_scopes *scopes)
{
    if (scopes->alloc == NULL)
        return;
    ct_trace_frames_free(scopes->frames); /* its scopes become free ones */
    while (scopes->free_scopes != NULL) {
        struct ct_trace_scope *scope = scopes->free_scopes;
        scopes->free_scopes = scope->next;
        release_slots(scopes, scope);
        ct_alloc_free(scopes->alloc, scope);
    }
    release_slots(scopes, &scopes->outside);
    *scopes = (struct ct_trace_scopes){0};
}

enum ct_status
ct_trace_scopes_require(struct ct_trace_scopes *scopes, struct ct_trace_frame *frame,
                        struct ct_trace_scope **out_scope)
{
    struct ct_trace_scope *scope = frame != NULL ? frame->state : &scopes->outside;
    if (scope == NULL && scopes->free_scopes != NULL) {
        scope = scopes->free_scopes;
        scopes->free_scopes = scope->next;
    } else if (scope == NULL) {
        scope = ct_alloc_zeroed(scopes->alloc, 1, sizeof *scope);
        if (scope == NULL)
            return CT_ERR_MEMORY;
        scope->self_id = CT_TRACE_NO_ID;
    }
    if (frame != NULL)
        frame->state = scope;
    *out_scope = scope;
    return CT_OK;
}

enum ct_status
ct_trace_scopes_slot_append(struct ct_trace_scopes *scopes, struct ct_trace_scope *scope,
                            uint64_t key, struct ct_trace_slot **out_slot)
{
    if (scope->slot_count == scope->slot_capacity) {
        const size_t capacity = scope->slot_capacity == 0 ? 2 : scope->slot_capacity * 2;
        struct ct_trace_slot *grown =
            ct_alloc_resize(scopes->alloc, scope->slots, capacity * sizeof *grown);
        if (grown == NULL)
            return CT_ERR_MEMORY;
        for (size_t i = scope->slot_capacity; i < capacity; i++) {
            ct_buffer_init(&grown[i].value, scopes->alloc);
            ct_buffer_init(&grown[i].before, scopes->alloc);
        }
        scope->slots = grown;
        scope->slot_capacity = capacity;
    }
    *out_slot = &scope->slots[scope->slot_count++];
    (*out_slot)->key = key;
    (*out_slot)->is_written = false;
    ct_buffer_reset(&(*out_slot)->value);
    ct_buffer_reset(&(*out_slot)->before);
    return CT_OK;
}

/* ---- whose variable ---- */

static struct ct_trace_slot *
find_slot(const struct ct_trace_scope *scope, uint64_t key)
{
    for (size_t i = 0; scope != NULL && i < scope->slot_count; i++) {
        if (scope->slots[i].key == key)
            return &scope->slots[i];
    }
    return NULL;
}

/* Looks from the `count` outermost frames outwards. A frame of the function that runs is another
 * call of it, with variables of its own. */
static bool
search_outward(const struct ct_trace_strand *strand, size_t count, uint64_t function_id,
               uint64_t key, struct ct_trace_home *out_home)
{
    while (count-- > 0) {
        const struct ct_trace_frame *frame = &strand->frames[count];
        if (frame->function_id == function_id && !frame->is_root)
            continue;
        struct ct_trace_slot *slot = find_slot(frame->state, key);
        if (slot != NULL) {
            *out_home = (struct ct_trace_home){strand, count, slot};
            return true;
        }
    }
    return false;
}

struct ct_trace_home
ct_trace_scopes_home(const struct ct_trace_scopes *scopes, uint64_t key)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(scopes->frames);
    const struct ct_trace_strand *base = ct_trace_frames_main(scopes->frames);
    struct ct_trace_home home = {NULL, 0, find_slot(&scopes->outside, key)};
    if (strand->frame_count == 0)
        return home;
    home.strand = strand;
    home.index = strand->frame_count - 1;
    const struct ct_trace_frame *top = &strand->frames[home.index];
    home.slot = find_slot(top->state, key);
    /* A method's first step is its own; a thread's is the block that it was started with. */
    if (home.slot != NULL || (top->step_count == 1 && !top->is_root))
        return home;
    if (!search_outward(strand, home.index, top->function_id, key, &home) && strand != base)
        search_outward(base, base->frame_count, top->function_id, key, &home);
    return home;
}

struct ct_trace_frame *
ct_trace_home_frame(const struct ct_trace_home *home)
{
    return home->strand != NULL ? &home->strand->frames[home->index] : NULL;
}

/* ---- where things are ---- */

struct ct_trace_where
ct_trace_home_locate(const struct ct_trace_home *home, struct ct_trace_place place)
{
    struct ct_trace_where where = {.place = place,
                                   .function_id = CT_TRACE_NO_ID,
                                   .call_index = CT_TRACE_NO_ID,
                                   .caller_function_id = CT_TRACE_NO_ID,
                                   .caller = {CT_TRACE_NO_ID, CT_TRACE_NO_ID, 0}};
    if (home->strand == NULL)
        return where;
    const struct ct_trace_frame *frame = ct_trace_home_frame(home);
    where.strand_id = home->strand->id;
    where.function_id = frame->function_id;
    where.call_index = frame->call_index;
    if (home->index > 0) {
        where.caller_function_id = frame[-1].function_id;
        where.caller = frame[-1].now;
    }
    return where;
}

struct ct_trace_where
ct_trace_scopes_locate(const struct ct_trace_scopes *scopes)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(scopes->frames);
    struct ct_trace_home home = {NULL, 0, NULL};
    struct ct_trace_place place = {ct_trace_frames_step(scopes->frames), CT_TRACE_NO_ID, 0};
    if (strand->frame_count > 0) {
        home = (struct ct_trace_home){strand, strand->frame_count - 1, NULL};
        const struct ct_trace_frame *top = ct_trace_home_frame(&home);
        /* Before its first step a frame stands on its def line. */
        place = top->now.step != CT_TRACE_NO_ID ? top->now : top->entry;
    }
    return ct_trace_home_locate(&home, place);
}
