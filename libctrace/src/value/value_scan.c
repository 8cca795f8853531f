/* Steps over CBOR items by their heads. See value_scan.h. */
#include "value/value_scan.h"

#include "base/cursor.h"
#include "ctrace/value_reader.h"
#include "value/value_format.h"

#include <string.h>

enum { MAJOR_UINT = 0, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG };
enum { SIMPLE_ONE = 24, SIMPLE_TWO = 25, SIMPLE_FOUR = 26, SIMPLE_EIGHT = 27 };

struct scan {
    struct ct_cursor cursor;
    enum ct_status (*visit)(void *context, const struct ct_scanned_struct *found);
    void *context;
    uint64_t special_count; /* of what was met that may not be plain */
};

/* The number behind an item's first byte. */
static uint64_t
read_long_argument(struct ct_cursor *cursor, unsigned additional)
{
    uint64_t argument = 0;
    if (additional > SIMPLE_EIGHT) {
        cursor->failed = true;
        return 0;
    }
    for (unsigned left = 1u << (additional - SIMPLE_ONE); left > 0; left--)
        argument = argument << 8 | ct_cursor_get_u8(cursor);
    return argument;
}

/* An item's head: its major type, and its number, size or count. hot */
static inline unsigned
read_head(struct ct_cursor *cursor, uint64_t *out_argument)
{
    const uint8_t initial = ct_cursor_get_u8(cursor);
    const unsigned additional = initial & 31;
    *out_argument = additional;
    if (additional >= SIMPLE_ONE)
        *out_argument = read_long_argument(cursor, additional);
    return initial >> 5;
}

#define WORD_SIZE    sizeof(uint64_t)
#define KIND_WORD_AT 7 /* in a value as our writers make them: behind the heads and the key */

static inline bool
is_same_word(const uint8_t *bytes, const char *literal)
{
    uint64_t word;
    uint64_t literal_word;
    memcpy(&word, bytes, WORD_SIZE);
    memcpy(&literal_word, literal, WORD_SIZE);
    return word == literal_word;
}

/* A memcmp with a literal of a word at least, which compilers do not make of it. hot */
static inline bool
is_literal(const uint8_t *bytes, const char *literal, size_t size)
{
    size_t i = 0;
    while (i + WORD_SIZE < size && is_same_word(bytes + i, literal + i))
        i += WORD_SIZE;
    const size_t last = size - WORD_SIZE;
    return i >= last && is_same_word(bytes + last, literal + last);
}

#define LITERAL_SIZE(literal)         (sizeof(literal) - 1)
#define IS_LITERAL(bytes, literal)    is_literal(bytes, literal, LITERAL_SIZE(literal))
#define SKIP_LITERAL(cursor, literal) skip_literal(cursor, literal, LITERAL_SIZE(literal))

/* Whether these bytes are next; then they are passed over. hot */
static inline bool
skip_literal(struct ct_cursor *cursor, const char *literal, size_t size)
{
    if (ct_cursor_remaining(cursor) < size ||
        !is_literal(cursor->bytes + cursor->position, literal, size))
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

/* The end of a value as our writers make them. Where it is something else the cursor stays. hot */
static inline bool
skip_type(struct ct_cursor *cursor, uint64_t *out_type_id)
{
    const size_t start = cursor->position;
    if (SKIP_LITERAL(cursor, CT_CBOR_TYPE_ID_KEY) && read_head(cursor, out_type_id) == MAJOR_UINT &&
        !cursor->failed)
        return true;
    cursor->position = start;
    cursor->failed = false;
    return false;
}

/* How many bytes a head takes, by its first one; 0 where that is none. */
static inline size_t
head_size(uint8_t initial)
{
    static const uint8_t sizes[32] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                      1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 5, 9, 0, 0, 0, 0};
    return sizes[initial & 31];
}

