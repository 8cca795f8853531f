/* Growing a map: which mapping blocks the next index opens, and when they reach the file.
 *
 * See block_map.h. A mapping block is written again at its place whenever pointers were added to
 * it; what readers use of it does not change, because the sizes they know cover the old pointers
 * only. */
#include "container/block_map.h"

#include "base/bytes.h"
#include "container/block_path.h"

#include <string.h>

#define CHAIN_SLOT CT_CONTAINER_FANOUT

struct ct_block_node {
    uint64_t block;
    bool is_dirty;
    uint8_t bytes[CT_CONTAINER_BLOCK_SIZE];
};

enum ct_status
ct_block_store_write(struct ct_block_store *store, uint64_t block, const uint8_t *bytes,
                     uint64_t count)
{
    return store->file->ops->write_at(store->file, block * CT_CONTAINER_BLOCK_SIZE, bytes,
                                      (size_t)count * CT_CONTAINER_BLOCK_SIZE);
}

void
ct_block_map_init(struct ct_block_map *map, struct ct_block_store *store,
                  const struct ct_alloc *alloc)
{
    *map = (struct ct_block_map){.store = store, .alloc = alloc};
}

void
ct_block_map_release(struct ct_block_map *map)
{
    for (unsigned i = 0; i < CT_CONTAINER_LEVEL_MAX; i++) {
        ct_alloc_free(map->alloc, map->nodes[i]);
        map->nodes[i] = NULL;
    }
}

static void
put_pointer(struct ct_block_node *node, uint32_t slot, uint64_t block)
{
    ct_bytes_put_u64(node->bytes + slot * CT_CONTAINER_POINTER_SIZE, block);
    node->is_dirty = true;
}

static enum ct_status
write_node(struct ct_block_map *map, struct ct_block_node *node)
{
    if (node == NULL || !node->is_dirty)
        return CT_OK;
    CT_TRY(ct_block_store_write(map->store, node->block, node->bytes, 1));
    node->is_dirty = false;
    return CT_OK;
}

/* Leaves the block that was current at `level` and begins an empty one. */
static enum ct_status
begin_node(struct ct_block_map *map, unsigned level)
{
    struct ct_block_node *node = map->nodes[level - 1];
    CT_TRY(write_node(map, node));
    if (node == NULL) {
        node = ct_alloc_resize(map->alloc, NULL, sizeof *node);
        if (node == NULL)
            return CT_ERR_MEMORY;
        map->nodes[level - 1] = node;
    }
    memset(node->bytes, 0, sizeof node->bytes);
    node->block = map->store->block_count++;
    node->is_dirty = true;
    return CT_OK;
}

/* The map grows by a level: its first block is chained to the level below, whose own first block is
 * still current there (or was the top, which is the same). */
static enum ct_status
begin_level(struct ct_block_map *map)
{
    const unsigned level = map->level + 1;
    CT_TRY(begin_node(map, level));
    const uint64_t block = map->nodes[level - 1]->block;
    if (level == 1)
        map->root = block;
    else
        put_pointer(map->nodes[level - 2], CHAIN_SLOT, block);
    map->level = level;
    return CT_OK;
}

/* Begins the blocks below the top that `path` is the first to go through. */
static enum ct_status
begin_children(struct ct_block_map *map, const struct ct_block_path *path)
{
    for (unsigned level = path->level - 1; level >= 1; level--) {
        if (!ct_block_path_is_first(path, level))
            continue;
        CT_TRY(begin_node(map, level));
        put_pointer(map->nodes[level], path->slots[level], map->nodes[level - 1]->block);
    }
    return CT_OK;
}

enum ct_status
ct_block_map_append(struct ct_block_map *map, uint64_t *out_block)
{
    struct ct_block_path path;
    CT_TRY(ct_block_path_init(&path, map->data_count, CT_CONTAINER_FANOUT));
    if (path.level > map->level)
        CT_TRY(begin_level(map));
    CT_TRY(begin_children(map, &path));
    *out_block = map->store->block_count++;
    put_pointer(map->nodes[0], path.slots[0], *out_block);
    map->data_count++;
    return CT_OK;
}

enum ct_status
ct_block_map_flush(struct ct_block_map *map)
{
    if (map->level == 0)
        CT_TRY(begin_level(map));
    for (unsigned level = 1; level <= map->level; level++)
        CT_TRY(write_node(map, map->nodes[level - 1]));
    return CT_OK;
}

void
ct_block_map_reset(struct ct_block_map *map)
{
    for (unsigned i = 0; i < CT_CONTAINER_LEVEL_MAX; i++) {
        if (map->nodes[i] != NULL)
            map->nodes[i]->is_dirty = false;
    }
    map->level = 0;
    map->root = 0;
    map->data_count = 0;
}
