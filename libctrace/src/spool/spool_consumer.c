/* The consumer's side of the spool. It looks at `head` once, drains up to it, and only then looks
 * again, so that the producer's cache line travels once per batch and not once per record. Between,
 * it glances at how full the ring is and takes out what is much: to copy a record is quick beside
 * what is done with it, and a ring that is emptied in time is used in few pages again and again. */
#include "spool/spool_backlog.h"
#include "spool/spool_map.h"
#include "spool/spool_wait.h"

#include <sys/stat.h>
#include <unistd.h>

/* Room is given back in such parts, for the same reason: small beside the part of the ring that a
 * producer uses as long as it sees that we keep up. */
#define RELEASE_SIZE (64u << 10)
#define GLANCE_SIZE  (4u << 10)   /* is delivered between two glances */
#define AHEAD_SIZE   (64u << 10)  /* what is less may stay in the ring */
#define WARM_RING    (1u << 20)   /* is used in any case */
#define WARM_BACKLOG (2u << 20)   /* is used where the producer is ahead */
#define WARM_PART    (64u << 10)  /* at a time, for there may be something to do by then */
#define WARM_STEP    4096u        /* no page is smaller */
#define PIECE_SIZE   (64u << 10)  /* is copied at a time */

static bool
capacity_is_valid(uint64_t capacity)
{
    return capacity >= CT_SPOOL_CAPACITY_MIN && capacity <= CT_SPOOL_CAPACITY_MAX &&
           (capacity & (capacity - 1)) == 0;
}

/* Maps the ring at `offset` of the file, and checks its header. */
static enum ct_status
open_ring(struct ct_spool_consumer *consumer, int memory_fd, uint64_t offset)
{
    *consumer = (struct ct_spool_consumer){0};
    struct stat found;
    if (fstat(memory_fd, &found) != 0)
        return CT_ERR_IO;
    uint64_t size = (uint64_t)found.st_size;
    if (size < offset || size - offset < ct_spool_memory_size(CT_SPOOL_CAPACITY_MIN))
        return CT_ERR_FORMAT;
    CT_TRY(ct_spool_map_shared(memory_fd, offset, &consumer->shared));
    uint64_t capacity = consumer->shared->capacity;
    uint8_t *ring = NULL;
    enum ct_status status = CT_ERR_FORMAT;
    if (consumer->shared->magic == CT_SPOOL_MAGIC &&
        consumer->shared->version == CT_SPOOL_VERSION && capacity_is_valid(capacity) &&
        size - offset >= ct_spool_memory_size(capacity))
        status = ct_spool_map_ring(memory_fd, offset, capacity, CT_SPOOL_CONSUMER, &ring);
    if (status != CT_OK) {
        ct_spool_consumer_close(consumer);
        return status;
    }
    consumer->ring = ring;
    consumer->bell = consumer->shared;
    consumer->mask = capacity - 1;
    /* relaxed: our own word */
    consumer->tail = atomic_load_explicit(&consumer->shared->tail, memory_order_relaxed);
    consumer->published = consumer->taken = consumer->glanced = consumer->tail;
    ct_spool_backlog_init(&consumer->backlog, capacity);
    return CT_OK;
}

enum ct_status
ct_spool_consumer_open(struct ct_spool_consumer *consumer, int memory_fd)
{
    CT_TRY(open_ring(consumer, memory_fd, 0));
    consumer->shared->writer_pid = (int32_t)getpid();
    return CT_OK;
}

/* Pages of the ring are read, those of the backlog written to. */
bool
ct_spool_consumer_warm(struct ct_spool_consumer *consumer)
{
    const volatile uint8_t *const ring = consumer->ring;
    volatile uint8_t *backlog;
    const uint64_t first = consumer->warmed;
    const uint64_t size = first < WARM_RING ? consumer->mask + 1
                                            : ct_spool_backlog_warmable(&consumer->backlog);
    const uint64_t from = first < WARM_RING ? first : first - WARM_RING;
    if (first >= WARM_RING + WARM_BACKLOG || from + WARM_PART > size)
        return false;
    backlog = consumer->backlog.bytes;
    for (uint64_t at = from; at < from + WARM_PART; at += WARM_STEP) {
        if (first < WARM_RING)
            (void)ring[at];
        else
            backlog[at] = 0;
    }
    consumer->warmed += WARM_PART;
    return true;
}

