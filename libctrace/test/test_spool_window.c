/* The part of a ring that is used, and what the consumer takes out of it ahead of its delivery.
 *
 * Producer and consumer are one process, so what each does when is exact. The rest of a ring is in
 * test_spool.c. */
#include "spool_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LARGE (16u * CT_SPOOL_CAPACITY_MIN)

static void
assert_next_is(struct ct_spool_consumer *consumer, uint64_t number)
{
    const struct ct_spool_record *record;
    assert_int_equal(ct_spool_consumer_next(consumer, &record), CT_OK);
    spool_assert_record(record, number);
}

/* Three times as much as the ring has, with a consumer that falls behind until it is so by `lag`
 * records. */
static uint64_t
touched_by_lag(uint64_t lag)
{
    enum { SIZE = 8192 };
    const uint64_t count = 3u * LARGE / SIZE;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    uint64_t delivered = 0;
    spool_open_sized(&producer, &consumer, LARGE);
    for (uint64_t i = 0; i < count; i++) {
        spool_put_record(&producer, SIZE, i);
        if (i % 2 == 1 || i - delivered >= lag)
            assert_next_is(&consumer, delivered++);
    }
    while (delivered < count)
        assert_next_is(&consumer, delivered++);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_END);
    assert_int_equal(producer.shared->wait_count, 0);
    uint64_t touched = producer.touched;
    spool_close_both(&producer, &consumer);
    return touched;
}

/* What is delivered late was taken in time. */
static void
test_a_consumer_that_keeps_up_leaves_most_of_the_ring_alone(void **state)
{
    (void)state;
    assert_int_equal(touched_by_lag(0), CT_SPOOL_CAPACITY_MIN);
    assert_int_equal(touched_by_lag(40), CT_SPOOL_CAPACITY_MIN);
    assert_int_equal(touched_by_lag(100), CT_SPOOL_CAPACITY_MIN);
    assert_int_equal(touched_by_lag(1000), CT_SPOOL_CAPACITY_MIN);
}

/* In bursts of so many records, with a consumer that does nothing meanwhile. */
static uint64_t
touched_by_burst(uint64_t burst)
{
    enum { SIZE = 8192 };
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    spool_open_sized(&producer, &consumer, LARGE);
    for (uint64_t first = 0; first < 3u * LARGE / SIZE; first += burst) {
        for (uint64_t i = first; i < first + burst; i++)
            spool_put_record(&producer, SIZE, i);
        for (uint64_t i = first; i < first + burst; i++)
            assert_next_is(&consumer, i);
    }
    assert_int_equal(producer.shared->wait_count, 0);
    uint64_t touched = producer.touched;
    spool_close_both(&producer, &consumer);
    return touched;
}

static void
test_one_that_does_not_has_more_of_it_used(void **state)
{
    (void)state;
    assert_int_equal(touched_by_burst(40), CT_SPOOL_CAPACITY_MIN);
    assert_int_equal(touched_by_burst(100), 2 * CT_SPOOL_CAPACITY_MIN);
    assert_int_equal(touched_by_burst(200), LARGE / 4);
}

/* As many records of 1/128 as go in without a wait. */
static uint64_t
fill(struct ct_spool_producer *producer, uint64_t number)
{
    enum { SIZE = CT_SPOOL_CAPACITY_MIN / 128 };
    uint8_t *room;
    for (;; number++) {
        room = ct_spool_reserve(producer, SIZE);
        if (room == NULL && ct_spool_producer_wait(producer, SIZE, 1000000) == CT_OK)
            room = ct_spool_reserve(producer, SIZE);
        if (room == NULL)
            return number;
        spool_fill_record(room, SIZE, number);
        ct_spool_publish(producer, SIZE);
    }
}

static void
test_a_quarter_of_it_is_used_before_the_consumer_is_waited_for(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    spool_open_sized(&producer, &consumer, LARGE);
    uint64_t count = fill(&producer, 0);
    assert_int_equal(count, 4 * 128);
    for (uint64_t i = 0; i < count; i++)
        assert_next_is(&consumer, i);
    assert_int_equal(fill(&producer, count), 2 * count);
    spool_close_both(&producer, &consumer);
}

/* Until neither the ring nor what is taken out of it ahead has room, with as little as possible
 * delivered. Returns how many records there were. */
static uint64_t
fill_both(struct ct_spool_producer *producer, struct ct_spool_consumer *consumer,
          uint64_t *out_delivered)
{
    uint64_t filled = 0, before;
    *out_delivered = 0;
    do {
        before = filled;
        filled = fill(producer, filled);
        assert_next_is(consumer, (*out_delivered)++);
        assert_next_is(consumer, (*out_delivered)++);
    } while (filled > before);
    return filled;
}

