/* See known_secrets.h. Mirrors lib/codetracer/pure/known_secrets.rb. */
#include "known_secrets.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN        6
#define NUMBER_SIZE_MIN 10 /* of digits alone */
#define START_COUNT     65536
#define HEAD_SIZE       256 /* by so much of it a longer one is found */

static uint32_t
start_of(const char *text)
{
    uint16_t start;
    memcpy(&start, text, sizeof start);
    return start;
}

static uint32_t
chain_of(const char *text)
{
    uint32_t start;
    memcpy(&start, text, sizeof start);
    return start * 0x9E3779B1u >> 24;
}

static bool
is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

/* A word, an identifier, a short number or a path. */
static bool
is_any_word(const char *text, size_t size)
{
    bool has_letter = false, has_digit = false;
    if (size > 0 && text[0] == '/')
        return true;
    for (size_t i = 0; i < size; i++) {
        if (is_letter(text[i]))
            has_letter = true;
        else if (text[i] >= '0' && text[i] <= '9')
            has_digit = true;
        else
            return size < SIZE_MIN;
    }
    if (has_letter && has_digit)
        return size < SIZE_MIN;
    return has_letter || size < NUMBER_SIZE_MIN;
}

static bool
is_known(const struct rec_known_secrets *known, const char *text, size_t size)
{
    for (uint32_t i = 0; i < known->count; i++) {
        if (known->secrets[i].size == size && memcmp(known->secrets[i].text, text, size) == 0)
            return true;
    }
    return false;
}

static bool
has_room(struct rec_known_secrets *known)
{
    if (known->secrets == NULL)
        known->secrets = calloc(REC_KNOWN_SECRET_COUNT, sizeof *known->secrets);
    if (known->starts == NULL)
        known->starts = calloc(START_COUNT, sizeof *known->starts);
    return known->secrets != NULL && known->starts != NULL;
}

/* Anew: the latest may have taken another's place. */
static void
chain_all(struct rec_known_secrets *known)
{
    memset(known->starts, 0, START_COUNT);
    memset(known->chains, 0, sizeof known->chains);
    for (uint32_t i = 0; i < known->count; i++) {
        struct rec_known_secret *secret = &known->secrets[i];
        uint16_t *chain = &known->chains[chain_of(secret->text)];
        secret->next = *chain;
        *chain = (uint16_t)(i + 1);
        known->starts[start_of(secret->text)] = 1;
    }
}

bool
rec_known_secrets_add(struct rec_known_secrets *known, const char *text, size_t size)
{
    if (is_any_word(text, size))
        return false;
    if (size > REC_KNOWN_SECRET_SIZE)
        size = REC_KNOWN_SECRET_SIZE;
    if (is_known(known, text, size))
        return false;
    if (!has_room(known))
        return false;
    struct rec_known_secret *secret = &known->secrets[known->next];
    secret->size = (uint32_t)size;
    memcpy(secret->text, text, size);
    known->next = (known->next + 1) % REC_KNOWN_SECRET_COUNT;
    known->count += known->count < REC_KNOWN_SECRET_COUNT;
    known->learnt_count++;
    chain_all(known);
    return true;
}

void
rec_known_secrets_release(struct rec_known_secrets *known)
{
    free(known->secrets);
    free(known->starts);
    *known = (struct rec_known_secrets){.count = 0};
}

/* How much of the secret the text begins with; 0: too little. */
static size_t
same_size(const struct rec_known_secret *secret, const char *text, size_t size)
{
    size_t same = secret->size < HEAD_SIZE ? secret->size : HEAD_SIZE;
    if (same > size || memcmp(secret->text, text, same) != 0)
        return 0;
    while (same < secret->size && same < size && secret->text[same] == text[same])
        same++;
    return same;
}

/* Of the longest that the text begins with; there are at least SIZE_MIN bytes of it. */
static size_t
known_size(const struct rec_known_secrets *known, const char *text, size_t size)
{
    size_t longest = 0;
    for (uint32_t i = known->chains[chain_of(text)]; i != 0; i = known->secrets[i - 1].next) {
        const size_t same = same_size(&known->secrets[i - 1], text, size);
        if (same > longest)
            longest = same;
    }
    return longest;
}

bool
rec_known_secrets_find(const struct rec_known_secrets *known, const char *text, size_t size,
                       size_t from, struct ct_secret_span *out_span)
{
    for (size_t i = from; known->count > 0 && i + SIZE_MIN <= size; i++) {
        if (known->starts[start_of(text + i)] == 0)
            continue;
        size_t found = known_size(known, text + i, size - i);
        if (found > 0) {
            *out_span = (struct ct_secret_span){.offset = i, .size = found};
            return true;
        }
    }
    return false;
}
