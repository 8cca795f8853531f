/* Sets of a few values each, by their size; of an object the latest. See shown_values.h. */
#include "trace/shown_values.h"

#include "ctrace/trace_reader.h"

#include <string.h>

/* Up to where an object tells its number, and that of a collection's first object stands. */
#define HEAD_SIZE ((size_t)80)

/* The value of these bytes; else NULL, and *out_older is one that they take the place of: the same
 * object, as it seems, as it was before. hot */
static struct ct_shown_value *
find_value(struct ct_shown_set *set, const void *bytes, size_t size,
           struct ct_shown_value **out_older)
{
    const size_t head_size = size < HEAD_SIZE ? size : HEAD_SIZE;
    *out_older = NULL;
    for (unsigned i = 0; i < CT_SHOWN_WAY_COUNT; i++) {
        const unsigned way = (set->latest + i) % CT_SHOWN_WAY_COUNT;
        struct ct_shown_value *value = &set->ways[way];
        if (value->bytes.size != size || memcmp(value->bytes.bytes, bytes, head_size) != 0)
            continue;
        set->latest = way;
        if (memcmp(value->bytes.bytes + head_size, (const uint8_t *)bytes + head_size,
                   size - head_size) == 0)
            return value;
        *out_older = value;
        return NULL;
    }
    return NULL;
}

enum ct_status
ct_shown_values_require(struct ct_shown_values *values, const void *bytes, size_t size,
                        struct ct_shown_value **out_value, bool *out_is_known)
{
    struct ct_shown_set *set = &values->sets[(size ^ size >> 6) % CT_SHOWN_SET_COUNT];
    struct ct_shown_value *older = NULL;
    struct ct_shown_value *value = size > 0 ? find_value(set, bytes, size, &older) : NULL;
    *out_is_known = value != NULL;
    if (value == NULL) {
        if (older == NULL)
            set->latest = set->hand = (set->hand + 1) % CT_SHOWN_WAY_COUNT;
        value = &set->ways[set->latest];
        value->root_id = CT_TRACE_NO_ID;
        value->count = 0;
        ct_buffer_reset(&value->bytes);
        if (size <= CT_SHOWN_SIZE_MAX)
            ct_buffer_put(&value->bytes, bytes, size);
    }
    *out_value = value;
    return ct_buffer_status(&value->bytes);
}

/* ---- life ---- */

enum ct_status
ct_shown_values_init(struct ct_shown_values *values, const struct ct_alloc *alloc)
{
    values->alloc = alloc;
    values->sets = ct_alloc_zeroed(alloc, CT_SHOWN_SET_COUNT, sizeof *values->sets);
    if (values->sets == NULL)
        return CT_ERR_MEMORY;
    for (size_t i = 0; i < CT_SHOWN_SET_COUNT; i++) {
        for (size_t way = 0; way < CT_SHOWN_WAY_COUNT; way++)
            ct_buffer_init(&values->sets[i].ways[way].bytes, alloc);
    }
    return CT_OK;
}

void
ct_shown_values_release(struct ct_shown_values *values)
{
    for (size_t i = 0; values->sets != NULL && i < CT_SHOWN_SET_COUNT; i++) {
        for (size_t way = 0; way < CT_SHOWN_WAY_COUNT; way++)
            ct_buffer_release(&values->sets[i].ways[way].bytes);
    }
    ct_alloc_free(values->alloc, values->sets);
    *values = (struct ct_shown_values){0};
}
