/* 64-bit fingerprints of bytes and words: equal input, equal print.
 *
 * Used where "has it changed?" is asked of something whose last state is not kept. A collision
 * (2^-64) hides one change. */
#ifndef REC_FINGERPRINT_H
#define REC_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REC_MIX_WORD 0xA0761D6478BD642Fu
#define REC_MIX_SIZE 0x9E3779B97F4A7C15u
#define REC_MIX_REST 0xE7037ED1A0B428DBu

static inline uint64_t
rec_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* hot */
static inline uint64_t
rec_fingerprint_word(uint64_t print, uint64_t word)
{
    return rec_mix(print ^ word, REC_MIX_WORD);
}

/* hot */
static inline uint64_t
rec_fingerprint(const void *bytes, size_t size)
{
    const char *at = bytes;
    uint64_t print = size ^ REC_MIX_SIZE, word, pair[2];
    while (size >= sizeof pair) { /* the multiplication is what takes time */
        memcpy(pair, at, sizeof pair);
        print = rec_mix(print ^ pair[0], pair[1] ^ REC_MIX_WORD);
        at += sizeof pair;
        size -= sizeof pair;
    }
    if (size >= sizeof word) {
        memcpy(&word, at, sizeof word);
        print = rec_fingerprint_word(print, word);
        at += sizeof word;
        size -= sizeof word;
    }
    word = 0;
    memcpy(&word, at, size);
    return rec_mix(print ^ word, REC_MIX_REST);
}

/* ---- of copies ----
 * A sum over pairs of words, each by where it stands: so it can follow a change. */

#define REC_PAIR_SIZE 16u

/* What the pair at `offset`, a multiple of its size, adds. hot */
static inline uint64_t
rec_copy_print_pair(const uint8_t *pair_bytes, size_t offset)
{
    uint64_t pair[2];
    memcpy(pair, pair_bytes, sizeof pair);
    return rec_mix(pair[0] ^ (REC_MIX_REST + offset * REC_MIX_SIZE), pair[1] ^ REC_MIX_WORD);
}

/* The print of a copy; what is beyond its end counts as zeros. hot */
static inline uint64_t
rec_copy_print(const uint8_t *bytes, size_t size)
{
    uint8_t rest[REC_PAIR_SIZE] = {0};
    uint64_t print = size * REC_MIX_SIZE;
    size_t offset = 0;
    for (; size - offset >= REC_PAIR_SIZE; offset += REC_PAIR_SIZE)
        print += rec_copy_print_pair(bytes + offset, offset);
    memcpy(rest, bytes + offset, size - offset);
    return print + rec_copy_print_pair(rest, offset);
}

#endif
