/* Base64, three bytes to four letters. See base64.h. */
#include "value/base64.h"

void
ct_base64_encode(const uint8_t *bytes, size_t size, char *out_text)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t rest = size - i;
        const uint32_t group = (uint32_t)bytes[i] << 16 |
                               (rest > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (rest > 2 ? (uint32_t)bytes[i + 2] : 0);
        *out_text++ = letters[group >> 18];
        *out_text++ = letters[group >> 12 & 63];
        *out_text++ = rest > 1 ? letters[group >> 6 & 63] : '=';
        *out_text++ = rest > 2 ? letters[group & 63] : '=';
    }
}
