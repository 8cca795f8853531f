/* A table of objects, a cache of values by their hash, and the rule of who wrote. See
 * trace_objects.h.
 *
 * Who wrote: the lines that ran with the object as self since it was seen last; if there were none,
 * the line at which it was seen last, or what that line called. */
#include "trace/trace_objects.h"

#include "base/hash.h"
#include "trace/event_decode.h"
#include "trace/value_same.h"
#include "trace/value_source.h"
#include "value/value_decode.h"
#include "value/value_peek.h"

#include <string.h>

#define CACHE_SIZE        1024u /* a power of two; each entry some hundred bytes */
#define CACHED_OBJECT_MAX 4     /* values that show more are decoded each time */
#define NO_FIELD          (-1)

/* An object within a value: what the value says of its field. */
struct cached_object {
    size_t position;
    uint64_t id;
    uint64_t hash; /* of the field's value; 0: it lacks the field */
};

/* A value, or a list of arguments, that was decoded before. */
struct ct_trace_cached {
    uint64_t hash; /* of its bytes; 0: free */
    size_t size;
    uint64_t self_id;
    size_t count; /* larger than CACHED_OBJECT_MAX: not to be used */
    struct cached_object objects[CACHED_OBJECT_MAX];
};

/* What is going on while one value is looked at. */
struct showing {
    struct ct_trace_objects *objects;
    const struct ct_trace_where *where;
    const struct ct_trace_place *before; /* of self: who wrote it last; else NULL */
    struct ct_trace_cached *cached;
};

/* ---- decoding ---- */

static enum ct_trace_layout
layout_of(const struct ct_trace_objects *objects)
{
    return ct_trace_reader_metadata(objects->reader)->layout;
}

/* CT_OK with NULL: it is damaged, and says nothing. The reader's own decoding is left to whom the
 * writes are told. */
