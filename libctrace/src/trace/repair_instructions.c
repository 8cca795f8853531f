/* trace.instructions of a trace that is repaired. See repair_beside.h.
 *
 * Its chunks are taken as they stand, up to the last one that is whole; of the one in which the new
 * trace's last step is, what ran up to there. */
#include "ctrace/trace_instructions.h"
#include "trace/instructions_reader.h"
#include "trace/instructions_writer.h"
#include "trace/repair_beside.h"

#define COPY_SIZE ((size_t)1 << 20) /* so much at once: system calls do not count */

struct repair {
    const struct ct_repair_bounds *bounds;
    struct ct_file *file;
    struct ct_trace_instructions *list;
    struct ct_instructions_writer writer;
    uint64_t chunk; /* where the one begins whose runs the writer holds */
    struct ct_repair_part *part;
};

static enum ct_status
take_run(struct repair *repair, const struct ct_trace_instruction *run)
{
    const uint64_t chunk = ct_trace_instructions_chunk(repair->list);
    if (chunk != repair->chunk)
        ct_instructions_writer_reset(&repair->writer);
    repair->chunk = chunk;
    return ct_instructions_writer_run(
        &repair->writer, &(struct ct_instruction_run){.at = run->at,
                                                      .step = run->step,
                                                      .code_id = (uint32_t)run->code_id,
                                                      .position = (uint32_t)run->position,
                                                      .value = run->value,
                                                      .value_size = run->value_size});
}

/* Up to the end, the first loss, or what ran behind the trace's last step. */
static enum ct_status
read_runs(struct repair *repair)
{
    struct ct_repair_part *part = repair->part;
    struct ct_trace_instruction run;
    for (;;) {
        const enum ct_status status =
            ct_trace_instructions_next(repair->list, &run, &part->loss);
        if (status == CT_END && ct_trace_instructions_is_cut(repair->list))
            (void)ct_error_put(&part->loss, CT_ERR_FORMAT, CT_INSTRUCTIONS_FILE_NAME,
                               ct_trace_instructions_chunk(repair->list),
                               "the file ends within a chunk");
        part->is_cut = status == CT_ERR_FORMAT || status == CT_ERR_LIMIT ||
                       (status == CT_END && ct_trace_instructions_is_cut(repair->list));
        if (part->is_cut || status == CT_END)
            return CT_OK;
        CT_TRY(status);
        part->is_shortened = run.at >= repair->bounds->step_count;
        if (part->is_shortened)
            return CT_OK;
        CT_TRY(take_run(repair, &run));
    }
}

/* Before `end`. */
static enum ct_status
copy_chunks(struct repair *repair, uint64_t end, struct ct_buffer *room)
{
    uint8_t *bytes = ct_buffer_reserve(room, COPY_SIZE);
    if (bytes == NULL)
        return CT_ERR_MEMORY;
    for (uint64_t at = CT_INSTRUCTIONS_HEAD_SIZE; at < end;) {
        const size_t size = end - at < COPY_SIZE ? (size_t)(end - at) : COPY_SIZE;
        CT_TRY(repair->file->ops->read_at(repair->file, at, bytes, size));
        CT_TRY(ct_instructions_writer_chunks(&repair->writer, bytes, size));
        at += size;
    }
    return CT_OK;
}

/* The chunk in which the reading ended is made anew, of the runs that came before. */
static enum ct_status
write_file(struct repair *repair, const struct ct_alloc *alloc)
{
    struct ct_buffer room;
    CT_TRY(read_runs(repair));
    const uint64_t end = ct_trace_instructions_chunk(repair->list);
    ct_buffer_init(&room, alloc);
    const enum ct_status status = copy_chunks(repair, end, &room);
    ct_buffer_release(&room);
    CT_TRY(status);
    if (repair->chunk != end)
        ct_instructions_writer_reset(&repair->writer);
    return ct_instructions_writer_flush(&repair->writer);
}

/* A file of which not even the head can be read is not made. */
static enum ct_status
repair_file(struct repair *repair, struct ct_folder *folder, const struct ct_alloc *alloc)
{
    struct ct_repair_part *part = repair->part;
    enum ct_status status =
        ct_trace_instructions_read(repair->file, alloc, &repair->list, &part->loss);
    part->is_cut = status == CT_ERR_FORMAT || status == CT_ERR_LIMIT;
    if (status != CT_OK)
        return part->is_cut ? CT_OK : status;
    part->is_kept = true;
    status = ct_instructions_writer_init(&repair->writer, folder, alloc);
    if (status == CT_OK)
        status = write_file(repair, alloc);
    const enum ct_status closed = ct_instructions_writer_release(&repair->writer);
    ct_trace_instructions_close(repair->list);
    return status == CT_OK ? closed : status;
}

enum ct_status
ct_repair_instructions(struct ct_folder *from, struct ct_folder *folder,
                       const struct ct_repair_bounds *bounds, const struct ct_alloc *alloc,
                       struct ct_repair_part *out_part)
{
    struct repair repair = {.bounds = bounds, .part = out_part};
    const enum ct_status opened = from->ops->open(from, CT_INSTRUCTIONS_FILE_NAME, &repair.file);
    if (opened != CT_OK)
        return opened == CT_ERR_NOT_FOUND ? CT_OK : opened;
    out_part->is_present = true;
    const enum ct_status status = repair_file(&repair, folder, alloc);
    const enum ct_status ignored = ct_file_close(repair.file); /* read alone */
    (void)ignored;
    return status;
}
