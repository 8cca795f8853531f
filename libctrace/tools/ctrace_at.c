/* Arguments are kept as the trace has them, in each frame's `state`. See ctrace_at.h. */
#include "ctrace_at.h"

#include <stdlib.h>
#include <string.h>

struct call_args {
    size_t size;
    unsigned char bytes[];
};

bool
ctrace_at_ends_step(enum ct_trace_kind kind)
{
    return kind != CT_TRACE_VALUE && kind != CT_TRACE_PATH && kind != CT_TRACE_VARIABLE_NAME &&
           kind != CT_TRACE_VARIABLE && kind != CT_TRACE_TYPE && kind != CT_TRACE_FUNCTION;
}

static void
free_args(void *context, void *state)
{
    (void)context;
    free(state);
}

static enum ct_status
keep_args(const struct ct_trace_frames *frames, const struct ct_trace_event *event)
{
    if (event->encoded == NULL)
        return CT_OK;
    struct call_args *args = malloc(sizeof *args + event->encoded_size);
    if (args == NULL)
        return CT_ERR_MEMORY;
    args->size = event->encoded_size;
    memcpy(args->bytes, event->encoded, event->encoded_size);
    ct_trace_frames_top(frames)->state = args;
    return CT_OK;
}

static enum ct_status
follow_event(struct ct_trace_frames *frames, const struct ct_trace_event *event)
{
    enum ct_trace_role role;
    CT_TRY(ct_trace_frames_follow(frames, event, &role));
    if (event->kind != CT_TRACE_CALL || role == CT_TRACE_ROLE_BENDING)
        return CT_OK;
    return keep_args(frames, event);
}

bool
ctrace_at_open(struct ctrace_scan *scan, uint64_t step, struct ct_trace_frames **out_frames)
{
    const struct ct_trace_pick nothing = {CT_TRACE_NO_ID, false};
    struct ct_trace_event event;
    bool is_there = false;
    *out_frames = NULL;
    ct_trace_reader_values_put(scan->reader, false);
    ct_trace_reader_pick_put(scan->reader, &nothing);
    if (ct_trace_frames_new(scan->reader, NULL, free_args, NULL, out_frames) != CT_OK)
        return ctrace_scan_stop(scan, CT_ERR_MEMORY);
    while (ctrace_scan_next(scan, &event)) {
        const bool is_call = event.kind == CT_TRACE_CALL;
        if (is_there && ctrace_at_ends_step(event.kind) && !is_call)
            return true;
        if (follow_event(*out_frames, &event) != CT_OK)
            return ctrace_scan_stop(scan, CT_ERR_MEMORY);
        if (is_there && is_call)
            return true;
        if (event.kind == CT_TRACE_STEP)
            is_there = ct_trace_frames_step(*out_frames) == step;
    }
    return is_there && !scan->has_failed;
}

size_t
ctrace_at_args(struct ctrace_scan *scan, const struct ct_trace_frame *frame,
               const struct ct_trace_arg **out_args)
{
    const struct call_args *kept = frame->state;
    size_t count;
    if (kept == NULL || ct_trace_reader_args_decode(scan->reader, kept->bytes, kept->size,
                                                    out_args, &count, NULL) != CT_OK)
        return 0;
    return count;
}
