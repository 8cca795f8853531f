/* Threads of the library's own.
 *
 * Used where a second core can work ahead of, or behind, the caller. */
#ifndef CT_BASE_THREAD_H
#define CT_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Runs `work(context)` in a thread that gets no signal: they are for the process's own threads. */
bool ct_thread_start(pthread_t *out_thread, void *(*work)(void *), void *context);

#endif
