/* The ring between two processes: room, order, waiting, ends of every sort.
 *
 * Producer and consumer are one process where order is what matters, and two (fork) where the ring
 * has to hold: there every record carries its number and a checksum. */
#include "spool_records.h"
#include "support.h"

#include "ctrace/spool.h"
#include "spool/spool_map.h"
#include "spool/spool_wait.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND_NS     1000000000ull
#define STRESS_COUNT  200000u
#define LARGE         (16u * CT_SPOOL_CAPACITY_MIN)

static size_t
stress_size(uint64_t *random)
{
    uint64_t draw = ct_random_next(random);
    size_t extra = draw % 100 == 0 ? ct_random_next(random) % 100000 : draw % 64;
    return (SPOOL_RECORD_MIN + extra + 7) & ~(size_t)7;
}

static void
open_both(struct ct_spool_producer *producer, struct ct_spool_consumer *consumer)
{
    spool_open_sized(producer, consumer, CT_SPOOL_CAPACITY_MIN);
}

static void
test_capacity_is_rounded_within_limits(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    assert_int_equal(ct_spool_producer_open(&producer, (3u << 20) + 1, NULL), CT_OK);
    assert_int_equal(producer.shared->capacity, 4u << 20);
    ct_spool_producer_close(&producer);
    assert_int_equal(ct_spool_producer_open(&producer, 0, NULL), CT_OK);
    assert_int_equal(producer.shared->capacity, CT_SPOOL_CAPACITY_MIN);
    ct_spool_producer_close(&producer);
}

static void
test_a_zeroed_struct_closes(void **state)
{
    (void)state;
    struct ct_spool_producer producer = {0};
    struct ct_spool_consumer consumer = {0};
    ct_spool_producer_close(&producer);
    ct_spool_consumer_close(&consumer);
    assert_int_not_equal(fcntl(0, F_GETFD) + 1, 0); /* descriptor 0 was not taken for ours */
}

static void
test_both_halves_are_one_memory(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    assert_int_equal(ct_spool_producer_open(&producer, 1, NULL), CT_OK);
    producer.ring[CT_SPOOL_CAPACITY_MIN] = 42;
    assert_int_equal(producer.ring[0], 42);
    ct_spool_producer_close(&producer);
}

static void
test_nothing_is_there_before_it_is_published(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    open_both(&producer, &consumer);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_END);
    uint8_t *room = ct_spool_reserve(&producer, 64);
    spool_fill_record(room, 64, 7);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_END);
    ct_spool_publish(&producer, 64);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_OK);
    spool_assert_record(record, 7);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_END);
    assert_int_equal(atomic_load(&producer.shared->tail), 64);
    spool_close_both(&producer, &consumer);
}

static void
test_a_full_ring_makes_the_producer_wait(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    const size_t size = CT_SPOOL_CAPACITY_MIN / 4;
    open_both(&producer, &consumer);
    for (uint64_t i = 0; i < 4; i++)
        spool_put_record(&producer, size, i);
    assert_null(ct_spool_reserve(&producer, 32));
    assert_int_equal(ct_spool_producer_wait(&producer, 32, 1000000), CT_END);
    assert_int_equal(producer.shared->wait_count, 1);
    assert_true(producer.shared->wait_ns >= 1000000);
    assert_int_equal(ct_spool_producer_wait(&producer, size + 8, 1000000), CT_ERR_LIMIT);

    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_OK);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_OK); /* gives back the first */
    assert_int_equal(ct_spool_producer_wait(&producer, size, 1000000), CT_OK);
    spool_put_record(&producer, size, 4);
    for (uint64_t i = 2; i < 5; i++) {
        assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_OK);
        spool_assert_record(record, i);
    }
    spool_close_both(&producer, &consumer);
}

static void
test_a_consumer_that_gave_up_is_not_waited_for(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    open_both(&producer, &consumer);
    assert_int_equal(ct_spool_producer_wait_done(&producer, 1000000), CT_END);
    ct_spool_consumer_state_put(&consumer, CT_SPOOL_FAILED);
    assert_int_equal(ct_spool_producer_wait(&producer, 64, SECOND_NS), CT_ERR_STATE);
    assert_int_equal(ct_spool_producer_wait_done(&producer, SECOND_NS), CT_OK);
    spool_close_both(&producer, &consumer);
}

