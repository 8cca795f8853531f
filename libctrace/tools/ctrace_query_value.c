/* `value NAME --at STEP`: what a variable was at a step, or what self's instance variable was.
 *
 * What the step itself shows is the answer; where it does not show the variable, as on a def line,
 * what was shown last in that call, or of that object, and where. */
#include "ctrace.h"
#include "ctrace_at.h"
#include "ctrace_query.h"
#include "ctrace_value.h"

#include "ctrace/trace_writes.h"

#include <inttypes.h>
#include <string.h>

struct value_question {
    struct ctrace_query *query;
    struct ct_trace_writes *writes;
    const struct ct_trace_frames *frames;
    struct ct_trace_encoded value;
    struct ct_trace_place seen;
};

/* An argument of the Call that was read last. */
static bool
find_argument(struct value_question *question, const struct ct_trace_event *event)
{
    const struct ct_trace_arg *args;
    size_t count;
    struct ct_trace_reader *reader = question->query->scan.reader;
    if (event->encoded == NULL ||
        ct_trace_reader_args_decode(reader, event->encoded, event->encoded_size, &args, &count,
                                    NULL) != CT_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *name = ct_trace_reader_name(reader, args[i].name_id, NULL);
        if (name == NULL || strcmp(name, question->query->subject) != 0)
            continue;
        question->value =
            (struct ct_trace_encoded){args[i].value->encoded, args[i].value->encoded_size};
        question->seen = ct_trace_frames_top(question->frames)->entry;
        return true;
    }
    return false;
}

/* Reads up to the step; a Call that directly follows it is read, too, and is what `out_event` ends
 * with. False when the trace ends before. */
static bool
find_step(struct value_question *question, struct ct_trace_event *out_event)
{
    struct ctrace_scan *scan = &question->query->scan;
    bool is_there = false;
    while (ctrace_scan_next(scan, out_event)) {
        if (is_there && ctrace_at_ends_step(out_event->kind) && out_event->kind != CT_TRACE_CALL)
            break;
        if (ct_trace_writes_follow(question->writes, out_event) != CT_OK)
            return ctrace_scan_stop(scan, CT_ERR_MEMORY);
        if (is_there && out_event->kind == CT_TRACE_CALL)
            break;
        is_there = is_there || ct_trace_frames_step(question->frames) == question->query->step;
    }
    if (is_there && ct_trace_writes_finish(question->writes) != CT_OK)
        return ctrace_scan_stop(scan, CT_ERR_MEMORY);
    return is_there;
}

static bool
find_value(struct value_question *question, const struct ct_trace_event *event)
{
    const struct ct_trace_writes *writes = question->writes;
    const struct ct_trace_frame *top = ct_trace_frames_top(question->frames);
    uint64_t object_id;
    if (event->kind == CT_TRACE_CALL && top != NULL && find_argument(question, event))
        return true;
    if (top != NULL && ct_trace_writes_self(writes, top, &object_id) &&
        ct_trace_writes_field(writes, object_id, &question->value, &question->seen))
        return true;
    return ct_trace_writes_variable(writes, &question->value, &question->seen);
}

static void
put_answer(struct value_question *question)
{
    struct ctrace_query *query = question->query;
    const struct ct_trace_encoded *value = &question->value;
    const struct ct_trace_place *seen = &question->seen;
    const struct ct_trace_frame *top = ct_trace_frames_top(question->frames);
    const uint64_t strand_id = ct_trace_frames_strand(question->frames)->id;
    const bool is_global = query->subject[0] == '$' || strstr(query->subject, "@@") != NULL;
    const bool is_of_top = top != NULL && !(is_global && seen->step != query->step);
    const uint64_t function_id = is_of_top ? top->function_id : CT_TRACE_NO_ID;
    struct ctrace_output *output = &query->output;
    if (query->is_json) {
        ctrace_put_text(output, "{\"name\":");
        ctrace_put_json(output, query->subject, strlen(query->subject), true);
        ctrace_put_format(output, ",\"at\":%" PRIu64 ",\"value\":", query->step);
        ctrace_put_encoded(query, value->bytes, value->size);
        ctrace_put_text(output, ",");
        ctrace_put_json_where(query, seen, function_id, strand_id);
        ctrace_put_text(output, "}\n");
        return;
    }
    ctrace_put_step(output, query->step);
    ctrace_put_text(output, query->subject);
    ctrace_put_text(output, " = ");
    ctrace_put_encoded(query, value->bytes, value->size);
    ctrace_put_text(output, "\n");
    ctrace_put_step_indent(output);
    ctrace_put_text(output, seen->step == query->step ? "" : "shown last at ");
    ctrace_put_where(query, seen, function_id, strand_id);
    if (seen->step != query->step)
        ctrace_put_format(output, ", step %" PRIu64, seen->step);
    ctrace_put_text(output, "\n");
}

/* Why there is no answer. */
static int
lack_value(struct value_question *question)
{
    struct ctrace_query *query = question->query;
    if (ct_trace_frames_step(question->frames) != query->step && query->scan.is_complete)
        return ctrace_query_lack_step(query, question->frames);
    const struct ct_trace_frame *top = ct_trace_frames_top(question->frames);
    const struct ct_trace_function *function =
        top != NULL ? ct_trace_reader_function(query->scan.reader, top->function_id) : NULL;
    ctrace_complain("%s: step %" PRIu64 " shows no %s, nor did %s before it", query->trace,
                    query->step, query->subject, function != NULL ? function->name : "anything");
    return CTRACE_EXIT_FAILED;
}

int
ctrace_query_value(struct ctrace_query *query)
{
    struct value_question question = {.query = query};
    const struct ct_trace_writes_options options = {.name = query->subject};
    struct ct_trace_event event;
    int exit_status = CTRACE_EXIT_FAILED;
    if (ct_trace_writes_new(query->scan.reader, &options, &question.writes) != CT_OK) {
        ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
        return CTRACE_EXIT_FAILED;
    }
    question.frames = ct_trace_writes_frames(question.writes);
    const bool is_there = find_step(&question, &event);
    if (is_there && find_value(&question, &event)) {
        put_answer(&question);
        exit_status = CTRACE_EXIT_OK;
    } else if (!query->scan.has_failed) {
        exit_status = lack_value(&question);
    }
    exit_status = ctrace_query_finish(query, question.frames, exit_status);
    ct_trace_writes_free(question.writes);
    return exit_status;
}
