/* Reads trace_info.json. doc/format/trace_info.md is the contract.
 *
 * Used by trace_reader.c. Damage is no failure: the fields read before it stay, and the facts'
 * `error` keeps the breach. */
#ifndef CT_TRACE_FACTS_READER_H
#define CT_TRACE_FACTS_READER_H

#include "base/arena.h"
#include "ctrace/trace_reader.h"

#define CT_FACTS_NAME     "trace_info.json"
#define CT_FACTS_SIZE_MAX ((size_t)16 << 20)

/* Texts empty, numbers not known. */
void ct_facts_init(struct ct_trace_facts *facts);

/* Texts go to `arena`. CT_OK or CT_ERR_MEMORY. */
CT_MUST_CHECK enum ct_status ct_facts_read(const char *text, size_t size, struct ct_arena *arena,
                                           struct ct_trace_facts *facts);

#endif
