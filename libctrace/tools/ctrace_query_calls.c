/* `calls FUNCTION [--where COND]`: each call of it, its arguments, who called, how it ended.
 *
 * Calls are told in the order in which they began. One that has not ended holds back those behind
 * it, up to WAITING_MAX: then it is told without its end, which follows by itself. */
#include "ctrace.h"
#include "ctrace_condition.h"
#include "ctrace_query.h"
#include "ctrace_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 1000

/* A call that is asked for. What is printed of it waits as text. */
struct told {
    char *begin; /* owned */
    size_t begin_size;
    char *end; /* owned; NULL: it has not ended */
    size_t end_size;
    uint64_t step; /* of the Call */
    bool is_refused; /* what it returned is not what was asked for */
    bool is_over;
};

struct calls_question {
    struct ctrace_query *query;
    struct ct_trace_frames *frames;
    struct ctrace_condition condition;
    bool *is_meant; /* by function: it is asked for */
    size_t function_count;
    bool is_any_meant;
    struct told *waiting; /* a ring of WAITING_MAX */
    uint64_t first;       /* number of the first that waits */
    uint64_t next;        /* number of the next to come; a frame's state is its number + 1 */
    uint64_t other_count; /* calls of the function that the condition refused */
};

/* ---- which functions ---- */

/* A name, or the beginning of one. */
struct name {
    const char *text;
    size_t size;
};

/* Whether `wanted` is `first` and `second` put together, or their end behind an owner's sign. */
static bool
is_name_meant(const char *wanted, struct name first, struct name second)
{
    const size_t size = strlen(wanted), whole = first.size + second.size;
    if (size > whole || size < second.size)
        return false;
    const size_t from_first = size - second.size;
    const char *rest = first.text + first.size - from_first;
    return memcmp(rest, wanted, from_first) == 0 &&
           memcmp(second.text, wanted + from_first, second.size) == 0 &&
           (rest == first.text || strchr("#.:", rest[-1]) != NULL);
}

/* "Order#pay" is meant by itself, by "pay", and as a part of "Shop::Order#pay"; "Order#settle
 * (alias of pay)" by both of its names. */
static bool
is_function_meant(const char *wanted, const struct ct_trace_function *function)
{
    static const char sign[] = " (alias of ";
    const size_t sign_size = sizeof sign - 1;
    const struct name none = {.text = "", .size = 0};
    struct name called = {.text = function->name, .size = function->name_size};
    const char *at = memmem(called.text, called.size, sign, sign_size);
    if (is_name_meant(wanted, called, none))
        return true;
    if (at == NULL)
        return false;
    const struct name defined = {.text = at + sign_size,
                                 .size = called.size - (size_t)(at - called.text) - sign_size - 1};
    called.size = (size_t)(at - called.text);
    struct name owner = called;
    while (owner.size > 0 && strchr("#.", owner.text[owner.size - 1]) == NULL)
        owner.size--;
    return is_name_meant(wanted, called, none) || is_name_meant(wanted, owner, defined);
}

static bool
look_at_function(struct calls_question *question, uint64_t id)
{
    const struct ct_trace_function *function =
        ct_trace_reader_function(question->query->scan.reader, id);
    if (id >= question->function_count) {
        const size_t count = (size_t)id * 2 + 16;
        bool *grown = realloc(question->is_meant, count);
        if (grown == NULL)
            return false;
        memset(grown + question->function_count, 0, count - question->function_count);
        question->is_meant = grown;
        question->function_count = count;
    }
    question->is_meant[id] = is_function_meant(question->query->subject, function);
    question->is_any_meant = question->is_any_meant || question->is_meant[id];
    return true;
}

/* ---- telling ---- */

static struct told *
find_told(struct calls_question *question, uint64_t number)
{
    return &question->waiting[number % WAITING_MAX];
}

/* Tells the first one that waits, ended or not. */
static void
tell_first(struct calls_question *question)
{
    struct ctrace_query *query = question->query;
    struct told *told = find_told(question, question->first++);
    if (!told->is_refused) {
        query->answer_count++;
        ctrace_put(&query->output, told->begin, told->begin_size);
        if (told->end != NULL)
            ctrace_put(&query->output, told->end, told->end_size);
        else if (query->is_json)
            ctrace_put_text(&query->output, "}\n");
    }
    free(told->begin);
    free(told->end);
    *told = (struct told){0};
}

static void
tell_known(struct calls_question *question)
{
    while (question->first < question->next && find_told(question, question->first)->is_over)
        tell_first(question);
}

