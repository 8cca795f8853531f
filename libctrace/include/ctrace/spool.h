/* The spool: bounded shared memory that carries records from a recorded process to its writer
 * process.
 *
 * One producer, one consumer, a byte ring mapped twice in a row so that a record never wraps. The
 * producer lays a record down and publishes `head` with release order: what is published survives
 * any end of the producer, SIGKILL included. A full ring makes the producer wait
 * (ct_spool_producer_wait); it never drops and never grows. While the consumer keeps up, only the
 * ring's first part is used, so that its pages are few. Record layouts are drawn in spool_format.h.
 *
 * Producers that run in parallel each have a lane: a ring of its own behind the first one, in the
 * same memory, which grows by it. Only the first ring tells the end, and has the bell. */
#ifndef CTRACE_SPOOL_H
#define CTRACE_SPOOL_H

#include "ctrace/spool_format.h"
#include "ctrace/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CT_SPOOL_CAPACITY_DEFAULT (32u << 20)
#define CT_SPOOL_CAPACITY_MIN     (1u << 20)  /* a record may take a quarter of it */
#define CT_SPOOL_CAPACITY_MAX     (1u << 30)
#define CT_SPOOL_MESSAGE_SIZE     256
#define CT_SPOOL_LANE_MAX         64 /* beside the first ring */

enum ct_spool_state {
    CT_SPOOL_STARTING = 0, /* the trace's files are not there yet */
    CT_SPOOL_RUNNING = 1,  /* they are, locked; the writer consumes */
    CT_SPOOL_DONE = 2,     /* the trace is complete and closed */
    CT_SPOOL_FAILED = 3    /* the writer gave up; `message` says why */
};

/* What the writer tells the program for its closing line. Written by the consumer only, before
 * `state` becomes DONE or FAILED (release). */
struct ct_spool_result {
    uint64_t step_count;
    uint64_t call_count;
    uint64_t event_count;
    uint64_t size; /* bytes of the trace's main file */
    char message[CT_SPOOL_MESSAGE_SIZE]; /* of a failure: a sentence; else empty */
};

/* Page 0 of the spool, and of each lane. Each group has its own cache lines: who writes it stands
 * behind it. */
struct ct_spool_shared {
    uint32_t magic; /* CT_SPOOL_MAGIC */
    uint32_t version;
    uint64_t capacity;      /* ring bytes, a power of two */
    uint64_t lane_capacity; /* the same of each lane; first ring */
    _Atomic uint32_t lane_count; /* producer: lanes that are there; first ring */
    uint8_t reserved_fixed[36];

    _Atomic uint64_t head; /* producer: bytes published since the start */
    _Atomic uint64_t turn; /* producer: where the newest TURN stands, unless that was undone */
    uint8_t reserved_head[48];

    _Atomic uint64_t tail;            /* consumer: bytes taken out of the ring since the start */
    _Atomic uint64_t progress;        /* consumer: grows with what it does; first ring */
    _Atomic uint32_t consumer_sleeps; /* consumer: 1 while it waits on `doorbell` */
    uint8_t reserved_tail[44];

    _Atomic uint32_t doorbell; /* producer: futex word, bumped to wake a sleeping consumer */
    _Atomic uint32_t ended;    /* producer: 1 once nothing more will be published */
    uint64_t wait_ns;          /* producer: total time it waited for room */
    uint64_t wait_count;       /* producer: how often */
    _Atomic uint32_t dumps_asked; /* producer: signals that asked a flight recorder for a trace */
    uint8_t reserved_doorbell[36];

    _Atomic uint32_t state; /* consumer: enum ct_spool_state, a futex word */
    _Atomic uint32_t room;  /* consumer: futex word, bumped when it has consumed while `wanted` */
    _Atomic uint32_t wanted; /* producer: 1 while it waits for room */
    int32_t writer_pid;     /* consumer: its pid */
    uint8_t reserved_state[48];

