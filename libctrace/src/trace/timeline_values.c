/* Views: the variables of each frame as they were last shown, encoded once per change; and
 * arguments. */
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

#define VALUE_CAPACITY_FIRST 48          /* an encoded Integer, and most short strings */
#define VALUE_CAPACITY_KEPT  (64u << 10) /* more is given back when a much smaller value follows */

/* ---- views ---- */

struct ct_timeline_view *
ct_timeline_view_find(struct ct_timeline *timeline, uint32_t view_id)
{
    if (view_id >= timeline->lane->view_count || !timeline->lane->views[view_id].is_defined)
        return NULL;
    return &timeline->lane->views[view_id];
}

static void
release_view(struct ct_timeline *timeline, struct ct_timeline_view *view)
{
    for (uint32_t i = 0; i < view->count; i++) {
        if (view->capacities[i] > 0)
            ct_alloc_free(timeline->alloc, (void *)(uintptr_t)view->values[i].bytes);
    }
    ct_alloc_free(timeline->alloc, view->values);
    ct_alloc_free(timeline->alloc, view->capacities);
    *view = (struct ct_timeline_view){0};
}

enum ct_status
ct_timeline_view_put(struct ct_timeline *timeline, uint32_t view_id, uint32_t layout_id)
{
    CT_TRY(ct_timeline_reserve(timeline, (void **)&timeline->lane->views,
                               &timeline->lane->view_count, sizeof *timeline->lane->views,
                               view_id));
    if (timeline->lane->views[view_id].is_defined || layout_id >= timeline->lane->layout_count ||
        !timeline->lane->layouts[layout_id].is_defined)
        return CT_ERR_FORMAT;
    const struct ct_timeline_layout *layout = &timeline->lane->layouts[layout_id];
    struct ct_timeline_view view = {.is_defined = true, .layout_id = layout_id};
    size_t room = layout->count == 0 ? 1 : layout->count;
    view.values = ct_alloc_zeroed(timeline->alloc, room, sizeof *view.values);
    view.capacities = ct_alloc_zeroed(timeline->alloc, room, sizeof *view.capacities);
    if (view.values == NULL || view.capacities == NULL) {
        release_view(timeline, &view);
        return CT_ERR_MEMORY;
    }
    view.count = layout->count;
    for (uint32_t i = 0; i < view.count; i++)
        view.values[i].name_id = layout->name_ids[i];
    timeline->lane->views[view_id] = view;
    return CT_OK;
}

enum ct_status
ct_timeline_view_drop(struct ct_timeline *timeline, uint32_t view_id)
{
    struct ct_timeline_view *view = ct_timeline_view_find(timeline, view_id);
    if (view == NULL)
        return CT_ERR_FORMAT;
    release_view(timeline, view);
    return CT_OK;
}

static void
hide_value(struct ct_timeline_view *view, uint32_t index)
{
    view->shown_count -= view->values[index].size > 0;
    view->values[index].size = 0;
}

/* Room for `size` bytes behind value `index`; what it held is lost. */
static enum ct_status
reserve_value(struct ct_timeline *timeline, struct ct_timeline_view *view, uint32_t index,
              size_t size)
{
    struct ct_trace_value *value = &view->values[index];
    size_t capacity = size < VALUE_CAPACITY_FIRST ? VALUE_CAPACITY_FIRST : size + size / 4;
    void *bytes = ct_alloc_resize(timeline->alloc, (void *)(uintptr_t)value->bytes, capacity);
    if (bytes == NULL)
        return CT_ERR_MEMORY;
    value->bytes = bytes;
    view->capacities[index] = capacity;
    return CT_OK;
}

/* hot */
static inline enum ct_status
show_value(struct ct_timeline *timeline, struct ct_timeline_view *view, uint32_t index,
           const struct ct_snapshot_value *encoded)
{
    size_t capacity = view->capacities[index];
    bool is_wasteful = capacity > VALUE_CAPACITY_KEPT && encoded->size < capacity / 4;
    if (__builtin_expect(encoded->size > capacity || is_wasteful, 0))
        CT_TRY(reserve_value(timeline, view, index, encoded->size));
    struct ct_trace_value *value = &view->values[index];
    view->shown_count += value->size == 0;
    value->size = encoded->size;
    memcpy((void *)(uintptr_t)value->bytes, encoded->bytes, encoded->size);
    return CT_OK;
}

/* hot */
static inline enum ct_status
encode_item(struct ct_timeline *timeline, const struct ct_timeline_item *item,
            struct ct_snapshot_value *out_value)
{
    if (item->size == 0)
        return ct_snapshot_encode_word(&timeline->decoder, item->word, out_value);
    return ct_snapshot_encode(&timeline->decoder, item->bytes, item->size, out_value);
}

static bool
is_undefined(const struct ct_timeline *timeline, const struct ct_timeline_item *item)
{
    return item->size == 0 && item->word == timeline->decoder.words.undef;
}

/* ---- values of no view ---- */

static enum ct_status
reserve_args(struct ct_timeline *timeline, struct ct_timeline_args *args, size_t count)
{
    args->bytes.alloc = timeline->alloc; /* a zeroed struct is an empty one */
    ct_buffer_reset(&args->bytes);
    args->count = 0;
    if (count <= args->capacity)
        return CT_OK;
    struct ct_trace_value *values =
        ct_alloc_resize(timeline->alloc, args->values, count * sizeof *values);
    if (values == NULL)
        return CT_ERR_MEMORY;
    args->values = values;
    args->capacity = count;
    return CT_OK;
}

