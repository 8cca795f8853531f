/* See spool_link.h. While the spool is full the program waits in short slices; a writer that does
 * not move for STALL_NS, or that is gone, ends the recording and never the program. */
#include "spool_link.h"

#include "capture.h"
#include "exception_text.h"
#include "recorder.h"
#include "recording_facts.h"
#include "writer_process.h"

#include "ctrace/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SLICE_NS         (20u * 1000 * 1000)         /* between two looks at Ctrl-C */
#define START_SLICE_NS   (10u * 1000 * 1000) /* between two looks whether the writer still lives */
#define STALL_NS         (5ull * 1000 * 1000 * 1000) /* a writer without progress is given up */
#define STALL_AT_START_NS (60 * STALL_NS / 5) /* a fork child's may be busy with the parent's */
#define STALL_ON_STOP_NS (200u * 1000 * 1000)        /* the same, once the user pressed Ctrl-C */
#define WRITER_STANDS                                                                              \
    "the writer process does not move: look whether the disk hangs, or record to another [CT-202]"
#define WRITER_SLEEPS                                                                              \
    "the writer process does not start: look whether the disk hangs, or record to another [CT-202]"
#define WRITER_GONE                                                                                \
    "the writer process was killed before the program ended, if not by a person, for want of "    \
    "memory: free some, and record again [CT-203]"
#define FILES_LIMITED                                                                              \
    "the limit for the size of files is below --spool-size: lower that, or raise ulimit -f [CT-205]"
#define LINE_SIZE        1024
#define PATH_SHOWN_SIZE  400 /* of the trace, in a line */
#define WRITER_SHOWN_SIZE 100
#define SPOOL_HEAD_SIZE_MAX (128u << 10) /* what its memory has besides the ring */

uint64_t
rec_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void
rec_link_remember_stderr(struct recorder *recorder)
{
    struct stat status;
    recorder->stderr_known = fstat(2, &status) == 0;
    if (recorder->stderr_known) {
        recorder->stderr_device = status.st_dev;
        recorder->stderr_inode = status.st_ino;
    }
}

