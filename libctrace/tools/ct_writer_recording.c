/* See ct_writer.h: the loop from the spool to the trace, and what is said to the program at the
 * end. */
#include "ct_writer.h"

#include "ctrace/cores.h"
#include "ctrace/text.h"
#include "ctrace/timeline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_SHOWN_SIZE  160         /* of a folder, in a message */
#define BATCH_SIZE_SMALL (256u << 10) /* less than this at one look: look less often */
#define BATCH_PAUSE_NS   (500u * 1000)
#define DRAIN_SIZE_MAX   (512u << 10) /* between two looks at the clock and at signals */
#define WAIT_NS_MIN      1000000u /* the first sleep when there is nothing to do … */
#define WAIT_NS_MAX                                                                                \
    50000000u /* … and the longest: how late the end of a killed program is seen                 \
               */
#define FLUSH_IDLE_NS                                                                              \
    200000000u /* a program this quiet is waiting: show a follower all there is                    \
                */

struct recording {
    struct ct_spool_consumer *spool;
    struct ct_writer_lanes lanes;
    struct ct_writer_life *life;
    struct ct_timeline *timeline;
    bool is_locked; /* was tried, once the trace's main file was there */
    uint64_t record_count;
    struct ct_writer_flight flight;
    struct ct_spool_budget budget;
    uint64_t end_ns; /* of budget.seconds; 0: none */
    char message[CT_SPOOL_MESSAGE_SIZE];
};

static uint64_t
clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t
read_clock(void *context)
{
    (void)context;
    return clock_ns();
}

static const char *
main_file_name(const struct ct_timeline *timeline)
{
    return ct_timeline_profile(timeline) == CT_PROFILE_JSON ? "trace.json" : "trace.ct";
}

/* ---- what the timeline asks for ---- */

static enum ct_status
open_folder(void *context, const char *path, struct ct_folder **out_folder)
{
    struct recording *recording = context;
    struct ct_error error = {0};
    char shown[PATH_SHOWN_SIZE];
    ct_text_shorten(path, shown, sizeof shown);
    if (ct_writer_lock_check(path) != CT_OK) {
        snprintf(recording->message, sizeof recording->message,
                 "Another recording is being written to %s: choose another folder", shown);
        return CT_ERR_STATE;
    }
    enum ct_status status = ct_folder_open(path, true, NULL, out_folder, &error);
    if (status != CT_OK)
        snprintf(recording->message, sizeof recording->message, "%s: cannot make the folder %s",
                 error.errno_value != 0 ? strerror(error.errno_value) : ct_status_text(status),
                 shown);
    return status;
}

static enum ct_status
open_source(void *context, const char *path, struct ct_file **out_file)
{
    (void)context;
    return ct_file_open(path, NULL, out_file, NULL);
}

/* ---- the loop ---- */

static void
take_lock(struct recording *recording)
{
    recording->is_locked = true;
    recording->life->lock_fd = ct_writer_lock_take(ct_timeline_folder(recording->timeline),
                                             main_file_name(recording->timeline));
    ct_spool_consumer_state_put(recording->spool, CT_SPOOL_RUNNING);
}

/* A source's copy is a file more, and thousands may come one after the other: the program is shown
 * after each that we move. */
static enum ct_status
put_path(struct recording *recording, uint32_t lane, const struct ct_spool_record *record)
{
    CT_TRY(ct_timeline_put(recording->timeline, record));
    ct_spool_consumer_release_room(lane == 0 ? recording->spool
                                             : &recording->lanes.lanes[lane - 1]);
    return CT_OK;
}

/* hot */
static inline enum ct_status
put_record(struct recording *recording, uint32_t lane, const struct ct_spool_record *record)
{
    recording->record_count++;
    if (__builtin_expect(recording->flight.is_on, 0))
        return ct_writer_flight_keep(&recording->flight, lane, record);
    if (__builtin_expect(record->kind == CT_SPOOL_PATH, 0))
        return put_path(recording, lane, record);
    return ct_timeline_put(recording->timeline, record);
}

/* Puts what was seen of a lane, from 1, into the timeline; adds the bytes to *size. */
static enum ct_status
drain_lane(struct recording *recording, uint32_t lane, uint64_t *size)
{
    struct ct_spool_consumer *spool = &recording->lanes.lanes[lane - 1];
    const struct ct_spool_record *record;
    uint64_t start = spool->tail;
    CT_TRY(ct_timeline_lane_select(recording->timeline, lane));
    while (spool->tail != spool->published) {
        CT_TRY(ct_spool_consumer_next(spool, &record));
        CT_TRY(put_record(recording, lane, record));
    }
    *size += spool->tail - start;
    return ct_timeline_lane_select(recording->timeline, 0);
}

