/* Test support: the threads that the library starts, counted, or refused to it.
 *
 * A pthread_create of the tests' own is in front of the C library's in every test program. */
#ifndef STARTED_THREADS_H
#define STARTED_THREADS_H

#include <stdbool.h>

extern unsigned started_thread_count;
extern bool are_threads_refused; /* as where there is no more room for one */

#endif
