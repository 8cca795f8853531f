/* Values as text, in three ways: as Ruby would show them, as JSON, in the canonical form.
 *
 * One file each. The canonical form is that in which two readers are compared, and is therefore
 * shared with test/oracle; the others may change. A value that was damaged is shown as such. */
#ifndef CTRACE_VALUE_H
#define CTRACE_VALUE_H

#include "ctrace/trace_reader.h"
#include "ctrace_output.h"

/* `value` may be NULL: it was damaged. */
void ctrace_put_value_ruby(struct ctrace_output *output, const struct ct_trace_reader *reader,
                           const struct ct_value *value);
void ctrace_put_value_json(struct ctrace_output *output, const struct ct_trace_reader *reader,
                           const struct ct_value *value);
void ctrace_put_value_canonical(struct ctrace_output *output, const struct ct_trace_reader *reader,
                                const struct ct_value *value);

/* The name of a value's type; "?" when it is not defined. */
const char *ctrace_type_name(const struct ct_trace_reader *reader, const struct ct_value *value,
                             size_t *out_size);
/* In decimal; beyond CTRACE_BIG_INT_DECIMAL_MAX bytes in hexadecimal. */
void ctrace_put_big_int(struct ctrace_output *output, const struct ct_value *value);
/* Its spelling in the trace, or of a number the shortest one. */
void ctrace_put_float(struct ctrace_output *output, const struct ct_value *value);

/* Decimal takes time by the square of the size: up to this it is a few milliseconds. */
#define CTRACE_BIG_INT_DECIMAL_MAX 8192u

#endif
