/* See look_table.h. doc/design/looks.md argues why a look is sound. */
#include "look_table.h"

#include "fingerprint.h"
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

/* ---- prints: what of one object its copy depends on ---- */

#define NO_PRINT          0 /* it cannot be told by words */
#define DELETED_PAIRS_MAX 64 /* that are passed over in a hash */

static inline uint64_t
print_head(VALUE object)
{
    return rec_fingerprint_word(RBASIC(object)->flags ^ REC_MIX_SIZE, RBASIC_CLASS(object));
}

/* Two at a time: the multiplication is what takes time. */
static inline uint64_t
print_words(uint64_t print, const VALUE *words, size_t count)
{
    for (; count >= 2; count -= 2, words += 2)
        print = rec_mix(print ^ words[0], words[1] ^ REC_MIX_WORD);
    return count == 0 ? print : rec_fingerprint_word(print, words[0]);
}

/* One byte more than is kept decides where a character ends. */
static uint64_t
print_string(const struct recorder *recorder, VALUE string)
{
    size_t size = (size_t)RSTRING_LEN(string), limit = recorder->limits.string_size_max + 1;
    uint64_t print = rec_fingerprint_word(print_head(string), size);
    size_t seen = size < limit ? size : limit;
    return rec_fingerprint_word(print, rec_fingerprint(RSTRING_PTR(string), seen));
}

static uint64_t
print_array(const struct recorder *recorder, VALUE array)
{
    size_t count = (size_t)RARRAY_LEN(array), limit = recorder->limits.item_count_max;
    uint64_t print = rec_fingerprint_word(print_head(array), count);
    return print_words(print, rec_array_words(array), count < limit ? count : limit);
}

struct pair_walk {
    uint64_t print;
    uint32_t rest;
};

static int
print_pair(VALUE key, VALUE value, VALUE context)
{
    struct pair_walk *walk = (struct pair_walk *)context;
    if (walk->rest == 0)
        return ST_STOP;
    walk->rest--;
    walk->print = rec_fingerprint_word(walk->print, key);
    walk->print = rec_fingerprint_word(walk->print, value);
    return ST_CONTINUE;
}

/* Deleted entries are printed like others: more than the copy shows, never less. Where many stand
 * in the way there is no print. */
static uint64_t
print_table(const struct recorder *recorder, uint64_t print, VALUE hash)
{
    const struct rec_hash_table *table = rec_hash_table(&recorder->layout.hashes, hash);
    const struct rec_hash_entry *entries = table->entries;
    uint32_t rest = recorder->limits.item_count_max;
    uint64_t end = table->entries_start + rest + DELETED_PAIRS_MAX;
    for (uint64_t i = table->entries_start; i < table->entries_end && rest > 0; i++) {
        if (i == end)
            return NO_PRINT;
        rest -= entries[i].hash != REC_HASH_DELETED;
        print = rec_mix(print ^ entries[i].key, entries[i].value ^ REC_MIX_WORD);
    }
    return print;
}

static uint64_t
print_hash(const struct recorder *recorder, VALUE hash)
{
    const struct rec_hash_layout *layout = &recorder->layout.hashes;
    uint64_t print = rec_fingerprint_word(print_head(hash), RHASH_SIZE(hash));
    if (RHASH_SIZE(hash) == 0)
        return print;
    if (layout->readable && rec_hash_has_table(layout, hash))
        return print_table(recorder, print, hash);
    if (layout->readable)
        return print_words(print, rec_hash_pairs(layout, hash), 2 * REC_HASH_SMALL_PAIRS);
    struct pair_walk walk = {.print = print, .rest = recorder->limits.item_count_max};
    rb_hash_foreach(hash, print_pair, (VALUE)&walk);
    return walk.print;
}

static uint64_t
print_object(VALUE object)
{
    size_t count = rec_object_word_count(object);
    if (count > REC_LOOK_WORD_MAX)
        return NO_PRINT;
    return count == 0 ? print_head(object)
                      : print_words(print_head(object), ROBJECT_IVPTR(object), count);
}

static uint64_t
print_struct(const struct recorder *recorder, VALUE object)
{
    uint64_t print = print_head(object);
    if (RTEST(rb_obj_is_kind_of(object, rb_cRange)))
        return NO_PRINT;
    long count = NUM2LONG(rb_struct_size(object));
    if (count > (long)recorder->limits.item_count_max)
        count = (long)recorder->limits.item_count_max;
    for (long i = 0; i < count; i++)
        print = rec_fingerprint_word(print, rb_struct_aref(object, LONG2FIX(i)));
    return print;
}

static uint64_t
print_float(VALUE number)
{
    double value = RFLOAT_VALUE(number);
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return rec_fingerprint_word(print_head(number), bits);
}

/* hot */
static uint64_t
print_object_of_any_type(const struct recorder *recorder, VALUE object)
{
    switch (RB_BUILTIN_TYPE(object)) {
    case T_STRING:
        return print_string(recorder, object);
    case T_ARRAY:
        return print_array(recorder, object);
    case T_HASH:
        return print_hash(recorder, object);
    case T_OBJECT:
        return print_object(object);
    case T_STRUCT:
        return print_struct(recorder, object);
    case T_FLOAT:
        return print_float(object);
    case T_CLASS:
    case T_MODULE:
        return print_head(object);
    default:
        return NO_PRINT;
    }
}

