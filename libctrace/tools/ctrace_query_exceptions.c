/* `exceptions`: each one that was raised, the calls that it left, and where the program went on.
 *
 * How one ended is known only later: it waits in a list that keeps their order. A frame that an
 * exception did not leave goes on with it: in a rescue, or in an ensure that it then leaves after
 * all. */
#include "ctrace.h"
#include "ctrace_query.h"
#include "ctrace_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* More do not wait: the first is then told as far as it is known. */
#define WAITING_MAX 1000
#define LEFT_SHOWN_MAX 20
#define UNWOUND_TEXT "unwound"

struct raised {
    struct ct_trace_place place;
    uint64_t function_id;
    uint64_t strand_id;
    char *text; /* owned: class and message, separated as in the trace */
    size_t text_size;
    char *class_name; /* owned */
    size_t class_size;
    size_t depth; /* of the frame that has it now: how many frames there are up to that one */
    uint64_t left[LEFT_SHOWN_MAX]; /* functions that it left */
    size_t left_count;
    struct ct_trace_place next; /* where that frame went on; none yet */
    uint64_t next_function_id;
    bool is_over;
};

struct exceptions {
    struct ctrace_query *query;
    struct ct_trace_frames *frames;
    struct raised *waiting; /* in the order of their raising */
    size_t count;
    size_t capacity;
};

/* ---- telling ---- */

static void
put_text(struct exceptions *exceptions, const struct raised *raised)
{
    struct ctrace_query *query = exceptions->query;
    struct ctrace_output *output = &query->output;
    const struct ct_trace_reader *reader = query->scan.reader;
    ctrace_put_step(output, raised->place.step);
    ctrace_put_where(query, &raised->place, raised->function_id, raised->strand_id);
    ctrace_put_text(output, ": ");
    ctrace_put_plain(output, raised->text, raised->text_size);
    ctrace_put_text(output, "\n");
    ctrace_put_where_source(query, &raised->place);
    ctrace_put_step_indent(output);
    for (size_t i = 0; i < raised->left_count && i < LEFT_SHOWN_MAX; i++) {
        ctrace_put_text(output, i == 0 ? "left " : ", ");
        ctrace_put_function(output, reader, raised->left[i]);
    }
    if (raised->left_count > LEFT_SHOWN_MAX)
        ctrace_put_format(output, " and %zu more", raised->left_count - LEFT_SHOWN_MAX);
    ctrace_put_text(output, raised->left_count > 0 ? "; " : "");
    if (raised->next.step == CT_TRACE_NO_ID) {
        ctrace_put_text(output, raised->depth == 0 ? "nothing caught it\n" : "no step follows\n");
        return;
    }
    ctrace_put_text(output, "went on at ");
    ctrace_put_where(query, &raised->next, raised->next_function_id, 0);
    ctrace_put_format(output, ", step %" PRIu64 "\n", raised->next.step);
}

static void
put_json(struct exceptions *exceptions, const struct raised *raised)
{
    struct ctrace_query *query = exceptions->query;
    struct ctrace_output *output = &query->output;
    ctrace_put_text(output, "{");
    ctrace_put_json_where(query, &raised->place, raised->function_id, raised->strand_id);
    ctrace_put_text(output, ",\"class\":");
    ctrace_put_json(output, raised->class_name, raised->class_size, true);
    ctrace_put_text(output, ",\"text\":");
    ctrace_put_json(output, raised->text, raised->text_size, true);
    ctrace_put_format(output, ",\"left_count\":%zu,\"left\":[", raised->left_count);
    for (size_t i = 0; i < raised->left_count && i < LEFT_SHOWN_MAX; i++) {
        ctrace_put_text(output, i > 0 ? "," : "");
        ctrace_put_json_function(output, query->scan.reader, raised->left[i]);
    }
    ctrace_put_text(output, "],\"next\":");
    if (raised->next.step == CT_TRACE_NO_ID) {
        ctrace_put_text(output, "null}\n");
        return;
    }
    ctrace_put_text(output, "{");
    ctrace_put_json_where(query, &raised->next, raised->next_function_id, raised->strand_id);
    ctrace_put_text(output, "}}\n");
}

static void
tell_first(struct exceptions *exceptions)
{
    struct raised *first = &exceptions->waiting[0];
    if (exceptions->query->is_json)
        put_json(exceptions, first);
    else
        put_text(exceptions, first);
    free(first->text);
    free(first->class_name);
    exceptions->count--;
    memmove(first, first + 1, exceptions->count * sizeof *first);
}

static void
tell_known(struct exceptions *exceptions)
{
    while (exceptions->count > 0 &&
           (exceptions->waiting[0].is_over || exceptions->count > WAITING_MAX))
        tell_first(exceptions);
}

/* ---- following ---- */

static char *
copy_text(const char *text, size_t size)
{
    char *copy = malloc(size + 1);
    if (copy != NULL && size > 0)
        memcpy(copy, text, size);
    return copy;
}

