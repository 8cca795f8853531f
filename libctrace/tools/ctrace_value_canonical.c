/* Values in the canonical form of `print --events`: the type's name, then the value, ids resolved.
 *
 * See ctrace_value.h. Byte for byte what test/oracle/ct_oracle.py prints, so that two independent
 * readers can be compared with cmp. Change both or neither. */
#include "ctrace_value.h"

#include <inttypes.h>

static void
put_children(struct ctrace_output *output, const struct ct_trace_reader *reader,
             const struct ct_value *value, const struct ct_trace_type *names)
{
    size_t field = 0;
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        if (names != NULL && field < names->field_count) {
            ctrace_put(output, names->fields[field].name, names->fields[field].name_size);
            ctrace_put_text(output, ": ");
        }
        ctrace_put_value_canonical(output, reader, child);
        if (child->next != NULL)
            ctrace_put_text(output, ", ");
        field++;
    }
}

static void
put_leaf(struct ctrace_output *output, const struct ct_value *value)
{
    ctrace_put_text(output, ":");
    switch (value->kind) {
    case CT_VALUE_INT:
    case CT_VALUE_CELL:
        ctrace_put_format(output, "%" PRId64, value->integer);
        return;
    case CT_VALUE_FLOAT:
        if (value->text != NULL)
            ctrace_put(output, value->text, value->text_size);
        else
            ctrace_put_float(output, value);
        return;
    case CT_VALUE_BIG_INT:
        ctrace_put_big_int(output, value);
        return;
    case CT_VALUE_BOOL:
        ctrace_put_text(output, value->flag ? "true" : "false");
        return;
    case CT_VALUE_NONE:
        ctrace_put_text(output, "None");
        return;
    default:
        ctrace_put_json(output, value->text, value->text_size, false);
        return;
    }
}

void
ctrace_put_value_canonical(struct ctrace_output *output, const struct ct_trace_reader *reader,
                           const struct ct_value *value)
{
    if (value == NULL) {
        ctrace_put_text(output, "?:damaged");
        return;
    }
    size_t size;
    const char *name = ctrace_type_name(reader, value, &size);
    ctrace_put(output, name, size);
    switch (value->kind) {
    case CT_VALUE_SEQUENCE:
    case CT_VALUE_TUPLE:
        ctrace_put_text(output, "[");
        put_children(output, reader, value, NULL);
        ctrace_put_text(output, "]");
        return;
    case CT_VALUE_STRUCT:
        ctrace_put_text(output, "{");
        put_children(output, reader, value, ct_trace_reader_type(reader, value->type_id));
        ctrace_put_text(output, "}");
        return;
    case CT_VALUE_VARIANT:
        ctrace_put_text(output, "(");
        ctrace_put(output, value->text, value->text_size);
        ctrace_put_text(output, " ");
        put_children(output, reader, value, NULL);
        ctrace_put_text(output, ")");
        return;
    case CT_VALUE_REFERENCE:
        ctrace_put_text(output, "&");
        put_children(output, reader, value, NULL);
        return;
    default:
        put_leaf(output, value);
        return;
    }
}
