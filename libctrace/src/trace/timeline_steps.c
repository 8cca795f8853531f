/* What happens on the current strand: steps, calls, returns, events. */
#include "ctrace/text.h"
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

#define EVENT_KIND_MAX 13 /* the format knows no larger EventLogKind */

static const char no_value_text[] = "not captured: no value";

/* Writes a step with all that `view` (or NULL) shows. hot */
static inline enum ct_status
append_step(struct ct_timeline *timeline, struct ct_timeline_position position,
            struct ct_timeline_view *view)
{
    CT_TRY(ct_timeline_enter(timeline, position));
    CT_TRY(ct_trace_writer_step_append(timeline->writer, position.path_id, position.line));
    struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    strand->last = position;
    strand->last_view = 0;
    timeline->is_resumed = false;
    if (view == NULL)
        return CT_OK;
    view->last_step = ct_trace_writer_step_count(timeline->writer);
    return ct_timeline_view_show(timeline, view);
}

/* The fixed part and the view of STEP, VALUES, RETURN. hot */
static inline enum ct_status
read_step(struct ct_timeline *timeline, struct ct_timeline_record *record,
          struct ct_spool_step *out_step, struct ct_timeline_view **out_view)
{
    CT_TRY(ct_timeline_record_fixed(record, out_step, sizeof *out_step));
    *out_view = ct_timeline_view_find(timeline, out_step->view_id);
    return *out_view == NULL ? CT_ERR_FORMAT : CT_OK;
}

/* hot */
static inline enum ct_status
show_step(struct ct_timeline *timeline, struct ct_timeline_record *record,
          struct ct_timeline_view *view, uint32_t view_id, uint32_t line)
{
    CT_TRY(ct_timeline_view_change(timeline, view, record, NULL));
    CT_TRY(append_step(timeline, ct_timeline_place(timeline, view, line), view));
    ct_timeline_current(timeline)->last_view = view_id + 1;
    return ct_timeline_watched_show(timeline);
}

enum ct_status
ct_timeline_step(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_step step;
    struct ct_timeline_view *view;
    CT_TRY(read_step(timeline, record, &step, &view));
    return show_step(timeline, record, view, step.view_id, step.line);
}

/* hot */
enum ct_status
ct_timeline_step_brief(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    const uint32_t view_id = record->head.count;
    struct ct_timeline_view *view = ct_timeline_view_find(timeline, view_id);
    if (view == NULL)
        return CT_ERR_FORMAT;
    uint32_t line = timeline->lane->layouts[view->layout_id].line + record->head.flags;
    return show_step(timeline, record, view, view_id, line);
}

enum ct_status
ct_timeline_values(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_step step;
    struct ct_timeline_view *view;
    CT_TRY(read_step(timeline, record, &step, &view));
    CT_TRY(ct_timeline_view_change(timeline, view, record, NULL));
    return timeline->watched.count == 0 ? CT_OK : CT_ERR_FORMAT;
}

enum ct_status
ct_timeline_call(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_call call;
    CT_TRY(ct_timeline_record_fixed(record, &call, sizeof call));
    if (call.function_id >= timeline->lane->function_count ||
        !timeline->lane->functions[call.function_id].is_defined)
        return CT_ERR_FORMAT;
    const struct ct_timeline_function *function = &timeline->lane->functions[call.function_id];
    struct ct_timeline_position def = function->def;
    struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    struct ct_timeline_args *args;
    CT_TRY(ct_timeline_enter(timeline, def));
    CT_TRY(ct_timeline_call_reserve(timeline, strand, &args));
    CT_TRY(ct_timeline_args_read(timeline, record, args));
    CT_TRY(ct_timeline_call_begin(timeline, strand, function, args));
    ct_timeline_call_note(timeline, strand);
    strand->last = def;
    strand->last_view = 0;
    timeline->is_resumed = false;
    return CT_OK;
}

/* What a RETURN shows: its value, or an Error for a call that did not come to one. */
static enum ct_status
encode_return(struct ct_timeline *timeline, const struct ct_timeline_item *item, bool is_unwound,
              struct ct_snapshot_value *out_value)
{
    struct ct_snapshot_decoder *decoder = &timeline->decoder;
    bool is_there = item->key == CT_SPOOL_KEY_RETURN;
    if (!is_there && is_unwound)
        return ct_snapshot_encode_error(decoder, CT_SNAPSHOT_TYPE_UNWOUND, "unwound", out_value);
    if (!is_there || (item->size == 0 && item->word == decoder->words.undef))
        return ct_snapshot_encode_error(decoder, CT_SNAPSHOT_TYPE_ABSENT, no_value_text, out_value);
    if (item->size == 0)
        return ct_snapshot_encode_word(decoder, item->word, out_value);
    if (is_unwound)
        return ct_snapshot_encode_unwound(decoder, item->bytes, item->size, out_value);
    return ct_snapshot_encode(decoder, item->bytes, item->size, out_value);
}

