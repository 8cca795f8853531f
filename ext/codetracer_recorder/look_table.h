/* What was seen of heap values when they were last copied, so that the next look at one can tell,
 * by comparing words, that a copy of it would come out the same.
 *
 * Used by capture. A look lists the objects whose contents its copy shows, parents first, each with
 * a copy of its words. An object is read only after the one that refers to it was found
 * unchanged: what the program holds is read, nothing else. Addresses are never marked; they
 * count only within the identity table's epoch they were noted in. */
#ifndef REC_LOOK_TABLE_H
#define REC_LOOK_TABLE_H

#include "fingerprint.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct recorder;

#define REC_LOOK_NODE_MAX   64u   /* the default limit of values in one; larger ones: no look */
#define REC_LOOK_BYTES_MAX  2048u /* of the copy that is kept; larger ones are made again */
#define REC_LOOK_KEPT_MAX   2048u /* bytes of all areas; of what is beyond, a print */
#define REC_LOOK_HEAD_WORDS 5u    /* any object of any Ruby has as many */
#define REC_LOOK_COUNT      512u  /* looks kept, a power of two; about 6 MiB, touched as used */
#define REC_LOOK_PLACE_MAX  256u  /* words of parts; of what is beyond, a change makes a new copy */
#define REC_LOOK_WORD_MAX   256u  /* words of one object; larger ones: no look */

/* Something that an object's own words lead to. */
struct rec_look_area {
    const void *at;
    uint32_t size;   /* bytes; 0: none */
    uint32_t offset; /* of the bytes that were there, among those kept */
};

struct rec_look_node {
    VALUE object;
    VALUE head[REC_LOOK_HEAD_WORDS]; /* its own first words */
    VALUE rest_mask;                 /* 0: only flags and class count */
    struct rec_look_area areas[2];   /* the second is led to by the first */
    uint64_t print;                  /* of the area that was not kept, or see look_print.h */
    const VALUE *content;            /* the words of its parts, in the head or in an area */
    uint16_t content_count;
    uint16_t first_place; /* of the content's first word, in the look's places */
    bool is_all_head;     /* there is nothing else */
    bool has_more;        /* than words: one of the next three */
    bool is_printed;      /* flags, class and print count, and nothing else */
    bool is_nameless;     /* its class, or the class that it is, had no name */
    bool has_variables;   /* that lie elsewhere, printed below */
    uint8_t kind;         /* of one that is printed, see look_print.h */
    uint64_t variables;
};

/* One value's. Valid while `root` is the value and `epoch` the identity table's. */
struct rec_look {
    VALUE root; /* 0: nothing is noted here */
    uint32_t epoch;
    uint32_t node_count;
    uint32_t cut_count, uncaptured_count; /* what the copy adds to the recorder's counts */
    uint32_t size; /* of the copy; its bytes are kept when at most REC_LOOK_BYTES_MAX */
    uint32_t kept_size;
    uint32_t place_count;
    bool is_simple; /* one node of words: nothing behind the head, or one area, which is kept */
    uint64_t fingerprint; /* rec_copy_print of the copy */
    struct rec_look_node nodes[REC_LOOK_NODE_MAX];
    uint16_t places[REC_LOOK_PLACE_MAX]; /* where a part that is a word stands in the copy; or 0 */
    uint8_t kept[REC_LOOK_KEPT_MAX];
    uint8_t bytes[REC_LOOK_BYTES_MAX + REC_PAIR_SIZE]; /* zeros from `size` to the pair's end */
};

struct rec_look_table {
    struct rec_look *looks;   /* REC_LOOK_COUNT of them, by address */
    struct rec_look *present; /* noted while a value is being copied, else NULL */
    uint32_t known_count;     /* nodes of the last look at the same value */
};

/* False when memory is short. */
bool rec_look_table_init(struct rec_look_table *table);

void rec_look_table_release(struct rec_look_table *table);

/* Forgets all looks: something else than the values decides how they are shown now. */
void rec_look_table_reset(struct rec_look_table *table);

/* hot */
static inline struct rec_look *
rec_look_place(const struct rec_look_table *table, VALUE value)
{
    uint64_t hash = (uint64_t)value * 0x9E3779B97F4A7C15u;
    return &table->looks[hash >> 40 & (REC_LOOK_COUNT - 1)];
}

/* hot */
static inline __attribute__((always_inline)) bool
rec_look_has_same_head(const struct rec_look_node *node)
{
    const VALUE *words = (const VALUE *)node->object, *head = node->head;
    VALUE rest = (words[2] ^ head[2]) | (words[3] ^ head[3]) | (words[4] ^ head[4]);
    return ((words[0] ^ head[0]) | (words[1] ^ head[1]) | (rest & node->rest_mask)) == 0;
}

/* Of a look that is simple. hot */
static inline __attribute__((always_inline)) bool
rec_look_is_same(const struct rec_look *look)
{
    const struct rec_look_node *node = &look->nodes[0];
    const struct rec_look_area *area = &node->areas[0];
    return rec_look_has_same_head(node) &&
           (node->is_all_head || memcmp(look->kept + area->offset, area->at, area->size) == 0);
}

/* For rec_look_find, where a look is not simple, or what it is at has changed. hot */
const struct rec_look *rec_look_renew(struct recorder *recorder, struct rec_look *look);

/* The look at `value`, if all that its copy shows is as it was then or nothing but plain words, or
 * the text of a String, became others: these are changed in the copy. NULL: it has to be copied.
 * hot */
static inline const struct rec_look *
rec_look_find(struct recorder *recorder, const struct rec_look_table *table, VALUE value,
              uint32_t epoch)
{
    struct rec_look *look = rec_look_place(table, value);
    if (look->root != value || look->epoch != epoch)
        return NULL;
    if (look->is_simple && rec_look_is_same(look))
        return look;
    return rec_look_renew(recorder, look);
}

/* Begins to note a look while `value`, a heap value, is copied; the one whose place it takes is
 * forgotten. */
void rec_look_begin(struct recorder *recorder, VALUE value);

/* `object`, a heap object that is being shown, belongs to the look. */
void rec_look_note(struct recorder *recorder, VALUE object);

/* The node of `object`, which was noted just now; NULL: none is kept. */
struct rec_look_node *rec_look_noted(const struct recorder *recorder, VALUE object);

/* The part at `index` of the node's content is the word `value`, which goes to `offset` of the
 * copy.
 */
void rec_look_note_word(struct recorder *recorder, const struct rec_look_node *node, size_t index,
                        VALUE value, size_t offset);

/* What is being copied cannot be told by words: no look is kept of it. */
void rec_look_give_up(struct recorder *recorder);

/* Ends the look; `copy` is what came out. */
void rec_look_end(struct recorder *recorder, const uint8_t *copy, uint32_t size,
                  uint64_t fingerprint);

#endif