uint32_t
ct_spool_consumer_lane_count(const struct ct_spool_consumer *consumer)
{
    /* acquire: pairs with the release in ct_spool_lane_open; the lanes' headers are there */
    uint32_t count = atomic_load_explicit(&consumer->shared->lane_count, memory_order_acquire);
    return count > CT_SPOOL_LANE_MAX ? CT_SPOOL_LANE_MAX : count;
}

enum ct_status
ct_spool_consumer_lane_open(const struct ct_spool_consumer *first, int memory_fd, uint32_t lane,
                            struct ct_spool_consumer *out_lane)
{
    if (!capacity_is_valid(first->shared->lane_capacity))
        return CT_ERR_FORMAT;
    CT_TRY(open_ring(out_lane, memory_fd, ct_spool_lane_offset(first->shared, lane)));
    out_lane->bell = first->shared;
    return CT_OK;
}

void
ct_spool_consumer_close(struct ct_spool_consumer *consumer)
{
    ct_spool_unmap_ring(consumer->ring, consumer->mask + 1);
    ct_spool_unmap_shared(consumer->shared);
    ct_spool_backlog_release(&consumer->backlog);
    *consumer = (struct ct_spool_consumer){0};
}

/* A producer that waits for room, or for the end, sees that this lives. */
static void
show_progress(struct ct_spool_consumer *consumer)
{
    /* relaxed: nothing goes with it */
    atomic_fetch_add_explicit(&consumer->bell->progress, 1, memory_order_relaxed);
}

void
ct_spool_consumer_release_room(struct ct_spool_consumer *consumer)
{
    struct ct_spool_shared *shared = consumer->shared;
    show_progress(consumer);
    /* release: our reads of the bytes below `taken` happen before the producer may reuse them */
    atomic_store_explicit(&shared->tail, consumer->taken, memory_order_release);
    /* The fence orders that store before the look at `wanted`; see ct_spool_producer_wait. */
    atomic_thread_fence(memory_order_seq_cst);
    /* relaxed: the fence did the ordering */
    if (atomic_load_explicit(&shared->wanted, memory_order_relaxed) == 0)
        return;
    /* release: the waiter that sees the new `room` sees the new `tail` */
    atomic_fetch_add_explicit(&shared->room, 1, memory_order_release);
    ct_spool_word_wake(&shared->room);
}

static enum ct_status
read_head(const struct ct_spool_consumer *consumer, uint64_t *out_head)
{
    /* acquire: pairs with the release in ct_spool_publish; the bytes below are complete */
    *out_head = atomic_load_explicit(&consumer->shared->head, memory_order_acquire);
    bool is_valid = *out_head - consumer->taken <= consumer->mask + 1 && *out_head % 8 == 0;
    return is_valid ? CT_OK : CT_ERR_FORMAT;
}

/* Looks at `head` again; CT_END when nothing was published since. */
static enum ct_status
find_published(struct ct_spool_consumer *consumer)
{
    CT_TRY(read_head(consumer, &consumer->published));
    return consumer->published == consumer->tail ? CT_END : CT_OK;
}

static uint64_t
released(const struct ct_spool_consumer *consumer)
{
    /* relaxed: our own word */
    return atomic_load_explicit(&consumer->shared->tail, memory_order_relaxed);
}

enum ct_status
ct_spool_consumer_look(struct ct_spool_consumer *consumer)
{
    if (consumer->tail != consumer->published)
        return CT_OK;
    enum ct_status status = find_published(consumer);
    if (status == CT_END && consumer->taken != released(consumer))
        ct_spool_consumer_release_room(consumer);
    return status;
}

