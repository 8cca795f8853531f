/* A forked child of the program: its trace begins where the parent's stands, and names it.
 *
 * Used by the writer process. All that records have defined keeps its ids, and views their values,
 * so the child's records go on as if nothing had happened. */
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

static enum ct_status
open_calls(struct ct_timeline *timeline)
{
    const struct ct_timeline_strand *base = timeline->strands[0];
    ct_timeline_lanes_branch(timeline);
    CT_TRY(ct_trace_writer_call_append(timeline->writer, CT_TIMELINE_TOP_LEVEL_ID, NULL, 0));
    CT_TRY(
        ct_trace_writer_step_append(timeline->writer, base->first.path_id, base->first.line));
    CT_TRY(ct_timeline_strands_branch(timeline));
    if (timeline->lane->current != 0)
        return CT_OK;
    timeline->is_resumed = false;
    return ct_timeline_step_repeat(timeline, base->last, base->last_view);
}

enum ct_status
ct_timeline_branch(struct ct_timeline *timeline, const struct ct_timeline_child *child)
{
    struct ct_folder *folder;
    struct ct_trace_options options = timeline->trace_options;
    CT_TRY(timeline->status);
    if (!timeline->has_started || timeline->has_ended)
        return CT_ERR_STATE;
    char *path = ct_arena_copy(&timeline->definitions, child->folder, strlen(child->folder));
    char *id =
        ct_arena_copy(&timeline->definitions, child->recording_id, strlen(child->recording_id));
    if (path == NULL || id == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(timeline->options.open_folder(timeline->options.context, path, &folder));
    options.recording_id = id;
    enum ct_status status = ct_trace_writer_branch(timeline->writer, folder, &options);
    if (status != CT_OK) {
        ct_folder_close(folder);
        return status;
    }
    timeline->folder = folder;
    timeline->folder_path = path;
    ct_timeline_pages_close(timeline);
    timeline->anomalies = (struct ct_timeline_anomalies){0};
    CT_TRY(ct_timeline_expressions_branch(timeline));
    CT_TRY(ct_timeline_instructions_branch(timeline));
    CT_TRY(ct_timeline_facts_branch(timeline, &options, child->pid));
    return open_calls(timeline);
}
