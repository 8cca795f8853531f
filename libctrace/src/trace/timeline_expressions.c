/* Values of sub-expressions: Values on a step of their line, and trace_expressions.json, which says
 * what they are of. doc/format/expressions.md is the contract.
 *
 * The file is made with the first expression that is defined. The numbers of those that were seen
 * are collected until the next step. */
#include "ctrace/text.h"
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"
#include "value/json_put.h"

#define FILE_NAME "trace_expressions.json"

static enum ct_status
read_name(struct ct_timeline *timeline, struct ct_timeline_record *record, size_t size)
{
    const uint8_t *bytes;
    CT_TRY(ct_timeline_record_bytes(record, size, &bytes));
    ct_buffer_reset(&timeline->text);
    uint8_t *room = ct_buffer_reserve(&timeline->text, 4 * size + 1);
    if (room != NULL)
        timeline->text.size = ct_text_escape(bytes, size, (char *)room);
    return ct_buffer_status(&timeline->text);
}

static void
put_number(struct ct_buffer *out, const char *before, uint64_t number)
{
    ct_buffer_put_text(out, before);
    ct_json_put_u64(out, number);
}

/* Makes the file, with all that is defined so far. */
static enum ct_status
open_file(struct ct_timeline *timeline)
{
    struct ct_timeline_expressions *expressions = &timeline->expressions;
    expressions->is_open = true;
    CT_TRY(ct_json_array_file_init(&expressions->file, timeline->folder, FILE_NAME,
                                   timeline->alloc));
    for (uint32_t i = 0; i < expressions->count; i++)
        ct_buffer_put(ct_json_array_file_append(&expressions->file),
                      expressions->known[i].element, expressions->known[i].size);
    return expressions->count == 0 ? CT_OK : ct_json_array_file_flush(&expressions->file);
}

/* What was seen on the step before is an element of its own. */
static enum ct_status
put_step(struct ct_timeline *timeline)
{
    struct ct_timeline_expressions *expressions = &timeline->expressions;
    if (expressions->seen.size == 0)
        return CT_OK;
    struct ct_buffer *out = ct_json_array_file_append(&expressions->file);
    put_number(out, "{\"step\":", expressions->step);
    ct_buffer_put_text(out, ",\"seen\":[");
    ct_buffer_put(out, expressions->seen.bytes, expressions->seen.size);
    ct_buffer_put_text(out, "]}");
    enum ct_status status = ct_buffer_status(&expressions->seen);
    ct_buffer_reset(&expressions->seen);
    if (status == CT_OK && ct_json_array_file_is_full(&expressions->file))
        status = ct_json_array_file_flush(&expressions->file);
    return status;
}

/* Whose id is taken again is gone, with its code. What was seen of it so far comes before. */
static enum ct_status
make_room(struct ct_timeline *timeline, uint32_t id)
{
    struct ct_timeline_expressions *expressions = &timeline->expressions;
    if (id < expressions->count) {
        expressions->is_cut |= expressions->seen.size > 0;
        return put_step(timeline);
    }
    if (expressions->count == expressions->capacity) {
        uint32_t capacity = expressions->capacity == 0 ? 64 : expressions->capacity * 2;
        void *known = ct_alloc_resize(timeline->alloc, expressions->known,
                                      capacity * sizeof *expressions->known);
        if (known == NULL)
            return CT_ERR_MEMORY;
        expressions->known = known;
        expressions->capacity = capacity;
    }
    expressions->known[expressions->count++] = (struct ct_timeline_expression){.size = 0};
    return CT_OK;
}

static enum ct_status
keep(struct ct_timeline *timeline, uint32_t id, const struct ct_buffer *element)
{
    struct ct_timeline_expression *known = &timeline->expressions.known[id];
    char *text = ct_alloc_resize(timeline->alloc, known->element, element->size);
    if (text == NULL)
        return CT_ERR_MEMORY;
    memcpy(text, element->bytes, element->size);
    *known = (struct ct_timeline_expression){.element = text, .size = element->size};
    return CT_OK;
}

