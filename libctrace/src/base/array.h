/* Arrays that grow by an item at a time.
 *
 * Used where an array stays for as long as what it is part of: trace_tables.c,
 * instructions_reader.c. What is emptied and filled again is a ct_buffer. */
#ifndef CT_BASE_ARRAY_H
#define CT_BASE_ARRAY_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stddef.h>

/* Makes room for one more item of `item_size` bytes behind `count`. On CT_ERR_MEMORY all is as it
 * was. */
CT_MUST_CHECK enum ct_status ct_array_require(const struct ct_alloc *alloc, void **array,
                                              size_t *capacity, size_t count, size_t item_size);

#endif
