/* Whether two shown values are the same thing, as far as what is shown of them can tell.
 *
 * Used to find changes. A value is cut differently in different places (depth, number of values),
 * and an object has an identity whatever it holds: doc/format/values.md says how each is shown. */
#ifndef CT_TRACE_VALUE_SAME_H
#define CT_TRACE_VALUE_SAME_H

#include "ctrace/trace_writes.h"

enum ct_value_match {
    CT_VALUE_SAME = 0,
    CT_VALUE_ALIKE = 1, /* what is shown of both is the same, but one or both are cut */
    CT_VALUE_OTHER = 2
};

/* Whether the Structs of that type are objects with a number, their first field. NULL: not. */
bool ct_type_has_identity(const struct ct_trace_type *type);

/* Values of one trace. Objects with an identity are the same or other by that alone. */
enum ct_value_match ct_value_match(const struct ct_trace_reader *reader, const struct ct_value *a,
                                   const struct ct_value *b);

/* The same of encoded values, where it can be told without decoding them: both are objects with a
 * number, or hold nothing but numbers, texts and nils. False: they have to be decoded. */
bool ct_value_match_encoded(const struct ct_trace_reader *reader, const struct ct_trace_encoded *a,
                            const struct ct_trace_encoded *b, enum ct_value_match *out_match);

#endif
