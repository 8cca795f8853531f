/* See snapshot_cursor.h. */
#include "value/snapshot_cursor.h"

/* Bytes of each tag's fixed part; a u32 size and as many bytes follow where has_text is set, a u32
 * count and as many items where has_items is. */
static const struct {
    uint8_t size;
    bool has_text;
    bool has_items;
} shapes[] = {
    [CT_SNAPSHOT_WORD] = {.size = 8},
    [CT_SNAPSHOT_FLOAT] = {.size = 8},
    [CT_SNAPSHOT_BIGINT] = {.size = 1, .has_text = true},
    [CT_SNAPSHOT_STRING] = {.size = 16, .has_text = true},
    [CT_SNAPSHOT_SYMBOL] = {.size = 12, .has_text = true},
    [CT_SNAPSHOT_ARRAY] = {.size = 16, .has_items = true},
    [CT_SNAPSHOT_HASH] = {.size = 16, .has_items = true},
    [CT_SNAPSHOT_OBJECT] = {.size = 16, .has_items = true},
    [CT_SNAPSHOT_OPAQUE] = {.size = 8},
    [CT_SNAPSHOT_TEXT] = {.size = 8, .has_text = true},
    [CT_SNAPSHOT_REF] = {.size = 8},
    [CT_SNAPSHOT_CUT] = {.size = 17},
    [CT_SNAPSHOT_ABSENT] = {.size = 4},
    [CT_SNAPSHOT_NOTED] = {.size = 12},
};

enum ct_status
ct_snapshot_skip_items(struct ct_cursor *cursor, enum ct_snapshot_tag tag, uint32_t count,
                       unsigned depth)
{
    uint64_t value_count = (uint64_t)count * (tag == CT_SNAPSHOT_HASH ? 2 : 1);
    for (uint64_t i = 0; i < value_count; i++) {
        if (tag == CT_SNAPSHOT_OBJECT)
            (void)ct_snapshot_get_u32(cursor); /* the field's name */
        CT_TRY(ct_snapshot_skip(cursor, depth));
    }
    return CT_OK;
}

enum ct_status
ct_snapshot_skip(struct ct_cursor *cursor, unsigned depth)
{
    uint8_t tag = ct_cursor_get_u8(cursor);
    if (tag == 0 || tag > CT_SNAPSHOT_NOTED || depth > CT_SNAPSHOT_DEPTH_MAX)
        return CT_ERR_FORMAT;
    (void)ct_cursor_get(cursor, shapes[tag].size);
    if (shapes[tag].has_text)
        (void)ct_cursor_get(cursor, ct_snapshot_get_u32(cursor));
    else if (shapes[tag].has_items)
        return ct_snapshot_skip_items(cursor, (enum ct_snapshot_tag)tag,
                                      ct_snapshot_get_u32(cursor), depth + 1);
    return ct_cursor_status(cursor);
}
