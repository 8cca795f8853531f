/* An open-addressing map from a non-zero word to a 32-bit number. For names, symbols, identities.
 *
 * Grows by rehashing; memory comes from malloc so that a table may change inside a hook without
 * touching the Ruby heap. Single-threaded (GVL). */
#ifndef REC_POINTER_MAP_H
#define REC_POINTER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rec_pointer_map {
    struct rec_pointer_entry {
        uint64_t key; /* 0: free */
        uint64_t value;
    } * entries;
    size_t capacity; /* power of two or 0 */
    size_t count;
    bool is_short; /* once it got no memory: something was left out */
};

static inline size_t
rec_pointer_map_home(const struct rec_pointer_map *map, uint64_t key)
{
    return (key * 0x9E3779B97F4A7C15u >> 20) & (map->capacity - 1);
}

/* The entry of `key`, or NULL. hot */
static inline struct rec_pointer_entry *
rec_pointer_map_find(const struct rec_pointer_map *map, uint64_t key)
{
    if (map->count == 0)
        return NULL;
    size_t at = rec_pointer_map_home(map, key);
    while (map->entries[at].key != 0) {
        if (map->entries[at].key == key)
            return &map->entries[at];
        at = (at + 1) & (map->capacity - 1);
    }
    return NULL;
}

/* Adds or overwrites; false when memory is short (the map is unchanged). */
bool rec_pointer_map_put(struct rec_pointer_map *map, uint64_t key, uint64_t value);

/* Takes one entry out; absence is fine. */
void rec_pointer_map_remove(struct rec_pointer_map *map, uint64_t key);

/* Keeps the entries for which `keep` says true; it may change the key it is shown (a moved
 * object). */
void rec_pointer_map_filter(struct rec_pointer_map *map, bool (*keep)(void *context, uint64_t *key),
                            void *context);

/* Frees all entries; the map is empty and may be used again. */
void rec_pointer_map_release(struct rec_pointer_map *map);

#endif
