/* Values as JSON objects: {"kind": …, "type": …} and, by kind, what it holds. See ctrace_value.h.
 *
 * Int, Float, BigInt, Bool: "value" (Float as text, BigInt as decimal text) · String, Raw, Error,
 * Char: "text" · Sequence, Tuple, Reference: "elements" · Struct: "fields", objects of "name" and
 * "value" · Variant: "discriminator" and "elements" · Cell: "place" · None: nothing. */
#include "ctrace_value.h"

#include <inttypes.h>
#include <string.h>

static void
put_elements(struct ctrace_output *output, const struct ct_trace_reader *reader,
             const struct ct_value *value)
{
    ctrace_put_text(output, ",\"elements\":[");
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        ctrace_put_value_json(output, reader, child);
        if (child->next != NULL)
            ctrace_put_text(output, ",");
    }
    ctrace_put_text(output, "]");
}

static void
put_fields(struct ctrace_output *output, const struct ct_trace_reader *reader,
           const struct ct_value *value)
{
    const struct ct_trace_type *type = ct_trace_reader_type(reader, value->type_id);
    size_t field = 0;
    ctrace_put_text(output, ",\"fields\":[");
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        const bool is_named = type != NULL && field < type->field_count;
        ctrace_put_text(output, field > 0 ? ",{\"name\":" : "{\"name\":");
        ctrace_put_json(output, is_named ? type->fields[field].name : "",
                        is_named ? type->fields[field].name_size : 0, true);
        ctrace_put_text(output, ",\"value\":");
        ctrace_put_value_json(output, reader, child);
        ctrace_put_text(output, "}");
        field++;
    }
    ctrace_put_text(output, "]");
}

/* What a leaf holds; nothing for kinds with children. */
static void
put_leaf(struct ctrace_output *output, const struct ct_value *value)
{
    switch (value->kind) {
    case CT_VALUE_INT:
        ctrace_put_format(output, ",\"value\":%" PRId64, value->integer);
        return;
    case CT_VALUE_BOOL:
        ctrace_put_format(output, ",\"value\":%s", value->flag ? "true" : "false");
        return;
    case CT_VALUE_FLOAT:
        if (value->text != NULL) {
            ctrace_put_text(output, ",\"value\":");
            ctrace_put_json(output, value->text, value->text_size, true);
            return;
        }
        ctrace_put_text(output, ",\"value\":\"");
        ctrace_put_float(output, value);
        ctrace_put_text(output, "\"");
        return;
    case CT_VALUE_BIG_INT:
        ctrace_put_text(output, ",\"value\":\"");
        ctrace_put_big_int(output, value);
        ctrace_put_text(output, "\"");
        return;
    case CT_VALUE_STRING:
    case CT_VALUE_RAW:
    case CT_VALUE_ERROR:
    case CT_VALUE_CHAR:
        ctrace_put_text(output, ",\"text\":");
        ctrace_put_json(output, value->text, value->text_size, true);
        return;
    case CT_VALUE_VARIANT:
        ctrace_put_text(output, ",\"discriminator\":");
        ctrace_put_json(output, value->text, value->text_size, true);
        return;
    case CT_VALUE_CELL:
        ctrace_put_format(output, ",\"place\":%" PRId64, value->integer);
        return;
    default:
        return;
    }
}

void
ctrace_put_value_json(struct ctrace_output *output, const struct ct_trace_reader *reader,
                      const struct ct_value *value)
{
    if (value == NULL) {
        ctrace_put_text(output, "null");
        return;
    }
    ctrace_put_format(output, "{\"kind\":\"%s\"", ct_value_kind_name(value->kind));
    if (value->kind != CT_VALUE_CELL) {
        size_t size;
        const char *name = ctrace_type_name(reader, value, &size);
        ctrace_put_text(output, ",\"type\":");
        ctrace_put_json(output, name, size, true);
    }
    put_leaf(output, value);
    if (value->kind == CT_VALUE_STRUCT)
        put_fields(output, reader, value);
    else if (value->kind == CT_VALUE_SEQUENCE || value->kind == CT_VALUE_TUPLE ||
             value->kind == CT_VALUE_VARIANT || value->kind == CT_VALUE_REFERENCE)
        put_elements(output, reader, value);
    ctrace_put_text(output, "}");
}