/* One line on descriptor 2, if it still is what it was. */
static void
say(const struct recorder *recorder, const char *line, size_t size)
{
    struct stat status;
    if (!recorder->stderr_known || fstat(2, &status) != 0 ||
        status.st_dev != recorder->stderr_device || status.st_ino != recorder->stderr_inode)
        return;
    while (size > 0) {
        ssize_t written = write(2, line, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        line += written;
        size -= (size_t)written;
    }
}

void
rec_link_say(const struct recorder *recorder, const char *format, const char *text)
{
    char line[LINE_SIZE];
    int size = snprintf(line, sizeof line, format, text);
    if (size > 0 && (size_t)size < sizeof line)
        say(recorder, line, (size_t)size);
}

static void
say_failure(const struct recorder *recorder)
{
    char line[LINE_SIZE], path[PATH_SHOWN_SIZE];
    ct_text_shorten(recorder->trace_path, path, sizeof path);
    int used = snprintf(line, sizeof line,
                        "codetracer: recording ended early: %.300s (what was recorded: %s)\n",
                        recorder->failure, path);
    if (used > 0 && (size_t)used < sizeof line)
        say(recorder, line, (size_t)used);
}

void
rec_fail(struct recorder *recorder, const char *reason)
{
    if (recorder->failure == NULL) {
        snprintf(recorder->failure_text, sizeof recorder->failure_text, "%s", reason);
        recorder->failure = recorder->failure_text;
    }
    bool was_open = recorder->is_open;
    recorder->is_open = false;
    rec_active_put(recorder, false);
    if (was_open && recorder->aborts_on_failure) {
        say_failure(recorder);
        _exit(REC_EXIT_ABORTED);
    }
}

static void
fail_with_code(struct recorder *recorder, const char *sentence)
{
    char text[sizeof recorder->failure_text];
    snprintf(text, sizeof text, "%.*s [CT-201]", CT_SPOOL_MESSAGE_SIZE - 1, sentence);
    rec_fail(recorder, text);
}

/* Why the writer is not there any more. */
static void
fail_by_writer(struct recorder *recorder)
{
    const struct ct_spool_shared *shared = recorder->spool.shared;
    uint32_t state = atomic_load_explicit(&shared->state, memory_order_acquire);
    if (state == CT_SPOOL_DONE && shared->result.message[0] != '\0')
        recorder->active = recorder->is_open = false; /* its budget is spent, which is no failure */
    else if (state == CT_SPOOL_FAILED && shared->result.message[0] != '\0')
        fail_with_code(recorder, shared->result.message);
    else
        rec_fail(recorder, WRITER_GONE);
}

/* Whether a writer that has not moved for so long is given up: sooner once the user has pressed
 * Ctrl-C while the program waits here. */
static bool
is_stalled(const struct recorder *recorder, uint64_t since_ns)
{
    uint64_t still_ns = rec_clock_ns() - since_ns;
    /* relaxed: which of the two limits holds is no matter of order */
    uint32_t state = atomic_load_explicit(&recorder->spool.shared->state, memory_order_relaxed);
    if (still_ns <= STALL_ON_STOP_NS)
        return false;
    return still_ns > (state == CT_SPOOL_STARTING ? STALL_AT_START_NS : STALL_NS) ||
           (!recorder->closing && rb_thread_interrupted(rb_thread_current()));
}

uint8_t *
rec_reserve_slow(struct recorder *recorder, size_t size)
{
    int saved_errno = errno;
    uint64_t progress = ~(uint64_t)0, since = rec_clock_ns();
    uint8_t *room = NULL;
    while (recorder->is_open && room == NULL) {
        enum ct_status status = ct_spool_producer_wait(&recorder->spool, size, SLICE_NS);
        uint64_t now = ct_spool_progress(&recorder->spool);
        if (status == CT_OK) {
            room = ct_spool_reserve(&recorder->spool, size);
        } else if (status == CT_ERR_LIMIT) {
            rec_fail(recorder,
                     "one step is larger than a quarter of the spool; raise --spool-size [CT-204]");
        } else if (status != CT_END || !rec_writer_process_lives(recorder->life_fd)) {
            fail_by_writer(recorder);
        } else if (now != progress) {
            progress = now;
            since = rec_clock_ns();
        } else if (is_stalled(recorder, since)) {
            rec_fail(recorder, WRITER_STANDS);
        }
    }
    errno = saved_errno;
    return room;
}

/* A file limit (ulimit -f) holds for shared memory, too, and going beyond it is a signal that would
 * end the program. */
static bool
is_over_file_limit(uint64_t capacity)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
           limit.rlim_cur < capacity + SPOOL_HEAD_SIZE_MAX;
}

static void
note_no_writer(struct recorder *recorder, const char *writer, int errno_value)
{
    char path[WRITER_SHOWN_SIZE];
    bool is_short = errno_value == EAGAIN || errno_value == ENOMEM || errno_value == EMFILE ||
                    errno_value == ENFILE;
    ct_text_shorten(writer, path, sizeof path);
    snprintf(recorder->failure_text, sizeof recorder->failure_text,
             "%s cannot be started: %.100s: %s [CT-206]", path, strerror(errno_value),
             is_short ? "raise the limit, or end other processes"
                      : "run make, or install the gem again");
    recorder->failure = recorder->failure_text;
}

bool
rec_link_open(struct recorder *recorder, uint64_t capacity, const char *writer,
              const char *fallback_folder)
{
    struct rec_writer_life life = {.life_fd = -1};
    if (is_over_file_limit(capacity)) {
        rec_fail(recorder, FILES_LIMITED);
        return false;
    }
    enum ct_status status = ct_spool_producer_open(&recorder->spool, capacity, fallback_folder);
    if (status != CT_OK) {
        snprintf(recorder->failure_text, sizeof recorder->failure_text,
                 "no shared memory for the spool: %.100s: lower --spool-size [CT-205]",
                 strerror(errno));
        recorder->failure = recorder->failure_text;
        return false;
    }
    if (fcntl(recorder->spool.memory_fd, F_GET_SEALS) < 0) /* not a memfd */
        rec_link_say(recorder, "codetracer: no memfd here; the spool is an unlinked file in %s\n",
                     fallback_folder);
    bool started = rec_writer_process_start(writer, recorder->spool.memory_fd, &life);
    recorder->spool.memory_fd = rec_descriptor_hide(recorder->spool.memory_fd);
    recorder->life_fd = life.life_fd;
    recorder->writer_pid = life.pid;
    if (!started) {
        recorder->life_fd = -1;
        ct_spool_producer_close(&recorder->spool);
        note_no_writer(recorder, writer, life.errno_value);
    }
    return started;
}