static const struct ct_spool_record *
record_in_ring(const struct ct_spool_consumer *consumer, uint64_t position)
{
    return (const struct ct_spool_record *)(consumer->ring + (position & consumer->mask));
}

/* The size of a record of which `there` bytes may be; 0: it is impossible. hot */
static inline uint64_t
size_of(const struct ct_spool_record *record, uint64_t there)
{
    uint64_t size = record->size;
    return size < sizeof *record || size % 8 != 0 || size > there ? 0 : size;
}

/* What of a record is worth holding: of a turn, that it is one. hot */
static inline uint64_t
held_size(const struct ct_spool_record *record)
{
    return record->kind == CT_SPOOL_TURN ? sizeof *record : record->size;
}

/* Where the bytes that lie in a row from `taken` on end, which is behind the head of a turn or at
 * `head`; *out_next: where it goes on. A turn that was undone is none any more. */
static uint64_t
row_end(const struct ct_spool_consumer *consumer, uint64_t head, uint64_t *out_next)
{
    /* relaxed: `head` was read; a newer turn is not made before this one was released */
    uint64_t turn = atomic_load_explicit(&consumer->shared->turn, memory_order_relaxed);
    *out_next = head;
    if (turn - consumer->taken >= head - consumer->taken || turn % 8 != 0)
        return head;
    const struct ct_spool_record *record = record_in_ring(consumer, turn);
    uint64_t size = size_of(record, head - turn);
    if (record->kind != CT_SPOOL_TURN || size == 0)
        return head;
    *out_next = turn + size;
    return turn + sizeof *record;
}

/* Moves what lies in a row from the ring to the backlog, giving room back all along; false when it
 * has to stay. */
static bool
take_row(struct ct_spool_consumer *consumer, uint64_t head)
{
    uint64_t next, end = row_end(consumer, head, &next);
    if (!ct_spool_backlog_reserve(&consumer->backlog, end - consumer->taken))
        return false;
    while (consumer->taken != end) {
        uint64_t size = end - consumer->taken;
        size = size < PIECE_SIZE ? size : PIECE_SIZE;
        const void *const bytes = record_in_ring(consumer, consumer->taken);
        ct_spool_backlog_put(&consumer->backlog, bytes, size);
        consumer->taken += size;
        if (consumer->taken != end)
            ct_spool_consumer_release_room(consumer);
    }
    consumer->taken = next;
    ct_spool_consumer_release_room(consumer);
    return true;
}

/* Glances at the ring and, if there is much in it, empties it. */
static enum ct_status
take_ahead(struct ct_spool_consumer *consumer)
{
    uint64_t head;
    consumer->glanced = consumer->tail;
    CT_TRY(read_head(consumer, &head));
    if (head - consumer->taken < AHEAD_SIZE)
        return CT_OK;
    while (consumer->taken != head && take_row(consumer, head)) {
    }
    return CT_OK;
}

/* The next record in the ring; NULL: it is impossible. hot */
static inline const struct ct_spool_record *
take_here(struct ct_spool_consumer *consumer)
{
    const struct ct_spool_record *record = record_in_ring(consumer, consumer->tail);
    uint64_t size = size_of(record, consumer->published - consumer->tail);
    if (size == 0)
        return NULL;
    consumer->tail += size;
    consumer->taken = consumer->tail;
    return record;
}

/* The same of what was taken, whose sizes nobody has looked at yet: in the end they must come to
 * what the ring gave. hot */
static inline const struct ct_spool_record *
take_held(struct ct_spool_consumer *consumer)
{
    struct ct_spool_backlog *backlog = &consumer->backlog;
    const struct ct_spool_record *record = ct_spool_backlog_first(backlog);
    const uint64_t size = size_of(record, consumer->published - consumer->tail);
    const uint64_t held = held_size(record);
    if (size == 0 || held > backlog->end - backlog->start)
        return NULL;
    consumer->tail += size;
    ct_spool_backlog_drop(backlog, held);
    if (!ct_spool_backlog_is_empty(backlog))
        return record;
    return consumer->tail == consumer->taken ? record : NULL;
}

