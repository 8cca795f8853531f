/* See snapshot_types.h. */
#include "value/snapshot_types.h"

#include <string.h>

#define SLOT_CAPACITY_FIRST 64
#define CLASS_KEY           (UINT64_C(1) << 63) /* exact keys; shapes have hashes below it */
#define SCOPE_SHIFT         40                  /* above 8 bits of kind and 32 of class */

static const struct {
    const char *name;
    enum ct_type_kind kind;
} fixed_types[CT_SNAPSHOT_TYPE_COUNT] = {
    [CT_SNAPSHOT_TYPE_NIL] = {"NilClass", CT_TYPE_NONE},
    [CT_SNAPSHOT_TYPE_BOOL] = {"Bool", CT_TYPE_BOOL},
    [CT_SNAPSHOT_TYPE_INTEGER] = {"Integer", CT_TYPE_INT},
    [CT_SNAPSHOT_TYPE_FLOAT] = {"Float", CT_TYPE_FLOAT},
    [CT_SNAPSHOT_TYPE_SYMBOL] = {"Symbol", CT_TYPE_STRING},
    [CT_SNAPSHOT_TYPE_PAIR] = {"Pair", CT_TYPE_TUPLE},
    [CT_SNAPSHOT_TYPE_CUT] = {"Cut", CT_TYPE_RAW},
    [CT_SNAPSHOT_TYPE_IDENTITY] = {"Identity", CT_TYPE_INT},
    [CT_SNAPSHOT_TYPE_ABSENT] = {"Absent", CT_TYPE_ERROR},
    [CT_SNAPSHOT_TYPE_UNWOUND] = {"Unwound", CT_TYPE_ERROR},
    [CT_SNAPSHOT_TYPE_UNFINISHED] = {"Unfinished", CT_TYPE_ERROR},
    [CT_SNAPSHOT_TYPE_SUSPENDED] = {"Suspended", CT_TYPE_ERROR},
    [CT_SNAPSHOT_TYPE_REDACTED] = {"Redacted", CT_TYPE_ERROR},
    [CT_SNAPSHOT_TYPE_DROPPED] = {"Dropped", CT_TYPE_ERROR},
};

void
ct_snapshot_types_init(struct ct_snapshot_types *types, const struct ct_snapshot_source *source,
                       const struct ct_alloc *alloc)
{
    *types = (struct ct_snapshot_types){.source = source, .alloc = alloc};
}

void
ct_snapshot_types_release(struct ct_snapshot_types *types)
{
    ct_alloc_free(types->alloc, types->slots);
    ct_alloc_free(types->alloc, types->fields);
    *types = (struct ct_snapshot_types){0};
}

static uint64_t
mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 32);
}

/* The slot that holds `key`, or the empty one where it belongs. */
static struct ct_snapshot_type_slot *
find_slot(struct ct_snapshot_type_slot *slots, size_t capacity, uint64_t key)
{
    size_t index = (size_t)mix(0, key) & (capacity - 1);
    while (slots[index].key != 0 && slots[index].key != key)
        index = (index + 1) & (capacity - 1);
    return &slots[index];
}

/* Keeps at least half of the slots empty. */
static enum ct_status
grow_slots(struct ct_snapshot_types *types)
{
    if (types->slot_count * 2 < types->slot_capacity)
        return CT_OK;
    size_t capacity = types->slot_capacity == 0 ? SLOT_CAPACITY_FIRST : types->slot_capacity * 2;
    struct ct_snapshot_type_slot *slots = ct_alloc_zeroed(types->alloc, capacity, sizeof *slots);
    if (slots == NULL)
        return CT_ERR_MEMORY;
    for (size_t i = 0; i < types->slot_capacity; i++) {
        if (types->slots[i].key != 0)
            *find_slot(slots, capacity, types->slots[i].key) = types->slots[i];
    }
    ct_alloc_free(types->alloc, types->slots);
    types->slots = slots;
    types->slot_capacity = capacity;
    return CT_OK;
}

static void
fill_slot(struct ct_snapshot_types *types, uint64_t key, uint64_t type_id)
{
    *find_slot(types->slots, types->slot_capacity, key) =
        (struct ct_snapshot_type_slot){.key = key, .type_id = type_id};
    types->slot_count++;
}

