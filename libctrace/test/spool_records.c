/* See spool_records.h. */
#include "spool_records.h"

#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_NS 10000000000ull

/* A record that says its own number and carries bytes that follow from it. */
struct numbered {
    uint64_t number;
    uint64_t sum;
};

static uint64_t
checksum(const uint8_t *bytes, size_t size)
{
    uint64_t sum = 14695981039346656037ull;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 1099511628211ull;
    return sum;
}

void
spool_fill_record(uint8_t *room, size_t size, uint64_t number)
{
    uint8_t *payload = room + SPOOL_RECORD_MIN;
    uint64_t random = number;
    for (size_t i = 0; i < size - SPOOL_RECORD_MIN; i++)
        payload[i] = (uint8_t)ct_random_next(&random);
    const struct numbered body = {.number = number,
                                       .sum = checksum(payload, size - SPOOL_RECORD_MIN)};
    const struct ct_spool_record head = {.size = (uint32_t)size, .kind = CT_SPOOL_NAME};
    memcpy(room, &head, sizeof head);
    memcpy(room + sizeof head, &body, sizeof body);
}

void
spool_assert_record(const struct ct_spool_record *record, uint64_t number)
{
    struct numbered body;
    const uint8_t *bytes = (const uint8_t *)record;
    memcpy(&body, bytes + sizeof *record, sizeof body);
    assert_int_equal(body.number, number);
    assert_int_equal(body.sum, checksum(bytes + SPOOL_RECORD_MIN, record->size - SPOOL_RECORD_MIN));
}

void
spool_put_record(struct ct_spool_producer *producer, size_t size, uint64_t number)
{
    uint8_t *room = ct_spool_reserve(producer, size);
    while (room == NULL) {
        if (ct_spool_producer_wait(producer, size, PATIENCE_NS) != CT_OK)
            _exit(3);
        room = ct_spool_reserve(producer, size);
    }
    spool_fill_record(room, size, number);
    ct_spool_publish(producer, size);
}

void
spool_open_sized(struct ct_spool_producer *producer, struct ct_spool_consumer *consumer,
           uint64_t capacity)
{
    assert_int_equal(ct_spool_producer_open(producer, capacity, NULL), CT_OK);
    assert_int_equal(ct_spool_consumer_open(consumer, producer->memory_fd), CT_OK);
}

void
spool_close_both(struct ct_spool_producer *producer, struct ct_spool_consumer *consumer)
{
    ct_spool_consumer_close(consumer);
    ct_spool_consumer_close(consumer);
    ct_spool_producer_close(producer);
    ct_spool_producer_close(producer);
}
_Static_assert(SPOOL_RECORD_MIN == sizeof(struct ct_spool_record) + sizeof(struct numbered),
               "as the header says");