void
rec_link_put_start(struct recorder *recorder, const char *texts, size_t texts_size,
                   uint16_t arg_count, uint32_t filter_count)
{
    size_t size = rec_pad(sizeof(struct ct_spool_start) + texts_size);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    *(struct ct_spool_start *)room = (struct ct_spool_start){
        .record = {.size = (uint32_t)size,
                   .kind = CT_SPOOL_START,
                   .flags = recorder->flight.is_on ? CT_SPOOL_START_HELD : 0,
                   .count = arg_count},
        .text_size = (uint32_t)texts_size,
        .filter_count = filter_count,
        .word_nil = Qnil,
        .word_true = Qtrue,
        .word_false = Qfalse,
        .word_undef = Qundef,
    };
    memcpy(room + sizeof(struct ct_spool_start), texts, texts_size);
    rec_publish(recorder, size);
}

void
rec_link_put_budget(struct recorder *recorder, const struct ct_spool_budget *budget)
{
    struct ct_spool_budget *record =
        (struct ct_spool_budget *)rec_reserve(recorder, sizeof *record);
    if (record == NULL)
        return;
    *record = *budget;
    rec_publish(recorder, sizeof *record);
}

void
rec_link_ring(struct recorder *recorder)
{
    if (recorder->is_open)
        ct_spool_producer_ring(&recorder->spool);
}

bool
rec_link_wait_ready(struct recorder *recorder)
{
    uint64_t since = rec_clock_ns();
    for (;;) {
        enum ct_spool_state state =
            ct_spool_producer_wait_started(&recorder->spool, START_SLICE_NS);
        if (state == CT_SPOOL_RUNNING || state == CT_SPOOL_DONE)
            return true;
        if (state == CT_SPOOL_FAILED || !rec_writer_process_lives(recorder->life_fd))
            fail_by_writer(recorder);
        else if (rec_clock_ns() - since > STALL_NS)
            rec_fail(recorder, WRITER_SLEEPS);
        if (!recorder->is_open)
            return false;
    }
}

static void
put_end(struct recorder *recorder)
{
    const struct rec_unwinding *exception =
        recorder->ending.exception != 0 ? &recorder->ending : NULL;
    struct ct_spool_end end = {.record = {.kind = CT_SPOOL_END}};
    struct rec_assembly *record = &recorder->record;
    char text[sizeof exception->text + 16];
    record->size = 0;
    rec_assembly_put(record, &end, sizeof end);
    if (exception != NULL) {
        struct rec_ending ending = {.class_name_id = exception->class_name_id, .text = text};
        ending.text_size = rec_unwinding_text(exception, text);
        end.status = CT_SPOOL_END_UNWOUND;
        end.snapshot_size = (uint32_t)rec_ending_put(record, &ending);
    }
    end.record.size = (uint32_t)record->size;
    memcpy(record->bytes, &end, sizeof end);
    rec_send_record(recorder);
}

/* Waits as long as the writer makes progress; SIGKILL and Ctrl-C keep working. */
static void
wait_for_trace(struct recorder *recorder)
{
    uint64_t progress = ~(uint64_t)0, since = rec_clock_ns();
    while (ct_spool_producer_wait_done(&recorder->spool, SLICE_NS) != CT_OK) {
        uint64_t now = ct_spool_progress(&recorder->spool);
        if (!rec_writer_process_lives(recorder->life_fd)) {
            if (ct_spool_producer_wait_done(&recorder->spool, 0) != CT_OK)
                fail_by_writer(recorder);
            return;
        }
        if (now != progress) {
            progress = now;
            since = rec_clock_ns();
        } else if (is_stalled(recorder, since)) {
            rec_fail(recorder, WRITER_STANDS);
            return;
        }
    }
    if (atomic_load_explicit(&recorder->spool.shared->state, memory_order_acquire) ==
        CT_SPOOL_FAILED)
        fail_by_writer(recorder);
}

