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
#define RESCUED      "rescued" /* metadata of the event that says so */
#define UNCAUGHT     "\"uncaught\":true}" /* the end of that of the last event */

struct went_on {
    struct ct_trace_place place; /* step CT_TRACE_NO_ID: nowhere */
    uint64_t function_id;
};

struct raised {
    struct ct_trace_place place;
    uint64_t function_id;
    uint64_t strand_id;
    char *text; /* owned: class and message, separated as in the trace */
    size_t text_size;
    size_t class_size; /* of the text, which begins with it */
    char *detail;      /* owned: what the event says beside, see doc/format/exceptions.md */
    size_t detail_size;
    size_t depth; /* of the frame that has it now: how many frames there are up to that one */
    uint64_t left[LEFT_SHOWN_MAX]; /* functions that it left */
    size_t left_count;
    struct went_on ensured[LEFT_SHOWN_MAX]; /* where frames ran an ensure */
    size_t ensured_count;
    struct went_on next; /* where that frame went on; none yet */
    bool is_rescued;     /* there: the trace says so */
    bool is_uncaught;    /* the trace says that it ends the program */
    bool is_kept;        /* replaced in the outermost frame */
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
put_went_on(struct ctrace_query *query, const char *what, const struct went_on *place)
{
    struct ctrace_output *output = &query->output;
    ctrace_put_format(output, "%s at ", what);
    ctrace_put_where(query, &place->place, place->function_id, 0);
    ctrace_put_format(output, ", step %" PRIu64, place->place.step);
}

/* The causes as the detail lists them. */
static void
put_causes(struct ctrace_output *output, const struct raised *raised)
{
    static const char key[] = "\"causes\":[";
    const char *list = memmem(raised->detail, raised->detail_size, key, sizeof key - 1);
    if (list == NULL)
        return;
    list += sizeof key - 1;
    const char *end = list, *limit = raised->detail + raised->detail_size;
    for (bool is_text = false; end < limit && (is_text || *end != ']'); end++) {
        is_text ^= *end == '"';
        if (*end == '\\' && end + 1 < limit)
            end++;
    }
    ctrace_put_step_indent(output);
    ctrace_put_text(output, "caused by ");
    ctrace_put_plain(output, list, (size_t)(end - list));
    ctrace_put_text(output, "\n");
}

static void
put_left(struct ctrace_output *output, const struct ct_trace_reader *reader,
         const struct raised *raised)
{
    for (size_t i = 0; i < raised->left_count && i < LEFT_SHOWN_MAX; i++) {
        ctrace_put_text(output, i == 0 ? "left " : ", ");
        ctrace_put_function(output, reader, raised->left[i]);
    }
    if (raised->left_count > LEFT_SHOWN_MAX)
        ctrace_put_format(output, " and %zu more", raised->left_count - LEFT_SHOWN_MAX);
    ctrace_put_text(output, raised->left_count > 0 ? "; " : "");
}

static void
put_text(struct exceptions *exceptions, const struct raised *raised)
{
    struct ctrace_query *query = exceptions->query;
    struct ctrace_output *output = &query->output;
    ctrace_put_step(output, raised->place.step);
    ctrace_put_where(query, &raised->place, raised->function_id, raised->strand_id);
    ctrace_put_text(output, ": ");
    ctrace_put_plain(output, raised->text, raised->text_size);
    ctrace_put_text(output, "\n");
    ctrace_put_where_source(query, &raised->place);
    put_causes(output, raised);
    ctrace_put_step_indent(output);
    put_left(output, query->scan.reader, raised);
    for (size_t i = 0; i < raised->ensured_count; i++) {
        put_went_on(query, "ensure", &raised->ensured[i]);
        ctrace_put_text(output, "; ");
    }
    if (raised->is_uncaught)
        ctrace_put_text(output, "nothing caught it: it ended the program");
    else if (raised->next.place.step == CT_TRACE_NO_ID)
        ctrace_put_text(output, raised->depth == 0 ? "nothing caught it" : "no step follows");
    else
        put_went_on(query, raised->is_rescued ? "rescued" : "went on", &raised->next);
    ctrace_put_text(output, "\n");
}

static void
put_json_went_on(struct ctrace_query *query, const struct raised *raised,
                 const struct went_on *place)
{
    struct ctrace_output *output = &query->output;
    ctrace_put_text(output, "{");
    ctrace_put_json_where(query, &place->place, place->function_id, raised->strand_id);
    ctrace_put_text(output, "}");
}

static void
put_json(struct exceptions *exceptions, const struct raised *raised)
{
    struct ctrace_query *query = exceptions->query;
    struct ctrace_output *output = &query->output;
    ctrace_put_text(output, "{");
    ctrace_put_json_where(query, &raised->place, raised->function_id, raised->strand_id);
    ctrace_put_text(output, ",\"class\":");
    ctrace_put_json(output, raised->text, raised->class_size, true);
    ctrace_put_text(output, ",\"text\":");
    ctrace_put_json(output, raised->text, raised->text_size, true);
    ctrace_put_text(output, ",\"detail\":");
    ctrace_put_json(output, raised->detail, raised->detail_size, true);
    ctrace_put_format(output, ",\"left_count\":%zu,\"left\":[", raised->left_count);
    for (size_t i = 0; i < raised->left_count && i < LEFT_SHOWN_MAX; i++) {
        ctrace_put_text(output, i > 0 ? "," : "");
        ctrace_put_json_function(output, query->scan.reader, raised->left[i]);
    }
    ctrace_put_text(output, "],\"ensured\":[");
    for (size_t i = 0; i < raised->ensured_count; i++) {
        ctrace_put_text(output, i > 0 ? "," : "");
        put_json_went_on(query, raised, &raised->ensured[i]);
    }
    ctrace_put_format(output, "],\"rescued\":%s,\"uncaught\":%s,\"next\":",
                      raised->is_rescued ? "true" : "false",
                      raised->is_uncaught ? "true" : "false");
    if (raised->next.place.step == CT_TRACE_NO_ID)
        ctrace_put_text(output, "null");
    else
        put_json_went_on(query, raised, &raised->next);
    ctrace_put_text(output, "}\n");
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
    free(first->detail);
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
                              .detail_size = event->metadata_size,
                              .next = {{CT_TRACE_NO_ID, CT_TRACE_NO_ID, 0}, CT_TRACE_NO_ID}};
    raised->place = (struct ct_trace_place){ct_trace_frames_step(exceptions->frames),
                                            CT_TRACE_NO_ID, 0};
    if (top != NULL) {
        raised->function_id = top->function_id;
        raised->place = top->now.step != CT_TRACE_NO_ID ? top->now : top->entry;
    }
    raised->text = copy_text(event->text, event->text_size);
    raised->detail = copy_text(event->metadata, event->metadata_size);
    if (raised->text == NULL || raised->detail == NULL) {
        free(raised->text);
        free(raised->detail);
        return false;
    }
    const char *colon = memmem(raised->text, raised->text_size, ": ", 2);
    raised->class_size = colon == NULL ? raised->text_size : (size_t)(colon - raised->text);
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

/* What left the outermost frame while at_exit blocks ran may be told to end the program: the latest
 * such waits for that. */
static void
replace_raised(struct exceptions *exceptions, struct raised *before)
{
    before->is_over = before->is_rescued || before->depth > 1 || before->is_kept;
    for (size_t i = 0; i < exceptions->count && !before->is_over; i++)
        exceptions->waiting[i].is_over |= exceptions->waiting[i].is_kept;
    before->is_kept = true;
}

/* A new one in a frame that went on with another: that one is over, this one has its place. */
static bool
take_raise(struct exceptions *exceptions, const struct ct_trace_event *event)
{
    const size_t depth = ct_trace_frames_strand(exceptions->frames)->frame_count;
    struct raised *before = find_raised(exceptions, depth);
    if (before != NULL)
        replace_raised(exceptions, before);
    return add_raised(exceptions, event);
}

static void
take_step(struct exceptions *exceptions)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(exceptions->frames);
    struct raised *raised = find_raised(exceptions, strand->frame_count);
    const struct ct_trace_frame *top = ct_trace_frames_top(exceptions->frames);
    if (raised == NULL || raised->next.place.step != CT_TRACE_NO_ID || top == NULL)
        return;
    raised->next = (struct went_on){top->now, top->function_id};
}