static void
put_definition(const struct ct_timeline *timeline, const struct ct_spool_expression *fixed,
               struct ct_buffer *out)
{
    const struct ct_timeline_path *path = &timeline->paths[fixed->path_id];
    put_number(out, "{\"id\":", fixed->id);
    put_number(out, ",\"path_id\":", path->writer_id);
    put_number(out, ",\"line\":", (uint64_t)ct_timeline_line(fixed->line) + path->line_offset);
    put_number(out, ",\"column\":", fixed->column);
    put_number(out, ",\"last_line\":",
               (uint64_t)ct_timeline_line(fixed->last_line) + path->line_offset);
    put_number(out, ",\"last_column\":", fixed->last_column);
    ct_buffer_put_text(out, fixed->record.flags == CT_SPOOL_EXPRESSION_ASSIGNED
                                ? ",\"kind\":\"assigned\",\"name\":"
                                : ",\"kind\":\"value\",\"name\":");
    ct_json_put_string(out, (const char *)timeline->text.bytes, timeline->text.size);
    ct_buffer_put_text(out, "}");
}

enum ct_status
ct_timeline_expression(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_expression fixed;
    struct ct_timeline_expressions *expressions = &timeline->expressions;
    if (timeline->lane != timeline->lanes[0])
        return CT_ERR_FORMAT;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    if (fixed.path_id >= timeline->path_count || !timeline->paths[fixed.path_id].is_defined ||
        record->head.flags > CT_SPOOL_EXPRESSION_ASSIGNED || fixed.id > expressions->count)
        return CT_ERR_FORMAT;
    CT_TRY(read_name(timeline, record, fixed.name_size));
    if (!expressions->is_open)
        CT_TRY(open_file(timeline));
    CT_TRY(make_room(timeline, fixed.id));
    ct_buffer_reset(&expressions->element);
    put_definition(timeline, &fixed, &expressions->element);
    CT_TRY(ct_buffer_status(&expressions->element));
    CT_TRY(keep(timeline, fixed.id, &expressions->element));
    ct_buffer_put(ct_json_array_file_append(&expressions->file), expressions->element.bytes,
                  expressions->element.size);
    return ct_json_array_file_is_full(&expressions->file)
               ? ct_json_array_file_flush(&expressions->file)
               : CT_OK;
}

static bool
has_name(const struct ct_trace_value *values, size_t count, uint64_t name_id)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i].size > 0 && values[i].name_id == name_id)
            return true;
    }
    return false;
}

/* A step shows no two values of one name: whether one of these was seen on the present one. */
static bool
is_seen_again(const struct ct_timeline *timeline)
{
    const struct ct_timeline_expressions *expressions = &timeline->expressions;
    const struct ct_timeline_args *values = &expressions->values, *watched = &timeline->watched;
    for (size_t i = 0; i < values->count; i++) {
        uint64_t name_id = values->values[i].name_id, known;
        if (has_name(watched->values, watched->count, name_id))
            return true;
        for (size_t at = 0; at < expressions->names.size; at += sizeof known) {
            memcpy(&known, expressions->names.bytes + at, sizeof known);
            if (known == name_id)
                return true;
        }
    }
    return false;
}

/* Whether what the view shows is of the innermost call, and not of a frame before. In a branch
 * steps are counted anew: there are none of calls from before it. */
static bool
has_shown(const struct ct_timeline_view *view, const struct ct_timeline_strand *strand)
{
    const uint64_t began = strand->depth == 0 ? 0 : strand->calls[strand->depth - 1].step_count;
    return began == 0 || view->last_step > began;
}

/* Makes sure that the strand's last step is of this line in this frame, and has none of them. */
static enum ct_status
stand_at(struct ct_timeline *timeline, const struct ct_spool_seen *seen,
         const struct ct_timeline_view *view, bool is_cut)
{
    const struct ct_timeline_position position = ct_timeline_place(timeline, view, seen->line);
    CT_TRY(ct_timeline_enter(timeline, position));
    struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    if (!is_cut && !timeline->is_resumed && strand->last_view == seen->view_id + 1 &&
        strand->last.path_id == position.path_id && strand->last.line == position.line &&
        !is_seen_again(timeline))
        return CT_OK;
    CT_TRY(ct_timeline_step_repeat(timeline, position,
                                   has_shown(view, strand) ? seen->view_id + 1 : 0));
    strand->last = position;
    strand->last_view = seen->view_id + 1;
    timeline->is_resumed = false;
    return CT_OK;
}

