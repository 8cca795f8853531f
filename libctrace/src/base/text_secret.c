/* See text_secret.h. */
#include "ctrace/text_secret.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define NAME_SIZE_MAX      128
#define SPACE_COUNT_MAX    2  /* around a separator */
#define LABEL_SIZE_MAX     64 /* of a PEM block */
#define JWT_PART_MIN       8
#define TOKEN_SIZE_MIN     12 /* of anything that is found by its form alone */
#define CARD_DIGITS_MIN    13
#define CARD_DIGITS_MAX    19
#define ARRAY_COUNT(array) (sizeof(array) / sizeof(array)[0])

/* TOKEN_FIRST, TOKEN_SECOND: what the prefixes of tokens begin with. AFTER_NAME: what may stand
 * behind a name that has a value. */
enum {
    UPPER = 1,
    LOWER = 2,
    DIGIT = 4,
    UNDERSCORE = 8,
    DASH = 16,
    TOKEN_FIRST = 32,
    AFTER_NAME = 64,
    TOKEN_SECOND = 128
};
#define LETTER_OR_DIGIT (UPPER | LOWER | DIGIT)
#define IN_WORD         (LETTER_OR_DIGIT | UNDERSCORE)
#define IN_NAME         (IN_WORD | DASH)

/* What keys of known services look like: a prefix, then at least so many of these. */
static const struct token_form {
    const char *prefix;
    unsigned char set;
    unsigned char least, most; /* 0: no more than one finds */
} token_forms[] = {
    {"AKIA", UPPER | DIGIT, 16, 16},
    {"ASIA", UPPER | DIGIT, 16, 16},
    {"AROA", UPPER | DIGIT, 16, 16},
    {"AIDA", UPPER | DIGIT, 16, 16},
    {"AIza", IN_NAME, 35, 35},
    {"ghp_", LETTER_OR_DIGIT, 30, 0},
    {"gho_", LETTER_OR_DIGIT, 30, 0},
    {"ghu_", LETTER_OR_DIGIT, 30, 0},
    {"ghs_", LETTER_OR_DIGIT, 30, 0},
    {"ghr_", LETTER_OR_DIGIT, 30, 0},
    {"github_pat_", IN_WORD, 22, 0},
    {"glpat-", IN_NAME, 20, 0},
    {"npm_", LETTER_OR_DIGIT, 36, 0},
    {"xoxa-", LETTER_OR_DIGIT | DASH, 10, 0},
    {"xoxb-", LETTER_OR_DIGIT | DASH, 10, 0},
    {"xoxp-", LETTER_OR_DIGIT | DASH, 10, 0},
    {"xoxr-", LETTER_OR_DIGIT | DASH, 10, 0},
    {"xoxs-", LETTER_OR_DIGIT | DASH, 10, 0},
    {"sk_live_", LETTER_OR_DIGIT, 16, 0},
    {"rk_live_", LETTER_OR_DIGIT, 16, 0},
    {"sk_test_", LETTER_OR_DIGIT, 16, 0},
    {"rk_test_", LETTER_OR_DIGIT, 16, 0},
    {"sk-", IN_NAME, 20, 0},
};

/* The set of each ASCII character. */
static const unsigned char sets[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    64, 0, 64, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 16, 0, 0,
    4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 64, 0, 0, 64, 0, 0,
    0, 33, 1, 1, 1, 1, 1, 1, 1, 129, 1, 129, 1, 1, 1, 1,
    1, 1, 129, 129, 1, 1, 1, 1, 1, 1, 1, 0, 64, 64, 0, 8,
    0, 2, 2, 2, 2, 34, 2, 34, 130, 130, 2, 130, 130, 2, 34, 130,
    130, 2, 34, 34, 2, 2, 2, 2, 34, 130, 2, 0, 0, 0, 0, 0,
};

/* hot */
static inline unsigned
set_of(char byte)
{
    return sets[(unsigned char)byte];
}

struct text {
    const char *bytes;
    size_t size;
};

/* How many bytes of the set stand from `at` on. */
static size_t
run_size(const struct text *text, size_t at, unsigned set)
{
    size_t end = at;
    while (end < text->size && (set_of(text->bytes[end]) & set) != 0)
        end++;
    return end - at;
}

