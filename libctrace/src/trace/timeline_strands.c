/* Threads and fibers bent into the one call stack of a trace. doc/format/strands.md is the
 * contract.
 *
 * Strand 0 is the base. Another strand is shown in slices: from the first record that comes of it
 * until the first of yet another, a synthetic call with the strand's open calls opened again
 * inside. A switch alone writes nothing. */
#include "ctrace/spool.h"
#include "ctrace/text.h"
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

/* ---- calls ---- */

/* hot */
enum ct_status
ct_timeline_call_reserve(struct ct_timeline *timeline, struct ct_timeline_strand *strand,
                         struct ct_timeline_args **out_args)
{
    if (strand->depth == strand->call_capacity) {
        size_t capacity = strand->call_capacity == 0 ? 8 : strand->call_capacity * 2;
        struct ct_timeline_call *calls =
            ct_alloc_resize(timeline->alloc, strand->calls, capacity * sizeof *calls);
        if (calls == NULL)
            return CT_ERR_MEMORY;
        memset(calls + strand->call_capacity, 0,
               (capacity - strand->call_capacity) * sizeof *calls);
        strand->calls = calls;
        strand->call_capacity = capacity;
    }
    *out_args = &strand->calls[strand->depth].args;
    return CT_OK;
}

/* A Call has to follow a Step on exactly its function's line. */
static enum ct_status
append_call(struct ct_timeline *timeline, uint64_t function_id, struct ct_timeline_position def,
            const struct ct_timeline_args *args)
{
    CT_TRY(ct_trace_writer_step_append(timeline->writer, def.path_id, def.line));
    if (args == NULL)
        return ct_trace_writer_call_append(timeline->writer, function_id, NULL, 0);
    return ct_trace_writer_call_append(timeline->writer, function_id, args->values, args->count);
}

enum ct_status
ct_timeline_call_begin(struct ct_timeline *timeline, struct ct_timeline_strand *strand,
                       const struct ct_timeline_function *function,
                       const struct ct_timeline_args *args)
{
    CT_TRY(append_call(timeline, function->writer_id, function->def, args));
    strand->calls[strand->depth].function = *function;
    strand->depth++;
    return CT_OK;
}

enum ct_status
ct_timeline_call_end(struct ct_timeline *timeline, struct ct_timeline_strand *strand,
                     const struct ct_snapshot_value *value)
{
    CT_TRY(ct_trace_writer_return_append(timeline->writer, value->bytes, value->size));
    strand->depth--;
    return CT_OK;
}

/* Ends all calls of the strand, whose slice is open, with an Error "Unfinished". */
static enum ct_status
end_calls(struct ct_timeline *timeline, struct ct_timeline_strand *strand, const char *text)
{
    struct ct_snapshot_value value;
    CT_TRY(ct_snapshot_encode_error(&timeline->decoder, CT_SNAPSHOT_TYPE_UNFINISHED, text, &value));
    while (strand->depth > 0)
        CT_TRY(ct_timeline_call_end(timeline, strand, &value));
    return CT_OK;
}

/* ---- slices ---- */

static bool
is_foreign(uint32_t strand_id)
{
    return strand_id != 0 && strand_id != CT_TIMELINE_NO_STRAND;
}

/* Closes the open slice, if it is a foreign one. Its calls stay open in the strand. */
static enum ct_status
close_slice(struct ct_timeline *timeline)
{
    struct ct_snapshot_value value;
    if (!is_foreign(timeline->open))
        return CT_OK;
    const struct ct_timeline_strand *strand = timeline->strands[timeline->open];
    if (strand->depth > 0) {
        CT_TRY(ct_snapshot_encode_error(&timeline->decoder, CT_SNAPSHOT_TYPE_SUSPENDED,
                                        "continues in a later slice", &value));
        for (size_t i = 0; i < strand->depth; i++)
            CT_TRY(ct_trace_writer_return_append(timeline->writer, value.bytes, value.size));
    }
    CT_TRY(ct_snapshot_encode_nil(&timeline->decoder, &value));
    CT_TRY(ct_trace_writer_return_append(timeline->writer, value.bytes, value.size));
    timeline->open = CT_TIMELINE_NO_STRAND;
    return CT_OK;
}

