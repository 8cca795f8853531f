/* A parser that reads as the grammar is written, and the comparisons. See ctrace_condition.h. */
#include "ctrace_condition.h"

#include "ctrace.h"
#include "ctrace_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- parsing ---- */

static void
skip_blanks(const char **text)
{
    *text += strspn(*text, " \t\n");
}

static bool
skip_word(const char **text, const char *word)
{
    const size_t size = strlen(word);
    if (strncmp(*text, word, size) != 0)
        return false;
    *text += size;
    return true;
}

static bool
is_name_byte(char c)
{
    return isalnum((unsigned char)c) || strchr("_?!", c) != NULL || (unsigned char)c >= 0x80;
}

static bool
parse_name(const char **text, struct ctrace_word *out_word)
{
    const char *start = *text;
    *text += strspn(*text, "@&*$");
    const bool has_sigil = *text > start;
    while (**text != '\0' && is_name_byte(**text) && strncmp(*text, "!=", 2) != 0)
        ++*text;
    *out_word = (struct ctrace_word){start, (size_t)(*text - start)};
    return out_word->size > 0 && (has_sigil || !isdigit((unsigned char)*start));
}

static bool
parse_path(const char **text, struct ctrace_test *test)
{
    static const struct ctrace_word self = {"self", 4};
    if (**text == '@')
        test->path[test->path_size++] = self;
    do {
        if (test->path_size == CTRACE_CONDITION_FIELD_MAX ||
            !parse_name(text, &test->path[test->path_size++]))
            return false;
    } while (skip_word(text, "."));
    return true;
}

static bool
parse_operator(const char **text, struct ctrace_test *test)
{
    static const struct {
        const char *word;
        enum ctrace_operator operation;
    } operators[] = {{"==", CTRACE_EQUAL},      {"!=", CTRACE_NOT_EQUAL},
                     {"<=", CTRACE_LESS_EQUAL}, {">=", CTRACE_GREATER_EQUAL},
                     {"<", CTRACE_LESS},        {">", CTRACE_GREATER}};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (skip_word(text, operators[i].word)) {
            test->operation = operators[i].operation;
            return true;
        }
    }
    return false;
}

/* Without escapes: the text ends at the next quote of its kind. */
static bool
parse_text(const char **text, struct ctrace_test *test)
{
    const char quote = **text;
    const char *end = strchr(*text + 1, quote);
    if (end == NULL)
        return false;
    test->kind = CTRACE_LITERAL_TEXT;
    test->text = (struct ctrace_word){*text + 1, (size_t)(end - *text - 1)};
    *text = end + 1;
    return true;
}

static bool
parse_number(const char **text, struct ctrace_test *test)
{
    char *end;
    errno = 0;
    test->kind = CTRACE_LITERAL_INTEGER;
    test->integer = strtoll(*text, &end, 10);
    if (end > *text && strchr(".eE", *end) == NULL && errno == 0) {
        *text = end;
        return true;
    }
    test->kind = CTRACE_LITERAL_FLOAT;
    test->number = strtod(*text, &end);
    const bool is_there = end > *text;
    *text = end;
    return is_there;
}

static bool
parse_literal(const char **text, struct ctrace_test *test)
{
    static const struct {
        const char *word;
        enum ctrace_literal_kind kind;
        int64_t integer;
    } words[] = {{"nil", CTRACE_LITERAL_NIL, 0},
                 {"true", CTRACE_LITERAL_BOOL, 1},
                 {"false", CTRACE_LITERAL_BOOL, 0}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (skip_word(text, words[i].word)) {
            test->kind = words[i].kind;
            test->integer = words[i].integer;
            return true;
        }
    }
    if (**text == '"' || **text == '\'')
        return parse_text(text, test);
    if (!skip_word(text, ":"))
        return parse_number(text, test);
    test->kind = CTRACE_LITERAL_SYMBOL;
    return parse_name(text, &test->text);
}

static bool
parse_test(const char **text, struct ctrace_test *test)
{
    *test = (struct ctrace_test){.path_size = 0};
    skip_blanks(text);
    if (!parse_path(text, test))
        return false;
    skip_blanks(text);
    if (!parse_operator(text, test))
        return false;
    skip_blanks(text);
    if (!parse_literal(text, test))
        return false;
    skip_blanks(text);
    return true;
}

bool
ctrace_condition_parse(struct ctrace_condition *condition, const char *text)
{
    condition->count = 0;
    do {
        if (condition->count == CTRACE_CONDITION_TEST_MAX) {
            ctrace_complain("a condition has %d tests at most", CTRACE_CONDITION_TEST_MAX);
            return false;
        }
        if (!parse_test(&text, &condition->tests[condition->count++]))
            break;
        if (*text == '\0')
            return true;
    } while (skip_word(&text, "&&") || skip_word(&text, "and "));
    if (*text == '\0')
        ctrace_complain("the condition ends too early");
    else
        ctrace_complain("the condition is not understood from '%s' on", text);
    return false;
}

/* ---- comparing ---- */

static bool
is_word(const struct ctrace_word *word, const char *text, size_t size)
{
    return word->size == size && memcmp(word->text, text, size) == 0;
}

static bool
holds(enum ctrace_operator operation, int order)
{
    switch (operation) {
    case CTRACE_EQUAL:
        return order == 0;
    case CTRACE_NOT_EQUAL:
        return order != 0;
    case CTRACE_LESS:
        return order < 0;
    case CTRACE_LESS_EQUAL:
        return order <= 0;
    case CTRACE_GREATER:
        return order > 0;
    case CTRACE_GREATER_EQUAL:
        return order >= 0;
    }
    return false;
}

