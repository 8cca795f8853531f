/* Reads one JSON document (RFC 8259, nothing looser) as items.
 *
 * Used for trace.json elements and the sidecars. Strings without escapes are borrowed from the
 * input, others are decoded into the arena: memory never exceeds the input. Integers that fit no
 * 64 bits come as FLOAT. */
#ifndef CT_BASE_JSON_CURSOR_H
#define CT_BASE_JSON_CURSOR_H

#include "base/arena.h"
#include "base/item.h"

struct ct_json_level {
    bool is_map;
    bool needs_comma; /* something came before */
    bool has_key;     /* a key was given, its item is next */
};

struct ct_json_cursor {
    struct ct_item_source source; /* pass &cursor->source to decoders */
    const char *bytes;
    size_t size;
    size_t position;
    struct ct_arena *arena;
    unsigned depth;
    struct ct_json_level levels[CT_ITEM_DEPTH_MAX];
};

/* Borrows bytes, arena and error. */
void ct_json_cursor_init(struct ct_json_cursor *cursor, const void *bytes, size_t size,
                         struct ct_arena *arena, const char *file, struct ct_error *error);

#endif
