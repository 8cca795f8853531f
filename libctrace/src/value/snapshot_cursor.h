/* Reading the parts of a snapshot, bounded, and passing over whole values.
 *
 * Used by snapshot_decode.c. Numbers are in the machine's own byte order: the bytes come from a
 * process on the same machine. */
#ifndef CT_VALUE_SNAPSHOT_CURSOR_H
#define CT_VALUE_SNAPSHOT_CURSOR_H

#include "base/cursor.h"
#include "ctrace/spool_format.h"

#include <string.h>

static inline uint32_t
ct_snapshot_get_u32(struct ct_cursor *cursor)
{
    uint32_t value = 0;
    const uint8_t *bytes = ct_cursor_get(cursor, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint64_t
ct_snapshot_get_u64(struct ct_cursor *cursor)
{
    uint64_t value = 0;
    const uint8_t *bytes = ct_cursor_get(cursor, sizeof value);
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    return value;
}

/* Passes over one value that lies at `depth`; refuses what a decode would refuse by its shape. */
CT_MUST_CHECK enum ct_status ct_snapshot_skip(struct ct_cursor *cursor, unsigned depth);
/* Passes over the items of an ARRAY, HASH or OBJECT; its values lie at `depth`. */
CT_MUST_CHECK enum ct_status ct_snapshot_skip_items(struct ct_cursor *cursor,
                                                    enum ct_snapshot_tag tag, uint32_t count,
                                                    unsigned depth);

#endif
