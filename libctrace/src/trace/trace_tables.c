/* Growing arrays of functions and types over one arena; paths and names are text tables. */
#include "trace/trace_tables.h"

#include "base/array.h"

enum ct_status
ct_trace_tables_init(struct ct_trace_tables *tables, const struct ct_alloc *alloc)
{
    *tables = (struct ct_trace_tables){.alloc = alloc};
    ct_arena_init(&tables->arena, alloc);
    CT_TRY(ct_text_table_new(alloc, &tables->paths));
    return ct_text_table_new(alloc, &tables->names);
}

void
ct_trace_tables_release(struct ct_trace_tables *tables)
{
    if (tables->alloc == NULL)
        return;
    ct_text_table_free(tables->paths);
    ct_text_table_free(tables->names);
    ct_arena_release(&tables->arena);
    ct_alloc_free(tables->alloc, tables->functions);
    ct_alloc_free(tables->alloc, tables->types);
    *tables = (struct ct_trace_tables){0};
}

enum ct_status
ct_trace_tables_function_append(struct ct_trace_tables *tables,
                                const struct ct_trace_function *function, uint64_t *out_id)
{
    void *array = tables->functions;
    CT_TRY(ct_array_require(tables->alloc, &array, &tables->function_capacity,
                            tables->function_count, sizeof *function));
    tables->functions = array;
    struct ct_trace_function copy = *function;
    copy.name = ct_arena_copy(&tables->arena, function->name, function->name_size);
    if (copy.name == NULL)
        return CT_ERR_MEMORY;
    *out_id = tables->function_count;
    tables->functions[tables->function_count++] = copy;
    return CT_OK;
}

static enum ct_status
copy_fields(struct ct_trace_tables *tables, struct ct_trace_type *type)
{
    struct ct_trace_field *fields =
        ct_arena_get(&tables->arena, type->field_count * sizeof *fields);
    if (fields == NULL)
        return CT_ERR_MEMORY;
    for (size_t i = 0; i < type->field_count; i++) {
        fields[i] = type->fields[i];
        fields[i].name = ct_arena_copy(&tables->arena, fields[i].name, fields[i].name_size);
        if (fields[i].name == NULL)
            return CT_ERR_MEMORY;
    }
    type->fields = fields;
    return CT_OK;
}

enum ct_status
ct_trace_tables_type_append(struct ct_trace_tables *tables, const struct ct_trace_type *type,
                            uint64_t *out_id)
{
    void *array = tables->types;
    CT_TRY(ct_array_require(tables->alloc, &array, &tables->type_capacity, tables->type_count,
                            sizeof *type));
    tables->types = array;
    struct ct_trace_type copy = *type;
    copy.name = ct_arena_copy(&tables->arena, type->name, type->name_size);
    if (copy.name == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(copy_fields(tables, &copy));
    *out_id = tables->type_count;
    tables->types[tables->type_count++] = copy;
    return CT_OK;
}
