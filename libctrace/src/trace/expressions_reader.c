/* See ctrace/trace_expressions.h and trace/expressions_reader.h.
 *
 * Numbers that come again are resolved while the file is read: an index stands for one definition.
 * How deep an expression stands is found out at the end, from the places of all. */
#include "base/json_cursor.h"
#include "ctrace/trace_reader.h"
#include "trace/expressions_reader.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME     CT_EXPRESSIONS_FILE_NAME
#define FILE_SIZE_MAX ((uint64_t)512 << 20) /* it is read into memory: some 1.2 GB then */
#define ROW_CAPACITY_FIRST 256

struct seen_step {
    uint64_t step;
    size_t first; /* in `seen` */
    size_t count;
};

/* Items of one size, one behind the other. */
struct row {
    void *items; /* owned */
    size_t count, capacity;
};

struct ct_trace_expressions {
    const struct ct_alloc *alloc;
    struct ct_arena names;
    struct row expressions; /* struct ct_trace_expression */
    struct row indexes;     /* uint32_t, by id: the newest definition */
    struct row seen;        /* struct ct_trace_seen */
    struct row steps;       /* struct seen_step, ascending */
};

struct reading {
    struct ct_item_source *source;
    struct ct_trace_expressions *list;
};

/* ---- rows ---- */

/* Appends a copy of `size` bytes. */
static enum ct_status
append(const struct ct_trace_expressions *list, struct row *row, const void *item, size_t size)
{
    if (row->count == row->capacity) {
        const size_t capacity = row->capacity == 0 ? ROW_CAPACITY_FIRST : row->capacity * 2;
        void *items = ct_alloc_resize(list->alloc, row->items, capacity * size);
        if (items == NULL)
            return CT_ERR_MEMORY;
        row->items = items;
        row->capacity = capacity;
    }
    memcpy((char *)row->items + row->count * size, item, size);
    row->count++;
    return CT_OK;
}

static struct ct_trace_expression *
expressions_of(const struct ct_trace_expressions *list)
{
    return list->expressions.items;
}

static uint32_t *
indexes_of(const struct ct_trace_expressions *list)
{
    return list->indexes.items;
}

static const struct seen_step *
steps_of(const struct ct_trace_expressions *list)
{
    return list->steps.items;
}

/* ---- elements ---- */

struct element {
    bool has_id, has_step;
    uint64_t id, step;
    struct ct_trace_expression expression;
    size_t seen_first; /* where its pairs are */
};

static enum ct_status
take_pair(const struct reading *reading)
{
    struct ct_trace_expressions *list = reading->list;
    uint64_t numbers[2];
    struct ct_item item;
    for (int i = 0; i < 2; i++) {
        CT_TRY(ct_item_next(reading->source, &item));
        if (!ct_item_u64(&item, &numbers[i]))
            return ct_item_refuse(reading->source, &item, "a pair of seen is no two numbers");
    }
    if (numbers[0] >= list->indexes.count || numbers[1] == 0 || numbers[1] > UINT16_MAX)
        return ct_item_refuse(reading->source, &item, "what is seen was not defined");
    const struct ct_trace_seen seen = {.index = indexes_of(list)[numbers[0]],
                                       .value_count = (uint32_t)numbers[1]};
    CT_TRY(append(list, &list->seen, &seen, sizeof seen));
    return ct_item_require(reading->source, CT_ITEM_END, "the end of a pair", &item);
}

static enum ct_status
take_seen(const struct reading *reading, const struct ct_item *opened)
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
take_text(const struct reading *reading, struct element *element, const struct ct_item *key,
          const struct ct_item *item)
{
    struct ct_trace_expression *expression = &element->expression;
    if (ct_item_is_text(key, "kind"))
        expression->is_assigned = ct_item_is_text(item, "assigned");
    if (!ct_item_is_text(key, "name"))
        return CT_OK;
    expression->name = ct_arena_copy(&reading->list->names, item->text, item->size);
    expression->name_size = item->size;
    return expression->name == NULL ? CT_ERR_MEMORY : CT_OK;
}

static enum ct_status
take_member(const struct reading *reading, struct element *element, const struct ct_item *key)
{
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
        element->has_id |= i == 0;
        element->has_step |= i == 1;
        return ct_item_u64(&item, numbers[i].number)
                   ? CT_OK
                   : ct_item_refuse(reading->source, &item, "%s is no number", numbers[i].name);
    }
    if (item.kind == CT_ITEM_TEXT)
        return take_text(reading, element, key, &item);
    return ct_item_skip(reading->source, &item);
}