static bool
add_raised(struct exceptions *exceptions, const struct ct_trace_event *event)
{
    if (exceptions->count == exceptions->capacity) {
        const size_t capacity = exceptions->capacity == 0 ? 16 : exceptions->capacity * 2;
        struct raised *grown = realloc(exceptions->waiting, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        exceptions->waiting = grown;
        exceptions->capacity = capacity;
    }
    const struct ct_trace_strand *strand = ct_trace_frames_strand(exceptions->frames);
    const struct ct_trace_frame *top = ct_trace_frames_top(exceptions->frames);
    struct raised *raised = &exceptions->waiting[exceptions->count];
    *raised = (struct raised){.strand_id = strand->id,
                              .function_id = CT_TRACE_NO_ID,
                              .depth = strand->frame_count,
                              .text_size = event->text_size,
                              .class_size = event->metadata_size,
                              .next = {CT_TRACE_NO_ID, CT_TRACE_NO_ID, 0}};
    raised->place = (struct ct_trace_place){ct_trace_frames_step(exceptions->frames),
                                            CT_TRACE_NO_ID, 0};
    if (top != NULL) {
        raised->function_id = top->function_id;
        raised->place = top->now.step != CT_TRACE_NO_ID ? top->now : top->entry;
    }
    raised->text = copy_text(event->text, event->text_size);
    raised->class_name = copy_text(event->metadata, event->metadata_size);
    if (raised->text == NULL || raised->class_name == NULL) {
        free(raised->text);
        free(raised->class_name);
        return false;
    }
    exceptions->count++;
    exceptions->query->answer_count++;
    return true;
}

/* The latest one that is not over in that frame of the strand. */
static struct raised *
find_raised(struct exceptions *exceptions, size_t depth)
{
    const uint64_t strand_id = ct_trace_frames_strand(exceptions->frames)->id;
    for (size_t i = exceptions->count; i-- > 0;) {
        struct raised *raised = &exceptions->waiting[i];
        if (!raised->is_over && raised->strand_id == strand_id && raised->depth == depth)
            return raised;
    }
    return NULL;
}

/* A new one in a frame that went on with another: that one is over, this one has its place. */
static bool
take_raise(struct exceptions *exceptions, const struct ct_trace_event *event)
{
    const size_t depth = ct_trace_frames_strand(exceptions->frames)->frame_count;
    struct raised *before = find_raised(exceptions, depth);
    if (before != NULL)
        before->is_over = true;
    return add_raised(exceptions, event);
}

static void
take_step(struct exceptions *exceptions)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(exceptions->frames);
    struct raised *raised = find_raised(exceptions, strand->frame_count);
    const struct ct_trace_frame *top = ct_trace_frames_top(exceptions->frames);
    if (raised == NULL || raised->next.step != CT_TRACE_NO_ID || top == NULL)
        return;
    raised->next = top->now;
    raised->next_function_id = top->function_id;
}

static bool
is_unwinding(struct exceptions *exceptions, const struct ct_trace_event *event)
{
    const struct ct_value *value;
    return event->encoded != NULL &&
           ct_trace_reader_value_decode(exceptions->query->scan.reader, event->encoded,
                                        event->encoded_size, &value, NULL) == CT_OK &&
           value->kind == CT_VALUE_ERROR && value->text_size >= sizeof UNWOUND_TEXT - 1 &&
           memcmp(value->text, UNWOUND_TEXT, sizeof UNWOUND_TEXT - 1) == 0;
}

static void
take_return(struct exceptions *exceptions, const struct ct_trace_event *event)
{
    const struct ct_trace_frame *returned = ct_trace_frames_returned(exceptions->frames);
    const size_t depth = ct_trace_frames_strand(exceptions->frames)->frame_count;
    struct raised *raised = returned != NULL ? find_raised(exceptions, depth + 1) : NULL;
    if (raised == NULL)
        return;
    if (!is_unwinding(exceptions, event)) {
        raised->is_over = true;
        return;
    }
    if (raised->left_count < LEFT_SHOWN_MAX)
        raised->left[raised->left_count] = returned->function_id;
    raised->left_count++;
    raised->depth--;
    raised->next.step = CT_TRACE_NO_ID;
    /* Whom it meets out there had gone on with another. */
    for (size_t i = 0; i < exceptions->count; i++) {
        struct raised *other = &exceptions->waiting[i];
        other->is_over = other->is_over || (other != raised && other->depth == depth &&
                                            other->strand_id == raised->strand_id);
    }
}

static bool
visit_event(struct exceptions *exceptions, const struct ct_trace_event *event)
{
    enum ct_trace_role role;
    if (ct_trace_frames_follow(exceptions->frames, event, &role) != CT_OK)
        return false;
    if (role == CT_TRACE_ROLE_BENDING)
        return true;
    if (event->kind == CT_TRACE_EVENT && event->event_kind == CT_EVENT_ERROR)
        return take_raise(exceptions, event);
    if (event->kind == CT_TRACE_STEP)
        take_step(exceptions);
    else if (event->kind == CT_TRACE_RETURN)
        take_return(exceptions, event);
    tell_known(exceptions);
    return true;
}

static int
print_exceptions(struct exceptions *exceptions)
{
    struct ctrace_query *query = exceptions->query;
    const struct ct_trace_pick nothing = {CT_TRACE_NO_ID, false};
    struct ct_trace_event event;
    ct_trace_reader_values_put(query->scan.reader, false);
    ct_trace_reader_pick_put(query->scan.reader, &nothing);
    while (!ctrace_output_failed(&query->output) && ctrace_scan_next(&query->scan, &event)) {
        if (!visit_event(exceptions, &event)) {
            ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
            break;
        }
    }
    while (exceptions->count > 0)
        tell_first(exceptions);
    if (query->answer_count > 0 || query->scan.has_failed)
        return CTRACE_EXIT_OK;
    ctrace_complain("%s: no exception was raised", query->trace);
    return CTRACE_EXIT_FAILED;
}

int
ctrace_query_exceptions(struct ctrace_query *query)
{
    struct exceptions exceptions = {.query = query};
    if (ct_trace_frames_new(query->scan.reader, NULL, NULL, NULL, &exceptions.frames) != CT_OK) {
        ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
        return CTRACE_EXIT_FAILED;
    }
    int exit_status = print_exceptions(&exceptions);
    exit_status = ctrace_query_finish(query, exceptions.frames, exit_status);
    ct_trace_frames_free(exceptions.frames);
    free(exceptions.waiting);
    return exit_status;
}
