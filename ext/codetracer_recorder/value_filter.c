/* See value_filter.h. */
#include "value_filter.h"

#include "held_events.h"
#include "recorder.h"
#include "shared_secrets.h"

#include "ctrace/text_secret.h"

#include <ctype.h>
#include <string.h>

/* What a print is about, see clean_texts.h. */
enum { OF_TEXT = 1, OF_NAME = 2, OF_SECRET_NAME = 3 };

static enum rec_value_action
action_of_text(const struct recorder *recorder, const struct rec_value_policy *policy,
               uint8_t kinds, VALUE text)
{
    const char *name = RSTRING_PTR(text);
    size_t size = (size_t)RSTRING_LEN(text);
    if (kinds == REC_VALUE_ATTRIBUTE && size > 0 && name[0] == '@') {
        name++;
        size--;
    }
    return rec_filter_value_action(&recorder->rules, policy, kinds, name, size);
}

enum rec_value_action
rec_variable_action(const struct recorder *recorder, const struct rec_value_policy *policy,
                    uint8_t kinds, ID name)
{
    VALUE text = rb_id2str(name);
    return RTEST(text) ? action_of_text(recorder, policy, kinds, text) : REC_ALLOW;
}

enum rec_value_action
rec_field_action(struct recorder *recorder, ID name)
{
    const struct rec_value_policy *policy = recorder->policy;
    VALUE text;
    if (policy == NULL || !policy->has_attribute_rules)
        return rec_id_is_secret(recorder, name) ? REC_REDACT : REC_ALLOW;
    text = rb_id2str(name);
    return RTEST(text) ? action_of_text(recorder, policy, REC_VALUE_ATTRIBUTE, text) : REC_ALLOW;
}

/* Whether it is a secret's name. `print` is that of a clean name, which it is not known to be. */
static bool
judge_name(struct recorder *recorder, VALUE text, uint64_t print)
{
    const uint64_t secret_print = rec_mix(print, OF_SECRET_NAME * REC_MIX_SIZE) | 1;
    if (rec_clean_texts_have(&recorder->clean_texts, secret_print))
        return true;
    bool is_secret =
        rec_name_is_secret(&recorder->rules, RSTRING_PTR(text), (size_t)RSTRING_LEN(text));
    rec_clean_texts_put(&recorder->clean_texts, is_secret ? secret_print : print);
    return is_secret;
}

enum rec_value_action
rec_key_action(struct recorder *recorder, VALUE key)
{
    const struct rec_value_policy *policy = recorder->policy;
    if (RB_STATIC_SYM_P(key))
        return rec_field_action(recorder, SYM2ID(key));
    if (RB_SPECIAL_CONST_P(key))
        return REC_ALLOW;
    VALUE text = RB_BUILTIN_TYPE(key) == T_SYMBOL ? rb_sym2str(key) : key;
    if (!RB_TYPE_P(text, T_STRING))
        return REC_ALLOW;
    if (policy != NULL && policy->has_attribute_rules)
        return action_of_text(recorder, policy, REC_VALUE_ATTRIBUTE, text);
    uint64_t print = rec_text_print(RSTRING_PTR(text), (size_t)RSTRING_LEN(text), OF_NAME);
    if (rec_clean_texts_have(&recorder->clean_texts, print))
        return REC_ALLOW;
    return judge_name(recorder, text, print) ? REC_REDACT : REC_ALLOW;
}

/* Whether it is a name and nothing more, as in `h["api-key"]` or before a prompt's answer,
 * "PIN: ". */
static bool
is_name(VALUE value)
{
    if (!RB_TYPE_P(value, T_STRING))
        return RB_SYMBOL_P(value);
    const char *text = RSTRING_PTR(value);
    long size = RSTRING_LEN(value);
    while (size > 0 && strchr(": =\n", text[size - 1]) != NULL)
        size--;
    for (long i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x80 && !isalnum(byte) && strchr("_-.", byte) == NULL)
            return false;
    }
    return true;
}

enum rec_value_action
rec_name_action(struct recorder *recorder, VALUE value)
{
    return is_name(value) ? rec_key_action(recorder, value) : REC_ALLOW;
}

static bool
has_secret_name(const void *context, const char *name, size_t size)
{
    const struct recorder *recorder = context;
    return rec_name_is_secret(&recorder->rules, name, size);
}

static bool
find_known(const void *context, const char *text, size_t size, size_t from,
           struct ct_secret_span *out_span)
{
    const struct recorder *recorder = context;
    return rec_known_secrets_find(&recorder->known_secrets, text, size, from, out_span);
}

