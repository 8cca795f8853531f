/* Memory that is given out piece by piece and taken back all at once.
 *
 * Used by decoders for one value or event at a time, and by tables that only grow. A reset keeps
 * the largest block, so that a steady stream of like-sized events allocates nothing. */
#ifndef CT_BASE_ARENA_H
#define CT_BASE_ARENA_H

#include "ctrace/alloc.h"

struct ct_arena_block;

struct ct_arena {
    const struct ct_alloc *alloc;
    struct ct_arena_block *newest; /* the only one with room */
};

void ct_arena_init(struct ct_arena *arena, const struct ct_alloc *alloc); /* NULL: default */
void ct_arena_release(struct ct_arena *arena);

/* `size` bytes aligned for anything, not zeroed; NULL when memory is out. Size 0 gives a pointer.
 * */
void *ct_arena_get(struct ct_arena *arena, size_t size);
/* A NUL-terminated copy; NULL when memory is out. */
char *ct_arena_copy(struct ct_arena *arena, const void *bytes, size_t size);
/* Everything given out so far is gone. */
void ct_arena_reset(struct ct_arena *arena);

#endif
