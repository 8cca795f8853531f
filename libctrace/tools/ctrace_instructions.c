/* See ctrace_instructions.h. In text, as the VM's own disassembly has it, and the stack's top:
 *
 *       5    loop.rb:3 i=1
 *            work:
 *            0012 putobject                2  | 1
 *            0014 opt_mod                  <mid:%, argc:1, ARGS_SIMPLE>  | 2
 * In JSON of_step, code_id, label, path, line, position, opcode, operands, stack_top. */
#include "ctrace_instructions.h"

#include "ctrace.h"

#include <inttypes.h>
#include <string.h>

#define NO_CODE UINT64_MAX

bool
ctrace_instructions_open(struct ctrace_instructions *instructions, const char *trace,
                         uint64_t first_step)
{
    struct ct_error error = {0};
    *instructions = (struct ctrace_instructions){.trace = trace};
    const enum ct_status status =
        ct_trace_instructions_open(trace, NULL, &instructions->list, &error);
    if (status == CT_ERR_NOT_FOUND)
        ctrace_complain("%s: no instructions were recorded (record with --instructions)", trace);
    else if (status != CT_OK)
        ctrace_complain_error(trace, &error);
    if (status == CT_OK)
        ct_trace_instructions_skip(instructions->list, first_step);
    return status == CT_OK;
}

void
ctrace_instructions_close(struct ctrace_instructions *instructions)
{
    ct_trace_instructions_close(instructions->list);
    *instructions = (struct ctrace_instructions){0};
}

/* Reads one; false at the end, which is told if it is not where it should be. */
static bool
read_run(struct ctrace_instructions *instructions)
{
    struct ct_error error = {0};
    if (instructions->has_failed)
        return false;
    const enum ct_status status =
        ct_trace_instructions_next(instructions->list, &instructions->run, &error);
    if (status == CT_OK)
        return true;
    const bool is_cut =
        status == CT_END && ct_trace_instructions_is_cut(instructions->list);
    if (is_cut)
        ctrace_complain("%s: trace.instructions was cut short", instructions->trace);
    else if (status != CT_END)
        ctrace_complain_error(instructions->trace, &error);
    instructions->has_failed = is_cut || status != CT_END;
    return false;
}

const struct ct_trace_instruction *
ctrace_instructions_next(struct ctrace_instructions *instructions, uint64_t at)
{
    do {
        if (!instructions->has_run && !read_run(instructions))
            return NULL;
        instructions->has_run = true;
        if (instructions->run.at > at)
            return NULL;
        instructions->has_run = false;
    } while (instructions->run.at < at);
    return &instructions->run;
}

void
ctrace_instructions_end(struct ctrace_instructions *instructions, const struct ctrace_walk *walk)
{
    const struct ct_trace_facts *facts = ct_trace_reader_facts(walk->reader);
    while (ctrace_instructions_next(instructions, ctrace_walk_step(walk)) != NULL)
        continue;
    if (!instructions->has_run)
        return;
    ctrace_complain("%s: instructions of steps that the trace does not have are left out",
                    instructions->trace);
    if (facts->is_present && strcmp(facts->state, "complete") == 0)
        instructions->has_failed = true;
}

static void
put_run(struct ctrace_walk *walk, const struct ct_trace_instruction *run)
{
    ctrace_put_format(&walk->output, "%04" PRIu64 " %-22s ", run->position, run->opcode);
    ctrace_put_plain(&walk->output, run->operands, strlen(run->operands));
    if (run->value != NULL) {
        ctrace_put_text(&walk->output, "  | ");
        ctrace_put_plain(&walk->output, run->value, run->value_size);
    }
    if (run->step != run->at)
        ctrace_put_format(&walk->output, "  (of step %" PRIu64 ")", run->step);
    ctrace_put_text(&walk->output, "\n");
}

void
ctrace_instructions_put(struct ctrace_instructions *instructions, struct ctrace_walk *walk,
                        size_t indent)
{
    const struct ct_trace_instruction *run;
    uint64_t code_id = NO_CODE;
    while ((run = ctrace_instructions_next(instructions, ctrace_walk_step(walk))) != NULL) {
        ctrace_put_spaces(&walk->output, indent);
        if (run->code_id != code_id) {
            ctrace_put_plain(&walk->output, run->label, strlen(run->label));
            ctrace_put_text(&walk->output, ":\n");
            ctrace_put_spaces(&walk->output, indent);
        }
        code_id = run->code_id;
        put_run(walk, run);
    }
}

static void
put_string(struct ctrace_walk *walk, const char *key, const char *text, size_t size)
{
    ctrace_put_format(&walk->output, ",\"%s\":", key);
    if (text == NULL)
        ctrace_put_text(&walk->output, "null");
    else
        ctrace_put_json(&walk->output, text, size, true);
}

void
ctrace_instructions_put_json(struct ctrace_instructions *instructions, struct ctrace_walk *walk)
{
    const struct ct_trace_instruction *run;
    while ((run = ctrace_instructions_next(instructions, ctrace_walk_step(walk))) != NULL) {
        size_t size = 0;
        const char *path = ct_trace_reader_path(walk->reader, run->path_id, &size);
        ctrace_put_format(&walk->output,
                          "{\"event\":\"instruction\",\"step\":%" PRIu64 ",\"depth\":%zu,"
                          "\"of_step\":%" PRIu64 ",\"code_id\":%" PRIu64,
                          run->at, walk->depth, run->step, run->code_id);
        put_string(walk, "label", run->label, strlen(run->label));
        put_string(walk, "path", path, size);
        ctrace_put_format(&walk->output, ",\"line\":%" PRIu64 ",\"position\":%" PRIu64, run->line,
                          run->position);
        put_string(walk, "opcode", run->opcode, strlen(run->opcode));
        put_string(walk, "operands", run->operands, strlen(run->operands));
        put_string(walk, "stack_top", run->value, run->value_size);
        ctrace_put_text(&walk->output, "}\n");
    }
}