static enum ct_status
decode_value(const struct ct_trace_objects *objects, struct ct_arena *arena, const void *bytes,
             size_t size, const struct ct_value **out_value)
{
    union ct_value_source source;
    ct_arena_reset(arena);
    const enum ct_status status = ct_value_decode(
        ct_value_source_init(&source, layout_of(objects), arena, bytes, size), arena, out_value);
    if (status != CT_OK)
        *out_value = NULL;
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

/* ---- the table ---- */

static uint64_t
hash_bytes(const void *bytes, size_t size)
{
    const uint64_t hash = ct_hash_bytes(bytes, size, 0);
    return hash != 0 ? hash : 1;
}

static struct ct_trace_object *
find_object(const struct ct_trace_objects *objects, uint64_t id)
{
    size_t position;
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

static enum ct_status
require_object(struct ct_trace_objects *objects, uint64_t id, struct ct_trace_object **out_object)
{
    struct ct_trace_object *object = find_object(objects, id);
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
    *out_object = object;
    return CT_OK;
}

/* Where the field stands in values of that type. */
static enum ct_status
find_field(struct ct_trace_objects *objects, uint64_t type_id, int32_t *out_index)
{
    const struct ct_trace_type *type = ct_trace_reader_type(objects->reader, type_id);
    *out_index = NO_FIELD;
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
        *known = NO_FIELD;
    *out_index = *known > 0 ? *known - 1 : NO_FIELD;
    return CT_OK;
}

/* ---- writes ---- */

/* Whether self was shown in this call since the object was seen elsewhere. */
static bool
is_by_step_before(const struct showing *showing, const struct ct_trace_object *object)
{
    const uint64_t seen = object->seen.place.step;
    return showing->before != NULL && showing->before->step != CT_TRACE_NO_ID &&
           (seen == CT_TRACE_NO_ID || showing->before->step >= seen);
}

/* By whom the write was that is seen now. */
static void
put_writer(const struct showing *showing, const struct ct_trace_object *object,
           struct ct_trace_write *write)
{
    const bool has_run = object->run.place.step != CT_TRACE_NO_ID;
    const struct ct_trace_where *where = showing->where;
    const struct ct_trace_where *writer = has_run ? &object->run : &object->seen;
    write->by = writer->place;
    write->by_last = has_run ? object->run_last : write->by.step;
    if (is_by_step_before(showing, object)) {
        writer = where;
        write->by = *showing->before;
        write->by_last = write->by.step;
    } else if (write->by.step == CT_TRACE_NO_ID) {
        writer = where;
    } else if (!has_run && where->place.step > write->by.step) {
        write->by_last = where->place.step - 1; /* what the line called is as suspect as itself */
    }
    write->strand_id = writer->strand_id;
    write->function_id = writer->function_id;
    write->call_index = writer->call_index;
    write->caller_function_id = writer->caller_function_id;
    write->caller = writer->caller;
}

static void
tell_write(const struct showing *showing, const struct ct_trace_object *object,
           const struct ct_value *field)
{
    const struct ct_trace_writes_options *options = showing->objects->options;
    struct ct_trace_write write = {
        .kind = object->is_known ? CT_TRACE_WRITE_CHANGE : CT_TRACE_WRITE_FIRST,
        .seen = showing->where->place,
        .new_value = {field->encoded, field->encoded_size},
        .object_id = object->id,
        .object_type_id = object->type_id};
    if (object->has_value)
        write.old_value = (struct ct_trace_encoded){object->value.bytes, object->value.size};
    if (options->write == NULL)
        return;
    put_writer(showing, object, &write);
    options->write(options->context, &write);
}

/* The object is as known at `where`: what wrote it next ran later. */
static void
note_seen(const struct showing *showing, struct ct_trace_object *object)
{
    object->is_known = true;
    object->seen = *showing->where;
    object->run.place.step = CT_TRACE_NO_ID;
}

static enum ct_status
keep_value(struct ct_trace_object *object, const struct ct_value *field, uint64_t hash)
{
    ct_buffer_reset(&object->value);
    ct_buffer_put(&object->value, field->encoded, field->encoded_size);
    object->hash = hash;
    object->has_value = true;
    return ct_buffer_status(&object->value);
}

/* How the field's value compares with the one that is known. */
static enum ct_status
match_field(struct ct_trace_objects *objects, const struct ct_trace_object *object,
            const struct ct_value *field, enum ct_value_match *out_match)
{
    const struct ct_value *known;
    *out_match = CT_VALUE_OTHER;
    if (!object->has_value)
        return CT_OK;
    CT_TRY(decode_value(objects, &objects->known, object->value.bytes, object->value.size,
                        &known));
    if (known != NULL)
        *out_match = ct_value_match(objects->reader, known, field);
    return CT_OK;
}

/* The same value, cut elsewhere, is no news of when it was written; the fuller one is kept. */
static enum ct_status
take_alike(struct ct_trace_object *object, const struct ct_value *field, uint64_t hash)
{
    if (field->encoded_size <= object->value.size) {
        object->hash_alike = hash;
        return CT_OK;
    }
    object->hash_alike = object->hash;
    return keep_value(object, field, hash);
}

static enum ct_status
show_field(const struct showing *showing, struct ct_trace_object *object,
           const struct ct_value *field, uint64_t hash)
{
    enum ct_value_match match = CT_VALUE_SAME;
    if (object->has_value && hash == object->hash_alike)
        return CT_OK;
    if (!object->has_value || hash != object->hash) {
        CT_TRY(match_field(showing->objects, object, field, &match));
        if (match == CT_VALUE_ALIKE)
            return take_alike(object, field, hash);
        if (match == CT_VALUE_OTHER) {
            tell_write(showing, object, field);
            object->hash_alike = 0;
        }
        CT_TRY(keep_value(object, field, hash));
    }
    note_seen(showing, object);
    return CT_OK;
}

/* ---- looking at values ---- */

static void
remember_object(struct ct_trace_cached *cached, size_t position, uint64_t id, uint64_t hash)
{
    if (cached->count < CACHED_OBJECT_MAX)
        cached->objects[cached->count] = (struct cached_object){position, id, hash};
    cached->count++;
}

/* An object with fields. One that lacks the field is of interest only if it is known. */
static enum ct_status
show_object(const struct showing *showing, const struct ct_value *value)
{
    struct ct_trace_objects *objects = showing->objects;
    struct ct_trace_object *object;
    uint64_t id;
    int32_t index;
    if (!ct_trace_value_identity(objects->reader, value, &id))
        return CT_OK;
    CT_TRY(find_field(objects, value->type_id, &index));
    const struct ct_value *field = index != NO_FIELD ? value->first_child : NULL;
    for (; field != NULL && index > 0; index--)
        field = field->next;
    if (field == NULL) {
        object = find_object(objects, id);
        if (object == NULL || object->has_value)
            return CT_OK;
        remember_object(showing->cached, (size_t)(object - objects->items), id, 0);
        note_seen(showing, object);
        return CT_OK;
    }
    const uint64_t hash = hash_bytes(field->encoded, field->encoded_size);
    CT_TRY(require_object(objects, id, &object));
    object->type_id = value->type_id;
    remember_object(showing->cached, (size_t)(object - objects->items), id, hash);
    return show_field(showing, object, field, hash);
}

static enum ct_status
show_value(const struct showing *showing, const struct ct_value *value)
{
    if (value->kind == CT_VALUE_STRUCT)
        CT_TRY(show_object(showing, value));
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        if (child->first_child != NULL)
            CT_TRY(show_value(showing, child));
    }
    return CT_OK;
}

/* ---- the cache ---- */

/* Whether all that the value says of its objects is what is known of them: then they are seen. */
static bool
show_again(const struct showing *showing)
{
    struct ct_trace_objects *objects = showing->objects;
    const struct ct_trace_cached *cached = showing->cached;
    if (cached->count > CACHED_OBJECT_MAX)
        return false;
    for (size_t i = 0; i < cached->count; i++) {
        const struct cached_object *shown = &cached->objects[i];
        const struct ct_trace_object *object = &objects->items[shown->position];
        const uint64_t hash = object->has_value ? object->hash : 0;
        if (object->id != shown->id || hash != shown->hash || !object->is_known)
            return false;
    }
    for (size_t i = 0; i < cached->count; i++) {
        struct ct_trace_object *object = &objects->items[cached->objects[i].position];
        object->is_used = true;
        note_seen(showing, object);
    }
    return true;
}

/* The cache's entry for these bytes; *out_is_known tells whether it is theirs already. */
static struct ct_trace_cached *
find_cached(struct ct_trace_objects *objects, const void *bytes, size_t size, bool *out_is_known)
{
    const uint64_t hash = hash_bytes(bytes, size);
    struct ct_trace_cached *cached = &objects->cache[hash % CACHE_SIZE];
    *out_is_known = cached->hash == hash && cached->size == size;
    if (!*out_is_known)
        *cached = (struct ct_trace_cached){.hash = hash, .size = size, .self_id = CT_TRACE_NO_ID};
    return cached;
}

enum ct_status
ct_trace_objects_show(struct ct_trace_objects *objects, const void *bytes, size_t size,
                      const struct ct_trace_where *where, const struct ct_trace_place *before)
{
    bool is_known;
    const struct ct_value *value;
    if (!ct_value_may_hold_struct(bytes, size))
        return CT_OK;
    struct ct_trace_cached *cached = find_cached(objects, bytes, size, &is_known);
    const struct showing showing = {objects, where, before, cached};
    if (is_known && show_again(&showing))
        return CT_OK;
    cached->count = 0;
    CT_TRY(decode_value(objects, &objects->shown, bytes, size, &value));
    return value != NULL ? show_value(&showing, value) : CT_OK;
}

/* `self` among the arguments becomes a known object, whatever is shown of it. */
static enum ct_status
show_self(const struct showing *showing, const struct ct_value *value)
{
    struct ct_trace_object *object;
    if (!ct_trace_value_identity(showing->objects->reader, value, &showing->cached->self_id))
        return CT_OK;
    CT_TRY(require_object(showing->objects, showing->cached->self_id, &object));
    object->type_id = value->type_id;
    if (value->kind == CT_VALUE_RAW && !object->has_value && value->text_size > 0 &&
        memmem(value->text, value->text_size, "…", strlen("…")) == NULL)
        object->is_known = true; /* nothing to show: it has no field yet */
    return CT_OK;
}

static enum ct_status
show_arg_list(const struct showing *showing, const struct ct_trace_arg *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = ct_trace_reader_name(showing->objects->reader, args[i].name_id, NULL);
        if (name != NULL && strcmp(name, "self") == 0)
            CT_TRY(show_self(showing, args[i].value));
        CT_TRY(show_value(showing, args[i].value));
    }
    return CT_OK;
}

