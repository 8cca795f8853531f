/* trace_info.json of a trace that is repaired: what it said, with its state and counts put right.
 *
 * Used by trace_repair.c. doc/format/trace_info.md is the contract. */
#ifndef CT_TRACE_REPAIR_FACTS_H
#define CT_TRACE_REPAIR_FACTS_H

#include "base/buffer.h"
#include "ctrace/trace_writer.h"

/* Appends the new text to `out`. CT_ERR_FORMAT when `text` is not the file that it should be. */
CT_MUST_CHECK enum ct_status ct_repair_facts(const char *text, size_t size,
                                             const struct ct_trace_counts *counts,
                                             const struct ct_alloc *alloc, struct ct_buffer *out);

#endif