static void
test_a_start_is_waited_for(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    open_both(&producer, &consumer);
    assert_int_equal(ct_spool_producer_wait_started(&producer, 1000000), CT_SPOOL_STARTING);
    ct_spool_consumer_state_put(&consumer, CT_SPOOL_RUNNING);
    assert_int_equal(ct_spool_producer_wait_started(&producer, SECOND_NS), CT_SPOOL_RUNNING);
    spool_close_both(&producer, &consumer);
}

/* A rest is over with the end, not with a record. */
static void
test_a_rest_ends_when_the_producer_does(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    open_both(&producer, &consumer);
    spool_fill_record(ct_spool_reserve(&producer, 64), 64, 0);
    ct_spool_publish(&producer, 64);
    ct_spool_consumer_rest(&consumer, 1000000);
    assert_false(ct_spool_consumer_ended(&consumer));
    pid_t child = fork();
    if (child == 0) {
        while (atomic_load(&producer.shared->consumer_sleeps) == 0)
            continue;
        ct_spool_producer_end(&producer);
        _exit(0);
    }
    ct_spool_consumer_rest(&consumer, 3600 * SECOND_NS);
    assert_true(ct_spool_consumer_ended(&consumer));
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    ct_spool_consumer_rest(&consumer, 3600 * SECOND_NS);
    spool_close_both(&producer, &consumer);
}

static void
assert_next_is_damage(uint32_t size)
{
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    open_both(&producer, &consumer);
    uint8_t *room = ct_spool_reserve(&producer, 64);
    spool_fill_record(room, 64, 0);
    memcpy(room, &size, sizeof size);
    ct_spool_publish(&producer, 64);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_ERR_FORMAT);
    spool_close_both(&producer, &consumer);
}

static void
test_impossible_sizes_are_refused(void **state)
{
    (void)state;
    assert_next_is_damage(0);
    assert_next_is_damage(60);
    assert_next_is_damage(72);
    assert_next_is_damage(UINT32_MAX);
}

static void
test_an_impossible_head_is_refused(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    open_both(&producer, &consumer);
    atomic_store(&producer.shared->head, 2 * CT_SPOOL_CAPACITY_MIN);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_ERR_FORMAT);
    spool_close_both(&producer, &consumer);
}

static void
test_foreign_memory_is_refused(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    assert_int_equal(ct_spool_producer_open(&producer, 1, NULL), CT_OK);
    producer.shared->version++;
    assert_int_equal(ct_spool_consumer_open(&consumer, producer.memory_fd), CT_ERR_FORMAT);
    producer.shared->version--;
    producer.shared->capacity = CT_SPOOL_CAPACITY_MIN * 2;
    assert_int_equal(ct_spool_consumer_open(&consumer, producer.memory_fd), CT_ERR_FORMAT);
    ct_spool_producer_close(&producer);

    char path[] = "/tmp/test_spool_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(ct_spool_consumer_open(&consumer, fd), CT_ERR_FORMAT);
    close(fd);
    assert_int_equal(ct_spool_consumer_open(&consumer, -1), CT_ERR_IO);
}

/* ---- two processes ---- */

static int
produce(struct ct_spool_producer *producer, uint64_t count)
{
    uint64_t random = 1;
    for (uint64_t i = 0; i < count; i++)
        spool_put_record(producer, stress_size(&random), i);
    ct_spool_producer_end(producer);
    return 0;
}

/* Drains until the producer ended; the number of records. */
static uint64_t
consume_all(struct ct_spool_consumer *consumer)
{
    const struct ct_spool_record *record;
    uint64_t count = 0;
    for (;;) {
        bool is_last = ct_spool_consumer_ended(consumer);
        enum ct_status status;
        while ((status = ct_spool_consumer_next(consumer, &record)) == CT_OK)
            spool_assert_record(record, count++);
        assert_int_equal(status, CT_END);
        if (is_last)
            return count;
        ct_spool_consumer_wait(consumer, SECOND_NS / 100);
    }
}