enum ct_status
ct_trace_objects_show_args(struct ct_trace_objects *objects, const void *bytes, size_t size,
                           const struct ct_trace_where *where, uint64_t *out_self_id)
{
    bool is_known;
    union ct_value_source source;
    const struct ct_trace_arg *args;
    size_t count;
    struct ct_trace_cached *cached = find_cached(objects, bytes, size, &is_known);
    const struct showing showing = {objects, where, NULL, cached};
    *out_self_id = cached->self_id;
    if (is_known && show_again(&showing) &&
        (cached->self_id == CT_TRACE_NO_ID || find_object(objects, cached->self_id) != NULL))
        return CT_OK;
    cached->count = 0;
    cached->self_id = CT_TRACE_NO_ID;
    ct_arena_reset(&objects->shown);
    struct ct_item_source *items =
        ct_value_source_init(&source, layout_of(objects), &objects->shown, bytes, size);
    enum ct_status status = ct_args_decode(items, &objects->shown, &args, &count);
    if (status == CT_OK)
        status = show_arg_list(&showing, args, count);
    *out_self_id = cached->self_id;
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

void
ct_trace_objects_run(struct ct_trace_objects *objects, uint64_t id,
                     const struct ct_trace_where *where)
{
    struct ct_trace_object *object = find_object(objects, id);
    if (object == NULL)
        return;
    object->is_used = true;
    if (object->run.place.step == CT_TRACE_NO_ID)
        object->run = *where;
    object->run_last = where->place.step;
}

const struct ct_trace_object *
ct_trace_objects_find(const struct ct_trace_objects *objects, uint64_t id)
{
    return find_object(objects, id);
}

/* ---- life ---- */

enum ct_status
ct_trace_objects_init(struct ct_trace_objects *objects, struct ct_trace_reader *reader,
                      const struct ct_trace_writes_options *options, const char *field)
{
    objects->alloc = options->alloc;
    objects->reader = reader;
    objects->options = options;
    objects->field = field;
    objects->field_size = strlen(field);
    ct_id_map_init(&objects->positions, objects->alloc);
    ct_arena_init(&objects->shown, objects->alloc);
    ct_arena_init(&objects->known, objects->alloc);
    objects->cache = ct_alloc_zeroed(objects->alloc, CACHE_SIZE, sizeof *objects->cache);
    return objects->cache != NULL ? CT_OK : CT_ERR_MEMORY;
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
    ct_alloc_free(objects->alloc, objects->cache);
    ct_id_map_release(&objects->positions);
    ct_arena_release(&objects->shown);
    ct_arena_release(&objects->known);
    *objects = (struct ct_trace_objects){0};
}
