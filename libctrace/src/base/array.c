/* See array.h. */
#include "base/array.h"

#include <stdint.h>

#define CAPACITY_FIRST 16

enum ct_status
ct_array_require(const struct ct_alloc *alloc, void **array, size_t *capacity, size_t count,
                 size_t item_size)
{
    if (count < *capacity)
        return CT_OK;
    const size_t wanted = *capacity == 0 ? CAPACITY_FIRST : *capacity * 2;
    if (wanted > SIZE_MAX / item_size)
        return CT_ERR_MEMORY;
    void *grown = ct_alloc_resize(alloc, *array, wanted * item_size);
    if (grown == NULL)
        return CT_ERR_MEMORY;
    *array = grown;
    *capacity = wanted;
    return CT_OK;
}
