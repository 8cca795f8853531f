/* A growing byte array that remembers its first failure, so that a run of puts needs one check.
 *
 * Used by every encoder. After a failure puts do nothing; ct_buffer_status tells. The small puts
 * are inline: they are the inner loop of every sink. */
#ifndef CT_BASE_BUFFER_H
#define CT_BASE_BUFFER_H

#include "base/bytes.h"
#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdint.h>
#include <string.h>

struct ct_buffer {
    uint8_t *bytes;
    size_t size;
    size_t
        capacity; /* >= size; equal to it after a failure, so that every put takes the slow path */
    const struct ct_alloc *alloc;
    enum ct_status status;
};

void ct_buffer_init(struct ct_buffer *buffer, const struct ct_alloc *alloc); /* NULL: default */
void ct_buffer_release(struct ct_buffer *buffer);

/* Reserve's slow path: grows, or fails for good. Not to be called by others. */
uint8_t *ct_buffer_grow(struct ct_buffer *buffer, size_t size);

/* Room for `size` more bytes at the end, not yet counted in `size`; NULL after a failure. hot */
static inline uint8_t *
ct_buffer_reserve(struct ct_buffer *buffer, size_t size)
{
    /* `<`, not `<=`: size 0 of an unused or failed buffer must not look like room. */
    if (__builtin_expect(size < buffer->capacity - buffer->size, 1))
        return buffer->bytes + buffer->size;
    return ct_buffer_grow(buffer, size);
}

/* hot */
static inline void
ct_buffer_put(struct ct_buffer *buffer, const void *bytes, size_t size)
{
    uint8_t *out = ct_buffer_reserve(buffer, size);
    if (out == NULL || size == 0) /* memcpy wants a pointer even for nothing */
        return;
    memcpy(out, bytes, size);
    buffer->size += size;
}

/* hot */
static inline void
ct_buffer_put_u8(struct ct_buffer *buffer, uint8_t value)
{
    uint8_t *out = ct_buffer_reserve(buffer, 1);
    if (out == NULL)
        return;
    *out = value;
    buffer->size++;
}

/* Little-endian, as all below. hot */
static inline void
ct_buffer_put_u16(struct ct_buffer *buffer, uint16_t value)
{
    uint8_t *out = ct_buffer_reserve(buffer, sizeof value);
    if (out == NULL)
        return;
    ct_bytes_put_u16(out, value);
    buffer->size += sizeof value;
}

/* hot */
static inline void
ct_buffer_put_u32(struct ct_buffer *buffer, uint32_t value)
{
    uint8_t *out = ct_buffer_reserve(buffer, sizeof value);
    if (out == NULL)
        return;
    ct_bytes_put_u32(out, value);
    buffer->size += sizeof value;
}

/* hot */
static inline void
ct_buffer_put_u64(struct ct_buffer *buffer, uint64_t value)
{
    uint8_t *out = ct_buffer_reserve(buffer, sizeof value);
    if (out == NULL)
        return;
    ct_bytes_put_u64(out, value);
    buffer->size += sizeof value;
}

void ct_buffer_put_varint(struct ct_buffer *buffer, uint64_t value); /* LEB128 */
void ct_buffer_put_text(struct ct_buffer *buffer, const char *text); /* without the NUL */
void ct_buffer_put_format(struct ct_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ct_buffer_reset(struct ct_buffer *buffer); /* size 0, capacity and failure kept */

CT_MUST_CHECK enum ct_status ct_buffer_status(const struct ct_buffer *buffer);

#endif
