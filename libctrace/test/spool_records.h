/* Records for tests of a spool: each says its own number and carries bytes that follow from it,
 * with their checksum.
 *
 * Used by test_spool.c and test_spool_window.c. */
#ifndef TEST_SPOOL_RECORDS_H
#define TEST_SPOOL_RECORDS_H

#include "ctrace/spool.h"

#define SPOOL_RECORD_MIN 24u /* bytes of the smallest one; sizes are multiples of 8 */

/* Lays down record `number` in `room`, `size` bytes in all. */
void spool_fill_record(uint8_t *room, size_t size, uint64_t number);
/* Publishes it; ends the process with 3 where there is no room for ten seconds. */
void spool_put_record(struct ct_spool_producer *producer, size_t size, uint64_t number);
void spool_assert_record(const struct ct_spool_record *record, uint64_t number);

/* Both ends in this process. */
void spool_open_sized(struct ct_spool_producer *producer, struct ct_spool_consumer *consumer,
                      uint64_t capacity);
/* Twice, which must be safe. */
void spool_close_both(struct ct_spool_producer *producer, struct ct_spool_consumer *consumer);

#endif
