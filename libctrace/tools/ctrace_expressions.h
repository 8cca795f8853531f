/* Which of a step's values are of expressions, for the printers of `ctrace print`.
 *
 * A step shows no two values of one name, and expressions come in order: a value is the next one's
 * when it is called so. A trace without them has none. */
#ifndef CTRACE_EXPRESSIONS_H
#define CTRACE_EXPRESSIONS_H

#include "ctrace/trace_expressions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctrace_expressions {
    struct ct_trace_expressions *list; /* owned; NULL: none */
    const struct ct_trace_seen *seen;  /* of the step */
    size_t seen_count, seen_index;     /* the next one's */
    uint32_t left;                     /* values of the one before that are still to come */
};

/* Complains about a file that is damaged; what can be read of it is used. */
void ctrace_expressions_open(struct ctrace_expressions *expressions, const char *trace);
void ctrace_expressions_close(struct ctrace_expressions *expressions);

/* The values of this step come next. */
void ctrace_expressions_step(struct ctrace_expressions *expressions, uint64_t step);

/* What the next value is of; NULL: a variable. *out_part: "receiver" and the like, NULL: it is the
 * expression's own. */
const struct ct_trace_expression *ctrace_expressions_next(struct ctrace_expressions *expressions,
                                                          const char *name, size_t name_size,
                                                          const char **out_part);

#endif
