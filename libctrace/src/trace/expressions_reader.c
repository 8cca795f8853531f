/* See ctrace/trace_expressions.h.
 *
 * Numbers that come again are resolved while the file is read: an index stands for one definition.
 * How deep an expression stands is found out at the end, from the places of all. */
#include "ctrace/trace_expressions.h"

#include "base/arena.h"
#include "ctrace/trace_reader.h"
#include "trace/expression_elements.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME     CT_EXPRESSIONS_FILE_NAME
#define FILE_SIZE_MAX ((uint64_t)512 << 20) /* what is kept of it takes about as much */
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

static enum ct_status
define(struct ct_trace_expressions *list, const struct ct_expression_element *element,
       struct ct_error *error)
{
    const uint32_t index = (uint32_t)list->expressions.count;
    struct ct_trace_expression expression = element->expression;
    if (list->expressions.count >= UINT32_MAX)
        return ct_error_put(error, CT_ERR_LIMIT, FILE_NAME, 0, "more expressions than can be read");
    expression.name = ct_arena_copy(&list->names, expression.name, expression.name_size);
    if (expression.name == NULL)
        return CT_ERR_MEMORY;
    if (element->id == list->indexes.count)
        CT_TRY(append(list, &list->indexes, &index, sizeof index));
    indexes_of(list)[element->id] = index;
    return append(list, &list->expressions, &expression, sizeof expression);
}

static enum ct_status
add_step(struct ct_trace_expressions *list, const struct ct_expression_element *element)
{
    const struct seen_step step = {
        .step = element->step, .first = list->seen.count, .count = element->pair_count};
    for (size_t i = 0; i < element->pair_count; i++) {
        const struct ct_expression_pair *pair = &element->pairs[i];
        const struct ct_trace_seen seen = {.index = indexes_of(list)[pair->id],
                                           .value_count = pair->value_count};
        CT_TRY(append(list, &list->seen, &seen, sizeof seen));
    }
    return append(list, &list->steps, &step, sizeof step);
}

static enum ct_status
read_elements(struct ct_trace_expressions *list, struct ct_file *file, struct ct_error *error)
{
    struct ct_expression_elements elements;
    struct ct_expression_element element;
    enum ct_status status = ct_expression_elements_init(&elements, file, list->alloc);
    while (status == CT_OK) {
        status = ct_expression_elements_next(&elements, &element, error);
        if (status == CT_OK)
            status = element.is_step ? add_step(list, &element) : define(list, &element, error);
    }
    ct_expression_elements_release(&elements);
    return status == CT_END ? CT_OK : status;
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

static enum ct_status
read_file(struct ct_file *file, const struct ct_alloc *alloc,
          struct ct_trace_expressions **out_list, struct ct_error *error)
{
    struct ct_trace_expressions *list = ct_alloc_zeroed(alloc, 1, sizeof *list);
    if (list == NULL)
        return CT_ERR_MEMORY;
    list->alloc = alloc;
    ct_arena_init(&list->names, alloc);
    enum ct_status status = read_elements(list, file, error);
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
ct_trace_expressions_read(const char *text, size_t size, const struct ct_alloc *alloc,
                          struct ct_trace_expressions **out_list, struct ct_error *error)
{
    struct ct_file *file;
    alloc = alloc != NULL ? alloc : ct_alloc_default();
    CT_TRY(ct_file_memory_open(text, size, alloc, &file));
    const enum ct_status status = read_file(file, alloc, out_list, error);
    const enum ct_status ignored = ct_file_close(file); /* read alone */
    (void)ignored;
    return status;
}

static enum ct_status
require_size(struct ct_file *file, struct ct_error *error)
{
    uint64_t size;
    CT_TRY(file->ops->size_get(file, &size));
    if (size <= FILE_SIZE_MAX)
        return CT_OK;
    return ct_error_put(error, CT_ERR_LIMIT, FILE_NAME, 0,
                        "larger than 512 MiB, which is the most that is kept in memory: "
                        "expressions are not told apart from variables");
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
        status = require_size(files.expressions, error);
    if (status == CT_OK)
        status = read_file(files.expressions, alloc, out_list, error);
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
