/* Linear probing, at most half full. See id_map.h.
 *
 * The hash is seeded with the slots' address, so that a trace cannot be written to collide. */
#include "base/id_map.h"

#include "base/hash.h"

#define CAPACITY_MIN 16

void
ct_id_map_init(struct ct_id_map *map, const struct ct_alloc *alloc)
{
    *map = (struct ct_id_map){.alloc = alloc != NULL ? alloc : ct_alloc_default()};
}

void
ct_id_map_release(struct ct_id_map *map)
{
    if (map->alloc == NULL)
        return;
    ct_alloc_free(map->alloc, map->slots);
    ct_id_map_init(map, map->alloc);
}

static size_t
home_of(const struct ct_id_map *map, uint64_t id)
{
    const uint64_t hash = ct_hash_bytes(&id, sizeof id, (uintptr_t)map->slots);
    return (size_t)hash & (map->capacity - 1);
}

/* The slot of `id`, or the free one where it would go. The map has slots. */
static size_t
find_slot(const struct ct_id_map *map, uint64_t id)
{
    size_t slot = home_of(map, id);
    while (map->slots[slot].position != 0 && map->slots[slot].id != id)
        slot = (slot + 1) & (map->capacity - 1);
    return slot;
}

bool
ct_id_map_find(const struct ct_id_map *map, uint64_t id, size_t *out_position)
{
    if (map->count == 0)
        return false;
    const struct ct_id_slot *slot = &map->slots[find_slot(map, id)];
    if (slot->position == 0)
        return false;
    *out_position = slot->position - 1;
    return true;
}

static enum ct_status
grow(struct ct_id_map *map)
{
    struct ct_id_map grown = *map;
    grown.capacity = map->capacity == 0 ? CAPACITY_MIN : map->capacity * 2;
    grown.slots = ct_alloc_zeroed(map->alloc, grown.capacity, sizeof *grown.slots);
    if (grown.slots == NULL)
        return CT_ERR_MEMORY;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].position != 0)
            grown.slots[find_slot(&grown, map->slots[i].id)] = map->slots[i];
    }
    ct_alloc_free(map->alloc, map->slots);
    *map = grown;
    return CT_OK;
}

enum ct_status
ct_id_map_put(struct ct_id_map *map, uint64_t id, size_t position)
{
    if (map->count >= map->capacity / 2)
        CT_TRY(grow(map));
    struct ct_id_slot *slot = &map->slots[find_slot(map, id)];
    map->count += slot->position == 0;
    *slot = (struct ct_id_slot){id, position + 1};
    return CT_OK;
}

/* What was pushed behind the removed slot moves up, or it would not be found any more. */
void
ct_id_map_remove(struct ct_id_map *map, uint64_t id)
{
    if (map->count == 0)
        return;
    const size_t mask = map->capacity - 1;
    size_t hole = find_slot(map, id);
    if (map->slots[hole].position == 0)
        return;
    size_t next = hole;
    while (map->slots[next = (next + 1) & mask].position != 0) {
        const size_t home = home_of(map, map->slots[next].id);
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            map->slots[hole] = map->slots[next];
            hole = next;
        }
    }
    map->slots[hole] = (struct ct_id_slot){0};
    map->count--;
}
