/* Turns what crossed the spool, a word or a snapshot, into an encoded value of the trace.
 *
 * Used by the timeline. How each kind of value is shown is written down in doc/format/values.md;
 * the layout that is read here is drawn in ctrace/spool_format.h. Input is not trusted: every count
 * and size is checked against what is there, nesting against CT_SNAPSHOT_DEPTH_MAX. */
#ifndef CT_VALUE_SNAPSHOT_DECODE_H
#define CT_VALUE_SNAPSHOT_DECODE_H

#include "base/buffer.h"
#include "ctrace/spool_format.h"
#include "value/snapshot_cache.h"
#include "value/snapshot_types.h"

#define CT_SNAPSHOT_BIGINT_SIZE_MAX 1024 /* a larger one crosses as TEXT */

struct ct_snapshot_words {
    uint64_t nil, yes, no, undef;
};

struct ct_snapshot_decoder {
    struct ct_snapshot_source source;
    struct ct_snapshot_words words;
    struct ct_snapshot_types types;
    struct ct_snapshot_cache cache;
    struct ct_value_writer *writer; /* borrowed */
    struct ct_buffer text;          /* scratch: one text */
    struct ct_buffer field_ids;     /* scratch: name ids of the objects being decoded, a stack */
};

/* `writer` is borrowed until release. The decoder must not be moved afterwards. */
void ct_snapshot_decoder_init(struct ct_snapshot_decoder *decoder,
                              const struct ct_snapshot_source *source,
                              struct ct_value_writer *writer, const struct ct_alloc *alloc);
void ct_snapshot_decoder_release(struct ct_snapshot_decoder *decoder);

/* Ids of names are those of `scope` from here on; a number never used before, or one again. hot */
static inline void
ct_snapshot_decoder_scope(struct ct_snapshot_decoder *decoder, uint32_t scope)
{
    decoder->types.scope = scope;
}

/* CT_ERR_FORMAT for a word that is none, or a symbol that was never named. Not for undef. hot */
CT_MUST_CHECK enum ct_status ct_snapshot_encode_word(struct ct_snapshot_decoder *decoder,
                                                     uint64_t word,
                                                     struct ct_snapshot_value *out_value);
/* Exactly `size` bytes of snapshot. */
CT_MUST_CHECK enum ct_status ct_snapshot_encode(struct ct_snapshot_decoder *decoder,
                                                const void *bytes, size_t size,
                                                struct ct_snapshot_value *out_value);
/* A TEXT snapshot shown as an Error whose type is its class: how a call was unwound. Any other
 * snapshot is shown as it is. */
CT_MUST_CHECK enum ct_status ct_snapshot_encode_unwound(struct ct_snapshot_decoder *decoder,
                                                        const void *bytes, size_t size,
                                                        struct ct_snapshot_value *out_value);
/* An Error of the recorder's own; `type` is one of the fixed types of kind Error. */
CT_MUST_CHECK enum ct_status ct_snapshot_encode_error(struct ct_snapshot_decoder *decoder,
                                                      enum ct_snapshot_type type, const char *text,
                                                      struct ct_snapshot_value *out_value);
CT_MUST_CHECK enum ct_status ct_snapshot_encode_nil(struct ct_snapshot_decoder *decoder,
                                                    struct ct_snapshot_value *out_value);

#endif
