/* One stack a strand, and where in a slice the strand that runs stands. See trace_frames.h.
 *
 * A slice, as doc/format/strands.md has it: ThreadSwitch, then Step and Call of the synthetic
 * function, then Step and Call of each suspended frame; at its end their returns, which say so, and
 * the synthetic call's. Traces that are not written so are followed as they come. */
#include "ctrace/trace_frames.h"

#include "base/id_map.h"

#include <string.h>

#define SUSPENDED_TEXT  "continues in a later slice"
#define STACK_SIZE_MIN  16
#define NO_PLACE        ((struct ct_trace_place){CT_TRACE_NO_ID, CT_TRACE_NO_ID, 0})

enum slice {
    SLICE_OPEN,   /* what comes is the program's */
    SLICE_BEGIN,  /* the synthetic call is next */
    SLICE_RESUME, /* suspended frames are called again */
};

struct strand {
    struct ct_trace_strand shown;
    size_t capacity; /* of frames */
    enum slice slice;
    size_t suspended_count; /* innermost frames that are not called in the trace's stack just now */
    bool is_over;           /* it ended: forgotten once another runs */
};

struct ct_trace_frames {
    const struct ct_alloc *alloc;
    struct ct_trace_reader *reader; /* borrowed */
    struct ct_value_reader *values; /* to look at the returns of slices */
    void (*release)(void *context, void *state);
    void *context;
    struct strand **strands; /* [0] is the main thread's */
    size_t strand_count;
    size_t strand_capacity;
    struct ct_id_map positions; /* of strands, by id */
    struct strand *current;
    uint64_t step_count;
    uint64_t call_count;
    bool is_step_last; /* nothing but values and definitions came since the latest step */
    enum ct_trace_role step_role;
    struct ct_trace_place entry; /* of the call that is about to come in a slice's beginning */
    struct ct_trace_frame returned;
    bool has_returned;
};

/* ---- strands ---- */

static void
release_frame(struct ct_trace_frames *frames, struct ct_trace_frame *frame)
{
    if (frame->state != NULL && frames->release != NULL)
        frames->release(frames->context, frame->state);
    frame->state = NULL;
}

/* Drops the innermost frames until `count` are left. */
static void
cut_stack(struct ct_trace_frames *frames, struct strand *strand, size_t count)
{
    while (strand->shown.frame_count > count)
        release_frame(frames, &strand->shown.frames[--strand->shown.frame_count]);
    strand->suspended_count = 0;
}

static void
free_strand(struct ct_trace_frames *frames, struct strand *strand)
{
    cut_stack(frames, strand, 0);
    ct_alloc_free(frames->alloc, strand->shown.frames);
    ct_alloc_free(frames->alloc, strand);
}

static enum ct_status
require_slot(struct ct_trace_frames *frames)
{
    if (frames->strand_count < frames->strand_capacity)
        return CT_OK;
    const size_t capacity = frames->strand_capacity == 0 ? 8 : frames->strand_capacity * 2;
    struct strand **grown =
        ct_alloc_resize(frames->alloc, frames->strands, capacity * sizeof *grown);
    if (grown == NULL)
        return CT_ERR_MEMORY;
    frames->strands = grown;
    frames->strand_capacity = capacity;
    return CT_OK;
}

static enum ct_status
require_strand(struct ct_trace_frames *frames, uint64_t id, struct strand **out_strand)
{
    size_t position;
    if (ct_id_map_find(&frames->positions, id, &position)) {
        *out_strand = frames->strands[position];
        return CT_OK;
    }
    CT_TRY(require_slot(frames));
    struct strand *strand = ct_alloc_zeroed(frames->alloc, 1, sizeof *strand);
    if (strand == NULL)
        return CT_ERR_MEMORY;
    strand->shown.id = id;
    const enum ct_status status = ct_id_map_put(&frames->positions, id, frames->strand_count);
    if (status != CT_OK) {
        ct_alloc_free(frames->alloc, strand);
        return status;
    }
    frames->strands[frames->strand_count++] = strand;
    *out_strand = strand;
    return CT_OK;
}

