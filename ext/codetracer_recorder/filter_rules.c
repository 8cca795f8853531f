/* See filter_rules.h. Mirrors lib/codetracer/filter/decider.rb. */
#include "filter_rules.h"

#include "no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE_MAX 1500 /* of a package, a dot and a method */

/* ---- reading what the launcher has compiled ---- */

static VALUE
field(VALUE hash, const char *name)
{
    return rb_hash_aref(hash, ID2SYM(rb_intern(name)));
}

static void *
allocate(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        rec_raise_no_memory();
    return memory;
}

/* With `tail` behind each. */
static char **
copy_texts(VALUE texts, const char *tail)
{
    Check_Type(texts, T_ARRAY);
    size_t count = (size_t)RARRAY_LEN(texts);
    char **copies = allocate(count, sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        VALUE text = RARRAY_AREF(texts, (long)i);
        if (asprintf(&copies[i], "%s%s", StringValueCStr(text), tail) < 0)
            rec_raise_no_memory();
    }
    return copies;
}

static void
free_texts(char **texts)
{
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
        free(texts[i]);
    free(texts);
}

static int
number_at(VALUE list, long index)
{
    return NUM2INT(RARRAY_AREF(list, index));
}

/* [kind, code, sets, action, is_explicit] */
static void
read_value_rule(struct rec_value_rule *rule, VALUE plain)
{
    Check_Type(plain, T_ARRAY);
    rec_pattern_init(&rule->pattern, RARRAY_AREF(plain, 1), RARRAY_AREF(plain, 2));
    rule->kind = (uint8_t)(1 << number_at(plain, 0));
    rule->action = (uint8_t)number_at(plain, 3);
    rule->is_explicit = number_at(plain, 4) != 0;
}

/* [kind, is_absolute, code, sets, exec, value_action, source, value rules] */
static void
read_scope_rule(struct rec_scope_rule *rule, VALUE plain)
{
    Check_Type(plain, T_ARRAY);
    VALUE values = RARRAY_AREF(plain, 7);
    Check_Type(values, T_ARRAY);
    rule->kind = (uint8_t)number_at(plain, 0);
    rule->is_absolute = number_at(plain, 1) != 0;
    rec_pattern_init(&rule->pattern, RARRAY_AREF(plain, 2), RARRAY_AREF(plain, 3));
    rule->exec = (uint8_t)number_at(plain, 4);
    rule->value_action = (int8_t)number_at(plain, 5);
    rule->source = (uint32_t)number_at(plain, 6);
    rule->values = allocate((size_t)RARRAY_LEN(values), sizeof *rule->values);
    for (long i = 0; i < RARRAY_LEN(values); i++)
        read_value_rule(&rule->values[rule->value_count++], RARRAY_AREF(values, i));
}

static void
read_rules(struct rec_filter_rules *rules, VALUE list)
{
    Check_Type(list, T_ARRAY);
    rules->rules = allocate((size_t)RARRAY_LEN(list), sizeof *rules->rules);
    for (long i = 0; i < RARRAY_LEN(list); i++) {
        struct rec_scope_rule *rule = &rules->rules[rules->rule_count++];
        read_scope_rule(rule, RARRAY_AREF(list, i));
        rules->has_object_rules |= rule->kind == REC_SCOPE_OBJECT;
        rules->traces_objects |= rule->kind == REC_SCOPE_OBJECT && rule->exec == 1;
    }
}

void
rec_filter_rules_init(struct rec_filter_rules *rules, VALUE options)
{
    VALUE plain = field(options, "filter");
    Check_Type(plain, T_HASH);
    rules->scratch = allocate(1, sizeof *rules->scratch);
    rules->traces_by_default = NUM2INT(field(plain, "exec")) == 1;
    rules->value_action = (uint8_t)NUM2INT(field(plain, "value_action"));
    rules->value_source = (uint32_t)NUM2INT(field(plain, "value_source"));
    rules->roots = copy_texts(field(plain, "roots"), "/");
    rules->gem_prefixes = copy_texts(field(options, "gem_prefixes"), "");
    rules->own_prefixes = copy_texts(field(options, "own_prefixes"), "");
    read_rules(rules, field(plain, "rules"));
    rules->given_secrets = copy_texts(field(options, "known_secrets"), "");
    rec_word_set_init(&rules->secret_names, field(plain, "secret_names"));
    rec_word_set_init(&rules->telling_words, field(plain, "telling_words"));
}

