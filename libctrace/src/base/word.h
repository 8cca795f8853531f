/* Words: the 64-bit tagged scalars that cross the spool, taken apart.
 *
 * The tags are CRuby's own on 64-bit platforms with flonum (spool_format.h draws them); nil, true,
 * false and undef differ between Ruby versions, so START names them and they are compared before
 * these. */
#ifndef CT_BASE_WORD_H
#define CT_BASE_WORD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool
ct_word_is_integer(uint64_t word)
{
    return (word & 1) != 0;
}

static inline int64_t
ct_word_integer(uint64_t word)
{
    /* Not `>> 1` on a signed number: C leaves that to the compiler. */
    uint64_t sign = word & (UINT64_C(1) << 63);
    return (int64_t)((word >> 1) | sign);
}

static inline bool
ct_word_is_float(uint64_t word)
{
    return (word & 3) == 2;
}

/* A flonum is a double rotated left by 3, whose top exponent bits (always 011 or 100, read before
 * the rotation) gave way to the tag; bit 63 tells which they were. +0.0 has a word of its own. */
static inline double
ct_word_float(uint64_t word)
{
    if (word == UINT64_C(0x8000000000000002))
        return 0.0;
    uint64_t bits = (2 - (word >> 63)) | (word & ~UINT64_C(3));
    bits = (bits >> 3) | (bits << 61);
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static inline bool
ct_word_is_symbol(uint64_t word)
{
    return (word & 0xFF) == 0x0C;
}

#endif
