/* See ct_writer.h: the newest records of a flight recorder, in blocks. What is let go of, oldest
 * block first, goes into the timeline, which thereby knows how things stood where the rest begins.
 *
 * Definitions that never change go there at once: sources are copied while they are what runs. */
#include "ct_writer.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE     (256u << 10)
#define BLOCKS_A_TIME  16 /* a limit in seconds is kept to a sixteenth of it */
#define BLOCKS_A_COUNT 16 /* … and one in steps */

struct ct_writer_block {
    struct ct_writer_block *next; /* newer */
    size_t capacity, size;
    uint64_t step_count;
    uint64_t start_ns; /* when its first record came */
    uint8_t bytes[];
};

/* Before each record. */
struct held {
    uint32_t lane;
    uint32_t reserved;
};

void
ct_writer_flight_init(struct ct_writer_flight *flight, struct ct_timeline *timeline)
{
    *flight = (struct ct_writer_flight){.timeline = timeline};
}

void
ct_writer_flight_begin(struct ct_writer_flight *flight, const struct ct_spool_flight *limits)
{
    flight->is_on = true;
    flight->limits = *limits;
}

/* Makes the records of the oldest block part of what the timeline knows. */
static enum ct_status
let_go(struct ct_writer_flight *flight)
{
    struct ct_timeline *timeline = flight->timeline;
    struct ct_writer_block *block = flight->oldest;
    size_t at = 0;
    while (at < block->size) {
        const struct held *held = (const struct held *)(block->bytes + at);
        const struct ct_spool_record *record = (const struct ct_spool_record *)(held + 1);
        CT_TRY(ct_timeline_lane_select(timeline, held->lane));
        CT_TRY(ct_timeline_put(timeline, record));
        at += sizeof *held + record->size;
    }
    flight->size -= block->size;
    flight->step_count -= block->step_count;
    flight->oldest = block->next;
    if (flight->oldest == NULL)
        flight->newest = NULL;
    if (flight->spare == NULL && block->capacity == BLOCK_SIZE)
        flight->spare = block;
    else
        free(block);
    return ct_timeline_lane_select(timeline, 0);
}

/* Whether the limits still hold when the oldest block is gone. */
static bool
is_superfluous(const struct ct_writer_flight *flight)
{
    const struct ct_writer_block *block = flight->oldest;
    const struct ct_spool_flight *limits = &flight->limits;
    if (block == NULL || block->next == NULL)
        return false;
    if (limits->size > 0 && flight->size - block->size >= limits->size)
        return true;
    if (limits->step_count > 0 && flight->step_count - block->step_count >= limits->step_count)
        return true;
    return limits->seconds > 0 &&
           flight->now_ns - block->next->start_ns >= limits->seconds * 1000000000u;
}

enum ct_status
ct_writer_flight_tick(struct ct_writer_flight *flight, uint64_t now_ns)
{
    flight->now_ns = now_ns;
    while (is_superfluous(flight))
        CT_TRY(let_go(flight));
    return CT_OK;
}

/* Whether the newest block takes no more: it is full, or as old or long as one may be. */
static bool
is_complete(const struct ct_writer_flight *flight, size_t size)
{
    const struct ct_writer_block *block = flight->newest;
    const struct ct_spool_flight *limits = &flight->limits;
    if (block == NULL || block->size + size > block->capacity)
        return true;
    if (limits->step_count > 0 && block->step_count >= limits->step_count / BLOCKS_A_COUNT + 1)
        return true;
    return limits->seconds > 0 &&
           flight->now_ns - block->start_ns > limits->seconds * 1000000000u / BLOCKS_A_TIME;
}

static enum ct_status
add_block(struct ct_writer_flight *flight, size_t size)
{
    struct ct_writer_block *block = size <= BLOCK_SIZE ? flight->spare : NULL;
    size_t capacity = size <= BLOCK_SIZE ? BLOCK_SIZE : size;
    if (block != NULL)
        flight->spare = NULL;
    else
        block = malloc(sizeof *block + capacity);
    if (block == NULL)
        return CT_ERR_MEMORY;
    block->next = NULL;
    block->capacity = capacity;
    block->size = 0;
    block->step_count = 0;
    block->start_ns = flight->now_ns;
    if (flight->newest == NULL)
        flight->oldest = block;
    else
        flight->newest->next = block;
    flight->newest = block;
    return CT_OK;
}

/* What is the same whenever it is said: its ids are given once. */
static bool
is_lasting(unsigned kind)
{
    return kind == CT_SPOOL_START || kind == CT_SPOOL_NAME || kind == CT_SPOOL_PATH ||
           kind == CT_SPOOL_FUNCTION || kind == CT_SPOOL_LAYOUT || kind == CT_SPOOL_FACTS ||
           kind == CT_SPOOL_TALLY || kind == CT_SPOOL_FLIGHT;
}

/* hot */
enum ct_status
ct_writer_flight_keep(struct ct_writer_flight *flight, uint32_t lane,
                      const struct ct_spool_record *record)
{
    if (is_lasting(record->kind))
        return ct_timeline_put(flight->timeline, record); /* whose lane is selected */
    size_t size = sizeof(struct held) + record->size;
    if (is_complete(flight, size))
        CT_TRY(add_block(flight, size));
    struct ct_writer_block *block = flight->newest;
    const struct held held = {.lane = lane};
    memcpy(block->bytes + block->size, &held, sizeof held);
    memcpy(block->bytes + block->size + sizeof held, record, record->size);
    block->size += size;
    flight->size += size;
    bool is_step = record->kind == CT_SPOOL_BRIEF_STEP || record->kind == CT_SPOOL_STEP ||
                   record->kind == CT_SPOOL_CALL || record->kind == CT_SPOOL_RETURN;
    block->step_count += is_step;
    flight->step_count += is_step;
    while (is_superfluous(flight))
        CT_TRY(let_go(flight));
    return lane == 0 ? CT_OK : ct_timeline_lane_select(flight->timeline, lane);
}

enum ct_status
ct_writer_flight_feed(struct ct_writer_flight *flight)
{
    while (flight->oldest != NULL)
        CT_TRY(let_go(flight));
    return CT_OK;
}

void
ct_writer_flight_release(struct ct_writer_flight *flight)
{
    while (flight->oldest != NULL) {
        struct ct_writer_block *block = flight->oldest;
        flight->oldest = block->next;
        free(block);
    }
    free(flight->spare);
    *flight = (struct ct_writer_flight){0};
}