/* Its longest number, and the shortest of what follows. */
#define INT_SIZE_ENOUGH (LITERAL_SIZE(CT_CBOR_INT_HEAD) + 9 + LITERAL_SIZE(CT_CBOR_TYPE_ID_KEY) + 1)

/* Steps over an Int as our writers make them, unless it stands close to the end: the most frequent
 * of all, with one look at what is left. hot */
static inline bool
skip_frequent_integer(struct ct_cursor *cursor)
{
    const size_t left = ct_cursor_remaining(cursor);
    if (left < INT_SIZE_ENOUGH)
        return false;
    const uint8_t *bytes = cursor->bytes + cursor->position;
    if (!IS_LITERAL(bytes, CT_CBOR_INT_HEAD))
        return false;
    size_t end = LITERAL_SIZE(CT_CBOR_INT_HEAD);
    const size_t number_size = head_size(bytes[end]);
    end += number_size;
    if (!IS_LITERAL(bytes + end, CT_CBOR_TYPE_ID_KEY))
        return false;
    end += LITERAL_SIZE(CT_CBOR_TYPE_ID_KEY);
    const size_t type_size = head_size(bytes[end]);
    const bool is_type = bytes[end] >> 5 == MAJOR_UINT && type_size > 0;
    if (number_size == 0 || !is_type || left - end < type_size)
        return false;
    cursor->position += end + type_size;
    return true;
}

/* Steps over an Int, a text or a nil as our writers make them, which most values are. Where it is
 * something else the cursor stays. hot */
static bool
skip_frequent(struct ct_cursor *cursor)
{
    const size_t start = cursor->position;
    uint64_t argument;
    if (ct_cursor_remaining(cursor) == 0 || (cursor->bytes[start] & 0xFE) != 0xA2)
        return false; /* no map of two or three */
    if (skip_frequent_integer(cursor))
        return true;
    if (SKIP_LITERAL(cursor, CT_CBOR_INT_HEAD))
        (void)read_head(cursor, &argument);
    else if (SKIP_LITERAL(cursor, CT_CBOR_STRING_HEAD) || SKIP_LITERAL(cursor, CT_CBOR_RAW_HEAD))
        skip_text(cursor);
    else if (!SKIP_LITERAL(cursor, CT_CBOR_NONE_HEAD))
        return false;
    if (skip_type(cursor, &argument))
        return true;
    cursor->position = start;
    cursor->failed = false;
    return false;
}

