/* What is beside a trace that is repaired, as far as it can be read and speaks of what the new
 * trace has: trace_expressions.json and trace.instructions.
 *
 * Used by trace_repair.c. Each reads the file of its name in `from`, whose absence is normal, and
 * writes it anew into `folder`. Not CT_OK: memory or the system failed. */
#ifndef CT_TRACE_REPAIR_BESIDE_H
#define CT_TRACE_REPAIR_BESIDE_H

#include "ctrace/io.h"
#include "ctrace/trace_repair.h"

/* What the new trace has. */
struct ct_repair_bounds {
    uint64_t path_count, step_count;
    const uint64_t *torn_steps; /* ascending: steps that may lack some of their Values */
    size_t torn_count;
};

CT_MUST_CHECK enum ct_status ct_repair_expressions(struct ct_folder *from,
                                                   struct ct_folder *folder,
                                                   const struct ct_repair_bounds *bounds,
                                                   const struct ct_alloc *alloc,
                                                   struct ct_repair_part *out_part);
CT_MUST_CHECK enum ct_status ct_repair_instructions(struct ct_folder *from,
                                                    struct ct_folder *folder,
                                                    const struct ct_repair_bounds *bounds,
                                                    const struct ct_alloc *alloc,
                                                    struct ct_repair_part *out_part);

#endif