/* Adds the bytes to *size. */
static enum ct_status
drain_lanes(struct recording *recording, uint64_t *size)
{
    for (uint32_t i = 0; i < recording->lanes.count; i++) {
        const struct ct_spool_consumer *lane = &recording->lanes.lanes[i];
        if (lane->tail != lane->published)
            CT_TRY(drain_lane(recording, i + 1, size));
    }
    return CT_OK;
}

/* What the lanes hold when the first ring says END comes before it: no more will be published. */
static enum ct_status
drain_before_end(struct recording *recording)
{
    uint64_t size = 1;
    while (size > 0) {
        size = 0;
        CT_TRY(ct_writer_lanes_look(&recording->lanes));
        CT_TRY(drain_lanes(recording, &size));
    }
    return CT_OK;
}

/* In the new process, while all its files are still the parent's: it must not touch them. */
static void
leave(struct recording *recording, enum ct_status status)
{
    snprintf(recording->spool->shared->result.message,
             sizeof recording->spool->shared->result.message,
             "The trace of a forked child cannot be begun: %s", ct_status_text(status));
    ct_spool_consumer_state_put(recording->spool, CT_SPOOL_FAILED);
    _exit(1);
}

/* In the new process nothing is locked yet, and the parent's lock is left to it. */
static enum ct_status
fork_writer(struct recording *recording, const struct ct_spool_record *record)
{
    const struct ct_spool_fork *mark = (const struct ct_spool_fork *)record;
    const char *folder = ct_timeline_folder(recording->timeline);
    if (record->size < sizeof *mark)
        return CT_ERR_FORMAT;
    enum ct_status status = ct_writer_fork(recording->spool, recording->life, &recording->lanes,
                                           &recording->flight, mark->number);
    if (!recording->life->is_new)
        return status;
    if (status != CT_OK && ct_timeline_folder(recording->timeline) == folder)
        leave(recording, status);
    recording->record_count = 0;
    if (status == CT_OK)
        take_lock(recording);
    ct_writer_birth_end(recording->life);
    return status;
}

/* ---- the budget ---- */

static enum ct_status
keep_budget(struct recording *recording, const struct ct_spool_record *record)
{
    if (record->size < sizeof recording->budget)
        return CT_ERR_FORMAT;
    memcpy(&recording->budget, record, sizeof recording->budget);
    if (recording->budget.seconds > 0)
        recording->end_ns = clock_ns() + recording->budget.seconds * 1000000000u;
    return CT_OK;
}

static enum ct_status
stop_by(struct recording *recording, const char *option, uint64_t limit)
{
    snprintf(recording->message, sizeof recording->message, "stopped by %s %llu", option,
             (unsigned long long)limit);
    return CT_END;
}

/* CT_END when it is spent. */
static enum ct_status
check_budget(struct recording *recording)
{
    const struct ct_spool_budget *budget = &recording->budget;
    struct ct_trace_counts counts;
    if (budget->step_count == 0 && budget->size == 0)
        return CT_OK;
    if (budget->size > 0)
        CT_TRY(ct_timeline_settle(recording->timeline)); /* what is not on disk has no size */
    ct_timeline_counts(recording->timeline, &counts);
    if (budget->step_count > 0 && counts.step_count >= budget->step_count)
        return stop_by(recording, "--max-steps", budget->step_count);
    counts.size += ct_timeline_instructions_size(recording->timeline) +
                   ct_timeline_expressions_size(recording->timeline);
    if (budget->size > 0 && counts.size >= budget->size)
        return stop_by(recording, "--max-size", budget->size);
    return CT_OK;
}

static enum ct_status
check_time(struct recording *recording)
{
    if (recording->end_ns == 0 || clock_ns() < recording->end_ns)
        return CT_OK;
    return stop_by(recording, "--max-seconds", recording->budget.seconds);
}

/* What is for the writer itself. */
static enum ct_status
take_request(struct recording *recording, const struct ct_spool_record *record)
{
    struct ct_spool_flight limits;
    const char *reason;
    switch (record->kind) {
    case CT_SPOOL_BUDGET:
        return keep_budget(recording, record);
    case CT_SPOOL_FLIGHT:
        if (record->size < sizeof limits || recording->flight.is_on ||
            !ct_timeline_is_held(recording->timeline))
            return CT_ERR_FORMAT;
        memcpy(&limits, record, sizeof limits);
        ct_writer_flight_begin(&recording->flight, &limits);
        return CT_OK;
    case CT_SPOOL_DUMP:
        reason = ct_writer_dump_reason(record);
        if (reason == NULL)
            return CT_ERR_FORMAT;
        ct_writer_dump(&recording->flight, recording->life, reason);
        return CT_OK;
    default:
        return CT_OK;
    }
}

