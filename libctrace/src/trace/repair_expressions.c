/* trace_expressions.json of a trace that is repaired. See repair_beside.h.
 *
 * Its elements are taken as they stand, up to the last one that is whole and of a step that the new
 * trace has. */
#include "trace/expression_elements.h"
#include "trace/json_array_file.h"
#include "trace/repair_beside.h"

struct repair {
    const struct ct_repair_bounds *bounds;
    const struct ct_alloc *alloc;
    struct ct_folder *folder;
    struct ct_repair_part *part;
    struct ct_json_array_file file;
    uint64_t id_count; /* ids before this one are defined in the new file */
    bool lacks_path;   /* a definition was left out: of what comes behind none is taken */
    size_t torn_index; /* torn steps before it are passed */
};

enum verdict { TAKE, LEAVE_OUT, STOP };

/* An id that is to mean another expression from here on ends the reading where that one is left
 * out: what was seen of it would be told of the former. */
static enum verdict
judge_definition(struct repair *repair, const struct ct_expression_element *element)
{
    repair->lacks_path |= element->expression.path_id >= repair->bounds->path_count;
    if (repair->lacks_path)
        return element->id < repair->id_count ? STOP : LEAVE_OUT;
    repair->id_count += element->id == repair->id_count;
    return TAKE;
}

/* Which of a step's Values are of expressions is counted from the last one: all have to be there.
 */
static bool
is_torn(struct repair *repair, uint64_t step)
{
    const struct ct_repair_bounds *bounds = repair->bounds;
    while (repair->torn_index < bounds->torn_count &&
           bounds->torn_steps[repair->torn_index] < step)
        repair->torn_index++;
    return repair->torn_index < bounds->torn_count &&
           bounds->torn_steps[repair->torn_index] == step;
}

static enum verdict
judge_step(struct repair *repair, const struct ct_expression_element *element)
{
    if (element->step >= repair->bounds->step_count)
        return STOP;
    for (size_t i = 0; i < element->pair_count; i++) {
        if (element->pairs[i].id >= repair->id_count)
            return STOP;
    }
    return is_torn(repair, element->step) ? LEAVE_OUT : TAKE;
}

static enum ct_status
open_file(struct repair *repair)
{
    if (repair->part->is_kept)
        return CT_OK;
    repair->part->is_kept = true;
    return ct_json_array_file_init(&repair->file, repair->folder, CT_EXPRESSIONS_FILE_NAME,
                                   repair->alloc);
}

static enum ct_status
take_element(struct repair *repair, const struct ct_expression_element *element)
{
    CT_TRY(open_file(repair));
    ct_buffer_put(ct_json_array_file_append(&repair->file), element->text, element->size);
    return ct_json_array_file_is_full(&repair->file) ? ct_json_array_file_flush(&repair->file)
                                                     : CT_OK;
}

static enum ct_status
take_elements(struct repair *repair, struct ct_expression_elements *elements)
{
    struct ct_repair_part *part = repair->part;
    struct ct_expression_element element;
    for (;;) {
        const enum ct_status status =
            ct_expression_elements_next(elements, &element, &part->loss);
        part->is_cut = status == CT_ERR_FORMAT || status == CT_ERR_LIMIT;
        if (status == CT_END || part->is_cut)
            return CT_OK;
        CT_TRY(status);
        const enum verdict verdict =
            element.is_step ? judge_step(repair, &element) : judge_definition(repair, &element);
        part->is_shortened |= verdict != TAKE;
        if (verdict == STOP)
            return CT_OK;
        if (verdict == TAKE)
            CT_TRY(take_element(repair, &element));
    }
}

/* A file of which nothing can be read is not made. */
static enum ct_status
write_file(struct repair *repair, struct ct_expression_elements *elements)
{
    CT_TRY(take_elements(repair, elements));
    if (!repair->part->is_kept && repair->part->is_cut)
        return CT_OK;
    CT_TRY(open_file(repair));
    return ct_json_array_file_flush(&repair->file);
}

enum ct_status
ct_repair_expressions(struct ct_folder *from, struct ct_folder *folder,
                      const struct ct_repair_bounds *bounds, const struct ct_alloc *alloc,
                      struct ct_repair_part *out_part)
{
    struct repair repair = {
        .bounds = bounds, .alloc = alloc, .folder = folder, .part = out_part};
    struct ct_expression_elements elements;
    struct ct_file *file;
    const enum ct_status opened = from->ops->open(from, CT_EXPRESSIONS_FILE_NAME, &file);
    if (opened != CT_OK)
        return opened == CT_ERR_NOT_FOUND ? CT_OK : opened;
    out_part->is_present = true;
    enum ct_status status = ct_expression_elements_init(&elements, file, alloc);
    if (status == CT_OK)
        status = write_file(&repair, &elements);
    const enum ct_status closed =
        out_part->is_kept ? ct_json_array_file_release(&repair.file) : CT_OK;
    ct_expression_elements_release(&elements);
    const enum ct_status ignored = ct_file_close(file); /* read alone */
    (void)ignored;
    return status == CT_OK ? closed : status;
}
