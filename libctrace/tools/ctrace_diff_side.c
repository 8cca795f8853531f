/* Filters the events of one strand. See ctrace_diff_side.h. */
#include "ctrace_diff_side.h"

#include <string.h>

#define NO_PLACE                                                                                   \
    ((struct ctrace_side_place){{CT_TRACE_NO_ID, CT_TRACE_NO_ID, 0}, CT_TRACE_NO_ID})

bool
ctrace_side_open(struct ctrace_side *side, const char *trace, uint64_t strand_id)
{
    *side = (struct ctrace_side){.strand_id = strand_id};
    if (!ctrace_scan_open(&side->scan, trace))
        return false;
    ct_trace_reader_values_put(side->scan.reader, false);
    if (ct_trace_frames_new(side->scan.reader, NULL, NULL, NULL, &side->frames) == CT_OK)
        return true;
    ctrace_scan_stop(&side->scan, CT_ERR_MEMORY);
    ctrace_scan_close(&side->scan);
    return false;
}

void
ctrace_side_close(struct ctrace_side *side)
{
    ct_trace_frames_free(side->frames);
    ctrace_scan_close(&side->scan);
}

static bool
is_item(const struct ctrace_side *side, enum ct_trace_role role)
{
    const enum ct_trace_kind kind = side->event.kind;
    const bool is_kind = kind == CT_TRACE_STEP || kind == CT_TRACE_VALUE || kind == CT_TRACE_CALL ||
                         kind == CT_TRACE_RETURN || kind == CT_TRACE_EVENT;
    return is_kind && role == CT_TRACE_ROLE_OWN &&
           ct_trace_frames_strand(side->frames)->id == side->strand_id;
}

/* Of other strands, no values. hot */
static void
want_values(struct ctrace_side *side, bool are_wanted)
{
    static const struct ct_trace_pick nothing = {CT_TRACE_NO_ID, false};
    if (are_wanted != side->passes_values)
        return;
    ct_trace_reader_pick_put(side->scan.reader, are_wanted ? NULL : &nothing);
    side->passes_values = !are_wanted;
}

bool
ctrace_side_next(struct ctrace_side *side)
{
    enum ct_trace_role role;
    while (ctrace_scan_next(&side->scan, &side->event)) {
        if (ct_trace_frames_follow(side->frames, &side->event, &role) != CT_OK)
            return ctrace_scan_stop(&side->scan, CT_ERR_MEMORY);
        const uint64_t strand_id = ct_trace_frames_strand(side->frames)->id;
        if (strand_id > side->strand_max)
            side->strand_max = strand_id;
        want_values(side, strand_id == side->strand_id);
        if (side->event.kind == CT_TRACE_THREAD_SWITCH)
            side->has_switched = true;
        if (!is_item(side, role))
            continue;
        const struct ct_trace_frame *top = ct_trace_frames_top(side->frames);
        side->may_repeat = side->has_switched && side->event.kind == CT_TRACE_STEP && top != NULL &&
                           top->before.step != CT_TRACE_NO_ID &&
                           top->before.path_id == top->now.path_id &&
                           top->before.line == top->now.line;
        side->has_switched = false;
        return true;
    }
    side->is_at_end = true;
    return false;
}

/* ---- the item ---- */

const struct ct_value *
ctrace_side_value(struct ctrace_side *side)
{
    const struct ct_value *value = NULL;
    struct ct_error error;
    if (side->event.encoded == NULL)
        return NULL;
    if (ct_trace_reader_value_decode(side->scan.reader, side->event.encoded,
                                     side->event.encoded_size, &value, &error) == CT_OK)
        return value;
    ctrace_scan_complain(&side->scan, &error);
    return NULL;
}

size_t
ctrace_side_args(struct ctrace_side *side, const struct ct_trace_arg **out_args)
{
    struct ct_error error;
    size_t count;
    if (side->event.encoded == NULL)
        return 0;
    if (ct_trace_reader_args_decode(side->scan.reader, side->event.encoded,
                                    side->event.encoded_size, out_args, &count, &error) == CT_OK)
        return count;
    ctrace_scan_complain(&side->scan, &error);
    return 0;
}

static const char *
path_of(const struct ctrace_side *side)
{
    const char *path = ct_trace_reader_path(side->scan.reader, side->event.path_id, NULL);
    return path != NULL ? path : "?";
}

/* Relative to the work directory, where it is below it. */
static const char *
relative_path_of(const struct ctrace_side *side)
{
    const char *path = path_of(side);
    const char *workdir = side->scan.metadata->workdir;
    const size_t prefix = strlen(workdir);
    return prefix > 1 && strncmp(path, workdir, prefix) == 0 && path[prefix] == '/' ? path + prefix
                                                                                    : path;
}

bool
ctrace_side_steps_match(const struct ctrace_side *a, const struct ctrace_side *b)
{
    return a->event.line == b->event.line &&
           (strcmp(path_of(a), path_of(b)) == 0 ||
            strcmp(relative_path_of(a), relative_path_of(b)) == 0);
}

/* ---- places ---- */

struct ctrace_side_place
ctrace_side_here(const struct ctrace_side *side)
{
    const struct ct_trace_frame *top = ct_trace_frames_top(side->frames);
    const struct ct_trace_frame *returned = ct_trace_frames_returned(side->frames);
    if (returned != NULL)
        top = returned;
    if (top == NULL)
        return NO_PLACE;
    return (struct ctrace_side_place){top->now.step != CT_TRACE_NO_ID ? top->now : top->entry,
                                      top->function_id};
}

struct ctrace_side_place
ctrace_side_before(const struct ctrace_side *side)
{
    const struct ct_trace_frame *top = ct_trace_frames_top(side->frames);
    if (top == NULL || top->before.step == CT_TRACE_NO_ID)
        return NO_PLACE;
    return (struct ctrace_side_place){top->before, top->function_id};
}

struct ctrace_side_place
ctrace_side_caller(const struct ctrace_side *side)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(side->frames);
    if (strand->frame_count < 2)
        return NO_PLACE;
    const struct ct_trace_frame *caller = &strand->frames[strand->frame_count - 2];
    return (struct ctrace_side_place){caller->now, caller->function_id};
}
