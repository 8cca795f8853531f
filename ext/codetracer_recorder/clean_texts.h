/* Texts that were looked at and hold no secret, and names of keys by what they are: the same string
 * is shown at many steps.
 *
 * A table of their prints, a newer one in an older one's place. Prints are 64 bits: a secret that
 * has a harmless text's print is shown, once in 2^64. */
#ifndef REC_CLEAN_TEXTS_H
#define REC_CLEAN_TEXTS_H

#include "fingerprint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REC_CLEAN_TEXT_COUNT 4096

struct rec_clean_texts {
    uint64_t prints[REC_CLEAN_TEXT_COUNT]; /* 0: none */
};

/* Never 0. `kind` tells tables' users apart. hot */
static inline uint64_t
rec_text_print(const char *text, size_t size, uint64_t kind)
{
    return rec_mix(rec_fingerprint(text, size), kind * REC_MIX_SIZE) | 1;
}

/* hot */
static inline bool
rec_clean_texts_have(const struct rec_clean_texts *clean, uint64_t print)
{
    return clean->prints[print >> 20 & (REC_CLEAN_TEXT_COUNT - 1)] == print;
}

static inline void
rec_clean_texts_put(struct rec_clean_texts *clean, uint64_t print)
{
    clean->prints[print >> 20 & (REC_CLEAN_TEXT_COUNT - 1)] = print;
}

static inline void
rec_clean_texts_forget(struct rec_clean_texts *clean)
{
    memset(clean, 0, sizeof *clean);
}

#endif
