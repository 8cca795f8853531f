/* Conditions on the values of a call: `amount > 100 and name == "Ann" and self.@balance < 5`.
 *
 *   condition = test { ("and" | "&&") test }
 *   test      = path ("==" | "!=" | "<" | "<=" | ">" | ">=") literal
 *   path      = (name | "return" | @name) { "." field }        @name alone is self.@name
 *   literal   = number | "text" | 'text' | :symbol | :"symbol" | nil | true | false
 *
 * A test of something that is not there, or that cannot be compared so, is not met. */
#ifndef CTRACE_CONDITION_H
#define CTRACE_CONDITION_H

#include "ctrace/trace_reader.h"

#define CTRACE_CONDITION_TEST_MAX 16
#define CTRACE_CONDITION_FIELD_MAX 8

enum ctrace_operator {
    CTRACE_EQUAL,
    CTRACE_NOT_EQUAL,
    CTRACE_LESS,
    CTRACE_LESS_EQUAL,
    CTRACE_GREATER,
    CTRACE_GREATER_EQUAL
};

enum ctrace_literal_kind {
    CTRACE_LITERAL_INTEGER,
    CTRACE_LITERAL_FLOAT,
    CTRACE_LITERAL_TEXT,
    CTRACE_LITERAL_SYMBOL,
    CTRACE_LITERAL_NIL,
    CTRACE_LITERAL_BOOL
};

/* A piece of the condition's text. */
struct ctrace_word {
    const char *text;
    size_t size;
};

struct ctrace_test {
    struct ctrace_word path[CTRACE_CONDITION_FIELD_MAX]; /* a name, then fields */
    size_t path_size;
    struct ctrace_word whole; /* the path as it was written */
    bool is_found;            /* some call had a value there */
    enum ctrace_operator operation;
    enum ctrace_literal_kind kind;
    struct ctrace_word text;
    int64_t integer; /* also of a bool */
    double number;
};

struct ctrace_condition {
    struct ctrace_test tests[CTRACE_CONDITION_TEST_MAX];
    size_t count;
};

/* Borrows the text. Complains and returns false when it is none. */
bool ctrace_condition_parse(struct ctrace_condition *condition, const char *text);
/* Whether the tests of arguments are met, or those of what was returned. */
bool ctrace_condition_is_met_by_args(struct ctrace_condition *condition,
                                     const struct ct_trace_reader *reader,
                                     const struct ct_trace_arg *args, size_t count);
bool ctrace_condition_is_met_by_return(const struct ctrace_condition *condition,
                                       const struct ct_trace_reader *reader,
                                       const struct ct_value *value);
/* The first test of which no call so far had a value; NULL: there is none. */
const struct ctrace_test *ctrace_condition_lacking(const struct ctrace_condition *condition);

#endif