static bool
has_prefix(const struct text *text, size_t at, const char *prefix)
{
    size_t size = strlen(prefix);
    return text->size - at >= size && memcmp(text->bytes + at, prefix, size) == 0;
}

/* ---- by the form alone ---- */

static size_t
jwt_size(const struct text *text, size_t at)
{
    size_t head = run_size(text, at, IN_NAME), end = at + head;
    if (head < JWT_PART_MIN || end >= text->size || text->bytes[end] != '.' ||
        !has_prefix(text, end + 1, "eyJ"))
        return 0;
    end += 1 + run_size(text, end + 1, IN_NAME);
    if (end < text->size && text->bytes[end] == '.')
        end += 1 + run_size(text, end + 1, IN_NAME);
    return end - at;
}

static size_t
token_size(const struct text *text, size_t at)
{
    if (text->size - at < TOKEN_SIZE_MIN || (set_of(text->bytes[at + 1]) & TOKEN_SECOND) == 0)
        return 0;
    if (has_prefix(text, at, "eyJ"))
        return jwt_size(text, at);
    for (size_t i = 0; i < ARRAY_COUNT(token_forms); i++) {
        const struct token_form *form = &token_forms[i];
        if (form->prefix[0] != text->bytes[at] || !has_prefix(text, at, form->prefix))
            continue;
        size_t size = run_size(text, at + strlen(form->prefix), form->set);
        if (size >= form->least && (form->most == 0 || size <= form->most))
            return strlen(form->prefix) + size;
    }
    return 0;
}

/* A card's number: digits in one piece or in groups, with the right check digit (Luhn). */
static size_t
card_size(const struct text *text, size_t at)
{
    char digits[CARD_DIGITS_MAX];
    size_t count = 0, end = at;
    while (end < text->size && count < CARD_DIGITS_MAX) {
        char byte = text->bytes[end];
        if ((set_of(byte) & DIGIT) != 0)
            digits[count++] = (char)(byte - '0');
        else if ((byte != ' ' && byte != '-') || (set_of(text->bytes[end - 1]) & DIGIT) == 0)
            break;
        end++;
    }
    while (end > at && (set_of(text->bytes[end - 1]) & DIGIT) == 0)
        end--;
    if (count < CARD_DIGITS_MIN || digits[0] < 3 || digits[0] > 6 ||
        (end < text->size && (set_of(text->bytes[end]) & IN_WORD) != 0))
        return 0;
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)digits[count - 1 - i] << (i & 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0 ? end - at : 0;
}

static const char *
find_bytes(const struct text *text, size_t at, const char *wanted)
{
    return memmem(text->bytes + at, text->size - at, wanted, strlen(wanted));
}

/* A PEM block, unless what it holds is public; without an end it goes to the end of the text. */
static size_t
pem_size(const struct text *text, size_t at)
{
    static const char begin[] = "-----BEGIN ", end_mark[] = "-----END ", dashes[] = "-----";
    if (!has_prefix(text, at, begin))
        return 0;
    struct text label = {.bytes = text->bytes + at + sizeof begin - 1};
    size_t left = text->size - at - (sizeof begin - 1);
    while (label.size < left && label.size < LABEL_SIZE_MAX && label.bytes[label.size] != '-')
        label.size++;
    if (find_bytes(&label, 0, "PUBLIC") != NULL || find_bytes(&label, 0, "CERTIFICATE") != NULL)
        return 0;
    const char *end = find_bytes(text, at, end_mark);
    size_t rest = end == NULL ? text->size : (size_t)(end - text->bytes) + sizeof end_mark - 1;
    const char *close = rest < text->size ? find_bytes(text, rest, dashes) : NULL;
    return close == NULL ? text->size - at
                         : (size_t)(close - text->bytes) + sizeof dashes - 1 - at;
}

