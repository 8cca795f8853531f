/* What a trace being written has defined so far: paths, names, functions, types, each with its id.
 *
 * Used by the trace writer only. Equal input gives the id it had before; is_new says whether the
 * trace has yet to hear of it. Memory grows with what is distinct. */
#ifndef CT_TRACE_DEFINITIONS_H
#define CT_TRACE_DEFINITIONS_H

#include "base/buffer.h"
#include "base/text_table.h"
#include "trace/sink.h"

#include <stdbool.h>

struct ct_definitions {
    struct ct_text_table *paths;
    struct ct_text_table *names;
    struct ct_text_table *functions; /* keyed by path id, line, name; the index of … */
    struct ct_buffer function_ids;   /* … its id, uint64_t, ascending */
    uint64_t function_count;         /* with those that are not remembered */
    struct ct_text_table *types;     /* keyed by kind, name, fields */
    struct ct_buffer key;            /* the key in making */
};

CT_MUST_CHECK enum ct_status ct_definitions_init(struct ct_definitions *definitions,
                                                 const struct ct_alloc *alloc);
void ct_definitions_release(struct ct_definitions *definitions);

CT_MUST_CHECK enum ct_status ct_definitions_function_put(struct ct_definitions *definitions,
                                                         const struct ct_sink_function *function,
                                                         uint64_t *out_id, bool *out_is_new);
/* A new id for a function that is not remembered. */
uint64_t ct_definitions_function_append(struct ct_definitions *definitions);
CT_MUST_CHECK enum ct_status ct_definitions_type_put(struct ct_definitions *definitions,
                                                     const struct ct_sink_type *type,
                                                     uint64_t *out_id, bool *out_is_new);

/* What an id that was given stands for; borrowed until the next put. False: it is of a function
 * that was not remembered. */
bool ct_definitions_function_get(const struct ct_definitions *definitions, uint64_t id,
                                 struct ct_sink_function *out_function);
/* field_type_id is the caller's to fill in. */
CT_MUST_CHECK enum ct_status ct_definitions_type_get(struct ct_definitions *definitions,
                                                     uint64_t id, struct ct_sink_type *out_type);

#endif