/* In the room that was reserved. */
static enum ct_status
put_arg(struct ct_timeline *timeline, struct ct_timeline_args *args, uint32_t name_id,
        const struct ct_timeline_item *item)
{
    struct ct_snapshot_value value;
    if (is_undefined(timeline, item))
        return CT_OK;
    struct ct_trace_value *arg = &args->values[args->count++];
    CT_TRY(ct_timeline_name_put(timeline, name_id, &arg->name_id));
    CT_TRY(encode_item(timeline, item, &value));
    arg->size = value.size;
    ct_buffer_put(&args->bytes, value.bytes, value.size);
    return CT_OK;
}

/* The buffer has stopped moving. */
static enum ct_status
end_args(struct ct_timeline_args *args)
{
    const uint8_t *bytes = args->bytes.bytes;
    for (size_t i = 0; i < args->count; i++) {
        args->values[i].bytes = bytes;
        bytes += args->values[i].size;
    }
    return ct_buffer_status(&args->bytes);
}

/* `rest` bytes of the record have not been read, this item is. */
static enum ct_status
put_watched(struct ct_timeline *timeline, const struct ct_timeline_item *item, size_t rest)
{
    if (item->key < CT_SPOOL_KEY_WATCHED)
        return CT_ERR_FORMAT;
    if (timeline->watched.count == 0)
        CT_TRY(reserve_args(timeline, &timeline->watched,
                            rest / sizeof(struct ct_spool_item) + 1));
    return put_arg(timeline, &timeline->watched, item->key & ~CT_SPOOL_KEY_WATCHED, item);
}

enum ct_status
ct_timeline_watched_show(struct ct_timeline *timeline)
{
    struct ct_timeline_args *watched = &timeline->watched;
    if (watched->count == 0)
        return CT_OK;
    CT_TRY(end_args(watched));
    if (ct_timeline_is_held(timeline))
        return ct_timeline_watched_keep(timeline);
    return ct_trace_writer_values_append(timeline->writer, watched->values, watched->count);
}

/* ---- reading into a view ---- */

/* hot */
enum ct_status
ct_timeline_view_change(struct ct_timeline *timeline, struct ct_timeline_view *view,
                        struct ct_timeline_record *record, struct ct_timeline_item *out_return)
{
    timeline->watched.count = 0;
    while (!ct_timeline_record_is_read(record)) {
        struct ct_timeline_item item;
        struct ct_snapshot_value value;
        CT_TRY(ct_timeline_record_item(record, &item));
        if (__builtin_expect(item.key >= view->count, 0)) {
            const bool is_last = ct_timeline_record_is_read(record);
            if (item.key == CT_SPOOL_KEY_RETURN && out_return != NULL && is_last) {
                *out_return = item;
                return CT_OK;
            }
            CT_TRY(put_watched(timeline, &item, record->head.size - record->position));
            continue;
        }
        if (is_undefined(timeline, &item)) {
            hide_value(view, item.key);
            continue;
        }
        CT_TRY(encode_item(timeline, &item, &value));
        CT_TRY(show_value(timeline, view, item.key, &value));
    }
    return CT_OK;
}

static enum ct_status
reserve_shown(struct ct_timeline *timeline, size_t count)
{
    if (count <= timeline->shown_capacity)
        return CT_OK;
    struct ct_trace_value *shown =
        ct_alloc_resize(timeline->alloc, timeline->shown, count * sizeof *shown);
    if (shown == NULL)
        return CT_ERR_MEMORY;
    timeline->shown = shown;
    timeline->shown_capacity = count;
    return CT_OK;
}

/* hot */
enum ct_status
ct_timeline_view_show(struct ct_timeline *timeline, const struct ct_timeline_view *view)
{
    if (view->shown_count == 0)
        return CT_OK;
    if (view->shown_count == view->count)
        return ct_trace_writer_values_append(timeline->writer, view->values, view->count);
    CT_TRY(reserve_shown(timeline, view->count));
    size_t count = 0;
    for (uint32_t i = 0; i < view->count; i++) {
        if (view->values[i].size > 0)
            timeline->shown[count++] = view->values[i];
    }
    return ct_trace_writer_values_append(timeline->writer, timeline->shown, count);
}

/* ---- arguments ---- */

enum ct_status
ct_timeline_args_read(struct ct_timeline *timeline, struct ct_timeline_record *record,
                      struct ct_timeline_args *args)
{
    unsigned count = record->head.count;
    CT_TRY(reserve_args(timeline, args, count));
    for (unsigned i = 0; i < count; i++) {
        struct ct_timeline_item item;
        CT_TRY(ct_timeline_record_item(record, &item));
        CT_TRY(put_arg(timeline, args, item.key, &item));
    }
    return end_args(args);
}

void
ct_timeline_args_release(struct ct_timeline *timeline, struct ct_timeline_args *args)
{
    ct_alloc_free(timeline->alloc, args->bytes.bytes);
    ct_alloc_free(timeline->alloc, args->values);
    *args = (struct ct_timeline_args){0};
}

void
ct_timeline_values_release(struct ct_timeline *timeline, struct ct_timeline_lane *lane)
{
    for (size_t i = 0; i < lane->view_count; i++)
        release_view(timeline, &lane->views[i]);
    ct_alloc_free(timeline->alloc, lane->views);
}
