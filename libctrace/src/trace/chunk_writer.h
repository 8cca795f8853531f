/* Collects events and seals them into the chunks of events.log, drawn in events_format.h.
 *
 * Used by the combined sink. A chunk is sealed when it is full: at CT_CHUNK_EVENT_MAX events, or
 * earlier when its bytes are many. A sealed chunk is visible to readers at once. */
#ifndef CT_TRACE_CHUNK_WRITER_H
#define CT_TRACE_CHUNK_WRITER_H

#include "base/buffer.h"
#include "container/container_writer.h"

#include <stdbool.h>
#include <zstd.h>

/* Seal a chunk that has so many bytes, whatever its events: bounds our memory and a reader's. A
 * chunk of 4096 usual values has a tenth of it. */
#define CT_CHUNK_SIZE_FULL ((size_t)4 << 20)

/* What all writers use. Level 9 is a sixth smaller and several times slower. */
#define CT_CHUNK_ZSTD_LEVEL 3
/* Its tables are for megabytes of new data. A chunk repeats itself: with tables that fit the
 * processor's cache it takes a fifth to two fifths less time, and is as small. */
#define CT_CHUNK_ZSTD_HASH_LOG  14
#define CT_CHUNK_ZSTD_CHAIN_LOG 13

struct ct_chunk_writer {
    struct ct_container_writer *container; /* borrowed */
    uint32_t file_index;                   /* of events.log in it */
    struct ct_buffer events;               /* of the open chunk; append to it, then account */
    uint32_t event_count;                  /* in the open chunk */
    uint64_t event_first;                  /* index in the trace of its first event */
    uint64_t log_size;                     /* bytes of all sealed chunks */
    struct ct_buffer sealed;               /* the last sealed chunk's bytes; room to reuse */
    ZSTD_CCtx *compressor;
};

CT_MUST_CHECK enum ct_status ct_chunk_writer_init(struct ct_chunk_writer *writer,
                                                  struct ct_container_writer *container,
                                                  uint32_t file_index,
                                                  const struct ct_alloc *alloc);
void ct_chunk_writer_release(struct ct_chunk_writer *writer);

/* How many more events the open chunk takes; at least 1. */
size_t ct_chunk_writer_room(const struct ct_chunk_writer *writer);
/* `count` events (at most the room) were appended to `events`. */
CT_MUST_CHECK enum ct_status ct_chunk_writer_account(struct ct_chunk_writer *writer, size_t count,
                                                     bool *out_is_full);
/* Compresses, appends and publishes the open chunk, which has events, and starts the next. */
CT_MUST_CHECK enum ct_status ct_chunk_writer_seal(struct ct_chunk_writer *writer);

#endif
