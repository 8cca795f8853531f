/* Any event, field by field as the table of its tag says. See event_cut.h. */
#include "trace/event_cut.h"

#include "trace/events_format.h"

static const char *const tag_fields[CT_EVENT_TAG_COUNT] = CT_EVENT_FIELDS;

static struct ct_raw_text
get_text(struct ct_cursor *cursor)
{
    const uint32_t size = ct_cursor_get_u32(cursor);
    return (struct ct_raw_text){ct_cursor_get(cursor, size), size};
}

/* Lists are checked and passed over: no one asks for their items. */
static void
skip_list(struct ct_cursor *cursor, char field)
{
    const uint32_t count = ct_cursor_get_u32(cursor);
    for (uint32_t i = 0; i < count && !cursor->failed; i++) {
        if (field == 'S')
            get_text(cursor);
        else
            ct_cursor_get_u64(cursor);
    }
}

bool
ct_event_cut(struct ct_cursor *cursor, struct ct_raw_event *raw)
{
    unsigned number_count = 0;
    unsigned text_count = 0;
    *raw = (struct ct_raw_event){.tag = ct_cursor_get_u8(cursor)};
    if (raw->tag >= CT_EVENT_TAG_COUNT)
        return false;
    for (const char *field = tag_fields[raw->tag]; *field != '\0'; field++) {
        if (*field == 'u' || *field == 'i')
            raw->numbers[number_count++] = ct_cursor_get_u64(cursor);
        else if (*field == 'b')
            raw->small = ct_cursor_get_u8(cursor);
        else if (*field == 's')
            raw->texts[text_count++] = get_text(cursor);
        else if (*field == 'c')
            raw->box = get_text(cursor);
        else
            skip_list(cursor, *field);
    }
    raw->size = cursor->position;
    return true;
}
