/* See writer_process.h. Steps: 1 a socket; 2 all signals blocked; 3 a child sharing our memory,
 * without exit signal (so that no wait of the program sees it), starts 4 a grandchild that puts its
 * descriptors in order and executes the writer; 5 the child ends and is reaped with __WCLONE; 6 our
 * end of the socket goes to the top of the descriptors. Both children run on stacks of ours while
 * we are suspended (CLONE_VFORK). */
#include "writer_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE          (64u << 10)
#define MEMORY_FD_IN_WRITER 3
#define LIFE_FD_IN_WRITER   4

#ifndef SYS_close_range
#define SYS_close_range (-1) /* answered with ENOSYS */
#endif

struct start {
    const char *executable;
    char *const *arguments;
    char *const *environment;
    int memory_fd;
    int life_fd;
    char *inner_stack;
    volatile int errno_value;
    volatile pid_t writer_pid;
};

int
rec_descriptor_hide(int fd)
{
    struct rlimit limit;
    int moved = -1;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 8) {
        int from = limit.rlim_cur > 65536 ? 65536 : (int)limit.rlim_cur;
        for (int low = from - 4; moved < 0 && low >= from / 2; low -= 4)
            moved = fcntl(fd, F_DUPFD_CLOEXEC, low);
    }
    if (moved < 0)
        return fd;
    close(fd);
    return moved;
}

/* Closes all from `first` on; the loop is for kernels without close_range. */
static void
close_from(int first)
{
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0) == 0)
        return;
    for (int fd = first; fd < 65536; fd++)
        close(fd);
}

/* In the grandchild; shares our memory until exec, so it only makes system calls. */
static int
run_writer(void *pointer)
{
    struct start *start = pointer;
    /* Clear of 0 to 4 first, so that neither dup2 below overwrites the other's source. */
    int memory_fd = fcntl(start->memory_fd, F_DUPFD, 5);
    int life_fd = fcntl(start->life_fd, F_DUPFD, 5);
    int null_fd = open("/dev/null", O_RDWR);
    if (memory_fd < 0 || life_fd < 0 || null_fd < 0) {
        start->errno_value = errno;
        _exit(127);
    }
    dup2(null_fd, 0);
    dup2(null_fd, 1);
    dup2(null_fd, 2);
    dup2(memory_fd, MEMORY_FD_IN_WRITER);
    dup2(life_fd, LIFE_FD_IN_WRITER);
    close_from(5);
    setsid();
    execve(start->executable, start->arguments, start->environment);
    start->errno_value = errno;
    _exit(127);
}

/* In the child: starts the grandchild and ends, so that the writer belongs to init. */
static int
run_starter(void *pointer)
{
    struct start *start = pointer;
    int pid =
        clone(run_writer, start->inner_stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, start);
    if (pid < 0)
        start->errno_value = errno;
    start->writer_pid = pid;
    _exit(0);
}

/* Signals stay blocked in both children until exec: their handlers are Ruby's. The writer
 * unblocks. */
static void
clone_writer(struct start *start, char *stacks)
{
    sigset_t all, before;
    int status;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    start->inner_stack = stacks;
    int pid = clone(run_starter, stacks + 2 * STACK_SIZE, CLONE_VM | CLONE_VFORK, start);
    if (pid < 0)
        start->errno_value = errno;
    while (pid > 0 && waitpid(pid, &status, __WCLONE) < 0 && errno == EINTR)
        continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool
open_life(int out_ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out_ends) == 0;
}

bool
rec_life_open(int out_ends[2])
{
    if (!open_life(out_ends))
        return false;
    out_ends[1] = rec_descriptor_hide(out_ends[1]);
    return true;
}

bool
rec_writer_process_start(const char *executable, int memory_fd, struct rec_writer_life *out_life)
{
    int ends[2];
    char pid_text[24], memory_text[8], life_text[8];
    char *const environment[] = {NULL};
    char *const arguments[] = {(char *)(uintptr_t)executable, memory_text, life_text, pid_text,
                               NULL};
    struct start start = {.executable = executable,
                          .arguments = arguments,
                          .environment = environment,
                          .memory_fd = memory_fd};
    snprintf(pid_text, sizeof pid_text, "%d", (int)getpid());
    snprintf(memory_text, sizeof memory_text, "%d", MEMORY_FD_IN_WRITER);
    snprintf(life_text, sizeof life_text, "%d", LIFE_FD_IN_WRITER);
    if (!open_life(ends)) {
        out_life->errno_value = errno;
        return false;
    }
    start.life_fd = ends[0];
    char *stacks = mmap(NULL, 2 * STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stacks == MAP_FAILED) {
        start.errno_value = errno;
    } else {
        clone_writer(&start, stacks);
        munmap(stacks, 2 * STACK_SIZE);
    }
    close(ends[0]);
    /* Only now: the children would have been given a table of descriptors that goes as far up. */
    *out_life = (struct rec_writer_life){
        .life_fd = rec_descriptor_hide(ends[1]),
        .errno_value = start.errno_value,
        .pid = start.writer_pid};
    if (start.errno_value != 0)
        close(out_life->life_fd);
    return start.errno_value == 0;
}

bool
rec_writer_process_lives(int life_fd)
{
    struct pollfd end = {.fd = life_fd, .events = 0};
    return poll(&end, 1, 0) == 0 || (end.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

bool
rec_process_adopts_orphans(void)
{
    int flag = 0;
    return getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &flag, 0, 0, 0) == 0 && flag);
}

void
rec_writer_process_reap(pid_t pid)
{
    int status;
    if (pid <= 0 || !rec_process_adopts_orphans())
        return;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
}
