/* Secrets that one Ractor has learnt, for all others: each recorder finds those of its own.
 *
 * The main recorder's `shared_secrets` holds the latest of all Ractors, once there are others than
 * the main one; a hook of any Ractor begins with what has come since. Under a lock within which
 * nothing but memory is copied: a hook that holds it waits for nobody. */
#ifndef REC_SHARED_SECRETS_H
#define REC_SHARED_SECRETS_H

#include "recorder.h"

/* Before the first other Ractor is made: what the main one has learnt so far. */
void rec_shared_secrets_begin(struct recorder *home);

/* What the recorder has just learnt; nothing where the main Ractor is alone. */
void rec_shared_secrets_put(struct recorder *recorder, const char *text, size_t size);

/* What others have put since; whether any of it is new to the recorder. */
bool rec_shared_secrets_take(struct recorder *recorder);

/* In a fork child, where no other Ractor is. Async-signal-safe. */
void rec_shared_secrets_abandon(void);

/* Whether others have put any since. hot in a program with Ractors */
static inline bool
rec_shared_secrets_are_new(const struct recorder *recorder)
{
    return __atomic_load_n(&recorder->home->shared_secrets.learnt_count, __ATOMIC_ACQUIRE) !=
           recorder->shared_seen;
}

#endif
