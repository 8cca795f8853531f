/* Where a Hash keeps its pairs, so that they can be read without a walk through callbacks.
 *
 * Used by look_table.c, on each line for each hash that is shown; rb_hash_foreach costs several
 * hundred instructions. Found at load by hashes with known pairs. Small hashes keep pairs side by
 * side, larger ones in an st_table, both inside the object or behind a pointer in it. */
#ifndef REC_HASH_LAYOUT_H
#define REC_HASH_LAYOUT_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REC_HASH_SMALL_PAIRS 8 /* the most that lie side by side */

/* Something inside of an object, or behind a pointer in it. */
struct rec_hash_place {
    bool is_pointer;
    size_t offset; /* bytes, from the object */
    size_t inner;  /* bytes, from what the pointer points to */
};

struct rec_hash_layout {
    bool readable;
    VALUE table_flag; /* of RBasic: set when the pairs are in an st_table */
    struct rec_hash_place pairs;
    struct rec_hash_place table;
};

/* An entry of the table. */
struct rec_hash_entry {
    uint64_t hash; /* REC_HASH_DELETED when the pair is gone */
    VALUE key;
    VALUE value;
};

/* struct st_table, as it has been from 2.4 to 3.4; checked by the probe. */
struct rec_hash_table {
    uint64_t sizes;
    const void *type;
    uint64_t entry_count;
    const void *bins;
    uint64_t entries_start, entries_end; /* indices; what lies between is used or deleted */
    const struct rec_hash_entry *entries;
};

#define REC_HASH_DELETED (~(uint64_t)0)

/* Fills `out_layout`; `readable` stays false where the probe does not hold. Creates Ruby objects,
 * so only at load. */
void rec_hash_layout_check(struct rec_hash_layout *out_layout);

static inline const void *
rec_hash_at(const struct rec_hash_place *place, VALUE hash)
{
    const char *at = (const char *)hash + place->offset;
    return place->is_pointer ? *(const char *const *)at + place->inner : at;
}

static inline bool
rec_hash_has_table(const struct rec_hash_layout *layout, VALUE hash)
{
    return (RBASIC(hash)->flags & layout->table_flag) != 0;
}

/* REC_HASH_SMALL_PAIRS times key and value, of which some may be left over from deleted pairs; of a
 * hash that is not empty and has no table. */
static inline const VALUE *
rec_hash_pairs(const struct rec_hash_layout *layout, VALUE hash)
{
    return rec_hash_at(&layout->pairs, hash);
}

/* The table of a hash that has one. */
static inline const struct rec_hash_table *
rec_hash_table(const struct rec_hash_layout *layout, VALUE hash)
{
    return rec_hash_at(&layout->table, hash);
}

#endif