/* The last strand takes the forgotten one's position. */
static enum ct_status
forget_strand(struct ct_trace_frames *frames, uint64_t id)
{
    size_t position;
    if (!ct_id_map_find(&frames->positions, id, &position))
        return CT_OK;
    struct strand *last = frames->strands[frames->strand_count - 1];
    struct strand *gone = frames->strands[position];
    CT_TRY(ct_id_map_put(&frames->positions, last->shown.id, position)); /* it is in the map */
    frames->strands[position] = last;
    frames->strand_count--;
    ct_id_map_remove(&frames->positions, id);
    free_strand(frames, gone);
    return CT_OK;
}

static enum ct_status
switch_strand(struct ct_trace_frames *frames, uint64_t id)
{
    struct strand *before = frames->current;
    struct strand *strand;
    CT_TRY(require_strand(frames, id, &strand));
    strand->slice = id != 0 ? SLICE_BEGIN : SLICE_OPEN;
    frames->current = strand;
    const bool is_empty = before->shown.id != 0 && before->shown.frame_count == 0;
    if (before == strand || !(before->is_over || is_empty))
        return CT_OK;
    return forget_strand(frames, before->shown.id);
}

/* A number may be given again: what its last owner left behind is gone. */
static void
start_strand(struct ct_trace_frames *frames, uint64_t id)
{
    size_t position;
    if (id == 0 || !ct_id_map_find(&frames->positions, id, &position))
        return;
    cut_stack(frames, frames->strands[position], 0);
    frames->strands[position]->is_over = false;
}

static enum ct_status
end_strand(struct ct_trace_frames *frames, uint64_t id)
{
    size_t position;
    if (id == 0 || !ct_id_map_find(&frames->positions, id, &position))
        return CT_OK;
    if (frames->strands[position] != frames->current)
        return forget_strand(frames, id);
    frames->current->is_over = true;
    return CT_OK;
}

/* ---- frames ---- */

static struct ct_trace_frame *
find_top(const struct strand *strand)
{
    const struct ct_trace_strand *shown = &strand->shown;
    return shown->frame_count > 0 ? &shown->frames[shown->frame_count - 1] : NULL;
}

static enum ct_status
push_frame(struct ct_trace_frames *frames, uint64_t function_id, struct ct_trace_place entry)
{
    struct strand *strand = frames->current;
    struct ct_trace_strand *shown = &strand->shown;
    if (shown->frame_count == strand->capacity) {
        const size_t capacity = strand->capacity == 0 ? STACK_SIZE_MIN : strand->capacity * 2;
        struct ct_trace_frame *grown =
            ct_alloc_resize(frames->alloc, shown->frames, capacity * sizeof *grown);
        if (grown == NULL)
            return CT_ERR_MEMORY;
        shown->frames = grown;
        strand->capacity = capacity;
    }
    struct ct_trace_frame *frame = &shown->frames[shown->frame_count++];
    *frame = (struct ct_trace_frame){
        .function_id = function_id, .call_index = CT_TRACE_NO_ID, .entry = entry};
    frame->now = frame->before = NO_PLACE; /* GCC 10 warns of it above */
    return CT_OK;
}

static void
take_step(struct ct_trace_frames *frames, const struct ct_trace_event *event)
{
    const struct ct_trace_place place = {frames->step_count++, event->path_id, event->line};
    frames->entry = place;
    frames->step_role =
        frames->current->slice == SLICE_OPEN ? CT_TRACE_ROLE_OWN : CT_TRACE_ROLE_BENDING;
    struct ct_trace_frame *top = find_top(frames->current);
    if (frames->step_role == CT_TRACE_ROLE_BENDING || top == NULL)
        return;
    top->before = top->now;
    top->now = place;
    top->step_count++;
}

/* ---- calls ---- */

