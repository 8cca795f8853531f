/* See spool_wait.h. Futexes on Linux, short sleeps elsewhere. */
#include "spool/spool_wait.h"

#include <errno.h>
#include <time.h>

static struct timespec
timespec_of(uint64_t duration_ns)
{
    return (struct timespec){.tv_sec = (time_t)(duration_ns / 1000000000u),
                             .tv_nsec = (long)(duration_ns % 1000000000u)};
}

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not FUTEX_PRIVATE_FLAG: the two sides are different processes. */
void
ct_spool_word_wait(_Atomic uint32_t *word, uint32_t seen, uint64_t timeout_ns)
{
    struct timespec timeout = timespec_of(timeout_ns);
    int errno_kept = errno;
    (void)syscall(SYS_futex, word, FUTEX_WAIT, seen, &timeout, NULL, 0);
    errno = errno_kept;
}

void
ct_spool_word_wake(_Atomic uint32_t *word)
{
    int errno_kept = errno;
    (void)syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    errno = errno_kept;
}
#else
#define POLL_NS 500000u /* a wait without futexes is this much too long at worst */

void
ct_spool_word_wait(_Atomic uint32_t *word, uint32_t seen, uint64_t timeout_ns)
{
    int errno_kept = errno;
    struct timespec pause = timespec_of(POLL_NS);
    for (uint64_t waited = 0; waited < timeout_ns; waited += POLL_NS) {
        /* acquire: what was written before the word changed is visible to the caller */
        if (atomic_load_explicit(word, memory_order_acquire) != seen)
            break;
        nanosleep(&pause, NULL);
    }
    errno = errno_kept;
}

void
ct_spool_word_wake(_Atomic uint32_t *word)
{
    (void)word;
}
#endif

uint64_t
ct_spool_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
