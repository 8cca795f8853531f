/* A ring of chunks between two threads, under one lock. See chunk_ahead.h.
 *
 * A chunk belongs to the thread that works on it: the lock is held only to pass one on. */
#include "trace/chunk_ahead.h"

#include "base/thread.h"
#include "trace/events_format.h"

#include <string.h>

/* The reader is woken for so many at once, as waking takes as long as a small chunk. */
#define BATCH_COUNT (CT_AHEAD_CHUNK_COUNT / 2)

#define KNOWN_COUNT 256 /* a power of two: values that may be shown again */
/* Where our writers put an object's number. */
#define IDENTITY_AT     ((size_t)36)
#define HASH_MULTIPLIER UINT64_C(0x9E3779B97F4A7C15) /* 2^64 by the golden ratio */

/* What was kept of an event of the chunk, and may come again. */
struct kept {
    uint32_t at;
    uint32_t size; /* 0: nothing */
};

struct ct_chunk_ahead {
    const struct ct_alloc *alloc;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t is_wanted; /* the thread waits: for room, for a beginning, for the end */
    pthread_cond_t is_there;  /* the reader waits: for chunks, or until the thread has stopped */

    /* Under the lock. */
    struct ct_ahead_chunk ring[CT_AHEAD_CHUNK_COUNT];
    unsigned first;       /* the reader's next one */
    unsigned ready_count; /* from there on; the one that the reader has is among them */
    bool is_taken;        /* the reader has the first */
    bool is_running;      /* there is more to prepare */
    bool is_working;      /* the thread is at a chunk */
    bool is_over;

    /* The thread's while it runs. */
    struct ct_chunk_reader chunks;
    struct ct_event_decoder decoder; /* what it says of limits, no more */
    struct ct_ahead_filter filter;
    bool is_name_met;
    struct kept known[KNOWN_COUNT]; /* by hash */
};

/* ---- the thread ---- */

/* As the reader's note_pick: both meet the same names. hot */
static void
note_pick(struct ct_chunk_ahead *ahead, const struct ct_ahead_event *event)
{
    if (event->tag == CT_TRACE_STEP)
        ahead->is_name_met = false;
    else if (event->tag == CT_TRACE_VALUE && ahead->filter.is_picking &&
             event->number == ahead->filter.pick.name_id)
        ahead->is_name_met = true;
}

static size_t
hash_value(const struct ct_ahead_event *event, const uint8_t *bytes)
{
    uint64_t word = 0;
    if (event->size >= IDENTITY_AT + sizeof word)
        memcpy(&word, bytes + IDENTITY_AT, sizeof word);
    word += event->number * UINT64_C(0x100000001B3) + event->size;
    return (size_t)(word * HASH_MULTIPLIER >> 40) % KNOWN_COUNT;
}

/* Puts what is kept of the event into the chunk's bytes, unless they are there. hot */
static void
keep_bytes(struct ct_chunk_ahead *ahead, struct ct_ahead_chunk *chunk, const uint8_t *bytes)
{
    struct ct_ahead_event *event = &chunk->events[chunk->count];
    struct kept *known = &ahead->known[hash_value(event, bytes)];
    if (known->size == event->size && memcmp(chunk->bytes + known->at, bytes, event->size) == 0) {
        event->at = known->at;
        return;
    }
    event->at = (uint32_t)chunk->size;
    *known = (struct kept){event->at, event->size};
    memcpy(chunk->bytes + chunk->size, bytes, event->size);
    chunk->size += event->size;
}

/* The next event of the chunk, `size` bytes of which are left. Its size; 0 when it is not whole, or
 * none. hot */
