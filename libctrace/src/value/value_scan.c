/* Steps over CBOR items by their heads. See value_scan.h. */
#include "value/value_scan.h"

#include "base/cursor.h"
#include "ctrace/value_reader.h"

#include <string.h>

enum { MAJOR_UINT = 0, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG };
enum { SIMPLE_ONE = 24, SIMPLE_TWO = 25, SIMPLE_FOUR = 26, SIMPLE_EIGHT = 27 };

struct scan {
    struct ct_cursor cursor;
    enum ct_status (*visit)(void *context, const struct ct_scanned_struct *found);
    void *context;
};

/* An item's head: its major type, and its number, size or count. hot */
static unsigned
read_head(struct ct_cursor *cursor, uint64_t *out_argument)
{
    const uint8_t initial = ct_cursor_get_u8(cursor);
    const unsigned additional = initial & 31;
    *out_argument = additional;
    if (additional < SIMPLE_ONE)
        return initial >> 5;
    if (additional > SIMPLE_EIGHT) {
        cursor->failed = true;
        return MAJOR_UINT;
    }
    *out_argument = 0;
    for (unsigned left = 1u << (additional - SIMPLE_ONE); left > 0; left--)
        *out_argument = *out_argument << 8 | ct_cursor_get_u8(cursor);
    return initial >> 5;
}

/* Whether these bytes are next; then they are passed over. hot */
static inline bool
skip_literal(struct ct_cursor *cursor, const char *literal, size_t size)
{
    if (ct_cursor_remaining(cursor) < size ||
        memcmp(cursor->bytes + cursor->position, literal, size) != 0)
        return false;
    cursor->position += size;
    return true;
}

static void
skip_text(struct ct_cursor *cursor)
{
    uint64_t size;
    if (read_head(cursor, &size) != MAJOR_TEXT || size > ct_cursor_remaining(cursor))
        cursor->failed = true;
    else
        (void)ct_cursor_get(cursor, (size_t)size);
}

#define SKIP_LITERAL(cursor, literal) skip_literal(cursor, literal, sizeof(literal) - 1)

/* Steps over an Int, a String or a nil as our writers make them, which most values are. Where it is
 * something else the cursor stays. hot */
static bool
skip_frequent(struct ct_cursor *cursor)
{
    const size_t start = cursor->position;
    uint64_t argument;
    if (SKIP_LITERAL(cursor, "\xA3\x64kind\x63Int\x61i"))
        (void)read_head(cursor, &argument);
    else if (SKIP_LITERAL(cursor, "\xA3\x64kind\x66String\x64text"))
        skip_text(cursor);
    else if (!SKIP_LITERAL(cursor, "\xA2\x64kind\x64None"))
        return false;
    if (SKIP_LITERAL(cursor, "\x67type_id") && read_head(cursor, &argument) == MAJOR_UINT &&
        !cursor->failed)
        return true;
    cursor->position = start;
    cursor->failed = false;
    return false;
}

/* Steps over one item. Counts need no limit: each item takes a byte at least. hot */
static void
skip_item(struct ct_cursor *cursor)
{
    if (skip_frequent(cursor))
        return;
    for (uint64_t left = 1; left > 0 && !cursor->failed; left--) {
        uint64_t argument;
        const unsigned major = read_head(cursor, &argument);
        if (major == MAJOR_BYTES || major == MAJOR_TEXT) {
            if (argument > ct_cursor_remaining(cursor))
                cursor->failed = true;
            else
                (void)ct_cursor_get(cursor, (size_t)argument);
        } else if (major == MAJOR_ARRAY || major == MAJOR_MAP) {
            if (argument > ct_cursor_remaining(cursor))
                cursor->failed = true;
            left += major == MAJOR_MAP ? 2 * argument : argument;
        } else if (major == MAJOR_TAG) {
            cursor->failed = true;
        }
    }
}

/* A key; what is no text is damage. */
static const char *
read_key(struct ct_cursor *cursor, size_t *out_size)
{
    uint64_t size;
    if (read_head(cursor, &size) != MAJOR_TEXT || size > ct_cursor_remaining(cursor)) {
        cursor->failed = true;
        size = 0;
    }
    *out_size = (size_t)size;
    return (const char *)ct_cursor_get(cursor, (size_t)size);
}

static bool
is_key(const char *key, size_t size, const char *word)
{
    return size == strlen(word) && memcmp(key, word, size) == 0;
}

static enum ct_status scan_value(struct scan *scan, unsigned depth);

/* The values of a list; *out_found, if they are fields, gets them. */
static enum ct_status
scan_list(struct scan *scan, unsigned depth, struct ct_scanned_struct *out_found)
{
    struct ct_cursor *cursor = &scan->cursor;
    if (read_head(cursor, &out_found->count) != MAJOR_ARRAY)
        return CT_ERR_FORMAT;
    const size_t start = cursor->position;
    for (uint64_t i = 0; i < out_found->count && !cursor->failed; i++)
        CT_TRY(scan_value(scan, depth + 1));
    out_found->fields = cursor->bytes + start;
    out_found->size = cursor->position - start;
    return CT_OK;
}

