/* Collects events and seals them into the chunks of events.log, drawn in events_format.h.
 *
 * Used by the combined sink. A chunk is cut when it is full: at CT_CHUNK_EVENT_MAX events, or
 * earlier when its bytes are many. With a second core batches of them are compressed while the next
 * one fills; without it a batch is one chunk. What was pressed is visible to readers once it is
 * settled. */
#ifndef CT_TRACE_CHUNK_WRITER_H
#define CT_TRACE_CHUNK_WRITER_H

#include "base/buffer.h"
#include "container/container_writer.h"
#include "trace/chunk_batch.h"
#include "trace/chunk_press.h"

#include <stdbool.h>

/* Cut a chunk that has so many bytes, whatever its events: bounds our memory and a reader's. A
 * chunk of 4096 usual values has a tenth of it. */
#define CT_CHUNK_SIZE_FULL ((size_t)4 << 20)
/* Press a batch that has so many. With a chunk more in each, and room for what they are compressed
 * to, the writer's four batches have 40 MiB at most, but for single events of more. */
#define CT_CHUNK_BATCH_SIZE_FULL ((size_t)1 << 20)

struct ct_chunk_writer {
    struct ct_container_writer *container; /* borrowed */
    uint32_t file_index;                   /* of events.log in it */
    struct ct_chunk_batch *batch;          /* append to its events, then account */
    uint32_t event_count;                  /* in the open chunk */
    uint64_t event_first;                  /* index in the trace of its first event */
    uint64_t log_size;                     /* bytes of all chunks that are in events.log */
    struct ct_chunk_batch batches[CT_CHUNK_PRESS_MAX + 1]; /* a ring; `batch` is one of them */
    unsigned due_first;                                    /* the first of the pressed ones … */
    unsigned due_count; /* … that are not in events.log yet; `batch` follows them */
    enum ct_status status; /* of the first batch that did not get there: none may follow */
    bool has_second_core;
    bool is_warm; /* the compressor has compressed something */
    ZSTD_CCtx *compressor;
    struct ct_chunk_press *press; /* NULL: the first full batch was not yet, or no thread */
};

/* `has_second_core`: a thread is started for the first batch that is worth it. */
CT_MUST_CHECK enum ct_status ct_chunk_writer_init(struct ct_chunk_writer *writer,
                                                  struct ct_container_writer *container,
                                                  uint32_t file_index, bool has_second_core,
                                                  const struct ct_alloc *alloc);
/* Compresses a chunk that is none, once, so that the first one finds the compressor's memory there.
 * Nothing is due. */
void ct_chunk_writer_warm(struct ct_chunk_writer *writer);
/* What is not in events.log yet is dropped. */
void ct_chunk_writer_release(struct ct_chunk_writer *writer);

/* How many more events the open chunk takes; at least 1. */
size_t ct_chunk_writer_room(const struct ct_chunk_writer *writer);
/* `count` events (at most the room) were appended to the batch's. */
CT_MUST_CHECK enum ct_status ct_chunk_writer_account(struct ct_chunk_writer *writer, size_t count,
                                                     bool *out_is_full);
/* Cuts the open chunk, which has events, and starts the next. Its size. */
size_t ct_chunk_writer_cut(struct ct_chunk_writer *writer);
/* Whether the batch is to be pressed before another chunk is cut. */
bool ct_chunk_writer_is_batch_full(const struct ct_chunk_writer *writer);
/* Compresses the batch's chunks, now or in the thread, and starts the next, which takes over the
 * open chunk. Fewer than CT_CHUNK_PRESS_MAX batches are due. CT_ERR_STATE in a process that was
 * forked off the writer's: there is no thread. */
CT_MUST_CHECK enum ct_status ct_chunk_writer_press(struct ct_chunk_writer *writer);
/* Appends the first batch that is due to events.log, and publishes it. `*out_batch` is valid until
 * the next press. After a failure it fails always. */
CT_MUST_CHECK enum ct_status ct_chunk_writer_settle(struct ct_chunk_writer *writer,
                                                    const struct ct_chunk_batch **out_batch);

#endif
