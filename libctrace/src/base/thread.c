/* See thread.h. */
#include "base/thread.h"

#include <signal.h>

bool
ct_thread_start(pthread_t *out_thread, void *(*work)(void *), void *context)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    const bool is_started = pthread_create(out_thread, NULL, work, context) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}
