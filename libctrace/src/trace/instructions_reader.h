/* What repair asks of trace.instructions beyond ctrace/trace_instructions.h: where the reading
 * stands.
 *
 * Used by repair_instructions.c. */
#ifndef CT_TRACE_INSTRUCTIONS_READER_H
#define CT_TRACE_INSTRUCTIONS_READER_H

#include "ctrace/trace_instructions.h"

/* Offset of the chunk that the last run is of; behind an end or a failure, of the chunk that is not
 * there or not whole. All before it was read. */
uint64_t ct_trace_instructions_chunk(const struct ct_trace_instructions *list);

#endif
