/* Values as Ruby shows them: "text", :symbol, nil, [1, 2], {:a => 1}, #<Bank #1 @total=0>.
 *
 * See ctrace_value.h. Ruby has more classes than the format has kinds: which of them a value was is
 * told by its type's name and by its elements. */
#include "ctrace_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *
ctrace_type_name(const struct ct_trace_reader *reader, const struct ct_value *value,
                 size_t *out_size)
{
    const struct ct_trace_type *type = ct_trace_reader_type(reader, value->type_id);
    *out_size = type != NULL ? type->name_size : 1;
    return type != NULL ? type->name : "?";
}

static bool
is_type(const struct ct_trace_reader *reader, const struct ct_value *value, const char *name)
{
    size_t size;
    const char *found = ctrace_type_name(reader, value, &size);
    return size == strlen(name) && memcmp(found, name, size) == 0;
}

/* ---- numbers ---- */

static void
put_hexadecimal(struct ctrace_output *output, const struct ct_value *value)
{
    ctrace_put_text(output, "0x");
    for (size_t i = 0; i < value->text_size; i++)
        ctrace_put_format(output, "%02x", (unsigned)(unsigned char)value->text[i]);
}

/* Divides the big-endian number by 10^9 in place; the remainder. */
static uint32_t
divide_by_billion(unsigned char *bytes, size_t size)
{
    uint64_t remainder = 0;
    for (size_t i = 0; i < size; i++) {
        remainder = remainder << 8 | bytes[i];
        bytes[i] = (unsigned char)(remainder / 1000000000u);
        remainder %= 1000000000u;
    }
    return (uint32_t)remainder;
}

static void
put_decimal(struct ctrace_output *output, const struct ct_value *value)
{
    unsigned char bytes[CTRACE_BIG_INT_DECIMAL_MAX];
    uint32_t groups[CTRACE_BIG_INT_DECIMAL_MAX / 3 + 1]; /* nine digits hold more than 3 bytes */
    size_t group_count = 0;
    size_t start = 0;
    if (value->text_size > 0)
        memcpy(bytes, value->text, value->text_size);
    for (;;) {
        while (start < value->text_size && bytes[start] == 0)
            start++;
        if (start == value->text_size)
            break;
        groups[group_count++] = divide_by_billion(bytes + start, value->text_size - start);
    }
    if (group_count == 0)
        groups[group_count++] = 0;
    ctrace_put_format(output, "%" PRIu32, groups[--group_count]);
    while (group_count > 0)
        ctrace_put_format(output, "%09" PRIu32, groups[--group_count]);
}

void
ctrace_put_big_int(struct ctrace_output *output, const struct ct_value *value)
{
    if (value->flag)
        ctrace_put_text(output, "-");
    if (value->text_size > CTRACE_BIG_INT_DECIMAL_MAX)
        put_hexadecimal(output, value);
    else
        put_decimal(output, value);
}

void
ctrace_put_float(struct ctrace_output *output, const struct ct_value *value)
{
    if (value->text != NULL) {
        ctrace_put_plain(output, value->text, value->text_size);
        return;
    }
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value->number);
        if (strtod(text, NULL) == value->number)
            break;
    }
    ctrace_put_text(output, text);
    if (strpbrk(text, ".einf") == NULL)
        ctrace_put_text(output, ".0");
}

/* ---- symbols ---- */

/* Whether Ruby writes :name without quotes: letters, digits, '_' and one of ? ! = at the end. */
static bool
is_plain_symbol(const char *text, size_t size)
{
    static const char *const operators[] = {"+",  "-",  "*",  "/",  "%",   "**", "==", "!=", "<",
                                            ">",  "<=", ">=", "<=>", "===", "[]", "[]=", "<<", ">>",
                                            "!",  "=~", "!~", "&",  "|",   "^",  "~",  "+@", "-@"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (strlen(operators[i]) == size && memcmp(operators[i], text, size) == 0)
            return true;
    }
    const size_t sigil = size > 0 && (text[0] == '@' || text[0] == '$');
    for (size_t i = sigil; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        const bool is_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        const bool is_digit = c >= '0' && c <= '9' && i > sigil;
        const bool is_end = i + 1 == size && i > 0 && strchr("?!=", c) != NULL && c != '\0';
        if (!is_letter && !is_digit && !is_end && c != '_' && c < 0x80)
            return false;
    }
    return size > sigil;
}

static void
put_symbol(struct ctrace_output *output, const struct ct_value *value)
{
    ctrace_put_text(output, ":");
    if (is_plain_symbol(value->text, value->text_size))
        ctrace_put_plain(output, value->text, value->text_size);
    else
        ctrace_put_quoted(output, value->text, value->text_size);
}

/* ---- collections ---- */

static void
put_list(struct ctrace_output *output, const struct ct_trace_reader *reader,
         const struct ct_value *value)
{
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        ctrace_put_value_ruby(output, reader, child);
        if (child->next != NULL)
            ctrace_put_text(output, ", ");
    }
}

static bool
is_pair(const struct ct_trace_reader *reader, const struct ct_value *value)
{
    return value->kind == CT_VALUE_TUPLE && value->child_count == 2 &&
           is_type(reader, value, "Pair");
}

/* A hash is a sequence of pairs: of type Hash, or of a subclass and then not empty. */
static bool
is_hash(const struct ct_trace_reader *reader, const struct ct_value *value)
{
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        if (!is_pair(reader, child) && child->kind != CT_VALUE_RAW) /* Raw: "3 more", cut there */
            return false;
    }
    return is_type(reader, value, "Hash") ||
           (value->first_child != NULL && is_pair(reader, value->first_child));
}

