/* Lanes of a spool: threads that publish in parallel, each into a ring of its own.
 *
 * Producers and consumer are threads of one process, so that a sanitizer sees both sides. The first
 * ring alone is in test_spool.c. */
#include "ctrace/spool.h"
#include "spool/spool_map.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define LANE_COUNT   4
#define RECORD_COUNT 60000u /* of each lane: some times around the smallest ring */
#define PATIENCE_NS  10000000000ull

/* `number` counts in its lane; `first` is how far the first ring was when it was made. */
struct numbered {
    struct ct_spool_record record;
    uint64_t number;
    uint64_t first;
    uint8_t padding[40];
};

struct spool {
    struct ct_spool_producer first;
    _Atomic uint64_t first_number; /* published in the first ring */
    pthread_mutex_t lock;          /* of ct_spool_lane_open */
};

static bool
put(struct ct_spool_producer *producer, uint64_t number, uint64_t first)
{
    const struct numbered numbered = {.record = {.size = sizeof numbered, .kind = CT_SPOOL_NAME},
                                      .number = number,
                                      .first = first};
    uint8_t *room = ct_spool_reserve(producer, sizeof numbered);
    while (room == NULL) {
        if (ct_spool_producer_wait(producer, sizeof numbered, PATIENCE_NS) != CT_OK)
            return false;
        room = ct_spool_reserve(producer, sizeof numbered);
    }
    memcpy(room, &numbered, sizeof numbered);
    ct_spool_publish(producer, sizeof numbered);
    return true;
}

static void *
run_lane(void *pointer)
{
    struct spool *spool = pointer;
    struct ct_spool_producer lane;
    pthread_mutex_lock(&spool->lock);
    enum ct_status status = ct_spool_lane_open(&spool->first, &lane);
    pthread_mutex_unlock(&spool->lock);
    bool is_done = status == CT_OK;
    for (uint64_t i = 0; i < RECORD_COUNT && is_done; i++)
        is_done = put(&lane, i, atomic_load(&spool->first_number));
    ct_spool_producer_close(&lane);
    return is_done ? spool : NULL;
}

static void *
run_first(void *pointer)
{
    struct spool *spool = pointer;
    for (uint64_t i = 1; i <= RECORD_COUNT; i++) {
        if (!put(&spool->first, i, 0))
            return NULL;
        atomic_store(&spool->first_number, i);
    }
    return spool;
}

struct reading {
    struct ct_spool_consumer first;
    struct ct_spool_consumer lanes[CT_SPOOL_LANE_MAX];
    uint64_t next[CT_SPOOL_LANE_MAX];
    uint32_t lane_count;
    uint64_t first_number;
};

static void
look_at_lanes(struct reading *reading, int memory_fd)
{
    uint32_t count = ct_spool_consumer_lane_count(&reading->first);
    for (; reading->lane_count < count; reading->lane_count++)
        assert_int_equal(ct_spool_consumer_lane_open(&reading->first, memory_fd,
                                                     reading->lane_count + 1,
                                                     &reading->lanes[reading->lane_count]),
                         CT_OK);
    for (uint32_t i = 0; i < count; i++)
        (void)!ct_spool_consumer_look(&reading->lanes[i]);
}

static void
read_first(struct reading *reading)
{
    const struct ct_spool_record *record;
    while (ct_spool_consumer_next(&reading->first, &record) == CT_OK)
        assert_int_equal(((const struct numbered *)record)->number, ++reading->first_number);
}

/* In order, and never before the record of the first ring that its producer had seen. */
static void
read_lane(struct reading *reading, uint32_t at)
{
    struct ct_spool_consumer *lane = &reading->lanes[at];
    while (lane->tail != lane->published) {
        const struct ct_spool_record *record;
        assert_int_equal(ct_spool_consumer_next(lane, &record), CT_OK);
        const struct numbered *numbered = (const struct numbered *)record;
        assert_int_equal(numbered->number, reading->next[at]++);
        assert_true(numbered->first <= reading->first_number);
    }
}

