/* Functions of a trace that branched off another: numbered anew, as they are called.
 *
 * Used by the trace writer. A program with threads has a function for each of them; a branch calls
 * few of those that its origin knew. Until the first branch ids are the trace's own. */
#ifndef CT_TRACE_SHOWN_FUNCTIONS_H
#define CT_TRACE_SHOWN_FUNCTIONS_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ct_shown_functions {
    const struct ct_alloc *alloc;
    bool is_branch;
    uint64_t *ids; /* the writer's id → the trace's plus 1; 0: not defined there */
    size_t capacity;
    uint64_t count; /* defined in the trace */
};

/* Zeroed, but for `alloc`, is of a trace that is no branch; safe twice. */
void ct_shown_functions_release(struct ct_shown_functions *shown);

/* A branch begins: none is defined in it. */
void ct_shown_functions_branch(struct ct_shown_functions *shown);

/* The trace's id of a function; *out_is_new: it has to be defined there, now. */
CT_MUST_CHECK enum ct_status ct_shown_functions_put(struct ct_shown_functions *shown, uint64_t id,
                                                    uint64_t *out_id, bool *out_is_new);

#endif
