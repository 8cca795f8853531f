/* `stack --at STEP`: the open calls, innermost first, each with its arguments and its line.
 *
 * See ctrace_at.h for what runs at a step. */
#include "ctrace.h"
#include "ctrace_at.h"
#include "ctrace_query.h"

#include <inttypes.h>

static void
put_frame(struct ctrace_query *query, const struct ct_trace_frame *frame, uint64_t strand_id,
          const struct ct_trace_arg *args, size_t count)
{
    const struct ct_trace_place *place =
        frame->now.step != CT_TRACE_NO_ID ? &frame->now : &frame->entry;
    if (query->is_json) {
        ctrace_put_text(&query->output, "{");
        ctrace_put_json_where(query, place, frame->function_id, strand_id);
        ctrace_put_text(&query->output, ",\"args\":");
        ctrace_put_json_args(&query->output, query->scan.reader, args, count);
        ctrace_put_text(&query->output, "}\n");
        return;
    }
    ctrace_put_step(&query->output, place->step);
    ctrace_put_where(query, place, frame->function_id, 0);
    if (count > 0) {
        ctrace_put_text(&query->output, "(");
        ctrace_put_args(&query->output, query->scan.reader, args, count);
        ctrace_put_text(&query->output, ")");
    }
    if (strand_id != 0 && frame->is_root)
        ctrace_put_format(&query->output, " (thread %" PRIu64 ")", strand_id);
    ctrace_put_text(&query->output, "\n");
}

static int
put_stack(struct ctrace_query *query, const struct ct_trace_frames *frames)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(frames);
    for (size_t i = strand->frame_count; i-- > 0;) {
        const struct ct_trace_arg *args = NULL;
        const size_t count = ctrace_at_args(&query->scan, &strand->frames[i], &args);
        put_frame(query, &strand->frames[i], strand->id, args, count);
    }
    if (strand->frame_count > 0)
        return CTRACE_EXIT_OK;
    ctrace_complain("%s: step %" PRIu64 " is outside of every call", query->trace, query->step);
    return CTRACE_EXIT_FAILED;
}

int
ctrace_query_stack(struct ctrace_query *query)
{
    struct ct_trace_frames *frames;
    int exit_status = CTRACE_EXIT_FAILED;
    if (ctrace_at_open(&query->scan, query->step, &frames))
        exit_status = put_stack(query, frames);
    else if (!query->scan.has_failed)
        exit_status = ctrace_query_lack_step(query, frames);
    exit_status = ctrace_query_finish(query, frames, exit_status);
    ct_trace_frames_free(frames);
    return exit_status;
}
