/* Chunks of events.log, sealed one by one. See chunk_writer.h. */
#include "trace/chunk_writer.h"

#include "trace/events_format.h"

static void
set_parameter(struct ct_chunk_writer *writer, ZSTD_cParameter parameter, int value)
{
    const size_t result = ZSTD_CCtx_setParameter(writer->compressor, parameter, value);
    CT_CHECK(!ZSTD_isError(result));
}

enum ct_status
ct_chunk_writer_init(struct ct_chunk_writer *writer, struct ct_container_writer *container,
                     uint32_t file_index, const struct ct_alloc *alloc)
{
    *writer = (struct ct_chunk_writer){.container = container, .file_index = file_index};
    ct_buffer_init(&writer->events, alloc);
    ct_buffer_init(&writer->sealed, alloc);
    writer->compressor = ZSTD_createCCtx();
    if (writer->compressor == NULL)
        return CT_ERR_MEMORY;
    set_parameter(writer, ZSTD_c_compressionLevel, CT_CHUNK_ZSTD_LEVEL);
    set_parameter(writer, ZSTD_c_hashLog, CT_CHUNK_ZSTD_HASH_LOG);
    set_parameter(writer, ZSTD_c_chainLog, CT_CHUNK_ZSTD_CHAIN_LOG);
    return CT_OK;
}

void
ct_chunk_writer_release(struct ct_chunk_writer *writer)
{
    ZSTD_freeCCtx(writer->compressor);
    writer->compressor = NULL;
    ct_buffer_release(&writer->events);
    ct_buffer_release(&writer->sealed);
}

size_t
ct_chunk_writer_room(const struct ct_chunk_writer *writer)
{
    return CT_CHUNK_EVENT_MAX - writer->event_count;
}

enum ct_status
ct_chunk_writer_account(struct ct_chunk_writer *writer, size_t count, bool *out_is_full)
{
    CT_TRY(ct_buffer_status(&writer->events));
    writer->event_count += (uint32_t)count;
    *out_is_full =
        writer->event_count == CT_CHUNK_EVENT_MAX || writer->events.size >= CT_CHUNK_SIZE_FULL;
    return CT_OK;
}

/* Head and frame go into one buffer, so that the container gets a whole chunk or nothing. */
static enum ct_status
compress_events(struct ct_chunk_writer *writer)
{
    struct ct_buffer *sealed = &writer->sealed;
    const size_t bound = ZSTD_compressBound(writer->events.size);
    ct_buffer_reset(sealed);
    uint8_t *head = ct_buffer_reserve(sealed, CT_CHUNK_HEAD_SIZE + bound);
    if (head == NULL)
        return ct_buffer_status(sealed);
    /* Single-shot: the frame then carries its content size, without which one reader crashes. */
    const size_t frame_size = ZSTD_compress2(writer->compressor, head + CT_CHUNK_HEAD_SIZE, bound,
                                             writer->events.bytes, writer->events.size);
    if (ZSTD_isError(frame_size))
        return CT_ERR_MEMORY; /* what else could fail: the room suffices, the parameters are ours */
    if (frame_size > UINT32_MAX)
        return CT_ERR_LIMIT;
    ct_buffer_put_u32(sealed, (uint32_t)frame_size);
    ct_buffer_put_u32(sealed, writer->event_count);
    ct_buffer_put_u64(sealed, writer->event_first);
    sealed->size += frame_size;
    return ct_buffer_status(sealed);
}

enum ct_status
ct_chunk_writer_seal(struct ct_chunk_writer *writer)
{
    CT_TRY(ct_buffer_status(&writer->events));
    CT_TRY(compress_events(writer));
    CT_TRY(ct_container_writer_append(writer->container, writer->file_index, writer->sealed.bytes,
                                      writer->sealed.size));
    CT_TRY(ct_container_writer_publish(writer->container, writer->file_index));
    writer->log_size += writer->sealed.size;
    writer->event_first += writer->event_count;
    writer->event_count = 0;
    ct_buffer_reset(&writer->events);
    return CT_OK;
}
