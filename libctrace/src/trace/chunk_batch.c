/* See chunk_batch.h. */
#include "trace/chunk_batch.h"

#include "trace/events_format.h"

#include <string.h>

#define KEPT_SIZE_MAX ((size_t)8 << 20)

/* A usual chunk: so large, and something new each time that it has so many bytes more. */
#define WARM_SIZE ((size_t)128 << 10)
#define WARM_STEP ((size_t)512)

struct cut_events {
    const uint8_t *bytes;
    size_t size;
    uint64_t first; /* index in the trace */
    uint32_t count;
};

void
ct_chunk_batch_init(struct ct_chunk_batch *batch, const struct ct_alloc *alloc)
{
    *batch = (struct ct_chunk_batch){.status = CT_OK};
    ct_buffer_init(&batch->events, alloc);
    ct_buffer_init(&batch->span, alloc);
    ct_buffer_init(&batch->sealed, alloc);
}

void
ct_chunk_batch_release(struct ct_chunk_batch *batch)
{
    ct_buffer_release(&batch->events);
    ct_buffer_release(&batch->span);
    ct_buffer_release(&batch->sealed);
}

static void
reset_buffer(struct ct_buffer *buffer)
{
    const struct ct_alloc *alloc = buffer->alloc;
    if (buffer->capacity > KEPT_SIZE_MAX) {
        ct_buffer_release(buffer);
        ct_buffer_init(buffer, alloc);
    }
    ct_buffer_reset(buffer);
}

void
ct_chunk_batch_reset(struct ct_chunk_batch *batch, uint64_t event_first)
{
    reset_buffer(&batch->events);
    reset_buffer(&batch->sealed);
    ct_buffer_reset(&batch->span);
    batch->end = 0;
    batch->event_first = event_first;
    batch->count = 0;
}

void
ct_chunk_batch_cut(struct ct_chunk_batch *batch, uint32_t event_count)
{
    CT_CHECK(batch->count < CT_CHUNK_BATCH_MAX);
    batch->end = batch->events.size;
    batch->cuts[batch->count++] = (struct ct_chunk_cut){event_count, batch->end};
}

static void
set_parameter(ZSTD_CCtx *compressor, ZSTD_cParameter parameter, int value)
{
    const size_t result = ZSTD_CCtx_setParameter(compressor, parameter, value);
    CT_CHECK(!ZSTD_isError(result));
}

ZSTD_CCtx *
ct_chunk_batch_compressor(void)
{
    ZSTD_CCtx *compressor = ZSTD_createCCtx();
    if (compressor == NULL)
        return NULL;
    set_parameter(compressor, ZSTD_c_compressionLevel, CT_CHUNK_ZSTD_LEVEL);
    set_parameter(compressor, ZSTD_c_hashLog, CT_CHUNK_ZSTD_HASH_LOG);
    set_parameter(compressor, ZSTD_c_chainLog, CT_CHUNK_ZSTD_CHAIN_LOG);
    return compressor;
}

void
ct_chunk_batch_warm(ZSTD_CCtx *compressor, const struct ct_alloc *alloc)
{
    const size_t bound = ZSTD_compressBound(WARM_SIZE);
    uint8_t *bytes = ct_alloc_zeroed(alloc, WARM_SIZE + bound, 1);
    if (bytes == NULL)
        return;
    for (size_t i = 0; i < WARM_SIZE; i += WARM_STEP)
        memcpy(bytes + i, &i, sizeof i);
    (void)ZSTD_compress2(compressor, bytes + WARM_SIZE, bound, bytes, WARM_SIZE);
    ct_alloc_free(alloc, bytes);
}

enum ct_status
ct_chunk_batch_reserve(struct ct_chunk_batch *batch)
{
    size_t size = 0;
    size_t start = 0;
    for (size_t i = 0; i < batch->count; i++) {
        size += CT_CHUNK_HEAD_SIZE + ZSTD_compressBound(batch->cuts[i].end - start);
        start = batch->cuts[i].end;
    }
    ct_buffer_reset(&batch->sealed);
    (void)ct_buffer_reserve(&batch->sealed, size);
    return ct_buffer_status(&batch->sealed);
}

static enum ct_status
compress_chunk(struct ct_buffer *sealed, const struct cut_events *events, ZSTD_CCtx *compressor)
{
    const size_t bound = ZSTD_compressBound(events->size);
    uint8_t *head = ct_buffer_reserve(sealed, CT_CHUNK_HEAD_SIZE + bound);
    if (head == NULL)
        return ct_buffer_status(sealed);
    /* Single-shot: the frame then carries its content size, without which one reader crashes. */
    const size_t frame_size = ZSTD_compress2(compressor, head + CT_CHUNK_HEAD_SIZE, bound,
                                             events->bytes, events->size);
    if (ZSTD_isError(frame_size))
        return CT_ERR_MEMORY; /* what else could fail: the room suffices, the parameters are ours */
    if (frame_size > UINT32_MAX)
        return CT_ERR_LIMIT;
    ct_buffer_put_u32(sealed, (uint32_t)frame_size);
    ct_buffer_put_u32(sealed, events->count);
    ct_buffer_put_u64(sealed, events->first);
    sealed->size += frame_size;
    return ct_buffer_status(sealed);
}

static enum ct_status
compress_chunks(struct ct_chunk_batch *batch, ZSTD_CCtx *compressor)
{
    uint64_t event_first = batch->event_first;
    size_t start = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct ct_chunk_cut *cut = &batch->cuts[i];
        const struct cut_events events = {batch->events.bytes + start, cut->end - start,
                                             event_first, cut->event_count};
        CT_TRY(compress_chunk(&batch->sealed, &events, compressor));
        event_first += cut->event_count;
        start = cut->end;
    }
    return CT_OK;
}

void
ct_chunk_batch_compress(struct ct_chunk_batch *batch, ZSTD_CCtx *compressor)
{
    batch->status = compress_chunks(batch, compressor);
}
