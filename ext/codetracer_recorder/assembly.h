/* Where one record is put together before it goes to the spool in one piece.
 *
 * Used by capture and snapshots. It is a buffer of its own because encoding a value may define
 * names, and those records have to reach the spool first. Grows at first need, then never again. */
#ifndef REC_ASSEMBLY_H
#define REC_ASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rec_assembly {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    bool is_short; /* once it got no memory: something was left out */
};

/* What was drafted in the spool, unpublished, of a record that has to go on in the assembly. */
struct rec_draft {
    const uint8_t *items; /* NULL: nothing */
    const uint8_t *end;
    uint32_t next; /* index in the layout of what is not in it yet */
};

/* Makes room for `size` more bytes; false when memory is short. */
bool rec_assembly_grow(struct rec_assembly *assembly, size_t size);

static inline bool
rec_assembly_reserve(struct rec_assembly *assembly, size_t size)
{
    if (__builtin_expect(assembly->capacity - assembly->size >= size, 1))
        return true;
    return rec_assembly_grow(assembly, size);
}

/* Puts of known size after a reserve. */
static inline void
rec_assembly_put(struct rec_assembly *assembly, const void *bytes, size_t size)
{
    memcpy(assembly->bytes + assembly->size, bytes, size);
    assembly->size += size;
}

static inline void
rec_assembly_put_u8(struct rec_assembly *assembly, uint8_t value)
{
    assembly->bytes[assembly->size++] = value;
}

static inline void
rec_assembly_put_u32(struct rec_assembly *assembly, uint32_t value)
{
    rec_assembly_put(assembly, &value, sizeof value);
}

static inline void
rec_assembly_put_u64(struct rec_assembly *assembly, uint64_t value)
{
    rec_assembly_put(assembly, &value, sizeof value);
}

/* Zeroes up to the next multiple of 8. */
static inline void
rec_assembly_pad(struct rec_assembly *assembly)
{
    while (assembly->size % 8 != 0)
        assembly->bytes[assembly->size++] = 0;
}

void rec_assembly_release(struct rec_assembly *assembly);

#endif
