/* A growing byte array that remembers its first failure, so that a run of puts needs one check.
 *
 * Used by every encoder. After a failure puts do nothing; ct_buffer_status tells. */
#ifndef CT_BASE_BUFFER_H
#define CT_BASE_BUFFER_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdint.h>
#include <string.h>

struct ct_buffer {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    const struct ct_alloc *alloc;
    enum ct_status status;
};

void ct_buffer_init(struct ct_buffer *buffer, const struct ct_alloc *alloc); /* NULL: default */
void ct_buffer_release(struct ct_buffer *buffer);

/* Room for `size` more bytes at the end, not yet counted in `size`; NULL after a failure. */
uint8_t *ct_buffer_reserve(struct ct_buffer *buffer, size_t size);
void ct_buffer_put(struct ct_buffer *buffer, const void *bytes, size_t size);
void ct_buffer_put_u8(struct ct_buffer *buffer, uint8_t value);
void ct_buffer_put_u16(struct ct_buffer *buffer, uint16_t value); /* little-endian, as all below */
void ct_buffer_put_u32(struct ct_buffer *buffer, uint32_t value);
void ct_buffer_put_u64(struct ct_buffer *buffer, uint64_t value);
void ct_buffer_put_varint(struct ct_buffer *buffer, uint64_t value); /* LEB128 */
void ct_buffer_put_text(struct ct_buffer *buffer, const char *text); /* without the NUL */
void ct_buffer_put_format(struct ct_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ct_buffer_reset(struct ct_buffer *buffer); /* size 0, capacity and failure kept */

CT_MUST_CHECK enum ct_status ct_buffer_status(const struct ct_buffer *buffer);

#endif