/* Puts what was published at one look into the timeline, or a part of it; *out_size bytes, 0: there
 * was nothing. */
static enum ct_status
drain(struct recording *recording, uint64_t *out_size)
{
    struct ct_spool_consumer *spool = recording->spool;
    const struct ct_spool_record *record;
    enum ct_status status;
    *out_size = 0;
    /* Behind a FORK the rest of a look is left: what lanes have by now may need what comes then. */
    if (spool->tail == spool->published)
        CT_TRY(ct_writer_lanes_look(&recording->lanes));
    while ((status = ct_spool_consumer_next(spool, &record)) == CT_OK) {
        if (record->kind == CT_SPOOL_END)
            CT_TRY(drain_before_end(recording));
        if (record->kind == CT_SPOOL_FORK) {
            *out_size = record->size; /* in the new process the spool is another one */
            return fork_writer(recording, record);
        }
        *out_size += record->size;
        CT_TRY(take_request(recording, record));
        CT_TRY(put_record(recording, 0, record));
        CT_TRY(check_budget(recording));
        if (!recording->is_locked && ct_timeline_is_open(recording->timeline))
            take_lock(recording);
        if (spool->tail == spool->published)
            break;
        if (*out_size >= DRAIN_SIZE_MAX)
            return CT_OK; /* what lanes have waits for the rest of this look */
    }
    if (status != CT_OK && status != CT_END)
        return status;
    return drain_lanes(recording, out_size);
}

/* Each look at `head` takes its cache line from the program, which pays for it with the next line
 * it records: one with 20 locals cost 188 ns, and costs 116 when left alone after a small batch. */
static void
leave_alone(struct recording *recording, uint64_t size)
{
    if (size < BATCH_SIZE_SMALL && !ct_spool_consumer_warm(recording->spool))
        ct_spool_consumer_rest(recording->spool, BATCH_PAUSE_NS);
}

/* Lets go of what is too old, and answers signals. */
static enum ct_status
tend_flight(struct recording *recording)
{
    struct ct_writer_flight *flight = &recording->flight;
    uint32_t asked = atomic_load_explicit(&recording->spool->shared->dumps_asked,
                                          memory_order_relaxed); /* nothing goes with it */
    if (asked != flight->dumps_asked)
        ct_writer_dump(flight, recording->life, "a signal asked for it");
    flight->dumps_asked = asked;
    return ct_writer_flight_tick(flight, clock_ns());
}

static enum ct_status
consume(struct recording *recording)
{
    uint64_t wait_ns = WAIT_NS_MIN, busy_ns = clock_ns();
    bool is_flushed = true;
    for (;;) {
        uint64_t size;
        /* Asked before the last drain: what was published before the end is seen after it. */
        bool is_over =
            ct_spool_consumer_ended(recording->spool) || ct_writer_life_is_over(recording->life);
        CT_TRY(check_time(recording));
        CT_TRY(drain(recording, &size));
        if (recording->flight.is_on)
            CT_TRY(tend_flight(recording));
        if (is_over && size == 0)
            return CT_OK;
        if (size > 0) {
            busy_ns = clock_ns();
            wait_ns = WAIT_NS_MIN;
            is_flushed = false;
            /* A program that does little at a time would leave chunks to wait for a full batch. */
            if (size < BATCH_SIZE_SMALL)
                CT_TRY(ct_timeline_settle(recording->timeline));
            leave_alone(recording, is_over ? BATCH_SIZE_SMALL : size);
            continue;
        }
        if (ct_spool_consumer_warm(recording->spool))
            continue;
        if (!is_flushed && clock_ns() - busy_ns > FLUSH_IDLE_NS) {
            CT_TRY(ct_timeline_flush(recording->timeline));
            is_flushed = true;
        }
        ct_spool_consumer_wait(recording->spool, wait_ns);
        wait_ns = wait_ns * 2 < WAIT_NS_MAX ? wait_ns * 2 : WAIT_NS_MAX;
    }
}

/* ---- the end ---- */