struct strand_kind {
    const char *label, *ending;
};

static const struct strand_kind *
kind_of(const struct ct_timeline_strand *strand)
{
    static const struct strand_kind kinds[] = {
        [CT_SPOOL_STRAND_THREAD] = {"<thread ", "ended with its thread"},
        [CT_SPOOL_STRAND_FIBER] = {"<fiber ", "ended with its fiber"},
        [CT_SPOOL_STRAND_RACTOR] = {"<ractor ", "ended with its ractor"},
    };
    return &kinds[strand->kind <= CT_SPOOL_STRAND_RACTOR ? strand->kind : CT_SPOOL_STRAND_THREAD];
}

/* `<thread "name">`, or `<thread 3>` for one without a name: no other has that, and the writer
 * need not remember it. */
static enum ct_status
define_synthetic(struct ct_timeline *timeline, const struct ct_timeline_strand *strand,
                 uint32_t number, uint64_t *out_function_id)
{
    const struct ct_timeline_position *first = &strand->first;
    struct ct_buffer *text = &timeline->text;
    ct_buffer_reset(text);
    ct_buffer_put_text(text, kind_of(strand)->label);
    if (strand->name == NULL)
        ct_buffer_put_format(text, "%u>", number);
    else
        ct_buffer_put_format(text, "%s>", strand->name);
    CT_TRY(ct_buffer_status(text));
    const bool is_single = strand->name == NULL && !strand->is_renamed;
    return (is_single ? ct_trace_writer_function_append : ct_trace_writer_function_put)(
        timeline->writer, first->path_id, first->line, (const char *)text->bytes, text->size,
        out_function_id);
}

/* The synthetic call that a slice is. */
static enum ct_status
begin_synthetic(struct ct_timeline *timeline, struct ct_timeline_strand *strand, uint32_t number)
{
    if (strand->function_id == 0) {
        uint64_t function_id;
        CT_TRY(define_synthetic(timeline, strand, number, &function_id));
        strand->function_id = function_id + 1;
    }
    return append_call(timeline, strand->function_id - 1, strand->first, NULL);
}

/* The same, and in it the strand's open calls. */
static enum ct_status
begin_slice(struct ct_timeline *timeline, struct ct_timeline_strand *strand, uint32_t number)
{
    CT_TRY(begin_synthetic(timeline, strand, number));
    for (size_t i = 0; i < strand->depth; i++) {
        const struct ct_timeline_call *call = &strand->calls[i];
        CT_TRY(append_call(timeline, call->function.writer_id, call->function.def, &call->args));
    }
    return CT_OK;
}

/* In a branch a strand is first heard of when something comes of it. */
static enum ct_status
announce_inherited(struct ct_timeline *timeline, uint32_t strand_id)
{
    struct ct_timeline_strand *strand = timeline->strands[strand_id];
    if (!strand->is_inherited)
        return CT_OK;
    strand->is_inherited = false;
    return ct_trace_writer_thread_append(timeline->writer, CT_THREAD_START, strand_id);
}

enum ct_status
ct_timeline_slice_open(struct ct_timeline *timeline, struct ct_timeline_position position)
{
    struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    CT_TRY(close_slice(timeline));
    CT_TRY(announce_inherited(timeline, timeline->lane->current));
    CT_TRY(
        ct_trace_writer_thread_append(timeline->writer, CT_THREAD_SWITCH, timeline->lane->current));
    if (!strand->has_position) {
        strand->has_position = true;
        strand->first = position;
        strand->last = position;
    }
    if (timeline->lane->current != 0)
        CT_TRY(begin_slice(timeline, strand, timeline->lane->current));
    timeline->open = timeline->lane->current;
    timeline->is_resumed = true;
    return CT_OK;
}

/* Ends the calls that a strand left open, in a slice of their own if need be. */
static enum ct_status
end_strand_calls(struct ct_timeline *timeline, uint32_t strand_id, const char *text)
{
    struct ct_timeline_strand *strand = timeline->strands[strand_id];
    if (strand == NULL || strand->depth == 0 || strand->is_inherited)
        return CT_OK;
    uint32_t current = timeline->lane->current;
    timeline->lane->current = strand_id;
    CT_TRY(ct_timeline_enter(timeline, strand->last));
    timeline->lane->current = current;
    return end_calls(timeline, strand, text);
}