static bool
has_read_all(const struct reading *reading)
{
    for (uint32_t i = 0; i < LANE_COUNT; i++) {
        if (reading->next[i] < RECORD_COUNT)
            return false;
    }
    return reading->first_number == RECORD_COUNT;
}

static void
assert_lanes_are_read_in_order(uint64_t capacity)
{
    struct spool spool = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct reading reading = {.lane_count = 0};
    pthread_t threads[LANE_COUNT + 1];
    void *result;
    assert_int_equal(ct_spool_producer_open(&spool.first, capacity, NULL), CT_OK);
    assert_int_equal(ct_spool_consumer_open(&reading.first, spool.first.memory_fd), CT_OK);
    for (int i = 0; i < LANE_COUNT; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_lane, &spool), 0);
    assert_int_equal(pthread_create(&threads[LANE_COUNT], NULL, run_first, &spool), 0);
    while (!has_read_all(&reading)) {
        look_at_lanes(&reading, spool.first.memory_fd);
        read_first(&reading);
        for (uint32_t i = 0; i < reading.lane_count; i++)
            read_lane(&reading, i);
    }
    for (int i = 0; i <= LANE_COUNT; i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_non_null(result);
    }
    for (uint32_t i = 0; i < reading.lane_count; i++)
        ct_spool_consumer_close(&reading.lanes[i]);
    ct_spool_consumer_close(&reading.first);
    ct_spool_producer_close(&spool.first);
}

static void
test_lanes_are_read_in_order_and_after_the_first_ring(void **state)
{
    (void)state;
    assert_lanes_are_read_in_order(CT_SPOOL_CAPACITY_MIN);
}

/* Rings of which a part is used: they turn in it. */
static void
test_lanes_that_turn_are_read_in_order_too(void **state)
{
    (void)state;
    assert_lanes_are_read_in_order(CT_SPOOL_CAPACITY_DEFAULT);
}

/* Else it would be passed over for a record that nobody has seen, or be the last. */
static void
test_a_turn_is_never_alone(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    uint64_t number = 0;
    assert_int_equal(ct_spool_producer_open(&producer, CT_SPOOL_CAPACITY_DEFAULT, NULL), CT_OK);
    assert_int_equal(ct_spool_consumer_open(&consumer, producer.memory_fd), CT_OK);
    while (producer.head + sizeof(struct numbered) <= CT_SPOOL_CAPACITY_MIN) {
        assert_true(put(&producer, number++, 0));
        assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_OK);
    }
    ct_spool_consumer_release_room(&consumer);
    const uint64_t head = producer.head;
    assert_int_equal(ct_spool_producer_wait(&producer, sizeof(struct numbered), 0), CT_OK);
    assert_int_equal(producer.head, CT_SPOOL_CAPACITY_DEFAULT);
    assert_int_equal(ct_spool_consumer_look(&consumer), CT_END);
    /* What was reserved is left, and more than that part of the ring has is asked for. */
    assert_int_equal(ct_spool_producer_wait(&producer, 8 * CT_SPOOL_CAPACITY_MIN, 0), CT_OK);
    assert_int_equal(producer.head, head);
    assert_true(put(&producer, number, 0));
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_OK);
    assert_int_equal(((const struct numbered *)record)->number, number);
    ct_spool_consumer_close(&consumer);
    ct_spool_producer_close(&producer);
}

static void
test_there_are_so_many_lanes_and_no_more(void **state)
{
    (void)state;
    struct ct_spool_producer first, lanes[CT_SPOOL_LANE_MAX], one_more;
    assert_int_equal(ct_spool_producer_open(&first, 1, NULL), CT_OK);
    for (int i = 0; i < CT_SPOOL_LANE_MAX; i++)
        assert_int_equal(ct_spool_lane_open(&first, &lanes[i]), CT_OK);
    assert_int_equal(ct_spool_lane_open(&first, &one_more), CT_ERR_LIMIT);
    for (int i = 0; i < CT_SPOOL_LANE_MAX; i++) {
        assert_true(put(&lanes[i], (uint64_t)i, 0));
        ct_spool_producer_close(&lanes[i]);
    }
    ct_spool_producer_close(&first);
}

