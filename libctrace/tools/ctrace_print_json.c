/* A trace as one JSON object a line: "event", "step" (the latest), "depth" (of open calls), and of
 *   step     path, line, values: [{"name", "value"}]     (also of `values`, late ones of a step)
 *   call     function, path, line, args: [{"name", "value"}]
 *   return   function, value
 *   output   kind ("stdout", "raise", …), metadata, text
 *   thread   thread, state ("start", "exit", "switch"); instruction: see ctrace_instructions.c
 * Values are objects as in ctrace_value_json.c; null is a value that was damaged. */
#include "ctrace_printers.h"
#include "ctrace_value.h"

#include <inttypes.h>

static void
end_step(struct ctrace_json_printer *json, struct ctrace_walk *walk)
{
    if (json->is_step_open)
        ctrace_put_text(&walk->output, "]}\n");
    json->is_step_open = false;
}

static void
begin_object(struct ctrace_json_printer *json, struct ctrace_walk *walk, const char *event)
{
    end_step(json, walk);
    ctrace_put_format(&walk->output, "{\"event\":\"%s\",\"step\":%" PRIu64 ",\"depth\":%zu", event,
                      ctrace_walk_step(walk), walk->depth);
}

static void
put_string(struct ctrace_walk *walk, const char *key, const char *text, size_t size)
{
    ctrace_put_format(&walk->output, ",\"%s\":", key);
    ctrace_put_json(&walk->output, text != NULL ? text : "?", text != NULL ? size : 1, true);
}

static void
put_place(struct ctrace_walk *walk, uint64_t path_id, int64_t line)
{
    size_t size = 0;
    const char *path = ct_trace_reader_path(walk->reader, path_id, &size);
    put_string(walk, "path", path, size);
    ctrace_put_format(&walk->output, ",\"line\":%" PRId64, line);
}

/* Left open for what else is known of it. */
static void
put_named_value(struct ctrace_walk *walk, uint64_t name_id, const struct ct_value *value,
                bool is_first)
{
    size_t size = 0;
    const char *name = ct_trace_reader_name(walk->reader, name_id, &size);
    ctrace_put_text(&walk->output, is_first ? "{\"name\":" : ",{\"name\":");
    ctrace_put_json(&walk->output, name != NULL ? name : "?", name != NULL ? size : 1, true);
    ctrace_put_text(&walk->output, ",\"value\":");
    ctrace_put_value_json(&walk->output, walk->reader, value);
}

/* Of a step's value that is of an expression: "expression" with kind ("value", "assigned"), line,
 * column, last_line, last_column, depth, and part ("receiver", …) if it is not its own. */
static void
put_expression(struct ctrace_json_printer *json, struct ctrace_walk *walk, uint64_t name_id)
{
    size_t size = 0;
    const char *part, *name = ct_trace_reader_name(walk->reader, name_id, &size);
    const struct ct_trace_expression *expression =
        ctrace_expressions_next(json->expressions, name, size, &part);
    if (expression == NULL)
        return;
    ctrace_put_format(&walk->output,
                      ",\"expression\":{\"kind\":\"%s\",\"line\":%" PRIu64 ",\"column\":%" PRIu64
                      ",\"last_line\":%" PRIu64 ",\"last_column\":%" PRIu64 ",\"depth\":%" PRIu32,
                      expression->is_assigned ? "assigned" : "value", expression->line,
                      expression->column, expression->last_line, expression->last_column,
                      expression->depth);
    if (part != NULL)
        ctrace_put_format(&walk->output, ",\"part\":\"%s\"", part);
    ctrace_put_text(&walk->output, "}");
}

static void
put_step(struct ctrace_json_printer *json, struct ctrace_walk *walk,
         const struct ct_trace_event *event)
{
    begin_object(json, walk, "step");
    put_place(walk, event->path_id, event->line);
    ctrace_put_text(&walk->output, ",\"values\":[");
    ctrace_expressions_step(json->expressions, ctrace_walk_step(walk));
    json->is_step_open = json->has_step = true;
    json->has_value = false;
}