static size_t
cut_event(struct ct_chunk_ahead *ahead, struct ct_ahead_chunk *chunk, const uint8_t *bytes,
          size_t size)
{
    struct ct_raw_event raw;
    struct ct_ahead_event *event = &chunk->events[chunk->count];
    if (!ct_event_cut_frequent(bytes, size, &raw)) {
        struct ct_cursor cursor;
        ct_cursor_init(&cursor, bytes, size);
        if (!ct_event_cut(&cursor, &raw) || cursor.failed)
            return 0;
    }
    const size_t kept_at = ct_event_is_frequent(raw.tag) ? ct_event_box_at(raw.tag) : 0;
    event->tag = raw.tag;
    event->number = raw.numbers[0];
    event->line = raw.tag == CT_TRACE_STEP ? (int64_t)raw.numbers[1] : 0;
    event->size = (uint32_t)(raw.size - kept_at);
    if (raw.tag != CT_TRACE_STEP)
        keep_bytes(ahead, chunk, bytes + kept_at);
    return raw.size;
}

/* Lists the chunk's events that are wanted. False when it lacks some that its head tells of. hot */
static bool
cut_chunk(struct ct_chunk_ahead *ahead, struct ct_ahead_chunk *chunk)
{
    const uint8_t *bytes = ahead->chunks.window;
    const size_t size = ahead->chunks.end;
    uint32_t left = chunk->head_count;
    size_t offset = 0;
    chunk->count = 0;
    chunk->size = 0;
    memset(ahead->known, 0, sizeof ahead->known);
    while (left > 0) {
        struct ct_ahead_event *event = &chunk->events[chunk->count];
        uint32_t skipped_count = 0;
        event->has_structs = false;
        /* The reader delivers a chunk's first event whatever it is. */
        if (ahead->filter.is_skipping && !ahead->is_name_met && chunk->count > 0)
            offset += ct_event_skip_values(bytes + offset, size - offset, left, &ahead->filter.pick,
                                           &skipped_count, &event->has_structs);
        left -= skipped_count;
        if (left == 0)
            break;
        const size_t event_size = cut_event(ahead, chunk, bytes + offset, size - offset);
        if (event_size == 0)
            return false;
        offset += event_size;
        event->end = (uint32_t)offset;
        event->skipped_count = (uint16_t)skipped_count;
        note_pick(ahead, event);
        chunk->count++;
        left--;
    }
    return true;
}

/* Whether the chunk is a usual one, which is prepared then. */
static bool
prepare_chunk(struct ct_chunk_ahead *ahead, struct ct_ahead_chunk *chunk)
{
    struct ct_chunk_reader *chunks = &ahead->chunks;
    struct ct_chunk_head head;
    if (ct_chunk_reader_next(chunks, &ahead->decoder, &head, NULL) != CT_OK)
        return false;
    if (!chunks->is_frame_done || head.event_count == 0 || head.event_count > CT_CHUNK_EVENT_MAX)
        return false;
    chunk->offset = chunks->offset;
    chunk->end_offset = chunks->position;
    chunk->head_count = head.event_count;
    return cut_chunk(ahead, chunk);
}

static bool
has_work(const struct ct_chunk_ahead *ahead)
{
    return ahead->is_running && ahead->ready_count < CT_AHEAD_CHUNK_COUNT;
}

static void *
work_ahead(void *context)
{
    struct ct_chunk_ahead *ahead = context;
    pthread_mutex_lock(&ahead->lock);
    for (;;) {
        while (!ahead->is_over && !has_work(ahead))
            pthread_cond_wait(&ahead->is_wanted, &ahead->lock);
        if (ahead->is_over)
            break;
        struct ct_ahead_chunk *chunk =
            &ahead->ring[(ahead->first + ahead->ready_count) % CT_AHEAD_CHUNK_COUNT];
        ahead->is_working = true;
        pthread_mutex_unlock(&ahead->lock);
        chunk->is_usual = prepare_chunk(ahead, chunk);
        pthread_mutex_lock(&ahead->lock);
        ahead->is_working = false;
        ahead->is_running = ahead->is_running && chunk->is_usual;
        ahead->ready_count++;
        if (!ahead->is_running || ahead->ready_count >= BATCH_COUNT)
            pthread_cond_signal(&ahead->is_there);
    }
    pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

/* ---- the reader's side ---- */

void
ct_chunk_ahead_begin(struct ct_chunk_ahead *ahead, uint64_t position,
                     const struct ct_ahead_filter *filter, bool is_name_met)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->first = ahead->ready_count = 0;
    ahead->is_taken = false;
    ahead->chunks.position = position;
    ahead->filter = *filter;
    ahead->is_name_met = is_name_met;
    ahead->is_running = true;
    pthread_cond_signal(&ahead->is_wanted);
    pthread_mutex_unlock(&ahead->lock);
}

