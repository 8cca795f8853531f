/* See instructions_writer.h. */
#include "trace/instructions_writer.h"

#include "base/crc32.h"

#define ZSTD_LEVEL 3 /* as the trace's own chunks */

static enum ct_status
write_head(struct ct_instructions_writer *writer)
{
    struct ct_buffer *head = &writer->sealed;
    ct_buffer_put(head, CT_INSTRUCTIONS_MAGIC, CT_INSTRUCTIONS_MAGIC_SIZE);
    ct_buffer_put_u32(head, CT_INSTRUCTIONS_VERSION);
    ct_buffer_put_u32(head, 0);
    CT_TRY(ct_buffer_status(head));
    CT_TRY(writer->file->ops->write_at(writer->file, 0, head->bytes, head->size));
    writer->size = head->size;
    return CT_OK;
}

enum ct_status
ct_instructions_writer_init(struct ct_instructions_writer *writer, struct ct_folder *folder,
                            const struct ct_alloc *alloc)
{
    *writer = (struct ct_instructions_writer){0};
    ct_buffer_init(&writer->code, alloc);
    ct_buffer_init(&writer->runs, alloc);
    ct_buffer_init(&writer->sealed, alloc);
    writer->compressor = ZSTD_createCCtx();
    if (writer->compressor == NULL)
        return CT_ERR_MEMORY;
    const size_t result =
        ZSTD_CCtx_setParameter(writer->compressor, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    CT_CHECK(!ZSTD_isError(result));
    CT_TRY(folder->ops->create(folder, CT_INSTRUCTIONS_FILE_NAME, &writer->file));
    return write_head(writer);
}

/* A chunk, in one write. */
static enum ct_status
seal(struct ct_instructions_writer *writer, uint32_t kind, struct ct_buffer *entries,
     uint32_t count, uint64_t first)
{
    struct ct_buffer *sealed = &writer->sealed;
    const size_t bound = ZSTD_compressBound(entries->size);
    CT_TRY(ct_buffer_status(entries));
    ct_buffer_reset(sealed);
    uint8_t *head = ct_buffer_reserve(sealed, CT_INSTRUCTIONS_CHUNK_HEAD_SIZE + bound);
    if (head == NULL)
        return ct_buffer_status(sealed);
    uint8_t *frame = head + CT_INSTRUCTIONS_CHUNK_HEAD_SIZE;
    const size_t frame_size =
        ZSTD_compress2(writer->compressor, frame, bound, entries->bytes, entries->size);
    if (ZSTD_isError(frame_size))
        return CT_ERR_MEMORY; /* what else could fail: the room suffices, the parameters are ours */
    ct_buffer_put_u32(sealed, kind);
    ct_buffer_put_u32(sealed, (uint32_t)frame_size);
    ct_buffer_put_u32(sealed, (uint32_t)entries->size);
    ct_buffer_put_u32(sealed, ct_crc32(frame, frame_size));
    ct_buffer_put_u64(sealed, first);
    ct_buffer_put_u32(sealed, count);
    ct_buffer_put_u32(sealed, ct_crc32(head, CT_INSTRUCTIONS_CHUNK_HEAD_SIZE - sizeof(uint32_t)));
    sealed->size += frame_size;
    CT_TRY(writer->file->ops->write_at(writer->file, writer->size, sealed->bytes, sealed->size));
    writer->size += sealed->size;
    ct_buffer_reset(entries);
    return CT_OK;
}

static enum ct_status
seal_code(struct ct_instructions_writer *writer)
{
    const uint32_t count = writer->code_count;
    writer->code_count = 0;
    return count == 0 ? CT_OK
                      : seal(writer, CT_INSTRUCTIONS_CHUNK_CODE, &writer->code, count, 0);
}

enum ct_status
ct_instructions_writer_flush(struct ct_instructions_writer *writer)
{
    const uint32_t count = writer->run_count;
    CT_TRY(seal_code(writer));
    writer->run_count = 0;
    return count == 0 ? CT_OK
                      : seal(writer, CT_INSTRUCTIONS_CHUNK_RUNS, &writer->runs, count,
                             writer->run_first);
}

enum ct_status
ct_instructions_writer_code(struct ct_instructions_writer *writer, const void *bytes, size_t size,
                            uint32_t count)
{
    if (writer->code.size + size > CT_INSTRUCTIONS_CHUNK_SIZE_FULL)
        CT_TRY(seal_code(writer));
    ct_buffer_put(&writer->code, bytes, size);
    writer->code_count += count;
    return ct_buffer_status(&writer->code);
}

enum ct_status
ct_instructions_writer_run(struct ct_instructions_writer *writer,
                           const struct ct_instruction_run *run)
{
    struct ct_buffer *runs = &writer->runs;
    if (writer->run_count++ == 0)
        writer->run_first = writer->run_last = run->at;
    ct_buffer_put_varint(runs, run->at - writer->run_last);
    ct_buffer_put_varint(runs, run->at - run->step);
    ct_buffer_put_varint(runs, run->code_id);
    ct_buffer_put_varint(runs, run->position);
    ct_buffer_put_u8(runs, run->value != NULL);
    if (run->value != NULL) {
        ct_buffer_put_varint(runs, run->value_size);
        ct_buffer_put(runs, run->value, run->value_size);
    }
    writer->run_last = run->at;
    return ct_buffer_status(runs);
}

enum ct_status
ct_instructions_writer_chunks(struct ct_instructions_writer *writer, const void *bytes,
                              size_t size)
{
    CT_TRY(writer->file->ops->write_at(writer->file, writer->size, bytes, size));
    writer->size += size;
    return CT_OK;
}

void
ct_instructions_writer_reset(struct ct_instructions_writer *writer)
{
    ct_buffer_reset(&writer->runs);
    writer->run_count = 0;
}

enum ct_status
ct_instructions_writer_release(struct ct_instructions_writer *writer)
{
    struct ct_file *file = writer->file;
    ZSTD_freeCCtx(writer->compressor);
    ct_buffer_release(&writer->code);
    ct_buffer_release(&writer->runs);
    ct_buffer_release(&writer->sealed);
    writer->compressor = NULL;
    writer->file = NULL;
    return ct_file_close(file);
}
