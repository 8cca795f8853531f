/* Threads and fibers bent into the one call stack of a trace. doc/format/strands.md is the
 * contract.
 *
 * Strand 0 is the base. Another strand is shown in slices: from the first record that comes of it
 * until the first of yet another, a synthetic call with the strand's open calls opened again
 * inside. A switch alone writes nothing. */
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

/* ---- calls ---- */

/* hot */
enum ct_status
ct_timeline_call_reserve(struct ct_timeline *timeline, struct ct_timeline_strand *strand,
                         struct ct_timeline_args **out_args)
{
    if (strand == &timeline->strands[0]) {
        *out_args = &timeline->args;
        return CT_OK;
    }
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
                       uint32_t function_id, const struct ct_timeline_args *args)
{
    const struct ct_timeline_function *function = &timeline->functions[function_id];
    CT_TRY(append_call(timeline, function->writer_id, function->def, args));
    if (strand != &timeline->strands[0])
        strand->calls[strand->depth].function_id = function_id;
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
    const struct ct_timeline_strand *strand = &timeline->strands[timeline->open];
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

/* The synthetic call that a slice is, and in it the strand's open calls. */
static enum ct_status
begin_slice(struct ct_timeline *timeline, struct ct_timeline_strand *strand)
{
    if (strand->function_id == 0) {
        uint64_t function_id;
        CT_TRY(ct_trace_writer_function_put(timeline->writer, strand->first.path_id,
                                            strand->first.line, strand->label,
                                            strlen(strand->label), &function_id));
        strand->function_id = function_id + 1;
    }
    CT_TRY(append_call(timeline, strand->function_id - 1, strand->first, NULL));
    for (size_t i = 0; i < strand->depth; i++) {
        const struct ct_timeline_call *call = &strand->calls[i];
        const struct ct_timeline_function *function = &timeline->functions[call->function_id];
        CT_TRY(append_call(timeline, function->writer_id, function->def, &call->args));
    }
    return CT_OK;
}

enum ct_status
ct_timeline_slice_open(struct ct_timeline *timeline, struct ct_timeline_position position)
{
    struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    CT_TRY(close_slice(timeline));
    CT_TRY(ct_trace_writer_thread_append(timeline->writer, CT_THREAD_SWITCH, timeline->current));
    if (!strand->has_position) {
        strand->has_position = true;
        strand->first = position;
        strand->last = position;
    }
    if (timeline->current != 0)
        CT_TRY(begin_slice(timeline, strand));
    timeline->open = timeline->current;
    timeline->is_resumed = true;
    return CT_OK;
}

/* Ends the calls that a strand left open, in a slice of their own if need be. */
static enum ct_status
end_strand_calls(struct ct_timeline *timeline, uint32_t strand_id, const char *text)
{
    struct ct_timeline_strand *strand = &timeline->strands[strand_id];
    if (strand->depth == 0)
        return CT_OK;
    uint32_t current = timeline->current;
    timeline->current = strand_id;
    CT_TRY(ct_timeline_enter(timeline, strand->last));
    timeline->current = current;
    return end_calls(timeline, strand, text);
}

/* ---- records ---- */

static void
release_calls(struct ct_timeline *timeline, struct ct_timeline_strand *strand)
{
    for (size_t i = 0; i < strand->call_capacity; i++)
        ct_timeline_args_release(timeline, &strand->calls[i].args);
    ct_alloc_free(timeline->alloc, strand->calls);
    strand->calls = NULL;
    strand->call_capacity = 0;
}

/* `<thread "name">`, or `<thread 3>` for one without a name. */
static enum ct_status
label_strand(struct ct_timeline *timeline, struct ct_timeline_strand *strand, uint32_t id,
             const uint8_t *name, size_t size)
{
    struct ct_buffer *text = &timeline->text;
    ct_buffer_reset(text);
    ct_buffer_put_text(text, strand->is_fiber ? "<fiber " : "<thread ");
    if (size == 0) {
        ct_buffer_put_format(text, "%u>", id);
    } else {
        ct_buffer_put_text(text, "\"");
        ct_buffer_put(text, name, size);
        ct_buffer_put_text(text, "\">");
    }
    CT_TRY(ct_buffer_status(text));
    strand->label = ct_timeline_text_copy(timeline, text->bytes, text->size);
    return strand->label == NULL ? CT_ERR_MEMORY : CT_OK;
}

static enum ct_status
define_strand(struct ct_timeline *timeline, struct ct_timeline_record *record,
              const struct ct_spool_strand *fixed)
{
    const uint8_t *name;
    CT_TRY(ct_timeline_record_bytes(record, fixed->text_size, &name));
    if (fixed->id == 0)
        return CT_OK; /* it is there from the start, under the name <top-level> */
    CT_TRY(ct_timeline_reserve(timeline, (void **)&timeline->strands, &timeline->strand_count,
                               sizeof *timeline->strands, fixed->id));
    struct ct_timeline_strand *strand = &timeline->strands[fixed->id];
    if (strand->is_defined)
        return CT_ERR_FORMAT;
    strand->is_fiber = record->head.flags == CT_SPOOL_STRAND_FIBER;
    CT_TRY(label_strand(timeline, strand, fixed->id, name, fixed->text_size));
    strand->is_defined = true;
    return ct_trace_writer_thread_append(timeline->writer, CT_THREAD_START, fixed->id);
}

static enum ct_status
end_strand(struct ct_timeline *timeline, uint32_t id)
{
    if (id == 0)
        return CT_OK; /* END speaks for it */
    struct ct_timeline_strand *strand = &timeline->strands[id];
    CT_TRY(end_strand_calls(timeline, id,
                            strand->is_fiber ? "ended with its fiber" : "ended with its thread"));
    if (timeline->open == id)
        CT_TRY(close_slice(timeline));
    release_calls(timeline, strand);
    return ct_trace_writer_thread_append(timeline->writer, CT_THREAD_EXIT, id);
}

enum ct_status
ct_timeline_strand(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_strand fixed;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    if (record->head.kind == CT_SPOOL_STRAND)
        return define_strand(timeline, record, &fixed);
    if (fixed.id >= timeline->strand_count || !timeline->strands[fixed.id].is_defined)
        return CT_ERR_FORMAT;
    if (record->head.kind == CT_SPOOL_STRAND_END)
        return end_strand(timeline, fixed.id);
    timeline->current = fixed.id;
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
    for (size_t id = 1; id < timeline->strand_count; id++)
        CT_TRY(end_strand_calls(timeline, (uint32_t)id, unfinished_text));
    timeline->current = 0;
    CT_TRY(ct_timeline_enter(timeline, timeline->strands[0].last));
    CT_TRY(end_calls(timeline, &timeline->strands[0], unfinished_text));
    return end_top_level(timeline, status, snapshot, size);
}

void
ct_timeline_strands_release(struct ct_timeline *timeline)
{
    for (size_t i = 0; i < timeline->strand_count; i++)
        release_calls(timeline, &timeline->strands[i]);
    ct_alloc_free(timeline->alloc, timeline->strands);
}