/* Instance variables of what is no plain object lie elsewhere. */
static bool
has_distant_variables(VALUE object)
{
    return RB_FL_TEST_RAW(object, FL_EXIVAR) != 0 && !RB_TYPE_P(object, T_CLASS) &&
           !RB_TYPE_P(object, T_MODULE);
}

/* hot */
static inline uint64_t
print_of(const struct recorder *recorder, VALUE object)
{
    return has_distant_variables(object) ? NO_PRINT : print_object_of_any_type(recorder, object);
}

/* ---- the words of an object ---- */

struct word_check {
    const VALUE *words;
    size_t count, found;
    bool is_same;
};

static int
check_word(ID name, VALUE value, st_data_t context)
{
    struct word_check *check = (struct word_check *)context;
    (void)name;
    while (check->found < check->count && check->words[check->found] == Qundef)
        check->found++; /* not set */
    check->is_same = check->found < check->count && check->words[check->found++] == value;
    return check->is_same ? ST_CONTINUE : ST_STOP;
}

/* Whether this object's variables are the words that print_object reads, all of them: an object
 * with too many shapes keeps them in a table. Its flags say the same for as long as they last. */
static bool
keeps_variables_as_words(VALUE object)
{
    size_t count = rec_object_word_count(object);
    struct word_check check = {.is_same = true};
    if (count == 0)
        return rb_ivar_count(object) == 0;
    if (count > REC_LOOK_WORD_MAX)
        return false;
    check.words = ROBJECT_IVPTR(object);
    check.count = count;
    rb_ivar_foreach(object, check_word, (st_data_t)&check);
    return check.is_same;
}

/* Whether the object's class, or the class that it is, has a name that stays. */
static bool
is_named_for_good(struct recorder *recorder, VALUE object)
{
    bool is_module = RB_TYPE_P(object, T_CLASS) || RB_TYPE_P(object, T_MODULE);
    return rec_class_is_named(recorder, is_module ? object
                                                  : rb_class_real(RBASIC_CLASS(object)));
}

/* ---- the table ---- */

bool
rec_look_table_init(struct rec_look_table *table)
{
    table->present = NULL;
    table->looks = calloc(REC_LOOK_COUNT, sizeof *table->looks);
    return table->looks != NULL;
}

void
rec_look_table_release(struct rec_look_table *table)
{
    free(table->looks);
    *table = (struct rec_look_table){.looks = NULL};
}

void
rec_look_table_reset(struct rec_look_table *table)
{
    for (uint32_t i = 0; table->looks != NULL && i < REC_LOOK_COUNT; i++)
        table->looks[i].root = 0;
}

/* hot */
static inline struct rec_look *
place_of(const struct rec_look_table *table, VALUE value)
{
    uint64_t hash = (uint64_t)value * 0x9E3779B97F4A7C15u;
    return &table->looks[hash >> 40 & (REC_LOOK_COUNT - 1)];
}

/* hot */
const struct rec_look *
rec_look_find(struct recorder *recorder, VALUE value)
{
    const struct rec_look *look = place_of(&recorder->looks, value);
    if (look->root != value || look->epoch != recorder->identities.epoch)
        return NULL;
    for (uint32_t i = 0; i < look->node_count; i++) {
        if (print_of(recorder, look->nodes[i].object) != look->nodes[i].print)
            return NULL;
    }
    return look;
}

void
rec_look_begin(struct recorder *recorder, VALUE value)
{
    struct rec_look *look = place_of(&recorder->looks, value);
    look->root = value;
    look->epoch = recorder->identities.epoch;
    look->node_count = 0;
    look->cut_count = (uint32_t)recorder->counts.cut_count;
    look->uncaptured_count = (uint32_t)recorder->counts.uncaptured_count;
    recorder->looks.present = look;
}

void
rec_look_give_up(struct recorder *recorder)
{
    if (recorder->looks.present == NULL)
        return;
    recorder->looks.present->root = 0;
    recorder->looks.present = NULL;
}

void
rec_look_note(struct recorder *recorder, VALUE object)
{
    struct rec_look *look = recorder->looks.present;
    if (look == NULL)
        return;
    uint64_t print = print_of(recorder, object);
    bool is_told = print != NO_PRINT && look->node_count < REC_LOOK_NODE_MAX &&
                   is_named_for_good(recorder, object) &&
                   (!RB_TYPE_P(object, T_OBJECT) || keeps_variables_as_words(object));
    if (!is_told) {
        rec_look_give_up(recorder);
        return;
    }
    look->nodes[look->node_count++] = (struct rec_look_node){.object = object, .print = print};
}

void
rec_look_end(struct recorder *recorder, const uint8_t *copy, uint32_t size, uint64_t fingerprint)
{
    struct rec_look *look = recorder->looks.present;
    if (look == NULL)
        return;
    recorder->looks.present = NULL;
    look->size = size;
    look->fingerprint = fingerprint;
    look->cut_count = (uint32_t)recorder->counts.cut_count - look->cut_count;
    look->uncaptured_count = (uint32_t)recorder->counts.uncaptured_count - look->uncaptured_count;
    if (size <= REC_LOOK_BYTES_MAX)
        memcpy(look->bytes, copy, size);
}
