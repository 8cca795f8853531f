/* A bounded reader over borrowed bytes: the only way damaged input is ever looked at.
 *
 * Every get checks what remains; past the end the cursor fails for good (CT_ERR_FORMAT), returns
 * zeroes and stays where it was, so that a run of gets needs one check. */
#ifndef CT_BASE_CURSOR_H
#define CT_BASE_CURSOR_H

#include "ctrace/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct_cursor {
    const uint8_t *bytes;
    size_t size;
    size_t position;
    bool failed;
};

void ct_cursor_init(struct ct_cursor *cursor, const void *bytes, size_t size);

/* `size` borrowed bytes, or NULL and failed. The only place that moves the position; inline, as the
 * next: they are the inner loop of every decoder. hot */
static inline const uint8_t *
ct_cursor_get(struct ct_cursor *cursor, size_t size)
{
    if (cursor->failed || cursor->size - cursor->position < size) {
        cursor->failed = true;
        return NULL;
    }
    /* No arithmetic on a NULL input, and still a pointer for nothing. */
    const uint8_t *bytes =
        cursor->bytes != NULL ? cursor->bytes + cursor->position : (const uint8_t *)"";
    cursor->position += size;
    return bytes;
}

static inline size_t
ct_cursor_remaining(const struct ct_cursor *cursor)
{
    return cursor->failed ? 0 : cursor->size - cursor->position;
}

/* hot */
static inline uint8_t
ct_cursor_get_u8(struct ct_cursor *cursor)
{
    const uint8_t *bytes = ct_cursor_get(cursor, 1);
    return bytes != NULL ? *bytes : 0;
}

uint16_t ct_cursor_get_u16(struct ct_cursor *cursor);
uint32_t ct_cursor_get_u32(struct ct_cursor *cursor);
uint64_t ct_cursor_get_u64(struct ct_cursor *cursor);
uint64_t ct_cursor_get_varint(struct ct_cursor *cursor); /* at most 10 bytes, no overflow */
CT_MUST_CHECK enum ct_status ct_cursor_status(const struct ct_cursor *cursor);

#endif