const struct ct_ahead_chunk *
ct_chunk_ahead_next(struct ct_chunk_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    if (ahead->is_taken) {
        ahead->first = (ahead->first + 1) % CT_AHEAD_CHUNK_COUNT;
        ahead->ready_count--;
        if (ahead->ready_count <= CT_AHEAD_CHUNK_COUNT - BATCH_COUNT)
            pthread_cond_signal(&ahead->is_wanted);
    }
    const unsigned wanted_count = ahead->ready_count > 0 ? 1 : BATCH_COUNT;
    while (ahead->ready_count < wanted_count && (ahead->is_running || ahead->ready_count == 0))
        pthread_cond_wait(&ahead->is_there, &ahead->lock);
    ahead->is_taken = true;
    const struct ct_ahead_chunk *chunk = &ahead->ring[ahead->first];
    pthread_mutex_unlock(&ahead->lock);
    return chunk;
}

void
ct_chunk_ahead_stop(struct ct_chunk_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->is_running = false;
    while (ahead->is_working)
        pthread_cond_wait(&ahead->is_there, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
}

/* ---- life ---- */

static enum ct_status
init_ring(struct ct_chunk_ahead *ahead)
{
    for (unsigned i = 0; i < CT_AHEAD_CHUNK_COUNT; i++) {
        struct ct_ahead_chunk *chunk = &ahead->ring[i];
        chunk->bytes = ct_alloc_resize(ahead->alloc, NULL, CT_CHUNK_WHOLE_CONTENT_SIZE);
        /* One more, into which the loop looks when all are listed. */
        chunk->events = ct_alloc_resize(ahead->alloc, NULL,
                                        (CT_CHUNK_EVENT_MAX + 1) * sizeof *chunk->events);
        if (chunk->bytes == NULL || chunk->events == NULL)
            return CT_ERR_MEMORY;
    }
    return CT_OK;
}

/* All but the thread. */
static void
release(struct ct_chunk_ahead *ahead)
{
    for (unsigned i = 0; i < CT_AHEAD_CHUNK_COUNT; i++) {
        ct_alloc_free(ahead->alloc, ahead->ring[i].bytes);
        ct_alloc_free(ahead->alloc, ahead->ring[i].events);
    }
    ct_chunk_reader_release(&ahead->chunks);
    pthread_mutex_destroy(&ahead->lock);
    pthread_cond_destroy(&ahead->is_wanted);
    pthread_cond_destroy(&ahead->is_there);
    ct_alloc_free(ahead->alloc, ahead);
}

enum ct_status
ct_chunk_ahead_new(const struct ct_chunk_reader *reader, size_t event_size_max,
                   struct ct_chunk_ahead **out_ahead)
{
    struct ct_chunk_ahead *ahead = ct_alloc_zeroed(reader->alloc, 1, sizeof *ahead);
    if (ahead == NULL)
        return CT_ERR_MEMORY;
    ahead->alloc = reader->alloc;
    ahead->decoder.event_size_max = event_size_max;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->is_wanted, NULL);
    pthread_cond_init(&ahead->is_there, NULL);
    enum ct_status status =
        ct_chunk_reader_init(&ahead->chunks, reader->container, reader->entry, reader->alloc);
    if (status == CT_OK)
        status = ct_chunk_reader_reserve(&ahead->chunks);
    if (status == CT_OK)
        status = init_ring(ahead);
    if (status != CT_OK || !ct_thread_start(&ahead->thread, work_ahead, ahead)) {
        release(ahead);
        return CT_ERR_MEMORY;
    }
    *out_ahead = ahead;
    return CT_OK;
}

void
ct_chunk_ahead_free(struct ct_chunk_ahead *ahead)
{
    if (ahead == NULL)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->is_over = true;
    pthread_cond_signal(&ahead->is_wanted);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    release(ahead);
}