enum ct_status
ct_snapshot_type_fixed(struct ct_snapshot_types *types, enum ct_snapshot_type type,
                       uint64_t *out_type_id)
{
    if (types->fixed_ids[type] != 0) {
        *out_type_id = types->fixed_ids[type] - 1;
        return CT_OK;
    }
    const char *text = fixed_types[type].name;
    const struct ct_snapshot_name name = {.text = text, .size = strlen(text)};
    CT_TRY(types->source->type_put(types->source->context, fixed_types[type].kind, &name, NULL, 0,
                                   out_type_id));
    types->fixed_ids[type] = *out_type_id + 1;
    return CT_OK;
}

enum ct_status
ct_snapshot_type_of_class(struct ct_snapshot_types *types, enum ct_type_kind kind,
                          uint32_t class_id, uint64_t *out_type_id)
{
    CT_TRY(grow_slots(types));
    uint64_t scope = (uint64_t)types->scope << SCOPE_SHIFT;
    uint64_t key = CLASS_KEY | scope | (uint64_t)kind << 32 | class_id;
    const struct ct_snapshot_type_slot *slot = find_slot(types->slots, types->slot_capacity, key);
    if (slot->key != 0) {
        *out_type_id = slot->type_id;
        return CT_OK;
    }
    const struct ct_snapshot_source *source = types->source;
    const struct ct_snapshot_name *name = source->name_find(source->context, class_id);
    if (name == NULL)
        return CT_ERR_FORMAT;
    CT_TRY(source->type_put(source->context, kind, name, NULL, 0, out_type_id));
    fill_slot(types, key, *out_type_id);
    return CT_OK;
}

/* Two shapes with one key would show each other's field names: 2^-63 a pair. */
static uint64_t
key_of_shape(uint32_t scope, const struct ct_snapshot_shape *shape)
{
    uint64_t hash = mix((uint64_t)scope << 32 | shape->class_id, shape->field_count);
    hash = mix(hash, (uint64_t)shape->has_identity << 1 | shape->is_cut);
    for (size_t i = 0; i < shape->field_count; i++)
        hash = mix(hash, shape->field_ids[i]);
    hash &= ~CLASS_KEY;
    return hash == 0 ? 1 : hash;
}

static enum ct_status
reserve_fields(struct ct_snapshot_types *types, size_t count)
{
    if (count <= types->field_capacity)
        return CT_OK;
    const char **fields = ct_alloc_resize(types->alloc, types->fields, count * sizeof *fields);
    if (fields == NULL)
        return CT_ERR_MEMORY;
    types->fields = fields;
    types->field_capacity = count;
    return CT_OK;
}

static enum ct_status
put_shape(struct ct_snapshot_types *types, const struct ct_snapshot_shape *shape,
          uint64_t *out_type_id)
{
    const struct ct_snapshot_source *source = types->source;
    size_t count = 0;
    CT_TRY(reserve_fields(types, shape->field_count + 2));
    if (shape->has_identity)
        types->fields[count++] = "#";
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct ct_snapshot_name *field =
            source->name_find(source->context, shape->field_ids[i]);
        if (field == NULL)
            return CT_ERR_FORMAT;
        types->fields[count++] = field->text;
    }
    if (shape->is_cut)
        types->fields[count++] = "…";
    const struct ct_snapshot_name *name = source->name_find(source->context, shape->class_id);
    if (name == NULL)
        return CT_ERR_FORMAT;
    return source->type_put(source->context, CT_TYPE_STRUCT, name, types->fields, count,
                            out_type_id);
}

enum ct_status
ct_snapshot_type_of_shape(struct ct_snapshot_types *types, const struct ct_snapshot_shape *shape,
                          uint64_t *out_type_id)
{
    CT_TRY(grow_slots(types));
    uint64_t key = key_of_shape(types->scope, shape);
    const struct ct_snapshot_type_slot *slot = find_slot(types->slots, types->slot_capacity, key);
    if (slot->key != 0) {
        *out_type_id = slot->type_id;
        return CT_OK;
    }
    CT_TRY(put_shape(types, shape, out_type_id));
    fill_slot(types, key, *out_type_id);
    return CT_OK;
}
