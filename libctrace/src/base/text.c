/* UTF-8: recognising it, cutting it without breaking it, and escaping what is not it.
 *
 * See ctrace/text.h. `sequence_size` is the one definition of a valid sequence (Unicode 15, table
 * 3-7); almost all text is ASCII, so that comes first and eight bytes at a time. */
#include "ctrace/text.h"

#include <string.h>

#define SEQUENCE_SIZE_MAX 4u
#define ASCII_HIGH_BITS   UINT64_C(0x8080808080808080)

static bool
is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The range of the second byte is what rules out overlong forms, surrogates and > U+10FFFF. */
static bool
is_second(uint8_t lead, uint8_t byte)
{
    switch (lead) {
    case 0xE0:
        return byte >= 0xA0 && byte <= 0xBF;
    case 0xED:
        return byte >= 0x80 && byte <= 0x9F;
    case 0xF0:
        return byte >= 0x90 && byte <= 0xBF;
    case 0xF4:
        return byte >= 0x80 && byte <= 0x8F;
    default:
        return is_continuation(byte);
    }
}

/* Bytes of the valid sequence at `bytes`, 0 when there is none. size > 0. */
static size_t
sequence_size(const uint8_t *bytes, size_t size)
{
    const uint8_t lead = bytes[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    const size_t wanted = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size < wanted || !is_second(lead, bytes[1]))
        return 0;
    for (size_t i = 2; i < wanted; i++) {
        if (!is_continuation(bytes[i]))
            return 0;
    }
    return wanted;
}

static size_t
ascii_size(const uint8_t *bytes, size_t size)
{
    size_t position = 0;
    uint64_t word;
    for (; size - position >= sizeof word; position += sizeof word) {
        memcpy(&word, bytes + position, sizeof word);
        if ((word & ASCII_HIGH_BITS) != 0)
            break;
    }
    while (position < size && bytes[position] < 0x80)
        position++;
    return position;
}

/* The size of the longest prefix that is valid. hot */
static size_t
valid_size(const uint8_t *bytes, size_t size)
{
    size_t position = 0;
    while (position < size) {
        position += ascii_size(bytes + position, size - position);
        if (position == size)
            break;
        const size_t sequence = sequence_size(bytes + position, size - position);
        if (sequence == 0)
            break;
        position += sequence;
    }
    return position;
}

bool
ct_text_is_utf8(const void *bytes, size_t size)
{
    return size == 0 || valid_size(bytes, size) == size;
}

size_t
ct_text_prefix_size(const void *bytes, size_t size, size_t size_max)
{
    const uint8_t *text = bytes;
    if (size <= size_max)
        return size;
    for (size_t back = 1; back < SEQUENCE_SIZE_MAX && back <= size_max; back++) {
        const size_t start = size_max - back;
        if (sequence_size(text + start, size - start) > back)
            return start;
        if (!is_continuation(text[start]))
            break;
    }
    return size_max;
}

size_t
ct_text_escape(const void *bytes, size_t size, char *out_text)
{
    static const char digits[] = "0123456789ABCDEF";
    const uint8_t *text = bytes;
    char *out = out_text;
    size_t position = 0;
    while (position < size) {
        const size_t valid = valid_size(text + position, size - position);
        if (valid > 0)
            memcpy(out, text + position, valid);
        out += valid;
        position += valid;
        if (position == size)
            break;
        const uint8_t byte = text[position++];
        *out++ = '\\';
        *out++ = 'x';
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
    }
    return (size_t)(out - out_text);
}

void
ct_text_shorten(const char *text, char *out_text, size_t out_size)
{
    static const char gap[] = "...";
    const size_t size = strlen(text), kept = out_size - sizeof gap;
    if (size < out_size) {
        memcpy(out_text, text, size + 1);
        return;
    }
    const size_t head_size = ct_text_prefix_size(text, size, kept / 3);
    size_t tail = size - (kept - kept / 3);
    while (is_continuation((uint8_t)text[tail]))
        tail++;
    memcpy(out_text, text, head_size);
    memcpy(out_text + head_size, gap, sizeof gap - 1);
    memcpy(out_text + head_size + sizeof gap - 1, text + tail, size - tail + 1);
}
