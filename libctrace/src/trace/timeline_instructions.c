/* Instructions of the VM as they ran: trace.instructions, which nothing else of the trace depends
 * on. doc/format/instructions.md is the contract.
 *
 * The file is made with the first code that is defined. An instruction belongs to the newest step
 * of its frame, which its view tells; it makes none. */
#include "ctrace/text.h"
#include "trace/instructions_format.h"
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"
#include "value/snapshot_brief.h"

/* A text of the producer's, valid UTF-8 and bounded. */
static enum ct_status
put_text(struct ct_timeline *timeline, struct ct_timeline_record *record, size_t size,
         struct ct_buffer *out)
{
    const uint8_t *bytes;
    CT_TRY(ct_timeline_record_bytes(record, size, &bytes));
    ct_buffer_reset(&timeline->text);
    char *room = (char *)ct_buffer_reserve(&timeline->text, 4 * size + 1);
    CT_TRY(ct_buffer_status(&timeline->text));
    const size_t escaped_size = ct_text_escape(bytes, size, room);
    const size_t shown = ct_text_prefix_size(room, escaped_size, CT_INSTRUCTIONS_TEXT_SIZE_MAX);
    timeline->instructions.text_size += shown + 1;
    ct_buffer_put_varint(out, shown);
    ct_buffer_put(out, room, shown);
    return CT_OK;
}

static enum ct_status
put_code(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    struct ct_spool_code fixed;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    if (fixed.path_id >= timeline->path_count || !timeline->paths[fixed.path_id].is_defined ||
        fixed.id != instructions->code_count)
        return CT_ERR_FORMAT;
    instructions->code_count++;
    ct_buffer_put_u8(&instructions->code, CT_INSTRUCTIONS_ENTRY_CODE);
    ct_buffer_put_varint(&instructions->code, fixed.id);
    ct_buffer_put_varint(&instructions->code, timeline->paths[fixed.path_id].writer_id);
    instructions->line_offset = timeline->paths[fixed.path_id].line_offset;
    return put_text(timeline, record, fixed.label_size, &instructions->code);
}

static enum ct_status
put_instruction(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    struct ct_spool_instruction fixed;
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    if (instructions->code_count == 0)
        return CT_ERR_FORMAT;
    instructions->instruction_count++;
    ct_buffer_put_u8(&instructions->code, CT_INSTRUCTIONS_ENTRY_INSTRUCTION);
    ct_buffer_put_varint(&instructions->code, fixed.position);
    ct_buffer_put_varint(&instructions->code,
                         (uint64_t)ct_timeline_line(fixed.line) + instructions->line_offset);
    CT_TRY(put_text(timeline, record, fixed.opcode_size, &instructions->code));
    return put_text(timeline, record, fixed.operands_size, &instructions->code);
}

static bool
is_too_much(const struct ct_timeline_instructions *instructions)
{
    return instructions->code_count > CT_INSTRUCTIONS_CODE_COUNT_MAX ||
           instructions->instruction_count > CT_INSTRUCTIONS_COUNT_MAX ||
           instructions->text_size > CT_INSTRUCTIONS_CODE_TEXT_MAX;
}

/* The rest of the recording goes on without. */
static enum ct_status
end_early(struct ct_timeline *timeline, size_t start)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    instructions->is_over = true;
    instructions->code.size = start;
    if (timeline->facts.limit.size == 0)
        ct_buffer_put_text(&timeline->facts.limit, "trace.instructions ends before the trace: "
                                                   "there was more code than can be read");
    return CT_OK;
}

/* The entry that was appended last goes into the file. */
static enum ct_status
write_entry(struct ct_timeline *timeline, size_t start)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    const uint64_t end = instructions->code.size;
    ct_buffer_put(&instructions->entry_ends, &end, sizeof end);
    CT_TRY(ct_buffer_status(&instructions->code));
    CT_TRY(ct_buffer_status(&instructions->entry_ends));
    return ct_instructions_writer_code(&instructions->writer, instructions->code.bytes + start,
                                       instructions->code.size - start, 1);
}

static enum ct_status
open_file(struct ct_timeline *timeline)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    instructions->is_open = true;
    return ct_instructions_writer_init(&instructions->writer, timeline->folder, timeline->alloc);
}

enum ct_status
ct_timeline_code(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    const size_t start = instructions->code.size;
    if (timeline->lane != timeline->lanes[0])
        return CT_ERR_FORMAT;
    if (instructions->is_over)
        return CT_OK;
    if (!instructions->is_open)
        CT_TRY(open_file(timeline));
    CT_TRY(record->head.kind == CT_SPOOL_CODE ? put_code(timeline, record)
                                              : put_instruction(timeline, record));
    return is_too_much(instructions) ? end_early(timeline, start) : write_entry(timeline, start);
}

/* hot */
static inline enum ct_status
read_value(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    struct ct_timeline_item item = {0};
    CT_TRY(ct_timeline_record_item(record, &item));
    if (item.size == 0)
        return ct_snapshot_brief_word(&timeline->decoder, item.word, &instructions->value);
    return ct_snapshot_brief(&timeline->decoder, item.bytes, item.size, &instructions->scratch,
                             &instructions->value);
}

