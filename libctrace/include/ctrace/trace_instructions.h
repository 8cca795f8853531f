/* Which instructions of the VM ran, one by one in order: trace.instructions.
 * doc/format/instructions.md is the contract.
 *
 * Used by tools. One chunk is in memory at a time, and all code that was defined so far. What is
 * damaged ends the reading. */
#ifndef CTRACE_TRACE_INSTRUCTIONS_H
#define CTRACE_TRACE_INSTRUCTIONS_H

#include "ctrace/alloc.h"
#include "ctrace/io.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are NUL-terminated, borrowed until close; `value` until the next call. */
struct ct_trace_instruction {
    uint64_t at;   /* the trace's newest step when it ran */
    uint64_t step; /* whose line's it is: `at`, or one before that a call came behind */
    uint64_t code_id, path_id;
    const char *label; /* what the VM calls the code */
    uint64_t position; /* in words of its code */
    uint64_t line;
    const char *opcode, *operands;
    const char *value; /* on top of the stack before it; NULL: nothing that is a value */
    size_t value_size;
};

struct ct_trace_instructions; /* heap */

/* Of the trace that `path` means. CT_ERR_NOT_FOUND: it has none. */
CT_MUST_CHECK enum ct_status ct_trace_instructions_open(const char *path,
                                                        const struct ct_alloc *alloc,
                                                        struct ct_trace_instructions **out_list,
                                                        struct ct_error *error);
/* The same of an open file, which is borrowed until close. */
CT_MUST_CHECK enum ct_status ct_trace_instructions_read(struct ct_file *file,
                                                        const struct ct_alloc *alloc,
                                                        struct ct_trace_instructions **out_list,
                                                        struct ct_error *error);
void ct_trace_instructions_close(struct ct_trace_instructions *list);

/* Before the first next: passes over chunks whose instructions ran before that step. */
void ct_trace_instructions_skip(struct ct_trace_instructions *list, uint64_t at);

/* CT_END: no more. CT_ERR_FORMAT and CT_ERR_LIMIT fill `error`, and come again. */
CT_MUST_CHECK enum ct_status ct_trace_instructions_next(struct ct_trace_instructions *list,
                                                        struct ct_trace_instruction *out_run,
                                                        struct ct_error *error);

/* After CT_END: whether the file ends within a chunk, as one of a writer that was killed may. */
bool ct_trace_instructions_is_cut(const struct ct_trace_instructions *list);

/* Instructions read or passed over so far. */
uint64_t ct_trace_instructions_count(const struct ct_trace_instructions *list);

/* How many there are in all, as the heads of chunks tell; reads nothing else, and leaves the list
 * where it is. What is damaged ends the count. */
uint64_t ct_trace_instructions_sum(struct ct_trace_instructions *list);

#endif