/* Steps over one item. Counts need no limit: each item takes a byte at least. hot */
static void
skip_item(struct ct_cursor *cursor)
{
    for (uint64_t left = 1; left > 0 && !cursor->failed; left--) {
        uint64_t argument;
        if (skip_frequent(cursor))
            continue;
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

/* The values of a list, which may be the fields of a Struct. */
static enum ct_status
scan_list(struct scan *scan, unsigned depth, struct ct_scanned_struct *out_list)
{
    struct ct_cursor *cursor = &scan->cursor;
    if (read_head(cursor, &out_list->count) != MAJOR_ARRAY)
        return CT_ERR_FORMAT;
    const size_t start = cursor->position;
    out_list->plain = 0;
    for (uint64_t i = 0; i < out_list->count && !cursor->failed; i++) {
        const uint64_t special_count = scan->special_count;
        const size_t value_start = cursor->position;
        if (!skip_frequent_integer(cursor))
            CT_TRY(scan_value(scan, depth + 1));
        if (i >= CT_SCANNED_OFFSET_MAX)
            continue;
        out_list->offsets[i] = (uint32_t)(value_start - start);
        out_list->plain |= (uint32_t)(scan->special_count == special_count) << i;
    }
    out_list->fields = cursor->bytes + start;
    out_list->size = cursor->position - start;
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
        return scan_list(scan, depth, found);
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

/* What is left of a value's map: keys may stand in any order. */
static enum ct_status
scan_map(struct scan *scan, unsigned depth, uint64_t pair_count, struct ct_scanned_struct *found,
         bool is_struct)
{
    for (uint64_t i = 0; i < pair_count; i++)
        CT_TRY(scan_entry(scan, depth, found, &is_struct));
    CT_TRY(ct_cursor_status(&scan->cursor));
    return is_struct ? scan->visit(scan->context, found) : CT_OK;
}

static enum ct_status
scan_any(struct scan *scan, unsigned depth)
{
    struct ct_scanned_struct found = {0};
    uint64_t pair_count;
    if (read_head(&scan->cursor, &pair_count) != MAJOR_MAP)
        return CT_ERR_FORMAT;
    return scan_map(scan, depth, pair_count, &found, false);
}

/* Structs and sequences as our writers make them, without reading their keys. hot */
static enum ct_status
scan_value(struct scan *scan, unsigned depth)
{
    struct ct_cursor *cursor = &scan->cursor;
    struct ct_scanned_struct found; /* its offsets are not zeroed: that takes longer */
    if (depth >= CT_VALUE_DEPTH_MAX)
        return CT_ERR_LIMIT;
    const size_t start = cursor->position;
    if (skip_frequent(cursor)) {
        /* All of these are longer; a Raw may be cut. */
        scan->special_count += cursor->bytes[start + KIND_WORD_AT] == 'R';
        return CT_OK;
    }
    found.type_id = 0;
    if (SKIP_LITERAL(cursor, CT_CBOR_STRUCT_HEAD)) {
        scan->special_count++;
        CT_TRY(scan_list(scan, depth, &found));
        const bool is_over = skip_type(cursor, &found.type_id);
        return scan_map(scan, depth, is_over ? 0 : 1, &found, true);
    }
    if (SKIP_LITERAL(cursor, CT_CBOR_SEQUENCE_HEAD)) {
        CT_TRY(scan_list(scan, depth, &found));
        const bool has_slice = SKIP_LITERAL(cursor, CT_CBOR_IS_SLICE_FALSE);
        const bool is_over = has_slice && skip_type(cursor, &found.type_id);
        scan->special_count += !is_over;
        return scan_map(scan, depth, is_over ? 0 : has_slice ? 1 : 2, &found, false);
    }
    scan->special_count++;
    return scan_any(scan, depth);
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

/* A String, an Int or a None; unlike a Raw they are all that there is. hot */
static bool
skip_plain_leaf(struct ct_cursor *cursor)
{
    const size_t raw_size = LITERAL_SIZE(CT_CBOR_RAW_HEAD);
    return (ct_cursor_remaining(cursor) < raw_size ||
            !IS_LITERAL(cursor->bytes + cursor->position, CT_CBOR_RAW_HEAD)) &&
           skip_frequent(cursor);
}

static bool
skip_plain(struct ct_cursor *cursor, unsigned depth)
{
    uint64_t count;
    uint64_t type_id;
    if (depth >= CT_VALUE_DEPTH_MAX)
        return false;
    if (skip_plain_leaf(cursor))
        return true;
    const bool is_sequence = SKIP_LITERAL(cursor, CT_CBOR_SEQUENCE_HEAD);
    if (!is_sequence && !SKIP_LITERAL(cursor, CT_CBOR_TUPLE_HEAD))
        return false;
    if (read_head(cursor, &count) != MAJOR_ARRAY)
        return false;
    while (count > 0 && skip_plain(cursor, depth + 1))
        count--;
    return count == 0 && (!is_sequence || SKIP_LITERAL(cursor, CT_CBOR_IS_SLICE_FALSE)) &&
           skip_type(cursor, &type_id);
}

bool
ct_value_scan_is_plain(const void *bytes, size_t size)
{
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, bytes, size);
    return skip_plain(&cursor, 0) && !cursor.failed && cursor.position == size;
}

/* Steps over a value that the visitor knows, or else has to be looked through. hot */
static void
skip_arg(struct ct_cursor *cursor, const struct ct_args_visitor *visitor)
{
    const size_t size = visitor->match == NULL || cursor->failed
                            ? 0
                            : visitor->match(visitor->context, cursor->bytes + cursor->position,
                                             ct_cursor_remaining(cursor));
    if (size > 0)
        cursor->position += size;
    else
        skip_item(cursor);
}

#define ARG_NAME_KEY  "\x6Bvariable_id"
#define ARG_VALUE_KEY "\x65value"

/* The beginning of an argument as our writers make it. Where it is something else the cursor
 * stays. hot */
static bool
skip_arg_name(struct ct_cursor *cursor, uint64_t *out_name_id)
{
    const size_t start = cursor->position;
    const size_t key_size = sizeof ARG_VALUE_KEY - 1;
    if (SKIP_LITERAL(cursor, "\xA2" ARG_NAME_KEY) &&
        read_head(cursor, out_name_id) == MAJOR_UINT && ct_cursor_remaining(cursor) >= key_size &&
        memcmp(cursor->bytes + cursor->position, ARG_VALUE_KEY, key_size) == 0) {
        cursor->position += key_size;
        return true;
    }
    cursor->position = start;
    cursor->failed = false;
    return false;
}

/* One argument: a map of variable_id and value. */
static enum ct_status
scan_arg(struct ct_cursor *cursor, const struct ct_args_visitor *visitor, uint64_t *out_name_id,
         size_t *out_start, size_t *out_end)
{
    uint64_t pair_count;
    if (skip_arg_name(cursor, out_name_id)) {
        *out_start = cursor->position;
        skip_arg(cursor, visitor);
        *out_end = cursor->position;
        return ct_cursor_status(cursor);
    }
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
        if (!is_key(key, size, "value")) {
            skip_item(cursor);
            continue;
        }
        skip_arg(cursor, visitor);
        *out_start = start;
        *out_end = cursor->position;
    }
    return *out_end > *out_start ? ct_cursor_status(cursor) : CT_ERR_FORMAT;
}

enum ct_status
ct_args_scan(const void *bytes, size_t size, const struct ct_args_visitor *visitor)
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
        CT_TRY(scan_arg(&cursor, visitor, &name_id, &start, &end));
        CT_TRY(visitor->visit(visitor->context, name_id, cursor.bytes + start, end - start));
    }
    return CT_OK;
}

