/* What a trace is, on one screen: who recorded what, how much of it. See ctrace_printers.h.
 *
 * Values are not decoded for it, which makes it several times cheaper than printing. */
#include "ctrace_printers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS_SHOWN 10

static void
add_calls(struct ctrace_summary_printer *summary, size_t id, uint64_t count)
{
    if (id >= summary->call_capacity) {
        const size_t capacity = id < 32 ? 64 : id * 2;
        uint64_t *grown = realloc(summary->calls, capacity * sizeof *grown);
        if (grown == NULL)
            return; /* the list of functions is then shorter; the counts are the walk's */
        memset(grown + summary->call_capacity, 0,
               (capacity - summary->call_capacity) * sizeof *grown);
        summary->calls = grown;
        summary->call_capacity = capacity;
    }
    summary->calls[id] += count;
}

static void
count_call(struct ctrace_printer *printer, struct ctrace_walk *walk,
           const struct ct_trace_event *event)
{
    if (event->kind == CT_TRACE_CALL &&
        event->function_id < ct_trace_reader_function_count(walk->reader))
        add_calls((struct ctrace_summary_printer *)printer, (size_t)event->function_id, 1);
}

static void
end_block(struct ctrace_printer *printer, struct ctrace_walk *walk)
{
    (void)printer, (void)walk;
}

void
ctrace_summary_printer_init(struct ctrace_summary_printer *printer)
{
    *printer = (struct ctrace_summary_printer){{count_call, end_block, false}, NULL, 0};
}

bool
ctrace_summary_seek(struct ctrace_summary_printer *printer, struct ctrace_walk *walk)
{
    struct ct_trace_position position;
    if (!ctrace_walk_seek(walk, UINT64_MAX, &position))
        return false;
    for (size_t id = 0; id < position.function_count; id++) {
        if (position.function_calls[id] > 0)
            add_calls(printer, id, position.function_calls[id]);
    }
    return true;
}

void
ctrace_summary_printer_release(struct ctrace_summary_printer *printer)
{
    free(printer->calls);
    *printer = (struct ctrace_summary_printer){0};
}

static void
put_row(struct ctrace_walk *walk, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    ctrace_put_format(&walk->output, "%-14s", label);
    ctrace_put_plain(&walk->output, text, strlen(text));
    ctrace_put_text(&walk->output, "\n");
}

static void
put_count(struct ctrace_walk *walk, const char *label, uint64_t count)
{
    ctrace_put_format(&walk->output, "%-14s%" PRIu64 "\n", label, count);
}

static void
put_arguments(struct ctrace_walk *walk)
{
    const struct ct_trace_metadata *metadata = walk->metadata;
    if (metadata->arg_count == 0)
        return;
    ctrace_put_format(&walk->output, "%-14s", "arguments");
    for (size_t i = 0; i < metadata->arg_count; i++) {
        ctrace_put_text(&walk->output, i > 0 ? " " : "");
        ctrace_put_quoted(&walk->output, metadata->args[i], strlen(metadata->args[i]));
    }
    ctrace_put_text(&walk->output, "\n");
}

static void
put_profile(struct ctrace_walk *walk)
{
    const struct ct_trace_metadata *metadata = walk->metadata;
    if (metadata->layout == CT_TRACE_LAYOUT_JSON)
        ctrace_put_format(&walk->output, "%-14sjson\n", "profile");
    else
        ctrace_put_format(&walk->output,
                          "%-14scombined (container %" PRIu32 ", meta.dat %" PRIu32 ")\n",
                          "profile", metadata->container_version, metadata->version);
}

static void
put_known(struct ctrace_walk *walk, const char *label, uint64_t count)
{
    if (count != CT_TRACE_NO_COUNT && count > 0)
        put_count(walk, label, count);
}

