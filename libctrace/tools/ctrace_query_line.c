/* `line FILE:LINE`: each time the line ran, and the variables as they were before it did.
 *
 * FILE is a path, or as much of a path's end as is needed to mean one. The step on a method's def
 * line comes with its Call. */
#include "ctrace.h"
#include "ctrace_at.h"
#include "ctrace_query.h"
#include "ctrace_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct line_question {
    struct ctrace_query *query;
    struct ct_trace_frames *frames;
    const char *file;
    size_t file_size;
    int64_t line;
    bool is_file_known; /* a path of the trace is meant by it */
    struct ct_trace_place place; /* of the step on the line that is being printed */
    bool is_open;                /* there is one */
    bool has_head;               /* its place and function are printed */
    bool has_value;
};

static bool
parse_subject(struct line_question *question, const char *text)
{
    const char *colon = strrchr(text, ':');
    char *end;
    if (colon == NULL || colon == text || colon[1] == '\0')
        return false;
    question->file = text;
    question->file_size = (size_t)(colon - text);
    question->line = strtoll(colon + 1, &end, 10);
    return *end == '\0' && question->line > 0;
}

/* Whether the path ends in the file that was named, at a slash. */
static bool
is_meant(const struct line_question *question, const char *path, size_t size)
{
    const size_t wanted = question->file_size;
    return path != NULL && size >= wanted &&
           memcmp(path + size - wanted, question->file, wanted) == 0 &&
           (size == wanted || path[size - wanted - 1] == '/');
}

/* Once it is known whether the step is a line of the frame that runs, or the one a Call follows. */
static void
put_head(struct line_question *question)
{
    struct ctrace_query *query = question->query;
    const struct ct_trace_frame *top = ct_trace_frames_top(question->frames);
    const uint64_t function_id = top != NULL ? top->function_id : CT_TRACE_NO_ID;
    const uint64_t strand_id = ct_trace_frames_strand(question->frames)->id;
    if (question->has_head)
        return;
    question->has_head = true;
    if (query->is_json) {
        ctrace_put_text(&query->output, "{");
        ctrace_put_json_where(query, &question->place, function_id, strand_id);
        ctrace_put_text(&query->output, ",\"values\":[");
        return;
    }
    ctrace_put_step(&query->output, question->place.step);
    ctrace_put_where(query, &question->place, function_id, strand_id);
}

static void
end_line(struct line_question *question)
{
    if (!question->is_open)
        return;
    put_head(question);
    ctrace_put_text(&question->query->output, question->query->is_json ? "]}\n" : "\n");
    question->is_open = false;
}

static void
begin_line(struct line_question *question, const struct ct_trace_event *event)
{
    question->place = (struct ct_trace_place){ct_trace_frames_step(question->frames),
                                              event->path_id, event->line};
    question->is_open = true;
    question->has_head = false;
    question->has_value = false;
    question->query->answer_count++;
}

static void
put_value(struct line_question *question, const struct ct_trace_event *event)
{
    struct ctrace_query *query = question->query;
    const struct ct_trace_reader *reader = query->scan.reader;
    const bool is_first = !question->has_value;
    put_head(question);
    question->has_value = true;
    if (query->is_json) {
        ctrace_put_text(&query->output, is_first ? "{\"name\":" : ",{\"name\":");
        ctrace_put_json_name(&query->output, reader, event->name_id);
        ctrace_put_text(&query->output, ",\"value\":");
        ctrace_put_encoded(query, event->encoded, event->encoded_size);
        ctrace_put_text(&query->output, "}");
        return;
    }
    ctrace_put_text(&query->output, is_first ? "  " : " ");
    ctrace_put_name(&query->output, reader, event->name_id);
    ctrace_put_text(&query->output, "=");
    ctrace_put_encoded(query, event->encoded, event->encoded_size);
}

static void
visit_event(struct line_question *question, const struct ct_trace_event *event,
            enum ct_trace_role role)
{
    size_t size = 0;
    const char *path;
    switch (event->kind) {
    case CT_TRACE_PATH:
        question->is_file_known =
            question->is_file_known || is_meant(question, event->text, event->text_size);
        return;
    case CT_TRACE_STEP:
        path = ct_trace_reader_path(question->query->scan.reader, event->path_id, &size);
        if (role == CT_TRACE_ROLE_OWN && event->line == question->line &&
            is_meant(question, path, size))
            begin_line(question, event);
        return;
    case CT_TRACE_VALUE:
        if (question->is_open)
            put_value(question, event);
        return;
    case CT_TRACE_CALL:
        end_line(question); /* now that the frame is the callee's */
        return;
    default:
        return;
    }
}

static int
print_lines(struct line_question *question)
{
    struct ctrace_query *query = question->query;
    const struct ct_trace_pick nothing = {CT_TRACE_NO_ID, false};
    struct ct_trace_event event;
    enum ct_trace_role role;
    ct_trace_reader_values_put(query->scan.reader, false);
    ct_trace_reader_pick_put(query->scan.reader, &nothing);
    while (!ctrace_output_failed(&query->output) && ctrace_scan_next(&query->scan, &event)) {
        if (ctrace_at_ends_step(event.kind) && event.kind != CT_TRACE_CALL)
            end_line(question);
        if (ct_trace_frames_follow(question->frames, &event, &role) != CT_OK) {
            ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
            break;
        }
        visit_event(question, &event, role);
        if (event.kind == CT_TRACE_STEP)
            ct_trace_reader_pick_put(query->scan.reader, question->is_open ? NULL : &nothing);
    }
    end_line(question);
    if (query->answer_count > 0 || query->scan.has_failed)
        return CTRACE_EXIT_OK;
    if (question->is_file_known)
        ctrace_complain("%s: the line %s never ran", query->trace, query->subject);
    else
        ctrace_complain("%s: no recorded file is called '%.*s'", query->trace,
                        (int)question->file_size, question->file);
    return CTRACE_EXIT_FAILED;
}

int
ctrace_query_line(struct ctrace_query *query)
{
    struct line_question question = {.query = query};
    if (!parse_subject(&question, query->subject)) {
        ctrace_complain("'line' takes FILE:LINE, not '%s'", query->subject);
        return CTRACE_EXIT_USAGE;
    }
    if (ct_trace_frames_new(query->scan.reader, NULL, NULL, NULL, &question.frames) != CT_OK) {
        ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
        return CTRACE_EXIT_FAILED;
    }
    int exit_status = print_lines(&question);
    exit_status = ctrace_query_finish(query, question.frames, exit_status);
    ct_trace_frames_free(question.frames);
    return exit_status;
}
