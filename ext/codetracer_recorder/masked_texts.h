/* Texts that hold a secret, without it: the same request, header or setting is shown at many steps.
 *
 * A few short ones by their prints (clean_texts.h), a newer one in an older one's place. Forgotten
 * when another secret is learnt. */
#ifndef REC_MASKED_TEXTS_H
#define REC_MASKED_TEXTS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REC_MASKED_TEXT_COUNT 64u
#define REC_MASKED_TEXT_SIZE  500u /* of the longest that is kept, in bytes */

struct rec_masked_text {
    uint64_t print; /* of the text that the program has; 0: none */
    uint32_t size;
    char bytes[REC_MASKED_TEXT_SIZE];
};

struct rec_masked_texts {
    struct rec_masked_text texts[REC_MASKED_TEXT_COUNT];
};

static inline struct rec_masked_text *
rec_masked_texts_place(struct rec_masked_texts *masked, uint64_t print)
{
    return &masked->texts[print >> 20 & (REC_MASKED_TEXT_COUNT - 1)];
}

/* NULL where it is not among them. Valid until the next one is put. */
static inline const struct rec_masked_text *
rec_masked_texts_find(struct rec_masked_texts *masked, uint64_t print)
{
    const struct rec_masked_text *text = rec_masked_texts_place(masked, print);
    return text->print == print ? text : NULL;
}

/* Without effect where it is too long. */
static inline void
rec_masked_texts_put(struct rec_masked_texts *masked, uint64_t print, const char *bytes,
                     size_t size)
{
    struct rec_masked_text *text = rec_masked_texts_place(masked, print);
    if (size > sizeof text->bytes)
        return;
    text->print = print;
    text->size = (uint32_t)size;
    memcpy(text->bytes, bytes, size);
}

static inline void
rec_masked_texts_forget(struct rec_masked_texts *masked)
{
    for (uint32_t i = 0; i < REC_MASKED_TEXT_COUNT; i++)
        masked->texts[i].print = 0;
}

#endif
