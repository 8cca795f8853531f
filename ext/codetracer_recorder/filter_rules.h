/* What the filters say: which code is recorded, and which of its values are shown.
 *
 * Made at the start from what the launcher has compiled (lib/codetracer/filter/rules.rb). A file is
 * judged when it is compiled, a method when its iseq is seen first; what was decided is kept with
 * the iseq, so the hot path reads one flag. Nothing here calls Ruby once the recording runs. */
#ifndef REC_FILTER_RULES_H
#define REC_FILTER_RULES_H

#include "filter_pattern.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rec_scope_kind { REC_SCOPE_PACKAGE = 0, REC_SCOPE_FILE = 1, REC_SCOPE_OBJECT = 2 };

/* Bits, so that a parameter can be asked about as both. */
enum rec_value_kind {
    REC_VALUE_LOCAL = 1 << 0,
    REC_VALUE_GLOBAL = 1 << 1,
    REC_VALUE_ARGUMENT = 1 << 2,
    REC_VALUE_RETURN = 1 << 3,
    REC_VALUE_ATTRIBUTE = 1 << 4
};

/* The stricter is the greater. */
enum rec_value_action { REC_ALLOW = 0, REC_REDACT = 1, REC_DROP = 2 };

struct rec_value_rule {
    struct rec_pattern pattern;
    uint8_t kind;     /* a bit of enum rec_value_kind */
    uint8_t action;   /* enum rec_value_action */
    bool is_explicit; /* names the very variable: lifts the built-in redaction */
};

/* A list of value rules and what else happens: the policy of some iseqs. */
struct rec_value_policy {
    const struct rec_value_rule *rules; /* borrowed from the rules */
    uint32_t rule_count;
    uint8_t action; /* of values that no rule is about */
    bool has_attribute_rules;
};

struct rec_scope_rule {
    struct rec_pattern pattern;
    struct rec_value_rule *values;
    uint32_t value_count;
    uint32_t source; /* number of the file that it is from */
    uint8_t kind;
    bool is_absolute; /* the pattern is about whole paths */
    uint8_t exec;     /* 0: as it was, 1: trace, 2: skip */
    int8_t value_action; /* -1: as it was */
};

/* The words of names that are called like secrets, see secret_name.c. */
struct rec_word_set {
    char **words; /* owned; open addressing */
    uint32_t capacity;
};

struct rec_filter_rules {
    struct rec_scope_rule *rules;
    uint32_t rule_count;
    bool has_object_rules, traces_objects;
    bool traces_by_default;
    uint8_t value_action;
    uint32_t value_source;
    char **roots; /* longest first, with a slash at the end; NULL-terminated, as the next */
    char **gem_prefixes;
    char **own_prefixes;
    struct rec_word_set secret_names, telling_words;
    char **given_secrets; /* known from the start: of the environment, the arguments */
    struct rec_pattern_scratch *scratch; /* of one Ractor alone */
};

/* A file as selectors see it. */
struct rec_filter_unit {
    const char *path, *relative;
    char package[256];
    bool is_foreign; /* the built-in filter skips it */
    bool is_own;     /* the recorder's, or <internal: */
};

struct rec_filter_decision {
    bool is_traced;
    struct rec_value_policy values;
};

/* `options` are those of the start. Raises, so only at start. */
void rec_filter_rules_init(struct rec_filter_rules *rules, VALUE options);
void rec_filter_rules_release(struct rec_filter_rules *rules);

/* The same rules for another Ractor; they must outlive it. False: memory is short. */
bool rec_filter_rules_share(const struct rec_filter_rules *rules,
                            struct rec_filter_rules *out_rules);
void rec_filter_rules_unshare(struct rec_filter_rules *rules);

/* `skip_prefixes` and `is_foreign` are the built-in filter's: see path_filter.h. */
void rec_filter_unit_init(const struct rec_filter_rules *rules, const char *path, bool is_foreign,
                          char *const *skip_prefixes, struct rec_filter_unit *out_unit);

/* Of code in no method (`name` NULL), or in the method `name`, "Order#pay". */
void rec_filter_decide(const struct rec_filter_rules *rules, const struct rec_filter_unit *unit,
                       const char *name, struct rec_filter_decision *out_decision);

/* Whether no code of the file is recorded, whatever it is called. */
bool rec_filter_skips_file(const struct rec_filter_rules *rules,
                           const struct rec_filter_unit *unit);

/* What happens to a value with this name; `kinds` are bits. */
enum rec_value_action rec_filter_value_action(const struct rec_filter_rules *rules,
                                              const struct rec_value_policy *policy, uint8_t kinds,
                                              const char *name, size_t size);

/* ---- secret_name.c ---- */

void rec_word_set_init(struct rec_word_set *set, VALUE words);
void rec_word_set_release(struct rec_word_set *set);

/* Whether something with this name is called like a secret, by the built-in names. */
bool rec_name_is_secret(const struct rec_filter_rules *rules, const char *name, size_t size);

#endif
