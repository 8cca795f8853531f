/* The texts of values: strings with their marks, and the short descriptions of what is not shown.
 *
 * Used by snapshot_decode.c. doc/format/values.md is the contract; each function writes one of its
 * rows. Results are valid UTF-8, borrowed until `buffer` changes or the input goes. */
#ifndef CT_VALUE_SNAPSHOT_TEXT_H
#define CT_VALUE_SNAPSHOT_TEXT_H

#include "base/buffer.h"
#include "value/snapshot_types.h"

/* The kept bytes of a String or Symbol, and what was said about them. */
struct ct_snapshot_string {
    const uint8_t *bytes;
    size_t size;
    uint64_t true_size;
    const struct ct_snapshot_name *encoding; /* NULL: UTF-8 or ASCII */
};

struct ct_snapshot_span {
    const char *text;
    size_t size;
};

/* The bytes with marks for "cut", "another encoding", "invalid". Without marks nothing is copied.
 */
struct ct_snapshot_span ct_snapshot_text_of_string(struct ct_buffer *buffer,
                                                   const struct ct_snapshot_string *string);
/* The bytes, escaped where they are not UTF-8. */
struct ct_snapshot_span ct_snapshot_text_of_bytes(struct ct_buffer *buffer, const uint8_t *bytes,
                                                  size_t size);
/* A name that had to be escaped, marked as a String would be. */
struct ct_snapshot_span ct_snapshot_text_of_escaped(struct ct_buffer *buffer,
                                                    const struct ct_snapshot_name *name);
/* `<redacted>` or `<dropped>` */
struct ct_snapshot_span ct_snapshot_text_of_hidden(bool is_dropped);
/* `not captured: REASON` */
struct ct_snapshot_span ct_snapshot_text_of_absent(struct ct_buffer *buffer,
                                                   const struct ct_snapshot_name *reason);
/* `#<Thread #5>`, `#<Proc #5 /a.rb:12>`; `note` may be NULL */
struct ct_snapshot_span ct_snapshot_text_of_object(struct ct_buffer *buffer,
                                                   const struct ct_snapshot_name *name,
                                                   uint32_t identity,
                                                   const struct ct_snapshot_name *note);
/* `[… 5 items]`, `{… 3 pairs}`, `#<Bank #1, 7 fields …>` */
struct ct_snapshot_span ct_snapshot_text_of_cut(struct ct_buffer *buffer,
                                                const struct ct_snapshot_name *name,
                                                uint32_t identity, uint64_t true_count);
/* `prefix` … `12 more of 30` */
struct ct_snapshot_span ct_snapshot_text_of_rest(struct ct_buffer *buffer, const char *prefix,
                                                 uint64_t count, uint64_t true_count);

#endif
