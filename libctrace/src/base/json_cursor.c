/* The JSON grammar as a state machine over one buffer. See json_cursor.h. */
#include "base/json_cursor.h"

#include "ctrace/text.h"

#include <stdlib.h>
#include <string.h>

static enum ct_status
refuse(struct ct_json_cursor *cursor, size_t offset, const char *sentence)
{
    return ct_error_put(cursor->source.error, CT_ERR_FORMAT, cursor->source.file, offset, "%s",
                        sentence);
}

static int
peek(const struct ct_json_cursor *cursor)
{
    return cursor->position < cursor->size ? (unsigned char)cursor->bytes[cursor->position] : -1;
}

static void
skip_space(struct ct_json_cursor *cursor)
{
    for (;;) {
        const int c = peek(cursor);
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        cursor->position++;
    }
}

static bool
is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Four hexadecimal digits at `position`; -1 when they are not there. */
static int
get_hex4(const struct ct_json_cursor *cursor, size_t position)
{
    if (cursor->size - position < 4)
        return -1;
    int value = 0;
    for (size_t i = 0; i < 4; i++) {
        const char c = cursor->bytes[position + i];
        int digit = -1;
        if (is_digit(c))
            digit = c - '0';
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            digit = (c | 0x20) - 'a' + 10;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static size_t
put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 63));
    out[2] = (char)(0x80 | (code >> 6 & 63));
    out[3] = (char)(0x80 | (code & 63));
    return 4;
}

/* A \u escape whose 'u' is at *position: advances behind it, a low surrogate included. Returns the
 * code point, or -1 for bad digits and for lone surrogates, which no UTF-8 can hold. */
static int32_t
decode_unicode_escape(const struct ct_json_cursor *cursor, size_t *position)
{
    const int high = get_hex4(cursor, *position + 1);
    if (high < 0 || (high >= 0xDC00 && high <= 0xDFFF))
        return -1;
    *position += 5;
    if (high < 0xD800 || high > 0xDBFF)
        return high;
    if (cursor->size - *position < 6 || memcmp(cursor->bytes + *position, "\\u", 2) != 0)
        return -1;
    const int low = get_hex4(cursor, *position + 2);
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    *position += 6;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static int
simple_escape(char c)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char *found = c != '\0' ? strchr(from, c) : NULL;
    return found != NULL ? to[found - from] : -1;
}

/* Decodes bytes [start, end) of a string, which hold a backslash somewhere. */
static enum ct_status
unescape(struct ct_json_cursor *cursor, size_t start, size_t end, struct ct_item *out_item)
{
    char *text = ct_arena_get(cursor->arena, end - start);
    if (text == NULL)
        return CT_ERR_MEMORY;
    size_t size = 0;
    for (size_t i = start; i < end;) {
        if (cursor->bytes[i] != '\\') {
            text[size++] = cursor->bytes[i++];
            continue;
        }
        i++;
        int32_t code = simple_escape(cursor->bytes[i]);
        if (code >= 0)
            i++;
        else if (cursor->bytes[i] == 'u')
            code = decode_unicode_escape(cursor, &i);
        if (code < 0 || i > end)
            return refuse(cursor, i, "a bad escape in a string");
        size += put_utf8(text + size, (uint32_t)code);
    }
    out_item->text = text;
    out_item->size = size;
    return CT_OK;
}

/* The opening quote is at the position. */
static enum ct_status
read_string(struct ct_json_cursor *cursor, struct ct_item *out_item)
{
    const size_t start = ++cursor->position;
    bool has_escape = false;
    for (;;) {
        const int c = peek(cursor);
        if (c < 0)
            return refuse(cursor, start - 1, "a string without its closing quote");
        if (c < 0x20)
            return refuse(cursor, cursor->position, "a control character in a string");
        if (c == '"')
            break;
        if (c == '\\') {
            has_escape = true;
            cursor->position++;
            if (peek(cursor) < 0)
                return refuse(cursor, start - 1, "a string without its closing quote");
        }
        cursor->position++;
    }
    const size_t end = cursor->position++;
    out_item->kind = CT_ITEM_TEXT;
    out_item->text = cursor->bytes + start;
    out_item->size = end - start;
    if (!ct_text_is_utf8(out_item->text, out_item->size))
        return refuse(cursor, start, "text is not UTF-8");
    return has_escape ? unescape(cursor, start, end, out_item) : CT_OK;
}

/* Advances over digits; false when there is none. */
static bool
skip_digits(struct ct_json_cursor *cursor)
{
    const size_t start = cursor->position;
    while (is_digit(peek(cursor)))
        cursor->position++;
    return cursor->position > start;
}

/* Advances over a number; *out_is_integer tells whether it has neither fraction nor exponent. */
static bool
skip_number(struct ct_json_cursor *cursor, bool *out_is_integer)
{
    *out_is_integer = true;
    if (peek(cursor) == '-')
        cursor->position++;
    if (peek(cursor) == '0')
        cursor->position++;
    else if (!skip_digits(cursor))
        return false;
    if (peek(cursor) == '.') {
        *out_is_integer = false;
        cursor->position++;
        if (!skip_digits(cursor))
            return false;
    }
    if (peek(cursor) == 'e' || peek(cursor) == 'E') {
        *out_is_integer = false;
        cursor->position++;
        if (peek(cursor) == '+' || peek(cursor) == '-')
            cursor->position++;
        return skip_digits(cursor);
    }
    return true;
}

