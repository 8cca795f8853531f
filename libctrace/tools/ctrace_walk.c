/* The loop over the events, the open calls, the blocks. See ctrace_walk.h. */
#include "ctrace_walk.h"

#include "ctrace.h"

#include <stdlib.h>
#include <string.h>

bool
ctrace_walk_open(struct ctrace_walk *walk, const char *trace)
{
    *walk = (struct ctrace_walk){.step_last = UINT64_MAX};
    ctrace_output_init(&walk->output, stdout);
    if (!ctrace_scan_open(&walk->scan, trace))
        return false;
    walk->reader = walk->scan.reader;
    walk->metadata = walk->scan.metadata;
    return true;
}

void
ctrace_walk_close(struct ctrace_walk *walk)
{
    ct_trace_frames_free(walk->frames);
    ctrace_scan_close(&walk->scan);
    free(walk->stack);
    *walk = (struct ctrace_walk){0};
}

bool
ctrace_walk_thread_put(struct ctrace_walk *walk, uint64_t thread_id)
{
    walk->thread_id = thread_id;
    walk->is_thread_met = thread_id == 0;
    return ct_trace_frames_new(walk->reader, NULL, NULL, NULL, &walk->frames) == CT_OK;
}

uint64_t
ctrace_walk_step(const struct ctrace_walk *walk)
{
    return walk->step_count > 0 ? walk->step_count - 1 : 0;
}

