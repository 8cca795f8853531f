/* See shown_functions.h. */
#include "trace/shown_functions.h"

#include <string.h>

#define CAPACITY_FIRST 64

void
ct_shown_functions_release(struct ct_shown_functions *shown)
{
    ct_alloc_free(shown->alloc, shown->ids);
    *shown = (struct ct_shown_functions){.alloc = shown->alloc};
}

void
ct_shown_functions_branch(struct ct_shown_functions *shown)
{
    ct_shown_functions_release(shown);
    shown->is_branch = true;
}

static enum ct_status
reserve(struct ct_shown_functions *shown, uint64_t id)
{
    if (id < shown->capacity)
        return CT_OK;
    if (id >= SIZE_MAX / (2 * sizeof *shown->ids))
        return CT_ERR_LIMIT;
    const size_t capacity = (size_t)id + (size_t)id / 2 + CAPACITY_FIRST;
    uint64_t *ids = ct_alloc_zeroed(shown->alloc, capacity, sizeof *ids);
    if (ids == NULL)
        return CT_ERR_MEMORY;
    if (shown->capacity > 0)
        memcpy(ids, shown->ids, shown->capacity * sizeof *ids);
    ct_alloc_free(shown->alloc, shown->ids);
    shown->ids = ids;
    shown->capacity = capacity;
    return CT_OK;
}

enum ct_status
ct_shown_functions_put(struct ct_shown_functions *shown, uint64_t id, uint64_t *out_id,
                       bool *out_is_new)
{
    *out_id = id;
    *out_is_new = false;
    if (!shown->is_branch)
        return CT_OK;
    CT_TRY(reserve(shown, id));
    *out_is_new = shown->ids[id] == 0;
    if (*out_is_new)
        shown->ids[id] = ++shown->count;
    *out_id = shown->ids[id] - 1;
    return CT_OK;
}