    struct ct_spool_result result; /* consumer */
};

/* ---- producer: the recorded process ---- */

struct ct_spool_producer {
    uint8_t *ring;        /* capacity bytes, mapped twice in a row */
    uint64_t mask;        /* capacity - 1 */
    uint64_t head;        /* private copy of shared->head, plus an unpublished turn */
    uint64_t limit;       /* head may grow to this without looking at `tail` again */
    uint64_t window;      /* bytes from the ring's start that are used if the consumer keeps up */
    uint64_t touched;     /* so many from there have their pages, or have been asked for */
    struct ct_spool_shared *shared;
    struct ct_spool_shared *bell; /* of the first ring: who rings it, and whether the end is near */
    int memory_fd;        /* memfd or unlinked file; -1: handed over, or a lane's */
    uint64_t memory_inode; /* of memory_fd: the program may close it and open another */
};

/* Makes the memory (memfd, else an unlinked file in `fallback_folder`) and maps it. The descriptor
 * is close-on-exec. `capacity` is rounded up to a power of two within the limits above. */
CT_MUST_CHECK enum ct_status ct_spool_producer_open(struct ct_spool_producer *producer,
                                                    uint64_t capacity, const char *fallback_folder);
/* Adds a lane to the spool of `first`, whose memory_fd is still there; it lives no longer than
 * `first`. CT_ERR_LIMIT: there are CT_SPOOL_LANE_MAX; CT_ERR_STATE: memory_fd is another file by
 * now. One thread at a time may do this. */
CT_MUST_CHECK enum ct_status ct_spool_lane_open(const struct ct_spool_producer *first,
                                                struct ct_spool_producer *out_lane);
/* Unmaps and closes; publishes nothing. Safe on a zeroed struct and twice. In a fork child this is
 * all that may be called (async-signal-safe). */
void ct_spool_producer_close(struct ct_spool_producer *producer);

/* Waits until `size` bytes fit, or says why not: CT_ERR_LIMIT size > capacity/4, CT_ERR_STATE the
 * consumer is done or failed, CT_END the time `timeout_ns` passed without the consumer having taken
 * or delivered anything. Bumps the doorbell. Called by ct_spool_reserve's slow path; the caller
 * decides about Ctrl-C. */
CT_MUST_CHECK enum ct_status ct_spool_producer_wait(struct ct_spool_producer *producer, size_t size,
                                                    uint64_t timeout_ns);

/* Another number whenever the consumer has done something since, for whichever lane. */
static inline uint64_t
ct_spool_progress(const struct ct_spool_producer *producer)
{
    return atomic_load_explicit(&producer->bell->progress,
                                memory_order_relaxed); /* only compared with itself */
}

/* Room for `size` contiguous bytes at the producer's head, or NULL when a wait is needed. hot */
static inline uint8_t *
ct_spool_reserve(struct ct_spool_producer *producer, size_t size)
{
    if (__builtin_expect(producer->head + size > producer->limit, 0))
        return NULL;
    return producer->ring + (producer->head & producer->mask);
}

/* Makes the next `size` bytes (a multiple of 8; whole records) visible. Release order: the consumer
 * that reads `head` with acquire order sees the bytes below it. hot */
static inline void
ct_spool_publish(struct ct_spool_producer *producer, size_t size)
{
    producer->head += size;
    atomic_store_explicit(&producer->shared->head, producer->head, memory_order_release);
}

/* Wakes the consumer if it sleeps (at the end, or when a flush is wanted). */
void ct_spool_producer_ring(struct ct_spool_producer *producer);

/* Says that nothing more comes, and wakes the consumer. */
void ct_spool_producer_end(struct ct_spool_producer *producer);

/* Waits until the consumer is DONE or FAILED: CT_OK; CT_END after timeout_ns. */
CT_MUST_CHECK enum ct_status ct_spool_producer_wait_done(struct ct_spool_producer *producer,
                                                         uint64_t timeout_ns);

