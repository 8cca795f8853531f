/* A value as a short text, as Ruby would write it: `3`, `"ab"`, `[1, 2]`, `#<Order #7>`.
 *
 * Used by timeline_instructions.c for what stands on the stack: there the value needs no parts that
 * can be asked for, and no types of the trace. Input is not trusted. */
#ifndef CT_VALUE_SNAPSHOT_BRIEF_H
#define CT_VALUE_SNAPSHOT_BRIEF_H

#include "base/buffer.h"
#include "value/snapshot_decode.h"

#define CT_SNAPSHOT_BRIEF_SIZE_MAX 160 /* bytes, then `…`; a single text may go beyond */

/* Each replaces what `out` holds; `scratch` is lent. hot */
CT_MUST_CHECK enum ct_status ct_snapshot_brief_word(const struct ct_snapshot_decoder *decoder,
                                                    uint64_t word, struct ct_buffer *out);
CT_MUST_CHECK enum ct_status ct_snapshot_brief(const struct ct_snapshot_decoder *decoder,
                                               const void *bytes, size_t size,
                                               struct ct_buffer *scratch, struct ct_buffer *out);

#endif
