/* See assembly.h. */
#include "assembly.h"

#include <stdlib.h>

bool
rec_assembly_grow(struct rec_assembly *assembly, size_t size)
{
    size_t capacity = (assembly->size + size) * 2;
    uint8_t *bytes = realloc(assembly->bytes, capacity);
    if (bytes == NULL) {
        assembly->is_short = true;
        return false;
    }
    assembly->bytes = bytes;
    assembly->capacity = capacity;
    return true;
}

void
rec_assembly_release(struct rec_assembly *assembly)
{
    free(assembly->bytes);
    *assembly = (struct rec_assembly){.bytes = NULL};
}