static void
test_lanes_grow_a_file_too(void **state)
{
    (void)state;
    struct ct_spool_producer first = {.memory_fd = -1}, lane;
    struct ct_spool_consumer consumer, lane_consumer;
    const struct ct_spool_record *record;
    struct stat found;
    int fd;
    assert_int_equal(ct_spool_producer_open(&first, 1, NULL), CT_OK);
    assert_int_equal(ct_spool_memory_create_file(CT_SPOOL_CAPACITY_MIN, "/tmp", &fd), CT_OK);
    struct ct_spool_shared *shared;
    assert_int_equal(ct_spool_map_shared(fd, 0, &shared), CT_OK);
    memcpy(shared, first.shared, sizeof *shared);
    ct_spool_producer_close(&first);
    assert_int_equal(fstat(fd, &found), 0);
    first =
        (struct ct_spool_producer){.shared = shared, .memory_fd = fd, .memory_inode = found.st_ino};
    assert_int_equal(ct_spool_lane_open(&first, &lane), CT_OK);
    assert_true(put(&lane, 7, 0));
    assert_int_equal(ct_spool_consumer_open(&consumer, fd), CT_OK);
    assert_int_equal(ct_spool_consumer_lane_count(&consumer), 1);
    assert_int_equal(ct_spool_consumer_lane_open(&consumer, fd, 1, &lane_consumer), CT_OK);
    assert_int_equal(ct_spool_consumer_next(&lane_consumer, &record), CT_OK);
    assert_int_equal(((const struct numbered *)record)->number, 7);
    ct_spool_consumer_close(&lane_consumer);
    ct_spool_producer_close(&lane);
    ct_spool_consumer_close(&consumer);
    ct_spool_unmap_shared(shared);
    close(fd);
}

/* The program may write anywhere in its memory. */
static void
test_a_lane_that_is_none_is_refused(void **state)
{
    (void)state;
    struct ct_spool_producer first, lane;
    struct ct_spool_consumer consumer, lane_consumer;
    assert_int_equal(ct_spool_producer_open(&first, 1, NULL), CT_OK);
    assert_int_equal(ct_spool_lane_open(&first, &lane), CT_OK);
    assert_int_equal(ct_spool_consumer_open(&consumer, first.memory_fd), CT_OK);
    lane.shared->magic++;
    assert_int_equal(ct_spool_consumer_lane_open(&consumer, first.memory_fd, 1, &lane_consumer),
                     CT_ERR_FORMAT);
    assert_int_equal(ct_spool_consumer_lane_open(&consumer, first.memory_fd, 2, &lane_consumer),
                     CT_ERR_FORMAT);
    first.shared->lane_capacity = 12345;
    assert_int_equal(ct_spool_consumer_lane_open(&consumer, first.memory_fd, 1, &lane_consumer),
                     CT_ERR_FORMAT);
    atomic_store(&first.shared->lane_count, 1000000);
    assert_int_equal(ct_spool_consumer_lane_count(&consumer), CT_SPOOL_LANE_MAX);
    ct_spool_consumer_close(&consumer);
    ct_spool_producer_close(&lane);
    ct_spool_producer_close(&first);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes_are_read_in_order_and_after_the_first_ring),
        cmocka_unit_test(test_lanes_that_turn_are_read_in_order_too),
        cmocka_unit_test(test_a_turn_is_never_alone),
        cmocka_unit_test(test_there_are_so_many_lanes_and_no_more),
        cmocka_unit_test(test_lanes_grow_a_file_too),
        cmocka_unit_test(test_a_lane_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