void
rec_filter_rules_release(struct rec_filter_rules *rules)
{
    for (uint32_t i = 0; i < rules->rule_count; i++) {
        struct rec_scope_rule *rule = &rules->rules[i];
        for (uint32_t j = 0; j < rule->value_count; j++)
            rec_pattern_release(&rule->values[j].pattern);
        free(rule->values);
        rec_pattern_release(&rule->pattern);
    }
    free(rules->rules);
    free_texts(rules->roots);
    free_texts(rules->gem_prefixes);
    free_texts(rules->own_prefixes);
    free_texts(rules->given_secrets);
    rec_word_set_release(&rules->secret_names);
    rec_word_set_release(&rules->telling_words);
    free(rules->scratch);
    *rules = (struct rec_filter_rules){.rules = NULL};
}

bool
rec_filter_rules_share(const struct rec_filter_rules *rules, struct rec_filter_rules *out_rules)
{
    *out_rules = *rules;
    out_rules->scratch = calloc(1, sizeof *out_rules->scratch);
    return out_rules->scratch != NULL;
}

void
rec_filter_rules_unshare(struct rec_filter_rules *rules)
{
    free(rules->scratch);
    *rules = (struct rec_filter_rules){.rules = NULL};
}

/* ---- the names of a file ---- */

/* The size of the first prefix that the path has, 0: of none. */
static size_t
prefix_size(char *const *prefixes, const char *path)
{
    for (size_t i = 0; prefixes[i] != NULL; i++) {
        size_t size = strlen(prefixes[i]);
        if (strncmp(path, prefixes[i], size) == 0)
            return size;
    }
    return 0;
}

static bool
is_version_digits(const char *text, size_t size)
{
    if (size > 0 && text[0] >= '0' && text[0] <= '9')
        return memchr(text, '-', size) == NULL;
    for (size_t i = 0; i < size; i++) {
        if (strchr("0123456789abcdefABCDEF", text[i]) == NULL)
            return false;
    }
    return size >= 7; /* a commit */
}

/* The size of "rack" in "rack-2.2.4" and "rack-2.2.4-x86_64": by the first dash from the left that
 * a version, and at most one word more, follow to the end. */
static size_t
gem_name_size(const char *folder, size_t size)
{
    for (size_t dash = 1; dash + 1 < size; dash++) {
        if (folder[dash] != '-')
            continue;
        const char *tail = folder + dash + 1, *end = folder + size;
        const char *next = memchr(tail, '-', (size_t)(end - tail));
        if (is_version_digits(tail, (size_t)(end - tail)))
            return dash;
        if (next != NULL && next + 1 < end && is_version_digits(tail, (size_t)(next - tail)) &&
            memchr(next + 1, '-', (size_t)(end - next - 1)) == NULL)
            return dash;
    }
    return size;
}

/* The gem's name, or the path below the project or the library with dots. */
static void
put_package(const struct rec_filter_rules *rules, struct rec_filter_unit *unit,
            char *const *skip_prefixes)
{
    size_t gem = prefix_size(rules->gem_prefixes, unit->path);
    const char *text = unit->path + gem;
    if (gem > 0) {
        size_t size = gem_name_size(text, strcspn(text, "/"));
        snprintf(unit->package, sizeof unit->package, "%.*s", (int)size, text);
        return;
    }
    size_t folder = prefix_size(rules->roots, unit->path);
    if (folder == 0)
        folder = prefix_size(skip_prefixes, unit->path);
    if (folder == 0)
        folder = unit->path[0] == '/';
    text = unit->path + folder;
    size_t size = strlen(text);
    if (size >= 3 && strcmp(text + size - 3, ".rb") == 0)
        size -= 3;
    snprintf(unit->package, sizeof unit->package, "%.*s", (int)size, text);
    for (char *slash = unit->package; (slash = strchr(slash, '/')) != NULL;)
        *slash = '.';
}

void
rec_filter_unit_init(const struct rec_filter_rules *rules, const char *path, bool is_foreign,
                     char *const *skip_prefixes, struct rec_filter_unit *out_unit)
{
    out_unit->path = path;
    out_unit->relative = path + prefix_size(rules->roots, path);
    out_unit->is_own = path[0] == '<' || prefix_size(rules->own_prefixes, path) > 0;
    out_unit->is_foreign = is_foreign;
    put_package(rules, out_unit, skip_prefixes);
}