/* One key of a value's map, and what belongs to it. */
static enum ct_status
scan_entry(struct scan *scan, unsigned depth, struct ct_scanned_struct *found, bool *is_struct)
{
    struct ct_cursor *cursor = &scan->cursor;
    struct ct_scanned_struct list;
    size_t size;
    const char *key = read_key(cursor, &size);
    if (cursor->failed)
        return CT_ERR_FORMAT;
    if (is_key(key, size, "field_values")) {
        *is_struct = true;
        CT_TRY(scan_list(scan, depth, &list));
        found->fields = list.fields;
        found->size = list.size;
        found->count = list.count;
    } else if (is_key(key, size, "elements")) {
        return scan_list(scan, depth, &list);
    } else if (is_key(key, size, "dereferenced") || is_key(key, size, "contents")) {
        return scan_value(scan, depth + 1);
    } else if (is_key(key, size, "type_id")) {
        return read_head(cursor, &found->type_id) == MAJOR_UINT ? CT_OK : CT_ERR_FORMAT;
    } else {
        skip_item(cursor);
    }
    return CT_OK;
}

static enum ct_status
scan_value(struct scan *scan, unsigned depth)
{
    struct ct_scanned_struct found = {0};
    uint64_t pair_count;
    bool is_struct = false;
    if (depth >= CT_VALUE_DEPTH_MAX)
        return CT_ERR_LIMIT;
    if (skip_frequent(&scan->cursor))
        return CT_OK;
    if (read_head(&scan->cursor, &pair_count) != MAJOR_MAP)
        return CT_ERR_FORMAT;
    for (uint64_t i = 0; i < pair_count; i++)
        CT_TRY(scan_entry(scan, depth, &found, &is_struct));
    CT_TRY(ct_cursor_status(&scan->cursor));
    return is_struct ? scan->visit(scan->context, &found) : CT_OK;
}

enum ct_status
ct_value_scan(const void *bytes, size_t size,
              enum ct_status (*visit)(void *context, const struct ct_scanned_struct *found),
              void *context)
{
    struct scan scan = {.visit = visit, .context = context};
    ct_cursor_init(&scan.cursor, bytes, size);
    return scan_value(&scan, 0);
}

/* Keeps the latest Struct: the outermost comes last. */
static enum ct_status
keep_struct(void *context, const struct ct_scanned_struct *found)
{
    *(struct ct_scanned_struct *)context = *found;
    return CT_OK;
}

bool
ct_value_scan_root(const void *bytes, size_t size, struct ct_scanned_struct *out_root)
{
    const char *text = bytes;
    return size > 13 && memcmp(text + 1, "\x64kind\x66Struct", 12) == 0 &&
           ct_value_scan(bytes, size, keep_struct, out_root) == CT_OK;
}

/* One argument: a map of variable_id and value. */
static enum ct_status
scan_arg(struct ct_cursor *cursor, uint64_t *out_name_id, size_t *out_start, size_t *out_end)
{
    uint64_t pair_count;
    if (read_head(cursor, &pair_count) != MAJOR_MAP)
        return CT_ERR_FORMAT;
    *out_name_id = UINT64_MAX;
    *out_start = *out_end = 0;
    for (uint64_t i = 0; i < pair_count; i++) {
        size_t size;
        const char *key = read_key(cursor, &size);
        CT_TRY(ct_cursor_status(cursor));
        const size_t start = cursor->position;
        if (is_key(key, size, "variable_id")) {
            if (read_head(cursor, out_name_id) != MAJOR_UINT)
                return CT_ERR_FORMAT;
            continue;
        }
        skip_item(cursor);
        if (is_key(key, size, "value")) {
            *out_start = start;
            *out_end = cursor->position;
        }
    }
    return *out_end > *out_start ? ct_cursor_status(cursor) : CT_ERR_FORMAT;
}

enum ct_status
ct_args_scan(const void *bytes, size_t size,
             enum ct_status (*visit)(void *context, uint64_t name_id, const void *value,
                                     size_t value_size),
             void *context)
{
    struct ct_cursor cursor;
    uint64_t count;
    ct_cursor_init(&cursor, bytes, size);
    if (read_head(&cursor, &count) != MAJOR_ARRAY)
        return CT_ERR_FORMAT;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t name_id;
        size_t start;
        size_t end;
        CT_TRY(scan_arg(&cursor, &name_id, &start, &end));
        CT_TRY(visit(context, name_id, cursor.bytes + start, end - start));
    }
    return CT_OK;
}

bool
ct_scanned_struct_field(const struct ct_scanned_struct *found, uint64_t index,
                        const void **out_bytes, size_t *out_size)
{
    struct ct_cursor cursor;
    if (index >= found->count)
        return false;
    ct_cursor_init(&cursor, found->fields, found->size);
    while (index-- > 0 && !cursor.failed)
        skip_item(&cursor);
    const size_t start = cursor.position;
    skip_item(&cursor);
    *out_bytes = found->fields + start;
    *out_size = cursor.position - start;
    return !cursor.failed;
}

bool
ct_value_scan_integer(const void *bytes, size_t size, uint64_t *out_number)
{
    struct ct_cursor cursor;
    uint64_t pair_count;
    ct_cursor_init(&cursor, bytes, size);
    if (read_head(&cursor, &pair_count) != MAJOR_MAP)
        return false;
    for (uint64_t i = 0; i < pair_count && !cursor.failed; i++) {
        size_t key_size;
        const char *key = read_key(&cursor, &key_size);
        if (!cursor.failed && is_key(key, key_size, "i"))
            return read_head(&cursor, out_number) == MAJOR_UINT && !cursor.failed;
        skip_item(&cursor);
    }
    return false;
}
