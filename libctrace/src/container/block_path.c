/* Which level an index falls into, and its digits there in base `fanout`. See block_path.h. */
#include "container/block_path.h"

enum ct_status
ct_block_path_init(struct ct_block_path *path, uint64_t index, uint32_t fanout)
{
    uint64_t capacity = fanout; /* 511^5 stays below 2^45 */
    unsigned level = 1;
    while (index >= capacity) {
        if (level == CT_CONTAINER_LEVEL_MAX)
            return CT_ERR_LIMIT;
        index -= capacity;
        capacity *= fanout;
        level++;
    }
    *path = (struct ct_block_path){.level = level};
    for (unsigned i = 0; i < level; i++) {
        path->slots[i] = (uint32_t)(index % fanout);
        index /= fanout;
    }
    return CT_OK;
}

bool
ct_block_path_is_first(const struct ct_block_path *path, unsigned level)
{
    for (unsigned i = 0; i < level; i++) {
        if (path->slots[i] != 0)
            return false;
    }
    return true;
}
