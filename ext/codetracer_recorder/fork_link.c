/* See fork_link.h. What runs in the child is async-signal-safe but for malloc, which glibc puts in
 * order after a fork; no Ruby code runs and no Ruby object is made. */
#include "fork_link.h"

#include "process_capture.h"
#include "recorder.h"
#include "spool_link.h"
#include "strand_end.h"
#include "start_options.h"
#include "writer_process.h"

#include "ctrace/spool_request.h"

#include <ruby/thread.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEND_PAUSE_MS  2
#define SEND_TRY_COUNT 2500 /* 5 s, as long as the program waits for a writer that stands */

/* Ruby exports it without a header. */
int ruby_thread_has_gvl_p(void);

void
rec_fork_announce(struct recorder *recorder)
{
    recorder->is_fork_announced = false;
    /* acquire: of a writer that has ended, since its budget was spent, nothing more is asked */
    if (!recorder->records_children || !recorder->is_open ||
        atomic_load_explicit(&recorder->spool.shared->state, memory_order_acquire) >
            CT_SPOOL_RUNNING ||
        !ruby_thread_has_gvl_p() || !rec_in_main_ractor(recorder))
        return;
    /* A child that only becomes another program has nothing to record; where Ruby forks for it and
     * does not vfork, as root, it comes by here. */
    if (rec_process_starts(recorder))
        return;
    if (recorder->active) {
        rec_held_events_put_all(recorder);
        rec_strand_here(recorder);
    }
    struct ct_spool_fork *record = (struct ct_spool_fork *)rec_reserve(recorder, sizeof *record);
    if (record == NULL)
        return;
    *record = (struct ct_spool_fork){
        .record = {.size = sizeof *record, .kind = CT_SPOOL_FORK},
        .number = ++recorder->fork_count,
    };
    rec_publish(recorder, sizeof *record);
    ct_spool_producer_ring(&recorder->spool);
    recorder->is_fork_announced = true;
}

/* The writer takes them as it comes to their forks: with many children in a short time the socket
 * is full, of messages or of descriptors. A writer that stands ends the wait. */
static bool
send_message(int socket_fd, const struct msghdr *message, size_t size)
{
    for (int i = 0; i < SEND_TRY_COUNT; i++) {
        if (sendmsg(socket_fd, message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size)
            return true;
        if (errno != EAGAIN && errno != ETOOMANYREFS)
            return false;
        if (poll(NULL, 0, SEND_PAUSE_MS) < 0 && errno != EINTR)
            return false;
    }
    return false;
}

/* Hands spool and socket, whose descriptors are in `fds`, to the parent's writer; NULL: tells it
 * that this child has none. */
static bool
send_request(const struct recorder *recorder, const int fds[CT_SPOOL_REQUEST_FD_COUNT])
{
    const size_t size = CT_SPOOL_REQUEST_FD_COUNT * sizeof *fds;
    struct ct_spool_request request = {
        .magic = CT_SPOOL_REQUEST_MAGIC, .number = recorder->fork_count, .pid = (int32_t)getpid()};
    char control[CMSG_SPACE(CT_SPOOL_REQUEST_FD_COUNT * sizeof(int))] = {0};
    struct iovec part = {.iov_base = &request, .iov_len = sizeof request};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = fds != NULL ? control : NULL,
                             .msg_controllen = fds != NULL ? sizeof control : 0};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head != NULL) {
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(head), fds, size);
    }
    ct_spool_recording_id_make(request.recording_id);
    return send_message(recorder->life_fd, &message, sizeof request);
}

/* A spool of the child's own, in the place of the parent's. */
static bool
open_spool(struct recorder *recorder)
{
    struct ct_spool_producer spool;
    int ends[2];
    if (ct_spool_producer_open(&spool, recorder->spool.mask + 1, NULL) != CT_OK)
        return false;
    if (!rec_life_open(ends)) {
        ct_spool_producer_close(&spool);
        return false;
    }
    const int fds[CT_SPOOL_REQUEST_FD_COUNT] = {spool.memory_fd, ends[0]};
    bool is_sent = send_request(recorder, fds);
    int kept_fd = recorder->spool.memory_fd, memory_fd = spool.memory_fd;
    close(ends[0]);
    rec_link_release(recorder);
    spool.memory_fd = kept_fd >= 0 ? fcntl(memory_fd, F_DUPFD_CLOEXEC, kept_fd) : -1;
    close(memory_fd);
    recorder->spool = spool;
    recorder->life_fd = ends[1];
    return is_sent;
}

/* DIR/trace.ct becomes DIR/children/PID/trace.ct. */
static void
move_trace_path(struct recorder *recorder)
{
    char *moved, *name = strrchr(recorder->trace_path, '/');
    if (name == NULL || asprintf(&moved, "%.*s/children/%d%s", (int)(name - recorder->trace_path),
                                 recorder->trace_path, (int)getpid(), name) < 0)
        return;
    free(recorder->trace_path);
    recorder->trace_path = moved;
}

bool
rec_fork_follow(struct recorder *recorder)
{
    if (!recorder->is_fork_announced)
        return false;
    recorder->is_fork_announced = false;
    if (!open_spool(recorder)) {
        (void)send_request(recorder, NULL);
        return false;
    }
    move_trace_path(recorder);
    recorder->counts = (struct rec_counts){.cut_count = 0};
    recorder->quiet = true; /* the parent's closing line is the command's */
    recorder->start_ns = rec_clock_ns();
    recorder->writer_pid = 0;
    recorder->is_child_new = true;
    recorder->flight.exception_dump_count = 0;
    rec_flight_signal_watch(recorder);
    rec_watched_forget(recorder);
    recorder->current_ec = NULL; /* so that the first event comes by rec_strand_switch */
    recorder->current_strand = NULL;
    return true;
}

void
rec_fork_end_threads(struct recorder *recorder)
{
    const struct rec_pointer_map *map = &recorder->strands.strands;
    VALUE thread = rb_thread_current();
    recorder->is_child_new = false;
    for (size_t i = 0; i < map->capacity;) {
        const struct rec_strand *strand = (const struct rec_strand *)map->entries[i].value;
        bool is_gone =
            map->entries[i].key != 0 && strand->thread->object != thread && strand->id != 0;
        if (is_gone)
            rec_strand_end(recorder, strand->ec); /* another entry may have taken its place */
        else
            i++;
    }
}