/* What cannot be put in order is only unequal. */
static bool
is_unequal_suffices(const struct ctrace_test *test)
{
    return test->operation == CTRACE_NOT_EQUAL;
}

static bool
meets_number(const struct ctrace_test *test, const struct ct_value *value)
{
    char text[64];
    double number = (double)value->integer;
    const double wanted =
        test->kind == CTRACE_LITERAL_INTEGER ? (double)test->integer : test->number;
    if (value->kind == CT_VALUE_INT && test->kind == CTRACE_LITERAL_INTEGER)
        return holds(test->operation,
                     (value->integer > test->integer) - (value->integer < test->integer));
    if (value->kind == CT_VALUE_BIG_INT)
        number = value->flag ? -1e300 : 1e300; /* beyond 64 bits: beyond what can be asked for */
    else if (value->kind == CT_VALUE_FLOAT && value->text == NULL)
        number = value->number;
    else if (value->kind == CT_VALUE_FLOAT && value->text_size < sizeof text) {
        memcpy(text, value->text, value->text_size);
        text[value->text_size] = '\0';
        number = strtod(text, NULL);
    } else if (value->kind != CT_VALUE_INT) {
        return is_unequal_suffices(test);
    }
    if (number != number || wanted != wanted)
        return is_unequal_suffices(test);
    return holds(test->operation, (number > wanted) - (number < wanted));
}

static bool
meets_text(const struct ctrace_test *test, const struct ct_trace_reader *reader,
           const struct ct_value *value)
{
    size_t size;
    if (value->kind != CT_VALUE_STRING)
        return is_unequal_suffices(test);
    const char *type = ctrace_type_name(reader, value, &size);
    const bool is_symbol = size == 6 && memcmp(type, "Symbol", 6) == 0;
    if (is_symbol != (test->kind == CTRACE_LITERAL_SYMBOL))
        return is_unequal_suffices(test);
    const size_t shorter = value->text_size < test->text.size ? value->text_size : test->text.size;
    int order = shorter > 0 ? memcmp(value->text, test->text.text, shorter) : 0;
    if (order == 0)
        order = (value->text_size > test->text.size) - (value->text_size < test->text.size);
    return holds(test->operation, order);
}

static bool
meets_test(const struct ctrace_test *test, const struct ct_trace_reader *reader,
           const struct ct_value *value)
{
    switch (test->kind) {
    case CTRACE_LITERAL_INTEGER:
    case CTRACE_LITERAL_FLOAT:
        return meets_number(test, value);
    case CTRACE_LITERAL_TEXT:
    case CTRACE_LITERAL_SYMBOL:
        return meets_text(test, reader, value);
    case CTRACE_LITERAL_NIL:
        return (value->kind == CT_VALUE_NONE) == (test->operation == CTRACE_EQUAL) &&
               test->operation <= CTRACE_NOT_EQUAL;
    case CTRACE_LITERAL_BOOL:
        return (value->kind == CT_VALUE_BOOL && value->flag == (test->integer != 0)) ==
                   (test->operation == CTRACE_EQUAL) &&
               test->operation <= CTRACE_NOT_EQUAL;
    }
    return false;
}

/* ---- finding what is tested ---- */

/* The value behind the fields of the path; NULL when one is not there. */
static const struct ct_value *
find_field(const struct ctrace_test *test, const struct ct_trace_reader *reader,
           const struct ct_value *value)
{
    for (size_t i = 1; i < test->path_size && value != NULL; i++) {
        const struct ct_trace_type *type = ct_trace_reader_type(reader, value->type_id);
        const struct ct_value *child = value->first_child;
        size_t field = 0;
        if (value->kind != CT_VALUE_STRUCT || type == NULL)
            return NULL;
        while (child != NULL && field < type->field_count &&
               !is_word(&test->path[i], type->fields[field].name, type->fields[field].name_size)) {
            child = child->next;
            field++;
        }
        value = field < type->field_count ? child : NULL;
    }
    return value;
}

static bool
is_of_return(const struct ctrace_test *test)
{
    return is_word(&test->path[0], "return", 6);
}

static bool
is_met(const struct ctrace_test *test, const struct ct_trace_reader *reader,
       const struct ct_value *value)
{
    value = value != NULL ? find_field(test, reader, value) : NULL;
    return value != NULL && meets_test(test, reader, value);
}

bool
ctrace_condition_is_met_by_args(const struct ctrace_condition *condition,
                                const struct ct_trace_reader *reader,
                                const struct ct_trace_arg *args, size_t count)
{
    for (size_t i = 0; i < condition->count; i++) {
        const struct ctrace_test *test = &condition->tests[i];
        const struct ct_value *value = NULL;
        for (size_t arg = 0; arg < count && value == NULL; arg++) {
            size_t size = 0;
            const char *name = ct_trace_reader_name(reader, args[arg].name_id, &size);
            if (name != NULL && is_word(&test->path[0], name, size))
                value = args[arg].value;
        }
        if (!is_of_return(test) && !is_met(test, reader, value))
            return false;
    }
    return true;
}

bool
ctrace_condition_is_met_by_return(const struct ctrace_condition *condition,
                                  const struct ct_trace_reader *reader,
                                  const struct ct_value *value)
{
    for (size_t i = 0; i < condition->count; i++) {
        const struct ctrace_test *test = &condition->tests[i];
        if (is_of_return(test) && !is_met(test, reader, value))
            return false;
    }
    return true;
}
