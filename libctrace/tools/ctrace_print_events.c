/* A trace in the canonical form: one line an event, ids resolved, nothing left out that has
 * meaning.
 *
 * See ctrace_printers.h and ctrace_value_canonical.c: the form is that of
 * test/oracle/ct_oracle.py. It is for comparing, so names and paths are not escaped. */
#include "ctrace_printers.h"
#include "ctrace_value.h"

#include <inttypes.h>

static void
put_indent(struct ctrace_walk *walk)
{
    ctrace_put_spaces(&walk->output, 2 * walk->depth);
}

static void
put_path(struct ctrace_walk *walk, uint64_t path_id)
{
    size_t size = 1;
    const char *path = ct_trace_reader_path(walk->reader, path_id, &size);
    ctrace_put(&walk->output, path != NULL ? path : "?", path != NULL ? size : 1);
}

static void
put_name(struct ctrace_walk *walk, uint64_t name_id)
{
    size_t size = 1;
    const char *name = ct_trace_reader_name(walk->reader, name_id, &size);
    ctrace_put(&walk->output, name != NULL ? name : "?", name != NULL ? size : 1);
}

static void
put_call(struct ctrace_walk *walk, const struct ct_trace_event *event)
{
    const struct ct_trace_function *function =
        ct_trace_reader_function(walk->reader, event->function_id);
    ctrace_put_text(&walk->output, "call ");
    ctrace_put(&walk->output, function != NULL ? function->name : "?",
               function != NULL ? function->name_size : 1);
    ctrace_put_text(&walk->output, "(");
    for (size_t i = 0; i < event->arg_count; i++) {
        ctrace_put_text(&walk->output, i > 0 ? ", " : "");
        put_name(walk, event->args[i].name_id);
        ctrace_put_text(&walk->output, "=");
        ctrace_put_value_canonical(&walk->output, walk->reader, event->args[i].value);
    }
    ctrace_put_text(&walk->output, ") ");
    put_path(walk, function != NULL ? function->path_id : CT_TRACE_NO_ID);
    ctrace_put_format(&walk->output, ":%" PRId64 "\n", function != NULL ? function->line : 0);
}

static void
print_event(struct ctrace_printer *printer, struct ctrace_walk *walk,
            const struct ct_trace_event *event)
{
    struct ctrace_output *output = &walk->output;
    (void)printer;
    switch (event->kind) {
    case CT_TRACE_STEP:
        put_indent(walk);
        ctrace_put_text(output, "step ");
        put_path(walk, event->path_id);
        ctrace_put_format(output, ":%" PRId64 "\n", event->line);
        return;
    case CT_TRACE_VALUE:
        put_indent(walk);
        ctrace_put_text(output, "  ");
        put_name(walk, event->name_id);
        ctrace_put_text(output, " = ");
        ctrace_put_value_canonical(output, walk->reader, event->value);
        ctrace_put_text(output, "\n");
        return;
    case CT_TRACE_CALL:
        put_indent(walk);
        put_call(walk, event);
        return;
    case CT_TRACE_RETURN:
        put_indent(walk);
        ctrace_put_text(output, "return ");
        ctrace_put_value_canonical(output, walk->reader, event->value);
        ctrace_put_text(output, "\n");
        return;
    case CT_TRACE_EVENT:
        put_indent(walk);
        ctrace_put_format(output, "event %" PRIu64 " ", event->event_kind);
        ctrace_put_json(output, event->metadata, event->metadata_size, false);
        ctrace_put_text(output, " ");
        ctrace_put_json(output, event->text, event->text_size, false);
        ctrace_put_text(output, "\n");
        return;
    case CT_TRACE_THREAD_START:
    case CT_TRACE_THREAD_EXIT:
    case CT_TRACE_THREAD_SWITCH:
        put_indent(walk);
        ctrace_put_format(output, "%s %" PRIu64 "\n", ct_trace_kind_name(event->kind),
                          event->thread_id);
        return;
    default:
        return;
    }
}

static void
print_block_end(struct ctrace_printer *printer, struct ctrace_walk *walk)
{
    (void)printer, (void)walk; /* every line is ended at once */
}

void
ctrace_events_printer_init(struct ctrace_printer *printer)
{
    *printer = (struct ctrace_printer){print_event, print_block_end, true};
}