/* The consumer's state as soon as it is another than STARTING, or after timeout_ns. */
enum ct_spool_state ct_spool_producer_wait_started(struct ct_spool_producer *producer,
                                                   uint64_t timeout_ns);

/* ---- consumer: the writer process ---- */

/* Private: records that were taken out of the ring ahead of their delivery. */
struct ct_spool_backlog {
    uint8_t *memory;   /* NULL: none yet */
    uint8_t *bytes;    /* in `memory`, at a large page */
    uint64_t start;    /* of the first record that is held */
    uint64_t end;      /* of the last one */
    uint64_t limit;    /* so much of it is used, until that is too little */
    uint64_t capacity; /* 0: there is no memory */
};

struct ct_spool_consumer {
    const uint8_t *ring;
    uint64_t mask;
    uint64_t tail;      /* private: what has been delivered */
    uint64_t taken;     /* private: what the ring need not keep; ahead of tail by the backlog */
    uint64_t published; /* private: the head last looked at; next stops there */
    uint64_t glanced;   /* private: tail when the ring was last found full or not */
    uint64_t until;     /* private: so far nothing has to be looked at */
    uint64_t warmed;    /* private: bytes of ring and backlog that were warmed */
    struct ct_spool_backlog backlog;
    struct ct_spool_shared *shared;
    struct ct_spool_shared *bell; /* private: of the first ring */
};

/* Maps the spool behind `memory_fd` (borrowed) and checks its header: CT_ERR_FORMAT when it is
 * none. */
CT_MUST_CHECK enum ct_status ct_spool_consumer_open(struct ct_spool_consumer *consumer,
                                                    int memory_fd);
void ct_spool_consumer_close(struct ct_spool_consumer *consumer);

/* The next published record, borrowed until the next call; CT_END when there is none now;
 * CT_ERR_FORMAT when its length is impossible (the producer's memory was overwritten). */
CT_MUST_CHECK enum ct_status ct_spool_consumer_next(struct ct_spool_consumer *consumer,
                                                    const struct ct_spool_record **out_record);
/* Looks whether there is more, which `next` delivers later; it stops there, and looks by itself
 * only when all of it was delivered. */
CT_MUST_CHECK enum ct_status ct_spool_consumer_look(struct ct_spool_consumer *consumer);
/* How many lanes there are by now; and one of them, from 1, as a consumer of its own. Damage is
 * CT_ERR_FORMAT. */
uint32_t ct_spool_consumer_lane_count(const struct ct_spool_consumer *consumer);
CT_MUST_CHECK enum ct_status ct_spool_consumer_lane_open(const struct ct_spool_consumer *first,
                                                         int memory_fd, uint32_t lane,
                                                         struct ct_spool_consumer *out_lane);
/* Has the system make a few of the pages that are needed first: for when there is nothing else to
 * do. False when they are there. */
bool ct_spool_consumer_warm(struct ct_spool_consumer *consumer);
/* Gives room back to the producer; called by next itself every 64 KiB and at CT_END. A producer
 * that is further ahead has what it published taken out of the ring: it is delivered later. */
void ct_spool_consumer_release_room(struct ct_spool_consumer *consumer);
/* Sleeps until the doorbell rings or timeout_ns passes (returns at once when more is published). */
void ct_spool_consumer_wait(struct ct_spool_consumer *consumer, uint64_t timeout_ns);
/* Sleeps like that, even when more is published: until the doorbell rings, for the end or for a
 * ring that fills. */
void ct_spool_consumer_rest(struct ct_spool_consumer *consumer, uint64_t timeout_ns);
bool ct_spool_consumer_ended(const struct ct_spool_consumer *consumer); /* producer said so */
void ct_spool_consumer_state_put(struct ct_spool_consumer *consumer, enum ct_spool_state state);

#endif
