/* The tables of a trace being written. See definitions.h. */
#include "trace/definitions.h"

enum ct_status
ct_definitions_init(struct ct_definitions *definitions, const struct ct_alloc *alloc)
{
    *definitions = (struct ct_definitions){0};
    ct_buffer_init(&definitions->key, alloc);
    ct_buffer_init(&definitions->function_ids, alloc);
    CT_TRY(ct_text_table_new(alloc, &definitions->paths));
    CT_TRY(ct_text_table_new(alloc, &definitions->names));
    CT_TRY(ct_text_table_new(alloc, &definitions->functions));
    return ct_text_table_new(alloc, &definitions->types);
}

void
ct_definitions_release(struct ct_definitions *definitions)
{
    ct_text_table_free(definitions->paths);
    ct_text_table_free(definitions->names);
    ct_text_table_free(definitions->functions);
    ct_text_table_free(definitions->types);
    ct_buffer_release(&definitions->key);
    ct_buffer_release(&definitions->function_ids);
    *definitions = (struct ct_definitions){0};
}

static enum ct_status
put_key(struct ct_definitions *definitions, struct ct_text_table *table, uint64_t *out_id,
        bool *out_is_new)
{
    CT_TRY(ct_buffer_status(&definitions->key));
    return ct_text_table_put(table, definitions->key.bytes, definitions->key.size, out_id,
                             out_is_new);
}

static uint64_t
function_id_at(const struct ct_definitions *definitions, uint64_t index)
{
    return ct_bytes_get_u64(definitions->function_ids.bytes + index * sizeof(uint64_t));
}

enum ct_status
ct_definitions_function_put(struct ct_definitions *definitions,
                            const struct ct_sink_function *function, uint64_t *out_id,
                            bool *out_is_new)
{
    struct ct_buffer *key = &definitions->key, *ids = &definitions->function_ids;
    uint64_t index;
    ct_buffer_reset(key);
    ct_buffer_put_u64(key, function->path_id);
    ct_buffer_put_u64(key, function->line);
    ct_buffer_put(key, function->name, function->size);
    CT_TRY(put_key(definitions, definitions->functions, &index, out_is_new));
    if (*out_is_new)
        ct_buffer_put_u64(ids, definitions->function_count++);
    CT_TRY(ct_buffer_status(ids));
    *out_id = function_id_at(definitions, index);
    return CT_OK;
}

uint64_t
ct_definitions_function_append(struct ct_definitions *definitions)
{
    return definitions->function_count++;
}

enum ct_status
ct_definitions_type_put(struct ct_definitions *definitions, const struct ct_sink_type *type,
                        uint64_t *out_id, bool *out_is_new)
{
    struct ct_buffer *key = &definitions->key;
    ct_buffer_reset(key);
    ct_buffer_put_u32(key, (uint32_t)type->kind);
    ct_buffer_put_u64(key, type->size);
    ct_buffer_put(key, type->name, type->size);
    for (size_t i = 0; i < type->field_count; i++) {
        ct_buffer_put_text(key, type->fields[i]);
        ct_buffer_put_u8(key, 0); /* what no field name holds */
    }
    return put_key(definitions, definitions->types, out_id, out_is_new);
}

/* ---- back from ids ---- */

#define FUNCTION_KEY_HEAD 16 /* path id and line */
#define TYPE_KEY_HEAD     12 /* kind and the name's size */

bool
ct_definitions_function_get(const struct ct_definitions *definitions, uint64_t id,
                            struct ct_sink_function *out_function)
{
    size_t size;
    uint64_t low = 0, high = ct_text_table_count(definitions->functions);
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (function_id_at(definitions, middle) < id)
            low = middle + 1;
        else
            high = middle;
    }
    const char *key = ct_text_table_get(definitions->functions, low, &size);
    if (key == NULL || function_id_at(definitions, low) != id)
        return false;
    CT_CHECK(size >= FUNCTION_KEY_HEAD);
    *out_function = (struct ct_sink_function){
        .path_id = ct_bytes_get_u64((const uint8_t *)key),
        .line = ct_bytes_get_u64((const uint8_t *)key + 8),
        .name = key + FUNCTION_KEY_HEAD,
        .size = size - FUNCTION_KEY_HEAD,
    };
    return true;
}

enum ct_status
ct_definitions_type_get(struct ct_definitions *definitions, uint64_t id,
                        struct ct_sink_type *out_type)
{
    size_t size;
    const char *key = ct_text_table_get(definitions->types, id, &size);
    CT_CHECK(key != NULL && size >= TYPE_KEY_HEAD);
    *out_type = (struct ct_sink_type){
        .kind = (enum ct_type_kind)ct_bytes_get_u32((const uint8_t *)key),
        .name = key + TYPE_KEY_HEAD,
        .size = (size_t)ct_bytes_get_u64((const uint8_t *)key + 4),
    };
    struct ct_buffer *fields = &definitions->key;
    ct_buffer_reset(fields);
    const char *end = key + size, *field = out_type->name + out_type->size;
    for (; field < end; field += strlen(field) + 1) {
        ct_buffer_put(fields, &field, sizeof field);
        out_type->field_count++;
    }
    out_type->fields = (const char *const *)fields->bytes;
    return ct_buffer_status(fields);
}
