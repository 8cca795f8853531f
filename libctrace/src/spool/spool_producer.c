/* The producer's slow side: making the spool, waiting for room, ending. The hot side is inline in
 * ctrace/spool.h. */
#include "spool/spool_map.h"
#include "spool/spool_wait.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW_FIRST CT_SPOOL_CAPACITY_MIN /* so that the smallest ring is used whole */
#define WINDOW_DIVISOR 4 /* all that is used of a larger one, but for a record that needs more */
/* A producer comes by here each time it has filled this part of the window, to wake a sleeping
 * consumer long before that is full. */
#define VISIT_DIVISOR  4
#define VISIT_SIZE_MAX (1u << 20) /* and asks for so many pages, which a program may not need */
#define LAG_DIVISOR    2 /* a consumer that is further behind, in windows, does not keep up */
/* A turn is made in the window's last quarter, and leaves room for a record of a quarter. */
_Static_assert(VISIT_DIVISOR + 2 * LAG_DIVISOR <= VISIT_DIVISOR * LAG_DIVISOR,
               "after a turn there is room");
#define LANE_DIVISOR  8 /* a lane is so much smaller than the first ring */
#define RECORD_DIVISOR                                                                             \
    4 /* the largest record is capacity / 4: reserve never needs a whole ring                      \
       */

static uint64_t
round_capacity(uint64_t wanted)
{
    uint64_t capacity = CT_SPOOL_CAPACITY_MIN;
    while (capacity < wanted && capacity < CT_SPOOL_CAPACITY_MAX)
        capacity *= 2;
    return capacity;
}

static void
init_shared(struct ct_spool_shared *shared, uint64_t capacity)
{
    shared->version = CT_SPOOL_VERSION;
    shared->capacity = capacity;
    shared->magic = CT_SPOOL_MAGIC; /* the rest of a new file is zero, which is every start value */
}

/* 0: there is no such descriptor. */
static uint64_t
inode_of(int fd)
{
    struct stat found;
    return fstat(fd, &found) == 0 ? (uint64_t)found.st_ino : 0;
}

/* Maps page and ring at `offset`, for the capacity that `mask` says. */
static enum ct_status
map_producer(struct ct_spool_producer *producer, int memory_fd, uint64_t offset)
{
    uint64_t capacity = producer->mask + 1;
    enum ct_status status = ct_spool_map_shared(memory_fd, offset, &producer->shared);
    if (status == CT_OK)
        status = ct_spool_map_ring(memory_fd, offset, capacity, CT_SPOOL_PRODUCER, &producer->ring);
    if (status != CT_OK) {
        ct_spool_producer_close(producer);
        return status;
    }
    init_shared(producer->shared, capacity);
    producer->window = WINDOW_FIRST;
    producer->limit = producer->window / VISIT_DIVISOR;
    return CT_OK;
}

enum ct_status
ct_spool_producer_open(struct ct_spool_producer *producer, uint64_t capacity,
                       const char *fallback_folder)
{
    *producer = (struct ct_spool_producer){.memory_fd = -1};
    capacity = round_capacity(capacity);
    CT_TRY(ct_spool_memory_create(capacity, fallback_folder, &producer->memory_fd));
    producer->mask = capacity - 1;
    enum ct_status status = map_producer(producer, producer->memory_fd, 0);
    if (status != CT_OK)
        return status;
    producer->memory_inode = inode_of(producer->memory_fd);
    producer->bell = producer->shared;
    producer->shared->lane_capacity = round_capacity(capacity / LANE_DIVISOR);
    return CT_OK;
}

enum ct_status
ct_spool_lane_open(const struct ct_spool_producer *first, struct ct_spool_producer *out_lane)
{
    struct ct_spool_shared *shared = first->shared;
    /* relaxed: one thread at a time changes it */
    uint32_t lane = atomic_load_explicit(&shared->lane_count, memory_order_relaxed) + 1;
    *out_lane = (struct ct_spool_producer){.memory_fd = -1, .mask = shared->lane_capacity - 1};
    if (lane > CT_SPOOL_LANE_MAX)
        return CT_ERR_LIMIT;
    if (first->memory_inode != inode_of(first->memory_fd))
        return CT_ERR_STATE;
    CT_TRY(ct_spool_memory_grow(first->memory_fd, ct_spool_lane_offset(shared, lane + 1)));
    CT_TRY(map_producer(out_lane, first->memory_fd, ct_spool_lane_offset(shared, lane)));
    out_lane->bell = shared;
    /* release: a consumer that sees the lane sees its header */
    atomic_store_explicit(&shared->lane_count, lane, memory_order_release);
    return CT_OK;
}

