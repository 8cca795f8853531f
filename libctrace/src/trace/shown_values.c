/* Sets of a few values each, by how they begin; of an object the latest. See shown_values.h. */
#include "trace/shown_values.h"

#include "base/hash.h"
#include "ctrace/trace_reader.h"

#include <string.h>

/* Up to where an object tells its number, and that of a collection's first object stands. */
#define HEAD_SIZE       ((size_t)80)
#define HASH_MULTIPLIER UINT64_C(0x9E3779B97F4A7C15) /* 2^64 by the golden ratio */

/* Where the numbers stand, as our writers put them: of a Struct, of the first one in a list. */
static const size_t number_offsets[] = {36, 44, 60, 68};

/* hot */
static size_t
find_position(const uint8_t *bytes, size_t head_size)
{
    uint64_t hash = 0;
    if (head_size < HEAD_SIZE)
        return ct_hash_bytes(bytes, head_size, 0) % CT_SHOWN_SET_COUNT;
    for (size_t i = 0; i < sizeof number_offsets / sizeof *number_offsets; i++) {
        uint64_t word;
        memcpy(&word, bytes + number_offsets[i], sizeof word);
        hash += word * (2 * i + 1);
    }
    return (hash * HASH_MULTIPLIER >> 32) % CT_SHOWN_SET_COUNT;
}

/* NULL when memory is out. hot */
static struct ct_shown_set *
require_set(struct ct_shown_values *values, size_t position)
{
    struct ct_shown_set *set = values->sets[position];
    if (set != NULL)
        return set;
    set = ct_alloc_zeroed(values->alloc, 1, sizeof *set);
    for (size_t way = 0; set != NULL && way < CT_SHOWN_WAY_COUNT; way++)
        ct_buffer_init(&set->ways[way].bytes, values->alloc);
    values->sets[position] = set;
    return set;
}

/* The value that begins like that; it was the one found last. hot */
static struct ct_shown_value *
find_alike(struct ct_shown_set *set, const void *bytes, size_t head_size)
{
    for (unsigned i = 0; i < CT_SHOWN_WAY_COUNT; i++) {
        const unsigned way = (set->latest + i) % CT_SHOWN_WAY_COUNT;
        struct ct_shown_value *value = &set->ways[way];
        if (value->bytes.size < head_size ||
            (head_size < HEAD_SIZE && value->bytes.size > head_size))
            continue;
        if (memcmp(value->bytes.bytes, bytes, head_size) != 0)
            continue;
        set->latest = way;
        return value;
    }
    return NULL;
}

/* hot */
static bool
is_rest_same(const struct ct_shown_value *value, const void *bytes)
{
    return value->bytes.size <= HEAD_SIZE ||
           memcmp(value->bytes.bytes + HEAD_SIZE, (const uint8_t *)bytes + HEAD_SIZE,
                  value->bytes.size - HEAD_SIZE) == 0;
}

/* Steps of one frame show the same again and again. hot */
static struct ct_shown_value *
guess_value(const struct ct_shown_values *values, const void *bytes, size_t size)
{
    struct ct_shown_value *guess = values->latest != NULL ? values->latest->next : NULL;
    const bool is_it = guess != NULL && size > 0 && guess->bytes.size == size &&
                       memcmp(guess->bytes.bytes, bytes, size) == 0;
    return is_it ? guess : NULL;
}

static void
note_shown(struct ct_shown_values *values, struct ct_shown_value *value)
{
    if (values->latest != NULL)
        values->latest->next = value;
    values->latest = value;
}

enum ct_status
ct_shown_values_require(struct ct_shown_values *values, const void *bytes, size_t size,
                        struct ct_shown_value **out_value, bool *out_is_known)
{
    *out_value = guess_value(values, bytes, size);
    *out_is_known = *out_value != NULL;
    if (*out_is_known) {
        values->latest = *out_value;
        return CT_OK;
    }
    const size_t head_size = size < HEAD_SIZE ? size : HEAD_SIZE;
    struct ct_shown_set *set = require_set(values, find_position(bytes, head_size));
    if (set == NULL)
        return CT_ERR_MEMORY;
    struct ct_shown_value *value = size > 0 ? find_alike(set, bytes, head_size) : NULL;
    *out_is_known = value != NULL && value->bytes.size == size && is_rest_same(value, bytes);
    if (!*out_is_known) {
        /* What begins like it is the same object, as it seems, as it was before. */
        if (value == NULL)
            set->latest = set->hand = (set->hand + 1) % CT_SHOWN_WAY_COUNT;
        value = &set->ways[set->latest];
        value->root_id = CT_TRACE_NO_ID;
        value->count = 0;
        ct_buffer_reset(&value->bytes);
        if (size <= CT_SHOWN_SIZE_MAX)
            ct_buffer_put(&value->bytes, bytes, size);
    }
    note_shown(values, value);
    *out_value = value;
    return ct_buffer_status(&value->bytes);
}

size_t
ct_shown_values_match(const struct ct_shown_values *values, const void *bytes, size_t size)
{
    if (size < HEAD_SIZE)
        return 0;
    struct ct_shown_set *set = values->sets[find_position(bytes, HEAD_SIZE)];
    const struct ct_shown_value *value = set != NULL ? find_alike(set, bytes, HEAD_SIZE) : NULL;
    const bool is_known = value != NULL && value->bytes.size <= size && is_rest_same(value, bytes);
    return is_known ? value->bytes.size : 0;
}

/* ---- life ---- */

void
ct_shown_values_init(struct ct_shown_values *values, const struct ct_alloc *alloc)
{
    *values = (struct ct_shown_values){.alloc = alloc};
}

void
ct_shown_values_release(struct ct_shown_values *values)
{
    for (size_t i = 0; i < CT_SHOWN_SET_COUNT; i++) {
        struct ct_shown_set *set = values->sets[i];
        for (size_t way = 0; set != NULL && way < CT_SHOWN_WAY_COUNT; way++)
            ct_buffer_release(&set->ways[way].bytes);
        if (set != NULL)
            ct_alloc_free(values->alloc, set);
    }
    *values = (struct ct_shown_values){0};
}
