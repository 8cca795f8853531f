/* A trace as a log for people: `step  path:line name=value …`, calls indented. See
 * ctrace_printers.h.
 *
 *       4    flow.rb:8 a=10 b=32
 *            -> calculate_sum(a=10, b=32)
 *       5      flow.rb:10 a=10 b=32 sum_val=nil
 *              stdout "Sum: 42\n"
 *            <- 94 */
#include "ctrace_names.h"
#include "ctrace_printers.h"
#include "ctrace_value.h"

#include <inttypes.h>

#define NUMBER_WIDTH 7
/* Deeper calls are not indented further: a recursion would push everything off the screen. */
#define INDENT_DEPTH_MAX 40

static void
end_line(struct ctrace_text_printer *text, struct ctrace_walk *walk)
{
    static const char lead[] = "         | "; /* under what stands behind the step's number */
    if (text->is_line_open)
        ctrace_put_text(&walk->output, "\n");
    text->sources.trace = walk->scan.trace;
    if (text->is_step_open && text->shows_source)
        ctrace_put_source(&text->sources, &walk->output, walk->reader, &text->place, lead);
    text->is_line_open = text->is_step_open = false;
}

static void
put_indent(struct ctrace_walk *walk)
{
    const size_t depth = walk->depth < INDENT_DEPTH_MAX ? walk->depth : INDENT_DEPTH_MAX;
    ctrace_put_spaces(&walk->output, 2 + 2 * depth);
}

/* Ends an open line and starts one that has no step number. */
static void
begin_line(struct ctrace_text_printer *text, struct ctrace_walk *walk)
{
    end_line(text, walk);
    ctrace_put_spaces(&walk->output, NUMBER_WIDTH);
    put_indent(walk);
}

static void
put_step(struct ctrace_text_printer *text, struct ctrace_walk *walk,
         const struct ct_trace_event *event)
{
    end_line(text, walk);
    ctrace_put_format(&walk->output, "%*" PRIu64, NUMBER_WIDTH, ctrace_walk_step(walk));
    put_indent(walk);
    ctrace_put_path(&walk->output, walk->reader, event->path_id);
    ctrace_put_format(&walk->output, ":%" PRId64, event->line);
    text->is_line_open = text->is_step_open = text->has_step = true;
    if (text->expressions != NULL)
        ctrace_expressions_step(text->expressions, ctrace_walk_step(walk));
    text->place = (struct ct_trace_place){.path_id = event->path_id, .line = event->line};
}

static void
put_span(struct ctrace_walk *walk, const struct ct_trace_expression *expression)
{
    ctrace_put_format(&walk->output, "%" PRIu64 ":%" PRIu64 "-", expression->line,
                      expression->column);
    if (expression->last_line != expression->line)
        ctrace_put_format(&walk->output, "%" PRIu64 ":", expression->last_line);
    ctrace_put_format(&walk->output, "%" PRIu64 " ", expression->last_column);
}

/* A line of its own, further in the more there is around it; behind an assignment's value, what was
 * assigned to. */
static void
put_expression(struct ctrace_text_printer *text, struct ctrace_walk *walk,
               const struct ct_trace_event *event, const struct ct_trace_expression *expression,
               const char *part)
{
    if (part != NULL) {
        ctrace_put_format(&walk->output, ", %s ", part);
    } else {
        const uint32_t depth =
            expression->depth < INDENT_DEPTH_MAX ? expression->depth : INDENT_DEPTH_MAX;
        begin_line(text, walk);
        ctrace_put_spaces(&walk->output, 2 + 2 * depth);
        put_span(walk, expression);
        ctrace_put_plain(&walk->output, expression->name, expression->name_size);
        ctrace_put_text(&walk->output, expression->is_assigned ? " " : " => ");
        text->is_line_open = true;
    }
    ctrace_put_value_ruby(&walk->output, walk->reader, event->value);
}

static void
put_value(struct ctrace_text_printer *text, struct ctrace_walk *walk,
          const struct ct_trace_event *event)
{
    if (text->expressions != NULL) {
        size_t size = 0;
        const char *part, *name = ct_trace_reader_name(walk->reader, event->name_id, &size);
        const struct ct_trace_expression *expression =
            ctrace_expressions_next(text->expressions, name, size, &part);
        if (expression != NULL) {
            put_expression(text, walk, event, expression, part);
            return;
        }
    }
    if (!text->is_line_open) {
        begin_line(text, walk);
        text->is_line_open = true;
    }
    ctrace_put_text(&walk->output, " ");
    ctrace_put_name(&walk->output, walk->reader, event->name_id);
    ctrace_put_text(&walk->output, "=");
    ctrace_put_value_ruby(&walk->output, walk->reader, event->value);
}