enum ct_status
ct_timeline_return(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_step step;
    struct ct_timeline_view *view;
    struct ct_timeline_item item = {.key = 0}; /* of no return value */
    struct ct_snapshot_value value;
    CT_TRY(read_step(timeline, record, &step, &view));
    CT_TRY(ct_timeline_view_change(timeline, view, record, &item));
    CT_TRY(append_step(timeline, ct_timeline_place(timeline, view, step.line), view));
    CT_TRY(ct_timeline_watched_show(timeline));
    struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    if (strand->depth == 0) {
        timeline->anomalies.return_count++;
        return CT_OK;
    }
    if (record->head.flags == CT_SPOOL_RETURN_NOTHING) {
        CT_TRY(ct_snapshot_encode_word(&timeline->decoder, timeline->decoder.words.nil, &value));
        return ct_timeline_call_end(timeline, strand, &value);
    }
    bool is_unwound = record->head.flags == CT_SPOOL_RETURN_UNWOUND;
    CT_TRY(encode_return(timeline, &item, is_unwound, &value));
    const struct ct_trace_value shown = {
        .name_id = timeline->return_name_id, .bytes = value.bytes, .size = value.size};
    CT_TRY(ct_trace_writer_values_append(timeline->writer, &shown, 1));
    return ct_timeline_call_end(timeline, strand, &value);
}

enum ct_status
ct_timeline_unwind(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_unwind unwind;
    struct ct_snapshot_value value;
    CT_TRY(ct_timeline_record_fixed(record, &unwind, sizeof unwind));
    const struct ct_snapshot_name *reason = ct_timeline_name_find(timeline, unwind.reason_id);
    struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    if (reason == NULL)
        return CT_ERR_FORMAT;
    size_t depth = unwind.depth;
    if (depth > strand->depth) {
        timeline->anomalies.return_count += depth - strand->depth;
        depth = strand->depth;
    }
    if (depth == 0)
        return CT_OK;
    CT_TRY(ct_timeline_enter(timeline, strand->last));
    CT_TRY(ct_snapshot_encode_error(&timeline->decoder, CT_SNAPSHOT_TYPE_UNWOUND, reason->text,
                                    &value));
    for (; depth > 0; depth--)
        CT_TRY(ct_timeline_call_end(timeline, strand, &value));
    return CT_OK;
}

/* ---- events ---- */

/* Makes sure that the strand's last step is where the event happened. What comes first after the
 * records of others, behind a call that has ended, happened where the call was made. */
static enum ct_status
stand_at_event(struct ct_timeline *timeline, const struct ct_spool_event *event)
{
    struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    const bool is_back = timeline->is_resumed || timeline->open != timeline->lane->current;
    struct ct_timeline_position position = strand->last;
    uint32_t shown = strand->last_view; /* plus 1; 0: none */
    struct ct_timeline_view *view = NULL;
    if (event->view_id != UINT32_MAX && event->line != UINT32_MAX) {
        shown = event->view_id + 1;
        view = ct_timeline_view_find(timeline, event->view_id);
        if (view == NULL)
            return CT_ERR_FORMAT;
        position = ct_timeline_place(timeline, view, event->line);
    } else if (!strand->has_position) {
        position = timeline->strands[0]->first;
    } else if (is_back) {
        position = ct_timeline_stand(strand, &shown);
    }
    if (view == NULL && shown != 0)
        view = ct_timeline_view_find(timeline, shown - 1); /* it may be gone by now */
    CT_TRY(ct_timeline_enter(timeline, position));
    if (!timeline->is_resumed && position.path_id == strand->last.path_id &&
        position.line == strand->last.line)
        return CT_OK;
    CT_TRY(append_step(timeline, position, view));
    strand->last_view = view == NULL ? 0 : shown;
    return CT_OK;
}

static void
put_escaped(struct ct_buffer *buffer, const uint8_t *bytes, size_t size)
{
    ct_buffer_reset(buffer);
    uint8_t *room = ct_buffer_reserve(buffer, 4 * size + 1);
    if (room != NULL)
        buffer->size += ct_text_escape(bytes, size, (char *)room);
}

enum ct_status
ct_timeline_event(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_event event;
    const uint8_t *metadata, *content;
    CT_TRY(ct_timeline_record_fixed(record, &event, sizeof event));
    CT_TRY(ct_timeline_record_bytes(record, event.metadata_size, &metadata));
    CT_TRY(ct_timeline_record_bytes(record, event.content_size, &content));
    if (record->head.flags > EVENT_KIND_MAX)
        return CT_ERR_FORMAT;
    CT_TRY(stand_at_event(timeline, &event));
    put_escaped(&timeline->metadata, metadata, event.metadata_size);
    put_escaped(&timeline->text, content, event.content_size);
    if (event.true_size > event.content_size)
        ct_buffer_put_format(&timeline->text, " … [%llu bytes]",
                             (unsigned long long)event.true_size);
    CT_TRY(ct_buffer_status(&timeline->metadata));
    CT_TRY(ct_buffer_status(&timeline->text));
    return ct_trace_writer_event_append(timeline->writer, (enum ct_event_kind)record->head.flags,
                                        (const char *)timeline->metadata.bytes,
                                        timeline->metadata.size, (const char *)timeline->text.bytes,
                                        timeline->text.size);
}
