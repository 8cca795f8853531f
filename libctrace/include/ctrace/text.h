/* Making any bytes valid UTF-8 text, one way for every part of the recorder.
 *
 * Used by both sides of the spool and by the tools. */
#ifndef CTRACE_TEXT_H
#define CTRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether `bytes` is valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool ct_text_is_utf8(const void *bytes, size_t size);

/* The size of the longest prefix of at most `size_max` bytes that cuts no UTF-8 sequence. */
size_t ct_text_prefix_size(const void *bytes, size_t size, size_t size_max);

/* Copies `bytes` to `out_text`, each byte that is not part of a valid sequence as \xHH
 * (upper-case). `out_text` has room for 4 * size. Returns the bytes written; nothing else is
 * changed. */
size_t ct_text_escape(const void *bytes, size_t size, char *out_text);

/* Copies a path, or another text, as far as a message has room for it: what is longer than
 * `out_size` - 1 bytes loses its middle, so that its end is told. out_size > 8. */
void ct_text_shorten(const char *text, char *out_text, size_t out_size);

/* What stands behind a noun of which there are so many. */
static inline const char *
ct_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

#endif
