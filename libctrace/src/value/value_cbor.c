/* Values as CBOR, in the dialect of the name-based (Rust) readers. See value_encoding.h.
 *
 * Drawn in value_format.h. Each put reserves the room of its leaf once and then only moves bytes.
 */
#include "value/value_encoding.h"

#include "value/base64.h"
#include "value/cbor_put.h"
#include "value/float_text.h"
#include "value/value_format.h"

/* Room for all of a leaf but its text: heads, words, numbers of the longest (BigInt, doubled). */
#define LEAF_SIZE_MAX 96

/* The end of `out` becomes the end of the buffer. */
static void
commit(struct ct_buffer *buffer, const uint8_t *out)
{
    buffer->size = (size_t)(out - buffer->bytes);
}

static uint8_t *
put_type_id(uint8_t *out, uint64_t type_id)
{
    return ct_cbor_put_head(CT_CBOR_PUT_LITERAL(out, CT_CBOR_TYPE_ID_KEY), CT_CBOR_UINT, type_id);
}

/* hot */
static void
put_int(struct ct_buffer *buffer, int64_t value, uint64_t type_id)
{
    uint8_t *out = ct_buffer_reserve(buffer, LEAF_SIZE_MAX);
    if (out == NULL)
        return;
    out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_INT_HEAD);
    out = value < 0 ? ct_cbor_put_head(out, CT_CBOR_NEGATIVE, ~(uint64_t)value)
                    : ct_cbor_put_head(out, CT_CBOR_UINT, (uint64_t)value);
    commit(buffer, put_type_id(out, type_id));
}

static uint8_t *
put_base64_pair(uint8_t *out, const uint8_t *magnitude, size_t size)
{
    out = ct_cbor_put_head(CT_CBOR_PUT_LITERAL(out, CT_CBOR_BASE64_KEY), CT_CBOR_TEXT,
                           CT_BASE64_SIZE(size));
    ct_base64_encode(magnitude, size, (char *)out);
    return out + CT_BASE64_SIZE(size);
}

static void
put_big_int(struct ct_buffer *buffer, const uint8_t *magnitude, size_t size, bool negative,
            uint64_t type_id, bool is_top)
{
    uint8_t *out = ct_buffer_reserve(buffer, LEAF_SIZE_MAX + size + CT_BASE64_SIZE(size));
    if (out == NULL)
        return;
    *out++ = is_top ? CT_CBOR_MAP | 5 : CT_CBOR_MAP | 4;
    out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_BIG_INT_KIND);
    if (is_top) {
        out = ct_cbor_put_head(CT_CBOR_PUT_LITERAL(out, CT_CBOR_BYTES_KEY), CT_CBOR_BYTES, size);
        out = ct_cbor_put_bytes(out, magnitude, size);
    } else {
        out = put_base64_pair(out, magnitude, size);
    }
    out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_NEGATIVE_KEY);
    *out++ = negative ? CT_CBOR_TRUE : CT_CBOR_FALSE;
    out = put_type_id(out, type_id);
    commit(buffer, is_top ? put_base64_pair(out, magnitude, size) : out);
}

static uint8_t *
put_float_pair(uint8_t *out, double value)
{
    char text[CT_FLOAT_TEXT_SIZE_MAX];
    const size_t size = ct_float_text_encode(value, text);
    return ct_cbor_put_text(CT_CBOR_PUT_LITERAL(out, CT_CBOR_FLOAT_TEXT_KEY), text, size);
}

static void
put_float(struct ct_buffer *buffer, double value, uint64_t type_id, bool is_top)
{
    uint8_t *out = ct_buffer_reserve(buffer, LEAF_SIZE_MAX);
    if (out == NULL)
        return;
    *out++ = is_top ? CT_CBOR_MAP | 4 : CT_CBOR_MAP | 3;
    out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_FLOAT_KIND);
    if (!is_top) {
        commit(buffer, put_type_id(put_float_pair(out, value), type_id));
        return;
    }
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_DOUBLE_HEAD);
    out = ct_cbor_put_big_endian(out, bits, sizeof bits);
    commit(buffer, put_float_pair(put_type_id(out, type_id), value));
}

static void
put_bool(struct ct_buffer *buffer, bool value, uint64_t type_id)
{
    uint8_t *out = ct_buffer_reserve(buffer, LEAF_SIZE_MAX);
    if (out == NULL)
        return;
    out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_BOOL_HEAD);
    out = value ? CT_CBOR_PUT_LITERAL(out, CT_CBOR_BOOL_TRUE)
                : CT_CBOR_PUT_LITERAL(out, CT_CBOR_BOOL_FALSE);
    commit(buffer, put_type_id(out, type_id));
}

static void
put_text(struct ct_buffer *buffer, enum ct_value_kind kind, const char *text, size_t size,
         uint64_t type_id)
{
    uint8_t *out = ct_buffer_reserve(buffer, LEAF_SIZE_MAX + size);
    if (out == NULL)
        return;
    if (kind == CT_VALUE_STRING)
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_STRING_HEAD);
    else if (kind == CT_VALUE_RAW)
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_RAW_HEAD);
    else
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_ERROR_HEAD);
    commit(buffer, put_type_id(ct_cbor_put_text(out, text, size), type_id));
}

static void
put_none(struct ct_buffer *buffer, uint64_t type_id)
{
    uint8_t *out = ct_buffer_reserve(buffer, LEAF_SIZE_MAX);
    if (out == NULL)
        return;
    out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_NONE_HEAD);
    commit(buffer, put_type_id(out, type_id));
}

static void
begin(struct ct_buffer *buffer, const struct ct_value_level *level)
{
    uint8_t *out = ct_buffer_reserve(buffer, LEAF_SIZE_MAX);
    if (out == NULL)
        return;
    if (level->kind == CT_VALUE_SEQUENCE)
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_SEQUENCE_HEAD);
    else if (level->kind == CT_VALUE_TUPLE)
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_TUPLE_HEAD);
    else if (level->kind == CT_VALUE_STRUCT)
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_STRUCT_HEAD);
    else
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_REFERENCE_HEAD);
    if (level->kind != CT_VALUE_REFERENCE)
        out = ct_cbor_put_head(out, CT_CBOR_ARRAY, level->count);
    commit(buffer, out);
}

static void
separate(struct ct_buffer *buffer)
{
    (void)buffer; /* arrays say their count up front */
}

static void
end(struct ct_buffer *buffer, const struct ct_value_level *level)
{
    uint8_t *out = ct_buffer_reserve(buffer, LEAF_SIZE_MAX);
    if (out == NULL)
        return;
    if (level->kind == CT_VALUE_SEQUENCE) {
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_IS_SLICE_FALSE);
    } else if (level->kind == CT_VALUE_REFERENCE) {
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_ADDRESS_KEY);
        out = ct_cbor_put_head(out, CT_CBOR_UINT, level->address);
        out = CT_CBOR_PUT_LITERAL(out, CT_CBOR_MUTABLE_FALSE);
    }
    commit(buffer, put_type_id(out, level->type_id));
}

const struct ct_value_encoding ct_value_cbor = {
    .put_int = put_int,
    .put_big_int = put_big_int,
    .put_float = put_float,
    .put_bool = put_bool,
    .put_text = put_text,
    .put_none = put_none,
    .begin = begin,
    .separate = separate,
    .end = end,
};
