/* The newest value of each watched variable, of a timeline that is held: what the trace that it
 * becomes begins with. A record only says what changed. */
#include "trace/timeline_state.h"

#include <string.h>

/* The place of this name's value; NULL: no memory. */
static struct ct_trace_value *
require_place(struct ct_timeline *timeline, uint64_t name_id)
{
    struct ct_timeline_args *newest = &timeline->newest_watched;
    for (size_t i = 0; i < newest->count; i++) {
        if (newest->values[i].name_id == name_id)
            return &newest->values[i];
    }
    if (newest->count == newest->capacity) {
        size_t capacity = newest->capacity * 2 + 8;
        struct ct_trace_value *values =
            ct_alloc_resize(timeline->alloc, newest->values, capacity * sizeof *values);
        if (values == NULL)
            return NULL;
        newest->values = values;
        newest->capacity = capacity;
    }
    newest->values[newest->count] = (struct ct_trace_value){.name_id = name_id};
    return &newest->values[newest->count++];
}

enum ct_status
ct_timeline_watched_keep(struct ct_timeline *timeline)
{
    const struct ct_timeline_args *watched = &timeline->watched;
    for (size_t i = 0; i < watched->count; i++) {
        const struct ct_trace_value *value = &watched->values[i];
        struct ct_trace_value *place = require_place(timeline, value->name_id);
        uint8_t *bytes = place == NULL ? NULL
                                       : ct_alloc_resize(timeline->alloc,
                                                         (void *)(uintptr_t)place->bytes,
                                                         value->size);
        if (bytes == NULL)
            return CT_ERR_MEMORY;
        memcpy(bytes, value->bytes, value->size);
        place->bytes = bytes;
        place->size = value->size;
    }
    return CT_OK;
}

enum ct_status
ct_timeline_watched_land(struct ct_timeline *timeline)
{
    const struct ct_timeline_args *newest = &timeline->newest_watched;
    if (newest->count == 0)
        return CT_OK;
    return ct_trace_writer_values_append(timeline->writer, newest->values, newest->count);
}

void
ct_timeline_watched_release(struct ct_timeline *timeline)
{
    struct ct_timeline_args *newest = &timeline->newest_watched;
    for (size_t i = 0; i < newest->count; i++)
        ct_alloc_free(timeline->alloc, (void *)(uintptr_t)newest->values[i].bytes);
    ct_timeline_args_release(timeline, newest);
}