/* "1234567" as "1,234,567". */
static const char *
group_digits(uint64_t number, char out_text[32])
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number), at = 0;
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            out_text[at++] = ',';
        out_text[at++] = digits[i];
    }
    out_text[at] = '\0';
    return out_text;
}

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* `, 12 values cut` when there is something to say. */
static int
put_count(char *out_line, int size, uint64_t count, const char *noun, const char *rest)
{
    char digits[32];
    if (count == 0 || size >= LINE_SIZE - 96)
        return size;
    return size + snprintf(out_line + size, LINE_SIZE - (size_t)size, ", %s %s%s %s",
                           group_digits(count, digits), noun, plural(count), rest);
}

static void
say_result(const struct recorder *recorder)
{
    char line[LINE_SIZE], steps[32], calls[32], path[PATH_SHOWN_SIZE];
    const struct ct_spool_result *result = &recorder->spool.shared->result;
    const struct rec_counts *counts = &recorder->counts;
    double size = (double)result->size,
           seconds = (double)(rec_clock_ns() - recorder->start_ns) / 1e9;
    int used =
        snprintf(line, sizeof line, "codetracer: %s step%s, %s call%s, %.1f %s",
                 group_digits(result->step_count, steps), plural(result->step_count),
                 group_digits(result->call_count, calls), plural(result->call_count),
                 size < 1e6 ? size / 1e3 : size / 1e6, size < 1e6 ? "kB" : "MB");
    used = put_count(line, used, counts->cut_count, "value", "cut");
    used = put_count(line, used, counts->uncaptured_count, "value", "not captured");
    used = put_count(line, used, counts->hidden_count, "value", "redacted or dropped");
    used = put_count(line, used, counts->lost_frame_count, "call", "left without a return");
    used = put_count(line, used, counts->ractor_event_count, "event", "of other Ractors left out");
    if (recorder->spool.shared->wait_ns > 100000000u)
        used +=
            snprintf(line + used, sizeof line - (size_t)used, ", %.2f s spent waiting for the disk",
                     (double)recorder->spool.shared->wait_ns / 1e9);
    if (result->message[0] != '\0')
        used +=
            snprintf(line + used, sizeof line - (size_t)used, ", %.200s", result->message);
    ct_text_shorten(recorder->trace_path, path, sizeof path);
    used += snprintf(line + used, sizeof line - (size_t)used, ", %.2f s: %s\n", seconds, path);
    if ((size_t)used < sizeof line)
        say(recorder, line, (size_t)used);
}

/* Whether something was left out, or is called by another number than before, for want of memory
 * that was there again later. */
static bool
is_short_of_memory(const struct recorder *recorder)
{
    const struct rec_strand_table *strands = &recorder->strands;
    return recorder->record.is_short || recorder->output_text.is_short ||
           recorder->masked_text.is_short || recorder->identities.numbers.is_short ||
           recorder->identities.owners.is_short || strands->strands.is_short ||
           strands->threads.is_short ||
           recorder->uncaught.text.is_short || recorder->uncaught.detail.is_short;
}

void
rec_link_close(struct recorder *recorder)
{
    if (recorder->is_open && is_short_of_memory(recorder))
        rec_fail(recorder, REC_NO_MEMORY);
    rec_lanes_end(recorder);
    if (recorder->is_open)
        rec_facts_put_tally(recorder);
    if (recorder->is_open)
        put_end(recorder);
    recorder->active = recorder->is_open = false;
    ct_spool_producer_end(&recorder->spool);
    wait_for_trace(recorder);
    if (recorder->failure != NULL)
        say_failure(recorder);
    else if (!recorder->quiet)
        say_result(recorder);
    if (ct_spool_producer_wait_done(&recorder->spool, 0) == CT_OK)
        rec_writer_process_reap(recorder->writer_pid);
    rec_link_abandon(recorder);
}

void
rec_link_abandon(struct recorder *recorder)
{
    recorder->active = recorder->is_open = false;
    rec_link_release(recorder);
}

void
rec_link_release(struct recorder *recorder)
{
    rec_flight_signal_forget(recorder);
    ct_spool_producer_close(&recorder->spool);
    if (recorder->life_fd >= 0)
        close(recorder->life_fd);
    recorder->life_fd = -1;
}
