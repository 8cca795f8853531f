/* Makes one call of our own code to the system fail, once: the N-th of a process. Linked (--wrap)
 * into the extension and into ct-writer by `make fault`, never into what is shipped.
 *
 * CODETRACER_FAULT says "ext:N" or "writer:N", N 0: none. CODETRACER_FAULT_LOG is a file that gets
 * the line of the call that failed or, for N 0, of each call. ct-writer, which has no environment,
 * looks into the program's. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

/* FAULT_PART ("ext:" or "writer:") comes from the command line. */
#define BOOT_VARIABLE "CODETRACER_BOOT_FD="

#define REAL(type, name, ...) type __real_##name(__VA_ARGS__)

REAL(void *, malloc, size_t);
REAL(void *, calloc, size_t, size_t);
REAL(void *, aligned_alloc, size_t, size_t);
REAL(void *, realloc, void *, size_t);
REAL(char *, strdup, const char *);
REAL(char *, strndup, const char *, size_t);
REAL(void *, mmap, void *, size_t, int, int, int, off_t);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
REAL(ssize_t, pread, int, void *, size_t, off_t);
REAL(int, ftruncate, int, off_t);
REAL(int, posix_fallocate, int, off_t, off_t);
REAL(int, open, const char *, int, ...);
REAL(int, openat, int, const char *, int, ...);
REAL(int, mkdirat, int, const char *, mode_t);
REAL(int, renameat, int, const char *, int, const char *);
REAL(pid_t, fork, void);
REAL(int, clone, int (*)(void *), void *, int, void *, ...);
REAL(int, execve, const char *, char *const *, char *const *);
REAL(int, socketpair, int, int, int, int *);
REAL(int, memfd_create, const char *, unsigned);
REAL(ssize_t, sendmsg, int, const struct msghdr *, int);
REAL(ssize_t, recvmsg, int, struct msghdr *, int);

static char environment[1 << 16];
static long fault_number = -1; /* -1: nothing is counted */
static long call_number;
static int log_fd = -1;

static const char *
find_variable(const char *name, size_t size)
{
    size_t name_size = strlen(name);
    for (const char *at = environment; at < environment + size; at += strlen(at) + 1) {
        if (strncmp(at, name, name_size) == 0)
            return at + name_size;
    }
    return NULL;
}

/* In the program that is recorded and in its writer; not in the launcher. */
__attribute__((constructor)) static void
begin(int argc, char **argv)
{
    char path[64];
    bool is_writer = strcmp(FAULT_PART, "writer:") == 0;
    snprintf(path, sizeof path, "/proc/%s/environ", is_writer && argc == 4 ? argv[3] : "self");
    int fd = __real_open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, environment, sizeof environment - 1);
    if (fd >= 0)
        close(fd);
    if (size <= 0 || find_variable(BOOT_VARIABLE, (size_t)size) == NULL)
        return;
    const char *fault = find_variable("CODETRACER_FAULT=", (size_t)size);
    const char *log = find_variable("CODETRACER_FAULT_LOG=", (size_t)size);
    if (fault == NULL || log == NULL || strncmp(fault, FAULT_PART, strlen(FAULT_PART)) != 0)
        return;
    fd = __real_open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 200); /* out of the way of the program's */
    close(fd);
    fault_number = atol(fault + strlen(FAULT_PART));
}

static bool
is_failing(const char *name, const void *caller)
{
    char line[256];
    Dl_info place = {.dli_fbase = NULL};
    if (fault_number < 0)
        return false;
    long number = __atomic_add_fetch(&call_number, 1, __ATOMIC_SEQ_CST);
    if (fault_number != 0 && number != fault_number)
        return false;
    dladdr(caller, &place);
    int size = snprintf(line, sizeof line, "%ld %s %#zx\n", number, name,
                        (size_t)((const char *)caller - (const char *)place.dli_fbase));
    if (__real_write(log_fd, line, (size_t)size) < 0)
        __real_write(2, line, (size_t)size);
    return fault_number != 0;
}

