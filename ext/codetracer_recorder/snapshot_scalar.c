/* Snapshots of numbers, strings, symbols and modules: values without elements. */
#include "exception_text.h"
#include "recorder.h"
#include "snapshot.h"
#include "value_filter.h"

#include <ruby/encoding.h>

#include <stdio.h>

#define MESSAGE_SIZE_MAX 1024 /* of a message that no String holds */
#define SECRET_SIZE_MAX  1024 /* behind what is kept: so far a secret is looked for */
#define BIGNUM_SIZE_MAX  1024 /* 2,466 decimal digits; larger ones are described */

void
rec_snapshot_put_word(struct rec_snapshot *snapshot, VALUE value)
{
    if (RB_STATIC_SYM_P(value) && !rec_name_define_symbol(snapshot->recorder, value)) {
        rec_snapshot_put_symbol(snapshot, value);
        return;
    }
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_WORD);
    rec_assembly_put_u64(snapshot->out, (uint64_t)value);
}

void
rec_snapshot_put_float(struct rec_snapshot *snapshot, VALUE value)
{
    double number = RFLOAT_VALUE(value);
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_FLOAT);
    rec_assembly_put(snapshot->out, &number, sizeof number);
}

void
rec_snapshot_put_bignum(struct rec_snapshot *snapshot, VALUE value)
{
    struct rec_assembly *out = snapshot->out;
    int spare_bits = 0;
    size_t size = rb_absint_size(value, &spare_bits);
    if (size > BIGNUM_SIZE_MAX) {
        char text[64];
        int written =
            snprintf(text, sizeof text, "#<Integer of %zu bits>", size * 8 - (size_t)spare_bits);
        snapshot->is_cut = true;
        rec_snapshot_put_text(snapshot, rec_class_name_id(snapshot->recorder, rb_cInteger), 0, text,
                              (size_t)written);
        return;
    }
    int sign =
        rb_integer_pack(value, out->bytes + out->size + 6, size, 1, 0, INTEGER_PACK_BIG_ENDIAN);
    rec_assembly_put_u8(out, CT_SNAPSHOT_BIGINT);
    rec_assembly_put_u8(out, sign < 0);
    rec_assembly_put_u32(out, (uint32_t)size);
    out->size += size;
}

static bool
is_ascii(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    }
    return true;
}

/* The longest prefix of at most `size_max` bytes that ends between UTF-8 characters. */
static size_t
prefix_size(const char *bytes, size_t size, size_t size_max)
{
    if (size <= size_max)
        return size;
    size_t end = size_max;
    while (end > 0 && size_max - end < 3 && ((unsigned char)bytes[end] & 0xC0) == 0x80)
        end--;
    return ((unsigned char)bytes[end] & 0xC0) == 0x80 ? size_max : end;
}

/* Encoding, true size, kept size and kept bytes of a String's or Symbol's text. */
static void
put_bytes(struct rec_snapshot *snapshot, const char *bytes, size_t size, int index)
{
    bool is_utf8 = index == rb_utf8_encindex() || index == rb_usascii_encindex();
    uint32_t limit = snapshot->recorder->limits.string_size_max;
    size_t looked_at = size < limit + SECRET_SIZE_MAX ? size : limit + SECRET_SIZE_MAX;
    size_t masked_size = looked_at;
    rec_text_mask(snapshot->recorder, bytes, looked_at, &bytes, &masked_size);
    size -= looked_at - masked_size;
    size_t kept = is_utf8 ? prefix_size(bytes, size, limit) : size < limit ? size : limit;
    uint32_t encoding = CT_SNAPSHOT_NO_ENCODING;
    if (!is_utf8) {
        rb_encoding *coding = rb_enc_from_index(index);
        if (!rb_enc_asciicompat(coding) || !is_ascii(bytes, kept))
            encoding = rec_name_of_id(snapshot->recorder, rb_intern(rb_enc_name(coding)));
    }
    snapshot->is_cut |= kept < size;
    rec_assembly_put_u32(snapshot->out, encoding);
    rec_assembly_put_u64(snapshot->out, size);
    rec_assembly_put_u32(snapshot->out, (uint32_t)kept);
    rec_assembly_put(snapshot->out, bytes, kept);
}