enum ct_status
ct_timeline_seen(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_seen seen;
    struct ct_trace_counts counts;
    struct ct_timeline_expressions *expressions = &timeline->expressions;
    CT_TRY(ct_timeline_record_fixed(record, &seen, sizeof seen));
    if (timeline->lane->current == CT_TIMELINE_NO_STRAND ||
        seen.expression_id >= expressions->count || !expressions->is_open)
        return CT_ERR_FORMAT;
    CT_TRY(ct_timeline_args_read(timeline, record, &expressions->values));
    const struct ct_timeline_view *view = ct_timeline_view_find(timeline, seen.view_id);
    if (view == NULL)
        return CT_ERR_FORMAT;
    if (expressions->values.count == 0 ||
        has_name(view->values, view->count, expressions->values.values[0].name_id))
        return CT_OK; /* a variable is called the same */
    ct_trace_writer_counts(timeline->writer, &counts);
    if (counts.step_count - 1 != expressions->step)
        ct_buffer_reset(&expressions->names); /* of an earlier step */
    CT_TRY(stand_at(timeline, &seen, view,
                    expressions->is_cut && counts.step_count - 1 == expressions->step));
    expressions->is_cut = false;
    CT_TRY(ct_trace_writer_values_append(timeline->writer, expressions->values.values,
                                         expressions->values.count));
    ct_trace_writer_counts(timeline->writer, &counts);
    if (counts.step_count - 1 != expressions->step) {
        CT_TRY(put_step(timeline));
        ct_buffer_reset(&expressions->names);
    }
    expressions->step = counts.step_count - 1;
    for (size_t i = 0; i < expressions->values.count; i++)
        ct_buffer_put(&expressions->names, &expressions->values.values[i].name_id,
                      sizeof expressions->values.values[i].name_id);
    CT_TRY(ct_buffer_status(&expressions->names));
    put_number(&expressions->seen, expressions->seen.size == 0 ? "[" : ",[", seen.expression_id);
    put_number(&expressions->seen, ",", expressions->values.count);
    ct_buffer_put_text(&expressions->seen, "]");
    return CT_OK;
}

uint64_t
ct_timeline_expressions_size(const struct ct_timeline *timeline)
{
    const struct ct_timeline_expressions *expressions = &timeline->expressions;
    return expressions->is_open ? expressions->file.offset + expressions->file.pending.size : 0;
}

enum ct_status
ct_timeline_expressions_flush(struct ct_timeline *timeline)
{
    if (!timeline->expressions.is_open)
        return CT_OK;
    timeline->expressions.is_cut |= timeline->expressions.seen.size > 0;
    CT_TRY(put_step(timeline));
    return ct_json_array_file_flush(&timeline->expressions.file);
}

void
ct_timeline_expressions_init(struct ct_timeline *timeline)
{
    timeline->expressions = (struct ct_timeline_expressions){.step = UINT64_MAX};
    ct_buffer_init(&timeline->expressions.seen, timeline->alloc);
    ct_buffer_init(&timeline->expressions.element, timeline->alloc);
    ct_buffer_init(&timeline->expressions.names, timeline->alloc);
}

enum ct_status
ct_timeline_expressions_branch(struct ct_timeline *timeline)
{
    struct ct_timeline_expressions *expressions = &timeline->expressions;
    if (!expressions->is_open)
        return CT_OK;
    CT_TRY(ct_json_array_file_release(&expressions->file)); /* what is pending is the parent's */
    ct_buffer_reset(&expressions->seen);
    expressions->step = UINT64_MAX;
    return open_file(timeline);
}

enum ct_status
ct_timeline_expressions_end(struct ct_timeline *timeline)
{
    struct ct_timeline_expressions *expressions = &timeline->expressions;
    if (!expressions->is_open)
        return CT_OK;
    enum ct_status status = ct_timeline_expressions_flush(timeline);
    const enum ct_status closed = ct_json_array_file_release(&expressions->file);
    expressions->is_open = false;
    return status == CT_OK ? closed : status;
}

void
ct_timeline_expressions_release(struct ct_timeline *timeline)
{
    struct ct_timeline_expressions *expressions = &timeline->expressions;
    if (expressions->is_open && ct_json_array_file_release(&expressions->file) != CT_OK)
        expressions->is_open = false; /* the caller did not ask: finish would have told */
    ct_buffer_release(&expressions->seen);
    ct_buffer_release(&expressions->element);
    for (uint32_t i = 0; i < expressions->count; i++)
        ct_alloc_free(timeline->alloc, expressions->known[i].element);
    ct_alloc_free(timeline->alloc, expressions->known);
    expressions->known = NULL;
    expressions->count = 0;
    ct_buffer_release(&expressions->names);
    ct_timeline_args_release(timeline, &expressions->values);
}