/* ---- records ---- */

static void
free_strand(struct ct_timeline *timeline, struct ct_timeline_strand *strand)
{
    if (strand == NULL)
        return;
    for (size_t i = 0; i < strand->call_capacity; i++)
        ct_timeline_args_release(timeline, &strand->calls[i].args);
    ct_alloc_free(timeline->alloc, strand->calls);
    ct_alloc_free(timeline->alloc, strand->name);
    ct_alloc_free(timeline->alloc, strand);
}

/* Makes the strand of that number; there is none. */
static enum ct_status
make_strand(struct ct_timeline *timeline, uint32_t number)
{
    CT_TRY(ct_timeline_reserve(timeline, (void **)&timeline->strands, &timeline->strand_count,
                               sizeof *timeline->strands, number));
    struct ct_timeline_strand *strand = ct_alloc_zeroed(timeline->alloc, 1, sizeof *strand);
    if (strand == NULL)
        return CT_ERR_MEMORY;
    timeline->strands[number] = strand;
    if (number >= timeline->strand_top)
        timeline->strand_top = number + 1;
    return CT_OK;
}

enum ct_status
ct_timeline_strands_begin(struct ct_timeline *timeline, struct ct_timeline_position first)
{
    CT_TRY(make_strand(timeline, 0));
    *timeline->strands[0] =
        (struct ct_timeline_strand){.has_position = true, .first = first, .last = first};
    return CT_OK;
}

/* Slices that come call a function of that name; no name: of its number. */
static enum ct_status
name_strand(struct ct_timeline *timeline, struct ct_timeline_strand *strand, const uint8_t *name,
            size_t size)
{
    char *quoted = NULL;
    if (size > 0) {
        quoted = ct_alloc_resize(timeline->alloc, NULL, 4 * size + 3);
        if (quoted == NULL)
            return CT_ERR_MEMORY;
        quoted[0] = '"';
        const size_t end = 1 + ct_text_escape(name, size, quoted + 1);
        memcpy(quoted + end, "\"", 2);
    }
    ct_alloc_free(timeline->alloc, strand->name);
    strand->name = quoted;
    strand->function_id = 0;
    return CT_OK;
}

/* The number of the lane's strand in the trace; NO_STRAND when it was not defined. */
static uint32_t
find_number(const struct ct_timeline *timeline, uint32_t id)
{
    const struct ct_timeline_lane *lane = timeline->lane;
    if (id == 0 && lane == timeline->lanes[0])
        return 0;
    if (id >= lane->strand_count || lane->strands[id] == 0)
        return CT_TIMELINE_NO_STRAND;
    return lane->strands[id] - 1;
}

/* Lane 0's id if no other lane's strand has got it, else the next one. */
static uint32_t
choose_number(const struct ct_timeline *timeline, uint32_t id)
{
    bool is_first_lane = timeline->lane == timeline->lanes[0];
    return is_first_lane && id >= timeline->strand_top ? id : timeline->strand_top;
}

static enum ct_status
define_strand(struct ct_timeline *timeline, struct ct_timeline_record *record,
              const struct ct_spool_strand *fixed)
{
    struct ct_timeline_lane *lane = timeline->lane;
    const uint8_t *name;
    CT_TRY(ct_timeline_record_bytes(record, fixed->text_size, &name));
    if (fixed->id == 0 && lane == timeline->lanes[0])
        return CT_OK; /* it is there from the start, under the name <top-level> */
    uint32_t number = find_number(timeline, fixed->id);
    if (number != CT_TIMELINE_NO_STRAND) {
        timeline->strands[number]->is_renamed = true;
        return name_strand(timeline, timeline->strands[number], name, fixed->text_size);
    }
    number = choose_number(timeline, fixed->id);
    CT_TRY(ct_timeline_reserve(timeline, (void **)&lane->strands, &lane->strand_count,
                               sizeof *lane->strands, fixed->id));
    CT_TRY(make_strand(timeline, number));
    lane->strands[fixed->id] = number + 1;
    timeline->strands[number]->kind = record->head.flags;
    CT_TRY(name_strand(timeline, timeline->strands[number], name, fixed->text_size));
    return ct_trace_writer_thread_append(timeline->writer, CT_THREAD_START, number);
}

