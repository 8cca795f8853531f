/* Values as JSON text, as trace.json holds them. See value_encoding.h.
 *
 * The keys are those of value_format.h without the doubled forms:
 * {"kind":"Int","i":-7,"type_id":0}. A Float is text, for its readers since November 2025; a BigInt
 * is base64 of its magnitude. */
#include "value/value_encoding.h"

#include "value/base64.h"
#include "value/float_text.h"
#include "value/json_put.h"

static void
put_type_id(struct ct_buffer *buffer, uint64_t type_id)
{
    ct_buffer_put_text(buffer, ",\"type_id\":");
    ct_json_put_u64(buffer, type_id);
    ct_buffer_put_u8(buffer, '}');
}

static void
put_int(struct ct_buffer *buffer, int64_t value, uint64_t type_id)
{
    ct_buffer_put_text(buffer, "{\"kind\":\"Int\",\"i\":");
    ct_json_put_i64(buffer, value);
    put_type_id(buffer, type_id);
}

static void
put_big_int(struct ct_buffer *buffer, const uint8_t *magnitude, size_t size, bool negative,
            uint64_t type_id, bool is_top)
{
    (void)is_top;
    ct_buffer_put_text(buffer, "{\"kind\":\"BigInt\",\"b\":\"");
    uint8_t *out = ct_buffer_reserve(buffer, CT_BASE64_SIZE(size));
    if (out == NULL)
        return;
    ct_base64_encode(magnitude, size, (char *)out);
    buffer->size += CT_BASE64_SIZE(size);
    ct_buffer_put_text(buffer, negative ? "\",\"negative\":true" : "\",\"negative\":false");
    put_type_id(buffer, type_id);
}

static void
put_float(struct ct_buffer *buffer, double value, uint64_t type_id, bool is_top)
{
    (void)is_top;
    char text[CT_FLOAT_TEXT_SIZE_MAX];
    const size_t size = ct_float_text_encode(value, text);
    ct_buffer_put_text(buffer, "{\"kind\":\"Float\",\"f\":\"");
    ct_buffer_put(buffer, text, size);
    ct_buffer_put_u8(buffer, '"');
    put_type_id(buffer, type_id);
}

static void
put_bool(struct ct_buffer *buffer, bool value, uint64_t type_id)
{
    ct_buffer_put_text(buffer,
                       value ? "{\"kind\":\"Bool\",\"b\":true" : "{\"kind\":\"Bool\",\"b\":false");
    put_type_id(buffer, type_id);
}

static void
put_text(struct ct_buffer *buffer, enum ct_value_kind kind, const char *text, size_t size,
         uint64_t type_id)
{
    if (kind == CT_VALUE_STRING)
        ct_buffer_put_text(buffer, "{\"kind\":\"String\",\"text\":");
    else if (kind == CT_VALUE_RAW)
        ct_buffer_put_text(buffer, "{\"kind\":\"Raw\",\"r\":");
    else
        ct_buffer_put_text(buffer, "{\"kind\":\"Error\",\"msg\":");
    ct_json_put_string(buffer, text, size);
    put_type_id(buffer, type_id);
}

static void
put_none(struct ct_buffer *buffer, uint64_t type_id)
{
    ct_buffer_put_text(buffer, "{\"kind\":\"None\"");
    put_type_id(buffer, type_id);
}

static void
begin(struct ct_buffer *buffer, const struct ct_value_level *level)
{
    if (level->kind == CT_VALUE_SEQUENCE)
        ct_buffer_put_text(buffer, "{\"kind\":\"Sequence\",\"elements\":[");
    else if (level->kind == CT_VALUE_TUPLE)
        ct_buffer_put_text(buffer, "{\"kind\":\"Tuple\",\"elements\":[");
    else if (level->kind == CT_VALUE_STRUCT)
        ct_buffer_put_text(buffer, "{\"kind\":\"Struct\",\"field_values\":[");
    else
        ct_buffer_put_text(buffer, "{\"kind\":\"Reference\",\"dereferenced\":");
}

static void
separate(struct ct_buffer *buffer)
{
    ct_buffer_put_u8(buffer, ',');
}

static void
end(struct ct_buffer *buffer, const struct ct_value_level *level)
{
    if (level->kind == CT_VALUE_REFERENCE) {
        ct_buffer_put_text(buffer, ",\"address\":");
        ct_json_put_u64(buffer, level->address);
        ct_buffer_put_text(buffer, ",\"mutable\":false");
    } else {
        ct_buffer_put_text(buffer, level->kind == CT_VALUE_SEQUENCE ? "],\"is_slice\":false" : "]");
    }
    put_type_id(buffer, level->type_id);
}

const struct ct_value_encoding ct_value_json = {
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