/* Answers for `caller` of a wrapper: `failure` with errno, or what the call gives. */
#define FAIL_OR(name, failure, error_number, call)                                                 \
    if (is_failing(#name, __builtin_return_address(0))) {                                          \
        errno = (error_number);                                                                    \
        return (failure);                                                                          \
    }                                                                                              \
    return (call)

void *
__wrap_malloc(size_t size)
{
    FAIL_OR(malloc, NULL, ENOMEM, __real_malloc(size));
}

void *
__wrap_calloc(size_t count, size_t size)
{
    FAIL_OR(calloc, NULL, ENOMEM, __real_calloc(count, size));
}

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
    FAIL_OR(aligned_alloc, NULL, ENOMEM, __real_aligned_alloc(alignment, size));
}

void *
__wrap_realloc(void *memory, size_t size)
{
    FAIL_OR(realloc, NULL, ENOMEM, __real_realloc(memory, size));
}

char *
__wrap_strdup(const char *text)
{
    FAIL_OR(strdup, NULL, ENOMEM, __real_strdup(text));
}

char *
__wrap_strndup(const char *text, size_t size)
{
    FAIL_OR(strndup, NULL, ENOMEM, __real_strndup(text, size));
}

int
__wrap_asprintf(char **out_text, const char *format, ...)
{
    va_list words;
    if (is_failing("asprintf", __builtin_return_address(0))) {
        *out_text = NULL;
        errno = ENOMEM;
        return -1;
    }
    va_start(words, format);
    int size = vasprintf(out_text, format, words);
    va_end(words);
    return size;
}

void *
__wrap_mmap(void *memory, size_t size, int protection, int flags, int fd, off_t offset)
{
    FAIL_OR(mmap, MAP_FAILED, ENOMEM, __real_mmap(memory, size, protection, flags, fd, offset));
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t size)
{
    FAIL_OR(write, -1, ENOSPC, __real_write(fd, bytes, size));
}

ssize_t
__wrap_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    FAIL_OR(pwrite, -1, ENOSPC, __real_pwrite(fd, bytes, size, offset));
}

ssize_t
__wrap_pread(int fd, void *bytes, size_t size, off_t offset)
{
    FAIL_OR(pread, -1, EIO, __real_pread(fd, bytes, size, offset));
}

int
__wrap_ftruncate(int fd, off_t size)
{
    FAIL_OR(ftruncate, -1, ENOSPC, __real_ftruncate(fd, size));
}

int
__wrap_posix_fallocate(int fd, off_t offset, off_t size)
{
    FAIL_OR(posix_fallocate, ENOSPC, ENOSPC, __real_posix_fallocate(fd, offset, size));
}

int
__wrap_open(const char *path, int flags, ...)
{
    va_list words;
    va_start(words, flags);
    int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(words, int) : 0;
    va_end(words);
    FAIL_OR(open, -1, EMFILE, __real_open(path, flags, mode));
}

int
__wrap_openat(int folder, const char *path, int flags, ...)
{
    va_list words;
    va_start(words, flags);
    int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(words, int) : 0;
    va_end(words);
    FAIL_OR(openat, -1, EMFILE, __real_openat(folder, path, flags, mode));
}

int
__wrap_mkdirat(int folder, const char *path, mode_t mode)
{
    FAIL_OR(mkdirat, -1, ENOSPC, __real_mkdirat(folder, path, mode));
}

int
__wrap_renameat(int folder, const char *path, int new_folder, const char *new_path)
{
    FAIL_OR(renameat, -1, EIO, __real_renameat(folder, path, new_folder, new_path));
}

pid_t
__wrap_fork(void)
{
    FAIL_OR(fork, -1, EAGAIN, __real_fork());
}

int
__wrap_clone(int (*run)(void *), void *stack, int flags, void *argument, ...)
{
    FAIL_OR(clone, -1, EAGAIN, __real_clone(run, stack, flags, argument));
}

int
__wrap_execve(const char *path, char *const *arguments, char *const *variables)
{
    FAIL_OR(execve, -1, ENOMEM, __real_execve(path, arguments, variables));
}

int
__wrap_socketpair(int domain, int type, int protocol, int *out_ends)
{
    FAIL_OR(socketpair, -1, EMFILE, __real_socketpair(domain, type, protocol, out_ends));
}

int
__wrap_memfd_create(const char *name, unsigned flags)
{
    FAIL_OR(memfd_create, -1, EMFILE, __real_memfd_create(name, flags));
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    FAIL_OR(sendmsg, -1, ENOBUFS, __real_sendmsg(fd, message, flags));
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
    FAIL_OR(recvmsg, -1, EMFILE, __real_recvmsg(fd, message, flags));
}
