/* The CBOR grammar as a state machine over one buffer. See cbor_cursor.h. */
#include "value/cbor_cursor.h"

#include "ctrace/text.h"

#include <string.h>

/* Major types, and the initial bytes of what major type 7 may be here. */
enum { MAJOR_UINT, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP };
enum { CBOR_FALSE = 0xF4, CBOR_TRUE = 0xF5, CBOR_NULL = 0xF6, CBOR_DOUBLE = 0xFB };

static enum ct_status
refuse(struct ct_cbor_cursor *cursor, size_t offset, const char *sentence)
{
    return ct_error_put(cursor->source.error, CT_ERR_FORMAT, cursor->source.file, offset, "%s",
                        sentence);
}

static uint64_t
get_big_endian(struct ct_cursor *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value = value << 8 | ct_cursor_get_u8(bytes);
    return value;
}

/* The argument behind an initial byte: a number, a size or a count. */
static enum ct_status
read_argument(struct ct_cbor_cursor *cursor, uint8_t initial, size_t offset, uint64_t *out_argument)
{
    static const uint64_t shortest[] = {24, 256, 65536, (uint64_t)1 << 32};
    const unsigned additional = initial & 31;
    if (additional > 27)
        return refuse(cursor, offset, "indefinite or reserved CBOR");
    if (additional < 24) {
        *out_argument = additional;
        return CT_OK;
    }
    *out_argument = get_big_endian(&cursor->bytes, 1u << (additional - 24));
    if (cursor->bytes.failed)
        return refuse(cursor, offset, "the CBOR is cut");
    if (*out_argument < shortest[additional - 24])
        return refuse(cursor, offset, "a CBOR number is not in its shortest form");
    return CT_OK;
}

static enum ct_status
read_simple(struct ct_cbor_cursor *cursor, uint8_t initial, struct ct_item *out_item)
{
    out_item->kind = initial == CBOR_NULL ? CT_ITEM_NULL : CT_ITEM_BOOL;
    out_item->flag = initial == CBOR_TRUE;
    if (initial == CBOR_FALSE || initial == CBOR_TRUE || initial == CBOR_NULL)
        return CT_OK;
    if (initial != CBOR_DOUBLE)
        return refuse(cursor, out_item->offset, "a CBOR tag or simple value has no meaning here");
    const uint64_t bits = get_big_endian(&cursor->bytes, 8);
    if (cursor->bytes.failed)
        return refuse(cursor, out_item->offset, "the CBOR is cut");
    out_item->kind = CT_ITEM_FLOAT;
    memcpy(&out_item->number, &bits, sizeof bits);
    return CT_OK;
}

static enum ct_status
read_text(struct ct_cbor_cursor *cursor, uint64_t size, struct ct_item *out_item)
{
    if (size > ct_cursor_remaining(&cursor->bytes))
        return refuse(cursor, out_item->offset, "the CBOR is cut");
    out_item->text = (const char *)ct_cursor_get(&cursor->bytes, (size_t)size);
    out_item->size = (size_t)size;
    if (out_item->kind == CT_ITEM_TEXT && !ct_text_is_utf8(out_item->text, out_item->size))
        return refuse(cursor, out_item->offset, "text is not UTF-8");
    return CT_OK;
}

static enum ct_status
open_level(struct ct_cbor_cursor *cursor, uint64_t count, struct ct_item *out_item)
{
    const bool is_map = out_item->kind == CT_ITEM_MAP;
    /* Each item takes a byte at least: an impossible count is refused before anyone believes it. */
    if (count > ct_cursor_remaining(&cursor->bytes) / (is_map ? 2 : 1))
        return refuse(cursor, out_item->offset, "the CBOR is cut");
    if (cursor->depth == CT_ITEM_DEPTH_MAX)
        return ct_error_put(cursor->source.error, CT_ERR_LIMIT, cursor->source.file,
                            out_item->offset, "nested deeper than %d levels", CT_ITEM_DEPTH_MAX);
    cursor->levels[cursor->depth++] = (struct ct_cbor_level){is_map ? 2 * count : count, is_map};
    return CT_OK;
}

static enum ct_status
read_item(struct ct_cbor_cursor *cursor, struct ct_item *out_item)
{
    static const enum ct_item_kind kinds[] = {CT_ITEM_INTEGER, CT_ITEM_INTEGER, CT_ITEM_BYTES,
                                              CT_ITEM_TEXT,    CT_ITEM_ARRAY,   CT_ITEM_MAP};
    const uint8_t initial = ct_cursor_get_u8(&cursor->bytes);
    if (cursor->bytes.failed)
        return refuse(cursor, out_item->offset, "the CBOR is cut");
    const unsigned major = initial >> 5;
    if (major > MAJOR_MAP)
        return read_simple(cursor, initial, out_item);
    uint64_t argument = 0;
    CT_TRY(read_argument(cursor, initial, out_item->offset, &argument));
    out_item->kind = kinds[major];
    if (major == MAJOR_BYTES || major == MAJOR_TEXT)
        return read_text(cursor, argument, out_item);
    if (major == MAJOR_ARRAY || major == MAJOR_MAP)
        return open_level(cursor, argument, out_item);
    out_item->flag = major == MAJOR_NEGATIVE;
    out_item->magnitude = argument;
    return CT_OK;
}

static enum ct_status
take_item(struct ct_cbor_cursor *cursor, struct ct_item *out_item)
{
    *out_item = (struct ct_item){.offset = cursor->bytes.position};
    if (cursor->depth == 0)
        return read_item(cursor, out_item);
    struct ct_cbor_level *level = &cursor->levels[cursor->depth - 1];
    if (level->remaining == 0) {
        cursor->depth--;
        out_item->kind = CT_ITEM_END;
        return CT_OK;
    }
    const bool is_key = level->is_map && level->remaining % 2 == 0;
    level->remaining--;
    CT_TRY(read_item(cursor, out_item));
    if (is_key && out_item->kind != CT_ITEM_TEXT)
        return refuse(cursor, out_item->offset, "a CBOR key is not text");
    return CT_OK;
}

static enum ct_status
next_item(struct ct_item_source *source, struct ct_item *out_item)
{
    struct ct_cbor_cursor *cursor = (struct ct_cbor_cursor *)source;
    const enum ct_status status = take_item(cursor, out_item);
    source->consumed = cursor->bytes.position;
    return status;
}

static enum ct_status
finish(struct ct_item_source *source)
{
    struct ct_cbor_cursor *cursor = (struct ct_cbor_cursor *)source;
    if (cursor->depth > 0 || ct_cursor_remaining(&cursor->bytes) > 0)
        return refuse(cursor, cursor->bytes.position, "bytes follow the value");
    return CT_OK;
}

void
ct_cbor_cursor_init(struct ct_cbor_cursor *cursor, const void *bytes, size_t size, const char *file,
                    struct ct_error *error)
{
    cursor->source = (struct ct_item_source){next_item, finish, error, file, bytes, 0};
    ct_cursor_init(&cursor->bytes, bytes, size);
    cursor->depth = 0;
}
