/* The id tables of one trace, filled as definitions are read: paths, names, functions, types.
 *
 * Used by the readers. Ids are the order of definition; a definition that was damaged still takes
 * its id, so that later ones stay right. */
#ifndef CT_TRACE_TRACE_TABLES_H
#define CT_TRACE_TRACE_TABLES_H

#include "base/arena.h"
#include "base/text_table.h"
#include "ctrace/trace_reader.h"

struct ct_trace_tables {
    const struct ct_alloc *alloc;
    struct ct_text_table *paths;
    struct ct_text_table *names;
    struct ct_arena arena; /* texts of functions and types */
    struct ct_trace_function *functions;
    size_t function_count;
    size_t function_capacity;
    struct ct_trace_type *types;
    size_t type_count;
    size_t type_capacity;
};

CT_MUST_CHECK enum ct_status ct_trace_tables_init(struct ct_trace_tables *tables,
                                                  const struct ct_alloc *alloc);
void ct_trace_tables_release(struct ct_trace_tables *tables);

/* Both copy all texts; fields included. */
CT_MUST_CHECK enum ct_status ct_trace_tables_function_append(
    struct ct_trace_tables *tables, const struct ct_trace_function *function, uint64_t *out_id);
CT_MUST_CHECK enum ct_status ct_trace_tables_type_append(struct ct_trace_tables *tables,
                                                         const struct ct_trace_type *type,
                                                         uint64_t *out_id);

#endif