static enum ct_status
define(const struct reading *reading, const struct element *element, const struct ct_item *item)
{
    struct ct_trace_expressions *list = reading->list;
    const uint32_t index = (uint32_t)list->expressions.count;
    if (element->id > list->indexes.count || element->expression.name == NULL ||
        list->expressions.count >= UINT32_MAX)
        return ct_item_refuse(reading->source, item, "an expression is not defined in order");
    if (element->id == list->indexes.count)
        CT_TRY(append(list, &list->indexes, &index, sizeof index));
    indexes_of(list)[element->id] = index;
    return append(list, &list->expressions, &element->expression, sizeof element->expression);
}

static enum ct_status
add_step(const struct reading *reading, const struct element *element, const struct ct_item *item)
{
    struct ct_trace_expressions *list = reading->list;
    const size_t count = list->steps.count;
    const struct seen_step step = {.step = element->step,
                                   .first = element->seen_first,
                                   .count = list->seen.count - element->seen_first};
    if (count > 0 && steps_of(list)[count - 1].step >= element->step)
        return ct_item_refuse(reading->source, item, "steps are not in order");
    return append(list, &list->steps, &step, sizeof step);
}

static enum ct_status
read_elements(const struct reading *reading)
{
    struct ct_item item;
    CT_TRY(ct_item_require(reading->source, CT_ITEM_ARRAY, "the file", &item));
    for (;;) {
        CT_TRY(ct_item_next(reading->source, &item));
        if (item.kind == CT_ITEM_END)
            return reading->source->finish(reading->source);
        if (item.kind != CT_ITEM_MAP)
            return ct_item_refuse(reading->source, &item, "an element is no object");
        struct element element = {.seen_first = reading->list->seen.count};
        for (;;) {
            CT_TRY(ct_item_next(reading->source, &item));
            if (item.kind == CT_ITEM_END)
                break;
            CT_TRY(take_member(reading, &element, &item));
        }
        if (element.has_id == element.has_step)
            return ct_item_refuse(reading->source, &item, "an element has neither id nor step");
        CT_TRY(element.has_id ? define(reading, &element, &item)
                              : add_step(reading, &element, &item));
    }
}

/* ---- depths ---- */

static int
compare_places(uint64_t line, uint64_t column, uint64_t other_line, uint64_t other_column)
{
    if (line != other_line)
        return line < other_line ? -1 : 1;
    return column < other_column ? -1 : column > other_column;
}

/* What begins first, and of those the longest. */
static int
compare_nesting(const void *left, const void *right)
{
    const struct ct_trace_expression *one = *(struct ct_trace_expression *const *)left;
    const struct ct_trace_expression *two = *(struct ct_trace_expression *const *)right;
    if (one->path_id != two->path_id)
        return one->path_id < two->path_id ? -1 : 1;
    const int order = compare_places(one->line, one->column, two->line, two->column);
    if (order != 0)
        return order;
    return compare_places(two->last_line, two->last_column, one->last_line, one->last_column);
}

static bool
contains(const struct ct_trace_expression *outer, const struct ct_trace_expression *inner)
{
    return outer->path_id == inner->path_id &&
           compare_places(outer->last_line, outer->last_column, inner->last_line,
                          inner->last_column) >= 0;
}

static bool
is_same_place(const struct ct_trace_expression *one, const struct ct_trace_expression *two)
{
    return compare_nesting(&one, &two) == 0;
}

static enum ct_status
put_depths(struct ct_trace_expressions *list)
{
    const size_t count = list->expressions.count;
    struct ct_trace_expression **order =
        ct_alloc_zeroed(list->alloc, 2 * count + 1, sizeof *order);
    if (order == NULL)
        return CT_ERR_MEMORY;
    struct ct_trace_expression **open = order + count;
    size_t open_count = 0;
    for (size_t i = 0; i < count; i++)
        order[i] = &expressions_of(list)[i];
    qsort(order, count, sizeof *order, compare_nesting);
    for (size_t i = 0; i < count; i++) {
        while (open_count > 0 && !contains(open[open_count - 1], order[i]))
            open_count--;
        if (open_count > 0 && is_same_place(open[open_count - 1], order[i])) {
            order[i]->depth = open[open_count - 1]->depth;
            continue;
        }
        order[i]->depth = (uint32_t)open_count;
        open[open_count++] = order[i];
    }
    ct_alloc_free(list->alloc, order);
    return CT_OK;
}

