/* See known_secrets.h. Mirrors lib/codetracer/pure/known_secrets.rb. */
#include "known_secrets.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN        6
#define NUMBER_SIZE_MIN 10 /* of digits alone */

static uint32_t
start_of(const char *text)
{
    return (uint32_t)(unsigned char)text[0] << 8 | (unsigned char)text[1];
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

bool
rec_known_secrets_add(struct rec_known_secrets *known, const char *text, size_t size)
{
    if (is_any_word(text, size))
        return false;
    if (size > REC_KNOWN_SECRET_SIZE)
        size = REC_KNOWN_SECRET_SIZE;
    if (is_known(known, text, size))
        return false;
    if (known->secrets == NULL)
        known->secrets = calloc(REC_KNOWN_SECRET_COUNT, sizeof *known->secrets);
    if (known->secrets == NULL)
        return false;
    struct rec_known_secret *secret = &known->secrets[known->next];
    secret->size = (uint16_t)size;
    memcpy(secret->text, text, size);
    known->next = (known->next + 1) % REC_KNOWN_SECRET_COUNT;
    known->count += known->count < REC_KNOWN_SECRET_COUNT;
    known->learnt_count++;
    known->starts[start_of(text) / 8] |= (uint8_t)(1 << start_of(text) % 8);
    return true;
}

void
rec_known_secrets_release(struct rec_known_secrets *known)
{
    free(known->secrets);
    *known = (struct rec_known_secrets){.count = 0};
}

static size_t
known_size(const struct rec_known_secrets *known, const char *text, size_t size)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < known->count; i++) {
        const struct rec_known_secret *secret = &known->secrets[i];
        if (secret->size <= size && secret->size > longest &&
            memcmp(secret->text, text, secret->size) == 0)
            longest = secret->size;
    }
    return longest;
}

bool
rec_known_secrets_find(const struct rec_known_secrets *known, const char *text, size_t size,
                       size_t from, struct ct_secret_span *out_span)
{
    for (size_t i = from; known->count > 0 && i + SIZE_MIN <= size; i++) {
        uint32_t start = start_of(text + i);
        if ((known->starts[start / 8] >> start % 8 & 1) == 0)
            continue;
        size_t found = known_size(known, text + i, size - i);
        if (found > 0) {
            *out_span = (struct ct_secret_span){.offset = i, .size = found};
            return true;
        }
    }
    return false;
}
