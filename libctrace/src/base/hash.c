/* Eight bytes a round: multiply, then fold the high half down, where the table's mask looks. Four
 * rounds run beside each other where there are bytes enough: one has to wait for the one before.
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

#define LANE_COUNT 4
#define LANES_SIZE (LANE_COUNT * sizeof(uint64_t))

/* As many whole rounds of all lanes as there are bytes for. hot */
static uint64_t
mix_lanes(uint64_t hash, const uint8_t **next, size_t *size)
{
    uint64_t lanes[LANE_COUNT] = {hash, hash + 1, hash + 2, hash + 3};
    for (; *size >= LANES_SIZE; *size -= LANES_SIZE, *next += LANES_SIZE) {
        uint64_t words[LANE_COUNT];
        memcpy(words, *next, LANES_SIZE);
        for (int i = 0; i < LANE_COUNT; i++)
            lanes[i] = mix_word(lanes[i], words[i]);
    }
    for (int i = 1; i < LANE_COUNT; i++)
        lanes[0] = mix_word(lanes[0], lanes[i]);
    return lanes[0];
}

/* hot */
uint64_t
ct_hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
    const uint8_t *next = bytes;
    uint64_t hash = mix_word(seed, size);
    uint64_t word;
    if (size >= 2 * LANES_SIZE)
        hash = mix_lanes(hash, &next, &size);
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
