/* A map from 64-bit ids to positions in somebody's array: open addressing, removal without marks.
 *
 * Used where ids are given by a trace's author and may be anything: strands, objects. */
#ifndef CT_BASE_ID_MAP_H
#define CT_BASE_ID_MAP_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stdint.h>

struct ct_id_slot {
    uint64_t id;
    size_t position; /* + 1; 0: the slot is free */
};

struct ct_id_map {
    const struct ct_alloc *alloc;
    struct ct_id_slot *slots;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

void ct_id_map_init(struct ct_id_map *map, const struct ct_alloc *alloc); /* NULL: default */
void ct_id_map_release(struct ct_id_map *map);

bool ct_id_map_find(const struct ct_id_map *map, uint64_t id, size_t *out_position);
/* Adds or replaces. */
CT_MUST_CHECK enum ct_status ct_id_map_put(struct ct_id_map *map, uint64_t id, size_t position);
void ct_id_map_remove(struct ct_id_map *map, uint64_t id); /* absence is fine */

#endif