static void
put_value(struct ctrace_json_printer *json, struct ctrace_walk *walk,
          const struct ct_trace_event *event)
{
    if (!json->is_step_open) /* a value behind a call or an event: it still belongs to the step */
        begin_object(json, walk, "values");
    if (!json->is_step_open)
        ctrace_put_text(&walk->output, ",\"values\":[");
    put_named_value(walk, event->name_id, event->value, !json->is_step_open || !json->has_value);
    put_expression(json, walk, event->name_id);
    ctrace_put_text(&walk->output, "}");
    json->is_step_open = true;
    json->has_value = true;
}

static void
put_function(struct ctrace_walk *walk, const struct ct_trace_function *function)
{
    put_string(walk, "function", function != NULL ? function->name : NULL,
               function != NULL ? function->name_size : 0);
}

static void
put_call(struct ctrace_json_printer *json, struct ctrace_walk *walk,
         const struct ct_trace_event *event)
{
    const struct ct_trace_function *function =
        ct_trace_reader_function(walk->reader, event->function_id);
    begin_object(json, walk, "call");
    put_function(walk, function);
    if (function != NULL)
        put_place(walk, function->path_id, function->line);
    ctrace_put_text(&walk->output, ",\"args\":[");
    for (size_t i = 0; i < event->arg_count; i++) {
        put_named_value(walk, event->args[i].name_id, event->args[i].value, i == 0);
        ctrace_put_text(&walk->output, "}");
    }
    ctrace_put_text(&walk->output, "]}\n");
}

static void
put_return(struct ctrace_json_printer *json, struct ctrace_walk *walk,
           const struct ct_trace_event *event)
{
    begin_object(json, walk, "return");
    put_function(walk, ct_trace_reader_function(walk->reader, walk->returned_function_id));
    ctrace_put_text(&walk->output, ",\"value\":");
    ctrace_put_value_json(&walk->output, walk->reader, event->value);
    ctrace_put_text(&walk->output, "}\n");
}

static void
put_output(struct ctrace_json_printer *json, struct ctrace_walk *walk,
           const struct ct_trace_event *event)
{
    begin_object(json, walk, "output");
    ctrace_put_format(&walk->output, ",\"kind\":\"%s\"",
                      ctrace_event_kind_name(event->event_kind));
    put_string(walk, "metadata", event->metadata, event->metadata_size);
    put_string(walk, "text", event->text, event->text_size);
    ctrace_put_text(&walk->output, "}\n");
}

static void
put_thread(struct ctrace_json_printer *json, struct ctrace_walk *walk,
           const struct ct_trace_event *event)
{
    const char *state = event->kind == CT_TRACE_THREAD_START  ? "start"
                        : event->kind == CT_TRACE_THREAD_EXIT ? "exit"
                                                              : "switch";
    begin_object(json, walk, "thread");
    ctrace_put_format(&walk->output, ",\"thread\":%" PRIu64 ",\"state\":\"%s\"}\n",
                      event->thread_id, state);
}

static void
print_event(struct ctrace_printer *printer, struct ctrace_walk *walk,
            const struct ct_trace_event *event)
{
    struct ctrace_json_printer *json = (struct ctrace_json_printer *)printer;
    switch (event->kind) {
    case CT_TRACE_STEP:
        put_step(json, walk, event);
        return;
    case CT_TRACE_VALUE:
        put_value(json, walk, event);
        return;
    case CT_TRACE_CALL:
        put_call(json, walk, event);
        return;
    case CT_TRACE_RETURN:
        put_return(json, walk, event);
        return;
    case CT_TRACE_EVENT:
        put_output(json, walk, event);
        return;
    case CT_TRACE_THREAD_START:
    case CT_TRACE_THREAD_EXIT:
    case CT_TRACE_THREAD_SWITCH:
        put_thread(json, walk, event);
        return;
    default:
        return;
    }
}

static void
print_block_end(struct ctrace_printer *printer, struct ctrace_walk *walk)
{
    struct ctrace_json_printer *json = (struct ctrace_json_printer *)printer;
    end_step(json, walk);
    if (json->instructions != NULL && json->has_step)
        ctrace_instructions_put_json(json->instructions, walk);
    json->has_step = false;
}

void
ctrace_json_printer_init(struct ctrace_json_printer *printer,
                         struct ctrace_expressions *expressions,
                         struct ctrace_instructions *instructions)
{
    *printer = (struct ctrace_json_printer){.printer = {print_event, print_block_end, true},
                                            .expressions = expressions,
                                            .instructions = instructions};
}
