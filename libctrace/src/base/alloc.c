/* The default allocator, and the three calls that everything else allocates with.
 *
 * See ctrace/alloc.h. A NULL allocator means the default one throughout. */
#include "ctrace/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *
reallocate_heap(void *context, void *pointer, size_t size)
{
    (void)context;
    if (size == 0) { /* realloc(p, 0) may return a pointer that nobody frees */
        free(pointer);
        return NULL;
    }
    return realloc(pointer, size);
}

const struct ct_alloc *
ct_alloc_default(void)
{
    static const struct ct_alloc heap = {reallocate_heap, NULL};
    return &heap;
}

void *
ct_alloc_resize(const struct ct_alloc *alloc, void *pointer, size_t size)
{
    if (alloc == NULL)
        alloc = ct_alloc_default();
    return alloc->reallocate(alloc->context, pointer, size);
}

void *
ct_alloc_zeroed(const struct ct_alloc *alloc, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *memory = ct_alloc_resize(alloc, NULL, count * size);
    if (memory != NULL)
        memset(memory, 0, count * size);
    return memory;
}

void
ct_alloc_free(const struct ct_alloc *alloc, void *pointer)
{
    if (pointer != NULL)
        (void)ct_alloc_resize(alloc, pointer, 0);
}