/* As our writers make it. */
static bool
read_frequent_integer(const void *bytes, size_t size, uint64_t *out_number)
{
    struct ct_cursor cursor;
    uint64_t type_id;
    ct_cursor_init(&cursor, bytes, size);
    return SKIP_LITERAL(&cursor, CT_CBOR_INT_HEAD) &&
           read_head(&cursor, out_number) == MAJOR_UINT && skip_type(&cursor, &type_id);
}

bool
ct_scanned_struct_field_is_plain(const struct ct_scanned_struct *found, uint64_t index)
{
    return index < CT_SCANNED_OFFSET_MAX && (found->plain >> index & 1) != 0;
}

/* hot */
bool
ct_scanned_struct_field(const struct ct_scanned_struct *found, uint64_t index,
                        const void **out_bytes, size_t *out_size)
{
    struct ct_cursor cursor;
    if (index >= found->count)
        return false;
    if (index + 1 < found->count && index + 1 < CT_SCANNED_OFFSET_MAX) {
        *out_bytes = found->fields + found->offsets[index];
        *out_size = found->offsets[index + 1] - found->offsets[index];
        return true;
    }
    const uint64_t known = index < CT_SCANNED_OFFSET_MAX ? index : CT_SCANNED_OFFSET_MAX - 1;
    ct_cursor_init(&cursor, found->fields, found->size);
    (void)ct_cursor_get(&cursor, found->offsets[known]);
    for (index -= known; index > 0 && !cursor.failed; index--)
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
    if (read_frequent_integer(bytes, size, out_number))
        return true;
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
