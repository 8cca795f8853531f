/* What the files of the writer process share. It is started by a recorder, reads records from the
 * spool and writes a trace; nobody sees what it prints, so it prints nothing and says all through
 * the spool. */
#ifndef CT_WRITER_H
#define CT_WRITER_H

#include "ctrace/spool.h"
#include "ctrace/spool_request.h"
#include "ctrace/timeline.h"

#include <stdbool.h>
#include <sys/types.h>

/* A child's request that came over the socket and waits for its FORK. */
struct ct_writer_request {
    struct ct_spool_request request;
    int memory_fd, life_fd; /* -1: a refusal, the child records nothing */
};
/* Two descriptors each, of 1024 that there usually are. The rest is for looking past those that
 * came before the one that is wanted. */
#define CT_WRITER_REQUEST_KEPT 64
#define CT_WRITER_REQUEST_MAX  400

/* How the writer learns that the program is over, whichever way it went. */
struct ct_writer_life {
    int socket_fd;  /* the program holds the other end, its children send requests over it */
    int program_fd; /* pidfd; -1 where the kernel has none or refuses */
    struct ct_writer_request requests[CT_WRITER_REQUEST_MAX];
    size_t request_count;
    uint32_t asked_number; /* of the last FORK: an older request comes too late */
    int request_wait_ms; /* at most, for the next */
    bool is_new; /* a forked child's, see ct_writer_fork */
    pid_t program_pid;
    int lock_fd; /* on the trace's main file, or -1 */
    /* A pipe that says nothing: its writing end is held by each child's writer until that trace can
     * be found and is locked. -1: no child yet, or no pipe. */
    int births[2];
};

void ct_writer_life_init(struct ct_writer_life *life, int socket_fd, pid_t program_pid);
/* Closes all descriptors. */
void ct_writer_life_release(struct ct_writer_life *life);
/* True once the program has ended, replaced itself or let go of the recording. What it published is
 * complete then. */
bool ct_writer_life_is_over(struct ct_writer_life *life);
/* Before a fork for a child: what the child's writer will hold. */
void ct_writer_births_open(struct ct_writer_life *life);
/* In the child's writer: its trace is there, or there will be none. */
void ct_writer_birth_end(struct ct_writer_life *life);
/* Waits until the traces of all children are there, though not for a writer that stands. */
void ct_writer_births_wait(struct ct_writer_life *life);

/* The request of that FORK, whose descriptors are the caller's then; waits for it a while. False:
 * there is none. */
bool ct_writer_request_take(struct ct_writer_life *life, uint32_t number,
                            struct ct_writer_request *out_request);
/* No more requests are taken, whose senders learn it at once; then one after the other of those
 * whose FORK was not come to, false: there is none. Its descriptors are the caller's. */
void ct_writer_requests_end(struct ct_writer_life *life);
bool ct_writer_request_next(struct ct_writer_life *life, struct ct_writer_request *out_request);

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

/* What a flight recorder keeps of what is newest. */
struct ct_writer_block;
struct ct_writer_flight {
    struct ct_timeline *timeline;
    bool is_on; /* else records are the timeline's at once */
    struct ct_spool_flight limits;
    struct ct_writer_block *oldest, *newest, *spare;
    uint64_t size; /* of what is held */
    uint64_t step_count;
    uint64_t now_ns;
    uint32_t dump_count;
    uint32_t dumps_asked; /* by signals, of these: seen */
};

void ct_writer_flight_init(struct ct_writer_flight *flight, struct ct_timeline *timeline);
/* At FLIGHT. */
void ct_writer_flight_begin(struct ct_writer_flight *flight, const struct ct_spool_flight *limits);
/* In the place of a ct_timeline_put, for the lane that the timeline has selected. hot */
CT_MUST_CHECK enum ct_status ct_writer_flight_keep(struct ct_writer_flight *flight,
                                                   uint32_t lane,
                                                   const struct ct_spool_record *record);
/* Lets go of what is too old by now. */
CT_MUST_CHECK enum ct_status ct_writer_flight_tick(struct ct_writer_flight *flight,
                                                   uint64_t now_ns);
/* Puts all that is held into the timeline; nothing is, then. */
CT_MUST_CHECK enum ct_status ct_writer_flight_feed(struct ct_writer_flight *flight);
void ct_writer_flight_release(struct ct_writer_flight *flight);

/* A process of its own writes what is held now to dumps/NUMBER. In it this does not return. */
void ct_writer_dump(struct ct_writer_flight *flight, struct ct_writer_life *life,
                    const char *reason);
/* The reason that a DUMP gives; NULL for damage. */
const char *ct_writer_dump_reason(const struct ct_spool_record *record);
/* At the end: lands the timeline when the program did not end as it should; else says in `message`
 * that nothing was kept. What is held is still to be fed. */
CT_MUST_CHECK enum ct_status ct_writer_flight_land(struct ct_writer_flight *flight,
                                                   char *message, size_t message_size);

/* A folder of ours below the trace's, made if need be; what leads elsewhere is refused. */
bool ct_writer_folder_make(const char *path);

/* At FORK: starts the writer of the child that asked for one. Where there is one it returns twice:
 * in the new process spool, life and lanes are the child's, and life->is_new. */
CT_MUST_CHECK enum ct_status ct_writer_fork(struct ct_spool_consumer *spool,
                                            struct ct_writer_life *life,
                                            struct ct_writer_lanes *lanes,
                                            struct ct_writer_flight *flight, uint32_t number);
/* Where writing ends before the program does: tells children that asked for a writer, and whose
 * FORK is not come to any more, what became of it. */
void ct_writer_children_refuse(struct ct_writer_life *life, enum ct_spool_state state,
                               const char *message);

/* Writes the trace until the program is over; DONE or FAILED is in the spool when this returns.
 * `memory_fd` is what the spool was opened from. */
CT_MUST_CHECK enum ct_status ct_writer_record(struct ct_spool_consumer *spool, int memory_fd,
                                              struct ct_writer_life *life);

/* ---- the lock on the trace's main file: one recording at a time, and readers can tell ---- */

/* CT_ERR_STATE when another process holds the lock of a trace in `folder`. */
CT_MUST_CHECK enum ct_status ct_writer_lock_check(const char *folder);
/* Locks `folder`/`name`, which is there; the descriptor, or -1. Closing it unlocks. */
int ct_writer_lock_take(const char *folder, const char *name);

#endif
