/* Finds secrets in text by their form: PEM blocks, JWTs, keys of cloud services, card numbers,
 * passwords in URLs, and what stands behind a name such as `password=`.
 *
 * Used by the extension before anything is written to the spool, and by the timeline for the copies
 * of sources. Reads each byte once, allocates nothing. lib/codetracer/filter/secret_text.rb is the
 * same in Ruby. */
#ifndef CTRACE_TEXT_SECRET_H
#define CTRACE_TEXT_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* A secret's place in a text. */
struct ct_secret_span {
    size_t offset, size;
};

/* Which names announce a secret, and where one stands that is known by its value, at or behind
 * `from`. Either may be NULL. */
struct ct_secret_names {
    bool (*has)(const void *context, const char *name, size_t size);
    bool (*find_known)(const void *context, const char *text, size_t size, size_t from,
                       struct ct_secret_span *out_span);
    const void *context;
};

/* The first secret that begins at or behind `from`; false when there is none. */
bool ct_secret_find(const char *text, size_t size, size_t from, const struct ct_secret_names *names,
                    struct ct_secret_span *out_span);

/* Puts `<redacted>` in each secret's place, or as many `*` as a shorter one is long; the size of
 * the text that is left. */
size_t ct_secret_mask(char *text, size_t size, const struct ct_secret_names *names);

/* Writes `*` over each secret, so that lines and columns stay; whether there was one. */
bool ct_secret_blank(char *text, size_t size, const struct ct_secret_names *names);

#endif
