/* trace_expressions.json element by element, each checked against those before it, none kept.
 *
 * Used by expressions_reader.c, verify_expressions.c and repair_expressions.c: memory is that of
 * the largest element. doc/format/expressions.md is the contract. */
#ifndef CT_TRACE_EXPRESSION_ELEMENTS_H
#define CT_TRACE_EXPRESSION_ELEMENTS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "ctrace/trace_expressions.h"
#include "trace/json_array.h"

#define CT_EXPRESSIONS_FILE_NAME "trace_expressions.json"

struct ct_expression_pair {
    uint64_t id; /* defined before */
    uint32_t value_count;
};

/* Borrowed until the next one. */
struct ct_expression_element {
    bool is_step; /* what was seen on `step`; else a definition of `id` */
    uint64_t id;
    struct ct_trace_expression expression; /* its depth is not known */
    uint64_t step;
    const struct ct_expression_pair *pairs;
    size_t pair_count;
    const char *text; /* as it stands in the file */
    size_t size;
};

struct ct_expression_elements {
    struct ct_json_array array;
    struct ct_arena texts;  /* of the present element */
    struct ct_buffer pairs; /* of the present element */
    uint64_t id_count;      /* ids before this one are defined */
    uint64_t step_end;      /* steps before this one may have seen some; 0: none has */
};

/* Borrows `file`. On failure release is still to be called. */
CT_MUST_CHECK enum ct_status ct_expression_elements_init(struct ct_expression_elements *elements,
                                                         struct ct_file *file,
                                                         const struct ct_alloc *alloc);
void ct_expression_elements_release(struct ct_expression_elements *elements);

/* CT_END behind the last one. CT_ERR_FORMAT, CT_ERR_LIMIT: what follows cannot be relied on. */
CT_MUST_CHECK enum ct_status ct_expression_elements_next(struct ct_expression_elements *elements,
                                                         struct ct_expression_element *out_element,
                                                         struct ct_error *error);

#endif