/* All that is kept of it: a program may have any number of threads and fibers, one after the
 * other. */
static void
forget_strand(struct ct_timeline *timeline, uint32_t id, uint32_t number)
{
    struct ct_timeline_lane *lane = timeline->lane;
    free_strand(timeline, timeline->strands[number]);
    timeline->strands[number] = NULL;
    lane->strands[id] = 0;
    if (lane->current == number)
        lane->current = CT_TIMELINE_NO_STRAND;
}

/* `id` is the lane's, of a strand that is there. */
static enum ct_status
end_strand(struct ct_timeline *timeline, uint32_t id, uint32_t number)
{
    if (number == 0)
        return CT_OK; /* END speaks for it */
    struct ct_timeline_strand *strand = timeline->strands[number];
    const bool is_inherited = strand->is_inherited; /* the parent goes on with it */
    CT_TRY(end_strand_calls(timeline, number, kind_of(strand)->ending));
    if (timeline->open == number)
        CT_TRY(close_slice(timeline));
    forget_strand(timeline, id, number);
    if (is_inherited)
        return CT_OK;
    return ct_trace_writer_thread_append(timeline->writer, CT_THREAD_EXIT, number);
}

enum ct_status
ct_timeline_strand(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_strand fixed;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    if (record->head.kind == CT_SPOOL_STRAND)
        return define_strand(timeline, record, &fixed);
    uint32_t number = find_number(timeline, fixed.id);
    if (number == CT_TIMELINE_NO_STRAND)
        return CT_ERR_FORMAT;
    if (record->head.kind == CT_SPOOL_STRAND_END)
        return end_strand(timeline, fixed.id, number);
    timeline->lane->current = number;
    return CT_OK;
}

/* ---- a branch ---- */

/* From which on strands may be alive: of a program with threads thousands are not. */
static size_t
find_live(struct ct_timeline *timeline)
{
    size_t id = timeline->strand_low > 0 ? timeline->strand_low : 1;
    while (id < timeline->strand_top && timeline->strands[id] == NULL)
        id++;
    timeline->strand_low = (uint32_t)id;
    return id;
}

enum ct_status
ct_timeline_strands_branch(struct ct_timeline *timeline)
{
    struct ct_timeline_strand *base = timeline->strands[0];
    for (size_t id = find_live(timeline); id < timeline->strand_top; id++) {
        if (timeline->strands[id] == NULL)
            continue;
        timeline->strands[id]->is_inherited = true;
        timeline->strands[id]->function_id = 0; /* the branch has functions of its own */
    }
    for (size_t i = 0; i < base->depth; i++) {
        const struct ct_timeline_call *call = &base->calls[i];
        CT_TRY(append_call(timeline, call->function.writer_id, call->function.def, &call->args));
    }
    timeline->open = 0;
    timeline->is_resumed = true;
    return CT_OK;
}

/* ---- landing ---- */

enum ct_status
ct_timeline_step_repeat(struct ct_timeline *timeline, struct ct_timeline_position position,
                        uint32_t view_id)
{
    CT_TRY(ct_trace_writer_step_append(timeline->writer, position.path_id, position.line));
    if (view_id == 0)
        return CT_OK;
    struct ct_timeline_view *view = ct_timeline_view_find(timeline, view_id - 1);
    if (view == NULL)
        return CT_OK;
    view->last_step = ct_trace_writer_step_count(timeline->writer);
    return ct_timeline_view_show(timeline, view);
}

/* The open calls of the strand, outermost first: each behind the step that its caller stands at. */
static enum ct_status
repeat_calls(struct ct_timeline *timeline, const struct ct_timeline_strand *strand)
{
    for (size_t i = 0; i < strand->depth; i++) {
        const struct ct_timeline_call *call = &strand->calls[i];
        if (call->from_view != 0)
            CT_TRY(ct_timeline_step_repeat(timeline, call->from, call->from_view));
        CT_TRY(append_call(timeline, call->function.writer_id, call->function.def, &call->args));
    }
    return CT_OK;
}