static void
put_hash(struct ctrace_output *output, const struct ct_trace_reader *reader,
         const struct ct_value *value)
{
    ctrace_put_text(output, "{");
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        if (is_pair(reader, child)) {
            ctrace_put_value_ruby(output, reader, child->first_child);
            ctrace_put_text(output, " => ");
            ctrace_put_value_ruby(output, reader, child->first_child->next);
        } else {
            ctrace_put_value_ruby(output, reader, child);
        }
        if (child->next != NULL)
            ctrace_put_text(output, ", ");
    }
    ctrace_put_text(output, "}");
}

static void
put_sequence(struct ctrace_output *output, const struct ct_trace_reader *reader,
             const struct ct_value *value)
{
    const struct ct_trace_type *type = ct_trace_reader_type(reader, value->type_id);
    const bool is_set = type != NULL && type->kind == CT_TYPE_SET;
    const bool as_hash = !is_set && is_hash(reader, value);
    size_t size;
    const char *name = ctrace_type_name(reader, value, &size);
    if (is_set)
        ctrace_put_text(output, "#<");
    if (!is_type(reader, value, as_hash ? "Hash" : "Array"))
        ctrace_put_plain(output, name, size);
    if (as_hash) {
        put_hash(output, reader, value);
        return;
    }
    ctrace_put_text(output, is_set ? ": {" : "[");
    put_list(output, reader, value);
    ctrace_put_text(output, is_set ? "}>" : "]");
}

/* ---- objects ---- */

/* The identity number that a recorder puts into a first field called "#". */
static bool
has_identity(const struct ct_trace_reader *reader, const struct ct_trace_type *type,
             const struct ct_value *value)
{
    return type != NULL && type->field_count > 0 && type->fields[0].name_size == 1 &&
           type->fields[0].name[0] == '#' && value->first_child != NULL &&
           value->first_child->kind == CT_VALUE_INT &&
           is_type(reader, value->first_child, "Identity");
}

static void
put_struct(struct ctrace_output *output, const struct ct_trace_reader *reader,
           const struct ct_value *value)
{
    const struct ct_trace_type *type = ct_trace_reader_type(reader, value->type_id);
    const struct ct_value *child = value->first_child;
    size_t size;
    const char *name = ctrace_type_name(reader, value, &size);
    size_t field = 0;
    const char *separator = " ";
    ctrace_put_text(output, "#<");
    ctrace_put_plain(output, name, size);
    if (has_identity(reader, type, value)) {
        ctrace_put_format(output, " #%" PRId64, child->integer);
        child = child->next;
        field = 1;
    }
    for (; child != NULL; child = child->next, field++) {
        ctrace_put_text(output, separator);
        separator = ", ";
        if (type != NULL && field < type->field_count) {
            ctrace_put_plain(output, type->fields[field].name, type->fields[field].name_size);
            ctrace_put_text(output, "=");
        }
        ctrace_put_value_ruby(output, reader, child);
    }
    ctrace_put_text(output, ">");
}

static void
put_variant(struct ctrace_output *output, const struct ct_trace_reader *reader,
            const struct ct_value *value)
{
    ctrace_put_plain(output, value->text, value->text_size);
    ctrace_put_text(output, "(");
    put_list(output, reader, value);
    ctrace_put_text(output, ")");
}

void
ctrace_put_value_ruby(struct ctrace_output *output, const struct ct_trace_reader *reader,
                      const struct ct_value *value)
{
    if (value == NULL) {
        ctrace_put_text(output, "<damaged>");
        return;
    }
    switch (value->kind) {
    case CT_VALUE_INT:
        ctrace_put_format(output, "%" PRId64, value->integer);
        return;
    case CT_VALUE_FLOAT:
        ctrace_put_float(output, value);
        return;
    case CT_VALUE_BIG_INT:
        ctrace_put_big_int(output, value);
        return;
    case CT_VALUE_BOOL:
        ctrace_put_text(output, value->flag ? "true" : "false");
        return;
    case CT_VALUE_NONE:
        ctrace_put_text(output, "nil");
        return;
    case CT_VALUE_STRING:
        if (is_type(reader, value, "Symbol"))
            put_symbol(output, value);
        else
            ctrace_put_quoted(output, value->text, value->text_size);
        return;
    case CT_VALUE_CHAR:
        ctrace_put_quoted(output, value->text, value->text_size);
        return;
    case CT_VALUE_RAW:
        ctrace_put_plain(output, value->text, value->text_size);
        return;
    case CT_VALUE_ERROR:
        ctrace_put_text(output, "<");
        ctrace_put_plain(output, value->text, value->text_size);
        ctrace_put_text(output, ">");
        return;
    case CT_VALUE_SEQUENCE:
        put_sequence(output, reader, value);
        return;
    case CT_VALUE_TUPLE:
        ctrace_put_text(output, "(");
        put_list(output, reader, value);
        ctrace_put_text(output, ")");
        return;
    case CT_VALUE_STRUCT:
        put_struct(output, reader, value);
        return;
    case CT_VALUE_VARIANT:
        put_variant(output, reader, value);
        return;
    case CT_VALUE_REFERENCE:
        ctrace_put_text(output, "&");
        put_list(output, reader, value);
        return;
    case CT_VALUE_CELL:
        ctrace_put_format(output, "<cell %" PRId64 ">", value->integer);
        return;
    }
}