void
ct_spool_producer_close(struct ct_spool_producer *producer)
{
    /* A zeroed struct has no ring and a descriptor 0 that is not ours. */
    bool is_open = producer->mask != 0;
    if (!is_open)
        return;
    ct_spool_unmap_ring(producer->ring, producer->mask + 1);
    ct_spool_unmap_shared(producer->shared);
    if (producer->memory_fd >= 0)
        close(producer->memory_fd);
    *producer = (struct ct_spool_producer){.memory_fd = -1};
}

/* Goes on at the ring's start, as if the rest of the ring were one record. It is published with the
 * record that comes next, so that a consumer never finds it alone. */
static void
turn(struct ct_spool_producer *producer)
{
    uint64_t offset = producer->head & producer->mask;
    const struct ct_spool_record rest = {.size = (uint32_t)(producer->mask + 1 - offset),
                                         .kind = CT_SPOOL_TURN};
    memcpy(producer->ring + offset, &rest, sizeof rest);
    /* relaxed: it is published with `head` */
    atomic_store_explicit(&producer->shared->turn, producer->head, memory_order_relaxed);
    producer->head += rest.size;
}

/* No record came after a turn: what was reserved was left, and another size is asked for. */
static void
undo_turn(struct ct_spool_producer *producer)
{
    /* relaxed: our own word */
    producer->head = atomic_load_explicit(&producer->shared->head, memory_order_relaxed);
}

/* At the window's end: back to its start, or if the consumer does not keep up a larger one, or
 * neither, where it is large enough: then the consumer is waited for. */
static void
leave_window(struct ct_spool_producer *producer, size_t size, uint64_t tail)
{
    uint64_t capacity = producer->mask + 1, end = (producer->head & producer->mask) + size;
    if (producer->window == capacity || end <= producer->window)
        return;
    bool is_small = size <= producer->window / VISIT_DIVISOR;
    if (is_small && producer->head - tail <= producer->window / LAG_DIVISOR) {
        turn(producer);
        return;
    }
    uint64_t max = is_small ? capacity / WINDOW_DIVISOR : capacity;
    while (producer->window < max && producer->window < end)
        producer->window *= 2;
}

/* So far the producer goes before it comes by here again. */
static uint64_t
visit_size(const struct ct_spool_producer *producer)
{
    uint64_t size = producer->window / VISIT_DIVISOR;
    return size < VISIT_SIZE_MAX ? size : VISIT_SIZE_MAX;
}

/* Asks for the pages of what is written next, all at once: one at a time each is a fault. */
static void
touch_ahead(struct ct_spool_producer *producer, uint64_t size)
{
    uint64_t start = producer->head & producer->mask, end = start + size;
    if (end > producer->mask + 1)
        end = producer->mask + 1;
    if (end <= producer->touched)
        return;
    if (start < producer->touched)
        start = producer->touched;
    ct_spool_touch(producer->ring + start, (size_t)(end - start));
    producer->touched = end;
}

/* Where the window ends, as a position; a ring that is used whole has no such end. */
static uint64_t
window_end(const struct ct_spool_producer *producer)
{
    uint64_t turn_start = producer->head & ~producer->mask;
    return producer->window > producer->mask ? UINT64_MAX : turn_start + producer->window;
}

/* Raises `limit` as far as the consumer has come, and goes where the next record is to stand; true
 * when `size` bytes fit now. */
static bool
find_room(struct ct_spool_producer *producer, size_t size)
{
    undo_turn(producer);
    /* acquire: the consumer's reads of the bytes below `tail` are over before we overwrite them */
    uint64_t tail = atomic_load_explicit(&producer->shared->tail, memory_order_acquire);
    leave_window(producer, size, tail);
    uint64_t part = visit_size(producer), end = tail + producer->mask + 1;
    uint64_t visit = producer->head + (part > size ? part : size), edge = window_end(producer);
    producer->limit = visit < end ? visit : end;
    producer->limit = producer->limit < edge ? producer->limit : edge;
    if (producer->head + size > producer->limit)
        return false;
    touch_ahead(producer, producer->limit - producer->head);
    return true;
}

static bool
consumer_is_over(const struct ct_spool_shared *shared)
{
    /* acquire: pairs with the release in state_put, so that `result` may be read afterwards */
    uint32_t state = atomic_load_explicit(&shared->state, memory_order_acquire);
    return state == CT_SPOOL_DONE || state == CT_SPOOL_FAILED;
}