/* From here on output goes into memory; NULL when memory is out. */
static FILE *
begin_memory(struct calls_question *question, char **out_text, size_t *out_size)
{
    FILE *stream = open_memstream(out_text, out_size);
    if (stream != NULL)
        ctrace_output_init(&question->query->output, stream);
    return stream;
}

static bool
end_memory(struct calls_question *question, FILE *stream)
{
    ctrace_output_init(&question->query->output, stdout);
    return fclose(stream) == 0;
}

static void
put_begin(struct calls_question *question, const struct ct_trace_arg *args, size_t count)
{
    struct ctrace_query *query = question->query;
    struct ctrace_output *output = &query->output;
    const struct ct_trace_strand *strand = ct_trace_frames_strand(question->frames);
    const struct ct_trace_frame *frame = ct_trace_frames_top(question->frames);
    const struct ct_trace_frame *caller = strand->frame_count > 1 ? frame - 1 : NULL;
    if (query->is_json) {
        ctrace_put_text(output, "{");
        ctrace_put_json_where(query, &frame->entry, frame->function_id, strand->id);
        ctrace_put_text(output, ",\"args\":");
        ctrace_put_json_args(output, query->scan.reader, args, count);
        if (caller != NULL) {
            ctrace_put_text(output, ",\"caller\":{");
            ctrace_put_json_where(query, &caller->now, caller->function_id, strand->id);
            ctrace_put_text(output, "}");
        }
        return;
    }
    ctrace_put_step(output, frame->entry.step);
    ctrace_put_function(output, query->scan.reader, frame->function_id);
    ctrace_put_text(output, "(");
    ctrace_put_args(output, query->scan.reader, args, count);
    ctrace_put_text(output, ")\n");
    if (caller == NULL || caller->now.step == CT_TRACE_NO_ID)
        return;
    ctrace_put_step_indent(output);
    ctrace_put_text(output, "called from ");
    ctrace_put_where(query, &caller->now, caller->function_id, strand->id);
    ctrace_put_format(output, ", step %" PRIu64 "\n", caller->now.step);
}

static void
put_end(struct calls_question *question, const struct ct_trace_frame *frame,
        const struct ct_value *value)
{
    struct ctrace_query *query = question->query;
    struct ctrace_output *output = &query->output;
    const uint64_t step =
        frame->now.step != CT_TRACE_NO_ID ? frame->now.step : frame->entry.step;
    if (query->is_json) {
        ctrace_put_text(output, ",\"return\":");
        ctrace_put_value_json(output, query->scan.reader, value);
        ctrace_put_format(output, ",\"last_step\":%" PRIu64 "}\n", step);
        return;
    }
    ctrace_put_step_indent(output);
    ctrace_put_format(output, "step %" PRIu64 ": ", step);
    if (value != NULL && value->kind == CT_VALUE_ERROR) {
        ctrace_put_plain(output, value->text, value->text_size);
    } else {
        ctrace_put_text(output, "returns ");
        ctrace_put_value_ruby(output, query->scan.reader, value);
    }
    ctrace_put_text(output, "\n");
}

/* ---- following ---- */

static bool
take_call(struct calls_question *question, const struct ct_trace_event *event)
{
    struct ct_trace_reader *reader = question->query->scan.reader;
    const struct ct_trace_arg *args = NULL;
    size_t count = 0;
    if (event->encoded == NULL ||
        ct_trace_reader_args_decode(reader, event->encoded, event->encoded_size, &args, &count,
                                    NULL) != CT_OK)
        count = 0;
    if (!ctrace_condition_is_met_by_args(&question->condition, reader, args, count)) {
        question->other_count++;
        return true;
    }
    if (question->next - question->first == WAITING_MAX)
        tell_first(question);
    struct told *told = find_told(question, question->next);
    struct ct_trace_frame *frame = ct_trace_frames_top(question->frames);
    frame->state = (void *)(uintptr_t)++question->next;
    told->step = frame->entry.step;
    FILE *stream = begin_memory(question, &told->begin, &told->begin_size);
    if (stream == NULL)
        return false;
    put_begin(question, args, count);
    return end_memory(question, stream);
}

/* The end of a call that was told before it ended. */
static void
tell_late_end(struct calls_question *question, const struct ct_trace_frame *frame,
              const struct ct_value *value)
{
    struct ctrace_query *query = question->query;
    if (query->is_json) {
        ctrace_put_format(&query->output, "{\"step\":%" PRIu64, frame->entry.step);
    } else {
        ctrace_put_step(&query->output, frame->entry.step);
        ctrace_put_function(&query->output, query->scan.reader, frame->function_id);
        ctrace_put_text(&query->output, "(…)\n");
    }
    put_end(question, frame, value);
}

