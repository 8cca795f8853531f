/* Reads memory of this process that may not be there or may not be what it seems.
 *
 * Used by the searches of vm_layout.c and c_function.c, at load only: each read is a system call,
 * so what is searched word by word is copied a page at a time.
 */
#ifndef REC_OWN_MEMORY_H
#define REC_OWN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Copies `size` bytes; false where a plain load would crash, or where the system refuses the
 * call. */
bool rec_own_memory_get(const void *address, void *out_bytes, size_t size);

/* Copies what can be read of the `size` bytes from `address` on, and says how many bytes that is.
 * Memory comes and goes by pages: a copy ends where one begins. */
size_t rec_own_memory_get_start(const void *address, void *out_bytes, size_t size);

/* The bytes from the start of the page that the byte below `end` is in up to `end`. */
size_t rec_own_memory_page_part(const void *end);

#endif