/* Waits for the consumer to move; CT_END when it did not for timeout_ns. */
static enum ct_status
wait_for_room(struct ct_spool_producer *producer, size_t size, uint64_t timeout_ns)
{
    struct ct_spool_shared *shared = producer->shared;
    uint64_t moved_ns = ct_spool_clock_ns(), now = moved_ns;
    uint64_t progress = ct_spool_progress(producer);
    for (;;) {
        /* `room` is read before the last look at `tail`: a consumer that moves after that look
         * bumps `room`, and the wait returns at once. acquire keeps the two in this order. */
        uint32_t room = atomic_load_explicit(&shared->room, memory_order_acquire);
        if (find_room(producer, size))
            return CT_OK;
        if (consumer_is_over(producer->bell))
            return CT_ERR_STATE;
        uint64_t seen = ct_spool_progress(producer);
        if (seen != progress) {
            progress = seen;
            moved_ns = now;
        }
        if (now - moved_ns >= timeout_ns)
            return CT_END;
        ct_spool_word_wait(&shared->room, room, timeout_ns - (now - moved_ns));
        now = ct_spool_clock_ns();
    }
}

enum ct_status
ct_spool_producer_wait(struct ct_spool_producer *producer, size_t size, uint64_t timeout_ns)
{
    struct ct_spool_shared *shared = producer->shared;
    if (size > (producer->mask + 1) / RECORD_DIVISOR)
        return CT_ERR_LIMIT;
    if (consumer_is_over(producer->bell))
        return CT_ERR_STATE;
    bool fits = find_room(producer, size);
    ct_spool_producer_ring(producer);
    if (fits)
        return CT_OK;
    uint64_t start_ns = ct_spool_clock_ns();
    /* seq_cst: ordered before our next look at `tail`. The consumer stores `tail`, fences, then
     * looks at `wanted`; so either it sees `wanted` and bumps `room`, or we see its new `tail`. */
    atomic_store_explicit(&shared->wanted, 1, memory_order_seq_cst);
    atomic_thread_fence(memory_order_seq_cst);
    enum ct_status status = wait_for_room(producer, size, timeout_ns);
    /* relaxed: a consumer that still sees 1 makes one needless wake */
    atomic_store_explicit(&shared->wanted, 0, memory_order_relaxed);
    shared->wait_ns += ct_spool_clock_ns() - start_ns;
    shared->wait_count++;
    return status;
}

void
ct_spool_producer_ring(struct ct_spool_producer *producer)
{
    struct ct_spool_shared *shared = producer->bell;
    /* seq_cst on both: the consumer stores `consumer_sleeps`, then the kernel compares `doorbell`;
     * we bump `doorbell`, then look at `consumer_sleeps`. One of the two sees the other. */
    atomic_fetch_add_explicit(&shared->doorbell, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&shared->consumer_sleeps, memory_order_seq_cst) != 0)
        ct_spool_word_wake(&shared->doorbell);
}

void
ct_spool_producer_end(struct ct_spool_producer *producer)
{
    /* release: a consumer that sees `ended` sees the last `head` too */
    atomic_store_explicit(&producer->shared->ended, 1, memory_order_release);
    ct_spool_producer_ring(producer);
}

enum ct_status
ct_spool_producer_wait_done(struct ct_spool_producer *producer, uint64_t timeout_ns)
{
    struct ct_spool_shared *shared = producer->shared;
    uint64_t start_ns = ct_spool_clock_ns(), waited_ns = 0;
    while (waited_ns < timeout_ns) {
        /* acquire: `result` was written before DONE or FAILED */
        uint32_t state = atomic_load_explicit(&shared->state, memory_order_acquire);
        if (state == CT_SPOOL_DONE || state == CT_SPOOL_FAILED)
            return CT_OK;
        ct_spool_word_wait(&shared->state, state, timeout_ns - waited_ns);
        waited_ns = ct_spool_clock_ns() - start_ns;
    }
    return consumer_is_over(shared) ? CT_OK : CT_END;
}

enum ct_spool_state
ct_spool_producer_wait_started(struct ct_spool_producer *producer, uint64_t timeout_ns)
{
    _Atomic uint32_t *const state = &producer->shared->state;
    /* acquire: `result` was written before DONE or FAILED */
    if (atomic_load_explicit(state, memory_order_acquire) == CT_SPOOL_STARTING)
        ct_spool_word_wait(state, CT_SPOOL_STARTING, timeout_ns);
    return (enum ct_spool_state)atomic_load_explicit(state, memory_order_acquire);
}
