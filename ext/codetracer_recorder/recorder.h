/* The state of the recording in this process, and the order in which its parts know each other.
 *
 * One struct owned by recorder_class.c, for one recording after the other; every part gets a
 * pointer to it. It belongs to the main Ractor; hooks of other Ractors get one of their own
 * (ractor_lane.h). Unless said otherwise everything here runs with that Ractor's GVL, so fields
 * need no lock. */
#ifndef RECORDER_H
#define RECORDER_H

#include "allocation_way.h"
#include "class_table.h"
#include "clean_texts.h"
#include "exception_aside.h"
#include "expressions.h"
#include "filter_rules.h"
#include "flight.h"
#include "identity_table.h"
#include "iseq_hooks.h"
#include "iseq_remains.h"
#include "iseq_walk.h"
#include "iseq_table.h"
#include "jump_cause.h"
#include "known_secrets.h"
#include "look_table.h"
#include "masked_texts.h"
#include "name_table.h"
#include "no_memory.h"
#include "path_filter.h"
#include "ractor_key.h"
#include "ractor_lane.h"
#include "script_table.h"
#include "secret_prompt.h"
#include "serializer.h"
#include "snapshot.h"
#include "strand_table.h"
#include "uncaught.h"
#include "vm_layout.h"
#include "watched.h"

#include "ctrace/spool.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* How much of a value is kept. All settable; doc/recording.md gives the reasons. */
struct rec_limits {
    uint32_t depth_max;         /* levels of nesting below a variable */
    uint32_t item_count_max;    /* elements of one collection, fields of one object */
    uint32_t string_size_max;   /* bytes of one string or symbol */
    uint32_t node_count_max;    /* values in one value, itself included */
    uint32_t call_depth_max;    /* open calls of a strand; 0: any number; see call_depth.h */
    uint32_t snapshot_size_max; /* bytes; follows from the others, bounds one reservation */
};

/* What was not recorded, for the closing line and the trace's counts. */
struct rec_counts {
    uint64_t cut_count;          /* values of which something was left out */
    uint64_t uncaptured_count;   /* values that could not be looked at */
    uint64_t hidden_count;       /* values that a filter redacted or dropped */
    uint64_t ractor_event_count; /* events in Ractors that got no lane (atomic) */
    uint64_t lost_frame_count;   /* calls that ended without a RETURN event */
};

/* Which input and output become events. */
enum rec_io {
    REC_IO_STDOUT = 1,
    REC_IO_STDERR = 2,
    REC_IO_STDIN = 4,
    REC_IO_PROCESSES = 8,
    REC_IO_FILES = 16
};

struct recorder {
    /* hot: read at each event */
    bool active;       /* events are recorded: it is open and does not pause; see rec_active_put */
    bool is_open;      /* records may be written: it has begun, and has neither failed nor ended */
    bool is_paused;    /* by the program */
    bool closing;      /* the VM is being taken down: no Ruby call is allowed any more */
    bool forked;       /* this is a fork child: recording ended here */
    bool is_child_new; /* this is a fork child that is recorded, before its first event */
    bool has_ractors;  /* there may be others than the main one; stays true */
    struct ct_spool_producer spool;
    struct recorder *home; /* the main Ractor's, itself there */
    const void *current_ec;
    struct rec_strand *current_strand;
    struct rec_vm_layout layout;
    struct rec_limits limits;
    const void *silent_ec;                      /* whose EOFError is ours, see output_capture.c */
    VALUE seen_stdout, seen_stderr, seen_stdin; /* compared at each line, never followed */
    uint32_t io;                                /* of enum rec_io */
    bool shows_c_calls;                         /* --c-calls, see c_call.h */
    bool shows_border_calls;                    /* --border-calls, see c_call.h */
    bool shows_blocks;                          /* each block's call is one: --block-frames */
    VALUE noted_blocks;                         /* Array of code, see block_watch.h; nil: none */
    bool is_followed; /* an event: by noted blocks or early values, or a hook to be taken off */
    bool forces_slow_hooks; /* CODETRACER_RUBY_FORCE_SLOW_HOOKS: nothing is taken as usual */
    uint32_t raise_count; /* exceptions raised so far, wraps around; see early_values.c */

    /* tables */
    struct rec_name_table names;
    struct rec_class_table classes;
    struct rec_identity_table identities;
    struct rec_iseq_table iseqs;
    struct rec_script_table scripts;
    struct rec_strand_table strands;
    struct rec_lane_list lanes; /* of other Ractors; main recorder only */
    struct rec_path_filter filter;
    struct rec_filter_rules rules;
    struct rec_known_secrets known_secrets;
    struct rec_known_secrets shared_secrets; /* main recorder only, see shared_secrets.h */
    uint32_t shared_seen; /* the main recorder's shared_secrets.learnt_count that it has */
    struct rec_secret_prompt prompt;
    const void *date_type; /* of the objects of date_core, and whether their memory is known */
    bool dates_readable;
    struct rec_watch_list watched;       /* main recorder only */
    size_t held_count; /* events that wait, see held_events.h */
    struct rec_flight flight;
    struct rec_expressions expressions; /* main recorder only */
    struct rec_serializer *serializers; /* atomic, main recorder only */
    const struct rec_serializer *serializers_seen; /* the newest that the tables know of */
    struct rec_clean_texts clean_texts; /* and names of keys */
    const struct rec_value_policy *policy; /* of the code whose values are looked at */
    struct rec_assembly masked_text;       /* a text that holds a secret, without it */
    struct rec_masked_texts masked_texts;  /* the last ones that are short */
    struct rec_iseq_walk walk;
    struct rec_allocation_way allocation_way; /* main recorder only */
    struct rec_iseq_hooks iseq_hooks; /* main recorder only */
    struct rec_iseq_remains remains; /* main recorder only */
    struct rec_snapshot_scratch snapshots;
    struct rec_look_table looks;
    struct rec_assembly record;      /* the record being put together */
    struct rec_draft draft;          /* what there is of it in the spool; valid while it is begun */
    bool is_second_try;              /* at it, see attempt.h */
    struct rec_assembly output_text; /* arguments of one write, joined */
    struct rec_counts counts;
    struct rec_unwinding ending; /* what the last at_exit left `$!`; `exception` 0: nothing */
    struct rec_uncaught uncaught;
    struct rec_exception_aside aside;
    struct rec_seen_exception seen_exception; /* the last that was raised, or passed a frame */