static void
test_a_large_ring_passes_every_record_in_order(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    spool_open_sized(&producer, &consumer, LARGE);
    pid_t child = fork();
    if (child == 0)
        _exit(produce(&producer, STRESS_COUNT));
    assert_int_equal(consume_all(&consumer), STRESS_COUNT);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    spool_close_both(&producer, &consumer);
}

static void
test_two_processes_pass_every_record_in_order(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    open_both(&producer, &consumer);
    pid_t child = fork();
    if (child == 0)
        _exit(produce(&producer, STRESS_COUNT));
    /* Not before the ring is full: then the producer has to wait at least once. */
    for (int i = 0; i < 1000 && atomic_load(&producer.shared->wanted) == 0; i++)
        ct_spool_word_wait(&producer.shared->wanted, 0, SECOND_NS / 100);
    assert_int_equal(consume_all(&consumer), STRESS_COUNT);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(producer.shared->wait_count > 0);
    spool_close_both(&producer, &consumer);
}

/* Kills a producer after the consumer saw `kill_at` records; what was published has to be whole. */
static void
assert_kill_leaves_whole_records(uint64_t capacity, uint64_t kill_at)
{
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    uint64_t count = 0;
    int status;
    spool_open_sized(&producer, &consumer, capacity);
    pid_t child = fork();
    if (child == 0)
        _exit(produce(&producer, UINT64_MAX));
    while (count < kill_at) {
        enum ct_status next = ct_spool_consumer_next(&consumer, &record);
        if (next == CT_OK)
            spool_assert_record(record, count++);
        else
            ct_spool_consumer_wait(&consumer, SECOND_NS / 1000);
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    while (ct_spool_consumer_next(&consumer, &record) == CT_OK)
        spool_assert_record(record, count++);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_END);
    spool_close_both(&producer, &consumer);
}

static void
test_a_killed_producer_leaves_whole_records(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (int i = 0; i < 30; i++)
        assert_kill_leaves_whole_records(i % 2 == 0 ? CT_SPOOL_CAPACITY_MIN : LARGE,
                                         ct_random_next(&random) % 3000);
}

static void
test_the_fallback_is_an_unlinked_file(void **state)
{
    (void)state;
    int fd = -1;
    assert_int_equal(ct_spool_memory_create_file(CT_SPOOL_CAPACITY_MIN, "/nonexistent", &fd),
                     CT_ERR_IO);
    assert_int_equal(ct_spool_memory_create_file(CT_SPOOL_CAPACITY_MIN, "/tmp", &fd), CT_OK);
    struct stat found;
    assert_int_equal(fstat(fd, &found), 0);
    assert_int_equal(found.st_nlink, 0);
    assert_int_equal(found.st_size, ct_spool_memory_size(CT_SPOOL_CAPACITY_MIN));
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capacity_is_rounded_within_limits),
        cmocka_unit_test(test_a_zeroed_struct_closes),
        cmocka_unit_test(test_both_halves_are_one_memory),
        cmocka_unit_test(test_nothing_is_there_before_it_is_published),
        cmocka_unit_test(test_a_full_ring_makes_the_producer_wait),
        cmocka_unit_test(test_a_consumer_that_gave_up_is_not_waited_for),
        cmocka_unit_test(test_a_start_is_waited_for),
        cmocka_unit_test(test_a_rest_ends_when_the_producer_does),
        cmocka_unit_test(test_impossible_sizes_are_refused),
        cmocka_unit_test(test_an_impossible_head_is_refused),
        cmocka_unit_test(test_foreign_memory_is_refused),
        cmocka_unit_test(test_a_large_ring_passes_every_record_in_order),
        cmocka_unit_test(test_two_processes_pass_every_record_in_order),
        cmocka_unit_test(test_a_killed_producer_leaves_whole_records),
        cmocka_unit_test(test_the_fallback_is_an_unlinked_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
