/* JSON's leaves. See json_put.h. */
#include "value/json_put.h"

#define DECIMAL_SIZE_MAX 20 /* digits of 2^64 - 1 */

/* The letter that escapes `byte`, 'u' for the long form, 0 for a byte that stands for itself. */
static char
escape_letter(uint8_t byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return byte < 0x20 ? 'u' : 0;
    }
}

static void
put_escape(struct ct_buffer *buffer, uint8_t byte, char letter)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[6] = {'\\', letter, '0', '0', hex[byte >> 4], hex[byte & 15]};
    ct_buffer_put(buffer, escape, letter == 'u' ? 6 : 2);
}

void
ct_json_put_string(struct ct_buffer *buffer, const char *text, size_t size)
{
    ct_buffer_put_u8(buffer, '"');
    size_t start = 0; /* of the run that needs no escape */
    for (size_t i = 0; i < size; i++) {
        const char letter = escape_letter((uint8_t)text[i]);
        if (letter == 0)
            continue;
        ct_buffer_put(buffer, text + start, i - start);
        put_escape(buffer, (uint8_t)text[i], letter);
        start = i + 1;
    }
    if (size > start)
        ct_buffer_put(buffer, text + start, size - start);
    ct_buffer_put_u8(buffer, '"');
}

void
ct_json_put_u64(struct ct_buffer *buffer, uint64_t value)
{
    char digits[DECIMAL_SIZE_MAX];
    size_t start = DECIMAL_SIZE_MAX;
    do {
        digits[--start] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    ct_buffer_put(buffer, digits + start, DECIMAL_SIZE_MAX - start);
}

void
ct_json_put_i64(struct ct_buffer *buffer, int64_t value)
{
    if (value < 0)
        ct_buffer_put_u8(buffer, '-');
    ct_json_put_u64(buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}
