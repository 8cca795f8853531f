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

/* Behind its colon: a name, an operator, or a text in quotes. */
static bool
parse_symbol(const char **text, struct ctrace_test *test)
{
    const char *start = *text;
    const size_t operator_size = strspn(start, "+-*/%<>=!~^&|[]`");
    bool is_there = operator_size > 0;
    if (*start == '"' || *start == '\'') {
        is_there = parse_text(text, test);
    } else if (is_there) {
        test->text = (struct ctrace_word){start, operator_size};
        *text += operator_size;
    } else {
        is_there = parse_name(text, &test->text);
    }
    test->kind = CTRACE_LITERAL_SYMBOL;
    return is_there;
}

#define DIGITS_MAX 40

/* A number without its underscores, which may stand between two digits; its size in `text`. */
static size_t
copy_number(const char *text, char *out_digits)
{
    const char *start = text;
    size_t size = 0;
    for (; size < DIGITS_MAX; text++) {
        const bool is_between = text > start && isdigit((unsigned char)text[-1]) &&
                                *text == '_' && isdigit((unsigned char)text[1]);
        if (is_between)
            continue;
        if (*text == '\0' || (!isdigit((unsigned char)*text) && strchr("+-.eE", *text) == NULL))
            break;
        out_digits[size++] = *text;
    }
    out_digits[size] = '\0';
    return (size_t)(text - start);
}

/* All that may belong to a number must. */
static bool
parse_number(const char **text, struct ctrace_test *test)
{
    char digits[DIGITS_MAX + 1];
    char *end;
    const size_t size = copy_number(*text, digits);
    errno = 0;
    test->kind = CTRACE_LITERAL_INTEGER;
    test->integer = strtoll(digits, &end, 10);
    if (*end != '\0' || errno != 0) {
        test->kind = CTRACE_LITERAL_FLOAT;
        test->number = strtod(digits, &end);
    }
    if (size == 0 || *end != '\0')
        return false;
    *text += size;
    return true;
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
    return skip_word(text, ":") ? parse_symbol(text, test) : parse_number(text, test);
}

/* The word, but not the beginning of another. */
static bool
skip_and(const char **text)
{
    if (strncmp(*text, "and", 3) != 0 || ((*text)[3] != '\0' && is_name_byte((*text)[3])))
        return false;
    *text += 3;
    return true;
}

/* Says what should stand there. */
static bool
expect(const char *wanted, const char *text)
{
    if (*text == '\0')
        ctrace_complain("the condition ends where %s is expected", wanted);
    else
        ctrace_complain("the condition has '%s' where %s is expected", text, wanted);
    return false;
}

static bool
parse_test(const char **text, struct ctrace_test *test)
{
    *test = (struct ctrace_test){.path_size = 0};
    skip_blanks(text);
    const char *start = *text;
    if (!parse_path(text, test))
        return expect("the name of an argument", start);
    test->whole = (struct ctrace_word){start, (size_t)(*text - start)};
    skip_blanks(text);
    if (!parse_operator(text, test))
        return expect("one of == != < <= > >=", *text);
    skip_blanks(text);
    start = *text;
    const bool is_literal = parse_literal(text, test);
    if (!is_literal && (*start == '"' || *start == '\''))
        return expect("a text with its second quote", start);
    if (!is_literal)
        return expect("a number, \"text\", :symbol, nil, true or false", start);
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
            return false;
        if (*text == '\0')
            return true;
    } while (skip_word(&text, "&&") || skip_and(&text));
    return expect("'and'", text);
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

/* The argument that the path begins with. */
static const struct ct_value *
find_arg(const struct ctrace_test *test, const struct ct_trace_reader *reader,
         const struct ct_trace_arg *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = 0;
        const char *name = ct_trace_reader_name(reader, args[i].name_id, &size);
        if (name != NULL && is_word(&test->path[0], name, size))
            return args[i].value;
    }
    return NULL;
}

bool
ctrace_condition_is_met_by_args(struct ctrace_condition *condition,
                                const struct ct_trace_reader *reader,
                                const struct ct_trace_arg *args, size_t count)
{
    bool are_met = true;
    for (size_t i = 0; i < condition->count; i++) {
        struct ctrace_test *test = &condition->tests[i];
        const struct ct_value *value =
            is_of_return(test) ? NULL
                               : find_field(test, reader, find_arg(test, reader, args, count));
        test->is_found = test->is_found || value != NULL || is_of_return(test);
        if (!is_of_return(test) && (value == NULL || !meets_test(test, reader, value)))
            are_met = false;
    }
    return are_met;
}

bool
ctrace_condition_is_met_by_return(const struct ctrace_condition *condition,
                                  const struct ct_trace_reader *reader,
                                  const struct ct_value *value)
{
    for (size_t i = 0; i < condition->count; i++) {
        const struct ctrace_test *test = &condition->tests[i];
        if (!is_of_return(test))
            continue;
        const struct ct_value *field = find_field(test, reader, value);
        if (field == NULL || !meets_test(test, reader, field))
            return false;
    }
    return true;
}

const struct ctrace_test *
ctrace_condition_lacking(const struct ctrace_condition *condition)
{
    for (size_t i = 0; i < condition->count; i++) {
        if (!condition->tests[i].is_found)
            return &condition->tests[i];
    }
    return NULL;
}
