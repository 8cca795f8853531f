/* See shared_secrets.h. */
#include "shared_secrets.h"

#include <pthread.h>

static pthread_mutex_t secrets_lock = PTHREAD_MUTEX_INITIALIZER; /* of all shared_secrets */

/* The oldest first, so that what takes another's place is newer; from the one on that is followed
 * by `count - 1`. */
static bool
add_latest(struct rec_known_secrets *known, const struct rec_known_secrets *from, uint32_t count)
{
    bool is_new = false;
    if (count > from->count)
        count = from->count;
    for (uint32_t i = REC_KNOWN_SECRET_COUNT - count; i < REC_KNOWN_SECRET_COUNT; i++) {
        const struct rec_known_secret *secret =
            &from->secrets[(from->next + i) % REC_KNOWN_SECRET_COUNT];
        is_new |= rec_known_secrets_add(known, secret->text, secret->size);
    }
    return is_new;
}

void
rec_shared_secrets_begin(struct recorder *home)
{
    pthread_mutex_lock(&secrets_lock);
    (void)add_latest(&home->shared_secrets, &home->known_secrets, REC_KNOWN_SECRET_COUNT);
    home->shared_seen = home->shared_secrets.learnt_count;
    pthread_mutex_unlock(&secrets_lock);
}

void
rec_shared_secrets_put(struct recorder *recorder, const char *text, size_t size)
{
    struct rec_known_secrets *shared = &recorder->home->shared_secrets;
    if (!recorder->home->has_ractors)
        return;
    pthread_mutex_lock(&secrets_lock);
    const bool has_all = shared->learnt_count == recorder->shared_seen;
    (void)rec_known_secrets_add(shared, text, size);
    if (has_all)
        recorder->shared_seen = shared->learnt_count;
    pthread_mutex_unlock(&secrets_lock);
}

bool
rec_shared_secrets_take(struct recorder *recorder)
{
    const struct rec_known_secrets *shared = &recorder->home->shared_secrets;
    pthread_mutex_lock(&secrets_lock);
    const bool is_new = add_latest(&recorder->known_secrets, shared,
                                   shared->learnt_count - recorder->shared_seen);
    recorder->shared_seen = shared->learnt_count;
    pthread_mutex_unlock(&secrets_lock);
    return is_new;
}

void
rec_shared_secrets_abandon(void)
{
    pthread_mutex_init(&secrets_lock, NULL); /* whoever held it is not in this process */
}