/* Beside what the ring has, as much as the ring could have is taken; and all comes in order. */
static void
test_what_is_taken_ahead_is_bounded(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    spool_open_sized(&producer, &consumer, LARGE);
    uint64_t delivered, filled = fill_both(&producer, &consumer, &delivered);
    assert_in_range(filled - delivered, 16 * 128, 20 * 128);
    while (delivered < filled)
        assert_next_is(&consumer, delivered++);
    assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_END);
    filled = fill(&producer, filled);
    while (delivered < filled)
        assert_next_is(&consumer, delivered++);
    spool_close_both(&producer, &consumer);
}

/* A consumer that works off what it has taken gives no room back, and yet is seen to live. */
static void
test_what_is_delivered_is_progress(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    spool_open_sized(&producer, &consumer, LARGE);
    uint64_t delivered;
    (void)fill_both(&producer, &consumer, &delivered);
    uint64_t tail = atomic_load(&producer.shared->tail);
    for (int i = 0; i < 100; i++) {
        uint64_t before = ct_spool_progress(&producer);
        assert_int_equal(before, ct_spool_progress(&producer));
        assert_next_is(&consumer, delivered++);
        assert_next_is(&consumer, delivered++);
        assert_int_not_equal(before, ct_spool_progress(&producer));
    }
    assert_int_equal(atomic_load(&producer.shared->tail), tail);
    spool_close_both(&producer, &consumer);
}

/* The damage is found when its turn has come, not when it is taken. */
static void
test_damage_that_was_taken_ahead_is_found_behind_what_is_whole(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 4, 12, CT_SPOOL_CAPACITY_MIN, UINT32_MAX - 7};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct ct_spool_producer producer;
        struct ct_spool_consumer consumer;
        const struct ct_spool_record *record;
        spool_open_sized(&producer, &consumer, LARGE);
        for (uint64_t number = 0; number < 60; number++)
            spool_put_record(&producer, 8192, number);
        memcpy(producer.ring + 50u * 8192u, &sizes[i], sizeof sizes[i]);
        for (uint64_t number = 0; number < 50; number++)
            assert_next_is(&consumer, number);
        assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_ERR_FORMAT);
        spool_close_both(&producer, &consumer);
    }
}

/* As if the program had written there: a turn amid what was taken, that leads anywhere. */
static void
test_a_turn_that_is_none_is_refused(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {8, 4096, 8192, 16384, 10u * 8192u};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct ct_spool_producer producer;
        struct ct_spool_consumer consumer;
        const struct ct_spool_record turn = {.size = sizes[i], .kind = CT_SPOOL_TURN}, *record;
        enum ct_status status = CT_OK;
        spool_open_sized(&producer, &consumer, LARGE);
        for (uint64_t number = 0; number < 60; number++)
            spool_put_record(&producer, 8192, number);
        memcpy(producer.ring + 50u * 8192u, &turn, sizeof turn);
        for (int count = 0; count < 100000 && status == CT_OK; count++)
            status = ct_spool_consumer_next(&consumer, &record);
        assert_true(status == CT_ERR_FORMAT || status == CT_END);
        spool_close_both(&producer, &consumer);
    }
}

static void
test_warming_ends_and_changes_nothing(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    int count = 0;
    spool_open_sized(&producer, &consumer, LARGE);
    spool_put_record(&producer, 64, 0);
    while (ct_spool_consumer_warm(&consumer))
        count++;
    assert_in_range(count, 1, 1000);
    assert_next_is(&consumer, 0);
    uint64_t filled = fill(&producer, 1);
    for (uint64_t i = 1; i < filled; i++) {
        assert_next_is(&consumer, i);
        (void)ct_spool_consumer_warm(&consumer);
    }
    spool_close_both(&producer, &consumer);
}

static void
test_a_record_may_be_larger_than_what_is_used(void **state)
{
    (void)state;
    struct ct_spool_producer producer;
    struct ct_spool_consumer consumer;
    const struct ct_spool_record *record;
    spool_open_sized(&producer, &consumer, LARGE);
    for (uint64_t i = 0; i < 20; i++) {
        spool_put_record(&producer, i % 3 == 0 ? LARGE / 4 : CT_SPOOL_CAPACITY_MIN / 5 / 8 * 8, i);
        assert_next_is(&consumer, i);
        assert_int_equal(ct_spool_consumer_next(&consumer, &record), CT_END); /* gives room back */
    }
    spool_close_both(&producer, &consumer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_consumer_that_keeps_up_leaves_most_of_the_ring_alone),
        cmocka_unit_test(test_one_that_does_not_has_more_of_it_used),
        cmocka_unit_test(test_a_quarter_of_it_is_used_before_the_consumer_is_waited_for),
        cmocka_unit_test(test_what_is_taken_ahead_is_bounded),
        cmocka_unit_test(test_what_is_delivered_is_progress),
        cmocka_unit_test(test_damage_that_was_taken_ahead_is_found_behind_what_is_whole),
        cmocka_unit_test(test_a_turn_that_is_none_is_refused),
        cmocka_unit_test(test_warming_ends_and_changes_nothing),
        cmocka_unit_test(test_a_record_may_be_larger_than_what_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
