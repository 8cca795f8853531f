/* Secrets known by their value: what stood under a secret's name is a secret under any other.
 *
 * Filled when a String is redacted by its name, and at the start from the environment. Kept in this
 * process only. A value that could be any word is not learned: it would hide too much. */
#ifndef REC_KNOWN_SECRETS_H
#define REC_KNOWN_SECRETS_H

#include "ctrace/text_secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REC_KNOWN_SECRET_COUNT 256 /* then the oldest is forgotten */
#define REC_KNOWN_SECRET_CHAINS 256 /* by how they begin */
#define REC_KNOWN_SECRET_SIZE  (16 << 10) /* what is behind that of a longer one is not known */

struct rec_known_secret {
    uint32_t size;
    uint32_t next; /* of its chain, as in `chains` */
    char text[REC_KNOWN_SECRET_SIZE];
};

struct rec_known_secrets {
    struct rec_known_secret *secrets; /* owned; NULL until one is learned; 4 MiB, touched as used */
    uint32_t count, next;
    uint32_t learnt_count; /* of all times, and more, see attempt.h */
    uint8_t *starts; /* owned; not 0 for each two bytes that a secret begins with */
    uint16_t chains[REC_KNOWN_SECRET_CHAINS]; /* 1 + the first one's index; 0: none */
};

/* Remembers the text, unless it is known or could be any word; whether it is new. Without memory it
 * does not. */
bool rec_known_secrets_add(struct rec_known_secrets *known, const char *text, size_t size);

void rec_known_secrets_release(struct rec_known_secrets *known);

/* The first one in the text at or behind `from`; of a long one its beginning is enough, and the
 * span goes as far as the text is the secret's. */
bool rec_known_secrets_find(const struct rec_known_secrets *known, const char *text, size_t size,
                            size_t from, struct ct_secret_span *out_span);

#endif