/* Where the frame went on was an ensure: the exception goes on. */
static void
keep_ensure(struct raised *raised)
{
    if (raised->next.place.step != CT_TRACE_NO_ID && raised->ensured_count < LEFT_SHOWN_MAX)
        raised->ensured[raised->ensured_count++] = raised->next;
    raised->next.place.step = CT_TRACE_NO_ID;
}

/* The trace says that one was rescued, at the step that runs. */
static void
take_rescue(struct exceptions *exceptions, const struct ct_trace_event *event)
{
    const struct ct_trace_strand *strand = ct_trace_frames_strand(exceptions->frames);
    struct raised *raised = find_raised(exceptions, strand->frame_count);
    const struct ct_trace_frame *top = ct_trace_frames_top(exceptions->frames);
    if (raised == NULL || top == NULL || raised->is_rescued ||
        event->text_size > raised->text_size ||
        memcmp(event->text, raised->text, event->text_size) != 0)
        return;
    if (raised->next.place.step != top->now.step)
        keep_ensure(raised);
    raised->next = (struct went_on){top->now, top->function_id};
    raised->is_rescued = true;
}

static bool
says_uncaught(const struct ct_trace_event *event)
{
    const size_t size = sizeof UNCAUGHT - 1;
    return event->metadata_size > size &&
           memcmp(event->metadata + event->metadata_size - size, UNCAUGHT, size) == 0;
}

/* The program's last event says again what was raised before: the latest of that text. False: it
 * is not known, which is that of a trace whose beginning is lost. */
static bool
take_uncaught(struct exceptions *exceptions, const struct ct_trace_event *event)
{
    for (size_t i = exceptions->count; i-- > 0;) {
        struct raised *raised = &exceptions->waiting[i];
        raised->is_over |= raised->is_rescued && raised->depth <= 1;
        if (event->text_size < raised->text_size ||
            memcmp(event->text, raised->text, raised->text_size) != 0)
            continue;
        raised->is_over = raised->is_uncaught = true;
        raised->is_rescued = false;
        raised->next.place.step = CT_TRACE_NO_ID;
        return true;
    }
    return false;
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
    if (raised->next.place.step == ct_trace_frames_step(exceptions->frames))
        raised->next.place.step = CT_TRACE_NO_ID; /* but the step that it left the frame from */
    keep_ensure(raised);
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
        return (says_uncaught(event) && take_uncaught(exceptions, event)) ||
               take_raise(exceptions, event);
    if (event->kind == CT_TRACE_EVENT && event->event_kind == CT_EVENT_TRACE_LOG &&
        event->metadata_size == sizeof RESCUED - 1 &&
        memcmp(event->metadata, RESCUED, sizeof RESCUED - 1) == 0)
        take_rescue(exceptions, event);
    else if (event->kind == CT_TRACE_STEP)
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
