/* A streamed JSON array. See json_array_file.h. */
#include "trace/json_array_file.h"

#define ARRAY_END      "\n]\n"
#define ARRAY_END_SIZE 3

enum ct_status
ct_json_array_file_init(struct ct_json_array_file *array, struct ct_folder *folder,
                        const char *name, const struct ct_alloc *alloc)
{
    *array = (struct ct_json_array_file){0};
    ct_buffer_init(&array->pending, alloc);
    ct_buffer_put_u8(&array->pending, '[');
    CT_TRY(folder->ops->create(folder, name, &array->file));
    return ct_json_array_file_flush(array);
}

struct ct_buffer *
ct_json_array_file_append(struct ct_json_array_file *array)
{
    if (array->element_count++ > 0)
        ct_buffer_put_u8(&array->pending, ',');
    ct_buffer_put_u8(&array->pending, '\n');
    return &array->pending;
}

enum ct_status
ct_json_array_file_flush(struct ct_json_array_file *array)
{
    struct ct_buffer *pending = &array->pending;
    ct_buffer_put(pending, ARRAY_END, ARRAY_END_SIZE);
    CT_TRY(ct_buffer_status(pending));
    CT_TRY(array->file->ops->write_at(array->file, array->offset, pending->bytes, pending->size));
    array->offset += pending->size - ARRAY_END_SIZE;
    ct_buffer_reset(pending);
    return CT_OK;
}

bool
ct_json_array_file_is_full(const struct ct_json_array_file *array)
{
    return array->pending.size >= CT_JSON_PIECE_SIZE;
}

uint64_t
ct_json_array_file_size(const struct ct_json_array_file *array)
{
    return array->offset > 0 ? array->offset + ARRAY_END_SIZE : 0;
}

enum ct_status
ct_json_array_file_release(struct ct_json_array_file *array)
{
    ct_buffer_release(&array->pending);
    struct ct_file *file = array->file;
    array->file = NULL;
    return ct_file_close(file);
}
