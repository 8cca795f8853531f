/* See ct_writer.h: the end of the program, by a closed socket or by its process. The socket alone
 * would miss a program whose child got hold of its end; the process alone one that execs. What
 * children of the program send over it is kept for their FORK. */
#include "ct_writer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* From FORK until the child has run its first instructions. Where none came, as when the system is
 * at its limit and forks fail, the next is waited for half as long. */
#define REQUEST_WAIT_MS_MAX 2000
#define REQUEST_WAIT_MS_MIN 100

/* Less than the program waits for a writer that does not move. */
#define BIRTH_WAIT_MS 2000

#ifdef SYS_pidfd_open
static int
open_process(pid_t pid)
{
    return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}
#else
static int
open_process(pid_t pid)
{
    (void)pid;
    return -1;
}
#endif

void
ct_writer_life_init(struct ct_writer_life *life, int socket_fd, pid_t program_pid)
{
    *life = (struct ct_writer_life){.socket_fd = socket_fd,
                                    .program_fd = open_process(program_pid),
                                    .program_pid = program_pid,
                                    .request_wait_ms = REQUEST_WAIT_MS_MAX,
                                    .lock_fd = -1,
                                    .births = {-1, -1}};
}

static void
close_birth(int *birth_fd)
{
    if (*birth_fd >= 0)
        close(*birth_fd);
    *birth_fd = -1;
}

static void
close_request(const struct ct_writer_request *request)
{
    if (request->memory_fd < 0)
        return; /* a refusal */
    close(request->memory_fd);
    close(request->life_fd);
}

void
ct_writer_life_release(struct ct_writer_life *life)
{
    for (size_t i = 0; i < life->request_count; i++)
        close_request(&life->requests[i]);
    life->request_count = 0;
    close(life->socket_fd);
    if (life->program_fd >= 0)
        close(life->program_fd);
    life->socket_fd = life->program_fd = -1;
    close_birth(&life->births[0]);
    close_birth(&life->births[1]);
}

/* ---- children's traces ----
 * A child that execs or is killed waits for nobody, its parent neither: without this the parent's
 * trace were whole and the command over before the child's can be found. */

void
ct_writer_births_open(struct ct_writer_life *life)
{
    if (life->births[0] < 0 && pipe(life->births) != 0)
        life->births[0] = life->births[1] = -1; /* then nobody waits */
}

void
ct_writer_birth_end(struct ct_writer_life *life)
{
    close_birth(&life->births[1]);
}

void
ct_writer_births_wait(struct ct_writer_life *life)
{
    struct pollfd held = {.fd = life->births[0], .events = POLLIN};
    close_birth(&life->births[1]);
    if (held.fd >= 0)
        (void)poll(&held, 1, BIRTH_WAIT_MS);
    close_birth(&life->births[0]);
}

/* ---- requests ---- */

/* Closes what came along and is not wanted. */
static void
close_descriptors(const struct msghdr *message)
{
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
        return;
    size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
        close(fd);
    }
}

static bool
has_descriptors(const struct msghdr *message)
{
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    return head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
           head->cmsg_len == CMSG_LEN(CT_SPOOL_REQUEST_FD_COUNT * sizeof(int));
}

/* Without descriptors it is a refusal. */
static void
keep_request(struct ct_writer_life *life, const struct ct_spool_request *request,
             const struct msghdr *message)
{
    int fds[CT_SPOOL_REQUEST_FD_COUNT] = {-1, -1};
    if (has_descriptors(message))
        memcpy(fds, CMSG_DATA(CMSG_FIRSTHDR(message)), sizeof fds);
    struct ct_writer_request *kept = &life->requests[life->request_count++];
    *kept = (struct ct_writer_request){
        .request = *request, .memory_fd = fds[0], .life_fd = fds[1]};
    kept->request.recording_id[CT_SPOOL_RECORDING_ID_SIZE - 1] = '\0';
}

/* Reads what is there until `count_max` are kept; the rest stays in the socket, whose senders wait
 * when it is full, too. False: the other end is closed. */
static bool
receive(struct ct_writer_life *life, size_t count_max)
{
    struct ct_spool_request request;
    char control[CMSG_SPACE(CT_SPOOL_REQUEST_FD_COUNT * sizeof(int))];
    while (life->request_count < count_max) {
        struct iovec part = {.iov_base = &request, .iov_len = sizeof request};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        ssize_t size = recvmsg(life->socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (size < 0) /* short of descriptors or memory is not closed */
            return errno != ECONNRESET && errno != ENOTCONN && errno != EBADF;
        if (size == 0)
            return false;
        const bool is_whole = has_descriptors(&message) || CMSG_FIRSTHDR(&message) == NULL;
        if (size == sizeof request && request.magic == CT_SPOOL_REQUEST_MAGIC && is_whole &&
            request.number > life->asked_number)
            keep_request(life, &request, &message);
        else
            close_descriptors(&message);
    }
    return true;
}

bool
ct_writer_life_is_over(struct ct_writer_life *life)
{
    struct pollfd ends[] = {{.fd = life->socket_fd, .events = POLLIN},
                            {.fd = life->program_fd, .events = POLLIN}};
    nfds_t count = life->program_fd >= 0 ? 2 : 1;
    int ready = poll(ends, count, 0);
    if (ready < 0)
        return errno != EINTR;
    if (ready == 0)
        return false;
    if (count == 2 && ends[1].revents != 0)
        return true;
    if (life->request_count >= CT_WRITER_REQUEST_KEPT)
        return (ends[0].revents & POLLHUP) != 0;
    return (ends[0].revents & POLLIN) == 0 || !receive(life, CT_WRITER_REQUEST_KEPT);
}

static bool
find_request(struct ct_writer_life *life, uint32_t number, struct ct_writer_request *out_request)
{
    for (size_t i = 0; i < life->request_count; i++) {
        if (life->requests[i].request.number != number)
            continue;
        *out_request = life->requests[i];
        life->requests[i] = life->requests[--life->request_count];
        return true;
    }
    return false;
}

bool
ct_writer_request_take(struct ct_writer_life *life, uint32_t number,
                       struct ct_writer_request *out_request)
{
    struct pollfd end = {.fd = life->socket_fd, .events = POLLIN};
    bool is_open = receive(life, CT_WRITER_REQUEST_MAX), is_found;
    while (!(is_found = find_request(life, number, out_request))) {
        if (!is_open || life->request_count == CT_WRITER_REQUEST_MAX ||
            poll(&end, 1, life->request_wait_ms) <= 0)
            break;
        is_open = receive(life, CT_WRITER_REQUEST_MAX);
    }
    life->asked_number = number;
    life->request_wait_ms = is_found ? REQUEST_WAIT_MS_MAX : life->request_wait_ms / 2;
    if (life->request_wait_ms < REQUEST_WAIT_MS_MIN)
        life->request_wait_ms = REQUEST_WAIT_MS_MIN;
    return is_found && out_request->memory_fd >= 0;
}

void
ct_writer_requests_end(struct ct_writer_life *life)
{
    (void)shutdown(life->socket_fd, SHUT_RD); /* what is in it can still be read */
}

bool
ct_writer_request_next(struct ct_writer_life *life, struct ct_writer_request *out_request)
{
    if (life->request_count == 0)
        (void)receive(life, CT_WRITER_REQUEST_KEPT);
    if (life->request_count == 0)
        return false;
    *out_request = life->requests[--life->request_count];
    return true;
}