static bool
is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The password in `://user:password@host`; `at` is where `://` stands. */
static size_t
find_url_password(const struct text *text, size_t at, struct ct_secret_span *out_span)
{
    size_t start = 0, i;
    if (!has_prefix(text, at, "://"))
        return 0;
    for (i = at + 3; i < text->size; i++) {
        char byte = text->bytes[i];
        if (byte == '@')
            break;
        if (is_space(byte) || strchr("/?#\"'<>", byte) != NULL)
            return 0;
        if (byte == ':' && start == 0)
            start = i + 1;
    }
    if (i == text->size || start == 0 || i == start)
        return 0;
    *out_span = (struct ct_secret_span){.offset = start, .size = i - start};
    return out_span->size;
}

/* ---- by the name before it ---- */

static size_t
skip_spaces(const struct text *text, size_t at)
{
    size_t end = at;
    while (end < text->size && end - at < SPACE_COUNT_MAX &&
           (text->bytes[end] == ' ' || text->bytes[end] == '\t'))
        end++;
    return end;
}

static size_t
skip_backslashes(const struct text *text, size_t at)
{
    while (at < text->size && text->bytes[at] == '\\')
        at++;
    return at;
}

static bool
is_quote(const struct text *text, size_t at)
{
    return at < text->size && (text->bytes[at] == '"' || text->bytes[at] == '\'');
}

/* Behind a name, which may be quoted or in brackets, and `=`, `:` or `=>`; 0: they are not there.
 */
static size_t
skip_separator(const struct text *text, size_t at)
{
    size_t quote = skip_backslashes(text, at);
    if (is_quote(text, quote))
        at = quote + 1;
    if (at < text->size && text->bytes[at] == ']')
        at++;
    at = skip_spaces(text, at);
    if (has_prefix(text, at, "=>"))
        at += 2;
    else if (at < text->size && (text->bytes[at] == '=' || text->bytes[at] == ':') &&
             (at + 1 >= text->size || text->bytes[at + 1] != text->bytes[at]))
        at += 1;
    else
        return 0;
    return skip_spaces(text, at);
}

/* To the quote that closes: the same one behind as many backslashes, or the line's end. */
static size_t
quoted_size(const struct text *text, size_t at, size_t backslash_count, char quote)
{
    for (size_t end = at; end < text->size; end++) {
        if (text->bytes[end] == '\n')
            return end - at;
        if (text->bytes[end] != quote)
            continue;
        size_t count = 0;
        while (count < end - at && text->bytes[end - 1 - count] == '\\')
            count++;
        if (count == backslash_count)
            return end - count - at;
    }
    return text->size - at;
}

static size_t
bare_size(const struct text *text, size_t at)
{
    size_t end = at;
    while (end < text->size && text->bytes[end] != '\0' && !is_space(text->bytes[end]) &&
           strchr(",&;)}]>[{(<\"'\\", text->bytes[end]) == NULL)
        end++;
    return end - at;
}

static bool
is_one_of(const struct text *text, struct ct_secret_span span, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strlen(words[i]) == span.size &&
            strncasecmp(text->bytes + span.offset, words[i], span.size) == 0)
            return true;
    }
    return false;
}

/* A header's value goes to the end of its line: "Cookie: a=b; c=d". */
static bool
is_header(const char *name, size_t size)
{
    return (size >= 6 && strncasecmp(name + size - 6, "cookie", 6) == 0) ||
           (size >= 13 && strncasecmp(name + size - 13, "authorization", 13) == 0);
}

static size_t
line_size(const struct text *text, size_t at)
{
    size_t end = at;
    while (end < text->size && text->bytes[end] != '\n' && text->bytes[end] != '\r')
        end++;
    return end - at;
}

/* The value that begins at `at`; its size is 0 where none does. */
static struct ct_secret_span
find_value(const struct text *text, size_t at, bool is_line)
{
    static const char *const schemes[] = {"bearer", "basic", "token", "digest", NULL};
    static const char *const nothing[] = {"nil", "null", "true", "false", "none", NULL};
    size_t quote = skip_backslashes(text, at);
    if (is_quote(text, quote))
        return (struct ct_secret_span){
            .offset = quote + 1,
            .size = quoted_size(text, quote + 1, quote - at, text->bytes[quote])};
    struct ct_secret_span span = {.offset = at, .size = bare_size(text, at)};
    if (is_one_of(text, span, nothing))
        span.size = 0;
    else if (is_line && span.size > 0)
        span.size = line_size(text, at);
    else if (is_one_of(text, span, schemes) && at + span.size < text->size &&
             text->bytes[at + span.size] == ' ')
        span.size += 1 + bare_size(text, at + span.size + 1);
    return span;
}

