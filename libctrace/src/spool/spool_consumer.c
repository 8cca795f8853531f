/* The consumer's side of the spool. It looks at `head` once, drains up to it, and only then looks
 * again, so that the producer's cache line travels once per batch and not once per record. */
#include "spool/spool_map.h"
#include "spool/spool_wait.h"

#include <sys/stat.h>
#include <unistd.h>

/* Room is given back in such parts, for the same reason: small beside the part of the ring that a
 * producer uses as long as it sees that we keep up. */
#define RELEASE_SIZE (128u << 10)

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
    consumer->mask = capacity - 1;
    /* relaxed: our own word */
    consumer->tail = atomic_load_explicit(&consumer->shared->tail, memory_order_relaxed);
    consumer->published = consumer->tail;
    return CT_OK;
}

enum ct_status
ct_spool_consumer_open(struct ct_spool_consumer *consumer, int memory_fd)
{
    CT_TRY(open_ring(consumer, memory_fd, 0));
    consumer->shared->writer_pid = (int32_t)getpid();
    return CT_OK;
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
    return open_ring(out_lane, memory_fd, ct_spool_lane_offset(first->shared, lane));
}

void
ct_spool_consumer_close(struct ct_spool_consumer *consumer)
{
    ct_spool_unmap_ring(consumer->ring, consumer->mask + 1);
    ct_spool_unmap_shared(consumer->shared);
    *consumer = (struct ct_spool_consumer){0};
}

void
ct_spool_consumer_release_room(struct ct_spool_consumer *consumer)
{
    struct ct_spool_shared *shared = consumer->shared;
    /* release: our reads of the bytes below `tail` happen before the producer may reuse them */
    atomic_store_explicit(&shared->tail, consumer->tail, memory_order_release);
    /* The fence orders that store before the look at `wanted`; see ct_spool_producer_wait. */
    atomic_thread_fence(memory_order_seq_cst);
    /* relaxed: the fence did the ordering */
    if (atomic_load_explicit(&shared->wanted, memory_order_relaxed) == 0)
        return;
    /* release: the waiter that sees the new `room` sees the new `tail` */
    atomic_fetch_add_explicit(&shared->room, 1, memory_order_release);
    ct_spool_word_wake(&shared->room);
}

/* Looks at `head` again; CT_END when nothing was published since. */
static enum ct_status
find_published(struct ct_spool_consumer *consumer)
{
    /* acquire: pairs with the release in ct_spool_publish; the bytes below are complete */
    uint64_t head = atomic_load_explicit(&consumer->shared->head, memory_order_acquire);
    if (head - consumer->tail > consumer->mask + 1 || head % 8 != 0)
        return CT_ERR_FORMAT;
    consumer->published = head;
    return head == consumer->tail ? CT_END : CT_OK;
}

enum ct_status
ct_spool_consumer_look(struct ct_spool_consumer *consumer)
{
    if (consumer->tail != consumer->published)
        return CT_OK;
    enum ct_status status = find_published(consumer);
    /* relaxed: our own word */
    if (status == CT_END &&
        consumer->tail != atomic_load_explicit(&consumer->shared->tail, memory_order_relaxed))
        ct_spool_consumer_release_room(consumer);
    return status;
}

/* The next record, whatever it is. */
static enum ct_status
take(struct ct_spool_consumer *consumer, const struct ct_spool_record **out_record)
{
    /* relaxed: our own word */
    uint64_t released = atomic_load_explicit(&consumer->shared->tail, memory_order_relaxed);
    if (consumer->tail - released >= RELEASE_SIZE)
        ct_spool_consumer_release_room(consumer);
    enum ct_status status = ct_spool_consumer_look(consumer);
    if (status != CT_OK)
        return status;
    const struct ct_spool_record *record =
        (const struct ct_spool_record *)(consumer->ring + (consumer->tail & consumer->mask));
    uint64_t size = record->size;
    if (size < sizeof *record || size % 8 != 0 || size > consumer->published - consumer->tail)
        return CT_ERR_FORMAT;
    consumer->tail += size;
    *out_record = record;
    return CT_OK;
}

enum ct_status
ct_spool_consumer_next(struct ct_spool_consumer *consumer,
                       const struct ct_spool_record **out_record)
{
    enum ct_status status;
    do {
        status = take(consumer, out_record);
    } while (status == CT_OK && (*out_record)->kind == CT_SPOOL_TURN);
    return status;
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
    if (head == consumer->tail && !ct_spool_consumer_ended(consumer))
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
