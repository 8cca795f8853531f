/* Bump allocation in blocks that double, newest first.
 *
 * See arena.h. Only the newest block is filled further: what is left in older ones is waste, at
 * most half of the whole because sizes double. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define ARENA_BLOCK_MIN 4096u

struct ct_arena_block {
    struct ct_arena_block *older;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

void
ct_arena_init(struct ct_arena *arena, const struct ct_alloc *alloc)
{
    arena->alloc = alloc != NULL ? alloc : ct_alloc_default();
    arena->newest = NULL;
}

static void
free_blocks(struct ct_arena *arena, struct ct_arena_block *block)
{
    while (block != NULL) {
        struct ct_arena_block *older = block->older;
        ct_alloc_free(arena->alloc, block);
        block = older;
    }
}

void
ct_arena_release(struct ct_arena *arena)
{
    free_blocks(arena, arena->newest);
    arena->newest = NULL;
}

static struct ct_arena_block *
add_block(struct ct_arena *arena, size_t size)
{
    size_t capacity = ARENA_BLOCK_MIN;
    if (arena->newest != NULL && arena->newest->capacity < SIZE_MAX / 4)
        capacity = arena->newest->capacity * 2;
    if (capacity < size)
        capacity = size;
    if (capacity > SIZE_MAX - sizeof(struct ct_arena_block))
        return NULL;
    struct ct_arena_block *block =
        ct_alloc_resize(arena->alloc, NULL, sizeof(struct ct_arena_block) + capacity);
    if (block == NULL)
        return NULL;
    block->older = arena->newest;
    block->capacity = capacity;
    block->used = 0;
    arena->newest = block;
    return block;
}

void *
ct_arena_get(struct ct_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX - align)
        return NULL;
    const size_t rounded = (size + align - 1) / align * align;
    struct ct_arena_block *block = arena->newest;
    if (block == NULL || block->capacity - block->used < rounded)
        block = add_block(arena, rounded);
    if (block == NULL)
        return NULL;
    void *piece = block->bytes + block->used;
    block->used += rounded;
    return piece;
}

char *
ct_arena_copy(struct ct_arena *arena, const void *bytes, size_t size)
{
    if (size == SIZE_MAX)
        return NULL;
    char *copy = ct_arena_get(arena, size + 1);
    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

void
ct_arena_reset(struct ct_arena *arena)
{
    if (arena->newest == NULL)
        return;
    free_blocks(arena, arena->newest->older);
    arena->newest->older = NULL;
    arena->newest->used = 0;
}
