/* Interned strings: the bytes in an arena, ids in an open-addressing table at most half full.
 *
 * See text_table.h. The table holds one slot for each distinct string, the first id it got:
 * appended twins take an id but no slot, so that a file of a million equal names stays linear. */
#include "base/text_table.h"

#include "base/arena.h"
#include "base/hash.h"

#include <string.h>

#define TEXT_CAPACITY_MIN 64u

struct text {
    const char *bytes; /* in the arena, NUL-terminated */
    size_t size;
    uint64_t hash;
};

struct ct_text_table {
    const struct ct_alloc *alloc;
    struct ct_arena arena;
    struct text *texts; /* by id */
    size_t count;
    size_t capacity; /* of texts; slots are twice that, so that they are never full */
    size_t *slots;   /* id + 1; 0 free */
};

enum ct_status
ct_text_table_new(const struct ct_alloc *alloc, struct ct_text_table **out_table)
{
    struct ct_text_table *table = ct_alloc_zeroed(alloc, 1, sizeof *table);
    if (table == NULL)
        return CT_ERR_MEMORY;
    table->alloc = alloc != NULL ? alloc : ct_alloc_default();
    ct_arena_init(&table->arena, table->alloc);
    *out_table = table;
    return CT_OK;
}

void
ct_text_table_free(struct ct_text_table *table)
{
    if (table == NULL)
        return;
    ct_arena_release(&table->arena);
    ct_alloc_free(table->alloc, table->texts);
    ct_alloc_free(table->alloc, table->slots);
    ct_alloc_free(table->alloc, table);
}

static bool
is_same_text(const struct text *left, const struct text *right)
{
    return left->hash == right->hash && left->size == right->size &&
           (left->size == 0 || memcmp(left->bytes, right->bytes, left->size) == 0);
}

/* The slot that holds `text`, or the free one where it belongs. The table has slots. hot */
static size_t *
find_slot(const struct ct_text_table *table, const struct text *text)
{
    const size_t mask = table->capacity * 2 - 1;
    size_t index = (size_t)text->hash & mask;
    while (table->slots[index] != 0) {
        if (is_same_text(&table->texts[table->slots[index] - 1], text))
            break;
        index = (index + 1) & mask;
    }
    return &table->slots[index];
}

static void
fill_slots(struct ct_text_table *table)
{
    for (size_t id = 0; id < table->count; id++) {
        size_t *slot = find_slot(table, &table->texts[id]);
        if (*slot == 0)
            *slot = id + 1;
    }
}

/* Makes room for one more text; the table is unchanged after a failure. */
static enum ct_status
reserve_text(struct ct_text_table *table)
{
    if (table->count < table->capacity)
        return CT_OK;
    const size_t capacity = table->capacity == 0 ? TEXT_CAPACITY_MIN : table->capacity * 2;
    if (capacity > SIZE_MAX / 2 / sizeof *table->texts)
        return CT_ERR_MEMORY;
    size_t *slots = ct_alloc_zeroed(table->alloc, capacity * 2, sizeof *slots);
    if (slots == NULL)
        return CT_ERR_MEMORY;
    struct text *texts = ct_alloc_resize(table->alloc, table->texts, capacity * sizeof *texts);
    if (texts == NULL) {
        ct_alloc_free(table->alloc, slots);
        return CT_ERR_MEMORY;
    }
    ct_alloc_free(table->alloc, table->slots);
    table->slots = slots;
    table->texts = texts;
    table->capacity = capacity;
    fill_slots(table);
    return CT_OK;
}

static struct text
borrow_text(const struct ct_text_table *table, const void *bytes, size_t size)
{
    return (struct text){bytes, size, ct_hash_bytes(bytes, size, (uintptr_t)table)};
}

static enum ct_status
add_text(struct ct_text_table *table, const struct text *text, size_t *slot, uint64_t *out_id)
{
    const char *copy = ct_arena_copy(&table->arena, text->bytes, text->size);
    if (copy == NULL)
        return CT_ERR_MEMORY;
    const size_t id = table->count++;
    table->texts[id] = (struct text){copy, text->size, text->hash};
    if (*slot == 0)
        *slot = id + 1;
    *out_id = id;
    return CT_OK;
}

/* hot */
enum ct_status
ct_text_table_put(struct ct_text_table *table, const void *bytes, size_t size, uint64_t *out_id,
                  bool *out_is_new)
{
    CT_TRY(reserve_text(table));
    const struct text text = borrow_text(table, bytes, size);
    size_t *slot = find_slot(table, &text);
    const bool is_new = *slot == 0;
    if (is_new)
        CT_TRY(add_text(table, &text, slot, out_id));
    else
        *out_id = *slot - 1;
    if (out_is_new != NULL)
        *out_is_new = is_new;
    return CT_OK;
}

enum ct_status
ct_text_table_append(struct ct_text_table *table, const void *bytes, size_t size, uint64_t *out_id)
{
    CT_TRY(reserve_text(table));
    const struct text text = borrow_text(table, bytes, size);
    return add_text(table, &text, find_slot(table, &text), out_id);
}

uint64_t
ct_text_table_count(const struct ct_text_table *table)
{
    return table->count;
}

const char *
ct_text_table_get(const struct ct_text_table *table, uint64_t id, size_t *out_size)
{
    if (id >= table->count)
        return NULL;
    if (out_size != NULL)
        *out_size = table->texts[id].size;
    return table->texts[id].bytes;
}
