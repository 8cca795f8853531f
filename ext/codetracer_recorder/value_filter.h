/* What the filters keep out of a value: parts by their names, secrets in its text.
 *
 * Used by capture and the snapshots. Decided before anything of the value is copied: what is hidden
 * never reaches the spool. */
#ifndef REC_VALUE_FILTER_H
#define REC_VALUE_FILTER_H

#include "filter_rules.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>

struct recorder;

/* What happens to a variable of this name; `kinds` are bits of enum rec_value_kind. */
enum rec_value_action rec_variable_action(const struct recorder *recorder,
                                          const struct rec_value_policy *policy, uint8_t kinds,
                                          ID name);

/* What happens to a field or instance variable of this name, in the code that is looked at. */
enum rec_value_action rec_field_action(struct recorder *recorder, ID name);

/* What happens to a hash's value under this key. */
enum rec_value_action rec_key_action(struct recorder *recorder, VALUE key);

/* What happens to an argument that follows this one, which need not be a name. */
enum rec_value_action rec_name_action(struct recorder *recorder, VALUE value);

/* Makes known what was given at the start. */
void rec_secrets_begin(struct recorder *recorder);

/* Forgets all secrets, and what texts hold. Safe on what was not begun. */
void rec_secrets_release(struct recorder *recorder);

/* Remembers a value that is about to be redacted, if it is a String: it is a secret under any other
 * name, too. */
void rec_secret_learn(struct recorder *recorder, VALUE value);
void rec_secret_learn_text(struct recorder *recorder, const char *text, size_t size);
/* Those that other Ractors have learnt since. At the beginning of a hook. */
void rec_secrets_learn_shared(struct recorder *recorder);

/* Writes `*` over each secret in the text. */
void rec_text_blank(const struct recorder *recorder, char *text, size_t size);

/* The same of code that the program has put together, in which a name before a value tells nothing.
 */
void rec_source_blank(const struct recorder *recorder, char *text, size_t size);

/* Whether there is no secret in the text. */
bool rec_text_is_clean(struct recorder *recorder, const char *text, size_t size);

/* Whether there is a secret in the text, or in what is kept of it; then *out_text is the text
 * without it, valid until the next call, and *out_size its size. */
bool rec_text_mask(struct recorder *recorder, const char *text, size_t size, const char **out_text,
                   size_t *out_size);

#endif