    /* Ruby objects of ours, marked by recorder_class.c */
    VALUE owner;             /* the T_DATA that owns this struct */
    VALUE script_tracepoint; /* :script_compiled */
    VALUE raise_tracepoint;
    VALUE class_tracepoint; /* see class_ends.h */
    VALUE thread_tracepoint;
    VALUE c_call_tracepoint; /* see c_call.h */
    VALUE border_tracepoint;
    VALUE c_call_classes;    /* Array of Strings: of these alone; nil: of all */
    VALUE ractor_tracepoint; /* of Ractor.new; nil until it is watched */
    VALUE pause_tracepoints; /* see pause_watch.c; nil while nothing pauses */
    VALUE code_lister;       /* see loaded_code.h; nil: none */
    VALUE main_object;
    VALUE block_marker; /* stands for a block that is no Proc yet, see rec_block_value */

    /* life */
    uint32_t running_hook_count; /* of fallback_hook.c: other threads may run within them */
    uint64_t serial;             /* of this recording in the process, from 1 */
    bool has_missed_code;        /* something was compiled during the pause */
    bool watches_class_ends;     /* paused or not */
    bool keeps_script_lines;     /* the VM was asked to, see script_source.c */
    pid_t writer_pid;
    int life_fd; /* end of the socket whose closing tells the writer the end */
    bool records_children;
    bool aborts_on_failure; /* a recording that fails ends the program … */
    bool requires_trace;    /* … or gives it another exit status at its end */
    bool is_fork_announced;
    uint32_t fork_count;
    bool quiet;
    bool debug;
    bool is_beginning;    /* `start` is at it; other threads may run meanwhile */
    bool is_prepared;     /* spool and writer are there, and nothing to end yet */
    bool has_said_limits; /* what cannot be recorded here: once in a process */
    bool stderr_known;
    uint64_t stderr_device, stderr_inode; /* what descriptor 2 was at the start */
    uint64_t start_ns;
    size_t gem_count;               /* that trace_info.json was told of */
    enum ct_spool_ending how_ended; /* of the program, and with which status or signal */
    int32_t end_code;
    const char *failure; /* why recording ended early; static or in failure_text */
    char failure_text[CT_SPOOL_MESSAGE_SIZE + 16]; /* the writer's message, and its code */
    char *trace_path; /* for the closing line */
};

/* Makes the running thread's strand the current one, outside of an event. */
void rec_strand_here(struct recorder *recorder);

/* Room for `size` bytes of records, waiting for the writer if need be; NULL when recording has to
 * end (rec_fail was called). errno is kept. hot */
uint8_t *rec_reserve_slow(struct recorder *recorder, size_t size);

static inline uint8_t *
rec_reserve(struct recorder *recorder, size_t size)
{
    uint8_t *room = ct_spool_reserve(&recorder->spool, size);
    if (__builtin_expect(room != NULL, 1))
        return room;
    return rec_reserve_slow(recorder, size);
}

/* Whether the recording that had this serial goes on, paused or not. */
static inline bool
rec_is_recording(const struct recorder *recorder, uint64_t serial)
{
    return recorder->is_open && recorder->serial == serial;
}

/* Other Ractors look at it without a lock: see rec_lane_enter. */
static inline void
rec_active_put(struct recorder *recorder, bool active)
{
    __atomic_store_n(&recorder->active, active, __ATOMIC_SEQ_CST);
}

/* Whether it records another Ractor than the main one. */
static inline bool
rec_is_lane(const struct recorder *recorder)
{
    return recorder->home != recorder;
}

/* Ends recording; the program runs on. The first reason is kept for the closing line. */
void rec_fail(struct recorder *recorder, const char *reason);

/* Publishes one finished record of `size` bytes (padded by the caller). */
static inline void
rec_publish(struct recorder *recorder, size_t size)
{
    ct_spool_publish(&recorder->spool, size);
}

/* Copies recorder->record, which is a whole record, into the spool. hot */
static inline void
rec_send_record(struct recorder *recorder)
{
    const struct rec_assembly *record = &recorder->record;
    uint8_t *room = rec_reserve(recorder, record->size);
    if (room == NULL)
        return;
    memcpy(room, record->bytes, record->size);
    rec_publish(recorder, record->size);
}

static inline size_t
rec_pad(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

#endif
