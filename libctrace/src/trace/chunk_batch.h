/* Chunks of events.log that are compressed together, drawn in events_format.h.
 *
 * Used by the chunk writer, and by the thread of its press. */
#ifndef CT_TRACE_CHUNK_BATCH_H
#define CT_TRACE_CHUNK_BATCH_H

#include "base/buffer.h"

#include <stdbool.h>
#include <zstd.h>

/* A chunk often takes less time than to wake a thread for it. */
#define CT_CHUNK_BATCH_MAX 8

/* What all writers use. Level 9 is a sixth smaller and several times slower. */
#define CT_CHUNK_ZSTD_LEVEL 3
/* Its tables are for megabytes of new data. A chunk repeats itself: with tables that fit the
 * processor's cache it takes a fifth to two fifths less time, and is as small. */
#define CT_CHUNK_ZSTD_HASH_LOG  14
#define CT_CHUNK_ZSTD_CHAIN_LOG 13

struct ct_chunk_cut {
    uint32_t event_count;
    size_t end; /* in the batch's events */
};

struct ct_chunk_batch {
    struct ct_buffer events; /* of its chunks, then those of an open one */
    size_t end;              /* of its last chunk in `events` */
    uint64_t event_first;    /* index in the trace of the first event */
    size_t count;
    struct ct_chunk_cut cuts[CT_CHUNK_BATCH_MAX];
    struct ct_buffer span;   /* of the index, which ends with it; empty: none does */
    struct ct_buffer sealed; /* its chunks as they stand in events.log */
    enum ct_status status;   /* of the last ct_chunk_batch_compress */
    bool is_pressed;         /* under the press's lock, while it is lent */
};

void ct_chunk_batch_init(struct ct_chunk_batch *batch, const struct ct_alloc *alloc);
void ct_chunk_batch_release(struct ct_chunk_batch *batch);
/* Empty, from that event on. Memory that is far above a usual batch's is let go of. */
void ct_chunk_batch_reset(struct ct_chunk_batch *batch, uint64_t event_first);
/* The events behind the last chunk are one, too. There is room for it. */
void ct_chunk_batch_cut(struct ct_chunk_batch *batch, uint32_t event_count);

/* NULL for want of memory. */
ZSTD_CCtx *ct_chunk_batch_compressor(void);
/* Compresses what looks like a chunk, for nothing but what the compressor has by then. */
void ct_chunk_batch_warm(ZSTD_CCtx *compressor, const struct ct_alloc *alloc);
/* Makes room in `sealed`: compressing then allocates nothing of ours. */
CT_MUST_CHECK enum ct_status ct_chunk_batch_reserve(struct ct_chunk_batch *batch);
/* Fills `sealed`, for which room was made, and `status`. */
void ct_chunk_batch_compress(struct ct_chunk_batch *batch, ZSTD_CCtx *compressor);

#endif
