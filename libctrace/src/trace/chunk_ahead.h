/* A second thread that decompresses chunks of events.log and cuts their events, ahead of the thread
 * that reads them (doc/design/reading-ahead.md).
 *
 * Used by the combined reader. Before a chunk that is damaged, cut off or large it stops, and that
 * reads the chunk itself. What is passed on is small: only the events that are wanted, and a value
 * that the chunk shows again and again once. Memory is bounded, all of it taken at the start. */
#ifndef CT_TRACE_CHUNK_AHEAD_H
#define CT_TRACE_CHUNK_AHEAD_H

#include "trace/chunk_reader.h"
#include "trace/event_cut.h"

/* Enough for both to go on while one of them has a chunk that takes longer. */
#define CT_AHEAD_CHUNK_COUNT 4

/* Which events are wanted: as ct_trace_reader_values_put and pick_put have it. */
struct ct_ahead_filter {
    bool is_picking;
    bool is_skipping; /* values that are not picked are passed over */
    struct ct_trace_pick pick;
};

/* An event that is wanted. */
struct ct_ahead_event {
    uint64_t number; /* path, name or function id of a Step, Value, Call */
    int64_t line;    /* of a Step */
    uint32_t at;     /* in `bytes`: its c field if it is a frequent one, else all of it */
    uint32_t size;   /* of that */
    uint32_t end;    /* where it ends in the chunk */
    uint16_t skipped_count; /* values passed over before it */
    uint8_t tag;
    bool has_structs; /* as in ct_trace_event */
};

struct ct_ahead_chunk {
    bool is_usual;       /* false: nothing is prepared */
    uint64_t offset;     /* in events.log */
    uint64_t end_offset; /* ... and of what comes behind it */
    uint32_t head_count; /* how many events its head tells of */
    struct ct_ahead_event *events;
    uint32_t count;
    uint8_t *bytes;
    size_t size;
};

struct ct_chunk_ahead; /* heap */

/* Starts the thread, which waits. Borrows the reader's container and entry: the thread uses them
 * from begin until it has stopped. CT_ERR_MEMORY when there is no memory or no thread. */
CT_MUST_CHECK enum ct_status ct_chunk_ahead_new(const struct ct_chunk_reader *reader,
                                                size_t event_size_max,
                                                struct ct_chunk_ahead **out_ahead);
/* Waits for the thread to end. */
void ct_chunk_ahead_free(struct ct_chunk_ahead *ahead);

/* The thread, which has stopped, goes on at `position` in events.log. `is_name_met`: all values are
 * wanted up to the next step. */
void ct_chunk_ahead_begin(struct ct_chunk_ahead *ahead, uint64_t position,
                          const struct ct_ahead_filter *filter, bool is_name_met);
/* The next chunk, once it is prepared; the one before is over. The thread has stopped if it is not
 * usual, as behind the last one. */
const struct ct_ahead_chunk *ct_chunk_ahead_next(struct ct_chunk_ahead *ahead);
/* Stops the thread; what it has prepared is lost. */
void ct_chunk_ahead_stop(struct ct_chunk_ahead *ahead);

#endif