static void
put_call(struct ctrace_text_printer *text, struct ctrace_walk *walk,
         const struct ct_trace_event *event)
{
    begin_line(text, walk);
    ctrace_put_text(&walk->output, "-> ");
    ctrace_put_function(&walk->output, walk->reader, event->function_id);
    ctrace_put_text(&walk->output, "(");
    ctrace_put_args(&walk->output, walk->reader, event->args, event->arg_count);
    ctrace_put_text(&walk->output, ")\n");
}

static void
put_event(struct ctrace_text_printer *text, struct ctrace_walk *walk,
          const struct ct_trace_event *event)
{
    begin_line(text, walk);
    ctrace_put_format(&walk->output, "%s ", ctrace_event_kind_name(event->event_kind));
    /* An exception's metadata is its class, which its text starts with. */
    if (event->metadata_size > 0 && event->event_kind != CT_EVENT_ERROR) {
        ctrace_put_plain(&walk->output, event->metadata, event->metadata_size);
        ctrace_put_text(&walk->output, " ");
    }
    ctrace_put_quoted(&walk->output, event->text, event->text_size);
    ctrace_put_text(&walk->output, "\n");
}

static void
put_thread(struct ctrace_text_printer *text, struct ctrace_walk *walk,
           const struct ct_trace_event *event)
{
    const char *verb = event->kind == CT_TRACE_THREAD_START  ? "starts"
                       : event->kind == CT_TRACE_THREAD_EXIT ? "ends"
                                                             : "runs";
    begin_line(text, walk);
    ctrace_put_format(&walk->output, "thread %" PRIu64 " %s\n", event->thread_id, verb);
}

static void
print_event(struct ctrace_printer *printer, struct ctrace_walk *walk,
            const struct ct_trace_event *event)
{
    struct ctrace_text_printer *text = (struct ctrace_text_printer *)printer;
    switch (event->kind) {
    case CT_TRACE_STEP:
        put_step(text, walk, event);
        return;
    case CT_TRACE_VALUE:
        put_value(text, walk, event);
        return;
    case CT_TRACE_CALL:
        put_call(text, walk, event);
        return;
    case CT_TRACE_RETURN:
        begin_line(text, walk);
        ctrace_put_text(&walk->output, "<- ");
        ctrace_put_value_ruby(&walk->output, walk->reader, event->value);
        ctrace_put_text(&walk->output, "\n");
        return;
    case CT_TRACE_EVENT:
        put_event(text, walk, event);
        return;
    case CT_TRACE_THREAD_START:
    case CT_TRACE_THREAD_EXIT:
    case CT_TRACE_THREAD_SWITCH:
        put_thread(text, walk, event);
        return;
    default:
        return;
    }
}

static void
print_block_end(struct ctrace_printer *printer, struct ctrace_walk *walk)
{
    struct ctrace_text_printer *text = (struct ctrace_text_printer *)printer;
    const size_t depth = walk->depth < INDENT_DEPTH_MAX ? walk->depth : INDENT_DEPTH_MAX;
    end_line(text, walk);
    if (text->instructions != NULL && text->has_step)
        ctrace_instructions_put(text->instructions, walk, NUMBER_WIDTH + 4 + 2 * depth);
    text->has_step = false;
}

void
ctrace_text_printer_init(struct ctrace_text_printer *printer, bool shows_source,
                         struct ctrace_expressions *expressions,
                         struct ctrace_instructions *instructions)
{
    *printer = (struct ctrace_text_printer){.printer = {print_event, print_block_end, true},
                                            .shows_source = shows_source,
                                            .expressions = expressions,
                                            .instructions = instructions};
}

const char *
ctrace_event_kind_name(uint64_t event_kind)
{
    static const char *const names[] = {"stdout",   "write-file", "stderr",   "read",
                                        "read-file", "read-other", "read-dir", "open-dir",
                                        "close-dir", "socket",     "open",     "raise",
                                        "log",       "evm"};
    return event_kind < sizeof names / sizeof *names ? names[event_kind] : "event";
}
