/* A recording that was held comes to the ground: what it knows becomes the beginning of a trace.
 *
 * Used by the writer process, for a flight recorder. The timeline was fed all along and wrote
 * nothing; see sink_none.c. */
#include "ctrace/text.h"
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

#include <inttypes.h>

/* The folder of the trace; the timeline's own, or another, which is the timeline's from then on. */
static enum ct_status
find_folder(struct ct_timeline *timeline, const char *path, struct ct_folder **out_folder)
{
    *out_folder = timeline->folder;
    if (path == NULL)
        return CT_OK;
    char *copy = ct_arena_copy(&timeline->definitions, path, strlen(path));
    if (copy == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(timeline->options.open_folder(timeline->options.context, copy, out_folder));
    timeline->folder_path = copy;
    return CT_OK;
}

/* Says in the trace itself that it begins in the middle. */
static enum ct_status
put_note(struct ct_timeline *timeline, const char *reason, uint64_t step_count)
{
    static const char metadata[] = "flight recorder";
    struct ct_buffer *text = &timeline->text;
    ct_buffer_reset(text);
    ct_buffer_put_text(text, reason);
    ct_buffer_put_format(text, "; let go before this: %" PRIu64 " step%s", step_count,
                         ct_plural(step_count));
    CT_TRY(ct_buffer_status(text));
    return ct_trace_writer_event_append(timeline->writer, CT_EVENT_TRACE_LOG, metadata,
                                        sizeof metadata - 1, (const char *)text->bytes,
                                        text->size);
}

static enum ct_status
begin(struct ct_timeline *timeline, const char *reason, uint64_t step_count)
{
    const struct ct_timeline_strand *base = timeline->strands[0];
    CT_TRY(ct_trace_writer_call_append(timeline->writer, CT_TIMELINE_TOP_LEVEL_ID, NULL, 0));
    CT_TRY(
        ct_trace_writer_step_append(timeline->writer, base->first.path_id, base->first.line));
    CT_TRY(ct_timeline_watched_land(timeline));
    CT_TRY(put_note(timeline, reason, step_count));
    return ct_timeline_strands_land(timeline);
}

enum ct_status
ct_timeline_land(struct ct_timeline *timeline, const struct ct_timeline_landing *landing)
{
    struct ct_folder *folder, *from = timeline->folder;
    struct ct_trace_options options = timeline->trace_options;
    struct ct_trace_counts counts;
    CT_TRY(timeline->status);
    if (!ct_timeline_is_held(timeline) || timeline->has_ended)
        return CT_ERR_STATE;
    options.is_held = false;
    if (landing->recording_id != NULL)
        options.recording_id = ct_arena_copy(&timeline->definitions, landing->recording_id,
                                             strlen(landing->recording_id));
    if (options.recording_id == NULL)
        return CT_ERR_MEMORY;
    ct_timeline_counts(timeline, &counts);
    CT_TRY(find_folder(timeline, landing->folder, &folder));
    const enum ct_status status = ct_trace_writer_branch(timeline->writer, folder, &options);
    if (folder != from && status != CT_OK)
        ct_folder_close(folder);
    CT_TRY(status);
    if (folder != from)
        ct_timeline_pages_close(timeline);
    timeline->folder = folder;
    CT_TRY(ct_timeline_facts_land(timeline, &options, landing->reason, &counts));
    return begin(timeline, landing->reason, counts.step_count);
}
