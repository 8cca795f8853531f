/* See started_threads.h. */
#include "started_threads.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

unsigned started_thread_count;
bool are_threads_refused;

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
               void *context)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    if (are_threads_refused)
        return EAGAIN;
    started_thread_count++;
    return create(thread, attributes, run, context);
}
