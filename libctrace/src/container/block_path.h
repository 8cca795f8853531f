/* The way from an inner file's root to one of its data blocks: pure arithmetic on its index.
 *
 * Used by the writer to know which mapping blocks an index needs, and by the reader to walk them.
 */
#ifndef CT_CONTAINER_BLOCK_PATH_H
#define CT_CONTAINER_BLOCK_PATH_H

#include "container/container_format.h"

/* From the root along the chain to the top level, then down from there to level 1. */
#define CT_BLOCK_PATH_SIZE_MAX (2 * CT_CONTAINER_LEVEL_MAX - 1)

struct ct_block_path {
    unsigned level;                         /* the top: level - 1 chain pointers lead to it */
    uint32_t slots[CT_CONTAINER_LEVEL_MAX]; /* slots[l - 1]: the pointer to follow at level l */
};

/* `fanout` is the number of pointers down in a mapping block (511 for 4096 bytes). CT_ERR_LIMIT:
 * the index lies beyond level 5. */
CT_MUST_CHECK enum ct_status ct_block_path_init(struct ct_block_path *path, uint64_t index,
                                                uint32_t fanout);

/* Whether the path is the first to go through its block at `level`, so that a writer makes one. */
bool ct_block_path_is_first(const struct ct_block_path *path, unsigned level);

#endif
