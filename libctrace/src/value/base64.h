/* Standard base64 with padding (RFC 4648).
 *
 * Used by both value encodings for the magnitude of a BigInt. */
#ifndef CT_VALUE_BASE64_H
#define CT_VALUE_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define CT_BASE64_SIZE(size) (((size) + 2) / 3 * 4)

/* `out_text` has room for CT_BASE64_SIZE(size); no NUL is written. */
void ct_base64_encode(const uint8_t *bytes, size_t size, char *out_text);

#endif
