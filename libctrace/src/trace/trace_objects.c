/* The table of objects: by identity, those not used for longest forgotten. See trace_objects.h. */
#include "trace/trace_objects.h"

#include <string.h>

struct ct_trace_object *
ct_trace_objects_find(const struct ct_trace_objects *objects, uint64_t id)
{
    size_t position = objects->latest;
    if (position < objects->count && objects->items[position].id == id)
        return &objects->items[position];
    return ct_id_map_find(&objects->positions, id, &position) ? &objects->items[position] : NULL;
}

static enum ct_status
grow_items(struct ct_trace_objects *objects)
{
    const size_t capacity = objects->capacity == 0 ? 16 : objects->capacity * 2;
    struct ct_trace_object *grown =
        ct_alloc_resize(objects->alloc, objects->items, capacity * sizeof *grown);
    if (grown == NULL)
        return CT_ERR_MEMORY;
    objects->items = grown;
    objects->capacity = capacity;
    return CT_OK;
}

/* The next object that was not used since the hand passed by gives its room. */
static struct ct_trace_object *
forget_object(struct ct_trace_objects *objects)
{
    for (;;) {
        struct ct_trace_object *object = &objects->items[objects->hand];
        objects->hand = (objects->hand + 1) % objects->count;
        if (!object->is_used) {
            ct_id_map_remove(&objects->positions, object->id);
            objects->forgotten_count++;
            return object;
        }
        object->is_used = false;
    }
}

enum ct_status
ct_trace_objects_require(struct ct_trace_objects *objects, uint64_t id,
                         struct ct_trace_object **out_object)
{
    struct ct_trace_object *object = ct_trace_objects_find(objects, id);
    if (object == NULL) {
        if (objects->count == objects->capacity && objects->count < CT_TRACE_WRITES_OBJECT_MAX)
            CT_TRY(grow_items(objects));
        const bool has_room = objects->count < objects->capacity;
        object = has_room ? &objects->items[objects->count] : forget_object(objects);
        if (has_room) {
            *object = (struct ct_trace_object){0};
            ct_buffer_init(&object->value, objects->alloc);
            objects->count++;
        }
        struct ct_buffer value = object->value;
        ct_buffer_reset(&value);
        *object = (struct ct_trace_object){.id = id, .type_id = CT_TRACE_NO_ID, .value = value};
        object->seen.place.step = CT_TRACE_NO_ID;
        object->run.place.step = CT_TRACE_NO_ID;
        CT_TRY(ct_id_map_put(&objects->positions, id, (size_t)(object - objects->items)));
    }
    object->is_used = true;
    objects->latest = (size_t)(object - objects->items);
    *out_object = object;
    return CT_OK;
}

enum ct_status
ct_trace_objects_field(struct ct_trace_objects *objects, uint64_t type_id, int32_t *out_index)
{
    const struct ct_trace_type *type = ct_trace_reader_type(objects->reader, type_id);
    *out_index = CT_TRACE_NO_FIELD;
    if (type == NULL)
        return CT_OK;
    if (type_id >= objects->field_capacity) {
        const size_t capacity = (size_t)type_id * 2 + 16;
        int32_t *grown = ct_alloc_resize(objects->alloc, objects->fields, capacity * sizeof *grown);
        if (grown == NULL)
            return CT_ERR_MEMORY;
        memset(grown + objects->field_capacity, 0,
               (capacity - objects->field_capacity) * sizeof *grown);
        objects->fields = grown;
        objects->field_capacity = capacity;
    }
    int32_t *known = &objects->fields[type_id];
    for (size_t i = 0; *known == 0 && i < type->field_count && i < INT32_MAX; i++) {
        if (type->fields[i].name_size == objects->field_size &&
            memcmp(type->fields[i].name, objects->field, objects->field_size) == 0)
            *known = (int32_t)i + 1;
    }
    if (*known == 0)
        *known = CT_TRACE_NO_FIELD;
    *out_index = *known > 0 ? *known - 1 : CT_TRACE_NO_FIELD;
    return CT_OK;
}

void
ct_trace_objects_run(struct ct_trace_objects *objects, uint64_t id,
                     const struct ct_trace_where *where)
{
    struct ct_trace_object *object = ct_trace_objects_find(objects, id);
    if (object == NULL)
        return;
    object->is_used = true;
    objects->latest = (size_t)(object - objects->items);
    if (object->run.place.step == CT_TRACE_NO_ID)
        object->run = *where;
    object->run_last = where->place.step;
}

/* ---- life ---- */

void
ct_trace_objects_init(struct ct_trace_objects *objects, struct ct_trace_reader *reader,
                      const struct ct_trace_writes_options *options, const char *field)
{
    objects->alloc = options->alloc;
    objects->reader = reader;
    objects->options = options;
    objects->field = field;
    objects->field_size = strlen(field);
    objects->self_name_id = CT_TRACE_NO_ID;
    ct_id_map_init(&objects->positions, objects->alloc);
    ct_buffer_init(&objects->bare.bytes, objects->alloc);
    ct_arena_init(&objects->shown, objects->alloc);
    ct_arena_init(&objects->args, objects->alloc);
    ct_arena_init(&objects->known, objects->alloc);
    ct_arena_init(&objects->field_value, objects->alloc);
    ct_shown_values_init(&objects->values, objects->alloc);
}

void
ct_trace_objects_release(struct ct_trace_objects *objects)
{
    if (objects->alloc == NULL)
        return;
    for (size_t i = 0; i < objects->count; i++)
        ct_buffer_release(&objects->items[i].value);
    ct_alloc_free(objects->alloc, objects->items);
    ct_alloc_free(objects->alloc, objects->fields);
    ct_shown_values_release(&objects->values);
    ct_id_map_release(&objects->positions);
    ct_buffer_release(&objects->bare.bytes);
    ct_arena_release(&objects->shown);
    ct_arena_release(&objects->args);
    ct_arena_release(&objects->known);
    ct_arena_release(&objects->field_value);
    *objects = (struct ct_trace_objects){0};
}