static bool
take_return(struct calls_question *question, const struct ct_trace_event *event)
{
    struct ct_trace_reader *reader = question->query->scan.reader;
    const struct ct_trace_frame *frame = ct_trace_frames_returned(question->frames);
    const struct ct_value *value = NULL;
    if (frame == NULL || frame->state == NULL)
        return true;
    if (event->encoded == NULL ||
        ct_trace_reader_value_decode(reader, event->encoded, event->encoded_size, &value, NULL) !=
            CT_OK)
        value = NULL;
    const bool is_met =
        ctrace_condition_is_met_by_return(&question->condition, reader, value);
    const uint64_t number = (uint64_t)(uintptr_t)frame->state - 1;
    if (number < question->first) {
        tell_late_end(question, frame, value);
        return true;
    }
    struct told *told = find_told(question, number);
    told->is_over = true;
    told->is_refused = !is_met;
    question->other_count += !is_met;
    if (!is_met)
        return true;
    FILE *stream = begin_memory(question, &told->end, &told->end_size);
    if (stream == NULL)
        return false;
    put_end(question, frame, value);
    return end_memory(question, stream);
}

static bool
visit_event(struct calls_question *question, const struct ct_trace_event *event)
{
    enum ct_trace_role role;
    if (event->kind == CT_TRACE_FUNCTION)
        return look_at_function(question, event->id);
    if (ct_trace_frames_follow(question->frames, event, &role) != CT_OK)
        return false;
    if (role == CT_TRACE_ROLE_BENDING)
        return true;
    if (event->kind == CT_TRACE_CALL && event->function_id < question->function_count &&
        question->is_meant[event->function_id])
        return take_call(question, event);
    if (event->kind == CT_TRACE_RETURN && !take_return(question, event))
        return false;
    tell_known(question);
    return true;
}

static int
lack_calls(const struct calls_question *question)
{
    const struct ctrace_query *query = question->query;
    const struct ctrace_test *lacking = ctrace_condition_lacking(&question->condition);
    if (question->is_any_meant && question->other_count == 1)
        ctrace_complain("%s: its only call %s%.*s", query->trace,
                        lacking != NULL ? "has no " : "does not meet the condition",
                        lacking != NULL ? (int)lacking->whole.size : 0,
                        lacking != NULL ? lacking->whole.text : "");
    else if (question->is_any_meant && question->other_count > 0 && lacking != NULL)
        ctrace_complain("%s: none of its %" PRIu64 " calls has %.*s", query->trace,
                        question->other_count, (int)lacking->whole.size, lacking->whole.text);
    else if (!question->is_any_meant)
        ctrace_complain("%s: no function that is called '%s' was called; 'ctrace print --summary' "
                        "names those that were called most",
                        query->trace, query->subject);
    else
        ctrace_complain("%s: none of its %" PRIu64 " calls meets the condition", query->trace,
                        question->other_count);
    return CTRACE_EXIT_FAILED;
}

static int
print_calls(struct calls_question *question)
{
    struct ctrace_query *query = question->query;
    const struct ct_trace_pick nothing = {CT_TRACE_NO_ID, false};
    struct ct_trace_event event;
    ct_trace_reader_values_put(query->scan.reader, false);
    ct_trace_reader_pick_put(query->scan.reader, &nothing);
    while (ctrace_scan_next(&query->scan, &event)) {
        if (!visit_event(question, &event))
            ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
        const bool is_unread =
            event.kind == CT_TRACE_RETURN && ctrace_output_failed(&query->output);
        if (query->scan.has_failed || is_unread)
            break;
    }
    while (question->first < question->next)
        tell_first(question);
    if (query->answer_count > 0 || query->scan.has_failed)
        return CTRACE_EXIT_OK;
    return lack_calls(question);
}

int
ctrace_query_calls(struct ctrace_query *query)
{
    struct calls_question question = {.query = query};
    if (query->condition != NULL &&
        !ctrace_condition_parse(&question.condition, query->condition))
        return CTRACE_EXIT_USAGE;
    int exit_status = CTRACE_EXIT_FAILED;
    question.waiting = calloc(WAITING_MAX, sizeof *question.waiting);
    if (question.waiting == NULL ||
        ct_trace_frames_new(query->scan.reader, NULL, NULL, NULL, &question.frames) != CT_OK)
        ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
    else
        exit_status = print_calls(&question);
    exit_status = ctrace_query_finish(query, question.frames, exit_status);
    ct_trace_frames_free(question.frames);
    free(question.waiting);
    free(question.is_meant);
    return exit_status;
}
