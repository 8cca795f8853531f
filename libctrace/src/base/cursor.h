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
size_t ct_cursor_remaining(const struct ct_cursor *cursor);
uint8_t ct_cursor_get_u8(struct ct_cursor *cursor);
uint16_t ct_cursor_get_u16(struct ct_cursor *cursor);
uint32_t ct_cursor_get_u32(struct ct_cursor *cursor);
uint64_t ct_cursor_get_u64(struct ct_cursor *cursor);
uint64_t ct_cursor_get_varint(struct ct_cursor *cursor); /* at most 10 bytes, no overflow */
/* `size` borrowed bytes, or NULL and failed. */
const uint8_t *ct_cursor_get(struct ct_cursor *cursor, size_t size);
CT_MUST_CHECK enum ct_status ct_cursor_status(const struct ct_cursor *cursor);

#endif
