/* Numbers, each through ct_cursor_get. See cursor.h.
 *
 * A failed cursor answers every get with zeroes, so that a loop bounded by a count it
 * has read must check the status, or the count against ct_cursor_remaining, before it trusts it. */
#include "base/cursor.h"

#include "base/bytes.h"

#define VARINT_SHIFT_MAX 63u /* the tenth byte brings the 64th bit */

void
ct_cursor_init(struct ct_cursor *cursor, const void *bytes, size_t size)
{
    *cursor = (struct ct_cursor){.bytes = bytes, .size = size};
}

uint16_t
ct_cursor_get_u16(struct ct_cursor *cursor)
{
    const uint8_t *bytes = ct_cursor_get(cursor, 2);
    return bytes != NULL ? ct_bytes_get_u16(bytes) : 0;
}

uint32_t
ct_cursor_get_u32(struct ct_cursor *cursor)
{
    const uint8_t *bytes = ct_cursor_get(cursor, 4);
    return bytes != NULL ? ct_bytes_get_u32(bytes) : 0;
}

uint64_t
ct_cursor_get_u64(struct ct_cursor *cursor)
{
    const uint8_t *bytes = ct_cursor_get(cursor, 8);
    return bytes != NULL ? ct_bytes_get_u64(bytes) : 0;
}

uint64_t
ct_cursor_get_varint(struct ct_cursor *cursor)
{
    const size_t start = cursor->position;
    uint64_t value = 0;
    for (unsigned shift = 0; shift <= VARINT_SHIFT_MAX; shift += 7) {
        const uint8_t *byte = ct_cursor_get(cursor, 1);
        if (byte == NULL || (shift == VARINT_SHIFT_MAX && *byte > 1))
            break;
        value |= (uint64_t)(*byte & 0x7F) << shift;
        if (*byte < 0x80)
            return value;
    }
    cursor->failed = true;
    cursor->position = start; /* so that the error names the number, not its middle */
    return 0;
}

enum ct_status
ct_cursor_status(const struct ct_cursor *cursor)
{
    return cursor->failed ? CT_ERR_FORMAT : CT_OK;
}
