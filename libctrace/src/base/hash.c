/* Eight bytes a round: multiply, then fold the high half down, where the table's mask looks.
 *
 * See hash.h. The multipliers are odd 64-bit constants of splitmix64, chosen there for avalanche.
 */
#include "base/hash.h"

#include <string.h>

#define HASH_MULTIPLIER       UINT64_C(0xBF58476D1CE4E5B9)
#define HASH_MULTIPLIER_FINAL UINT64_C(0x94D049BB133111EB)

static inline uint64_t
mix_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * HASH_MULTIPLIER;
    return hash ^ hash >> 32;
}

/* hot */
uint64_t
ct_hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
    const uint8_t *next = bytes;
    uint64_t hash = mix_word(seed, size);
    uint64_t word;
    for (; size >= sizeof word; size -= sizeof word, next += sizeof word) {
        memcpy(&word, next, sizeof word);
        hash = mix_word(hash, word);
    }
    if (size > 0) {
        word = 0;
        memcpy(&word, next, size);
        hash = mix_word(hash, word);
    }
    hash *= HASH_MULTIPLIER_FINAL;
    return hash ^ hash >> 31;
}
