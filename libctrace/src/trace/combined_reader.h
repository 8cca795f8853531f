/* The events of the combined layout: one at a time out of the chunks of events.log.
 *
 * Used by trace_reader.c. A damaged field costs its event's field; a damaged tag or frame costs the
 * rest of its chunk. */
#ifndef CT_TRACE_COMBINED_READER_H
#define CT_TRACE_COMBINED_READER_H

#include "trace/chunk_ahead.h"

/* A trace of fewer chunks is not worth a thread. */
#define CT_AHEAD_CHUNK_MIN 4
/* So many chunks that are out of the ordinary: so are those that come, and each is a wait. */
#define CT_AHEAD_UNUSUAL_MAX 8

struct ct_combined_reader {
    struct ct_chunk_reader chunks;
    bool is_open;         /* inside a chunk */
    bool is_lossy;
    uint32_t events_left; /* of the chunk, the one delivered last not counted */
    bool is_name_met;     /* the step's values are delivered: one of them was picked by name */
    size_t event_size;    /* of the one delivered last: still in the window */
    uint64_t index;       /* of the next event */
    bool is_ahead_wanted;
    struct ct_chunk_ahead *ahead; /* NULL: no other thread works for this one */
    bool is_ahead_running;
    uint32_t chunk_count;   /* opened before there was one */
    uint32_t unusual_count; /* chunks that it left to this one */
    uint64_t filter_number; /* which of the decoder's filters it was told */
    const struct ct_ahead_chunk *cut; /* the current chunk, if it is from there; else NULL */
    uint32_t cut_index;               /* in its list: the next event */
    struct ct_error format_error; /* CT_OK, or why events.fmt cannot be read: told by next, once */
};

/* Borrows container until release. CT_ERR_NOT_FOUND without events.log, CT_ERR_FORMAT when the
 * layout or the form of events.log is another; each with a sentence. Where events.fmt is lost, as
 * in a file that was cut, the one form that is read is assumed. */
CT_MUST_CHECK enum ct_status ct_combined_reader_init(struct ct_combined_reader *reader,
                                                     struct ct_container_reader *container,
                                                     const struct ct_alloc *alloc,
                                                     struct ct_error *error);
void ct_combined_reader_release(struct ct_combined_reader *reader);

/* Before the first next: takes the definitions in `bytes`, records as in events.log, as if they had
 * been read. CT_ERR_FORMAT where something else stands there. */
CT_MUST_CHECK enum ct_status ct_combined_reader_define(struct ct_event_decoder *decoder,
                                                       const uint8_t *bytes, size_t size,
                                                       struct ct_error *error);
/* Before the first next: goes to the chunk at `log_offset`, whose first record must be that one, or
 * to the end of events.log. CT_ERR_FORMAT where that is not so; the reader stays where it is. */
CT_MUST_CHECK enum ct_status ct_combined_reader_seek(struct ct_combined_reader *reader,
                                                     uint64_t log_offset, uint64_t record_index,
                                                     struct ct_error *error);

/* As ct_trace_reader_next. */
CT_MUST_CHECK enum ct_status ct_combined_reader_next(struct ct_combined_reader *reader,
                                                     struct ct_event_decoder *decoder,
                                                     struct ct_trace_event *out_event,
                                                     struct ct_error *error);

#endif
