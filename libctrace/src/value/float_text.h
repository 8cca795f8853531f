/* A double as the shortest decimal text that reads back equal, spelled like Ruby's Float#to_s.
 *
 * Used by both value encodings. Infinities and NaN are spelled as the trace's readers want them
 * (inf, -inf, NaN), which is not Ruby's way. */
#ifndef CT_VALUE_FLOAT_TEXT_H
#define CT_VALUE_FLOAT_TEXT_H

#include <stddef.h>

#define CT_FLOAT_TEXT_SIZE_MAX 32 /* "-2.2250738585072014e-308" is 24 */

/* Returns the size of the text; no NUL is written. */
size_t ct_float_text_encode(double value, char out_text[CT_FLOAT_TEXT_SIZE_MAX]);

#endif
