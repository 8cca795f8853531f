/* A queue of batches between two threads, under one lock. See chunk_press.h. */
#include "trace/chunk_press.h"

#include "base/thread.h"

#include <unistd.h>

struct ct_chunk_press {
    const struct ct_alloc *alloc;
    ZSTD_CCtx *compressor;
    pid_t process; /* that has the thread */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t is_wanted; /* the thread waits: for a batch, for the end */
    pthread_cond_t is_done;   /* the writer waits: until its batch is pressed */

    /* Under the lock. */
    struct ct_chunk_batch *queue[CT_CHUNK_PRESS_MAX]; /* a ring */
    unsigned first;
    unsigned count;
    bool is_over;
};

/* ---- the thread ---- */

static void *
work(void *context)
{
    struct ct_chunk_press *press = context;
    pthread_mutex_lock(&press->lock);
    for (;;) {
        while (press->count == 0 && !press->is_over)
            pthread_cond_wait(&press->is_wanted, &press->lock);
        if (press->count == 0)
            break;
        struct ct_chunk_batch *batch = press->queue[press->first];
        pthread_mutex_unlock(&press->lock);
        ct_chunk_batch_compress(batch, press->compressor);
        pthread_mutex_lock(&press->lock);
        batch->is_pressed = true;
        press->first = (press->first + 1) % CT_CHUNK_PRESS_MAX;
        press->count--;
        pthread_cond_signal(&press->is_done);
    }
    pthread_mutex_unlock(&press->lock);
    return NULL;
}

/* ---- the writer's side ---- */

void
ct_chunk_press_begin(struct ct_chunk_press *press, struct ct_chunk_batch *batch)
{
    pthread_mutex_lock(&press->lock);
    CT_CHECK(press->count < CT_CHUNK_PRESS_MAX);
    batch->is_pressed = false;
    press->queue[(press->first + press->count++) % CT_CHUNK_PRESS_MAX] = batch;
    pthread_cond_signal(&press->is_wanted);
    pthread_mutex_unlock(&press->lock);
}

void
ct_chunk_press_wait(struct ct_chunk_press *press, const struct ct_chunk_batch *batch)
{
    pthread_mutex_lock(&press->lock);
    while (!batch->is_pressed)
        pthread_cond_wait(&press->is_done, &press->lock);
    pthread_mutex_unlock(&press->lock);
}

/* ---- life ---- */

static void
release(struct ct_chunk_press *press)
{
    pthread_mutex_destroy(&press->lock);
    pthread_cond_destroy(&press->is_wanted);
    pthread_cond_destroy(&press->is_done);
    ct_alloc_free(press->alloc, press);
}

struct ct_chunk_press *
ct_chunk_press_new(ZSTD_CCtx *compressor, const struct ct_alloc *alloc)
{
    struct ct_chunk_press *press = ct_alloc_zeroed(alloc, 1, sizeof *press);
    if (press == NULL)
        return NULL;
    press->alloc = alloc;
    press->compressor = compressor;
    press->process = getpid();
    pthread_mutex_init(&press->lock, NULL);
    pthread_cond_init(&press->is_wanted, NULL);
    pthread_cond_init(&press->is_done, NULL);
    if (ct_thread_start(&press->thread, work, press))
        return press;
    release(press);
    return NULL;
}

bool
ct_chunk_press_is_here(const struct ct_chunk_press *press)
{
    return press->process == getpid();
}

void
ct_chunk_press_free(struct ct_chunk_press *press)
{
    if (press == NULL)
        return;
    if (!ct_chunk_press_is_here(press)) {
        ct_alloc_free(press->alloc, press); /* its lock may be held, by nobody */
        return;
    }
    pthread_mutex_lock(&press->lock);
    press->is_over = true;
    pthread_cond_signal(&press->is_wanted);
    pthread_mutex_unlock(&press->lock);
    pthread_join(press->thread, NULL);
    release(press);
}
