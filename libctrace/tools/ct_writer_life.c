/* See ct_writer.h: the end of the program, by a closed pipe or by its process. The pipe alone would
 * miss a program whose child got hold of the write end; the process alone one that execs. */
#include "ct_writer.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

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
ct_writer_life_init(struct ct_writer_life *life, int pipe_fd, pid_t program_pid)
{
    life->pipe_fd = pipe_fd;
    life->program_pid = program_pid;
    life->program_fd = open_process(program_pid);
}

bool
ct_writer_life_is_over(const struct ct_writer_life *life)
{
    struct pollfd ends[] = {{.fd = life->pipe_fd, .events = POLLIN},
                            {.fd = life->program_fd, .events = POLLIN}};
    nfds_t count = life->program_fd >= 0 ? 2 : 1;
    int ready = poll(ends, count, 0);
    if (ready < 0)
        return errno != EINTR;
    /* POLLHUP: no write end is left. POLLNVAL: there never was a pipe, so nobody holds its end. */
    return ready > 0;
}
