/* Names that the spool knows: interned Ruby IDs, C texts and symbol words, each defined once.
 *
 * Used wherever a record refers to a name. Defining writes a NAME (or SYMBOL) record at the spool's
 * head, so it must happen before the referring record is begun. */
#ifndef REC_NAME_TABLE_H
#define REC_NAME_TABLE_H

#include "pointer_map.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;

struct rec_name_table {
    struct rec_pointer_map ids;     /* ID → name id */
    struct rec_pointer_map symbols; /* static symbol word → defined */
    struct rec_pointer_map secrets; /* ID → whether it is called like a secret */
    struct rec_pointer_map texts;   /* hash of a text → name id */
    uint32_t count;
};

/* A new name id for these bytes, always. */
uint32_t rec_name_put(struct recorder *recorder, const char *text, size_t size);

/* The name id of a Ruby ID, defined at first sight. */
uint32_t rec_name_of_id(struct recorder *recorder, ID id);

/* Whether an ID is called like a secret (filter_rules.h); found out once. */
bool rec_id_is_secret(struct recorder *recorder, ID id);

/* The name id of these bytes, defined at first sight. */
uint32_t rec_name_of_text(struct recorder *recorder, const char *text, size_t size);

/* Makes sure that a static symbol's word has a name in the spool. False for one whose text does not
 * stand for itself, because it is too long or of another encoding: that goes as a snapshot. */
bool rec_name_define_symbol(struct recorder *recorder, VALUE symbol);

/* Whether it has one by now. */
static inline bool
rec_name_is_defined(const struct rec_name_table *table, VALUE symbol)
{
    return rec_pointer_map_find(&table->symbols, (uint64_t)symbol) != NULL;
}

/* Forgets all names: the next recording gives its own. */
void rec_name_table_release(struct rec_name_table *table);

#endif
