/* Reads memory of this process that may not be there or may not be what it seems.
 *
 * Used by the searches of vm_layout.c and c_function.c, at load only: each read is a system call.
 */
#ifndef REC_OWN_MEMORY_H
#define REC_OWN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Copies `size` bytes; false where a plain load would crash, or where the system refuses the
 * call. */
bool rec_own_memory_get(const void *address, void *out_bytes, size_t size);

#endif