/* What of a text is a secret by the rules of this recording. */
static struct ct_secret_names
names_of(const struct recorder *recorder)
{
    return (struct ct_secret_names){
        .has = has_secret_name, .find_known = find_known, .context = recorder};
}

void
rec_secrets_begin(struct recorder *recorder)
{
    char **texts = recorder->rules.given_secrets;
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
        rec_known_secrets_add(&recorder->known_secrets, texts[i], strlen(texts[i]));
}

void
rec_secrets_release(struct recorder *recorder)
{
    rec_known_secrets_release(&recorder->known_secrets);
    rec_known_secrets_release(&recorder->shared_secrets);
    recorder->shared_seen = 0;
    rec_clean_texts_forget(&recorder->clean_texts);
    rec_masked_texts_forget(&recorder->masked_texts);
    rec_assembly_release(&recorder->masked_text);
}

void
rec_secret_learn(struct recorder *recorder, VALUE value)
{
    if (recorder->held_count > 0)
        rec_held_events_hide(recorder, value);
    if (!RB_SPECIAL_CONST_P(value) && RB_BUILTIN_TYPE(value) == T_STRING)
        rec_secret_learn_text(recorder, RSTRING_PTR(value), (size_t)RSTRING_LEN(value));
}

/* What was shown or looked at before may hold the secret that is known now. */
static void
forget_looks(struct recorder *recorder)
{
    rec_clean_texts_forget(&recorder->clean_texts);
    rec_masked_texts_forget(&recorder->masked_texts);
    rec_look_give_up(recorder);
    rec_look_table_reset(&recorder->looks);
}

void
rec_secret_learn_text(struct recorder *recorder, const char *text, size_t size)
{
    if (!rec_known_secrets_add(&recorder->known_secrets, text, size))
        return;
    forget_looks(recorder);
    rec_shared_secrets_put(recorder, text, size);
}

void
rec_secrets_learn_shared(struct recorder *recorder)
{
    if (rec_shared_secrets_take(recorder))
        forget_looks(recorder);
}

void
rec_text_blank(const struct recorder *recorder, char *text, size_t size)
{
    const struct ct_secret_names names = names_of(recorder);
    ct_secret_blank(text, size, &names);
}

void
rec_source_blank(const struct recorder *recorder, char *text, size_t size)
{
    struct ct_secret_names names = names_of(recorder);
    names.has = NULL; /* `password = given` is code */
    ct_secret_blank(text, size, &names);
}

/* Looks for one where it is not known that there is none. */
static bool
holds_secret(struct recorder *recorder, const char *text, size_t size, uint64_t print)
{
    const struct ct_secret_names names = names_of(recorder);
    struct ct_secret_span span;
    if (rec_clean_texts_have(&recorder->clean_texts, print))
        return false;
    if (rec_masked_texts_find(&recorder->masked_texts, print) != NULL ||
        ct_secret_find(text, size, 0, &names, &span))
        return true;
    rec_clean_texts_put(&recorder->clean_texts, print);
    return false;
}

bool
rec_text_is_clean(struct recorder *recorder, const char *text, size_t size)
{
    return !holds_secret(recorder, text, size, rec_text_print(text, size, OF_TEXT));
}

static void
mask(struct recorder *recorder, const char *text, size_t size, const char **out_text,
     size_t *out_size)
{
    const struct ct_secret_names names = names_of(recorder);
    struct rec_assembly *masked = &recorder->masked_text;
    static const char mark[] = "<redacted>";
    *out_text = mark;
    *out_size = sizeof mark - 1;
    masked->size = 0;
    if (!rec_assembly_reserve(masked, size))
        return; /* no memory for the rest of it */
    memcpy(masked->bytes, text, size);
    *out_text = (const char *)masked->bytes;
    *out_size = ct_secret_mask((char *)masked->bytes, size, &names);
}

bool
rec_text_mask(struct recorder *recorder, const char *text, size_t size, const char **out_text,
              size_t *out_size)
{
    uint64_t print = rec_text_print(text, size, OF_TEXT);
    if (!holds_secret(recorder, text, size, print))
        return false;
    recorder->counts.hidden_count++;
    const struct rec_masked_text *known = rec_masked_texts_find(&recorder->masked_texts, print);
    if (known != NULL) {
        *out_text = known->bytes;
        *out_size = known->size;
        return true;
    }
    mask(recorder, text, size, out_text, out_size);
    rec_masked_texts_put(&recorder->masked_texts, print, *out_text, *out_size);
    return true;
}
