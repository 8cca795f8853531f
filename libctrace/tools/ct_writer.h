/* What the files of the writer process share. It is started by a recorder, reads records from the
 * spool and writes a trace; nobody sees what it prints, so it prints nothing and says all through
 * the spool. */
#ifndef CT_WRITER_H
#define CT_WRITER_H

#include "ctrace/spool.h"

#include <stdbool.h>
#include <sys/types.h>

/* How the writer learns that the program is over, whichever way it went. */
struct ct_writer_life {
    int pipe_fd;    /* read end; the program holds the write end and never writes */
    int program_fd; /* pidfd; -1 where the kernel has none or refuses */
    pid_t program_pid;
};

void ct_writer_life_init(struct ct_writer_life *life, int pipe_fd, pid_t program_pid);
/* True once the program has ended, replaced itself or let go of the recording. What it published is
 * complete then. */
bool ct_writer_life_is_over(const struct ct_writer_life *life);

/* The lanes of a spool as they are found. `memory_fd` is the spool's, borrowed. */
struct ct_writer_lanes {
    const struct ct_spool_consumer *first;
    int memory_fd;
    uint32_t count;
    struct ct_spool_consumer lanes[CT_SPOOL_LANE_MAX];
};

void ct_writer_lanes_init(struct ct_writer_lanes *lanes, const struct ct_spool_consumer *first,
                          int memory_fd);
/* Finds new lanes, and looks at all of them: what is seen now may be delivered once the first ring
 * was looked at after this, and drained. */
CT_MUST_CHECK enum ct_status ct_writer_lanes_look(struct ct_writer_lanes *lanes);
void ct_writer_lanes_release(struct ct_writer_lanes *lanes);

/* Writes the trace until the program is over; DONE or FAILED is in the spool when this returns.
 * `memory_fd` is what the spool was opened from. */
CT_MUST_CHECK enum ct_status ct_writer_record(struct ct_spool_consumer *spool, int memory_fd,
                                              const struct ct_writer_life *life);

/* ---- the lock on the trace's main file: one recording at a time, and readers can tell ---- */

/* CT_ERR_STATE when another process holds the lock of a trace in `folder`. */
CT_MUST_CHECK enum ct_status ct_writer_lock_check(const char *folder);
/* Locks `folder`/`name`, which is there; the descriptor, or -1. Closing it unlocks. */
int ct_writer_lock_take(const char *folder, const char *name);

#endif
