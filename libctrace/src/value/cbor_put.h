/* Writes the parts of CBOR that traces use: shortest heads, definite sizes, big-endian.
 *
 * Used by the value encoding and by the events that hold CBOR (Type, Call). Each put writes at
 * `out` and returns the place behind it: the caller has reserved the room, once for many puts. */
#ifndef CT_VALUE_CBOR_PUT_H
#define CT_VALUE_CBOR_PUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CT_CBOR_HEAD_SIZE_MAX 9 /* one byte and a u64 */

/* Major types, where they stand in the first byte. */
#define CT_CBOR_UINT     0x00
#define CT_CBOR_NEGATIVE 0x20 /* -1 - argument */
#define CT_CBOR_BYTES    0x40
#define CT_CBOR_TEXT     0x60
#define CT_CBOR_ARRAY    0x80
#define CT_CBOR_MAP      0xA0
#define CT_CBOR_FALSE    0xF4
#define CT_CBOR_TRUE     0xF5
#define CT_CBOR_DOUBLE   0xFB

/* `value` big-endian in `size` bytes. */
static inline uint8_t *
ct_cbor_put_big_endian(uint8_t *out, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        out[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    return out + size;
}

/* hot */
static inline uint8_t *
ct_cbor_put_head(uint8_t *out, uint8_t major, uint64_t argument)
{
    if (argument < 24) {
        *out = (uint8_t)(major | argument);
        return out + 1;
    }
    const unsigned power = argument <= UINT8_MAX    ? 0
                           : argument <= UINT16_MAX ? 1
                           : argument <= UINT32_MAX ? 2
                                                    : 3;
    *out = (uint8_t)(major | (24 + power));
    return ct_cbor_put_big_endian(out + 1, argument, 1u << power);
}

static inline uint8_t *
ct_cbor_put_bytes(uint8_t *out, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(out, bytes, size);
    return out + size;
}

/* Bytes given as a literal, without its NUL: encoded items that never change. */
#define CT_CBOR_PUT_LITERAL(out, literal) ct_cbor_put_bytes((out), (literal), sizeof(literal) - 1)

static inline uint8_t *
ct_cbor_put_text(uint8_t *out, const void *text, size_t size)
{
    return ct_cbor_put_bytes(ct_cbor_put_head(out, CT_CBOR_TEXT, size), text, size);
}

#endif
