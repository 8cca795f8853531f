/* Whether two runs show the same, leaving aside what differs from run to run anyway.
 *
 * Used by `ctrace diff`. Left aside: the numbers of objects, addresses (0x0000…), values of class
 * Time, dates and times of day within texts. */
#ifndef CTRACE_DIFF_VALUE_H
#define CTRACE_DIFF_VALUE_H

#include "ctrace/trace_reader.h"

/* Each value with the reader of its trace; NULL: damaged, equal to nothing but another such. */
bool ctrace_diff_values_match(const struct ct_trace_reader *reader, const struct ct_value *value,
                              const struct ct_trace_reader *other_reader,
                              const struct ct_value *other);

/* `has_numbers`: words of the recorder, in which " #12" is the number of an object. */
bool ctrace_diff_texts_match(const char *text, size_t size, const char *other, size_t other_size,
                             bool has_numbers);

#endif
