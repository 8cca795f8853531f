/* Blocks being written: the store that numbers them, and the map of one inner file's blocks.
 *
 * Used by the container writer. Only the mapping blocks on the way to the newest data block are
 * kept in memory (one a level): older ones never change again and are written when they are left.
 */
#ifndef CT_CONTAINER_BLOCK_MAP_H
#define CT_CONTAINER_BLOCK_MAP_H

#include "container/container_format.h"
#include "ctrace/io.h"

struct ct_block_store {
    struct ct_file *file;
    uint64_t block_count; /* numbers given out; a number is given once */
};

/* Writes `count` blocks in a row with one call. */
CT_MUST_CHECK enum ct_status ct_block_store_write(struct ct_block_store *store, uint64_t block,
                                                  const uint8_t *bytes, uint64_t count);

struct ct_block_node; /* a mapping block in memory */

struct ct_block_map {
    struct ct_block_store *store; /* borrowed */
    const struct ct_alloc *alloc;
    struct ct_block_node *nodes[CT_CONTAINER_LEVEL_MAX]; /* by level - 1, made when first needed */
    unsigned level;                                      /* the top so far; 0 no root yet */
    uint64_t root;                                       /* block number */
    uint64_t data_count;
};

void ct_block_map_init(struct ct_block_map *map, struct ct_block_store *store,
                       const struct ct_alloc *alloc);
void ct_block_map_release(struct ct_block_map *map);

/* The number of the file's next data block, entered into the map. CT_ERR_LIMIT beyond level 5. */
CT_MUST_CHECK enum ct_status ct_block_map_append(struct ct_block_map *map, uint64_t *out_block);

/* Writes the mapping blocks that changed; an empty file gets its root. */
CT_MUST_CHECK enum ct_status ct_block_map_flush(struct ct_block_map *map);

/* Starts over as a file without blocks; the old ones stay in the container. */
void ct_block_map_reset(struct ct_block_map *map);

#endif
