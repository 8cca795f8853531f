/* What an encoded value may be, told from a few of its bytes.
 *
 * Used by the readers where decoding every value would take most of the time. Both encodings. */
#ifndef CT_VALUE_VALUE_PEEK_H
#define CT_VALUE_VALUE_PEEK_H

#include <stdbool.h>
#include <stddef.h>

/* False: it certainly holds no Struct at any depth. */
bool ct_value_may_hold_struct(const void *bytes, size_t size);
/* True: it certainly is a number, a text, true, false or nil: nothing that has parts or stands for
 * something else. */
bool ct_value_is_scalar(const void *bytes, size_t size);
/* Whether it is a Struct itself; false also where a writer puts the kind elsewhere. */
bool ct_value_is_struct(const void *bytes, size_t size);

#endif