void
rec_snapshot_put_part(struct rec_snapshot *snapshot, VALUE string, size_t offset, size_t size)
{
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_STRING);
    rec_assembly_put_u32(snapshot->out, rec_class_name_id(snapshot->recorder, rb_cString));
    put_bytes(snapshot, RSTRING_PTR(string) + offset, size, rb_enc_get_index(string));
}

void
rec_snapshot_put_message(struct rec_snapshot *snapshot, VALUE exception)
{
    char text[MESSAGE_SIZE_MAX];
    VALUE string = rec_exception_string(exception);
    if (!NIL_P(string)) {
        rec_snapshot_put_part(snapshot, string, 0, (size_t)RSTRING_LEN(string));
        return;
    }
    size_t size = rec_exception_message(snapshot->recorder, exception, text, sizeof text);
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_STRING);
    rec_assembly_put_u32(snapshot->out, rec_class_name_id(snapshot->recorder, rb_cString));
    put_bytes(snapshot, text, size, rb_utf8_encindex());
}

void
rec_snapshot_put_string(struct rec_snapshot *snapshot, VALUE value)
{
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_STRING);
    rec_assembly_put_u32(snapshot->out, rec_class_name_id(snapshot->recorder, CLASS_OF(value)));
    put_bytes(snapshot, RSTRING_PTR(value), (size_t)RSTRING_LEN(value), RB_ENCODING_GET(value));
}

bool
rec_snapshot_renew_string(struct recorder *recorder, VALUE string, uint8_t *copy, uint32_t *size)
{
    enum { ENCODING = 5, TRUE_SIZE = 9, KEPT_SIZE = 17, BYTES = 21 }; /* behind tag and class */
    const char *text = RSTRING_PTR(string);
    uint64_t text_size = (uint64_t)RSTRING_LEN(string);
    uint32_t kept_size = (uint32_t)text_size, encoding;
    int index = rb_enc_get_index(string);
    memcpy(&encoding, copy + ENCODING, sizeof encoding);
    if (copy[0] != CT_SNAPSHOT_STRING || encoding != CT_SNAPSHOT_NO_ENCODING ||
        (index != rb_utf8_encindex() && index != rb_usascii_encindex()) ||
        text_size > recorder->limits.string_size_max || text_size > REC_LOOK_BYTES_MAX - BYTES ||
        !rec_text_is_clean(recorder, text, text_size))
        return false;
    memcpy(copy + TRUE_SIZE, &text_size, sizeof text_size);
    memcpy(copy + KEPT_SIZE, &kept_size, sizeof kept_size);
    memcpy(copy + BYTES, text, text_size);
    *size = BYTES + kept_size;
    return true;
}

void
rec_snapshot_put_symbol(struct rec_snapshot *snapshot, VALUE value)
{
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_SYMBOL);
    VALUE text = rb_sym2str(value);
    put_bytes(snapshot, RSTRING_PTR(text), (size_t)RSTRING_LEN(text), rb_enc_get_index(text));
}

void
rec_snapshot_put_module(struct rec_snapshot *snapshot, VALUE value)
{
    char text[512];
    struct recorder *recorder = snapshot->recorder;
    size_t size;
    if (RB_TYPE_P(value, T_CLASS) && FL_TEST(value, FL_SINGLETON))
        size = rec_singleton_name_put(recorder, value, text, sizeof text);
    else
        size = rec_class_name_put(recorder, value, text, sizeof text);
    VALUE kind = RB_TYPE_P(value, T_CLASS) ? rb_cClass : rb_cModule;
    rec_snapshot_put_text(snapshot, rec_class_name_id(recorder, kind), 0, text, size);
}
