/* See pointer_map.h. One entry is removed by shifting its followers back, so there are no
 * tombstones. */
#include "pointer_map.h"

#include <stdlib.h>

#define CAPACITY_FIRST 64

static void
insert(struct rec_pointer_map *map, uint64_t key, uint64_t value)
{
    size_t at = rec_pointer_map_home(map, key);
    while (map->entries[at].key != 0 && map->entries[at].key != key)
        at = (at + 1) & (map->capacity - 1);
    map->count += map->entries[at].key == 0;
    map->entries[at].key = key;
    map->entries[at].value = value;
}

static bool
grow(struct rec_pointer_map *map)
{
    struct rec_pointer_map old = *map;
    size_t capacity = old.capacity == 0 ? CAPACITY_FIRST : old.capacity * 2;
    struct rec_pointer_entry *entries = calloc(capacity, sizeof *entries);
    if (entries == NULL)
        return false;
    map->entries = entries;
    map->capacity = capacity;
    map->count = 0;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.entries[i].key != 0)
            insert(map, old.entries[i].key, old.entries[i].value);
    }
    free(old.entries);
    return true;
}

bool
rec_pointer_map_put(struct rec_pointer_map *map, uint64_t key, uint64_t value)
{
    if ((map->count + 1) * 2 > map->capacity && !grow(map)) {
        map->is_short = true;
        return false;
    }
    insert(map, key, value);
    return true;
}

void
rec_pointer_map_remove(struct rec_pointer_map *map, uint64_t key)
{
    struct rec_pointer_entry *entry = rec_pointer_map_find(map, key);
    if (entry == NULL)
        return;
    size_t hole = (size_t)(entry - map->entries), mask = map->capacity - 1;
    for (size_t at = (hole + 1) & mask; map->entries[at].key != 0; at = (at + 1) & mask) {
        size_t home = rec_pointer_map_home(map, map->entries[at].key);
        /* The follower may move back only if the hole lies between its home and its place. */
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->entries[hole] = map->entries[at];
            hole = at;
        }
    }
    map->entries[hole].key = 0;
    map->count--;
}

void
rec_pointer_map_filter(struct rec_pointer_map *map, bool (*keep)(void *context, uint64_t *key),
                       void *context)
{
    size_t kept = 0;
    struct rec_pointer_entry *list;
    if (map->count == 0)
        return;
    /* In place: pack the survivors at the front of a list, then insert them anew. */
    list = malloc(map->count * sizeof *list);
    if (list == NULL)
        return; /* entries of dead objects stay until the next collection */
    for (size_t i = 0; i < map->capacity; i++) {
        struct rec_pointer_entry entry = map->entries[i];
        if (entry.key != 0 && keep(context, &entry.key))
            list[kept++] = entry;
    }
    for (size_t i = 0; i < map->capacity; i++)
        map->entries[i].key = 0;
    map->count = 0;
    for (size_t i = 0; i < kept; i++)
        insert(map, list[i].key, list[i].value);
    free(list);
}

void
rec_pointer_map_release(struct rec_pointer_map *map)
{
    free(map->entries);
    *map = (struct rec_pointer_map){.entries = NULL};
}
