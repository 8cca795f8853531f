/* Checks a value against the types: every node's type is defined, structs fit, floats read. */
#include "trace/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Longer spellings of a double exist; none is written. */
#define FLOAT_TEXT_SIZE_MAX 400

/* What the readers' parsers take: decimal, inf, infinity, nan in any case. No hexadecimal, which
 * only strtod would take. */
static bool
is_float_text(const char *text, size_t size)
{
    char copy[FLOAT_TEXT_SIZE_MAX + 1];
    char *end;
    if (size == 0 || size > FLOAT_TEXT_SIZE_MAX || memchr(text, '\0', size) != NULL)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    (void)strtod(copy, &end);
    return *end == '\0' && end != copy && strpbrk(copy, "xX( \t\n\v\f\r") == NULL;
}

static void
check_node(struct ct_verify *verify, const struct ct_trace_event *event,
           const struct ct_value *value)
{
    const char *kind = ct_value_kind_name(value->kind);
    if (value->kind == CT_VALUE_CELL) {
        ct_verify_report_event(verify, event, "a Cell has no safe reader");
        return;
    }
    const struct ct_trace_type *type = ct_trace_reader_type(verify->reader, value->type_id);
    if (type == NULL)
        ct_verify_report_event(verify, event, "the type %" PRIu64 " of the %s is not defined yet",
                               value->type_id, kind);
    if (value->is_nim_form)
        ct_verify_report_event(verify, event, "the %s is not written as text", kind);
    if (value->kind == CT_VALUE_FLOAT && !value->is_nim_form &&
        !is_float_text(value->text, value->text_size))
        ct_verify_report_event(verify, event, "the Float's text is no number");
    if (value->kind == CT_VALUE_STRUCT && type != NULL && type->field_count != value->child_count)
        ct_verify_report_event(verify, event,
                               "the Struct has %" PRIu64 " values, its type %zu fields",
                               value->child_count, type->field_count);
}

void
ct_verify_value(struct ct_verify *verify, const struct ct_trace_event *event,
                const struct ct_value *value)
{
    check_node(verify, event, value);
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next)
        ct_verify_value(verify, event, child);
}