/* Whether a Call of `function_id` opens a slice. */
static bool
is_synthetic(const struct ct_trace_frames *frames, uint64_t function_id)
{
    static const char *const beginnings[] = {"<thread ", "<fiber ", "<ractor "};
    const struct ct_trace_function *function =
        ct_trace_reader_function(frames->reader, function_id);
    for (size_t i = 0; function != NULL && i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(function->name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

static enum ct_status
begin_slice(struct ct_trace_frames *frames, uint64_t function_id)
{
    struct strand *strand = frames->current;
    if (strand->shown.frame_count > 0 && !strand->shown.frames[0].is_root)
        cut_stack(frames, strand, 0);
    if (strand->shown.frame_count == 0) {
        CT_TRY(push_frame(frames, function_id, frames->entry));
        find_top(strand)->is_root = true;
    }
    strand->shown.frames[0].function_id = function_id; /* the thread may have got a name */
    strand->suspended_count = strand->shown.frame_count - 1;
    strand->slice = strand->suspended_count > 0 ? SLICE_RESUME : SLICE_OPEN;
    return CT_OK;
}

/* Whether this Call is a suspended frame's, called again. Where another comes, the frames that
 * should have come are lost. */
static bool
resume_frame(struct ct_trace_frames *frames, uint64_t function_id)
{
    struct strand *strand = frames->current;
    const size_t next = strand->shown.frame_count - strand->suspended_count;
    if (strand->shown.frames[next].function_id != function_id) {
        cut_stack(frames, strand, next);
        strand->slice = SLICE_OPEN;
        return false;
    }
    if (--strand->suspended_count == 0)
        strand->slice = SLICE_OPEN;
    return true;
}

/* The step on the def line is the callee's: the caller stands where it stood before. */
static void
give_step_back(struct ct_trace_frames *frames, uint64_t function_id)
{
    struct ct_trace_frame *caller = find_top(frames->current);
    const struct ct_trace_function *function =
        ct_trace_reader_function(frames->reader, function_id);
    if (caller == NULL || function == NULL || !frames->is_step_last ||
        frames->step_role != CT_TRACE_ROLE_OWN || function->path_id != caller->now.path_id ||
        function->line != caller->now.line)
        return;
    caller->now = caller->before;
    caller->step_count--;
}

static enum ct_status
take_call(struct ct_trace_frames *frames, const struct ct_trace_event *event,
          enum ct_trace_role *out_role)
{
    struct strand *strand = frames->current;
    *out_role = CT_TRACE_ROLE_BENDING;
    if (strand->slice == SLICE_BEGIN && is_synthetic(frames, event->function_id))
        return begin_slice(frames, event->function_id);
    if (strand->slice == SLICE_RESUME && resume_frame(frames, event->function_id))
        return CT_OK;
    *out_role = CT_TRACE_ROLE_OWN;
    strand->slice = SLICE_OPEN;
    give_step_back(frames, event->function_id);
    CT_TRY(push_frame(frames, event->function_id, frames->entry));
    find_top(strand)->call_index = frames->call_count++;
    return CT_OK;
}

/* ---- returns ---- */

/* Whether a return of a slice says that its call goes on later. */
static enum ct_status
is_suspension(struct ct_trace_frames *frames, const struct ct_trace_event *event, bool *out_is)
{
    const size_t size = sizeof SUSPENDED_TEXT - 1;
    const bool is_json =
        ct_trace_reader_metadata(frames->reader)->layout == CT_TRACE_LAYOUT_JSON;
    const struct ct_value *value;
    *out_is = false;
    if (event->encoded == NULL ||
        memmem(event->encoded, event->encoded_size, SUSPENDED_TEXT, size) == NULL)
        return CT_OK;
    const enum ct_status status =
        ct_value_reader_decode(frames->values, is_json ? CT_PROFILE_JSON : CT_PROFILE_AUG26,
                               event->encoded, event->encoded_size, &value, NULL);
    if (status == CT_ERR_MEMORY)
        return status;
    *out_is = status == CT_OK && value->kind == CT_VALUE_ERROR && value->text_size == size &&
              memcmp(value->text, SUSPENDED_TEXT, size) == 0;
    return CT_OK;
}

static enum ct_status
take_return(struct ct_trace_frames *frames, const struct ct_trace_event *event,
            enum ct_trace_role *out_role)
{
    struct strand *strand = frames->current;
    const size_t open_count = strand->shown.frame_count - strand->suspended_count;
    bool is_suspended = false;
    if (open_count == 0)
        return CT_OK;
    if (strand->shown.id != 0)
        CT_TRY(is_suspension(frames, event, &is_suspended));
    if (is_suspended && open_count > 1) {
        strand->suspended_count++;
        *out_role = CT_TRACE_ROLE_BENDING;
        return CT_OK;
    }
    if (strand->shown.frames[open_count - 1].is_root) {
        *out_role = CT_TRACE_ROLE_BENDING;
        return switch_strand(frames, 0); /* whose calls the slice was inside of */
    }
    cut_stack(frames, strand, open_count); /* nothing, unless the trace is not as it should be */
    frames->returned = *find_top(strand);
    frames->has_returned = true;
    strand->shown.frame_count--;
    return CT_OK;
}

/* ---- public ---- */

enum ct_status
ct_trace_frames_follow(struct ct_trace_frames *frames, const struct ct_trace_event *event,
                       enum ct_trace_role *out_role)
{
    enum ct_status status = CT_OK;
    *out_role = CT_TRACE_ROLE_OWN;
    if (frames->has_returned)
        release_frame(frames, &frames->returned);
    frames->has_returned = false;
    switch (event->kind) {
    case CT_TRACE_STEP:
        take_step(frames, event);
        *out_role = frames->step_role;
        break;
    case CT_TRACE_VALUE:
        *out_role = frames->step_role;
        break;
    case CT_TRACE_CALL:
        status = take_call(frames, event, out_role);
        break;
    case CT_TRACE_RETURN:
        status = take_return(frames, event, out_role);
        break;
    case CT_TRACE_THREAD_START:
        start_strand(frames, event->thread_id);
        break;
    case CT_TRACE_THREAD_EXIT:
        status = end_strand(frames, event->thread_id);
        break;
    case CT_TRACE_THREAD_SWITCH:
        status = switch_strand(frames, event->thread_id);
        break;
    default:
        break;
    }
    if (event->kind == CT_TRACE_STEP)
        frames->is_step_last = true;
    else if (event->kind == CT_TRACE_CALL || event->kind == CT_TRACE_RETURN ||
             event->kind >= CT_TRACE_THREAD_START)
        frames->is_step_last = false;
    return status;
}

enum ct_status
ct_trace_frames_new(struct ct_trace_reader *reader, const struct ct_alloc *alloc,
                    void (*release)(void *context, void *state), void *context,
                    struct ct_trace_frames **out_frames)
{
    if (alloc == NULL)
        alloc = ct_alloc_default();
    struct ct_trace_frames *frames = ct_alloc_zeroed(alloc, 1, sizeof *frames);
    if (frames == NULL)
        return CT_ERR_MEMORY;
    frames->alloc = alloc;
    frames->reader = reader;
    frames->release = release;
    frames->context = context;
    frames->entry = NO_PLACE;
    ct_id_map_init(&frames->positions, alloc);
    enum ct_status status = ct_value_reader_new(alloc, &frames->values);
    if (status == CT_OK)
        status = require_strand(frames, 0, &frames->current);
    if (status != CT_OK) {
        ct_trace_frames_free(frames);
        return status;
    }
    *out_frames = frames;
    return CT_OK;
}

void
ct_trace_frames_free(struct ct_trace_frames *frames)
{
    if (frames == NULL)
        return;
    if (frames->has_returned)
        release_frame(frames, &frames->returned);
    for (size_t i = 0; i < frames->strand_count; i++)
        free_strand(frames, frames->strands[i]);
    ct_alloc_free(frames->alloc, frames->strands);
    ct_id_map_release(&frames->positions);
    ct_value_reader_free(frames->values);
    ct_alloc_free(frames->alloc, frames);
}

uint64_t
ct_trace_frames_step(const struct ct_trace_frames *frames)
{
    return frames->step_count > 0 ? frames->step_count - 1 : CT_TRACE_NO_ID;
}

const struct ct_trace_strand *
ct_trace_frames_strand(const struct ct_trace_frames *frames)
{
    return &frames->current->shown;
}

const struct ct_trace_strand *
ct_trace_frames_main(const struct ct_trace_frames *frames)
{
    return &frames->strands[0]->shown;
}

struct ct_trace_frame *
ct_trace_frames_top(const struct ct_trace_frames *frames)
{
    return find_top(frames->current);
}

struct ct_trace_frame *
ct_trace_frames_returned(struct ct_trace_frames *frames)
{
    return frames->has_returned ? &frames->returned : NULL;
}
