/* A thread that compresses chunks of events.log beside the one that fills the next ones.
 *
 * Used by the chunk writer. zstd takes half of a writer's time and needs nothing but the bytes. See
 * doc/design/compressing-aside.md. */
#ifndef CT_TRACE_CHUNK_PRESS_H
#define CT_TRACE_CHUNK_PRESS_H

#include "trace/chunk_batch.h"

#include <stdbool.h>

struct ct_chunk_press;

/* Starts the thread. `compressor` is the thread's while a batch is lent. NULL where there is no
 * thread to be had. */
struct ct_chunk_press *ct_chunk_press_new(ZSTD_CCtx *compressor, const struct ct_alloc *alloc);
/* Ends the thread, when it has done with what it was lent. In a process that was forked off the one
 * of the thread there is none. */
void ct_chunk_press_free(struct ct_chunk_press *press);
/* Whether the thread is this process's. */
bool ct_chunk_press_is_here(const struct ct_chunk_press *press);

/* At most so many are lent at a time: when the thread is late for one, neither side waits. */
#define CT_CHUNK_PRESS_MAX 3

/* Lends `batch` until a wait for it returned. */
void ct_chunk_press_begin(struct ct_chunk_press *press, struct ct_chunk_batch *batch);
/* Returns when that batch is compressed. */
void ct_chunk_press_wait(struct ct_chunk_press *press, const struct ct_chunk_batch *batch);

#endif