static void
describe_failure(struct recording *recording, enum ct_status status)
{
    const struct ct_error *error = ct_timeline_error(recording->timeline);
    const char *folder = ct_timeline_folder(recording->timeline);
    char *message = recording->message, shown[PATH_SHOWN_SIZE];
    size_t size = sizeof recording->message;
    if (message[0] != '\0')
        return;
    ct_text_shorten(folder != NULL ? folder : "", shown, sizeof shown);
    if (status == CT_ERR_STATE && error->status == CT_OK)
        snprintf(message, size,
                 "The program ended before its recording began: nothing was written");
    else if (status == CT_ERR_FORMAT)
        snprintf(
            message, size,
            "What the recorder sent was damaged (after record %llu): the trace ends there, please "
            "report this",
            (unsigned long long)recording->record_count);
    else if (status == CT_ERR_IO && folder != NULL)
        snprintf(message, size, "%s while writing %s/%s",
                 error->errno_value != 0 ? strerror(error->errno_value) : "An input/output error",
                 shown, main_file_name(recording->timeline));
    else if (status == CT_ERR_MEMORY)
        snprintf(message, size, "The writer process ran out of memory: the trace ends early");
    else
        snprintf(message, size, "The trace cannot be written: %s", ct_status_text(status));
}

static uint64_t
main_file_size(const struct recording *recording, uint64_t known_size)
{
    struct stat found;
    if (recording->life->lock_fd < 0 || fstat(recording->life->lock_fd, &found) != 0)
        return known_size;
    return (uint64_t)found.st_size;
}

static enum ct_spool_state
end_state(enum ct_status status)
{
    return status == CT_OK ? CT_SPOOL_DONE : CT_SPOOL_FAILED;
}

/* The program reads the result as soon as the state is there, so the state comes last. */
static void
publish_result(struct recording *recording, enum ct_status status)
{
    struct ct_spool_result *result = &recording->spool->shared->result;
    struct ct_trace_counts counts;
    ct_timeline_counts(recording->timeline, &counts);
    result->step_count = counts.step_count;
    result->call_count = counts.call_count;
    result->event_count = counts.event_count;
    result->size = main_file_size(recording, counts.size);
    memcpy(result->message, recording->message, sizeof result->message);
    if (recording->life->lock_fd >= 0)
        close(recording->life->lock_fd);
    ct_spool_consumer_state_put(recording->spool, end_state(status));
}

static void
publish_no_memory(struct ct_spool_consumer *spool)
{
    snprintf(spool->shared->result.message, sizeof spool->shared->result.message,
             "The writer process has no memory to start with");
    ct_spool_consumer_state_put(spool, CT_SPOOL_FAILED);
}

static enum ct_status
end_flight(struct recording *recording)
{
    struct ct_timeline *timeline = recording->timeline;
    CT_TRY(ct_writer_flight_land(&recording->flight, recording->message,
                                 sizeof recording->message));
    if (!ct_timeline_is_held(timeline) && recording->life->lock_fd < 0)
        take_lock(recording);
    return ct_writer_flight_feed(&recording->flight);
}

enum ct_status
ct_writer_record(struct ct_spool_consumer *spool, int memory_fd, struct ct_writer_life *life)
{
    struct recording recording = {.spool = spool, .life = life};
    const struct ct_timeline_options options = {
        .context = &recording,
        .open_folder = open_folder,
        .open_source = open_source,
        .clock_ns = read_clock,
        .program_pid = life->program_pid,
        .has_second_core = ct_core_count() > 1,
    };
    enum ct_status status = ct_timeline_new(&options, &recording.timeline);
    if (status != CT_OK) {
        publish_no_memory(spool);
        return status;
    }
    ct_writer_flight_init(&recording.flight, recording.timeline);
    ct_writer_lanes_init(&recording.lanes, spool, memory_fd);
    status = consume(&recording);
    const bool is_early = status != CT_OK;
    if (status == CT_END) {
        ct_timeline_stop(recording.timeline, recording.message);
        status = CT_OK;
    }
    if (recording.flight.is_on && status == CT_OK)
        status = end_flight(&recording);
    enum ct_status finished = ct_timeline_finish(recording.timeline);
    if (status == CT_OK)
        status = finished;
    if (status != CT_OK)
        describe_failure(&recording, status);
    if (is_early)
        ct_writer_children_refuse(life, end_state(status), recording.message);
    ct_writer_births_wait(life);
    publish_result(&recording, status);
    ct_writer_flight_release(&recording.flight);
    ct_writer_lanes_release(&recording.lanes);
    ct_timeline_free(recording.timeline);
    return status;
}
