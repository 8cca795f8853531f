/* Which values of a trace's steps are of expressions, and of which: trace_expressions.json, read as
 * a whole. doc/format/expressions.md is the contract.
 *
 * Used by tools. What is damaged ends the reading; what came before stays. */
#ifndef CTRACE_TRACE_EXPRESSIONS_H
#define CTRACE_TRACE_EXPRESSIONS_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lines count from 1, columns are bytes from 0, the end is behind the last one. */
struct ct_trace_expression {
    uint64_t path_id;
    uint64_t line, column;
    uint64_t last_line, last_column;
    bool is_assigned; /* its first value was assigned to what it is called by */
    uint32_t depth;   /* in how many other expressions of the file it stands */
    const char *name; /* NUL-terminated */
    size_t name_size;
};

/* One that has come to a value: of the step's values `value_count`, the first of which has its
 * name. */
struct ct_trace_seen {
    uint32_t index; /* of the expression */
    uint32_t value_count;
};

struct ct_trace_expressions; /* heap */

/* Of the trace that `path` means. CT_ERR_NOT_FOUND: it has none. CT_ERR_FORMAT and CT_ERR_LIMIT
 * fill `error` and deliver what came before. */
CT_MUST_CHECK enum ct_status ct_trace_expressions_open(const char *path,
                                                       const struct ct_alloc *alloc,
                                                       struct ct_trace_expressions **out_list,
                                                       struct ct_error *error);
/* The same of a text (tests, fuzzers), which is not needed afterwards. */
CT_MUST_CHECK enum ct_status ct_trace_expressions_read(const char *text, size_t size,
                                                       const struct ct_alloc *alloc,
                                                       struct ct_trace_expressions **out_list,
                                                       struct ct_error *error);
void ct_trace_expressions_close(struct ct_trace_expressions *list);

/* Those that were seen on a step, in order; borrowed until close. */
const struct ct_trace_seen *ct_trace_expressions_seen(const struct ct_trace_expressions *list,
                                                      uint64_t step, size_t *out_count);
const struct ct_trace_expression *ct_trace_expression_at(const struct ct_trace_expressions *list,
                                                         uint32_t index);

#endif