/* "complete: exit 3", "interrupted: unseen". */
static void
put_state(struct ctrace_walk *walk, const struct ct_trace_facts *facts)
{
    ctrace_put_format(&walk->output, "%-14s", "state");
    ctrace_put_plain(&walk->output, facts->state, strlen(facts->state));
    if (facts->how[0] != '\0') {
        ctrace_put_text(&walk->output, ": ");
        ctrace_put_plain(&walk->output, facts->how, strlen(facts->how));
    }
    if (facts->has_exit_status)
        ctrace_put_format(&walk->output, " %" PRId64, facts->exit_status);
    if (facts->has_signal)
        ctrace_put_format(&walk->output, " %" PRId64, facts->signal);
    if (facts->failure[0] != '\0') {
        ctrace_put_text(&walk->output, ", ");
        ctrace_put_plain(&walk->output, facts->failure, strlen(facts->failure));
    }
    ctrace_put_text(&walk->output, "\n");
}

/* What trace_info.json knows, and nothing of it where there is none. */
static void
put_facts(struct ctrace_walk *walk)
{
    const struct ct_trace_facts *facts = ct_trace_reader_facts(walk->reader);
    if (!facts->is_present || facts->error.status != CT_OK)
        return;
    put_state(walk, facts);
    put_row(walk, "backend", facts->backend);
    put_row(walk, "ruby", facts->ruby);
    put_row(walk, "started", facts->start_time);
    if (facts->duration_ns != CT_TRACE_NO_COUNT)
        ctrace_put_format(&walk->output, "%-14s%.3f s\n", "duration",
                          (double)facts->duration_ns / 1e9);
    put_row(walk, "git commit", facts->commit);
    put_known(walk, "gems", facts->gem_count);
    put_known(walk, "values cut", facts->cut_count);
    put_known(walk, "not captured", facts->uncaptured_count);
    put_known(walk, "lost frames", facts->lost_frame_count);
    put_known(walk, "ractor events", facts->ractor_event_count);
    put_known(walk, "spool waits", facts->wait_count);
}

/* The id of the function called most after `previous` in the order (calls, then id). */
static size_t
find_next(const struct ctrace_summary_printer *summary, size_t previous)
{
    size_t best = SIZE_MAX;
    for (size_t id = 0; id < summary->call_capacity; id++) {
        const uint64_t calls = summary->calls[id];
        if (calls == 0)
            continue;
        if (previous != SIZE_MAX && (calls > summary->calls[previous] ||
                                     (calls == summary->calls[previous] && id <= previous)))
            continue;
        if (best == SIZE_MAX || calls > summary->calls[best])
            best = id;
    }
    return best;
}

static void
put_functions(const struct ctrace_summary_printer *summary, struct ctrace_walk *walk)
{
    size_t id = SIZE_MAX;
    for (int shown = 0; shown < FUNCTIONS_SHOWN; shown++) {
        id = find_next(summary, id);
        if (id == SIZE_MAX)
            return;
        const struct ct_trace_function *function = ct_trace_reader_function(walk->reader, id);
        ctrace_put_format(&walk->output, "%-14s%8" PRIu64 "  ", shown == 0 ? "called most" : "",
                          summary->calls[id]);
        ctrace_put_plain(&walk->output, function->name, function->name_size);
        ctrace_put_text(&walk->output, "\n");
    }
}

static void
put_instructions(struct ctrace_walk *walk)
{
    struct ct_trace_instructions *list;
    if (ct_trace_instructions_open(walk->scan.trace, NULL, &list, NULL) != CT_OK)
        return;
    put_count(walk, "instructions", ct_trace_instructions_sum(list));
    ct_trace_instructions_close(list);
}

void
ctrace_summary_print(struct ctrace_summary_printer *printer, struct ctrace_walk *walk)
{
    const struct ct_trace_metadata *metadata = walk->metadata;
    put_row(walk, "program", metadata->program);
    put_arguments(walk);
    put_row(walk, "workdir", metadata->workdir);
    put_row(walk, "recorder", metadata->recorder);
    put_row(walk, "recording", metadata->recording_id);
    put_profile(walk);
    put_facts(walk);
    ctrace_put_format(&walk->output, "%-14s%" PRIu64 " bytes\n", "size", metadata->size);
    put_count(walk, "steps", walk->step_count);
    put_count(walk, "calls", walk->call_count);
    put_count(walk, "open calls", walk->depth);
    put_count(walk, "events", walk->event_count);
    put_count(walk, "files", ct_trace_reader_path_count(walk->reader));
    put_count(walk, "functions", ct_trace_reader_function_count(walk->reader));
    put_instructions(walk);
    put_functions(printer, walk);
}