/* Where the innermost frame stands, with what was shown there. */
static enum ct_status
repeat_innermost(struct ct_timeline *timeline, const struct ct_timeline_strand *strand)
{
    uint32_t view_id;
    const struct ct_timeline_position position = ct_timeline_stand(strand, &view_id);
    return ct_timeline_step_repeat(timeline, position, view_id);
}

/* The slice of a strand that has calls open, with all its frames. Views are the lane's. */
static enum ct_status
land_slice(struct ct_timeline *timeline, uint32_t number)
{
    struct ct_timeline_strand *strand = timeline->strands[number];
    CT_TRY(close_slice(timeline));
    CT_TRY(ct_trace_writer_thread_append(timeline->writer, CT_THREAD_SWITCH, number));
    strand->function_id = 0; /* what was held had functions of its own */
    CT_TRY(begin_synthetic(timeline, strand, number));
    CT_TRY(repeat_calls(timeline, strand));
    timeline->open = number;
    return repeat_innermost(timeline, strand);
}

/* The numbers of a lane's strands, in order. */
static enum ct_status
land_lane(struct ct_timeline *timeline, struct ct_timeline_lane *lane)
{
    timeline->lane = lane;
    for (size_t id = 0; id < lane->strand_count; id++) {
        const uint32_t number = lane->strands[id] - 1;
        if (lane->strands[id] == 0 || number == 0)
            continue;
        CT_TRY(ct_trace_writer_thread_append(timeline->writer, CT_THREAD_START, number));
        if (timeline->strands[number]->has_position)
            CT_TRY(land_slice(timeline, number));
    }
    return CT_OK;
}

enum ct_status
ct_timeline_strands_land(struct ct_timeline *timeline)
{
    const struct ct_timeline_strand *base = timeline->strands[0];
    struct ct_timeline_lane *lane = timeline->lane;
    timeline->lane = timeline->lanes[0];
    CT_TRY(repeat_calls(timeline, base));
    CT_TRY(repeat_innermost(timeline, base));
    timeline->open = 0;
    timeline->is_resumed = false;
    for (size_t i = 0; i <= CT_SPOOL_LANE_MAX; i++)
        if (timeline->lanes[i] != NULL)
            CT_TRY(land_lane(timeline, timeline->lanes[i]));
    timeline->lane = lane;
    return CT_OK;
}

/* ---- the end ---- */

static const char unfinished_text[] = "still running when the recording ended";

/* `snapshot` is the exception that ended the program, with CT_SPOOL_END_UNWOUND. */
static enum ct_status
end_top_level(struct ct_timeline *timeline, int status, const uint8_t *snapshot, size_t size)
{
    struct ct_snapshot_value value;
    if (status == CT_SPOOL_END_IN_ORDER)
        CT_TRY(ct_snapshot_encode_nil(&timeline->decoder, &value));
    else if (status == CT_SPOOL_END_UNWOUND)
        CT_TRY(ct_snapshot_encode_unwound(&timeline->decoder, snapshot, size, &value));
    else
        CT_TRY(ct_snapshot_encode_error(&timeline->decoder, CT_SNAPSHOT_TYPE_UNFINISHED,
                                        unfinished_text, &value));
    return ct_trace_writer_return_append(timeline->writer, value.bytes, value.size);
}

enum ct_status
ct_timeline_strands_end(struct ct_timeline *timeline, int status, const uint8_t *snapshot,
                        size_t size)
{
    for (size_t id = find_live(timeline); id < timeline->strand_top; id++)
        CT_TRY(end_strand_calls(timeline, (uint32_t)id, unfinished_text));
    timeline->lane = timeline->lanes[0];
    timeline->lane->current = 0;
    CT_TRY(ct_timeline_enter(timeline, timeline->strands[0]->last));
    CT_TRY(end_calls(timeline, timeline->strands[0], unfinished_text));
    return end_top_level(timeline, status, snapshot, size);
}

void
ct_timeline_strands_release(struct ct_timeline *timeline)
{
    for (size_t i = 0; i < timeline->strand_count; i++)
        free_strand(timeline, timeline->strands[i]);
    ct_alloc_free(timeline->alloc, timeline->strands);
}
