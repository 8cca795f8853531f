/* See hash_layout.h. */
#include "hash_layout.h"

#include "own_memory.h"

#include <string.h>

#define PROBE_WORDS  20 /* of the object, or of what its pointer leads to */
#define PROBE_KEY    1000211
#define PROBE_VALUE  2000423
#define LARGE_COUNT  40
#define POINTER_WORD 2 /* the first behind RBasic */
#define USER_FLAGS   ((((VALUE)1 << 20) - 1) << RUBY_FL_USHIFT)

static VALUE
make_hash(long count)
{
    VALUE hash = rb_hash_new();
    for (long i = 0; i < count; i++)
        rb_hash_aset(hash, LONG2FIX(PROBE_KEY + i), LONG2FIX(PROBE_VALUE + i));
    return hash;
}

/* The one flag that all larger hashes have and no small one has; 0: none. */
static VALUE
find_table_flag(void)
{
    VALUE always = ~(VALUE)0, never = ~(VALUE)0;
    for (long count = 0; count <= REC_HASH_SMALL_PAIRS; count++)
        never &= ~RBASIC(make_hash(count))->flags;
    for (long count = REC_HASH_SMALL_PAIRS + 1; count <= LARGE_COUNT; count++)
        always &= RBASIC(make_hash(count))->flags;
    VALUE flag = always & never & USER_FLAGS;
    return (flag & (flag - 1)) == 0 ? flag : 0;
}

/* Whether the probe's pairs stand in these words. */
static bool
is_probe_pairs(const VALUE *words)
{
    bool is_here = true;
    for (long i = 0; i < 3; i++)
        is_here = is_here && words[2 * i] == (VALUE)LONG2FIX(PROBE_KEY + i) &&
                  words[2 * i + 1] == (VALUE)LONG2FIX(PROBE_VALUE + i);
    return is_here;
}

static bool
find_pairs_inside(const VALUE *words, struct rec_hash_place *out_place)
{
    for (size_t at = 0; at + 6 <= PROBE_WORDS; at++) {
        if (!is_probe_pairs(words + at))
            continue;
        *out_place = (struct rec_hash_place){.offset = at * sizeof *words};
        return true;
    }
    return false;
}

/* Whether these are the words of the probe's table. */
static bool
is_probe_table(const VALUE *words)
{
    struct rec_hash_table table;
    struct rec_hash_entry entries[2];
    memcpy(&table, words, sizeof table);
    if (table.entry_count != LARGE_COUNT || table.entries_start != 0 ||
        table.entries_end != LARGE_COUNT ||
        !rec_own_memory_get(table.entries, entries, sizeof entries))
        return false;
    return entries[0].key == (VALUE)LONG2FIX(PROBE_KEY) &&
           entries[0].value == (VALUE)LONG2FIX(PROBE_VALUE) &&
           entries[1].key == (VALUE)LONG2FIX(PROBE_KEY + 1) &&
           entries[1].value == (VALUE)LONG2FIX(PROBE_VALUE + 1);
}

static bool
find_table_inside(const VALUE *words, struct rec_hash_place *out_place)
{
    size_t table_words = sizeof(struct rec_hash_table) / sizeof *words;
    for (size_t at = 0; at + table_words <= PROBE_WORDS; at++) {
        if (!is_probe_table(words + at))
            continue;
        *out_place = (struct rec_hash_place){.offset = at * sizeof *words};
        return true;
    }
    return false;
}

/* Looks inside the object, then behind its first word. */
static bool
find_place(VALUE hash, bool (*find)(const VALUE *words, struct rec_hash_place *out_place),
           struct rec_hash_place *out_place)
{
    VALUE words[PROBE_WORDS], behind[PROBE_WORDS];
    if (!rec_own_memory_get((const void *)hash, words, sizeof words))
        return false;
    if (find(words, out_place))
        return true;
    if (!rec_own_memory_get((const void *)words[POINTER_WORD], behind, sizeof behind) ||
        !find(behind, out_place))
        return false;
    *out_place = (struct rec_hash_place){
        .is_pointer = true, .offset = POINTER_WORD * sizeof(VALUE), .inner = out_place->offset};
    return true;
}

void
rec_hash_layout_check(struct rec_hash_layout *out_layout)
{
    VALUE small = make_hash(3), large = make_hash(LARGE_COUNT);
    *out_layout = (struct rec_hash_layout){.table_flag = find_table_flag()};
    out_layout->readable = out_layout->table_flag != 0 &&
                           find_place(small, find_pairs_inside, &out_layout->pairs) &&
                           find_place(large, find_table_inside, &out_layout->table);
    RB_GC_GUARD(small);
    RB_GC_GUARD(large);
}
