/* Writes the leaves of JSON (RFC 8259) into a buffer.
 *
 * Used by the value encoding and by the JSON sink. */
#ifndef CT_VALUE_JSON_PUT_H
#define CT_VALUE_JSON_PUT_H

#include "base/buffer.h"

/* A string with its quotes. `text` is UTF-8; quote, backslash, control characters are escaped. */
void ct_json_put_string(struct ct_buffer *buffer, const char *text, size_t size);
void ct_json_put_u64(struct ct_buffer *buffer, uint64_t value);
void ct_json_put_i64(struct ct_buffer *buffer, int64_t value);

#endif
