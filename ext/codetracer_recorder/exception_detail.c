/* See exception_detail.h. */
#include "exception_detail.h"

#include "exception_frames.h"
#include "exception_text.h"
#include "recorder.h"

#include "ctrace/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define CAUSE_COUNT_MAX   8
#define CAUSE_SIZE_MAX    400
#define SEQUENCE_SIZE_MAX 4 /* of one character */

static void
put(struct rec_assembly *detail, const char *bytes, size_t size)
{
    if (rec_assembly_reserve(detail, size))
        rec_assembly_put(detail, bytes, size);
}

static void
put_text(struct rec_assembly *detail, const char *text)
{
    put(detail, text, strlen(text));
}

/* The size of the valid character at `bytes`, 0 when there is none. */
static size_t
character_size(const char *bytes, size_t size)
{
    for (size_t length = 1; length <= SEQUENCE_SIZE_MAX && length <= size; length++) {
        if (ct_text_is_utf8(bytes, length))
            return length;
    }
    return 0;
}

static void
put_control(struct rec_assembly *detail, unsigned char byte)
{
    static const char names[] = "btn\0fr"; /* from 0x08 on */
    char text[8];
    if (byte >= 0x08 && byte <= 0x0D && byte != 0x0B)
        snprintf(text, sizeof text, "\\%c", names[byte - 0x08]);
    else
        snprintf(text, sizeof text, "\\u%04x", byte);
    put_text(detail, text);
}

static bool
is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Of each byte of a word: where the highest bit is set in what comes out, it is not plain. Bytes
 * above one that is not may come out wrong. */
static uint64_t
unplain_bits(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return (word | ((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
            ((backslash - ones) & ~backslash)) &
           ones * 0x80;
}

/* How many bytes of ASCII stand for themselves in JSON. */
static size_t
plain_size(const char *bytes, size_t size)
{
    size_t count = 0;
    uint64_t word;
    for (; size - count >= sizeof word; count += sizeof word) {
        memcpy(&word, bytes + count, sizeof word);
        if (unplain_bits(word) != 0)
            break;
    }
    while (count < size && is_plain((unsigned char)bytes[count]))
        count++;
    return count;
}

/* What is not plain: one character, or a byte that is in none. Returns its size. */
static size_t
put_unplain(struct rec_assembly *detail, const char *bytes, size_t size)
{
    unsigned char byte = (unsigned char)bytes[0];
    size_t length = character_size(bytes, size);
    char text[8];
    if (byte == '"' || byte == '\\') {
        put(detail, "\\", 1);
        put(detail, bytes, 1);
    } else if (byte < 0x20) {
        put_control(detail, byte);
    } else if (length > 0) {
        put(detail, bytes, length);
    } else {
        snprintf(text, sizeof text, "\\\\x%02X", byte);
        put_text(detail, text);
    }
    return length > 0 ? length : 1;
}

/* Without the quotes. Bytes that are no UTF-8 are escaped as in all text. */
static void
put_escaped(struct rec_assembly *detail, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t plain = plain_size(bytes + at, size - at);
        if (plain > 0)
            put(detail, bytes + at, plain);
        at += plain;
        if (at < size)
            at += put_unplain(detail, bytes + at, size - at);
    }
}

static void
put_string_value(struct rec_assembly *detail, VALUE string)
{
    if (RB_TYPE_P(string, T_STRING))
        put_escaped(detail, RSTRING_PTR(string), (size_t)RSTRING_LEN(string));
}

static void
put_causes(struct recorder *recorder, VALUE exception, struct rec_assembly *detail)
{
    ID cause_id = rb_intern("cause"); /* no name of an instance variable: out of reach */
    char text[CAUSE_SIZE_MAX];
    int count = 0;
    VALUE cause = rb_attr_get(exception, cause_id);
    for (; RTEST(rb_obj_is_kind_of(cause, rb_eException)); cause = rb_attr_get(cause, cause_id)) {
        put_text(detail, count == 0 ? ",\"causes\":[\"" : ",\"");
        if (++count > CAUSE_COUNT_MAX) {
            put_text(detail, "…\"");
            break;
        }
        put_escaped(detail, text, rec_exception_whole(recorder, cause, text, sizeof text));
        put_text(detail, "\"");
    }
    if (count > 0)
        put_text(detail, "]");
}

/* ---- frames ---- */

/* `PATH:LINE` */
static void
put_place(const struct rec_exception_frames *frames, int index, struct rec_assembly *detail)
{
    char digits[16], *end = digits + sizeof digits, *at = end;
    int placed = frames->placed[index];
    put_string_value(detail, rec_exception_frames_path(frames, placed));
    for (unsigned line = (unsigned)frames->lines[placed]; line > 0 || at == end; line /= 10)
        *--at = (char)('0' + line % 10);
    *--at = ':';
    put(detail, at, (size_t)(end - at));
}

static void
put_frames(const struct rec_exception_frames *frames, struct rec_assembly *detail)
{
    if (frames->count == 0)
        return;
    put_text(detail, ",\"at\":\"");
    put_place(frames, 0, detail);
    put_text(detail, "\",\"backtrace\":[");
    for (int i = 0; i < frames->count && i < REC_FRAME_COUNT_SHOWN; i++) {
        put_text(detail, i == 0 ? "\"" : ",\"");
        put_place(frames, i, detail);
        put_text(detail, ":in ");
        put_string_value(detail, frames->labels[i]);
        put_text(detail, "\"");
    }
    put_text(detail, frames->count > REC_FRAME_COUNT_SHOWN ? ",\"…\"]" : "]");
}

/* ---- the whole ---- */

void
rec_exception_detail_begin(struct recorder *recorder, VALUE exception, struct rec_assembly *detail)
{
    char name[256];
    detail->size = 0;
    put_text(detail, "{\"class\":\"");
    put_escaped(detail, name,
                rec_class_name_put(recorder, rb_class_real(CLASS_OF(exception)), name,
                                   sizeof name));
    put_text(detail, "\"");
    put_causes(recorder, exception, detail);
}

void
rec_exception_detail_end(struct recorder *recorder, struct rec_exception_frames *frames,
                         struct rec_assembly *detail)
{
    if (frames != NULL) {
        rec_exception_frames_place(frames);
        put_frames(frames, detail);
    }
    put(detail, "}", sizeof "}");
    if (detail->is_short)
        rec_fail(recorder, REC_NO_MEMORY);
}

void
rec_exception_detail_put(struct recorder *recorder, VALUE exception,
                         struct rec_assembly *out_detail)
{
    rec_exception_detail_begin(recorder, exception, out_detail);
    rec_exception_detail_end(recorder, NULL, out_detail);
}