/* ---- decisions ---- */

static bool
matches_text(const struct rec_filter_rules *rules, const struct rec_pattern *pattern,
             const char *text)
{
    return rec_pattern_matches(pattern, rules->scratch, text, strlen(text));
}

static bool
matches_object(const struct rec_filter_rules *rules, const struct rec_pattern *pattern,
               const struct rec_filter_unit *unit, const char *name)
{
    char text[NAME_SIZE_MAX];
    if (matches_text(rules, pattern, name))
        return true;
    snprintf(text, sizeof text, "%s.%s", unit->package, name);
    return matches_text(rules, pattern, text);
}

static bool
matches_unit(const struct rec_filter_rules *rules, const struct rec_scope_rule *rule,
             const struct rec_filter_unit *unit, const char *name)
{
    if (rule->kind == REC_SCOPE_FILE)
        return matches_text(rules, &rule->pattern, rule->is_absolute ? unit->path : unit->relative);
    if (rule->kind == REC_SCOPE_PACKAGE)
        return matches_text(rules, &rule->pattern, unit->package);
    return name != NULL && matches_object(rules, &rule->pattern, unit, name);
}

static void
note_attribute_rules(struct rec_value_policy *values)
{
    for (uint32_t i = 0; i < values->rule_count; i++)
        values->has_attribute_rules |= values->rules[i].kind == REC_VALUE_ATTRIBUTE;
}

void
rec_filter_decide(const struct rec_filter_rules *rules, const struct rec_filter_unit *unit,
                  const char *name, struct rec_filter_decision *out_decision)
{
    struct rec_filter_decision decision = {
        .is_traced = rules->traces_by_default && !unit->is_foreign,
        .values = {.action = rules->value_action},
    };
    uint32_t value_source = rules->value_source, pattern_source = 0;
    for (uint32_t i = 0; i < rules->rule_count; i++) {
        const struct rec_scope_rule *rule = &rules->rules[i];
        if (!matches_unit(rules, rule, unit, name))
            continue;
        /* A rule about methods does not reach into code that is not the program's. */
        bool is_beyond =
            rule->kind == REC_SCOPE_OBJECT && unit->is_foreign && !decision.is_traced;
        if (rule->exec != 0 && !is_beyond)
            decision.is_traced = rule->exec == 1;
        if (rule->value_action >= 0) {
            decision.values.action = (uint8_t)rule->value_action;
            value_source = rule->source;
        }
        decision.values.rules = rule->values;
        decision.values.rule_count = rule->value_count;
        pattern_source = rule->source;
    }
    if (decision.values.action == REC_DROP && pattern_source < value_source)
        decision.values.rule_count = 0;
    decision.is_traced &= !unit->is_own;
    note_attribute_rules(&decision.values);
    *out_decision = decision;
}

bool
rec_filter_skips_file(const struct rec_filter_rules *rules, const struct rec_filter_unit *unit)
{
    struct rec_filter_decision decision;
    if (unit->is_own)
        return true;
    rec_filter_decide(rules, unit, NULL, &decision);
    return !decision.is_traced && (unit->is_foreign || !rules->traces_objects);
}

enum rec_value_action
rec_filter_value_action(const struct rec_filter_rules *rules,
                        const struct rec_value_policy *policy, uint8_t kinds, const char *name,
                        size_t size)
{
    bool is_attribute = kinds == REC_VALUE_ATTRIBUTE;
    /* A part of a value that is shown is shown unless a rule is about it. */
    uint8_t action = is_attribute ? REC_ALLOW : policy->action;
    bool is_explicit = false, is_found = false;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct rec_value_rule *rule = &policy->rules[i];
        if ((rule->kind & kinds) == 0 ||
            !rec_pattern_matches(&rule->pattern, rules->scratch, name, size))
            continue;
        /* The first of each kind counts, the stricter of two kinds. */
        if (!is_found || rule->action > action)
            action = rule->action;
        is_explicit |= rule->is_explicit;
        is_found = true;
        kinds &= (uint8_t)~rule->kind;
    }
    if (action == REC_ALLOW && !is_explicit && rec_name_is_secret(rules, name, size))
        return REC_REDACT;
    return (enum rec_value_action)action;
}
