/* Interning of byte strings to dense ids 0, 1, 2 … in the order of first sight.
 *
 * Used by the trace writer and readers for paths, names, types. Strings are copied. */
#ifndef CT_BASE_TEXT_TABLE_H
#define CT_BASE_TEXT_TABLE_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ct_text_table; /* heap */

CT_MUST_CHECK enum ct_status ct_text_table_new(const struct ct_alloc *alloc,
                                               struct ct_text_table **out_table);
void ct_text_table_free(struct ct_text_table *table);

/* The id of these bytes, given now if they are new (*out_is_new may be NULL). */
CT_MUST_CHECK enum ct_status ct_text_table_put(struct ct_text_table *table, const void *bytes,
                                               size_t size, uint64_t *out_id, bool *out_is_new);
/* Always a new id, even for bytes that are there (readers rebuild a table from a file). */
CT_MUST_CHECK enum ct_status ct_text_table_append(struct ct_text_table *table, const void *bytes,
                                                  size_t size, uint64_t *out_id);
uint64_t ct_text_table_count(const struct ct_text_table *table);
/* Borrowed until the table is freed, NUL-terminated; NULL when `id` is not given yet. */
const char *ct_text_table_get(const struct ct_text_table *table, uint64_t id, size_t *out_size);

#endif