/* Does what is done once in a while, and says in `until` how far records may be delivered before it
 * is done again; CT_END when there are none. */
static enum ct_status
look_around(struct ct_spool_consumer *consumer)
{
    show_progress(consumer);
    if (consumer->tail - consumer->glanced >= GLANCE_SIZE)
        CT_TRY(take_ahead(consumer));
    if (consumer->taken - released(consumer) >= RELEASE_SIZE)
        ct_spool_consumer_release_room(consumer);
    CT_TRY(ct_spool_consumer_look(consumer));
    const uint64_t glance = consumer->glanced + GLANCE_SIZE;
    consumer->until = consumer->published < glance ? consumer->published : glance;
    return CT_OK;
}

/* hot */
enum ct_status
ct_spool_consumer_next(struct ct_spool_consumer *consumer,
                       const struct ct_spool_record **out_record)
{
    const struct ct_spool_record *record;
    do {
        if (consumer->tail >= consumer->until)
            CT_TRY(look_around(consumer));
        record = ct_spool_backlog_is_empty(&consumer->backlog) ? take_here(consumer)
                                                               : take_held(consumer);
        if (record == NULL)
            return CT_ERR_FORMAT;
    } while (record->kind == CT_SPOOL_TURN);
    *out_record = record;
    return CT_OK;
}

void
ct_spool_consumer_wait(struct ct_spool_consumer *consumer, uint64_t timeout_ns)
{
    struct ct_spool_shared *shared = consumer->shared;
    /* acquire: read before `head`; a ring after this read makes the wait return at once */
    uint32_t doorbell = atomic_load_explicit(&shared->doorbell, memory_order_acquire);
    /* seq_cst: see ct_spool_producer_ring */
    atomic_store_explicit(&shared->consumer_sleeps, 1, memory_order_seq_cst);
    /* acquire is not needed: ct_spool_consumer_next reads `head` again */
    uint64_t head = atomic_load_explicit(&shared->head, memory_order_relaxed);
    if (head == consumer->taken && !ct_spool_consumer_ended(consumer))
        ct_spool_word_wait(&shared->doorbell, doorbell, timeout_ns);
    /* relaxed: a producer that still sees 1 makes one needless wake */
    atomic_store_explicit(&shared->consumer_sleeps, 0, memory_order_relaxed);
}

/* As above, but for `head`, whose cache line is the producer's. */
void
ct_spool_consumer_rest(struct ct_spool_consumer *consumer, uint64_t timeout_ns)
{
    struct ct_spool_shared *shared = consumer->shared;
    uint32_t doorbell = atomic_load_explicit(&shared->doorbell, memory_order_acquire);
    atomic_store_explicit(&shared->consumer_sleeps, 1, memory_order_seq_cst);
    if (!ct_spool_consumer_ended(consumer))
        ct_spool_word_wait(&shared->doorbell, doorbell, timeout_ns);
    atomic_store_explicit(&shared->consumer_sleeps, 0, memory_order_relaxed);
}

bool
ct_spool_consumer_ended(const struct ct_spool_consumer *consumer)
{
    /* acquire: after a true answer the next look at `head` sees the last one */
    return atomic_load_explicit(&consumer->shared->ended, memory_order_acquire) != 0;
}

void
ct_spool_consumer_state_put(struct ct_spool_consumer *consumer, enum ct_spool_state state)
{
    struct ct_spool_shared *shared = consumer->shared;
    /* release: `result` before DONE or FAILED */
    atomic_store_explicit(&shared->state, (uint32_t)state, memory_order_release);
    ct_spool_word_wake(&shared->state);
    /* A producer that waits for room has to learn of the end as well. release: after `state`. */
    atomic_fetch_add_explicit(&shared->room, 1, memory_order_release);
    ct_spool_word_wake(&shared->room);
}