/* The newest step of the frame; before its first line that of its call, or of all. A view may have
 * been another frame's before. */
static uint64_t
step_of(struct ct_timeline *timeline, const struct ct_spool_ran *ran, uint64_t at)
{
    const struct ct_timeline_view *view = ct_timeline_view_find(timeline, ran->view_id);
    const struct ct_timeline_lane *lane = timeline->lane;
    if (ran->line == 0 || view == NULL || lane->current == CT_TIMELINE_NO_STRAND)
        return at;
    const struct ct_timeline_strand *strand = ct_timeline_current(timeline);
    const uint64_t began = strand->depth == 0 ? 0 : strand->calls[strand->depth - 1].step_count;
    return view->last_step > began ? view->last_step - 1 : at;
}

/* Behind their steps: wherever the writer ends, these are in the trace's file. */
static enum ct_status
write_runs(struct ct_timeline *timeline)
{
    CT_TRY(ct_trace_writer_flush(timeline->writer));
    return ct_instructions_writer_flush(&timeline->instructions.writer);
}

enum ct_status
ct_timeline_ran(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    struct ct_spool_ran ran;
    if (instructions->is_over)
        return CT_OK;
    CT_TRY(ct_timeline_record_fixed(record, &ran, sizeof ran));
    if (!instructions->is_open || ran.code_id >= instructions->code_count || ran.record.count > 1)
        return CT_ERR_FORMAT;
    if (ran.record.count > 0)
        CT_TRY(read_value(timeline, record));
    const uint64_t count = ct_trace_writer_step_count(timeline->writer);
    const uint64_t at = count == 0 ? 0 : count - 1;
    struct ct_instruction_run run = {.at = at,
                                     .step = step_of(timeline, &ran, at),
                                     .code_id = ran.code_id,
                                     .position = ran.position};
    if (ran.record.count > 0) {
        run.value = instructions->value.size > 0 ? (const char *)instructions->value.bytes : "";
        run.value_size = instructions->value.size;
    }
    CT_TRY(ct_instructions_writer_run(&instructions->writer, &run));
    return ct_instructions_writer_is_full(&instructions->writer) ? write_runs(timeline) : CT_OK;
}

enum ct_status
ct_timeline_instructions_flush(struct ct_timeline *timeline)
{
    if (!timeline->instructions.is_open)
        return CT_OK;
    return ct_instructions_writer_flush(&timeline->instructions.writer);
}

void
ct_timeline_instructions_init(struct ct_timeline *timeline)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    *instructions = (struct ct_timeline_instructions){.is_open = false};
    ct_buffer_init(&instructions->code, timeline->alloc);
    ct_buffer_init(&instructions->entry_ends, timeline->alloc);
    ct_buffer_init(&instructions->value, timeline->alloc);
    ct_buffer_init(&instructions->scratch, timeline->alloc);
}

/* The branch counts its steps anew. */
static void
forget_steps(struct ct_timeline *timeline)
{
    for (size_t i = 0; i < timeline->lane->view_count; i++)
        timeline->lane->views[i].last_step = 0;
    for (size_t i = 0; i < timeline->strand_count; i++) {
        struct ct_timeline_strand *strand = timeline->strands[i];
        for (size_t depth = 0; strand != NULL && depth < strand->depth; depth++)
            strand->calls[depth].step_count = 0;
    }
}

/* All that is defined so far, entry by entry: a chunk has its bounds. */
enum ct_status
ct_timeline_instructions_branch(struct ct_timeline *timeline)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    forget_steps(timeline);
    if (!instructions->is_open)
        return CT_OK;
    CT_TRY(ct_instructions_writer_release(&instructions->writer)); /* what is open: the parent's */
    CT_TRY(open_file(timeline));
    uint64_t start = 0, end;
    for (size_t at = 0; at < instructions->entry_ends.size; at += sizeof end) {
        memcpy(&end, instructions->entry_ends.bytes + at, sizeof end);
        CT_TRY(ct_instructions_writer_code(&instructions->writer,
                                           instructions->code.bytes + start,
                                           (size_t)(end - start), 1));
        start = end;
    }
    return ct_instructions_writer_flush(&instructions->writer);
}

enum ct_status
ct_timeline_instructions_end(struct ct_timeline *timeline)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    if (!instructions->is_open)
        return CT_OK;
    const enum ct_status status = ct_instructions_writer_flush(&instructions->writer);
    const enum ct_status closed = ct_instructions_writer_release(&instructions->writer);
    instructions->is_open = false;
    return status == CT_OK ? closed : status;
}

void
ct_timeline_instructions_release(struct ct_timeline *timeline)
{
    struct ct_timeline_instructions *instructions = &timeline->instructions;
    if (instructions->is_open && ct_instructions_writer_release(&instructions->writer) != CT_OK)
        instructions->is_open = false; /* the caller did not ask: finish would have told */
    ct_buffer_release(&instructions->code);
    ct_buffer_release(&instructions->entry_ends);
    ct_buffer_release(&instructions->value);
    ct_buffer_release(&instructions->scratch);
}