/* A name's value; the name's first word ends at `word_end`. */
static bool
find_named(const struct text *text, size_t at, size_t word_end, const struct ct_secret_names *names,
           struct ct_secret_span *out_span)
{
    size_t end = word_end + run_size(text, word_end, IN_NAME);
    if (end >= text->size || (set_of(text->bytes[end]) & AFTER_NAME) == 0 ||
        end - at > NAME_SIZE_MAX)
        return false;
    size_t value = skip_separator(text, end);
    if (value == 0 || value >= text->size ||
        !names->has(names->context, text->bytes + at, end - at))
        return false;
    *out_span = find_value(text, value, is_header(text->bytes + at, end - at));
    return out_span->size > 0;
}

/* ---- all together ---- */

/* A secret that begins with the word from `at` to `end`, or that this announces. */
static bool
find_at_word(const struct text *text, size_t at, size_t end, const struct ct_secret_names *names,
             struct ct_secret_span *out_span)
{
    unsigned set = set_of(text->bytes[at]);
    size_t found = 0;
    if ((set & DIGIT) != 0)
        found = card_size(text, at);
    else if ((set & TOKEN_FIRST) != 0)
        found = token_size(text, at);
    if (found == 0)
        return names != NULL && find_named(text, at, end, names, out_span);
    *out_span = (struct ct_secret_span){.offset = at, .size = found};
    return true;
}

/* One that a sign begins or announces. */
static bool
find_at_sign(const struct text *text, size_t at, struct ct_secret_span *out_span)
{
    if (text->bytes[at] == ':')
        return find_url_password(text, at, out_span) > 0;
    if (text->bytes[at] != '-')
        return false;
    *out_span = (struct ct_secret_span){.offset = at, .size = pem_size(text, at)};
    return out_span->size > 0;
}

/* A secret ahead of where one is looked for. `at` is where it was found: before the name that
 * announces it. */
struct ahead {
    struct ct_secret_span span;
    size_t at;
    bool is_known; /* else it has to be looked for */
};

#define NOWHERE SIZE_MAX /* as `at` */

/* NULL where no name announces a secret. */
static const struct ct_secret_names *
names_before(const struct ct_secret_names *names)
{
    return names != NULL && names->has != NULL ? names : NULL;
}

static bool
is_word_start(const struct text *text, size_t at)
{
    return at == 0 || (set_of(text->bytes[at - 1]) & IN_WORD) == 0;
}

static struct ahead
find_by_form(const struct text *text, size_t from, const struct ct_secret_names *names)
{
    struct ahead found = {.at = NOWHERE, .is_known = true};
    bool has_signs = text->size > 0 && (memchr(text->bytes, '=', text->size) != NULL ||
                                        memchr(text->bytes, ':', text->size) != NULL);
    const struct ct_secret_names *pairs = has_signs ? names_before(names) : NULL;
    if (!has_signs && text->size - from < TOKEN_SIZE_MIN)
        return found;
    for (size_t i = from, end; i < text->size; i = end) {
        size_t word_size = run_size(text, i, IN_WORD);
        end = i + (word_size > 0 ? word_size : 1);
        if (word_size == 0 ? find_at_sign(text, i, &found.span)
                           : (i > from || is_word_start(text, i)) &&
                                 find_at_word(text, i, end, pairs, &found.span)) {
            found.at = i;
            return found;
        }
    }
    return found;
}

static struct ahead
find_by_value(const struct text *text, size_t from, const struct ct_secret_names *names)
{
    struct ahead found = {.at = NOWHERE, .is_known = true};
    if (names != NULL && names->find_known != NULL &&
        names->find_known(names->context, text->bytes, text->size, from, &found.span))
        found.at = found.span.offset;
    return found;
}

