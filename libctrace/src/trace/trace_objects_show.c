/* What values say of objects: values that were shown before, and the rule of who wrote.
 *
 * See trace_objects.h. Who wrote: the line before the one that shows self changed; else the lines
 * that ran with the object as self since it was seen last; if there were none, the line at which it
 * was seen last, or what that line called. */
#include "trace/trace_objects.h"

#include "base/hash.h"
#include "trace/event_decode.h"
#include "trace/value_same.h"
#include "trace/value_source.h"
#include "value/value_decode.h"
#include "value/value_peek.h"
#include "value/value_scan.h"

#include <string.h>

/* What is going on while one value is looked at. */
struct showing {
    struct ct_trace_objects *objects;
    const struct ct_trace_where *where;
    const struct ct_trace_place *before; /* of self: who wrote it last; else NULL */
    struct ct_shown_value *shown; /* the entry of the value */
    uint64_t self_id; /* of arguments: the object that is self */
};

static uint64_t
hash_bytes(const void *bytes, size_t size)
{
    const uint64_t hash = ct_hash_bytes(bytes, size, 0);
    return hash != 0 ? hash : 1;
}

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

/* ---- writes ---- */

/* What a value shows of the field. */
struct field {
    const void *bytes;
    size_t size;
    uint64_t hash;
    bool is_plain; /* certainly: another is another value */
};

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
           const struct field *field)
{
    const struct ct_trace_writes_options *options = showing->objects->options;
    struct ct_trace_write write = {
        .kind = object->is_known ? CT_TRACE_WRITE_CHANGE : CT_TRACE_WRITE_FIRST,
        .seen = showing->where->place,
        .new_value = {field->bytes, field->size},
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
keep_value(struct ct_trace_object *object, const struct field *field)
{
    ct_buffer_reset(&object->value);
    ct_buffer_put(&object->value, field->bytes, field->size);
    object->hash = field->hash;
    object->is_plain = field->is_plain;
    object->has_value = true;
    return ct_buffer_status(&object->value);
}

/* How the field's value compares with the one that is known. */
static enum ct_status
match_field(struct ct_trace_objects *objects, const struct ct_trace_object *object,
            const struct field *field, enum ct_value_match *out_match)
{
    const struct ct_value *known;
    const struct ct_value *shown;
    *out_match = CT_VALUE_OTHER;
    if (!object->has_value || (field->is_plain && object->is_plain))
        return CT_OK;
    if (ct_value_is_scalar(field->bytes, field->size) &&
        ct_value_is_scalar(object->value.bytes, object->value.size))
        return CT_OK;
    const struct ct_trace_encoded before = {object->value.bytes, object->value.size};
    const struct ct_trace_encoded after = {field->bytes, field->size};
    if (ct_value_match_encoded(objects->reader, &before, &after, out_match))
        return CT_OK;
    CT_TRY(decode_value(objects, &objects->known, object->value.bytes, object->value.size,
                        &known));
    CT_TRY(decode_value(objects, &objects->field_value, field->bytes, field->size, &shown));
    if (known != NULL && shown != NULL)
        *out_match = ct_value_match(objects->reader, known, shown);
    return CT_OK;
}

/* The same value, cut elsewhere, is no news of when it was written; the fuller one is kept. */
static enum ct_status
take_alike(struct ct_trace_object *object, const struct field *field)
{
    if (field->size <= object->value.size) {
        object->hash_alike = field->hash;
        return CT_OK;
    }
    object->hash_alike = object->hash;
    return keep_value(object, field);
}

static enum ct_status
show_field(const struct showing *showing, struct ct_trace_object *object,
           const struct field *field)
{
    enum ct_value_match match = CT_VALUE_SAME;
    if (object->has_value && field->hash == object->hash_alike)
        return CT_OK;
    if (!object->has_value || field->hash != object->hash) {
        CT_TRY(match_field(showing->objects, object, field, &match));
        if (match == CT_VALUE_ALIKE)
            return take_alike(object, field);
        if (match == CT_VALUE_OTHER) {
            tell_write(showing, object, field);
            object->hash_alike = 0;
        }
        CT_TRY(keep_value(object, field));
    }
    note_seen(showing, object);
    return CT_OK;
}

/* ---- looking at values ---- */

static void
remember_object(struct ct_shown_value *value, size_t position, uint64_t id, uint64_t hash)
{
    if (value->count < CT_SHOWN_OBJECT_MAX)
        value->objects[value->count] = (struct ct_shown_object){position, id, hash};
    value->count++;
}

/* An object that lacks the field is of interest only if it is known. */
static void
show_without_field(const struct showing *showing, uint64_t id)
{
    struct ct_trace_object *object = ct_trace_objects_find(showing->objects, id);
    if (object == NULL || object->has_value)
        return;
    remember_object(showing->shown, (size_t)(object - showing->objects->items), id, 0);
    note_seen(showing, object);
}

static enum ct_status
show_with_field(const struct showing *showing, uint64_t id, uint64_t type_id, struct field *field)
{
    struct ct_trace_objects *objects = showing->objects;
    struct ct_trace_object *object;
    field->hash = hash_bytes(field->bytes, field->size);
    CT_TRY(ct_trace_objects_require(objects, id, &object));
    object->type_id = type_id;
    remember_object(showing->shown, (size_t)(object - objects->items), id, field->hash);
    return show_field(showing, object, field);
}

/* ---- in a decoded value ---- */

static enum ct_status
show_object(const struct showing *showing, const struct ct_value *value)
{
    uint64_t id;
    int32_t index;
    if (!ct_trace_value_identity(showing->objects->reader, value, &id))
        return CT_OK;
    CT_TRY(ct_trace_objects_field(showing->objects, value->type_id, &index));
    const struct ct_value *child = index != CT_TRACE_NO_FIELD ? value->first_child : NULL;
    for (; child != NULL && index > 0; index--)
        child = child->next;
    if (child == NULL) {
        show_without_field(showing, id);
        return CT_OK;
    }
    struct field field = {child->encoded, child->encoded_size, 0, false};
    return show_with_field(showing, id, value->type_id, &field);
}

static enum ct_status
show_decoded(const struct showing *showing, const struct ct_value *value)
{
    if (value->kind == CT_VALUE_STRUCT)
        CT_TRY(show_object(showing, value));
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        if (child->first_child != NULL)
            CT_TRY(show_decoded(showing, child));
    }
    return CT_OK;
}

/* ---- in an encoded value ---- */

/* hot */
static enum ct_status
show_scanned(void *context, const struct ct_scanned_struct *found)
{
    const struct showing *showing = context;
    const void *bytes;
    size_t size;
    uint64_t id;
    int32_t index;
    showing->shown->root_id = CT_TRACE_NO_ID;
    if (!ct_type_has_identity(ct_trace_reader_type(showing->objects->reader, found->type_id)) ||
        !ct_scanned_struct_field(found, 0, &bytes, &size) ||
        !ct_value_scan_integer(bytes, size, &id))
        return CT_OK;
    showing->shown->root_id = id; /* if none comes behind it: the outermost is the last */
    CT_TRY(ct_trace_objects_field(showing->objects, found->type_id, &index));
    if (index == CT_TRACE_NO_FIELD) {
        show_without_field(showing, id);
        return CT_OK;
    }
    struct field field;
    if (!ct_scanned_struct_field(found, (uint64_t)index, &field.bytes, &field.size))
        return CT_OK;
    field.is_plain = ct_scanned_struct_field_is_plain(found, (uint64_t)index);
    return show_with_field(showing, id, found->type_id, &field);
}

/* A damaged value says nothing. */
static enum ct_status
show_value(struct showing *showing, const void *bytes, size_t size)
{
    struct ct_trace_objects *objects = showing->objects;
    const struct ct_value *value;
    if (layout_of(objects) == CT_TRACE_LAYOUT_COMBINED) {
        const enum ct_status status = ct_value_scan(bytes, size, show_scanned, showing);
        if (!ct_value_is_struct(bytes, size))
            showing->shown->root_id = CT_TRACE_NO_ID; /* it was that of an element */
        return status == CT_ERR_FORMAT || status == CT_ERR_LIMIT ? CT_OK : status;
    }
    CT_TRY(decode_value(objects, &objects->shown, bytes, size, &value));
    if (value == NULL)
        return CT_OK;
    CT_TRY(show_decoded(showing, value));
    if (value->kind != CT_VALUE_STRUCT ||
        !ct_trace_value_identity(objects->reader, value, &showing->shown->root_id))
        showing->shown->root_id = CT_TRACE_NO_ID;
    return CT_OK;
}

/* ---- values that were shown before ---- */

/* Whether all that the value says of its objects is what is known of them: then they are seen. */
static bool
show_again(const struct showing *showing)
{
    struct ct_trace_objects *objects = showing->objects;
    const struct ct_shown_value *value = showing->shown;
    if (value->count > CT_SHOWN_OBJECT_MAX)
        return false;
    for (size_t i = 0; i < value->count; i++) {
        const struct ct_shown_object *shown = &value->objects[i];
        const struct ct_trace_object *object = &objects->items[shown->position];
        const uint64_t hash = object->has_value ? object->hash : 0;
        if (object->id != shown->id || hash != shown->hash || !object->is_known)
            return false;
    }
    for (size_t i = 0; i < value->count; i++) {
        struct ct_trace_object *object = &objects->items[value->objects[i].position];
        object->is_used = true;
        note_seen(showing, object);
    }
    return true;
}

/* *out_root_id: the object that the value is, where it is one with fields. */
static enum ct_status
show_encoded(struct showing *showing, const void *bytes, size_t size, uint64_t *out_root_id)
{
    bool is_known;
    *out_root_id = CT_TRACE_NO_ID;
    CT_TRY(ct_shown_values_require(&showing->objects->values, bytes, size, &showing->shown,
                                   &is_known));
    if (!is_known || !show_again(showing)) {
        showing->shown->count = 0;
        showing->shown->root_id = CT_TRACE_NO_ID;
        CT_TRY(show_value(showing, bytes, size));
    }
    *out_root_id = showing->shown->root_id;
    return CT_OK;
}

enum ct_status
ct_trace_objects_show(struct ct_trace_objects *objects, const void *bytes, size_t size,
                      const struct ct_trace_where *where, const struct ct_trace_place *before)
{
    struct showing showing = {objects, where, before, NULL, CT_TRACE_NO_ID};
    uint64_t root_id;
    return show_encoded(&showing, bytes, size, &root_id);
}

/* ---- arguments ---- */

/* Decodes it, unless it was the last one: mostly main, or a class. */
static enum ct_status
require_bare(struct ct_trace_objects *objects, const void *bytes, size_t size)
{
    struct ct_bare_self *bare = &objects->bare;
    const struct ct_value *value;
    if (size > 0 && bare->bytes.size == size && memcmp(bare->bytes.bytes, bytes, size) == 0)
        return CT_OK;
    CT_TRY(decode_value(objects, &objects->shown, bytes, size, &value));
    bare->id = CT_TRACE_NO_ID;
    if (value != NULL && ct_trace_value_identity(objects->reader, value, &bare->id)) {
        bare->type_id = value->type_id;
        bare->is_whole = value->kind == CT_VALUE_RAW && value->text_size > 0 &&
                         memmem(value->text, value->text_size, "…", strlen("…")) == NULL;
    }
    ct_buffer_reset(&bare->bytes);
    ct_buffer_put(&bare->bytes, bytes, size);
    return ct_buffer_status(&bare->bytes);
}

/* self without fields to show is known, too: it has not got the field yet. */
static enum ct_status
show_bare_self(struct showing *showing, const void *bytes, size_t size)
{
    struct ct_trace_objects *objects = showing->objects;
    struct ct_trace_object *object;
    CT_TRY(require_bare(objects, bytes, size));
    const struct ct_bare_self *bare = &objects->bare;
    if (bare->id == CT_TRACE_NO_ID)
        return CT_OK;
    showing->self_id = bare->id;
    CT_TRY(ct_trace_objects_require(objects, bare->id, &object));
    object->type_id = bare->type_id;
    if (bare->is_whole && !object->has_value)
        object->is_known = true;
    return CT_OK;
}

/* One whose fields are shown, but not the one that is asked for. */
static enum ct_status
require_self(const struct showing *showing)
{
    struct ct_trace_object *object;
    const bool is_new = ct_trace_objects_find(showing->objects, showing->self_id) == NULL;
    CT_TRY(ct_trace_objects_require(showing->objects, showing->self_id, &object));
    if (is_new)
        object->is_known = true;
    return CT_OK;
}

static enum ct_status
show_arg(void *context, uint64_t name_id, const void *bytes, size_t size)
{
    struct showing *showing = context;
    uint64_t root_id = CT_TRACE_NO_ID;
    if (ct_value_may_hold_struct(bytes, size))
        CT_TRY(show_encoded(showing, bytes, size, &root_id));
    if (name_id != showing->objects->self_name_id)
        return CT_OK;
    if (root_id == CT_TRACE_NO_ID)
        return show_bare_self(showing, bytes, size);
    showing->self_id = root_id;
    return require_self(showing);
}

static size_t
match_arg(void *context, const void *bytes, size_t size)
{
    const struct showing *showing = context;
    return ct_shown_values_match(&showing->objects->values, bytes, size);
}

static enum ct_status
show_decoded_args(struct showing *showing, const void *bytes, size_t size)
{
    struct ct_trace_objects *objects = showing->objects;
    union ct_value_source source;
    const struct ct_trace_arg *args;
    size_t count;
    ct_arena_reset(&objects->args);
    struct ct_item_source *items =
        ct_value_source_init(&source, layout_of(objects), &objects->args, bytes, size);
    CT_TRY(ct_args_decode(items, &objects->args, &args, &count));
    for (size_t i = 0; i < count; i++)
        CT_TRY(show_arg(showing, args[i].name_id, args[i].value->encoded,
                        args[i].value->encoded_size));
    return CT_OK;
}

enum ct_status
ct_trace_objects_show_args(struct ct_trace_objects *objects, const void *bytes, size_t size,
                           const struct ct_trace_where *where, uint64_t *out_self_id)
{
    struct showing showing = {objects, where, NULL, NULL, CT_TRACE_NO_ID};
    const struct ct_args_visitor visitor = {show_arg, match_arg, &showing};
    const enum ct_status status = layout_of(objects) == CT_TRACE_LAYOUT_COMBINED
                                      ? ct_args_scan(bytes, size, &visitor)
                                      : show_decoded_args(&showing, bytes, size);
    *out_self_id = showing.self_id;
    return status == CT_ERR_MEMORY ? status : CT_OK;
}
