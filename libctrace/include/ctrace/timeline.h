/* The timeline: turns the records of a spool into the steps, calls and events of a trace.
 *
 * Used by the writer process. It keeps what the records define and the last value of every variable
 * of every live frame (encoded once, when it changed), so that each step carries all of them; and a
 * call stack per thread and fiber, bent into the one stack that a trace has
 * (doc/format/strands.md). The records are not trusted. It touches no file system: see the
 * callbacks. Sticky after a failure. */
#ifndef CTRACE_TIMELINE_H
#define CTRACE_TIMELINE_H

#include "ctrace/spool_format.h"
#include "ctrace/trace_writer.h"

struct ct_timeline; /* heap */

struct ct_timeline_options {
    void *context;
    /* The folder that START names, to hold the trace. *out_folder is the timeline's, which closes
     * it. */
    enum ct_status (*open_folder)(void *context, const char *path, struct ct_folder **out_folder);
    /* Opens a source file of the program, to be embedded; the timeline closes it. Any failure but
     * CT_ERR_MEMORY means that there is none to have. May be NULL: then only texts that the records
     * carry are embedded. */
    enum ct_status (*open_source)(void *context, const char *path, struct ct_file **out_file);
    /* A monotonic clock, for the recording's duration; NULL: none is told. */
    uint64_t (*clock_ns)(void *context);
    int64_t program_pid; /* 0: not known */
    bool has_second_core; /* see ct_trace_options */
    const struct ct_alloc *alloc; /* NULL: default */
};

/* What the timeline noticed and lived with. */
struct ct_timeline_anomalies {
    uint64_t return_count; /* returns and unwound calls without an open call */
    uint64_t late_count;   /* records after END */
    uint64_t source_count; /* source texts that could not be embedded */
    uint64_t facts_count;  /* times that trace_info.json could not be written or added to */
};

/* `options` is copied. */
CT_MUST_CHECK enum ct_status ct_timeline_new(const struct ct_timeline_options *options,
                                             struct ct_timeline **out_timeline);
/* Without a finish before, the trace's files are closed as they are. */
void ct_timeline_free(struct ct_timeline *timeline);

/* The next record. Its `size` bytes must be readable (ct_spool_consumer_next saw to that). hot */
CT_MUST_CHECK enum ct_status ct_timeline_put(struct ct_timeline *timeline,
                                             const struct ct_spool_record *record);
/* Records come from that lane of the spool from now on; at first from lane 0, the one with START
 * and END. CT_ERR_FORMAT: no such lane. */
CT_MUST_CHECK enum ct_status ct_timeline_lane_select(struct ct_timeline *timeline, uint32_t lane);
/* Makes everything put so far visible to a reader. */
CT_MUST_CHECK enum ct_status ct_timeline_flush(struct ct_timeline *timeline);
/* See ct_trace_writer_settle. */
CT_MUST_CHECK enum ct_status ct_timeline_settle(struct ct_timeline *timeline);
/* Ends what is open (an END record did already) and closes the trace, also after a failure, which
 * is then returned. CT_ERR_STATE when START never came: there is no trace. */
CT_MUST_CHECK enum ct_status ct_timeline_finish(struct ct_timeline *timeline);

/* Before finish: the recording is over before the program is, for a reason that is no failure. */
void ct_timeline_stop(struct ct_timeline *timeline, const char *reason);

/* A forked child of the program, whose records come by another spool. */
struct ct_timeline_child {
    const char *folder; /* of its trace */
    const char *recording_id;
    int64_t pid; /* 0: not known */
};
/* In a process that was forked off the writer at the record where the program forked: becomes the
 * child's timeline. What it wrote so far is let go of; a trace of its own begins with all
 * definitions and the calls that are open. CT_ERR_STATE before START and after END. */
CT_MUST_CHECK enum ct_status ct_timeline_branch(struct ct_timeline *timeline,
                                                const struct ct_timeline_child *child);
/* In the writer: the trace tells of a child, whose `folder` is given as seen from its own. */
CT_MUST_CHECK enum ct_status ct_timeline_child_put(struct ct_timeline *timeline,
                                                   const struct ct_timeline_child *child);

/* How a timeline that is held lands. */
struct ct_timeline_landing {
    const char *folder;       /* of the trace; NULL: the one that START named */
    const char *recording_id; /* of the trace; NULL: START's */
    const char *reason;       /* why, UTF-8, for trace_info.json and the trace's first event */
};
/* START said HELD, so all that was put is known and nothing was written: from here on it is. The
 * trace begins with the calls that are open in every strand and what their frames show. In another
 * folder, in a process that was forked off for it, it is a trace of its own. CT_ERR_STATE when it
 * is not held, or after END. */
CT_MUST_CHECK enum ct_status ct_timeline_land(struct ct_timeline *timeline,
                                              const struct ct_timeline_landing *landing);
bool ct_timeline_is_held(const struct ct_timeline *timeline);
/* What a TALLY said; UNSEEN before one. *out_code is of EXIT, EXCEPTION and SIGNAL. */
enum ct_spool_ending ct_timeline_ending(const struct ct_timeline *timeline, int32_t *out_code);

bool
ct_timeline_is_open(const struct ct_timeline *timeline); /* START was put; the files are there */
/* The folder that START named, NULL before. Borrowed. */
const char *ct_timeline_folder(const struct ct_timeline *timeline);
enum ct_profile ct_timeline_profile(const struct ct_timeline *timeline);
/* Also after finish, as of then. */
void ct_timeline_counts(const struct ct_timeline *timeline, struct ct_trace_counts *out_counts);
uint64_t ct_timeline_instructions_size(const struct ct_timeline *timeline); /* bytes on disk */
/* Bytes on disk and what waits to be written, which is not compressed. */
uint64_t ct_timeline_expressions_size(const struct ct_timeline *timeline);
void ct_timeline_anomalies(const struct ct_timeline *timeline,
                           struct ct_timeline_anomalies *out_anomalies);
/* What went wrong first: `offset` counts records; errno_value is as it was then. */
const struct ct_error *ct_timeline_error(const struct ct_timeline *timeline);

#endif