/* The secrets of a text, one after the other. */
struct search {
    struct text text;
    const struct ct_secret_names *names;
    size_t from;
    struct ahead by_form, by_value;
};

/* What was found ahead stands: with a secret before `from` gone, only a word that begins there can
 * be another. */
static void
look_by_form(struct search *search)
{
    const struct text *text = &search->text;
    struct ahead *found = &search->by_form, word = {.at = search->from, .is_known = true};
    size_t word_size = run_size(text, search->from, IN_WORD);
    if (!found->is_known || found->at < search->from + word_size ||
        text->size - search->from < TOKEN_SIZE_MIN)
        *found = find_by_form(text, search->from, search->names);
    else if (word_size > 0 && is_word_start(text, word.at) &&
             find_at_word(text, word.at, word.at + word_size, names_before(search->names),
                          &word.span))
        *found = word;
}

/* Known secrets that begin in it may end behind it. The next one behind it is known then. */
static void
extend_span(struct search *search, struct ct_secret_span *span)
{
    struct ahead *value = &search->by_value;
    size_t end = span->offset + span->size;
    while (value->at < end) {
        size_t value_end = value->span.offset + value->span.size;
        end = value_end > end ? value_end : end;
        *value = find_by_value(&search->text, value->at + 1, search->names);
    }
    span->size = end - span->offset;
}

static bool
find_next(struct search *search, struct ct_secret_span *out_span)
{
    const struct ahead *form = &search->by_form, *value = &search->by_value;
    look_by_form(search);
    if (!value->is_known || value->at < search->from)
        search->by_value = find_by_value(&search->text, search->from, search->names);
    bool is_value =
        value->at != NOWHERE &&
        (form->at == NOWHERE || value->at < form->span.offset ||
         (value->at == form->span.offset && value->span.size > form->span.size));
    *out_span = is_value ? value->span : form->span;
    if (!is_value && form->at == NOWHERE)
        return false;
    extend_span(search, out_span);
    return true;
}

static void
move_ahead(struct ahead *found, size_t end, size_t removed_size)
{
    if (found->at == NOWHERE)
        return;
    found->is_known = found->at >= end;
    found->at -= found->is_known ? removed_size : 0;
    found->span.offset -= found->is_known ? removed_size : 0;
}

/* The secret has been written over, and became shorter by so many bytes. */
static void
pass(struct search *search, struct ct_secret_span span, size_t removed_size)
{
    size_t end = span.offset + span.size;
    move_ahead(&search->by_form, end, removed_size);
    move_ahead(&search->by_value, end, removed_size);
    search->text.size -= removed_size;
    search->from = end - removed_size;
}

bool
ct_secret_find(const char *text, size_t size, size_t from, const struct ct_secret_names *names,
               struct ct_secret_span *out_span)
{
    struct search search = {
        .text = {.bytes = text, .size = size}, .names = names, .from = from};
    return find_next(&search, out_span);
}

size_t
ct_secret_mask(char *text, size_t size, const struct ct_secret_names *names)
{
    static const char mark[] = "<redacted>";
    struct search search = {.text = {.bytes = text, .size = size}, .names = names};
    struct ct_secret_span span;
    while (find_next(&search, &span)) {
        size_t kept = span.size < sizeof mark - 1 ? span.size : sizeof mark - 1;
        size_t end = span.offset + span.size;
        if (kept == sizeof mark - 1)
            memcpy(text + span.offset, mark, kept);
        else
            memset(text + span.offset, '*', kept);
        memmove(text + span.offset + kept, text + end, search.text.size - end);
        pass(&search, span, span.size - kept);
    }
    return search.text.size;
}

bool
ct_secret_blank(char *text, size_t size, const struct ct_secret_names *names)
{
    struct search search = {.text = {.bytes = text, .size = size}, .names = names};
    struct ct_secret_span span;
    while (find_next(&search, &span)) {
        for (size_t i = span.offset; i < span.offset + span.size; i++)
            text[i] = text[i] == '\n' ? '\n' : '*';
        pass(&search, span, 0);
    }
    return search.from > 0;
}