/* ---- the whole ---- */

enum ct_status
ct_trace_expressions_read(const char *text, size_t size, const struct ct_alloc *alloc,
                          struct ct_trace_expressions **out_list, struct ct_error *error)
{
    alloc = alloc != NULL ? alloc : ct_alloc_default();
    struct ct_trace_expressions *list = ct_alloc_zeroed(alloc, 1, sizeof *list);
    if (list == NULL)
        return CT_ERR_MEMORY;
    list->alloc = alloc;
    ct_arena_init(&list->names, alloc);
    struct ct_arena escapes; /* texts that are not as they stand in the file */
    struct ct_json_cursor cursor;
    const struct reading reading = {.source = &cursor.source, .list = list};
    ct_arena_init(&escapes, alloc);
    ct_json_cursor_init(&cursor, text, size, &escapes, FILE_NAME, error);
    enum ct_status status = read_elements(&reading);
    ct_arena_release(&escapes);
    const enum ct_status deepened = status == CT_ERR_MEMORY ? status : put_depths(list);
    status = deepened == CT_OK ? status : deepened;
    if (status == CT_ERR_MEMORY) {
        ct_trace_expressions_close(list);
        return status;
    }
    *out_list = list;
    return status;
}

enum ct_status
ct_trace_expressions_read_file(struct ct_file *file, const struct ct_alloc *alloc,
                               struct ct_trace_expressions **out_list, struct ct_error *error)
{
    uint64_t size;
    CT_TRY(file->ops->size_get(file, &size));
    if (size > FILE_SIZE_MAX)
        return ct_error_put(error, CT_ERR_LIMIT, FILE_NAME, 0, "the file is too large to be read");
    char *text = ct_alloc_zeroed(alloc, (size_t)size + 1, 1);
    if (text == NULL)
        return CT_ERR_MEMORY;
    enum ct_status status = file->ops->read_at(file, 0, text, (size_t)size);
    if (status == CT_OK)
        status = ct_trace_expressions_read(text, (size_t)size, alloc, out_list, error);
    ct_alloc_free(alloc, text);
    return status;
}

enum ct_status
ct_trace_expressions_open(const char *path, const struct ct_alloc *alloc,
                          struct ct_trace_expressions **out_list, struct ct_error *error)
{
    struct ct_trace_files files;
    *out_list = NULL;
    alloc = alloc != NULL ? alloc : ct_alloc_default();
    CT_TRY(ct_trace_files_open(path, alloc, &files, error));
    enum ct_status status = CT_ERR_NOT_FOUND;
    if (files.expressions != NULL)
        status = ct_trace_expressions_read_file(files.expressions, alloc, out_list, error);
    ct_trace_files_close(&files);
    return status;
}

void
ct_trace_expressions_close(struct ct_trace_expressions *list)
{
    if (list == NULL)
        return;
    const struct ct_alloc *alloc = list->alloc;
    ct_alloc_free(alloc, list->expressions.items);
    ct_alloc_free(alloc, list->indexes.items);
    ct_alloc_free(alloc, list->seen.items);
    ct_alloc_free(alloc, list->steps.items);
    ct_arena_release(&list->names);
    ct_alloc_free(alloc, list);
}

const struct ct_trace_seen *
ct_trace_expressions_seen(const struct ct_trace_expressions *list, uint64_t step,
                          size_t *out_count)
{
    const struct seen_step *steps = steps_of(list);
    size_t low = 0, high = list->steps.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (steps[middle].step < step)
            low = middle + 1;
        else
            high = middle;
    }
    const bool is_found = low < list->steps.count && steps[low].step == step;
    *out_count = is_found ? steps[low].count : 0;
    const struct ct_trace_seen *seen = list->seen.items;
    return *out_count > 0 ? seen + steps[low].first : NULL;
}

const struct ct_trace_expression *
ct_trace_expression_at(const struct ct_trace_expressions *list, uint32_t index)
{
    return &expressions_of(list)[index];
}

size_t
ct_trace_expressions_count(const struct ct_trace_expressions *list)
{
    return list->expressions.count;
}

uint64_t
ct_trace_expressions_step_end(const struct ct_trace_expressions *list)
{
    const size_t count = list->steps.count;
    return count > 0 ? steps_of(list)[count - 1].step + 1 : 0;
}
