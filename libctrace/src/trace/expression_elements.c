/* See expression_elements.h: the walk over the array finds where each ends, the cursor reads it. */
#include "trace/expression_elements.h"

#include "base/json_cursor.h"

#define ELEMENT_SIZE_MAX ((size_t)64 << 20) /* a line of a million expressions takes a quarter */

struct reading {
    struct ct_item_source *source;
    struct ct_expression_elements *elements;
    struct ct_expression_element *element;
    bool has_id, has_step;
};

/* ---- members ---- */

static enum ct_status
take_pair(struct reading *reading)
{
    struct ct_expression_pair pair = {0}; /* with its padding: it is put as bytes */
    uint64_t numbers[2];
    struct ct_item item;
    for (int i = 0; i < 2; i++) {
        CT_TRY(ct_item_next(reading->source, &item));
        if (!ct_item_u64(&item, &numbers[i]))
            return ct_item_refuse(reading->source, &item, "a pair of seen is no two numbers");
    }
    if (numbers[0] >= reading->elements->id_count || numbers[1] == 0 || numbers[1] > UINT16_MAX)
        return ct_item_refuse(reading->source, &item, "what is seen was not defined");
    pair.id = numbers[0];
    pair.value_count = (uint32_t)numbers[1];
    ct_buffer_put(&reading->elements->pairs, &pair, sizeof pair);
    CT_TRY(ct_buffer_status(&reading->elements->pairs));
    return ct_item_require(reading->source, CT_ITEM_END, "the end of a pair", &item);
}

static enum ct_status
take_seen(struct reading *reading, const struct ct_item *opened)
{
    struct ct_item item;
    if (opened->kind != CT_ITEM_ARRAY)
        return ct_item_refuse(reading->source, opened, "seen is no list");
    for (;;) {
        CT_TRY(ct_item_next(reading->source, &item));
        if (item.kind == CT_ITEM_END)
            return CT_OK;
        if (item.kind != CT_ITEM_ARRAY)
            return ct_item_refuse(reading->source, &item, "seen has what is no pair");
        CT_TRY(take_pair(reading));
    }
}

static enum ct_status
take_text(struct reading *reading, const struct ct_item *key, const struct ct_item *item)
{
    struct ct_trace_expression *expression = &reading->element->expression;
    if (ct_item_is_text(key, "kind"))
        expression->is_assigned = ct_item_is_text(item, "assigned");
    if (!ct_item_is_text(key, "name"))
        return CT_OK;
    expression->name = ct_arena_copy(&reading->elements->texts, item->text, item->size);
    expression->name_size = item->size;
    return expression->name == NULL ? CT_ERR_MEMORY : CT_OK;
}

static enum ct_status
take_member(struct reading *reading, const struct ct_item *key)
{
    struct ct_expression_element *element = reading->element;
    struct ct_trace_expression *expression = &element->expression;
    const struct {
        const char *name;
        uint64_t *number;
    } numbers[] = {{"id", &element->id},
                   {"step", &element->step},
                   {"path_id", &expression->path_id},
                   {"line", &expression->line},
                   {"column", &expression->column},
                   {"last_line", &expression->last_line},
                   {"last_column", &expression->last_column}};
    struct ct_item item;
    CT_TRY(ct_item_next(reading->source, &item));
    if (ct_item_is_text(key, "seen"))
        return take_seen(reading, &item);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!ct_item_is_text(key, numbers[i].name))
            continue;
        reading->has_id |= i == 0;
        reading->has_step |= i == 1;
        return ct_item_u64(&item, numbers[i].number)
                   ? CT_OK
                   : ct_item_refuse(reading->source, &item, "%s is no number", numbers[i].name);
    }
    if (item.kind == CT_ITEM_TEXT)
        return take_text(reading, key, &item);
    return ct_item_skip(reading->source, &item);
}

/* ---- elements ---- */

/* Against what came before. */
static enum ct_status
check_order(struct reading *reading, const struct ct_item *item)
{
    struct ct_expression_elements *elements = reading->elements;
    const struct ct_expression_element *element = reading->element;
    if (reading->has_id == reading->has_step)
        return ct_item_refuse(reading->source, item, "an element has neither id nor step");
    if (reading->has_step) {
        if (element->step < elements->step_end || element->step == UINT64_MAX)
            return ct_item_refuse(reading->source, item, "steps are not in order");
        elements->step_end = element->step + 1;
        return CT_OK;
    }
    if (element->id > elements->id_count || element->expression.name == NULL)
        return ct_item_refuse(reading->source, item, "an expression is not defined in order");
    elements->id_count += element->id == elements->id_count;
    return CT_OK;
}

static enum ct_status
read_element(struct reading *reading)
{
    struct ct_item item;
    CT_TRY(ct_item_next(reading->source, &item));
    if (item.kind != CT_ITEM_MAP)
        return ct_item_refuse(reading->source, &item, "an element is no object");
    for (;;) {
        CT_TRY(ct_item_next(reading->source, &item));
        if (item.kind == CT_ITEM_END)
            return check_order(reading, &item);
        CT_TRY(take_member(reading, &item));
    }
}

enum ct_status
ct_expression_elements_next(struct ct_expression_elements *elements,
                            struct ct_expression_element *out_element, struct ct_error *error)
{
    struct ct_error own;
    struct ct_json_element found;
    struct ct_json_cursor cursor;
    if (error == NULL)
        error = &own;
    *out_element = (struct ct_expression_element){.is_step = false};
    CT_TRY(ct_json_array_next(&elements->array, ELEMENT_SIZE_MAX, &found, error));
    ct_arena_reset(&elements->texts);
    ct_buffer_reset(&elements->pairs);
    ct_json_cursor_init(&cursor, found.text, found.size, &elements->texts,
                        CT_EXPRESSIONS_FILE_NAME, error);
    struct reading reading = {
        .source = &cursor.source, .elements = elements, .element = out_element};
    const enum ct_status status = read_element(&reading);
    if (status == CT_ERR_FORMAT || status == CT_ERR_LIMIT)
        error->offset += found.offset;
    out_element->is_step = reading.has_step;
    out_element->pairs = (const struct ct_expression_pair *)(void *)elements->pairs.bytes;
    out_element->pair_count = elements->pairs.size / sizeof *out_element->pairs;
    out_element->text = found.text;
    out_element->size = found.size;
    return status;
}

/* ---- life ---- */

enum ct_status
ct_expression_elements_init(struct ct_expression_elements *elements, struct ct_file *file,
                            const struct ct_alloc *alloc)
{
    *elements = (struct ct_expression_elements){.id_count = 0};
    ct_arena_init(&elements->texts, alloc);
    ct_buffer_init(&elements->pairs, alloc);
    return ct_json_array_init(&elements->array, file, CT_EXPRESSIONS_FILE_NAME, alloc);
}

void
ct_expression_elements_release(struct ct_expression_elements *elements)
{
    ct_json_array_release(&elements->array);
    ct_arena_release(&elements->texts);
    ct_buffer_release(&elements->pairs);
}