/* Room for one more open call than `depth`. */
static bool
reserve_stack(struct ctrace_walk *walk, size_t depth)
{
    if (depth < walk->stack_capacity)
        return true;
    const size_t capacity = depth < 32 ? 64 : depth * 2;
    uint64_t *grown = realloc(walk->stack, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    walk->stack = grown;
    walk->stack_capacity = capacity;
    return true;
}

static bool
push_call(struct ctrace_walk *walk, uint64_t function_id)
{
    if (!reserve_stack(walk, walk->depth))
        return false;
    walk->stack[walk->depth++] = function_id;
    return true;
}

bool
ctrace_walk_seek(struct ctrace_walk *walk, uint64_t step, struct ct_trace_position *out_position)
{
    const enum ct_status status = ct_trace_reader_seek(walk->reader, step, out_position);
    if (status != CT_OK)
        return ctrace_scan_stop(&walk->scan, status);
    if (out_position->damage != NULL)
        ctrace_scan_complain(&walk->scan, out_position->damage);
    walk->step_count = out_position->step_count;
    walk->call_count = out_position->call_count;
    walk->event_count = out_position->event_count;
    if (!reserve_stack(walk, out_position->open_count))
        return ctrace_scan_stop(&walk->scan, CT_ERR_MEMORY);
    walk->depth = out_position->open_count;
    if (walk->depth > 0)
        memcpy(walk->stack, out_position->open_calls, walk->depth * sizeof *walk->stack);
    return true;
}

static bool
is_wanted(const struct ctrace_walk *walk)
{
    const uint64_t step = ctrace_walk_step(walk);
    return step >= walk->step_first && step <= walk->step_last;
}

/* ---- backwards ---- */

/* Blocks go to a temporary file in their order and are copied out in the other. */
struct blocks {
    FILE *file;
    uint64_t *offsets;
    size_t count;
    size_t capacity;
};

static bool
mark_block(struct blocks *blocks, uint64_t offset)
{
    if (blocks->count == blocks->capacity) {
        const size_t capacity = blocks->capacity == 0 ? 1024 : blocks->capacity * 2;
        uint64_t *grown = realloc(blocks->offsets, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        blocks->offsets = grown;
        blocks->capacity = capacity;
    }
    blocks->offsets[blocks->count++] = offset;
    return true;
}

static void
copy_block(struct blocks *blocks, uint64_t offset, uint64_t size, struct ctrace_output *output)
{
    char bytes[4096];
    if (fseeko(blocks->file, (off_t)offset, SEEK_SET) != 0)
        return;
    while (size > 0) {
        const size_t wanted = size < sizeof bytes ? (size_t)size : sizeof bytes;
        const size_t got = fread(bytes, 1, wanted, blocks->file);
        if (got == 0)
            return;
        ctrace_put(output, bytes, got);
        size -= got;
    }
}

/* Everything was printed into the file: now the last block first. */
static int
copy_backward(struct blocks *blocks, uint64_t size, struct ctrace_output *output)
{
    if (fflush(blocks->file) != 0) {
        ctrace_complain("the temporary file cannot be written");
        return CTRACE_EXIT_FAILED;
    }
    for (size_t i = blocks->count; i-- > 0 && !ctrace_output_failed(output);) {
        copy_block(blocks, blocks->offsets[i], size - blocks->offsets[i], output);
        size = blocks->offsets[i];
    }
    return CTRACE_EXIT_OK;
}

/* ---- the walk ---- */

/* Of one thread: whether it did this, and at which depth of its own. */
static enum ct_status
follow_thread(struct ctrace_walk *walk, const struct ct_trace_event *event, bool *out_is_its)
{
    enum ct_trace_role role;
    CT_TRY(ct_trace_frames_follow(walk->frames, event, &role));
    const bool is_life =
        event->kind == CT_TRACE_THREAD_START || event->kind == CT_TRACE_THREAD_EXIT;
    const struct ct_trace_strand *strand = ct_trace_frames_strand(walk->frames);
    *out_is_its = is_life ? event->thread_id == walk->thread_id
                          : strand->id == walk->thread_id && role == CT_TRACE_ROLE_OWN &&
                                event->kind != CT_TRACE_THREAD_SWITCH;
    walk->is_thread_met = walk->is_thread_met || *out_is_its;
    if (strand->id != walk->thread_id)
        return CT_OK;
    const struct ct_trace_frame *returned = ct_trace_frames_returned(walk->frames);
    walk->depth = strand->frame_count;
    if (walk->depth > 0 && strand->frames[0].is_root)
        walk->depth--;
    if (event->kind == CT_TRACE_CALL && walk->depth > 0)
        walk->depth--;
    walk->returned_function_id = returned != NULL ? returned->function_id : CT_TRACE_NO_ID;
    return CT_OK;
}

/* Brings the walk's own state up to the event; a Call is pushed by the caller, once it is printed.
 * */
static void
follow_event(struct ctrace_walk *walk, const struct ct_trace_event *event)
{
    if (event->kind == CT_TRACE_STEP)
        walk->step_count++;
    else if (event->kind == CT_TRACE_EVENT)
        walk->event_count++;
    else if (event->kind == CT_TRACE_CALL)
        walk->call_count++;
    else if (event->kind == CT_TRACE_RETURN && walk->frames == NULL) {
        walk->returned_function_id = CT_TRACE_NO_ID;
        if (walk->depth > 0)
            walk->returned_function_id = walk->stack[--walk->depth];
    }
}

/* Values are decoded only where they are printed: half the time of a walk to a late step. */
static void
want_values(struct ctrace_walk *walk, const struct ctrace_printer *printer)
{
    ct_trace_reader_values_put(walk->reader, printer->wants_values && is_wanted(walk));
}

/* False when memory is out. */
static bool
visit_event(struct ctrace_walk *walk, struct ctrace_printer *printer, struct blocks *blocks,
            const struct ct_trace_event *event)
{
    const bool is_first_step = walk->step_count == 0;
    bool is_its = true;
    if (event->kind == CT_TRACE_STEP)
        printer->block_end(printer, walk);
    follow_event(walk, event);
    if (walk->frames != NULL && follow_thread(walk, event, &is_its) != CT_OK)
        return false;
    if (event->kind == CT_TRACE_STEP)
        want_values(walk, printer);
    if (is_wanted(walk) && is_its) {
        const bool starts_block = event->kind == CT_TRACE_STEP && !is_first_step;
        if (blocks->file != NULL && (starts_block || blocks->count == 0) &&
            !mark_block(blocks, walk->output.size))
            return false;
        printer->event(printer, walk, event);
    }
    if (event->kind != CT_TRACE_CALL || walk->frames != NULL)
        return true;
    return push_call(walk, event->function_id);
}

static void
walk_events(struct ctrace_walk *walk, struct ctrace_printer *printer, struct blocks *blocks)
{
    struct ct_trace_event event;
    while (!ctrace_output_failed(&walk->output) && ctrace_scan_next(&walk->scan, &event)) {
        if (!visit_event(walk, printer, blocks, &event)) {
            ctrace_scan_stop(&walk->scan, CT_ERR_MEMORY);
            return;
        }
        /* The block of the last wanted step ends where the next step begins. */
        if (event.kind == CT_TRACE_STEP && ctrace_walk_step(walk) > walk->step_last)
            break;
    }
    printer->block_end(printer, walk);
}

int
ctrace_walk_run(struct ctrace_walk *walk, struct ctrace_printer *printer)
{
    struct blocks blocks = {0};
    struct ctrace_output output = walk->output;
    want_values(walk, printer);
    if (walk->is_backward) {
        blocks.file = tmpfile();
        if (blocks.file == NULL) {
            ctrace_complain("no temporary file can be made");
            return CTRACE_EXIT_FAILED;
        }
        ctrace_output_init(&walk->output, blocks.file);
    }
    walk_events(walk, printer, &blocks);
    int exit_status = CTRACE_EXIT_OK;
    if (walk->is_backward) {
        exit_status = copy_backward(&blocks, walk->output.size, &output);
        fclose(blocks.file);
        walk->output = output;
    }
    free(blocks.offsets);
    return exit_status;
}
