/* Two texts, or two trees, side by side. See ctrace_diff_value.h. */
#include "ctrace_diff_value.h"

#include "ctrace_value.h"

#include <ctype.h>
#include <string.h>

#define ADDRESS_DIGITS_MIN 4

/* ---- texts ---- */

/* Digits at `text`, as many as there are. */
static size_t
count_digits(const char *text, const char *end, int (*is_digit)(int))
{
    const char *start = text;
    while (text < end && is_digit((unsigned char)*text))
        text++;
    return (size_t)(text - start);
}

/* Whether `text` has the shape: '9' stands for a digit. */
static bool
has_shape(const char *text, const char *end, const char *shape)
{
    for (; *shape != '\0'; shape++, text++) {
        if (text == end || (*shape == '9' ? !isdigit((unsigned char)*text) : *text != *shape))
            return false;
    }
    return true;
}

/* The size of what is left aside at `text`; 0: nothing is. */
static size_t
aside_size(const char *text, const char *end, bool has_numbers)
{
    if (end - text > 2 && text[0] == '0' && text[1] == 'x') {
        const size_t count = count_digits(text + 2, end, isxdigit);
        return count >= ADDRESS_DIGITS_MIN ? 2 + count : 0;
    }
    if (has_numbers && end - text > 2 && text[0] == ' ' && text[1] == '#') {
        const size_t count = count_digits(text + 2, end, isdigit);
        return count > 0 ? 2 + count : 0;
    }
    if (has_numbers && has_shape(text, end, "pid 9")) /* of another program that was started */
        return 4 + count_digits(text + 4, end, isdigit);
    if (has_shape(text, end, "9999-99-99"))
        return 10;
    if (!has_shape(text, end, "99:99:99"))
        return 0;
    const bool has_fraction = end - text > 8 && text[8] == '.';
    return 8 + (has_fraction ? 1 + count_digits(text + 9, end, isdigit) : 0);
}

bool
ctrace_diff_texts_match(const char *text, size_t size, const char *other, size_t other_size,
                        bool has_numbers)
{
    const char *end = text + size;
    const char *other_end = other + other_size;
    while (text < end && other < other_end) {
        const size_t aside = aside_size(text, end, has_numbers);
        const size_t other_aside = aside_size(other, other_end, has_numbers);
        if (aside > 0 && other_aside > 0) {
            text += aside;
            other += other_aside;
        } else if (*text++ != *other++) {
            return false;
        }
    }
    return text == end && other == other_end;
}

/* ---- values ---- */

static bool
is_type(const struct ct_trace_reader *reader, const struct ct_value *value, const char *name)
{
    size_t size;
    const char *found = ctrace_type_name(reader, value, &size);
    return size == strlen(name) && memcmp(found, name, size) == 0;
}

static bool
do_types_match(const struct ct_trace_reader *reader, const struct ct_value *value,
               const struct ct_trace_reader *other_reader, const struct ct_value *other)
{
    size_t size;
    size_t other_size;
    const char *name = ctrace_type_name(reader, value, &size);
    const char *other_name = ctrace_type_name(other_reader, other, &other_size);
    return size == other_size && memcmp(name, other_name, size) == 0;
}

/* Names of fields: those of a Struct are in its type. */
static bool
do_fields_match(const struct ct_trace_reader *reader, const struct ct_value *value,
                const struct ct_trace_reader *other_reader, const struct ct_value *other)
{
    const struct ct_trace_type *type = ct_trace_reader_type(reader, value->type_id);
    const struct ct_trace_type *other_type = ct_trace_reader_type(other_reader, other->type_id);
    if (value->kind != CT_VALUE_STRUCT || type == NULL || other_type == NULL)
        return true;
    for (size_t i = 0; i < type->field_count && i < other_type->field_count; i++) {
        if (type->fields[i].name_size != other_type->fields[i].name_size ||
            memcmp(type->fields[i].name, other_type->fields[i].name, type->fields[i].name_size) !=
                0)
            return false;
    }
    return type->field_count == other_type->field_count;
}

static bool
do_leaves_match(const struct ct_value *value, const struct ct_value *other)
{
    if (value->integer != other->integer || value->flag != other->flag ||
        memcmp(&value->number, &other->number, sizeof value->number) != 0)
        return false;
    if (value->kind == CT_VALUE_BIG_INT || value->text == NULL || other->text == NULL)
        return value->text_size == other->text_size &&
               (value->text_size == 0 || memcmp(value->text, other->text, value->text_size) == 0);
    return ctrace_diff_texts_match(value->text, value->text_size, other->text, other->text_size,
                                   value->kind == CT_VALUE_RAW || value->kind == CT_VALUE_ERROR);
}

bool
ctrace_diff_values_match(const struct ct_trace_reader *reader, const struct ct_value *value,
                         const struct ct_trace_reader *other_reader, const struct ct_value *other)
{
    if (value == NULL || other == NULL)
        return value == other;
    if (!do_types_match(reader, value, other_reader, other))
        return false;
    if (is_type(reader, value, "Identity") || is_type(reader, value, "Time"))
        return true;
    if (value->kind != other->kind || !do_leaves_match(value, other) ||
        !do_fields_match(reader, value, other_reader, other))
        return false;
    const struct ct_value *child = value->first_child;
    const struct ct_value *other_child = other->first_child;
    for (; child != NULL && other_child != NULL;
         child = child->next, other_child = other_child->next) {
        if (!ctrace_diff_values_match(reader, child, other_reader, other_child))
            return false;
    }
    return child == other_child; /* both NULL */
}
