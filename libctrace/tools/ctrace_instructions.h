/* The instructions of the VM that ran at a step, for the printers of `ctrace print`.
 *
 * They come in the order of the trace; a walk that begins late passes over the chunks before. */
#ifndef CTRACE_INSTRUCTIONS_H
#define CTRACE_INSTRUCTIONS_H

#include "ctrace/trace_instructions.h"
#include "ctrace_walk.h"

#include <stdbool.h>

struct ctrace_instructions {
    const char *trace; /* as the user named it */
    struct ct_trace_instructions *list; /* owned; NULL: none */
    struct ct_trace_instruction run;    /* the next one, if has_run */
    bool has_run;
    bool has_failed; /* something of the file could not be read, and was complained about */
};

/* False, with a complaint: there are none, or the file cannot be read. */
bool ctrace_instructions_open(struct ctrace_instructions *instructions, const char *trace,
                              uint64_t first_step);
void ctrace_instructions_close(struct ctrace_instructions *instructions);

/* The next one that ran while the walk's step was the newest; NULL: no more. Borrowed until the
 * next call. */
const struct ct_trace_instruction *
ctrace_instructions_next(struct ctrace_instructions *instructions, uint64_t at);

/* Behind a walk to the trace's last step: says so if there are more, of steps that it does not
 * have. That is a failure where the trace says that it came to its end. */
void ctrace_instructions_end(struct ctrace_instructions *instructions,
                             const struct ctrace_walk *walk);

/* The walk's step: a line each, below it; an object each. */
void ctrace_instructions_put(struct ctrace_instructions *instructions, struct ctrace_walk *walk,
                             size_t indent);
void ctrace_instructions_put_json(struct ctrace_instructions *instructions,
                                  struct ctrace_walk *walk);

#endif
