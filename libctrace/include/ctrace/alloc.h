/* Where libctrace gets memory: one function pointer, so that tests can make every n-th call fail.
 *
 * Used by everything that allocates. An allocator outlives what was made with it. */
#ifndef CTRACE_ALLOC_H
#define CTRACE_ALLOC_H

#include <stddef.h>

struct ct_alloc {
    /* As realloc(3): pointer NULL allocates, size 0 frees and returns NULL. NULL for a size > 0
     * means failure and leaves `pointer` valid. */
    void *(*reallocate)(void *context, void *pointer, size_t size);
    void *context;
};

/* The C library's heap. Static, never freed. NULL where an allocator is asked for means this. */
const struct ct_alloc *ct_alloc_default(void);

/* Zeroed memory of count * size bytes; NULL on overflow or failure. */
void *ct_alloc_zeroed(const struct ct_alloc *alloc, size_t count, size_t size);
void *ct_alloc_resize(const struct ct_alloc *alloc, void *pointer, size_t size);
void ct_alloc_free(const struct ct_alloc *alloc, void *pointer);

#endif