/* False when it fits no item (beyond 64 bits). */
static bool
put_integer(const char *text, size_t size, struct ct_item *out_item)
{
    const bool negative = text[0] == '-';
    uint64_t magnitude = 0;
    for (size_t i = negative; i < size; i++) {
        const uint64_t digit = (uint64_t)(text[i] - '0');
        if (magnitude > (UINT64_MAX - digit) / 10)
            return false;
        magnitude = magnitude * 10 + digit;
    }
    out_item->kind = CT_ITEM_INTEGER;
    out_item->flag = negative && magnitude > 0; /* -0 is 0 */
    out_item->magnitude = out_item->flag ? magnitude - 1 : magnitude;
    return true;
}

static enum ct_status
read_number(struct ct_json_cursor *cursor, struct ct_item *out_item)
{
    const size_t start = cursor->position;
    bool is_integer;
    if (!skip_number(cursor, &is_integer))
        return refuse(cursor, start, "a malformed number");
    const size_t size = cursor->position - start;
    if (is_integer && put_integer(cursor->bytes + start, size, out_item))
        return CT_OK;
    const char *text = ct_arena_copy(cursor->arena, cursor->bytes + start, size);
    if (text == NULL)
        return CT_ERR_MEMORY;
    out_item->kind = CT_ITEM_FLOAT;
    out_item->number = strtod(text, NULL);
    return CT_OK;
}

static enum ct_status
read_word(struct ct_json_cursor *cursor, struct ct_item *out_item)
{
    static const struct {
        const char *word;
        enum ct_item_kind kind;
        bool flag;
    } words[] = {{"true", CT_ITEM_BOOL, true},
                 {"false", CT_ITEM_BOOL, false},
                 {"null", CT_ITEM_NULL, false}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t size = strlen(words[i].word);
        if (cursor->size - cursor->position < size ||
            memcmp(cursor->bytes + cursor->position, words[i].word, size) != 0)
            continue;
        cursor->position += size;
        out_item->kind = words[i].kind;
        out_item->flag = words[i].flag;
        return CT_OK;
    }
    return refuse(cursor, cursor->position, "no JSON value here");
}

static enum ct_status
open_level(struct ct_json_cursor *cursor, bool is_map, struct ct_item *out_item)
{
    if (cursor->depth == CT_ITEM_DEPTH_MAX)
        return ct_error_put(cursor->source.error, CT_ERR_LIMIT, cursor->source.file,
                            cursor->position, "nested deeper than %d levels", CT_ITEM_DEPTH_MAX);
    cursor->levels[cursor->depth++] = (struct ct_json_level){.is_map = is_map};
    cursor->position++;
    out_item->kind = is_map ? CT_ITEM_MAP : CT_ITEM_ARRAY;
    return CT_OK;
}

static enum ct_status
read_value(struct ct_json_cursor *cursor, struct ct_item *out_item)
{
    const int c = peek(cursor);
    if (c == '{' || c == '[')
        return open_level(cursor, c == '{', out_item);
    if (c == '"')
        return read_string(cursor, out_item);
    if (c == '-' || is_digit(c))
        return read_number(cursor, out_item);
    return read_word(cursor, out_item);
}

static enum ct_status
read_key(struct ct_json_cursor *cursor, struct ct_json_level *level, struct ct_item *out_item)
{
    if (peek(cursor) != '"')
        return refuse(cursor, cursor->position, "a key is missing");
    CT_TRY(read_string(cursor, out_item));
    skip_space(cursor);
    if (peek(cursor) != ':')
        return refuse(cursor, cursor->position, "a colon is missing");
    cursor->position++;
    level->has_key = true;
    return CT_OK;
}

static enum ct_status
take_item(struct ct_json_cursor *cursor, struct ct_item *out_item)
{
    *out_item = (struct ct_item){0};
    skip_space(cursor);
    out_item->offset = cursor->position;
    if (cursor->depth == 0)
        return read_value(cursor, out_item);
    struct ct_json_level *level = &cursor->levels[cursor->depth - 1];
    if (level->has_key) {
        level->has_key = false;
        return read_value(cursor, out_item);
    }
    if (peek(cursor) == (level->is_map ? '}' : ']')) {
        cursor->position++;
        cursor->depth--;
        out_item->kind = CT_ITEM_END;
        return CT_OK;
    }
    if (level->needs_comma && peek(cursor) != ',')
        return refuse(cursor, cursor->position, "a comma or a closing bracket is missing");
    if (level->needs_comma) {
        cursor->position++;
        skip_space(cursor);
        out_item->offset = cursor->position;
    }
    level->needs_comma = true;
    return level->is_map ? read_key(cursor, level, out_item) : read_value(cursor, out_item);
}

static enum ct_status
next_item(struct ct_item_source *source, struct ct_item *out_item)
{
    struct ct_json_cursor *cursor = (struct ct_json_cursor *)source;
    const enum ct_status status = take_item(cursor, out_item);
    source->consumed = cursor->position;
    return status;
}

static enum ct_status
finish(struct ct_item_source *source)
{
    struct ct_json_cursor *cursor = (struct ct_json_cursor *)source;
    skip_space(cursor);
    if (cursor->depth > 0 || cursor->position < cursor->size)
        return refuse(cursor, cursor->position, "something follows the JSON value");
    return CT_OK;
}

void
ct_json_cursor_init(struct ct_json_cursor *cursor, const void *bytes, size_t size,
                    struct ct_arena *arena, const char *file, struct ct_error *error)
{
    cursor->source = (struct ct_item_source){next_item, finish, error, file, bytes, 0};
    cursor->bytes = bytes;
    cursor->size = size;
    cursor->position = 0;
    cursor->arena = arena;
    cursor->depth = 0;
}
