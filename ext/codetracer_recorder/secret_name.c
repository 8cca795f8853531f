/* See filter_rules.h. A name is cut into words ("apiKey", "API-KEY" → api, key), and up to four in
 * a row, joined, are looked up: whole words, so that "company" has nothing to do with "pan".
 * Mirrors lib/codetracer/filter/secret_names.rb. */
#include "filter_rules.h"
#include "no_memory.h"

#include <stdlib.h>
#include <string.h>

#define WORD_COUNT_MAX   16
#define JOIN_COUNT_MAX   4
#define JOINED_SIZE_MAX  64
#define PLURAL_SIZE_MIN  4 /* of the singular: "pas" is none */
#define NAME_SIZE_MAX    256

static uint32_t
hash_word(const char *word, size_t size)
{
    uint32_t hash = 0x811C9DC5u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)word[i]) * 0x01000193u;
    return hash;
}

static bool
has_word(const struct rec_word_set *set, const char *word, size_t size)
{
    if (set->capacity == 0)
        return false;
    for (uint32_t at = hash_word(word, size) & (set->capacity - 1); set->words[at] != NULL;
         at = (at + 1) & (set->capacity - 1)) {
        if (strncmp(set->words[at], word, size) == 0 && set->words[at][size] == '\0')
            return true;
    }
    return false;
}

void
rec_word_set_init(struct rec_word_set *set, VALUE words)
{
    Check_Type(words, T_ARRAY);
    size_t count = (size_t)RARRAY_LEN(words);
    uint32_t capacity = 64;
    while (capacity < count * 4)
        capacity *= 2;
    set->words = calloc(capacity, sizeof *set->words);
    if (set->words == NULL)
        rec_raise_no_memory();
    set->capacity = capacity;
    for (size_t i = 0; i < count; i++) {
        VALUE word = RARRAY_AREF(words, (long)i);
        const char *text = StringValueCStr(word);
        uint32_t at = hash_word(text, strlen(text)) & (capacity - 1);
        while (set->words[at] != NULL)
            at = (at + 1) & (capacity - 1);
        set->words[at] = strdup(text);
        if (set->words[at] == NULL)
            rec_raise_no_memory();
    }
}

void
rec_word_set_release(struct rec_word_set *set)
{
    for (uint32_t i = 0; i < set->capacity; i++)
        free(set->words[i]);
    free(set->words);
    *set = (struct rec_word_set){.capacity = 0};
}

/* ---- words of a name ---- */

enum letter { NO_LETTER, LOWER, UPPER };

static enum letter
letter_of(char byte)
{
    if (byte >= 'a' && byte <= 'z')
        return LOWER;
    return byte >= 'A' && byte <= 'Z' ? UPPER : NO_LETTER;
}

struct words {
    char text[NAME_SIZE_MAX]; /* all words in lower case, one behind the other */
    uint16_t ends[WORD_COUNT_MAX];
    uint32_t count;
};

/* Whether a new word begins at `at`: behind a lower-case letter a capital does, and in a row of
 * capitals the last one before a lower-case letter: "APIKey". */
static bool
begins_word(const char *name, size_t size, size_t at)
{
    if (at == 0 || letter_of(name[at - 1]) == NO_LETTER)
        return true;
    if (letter_of(name[at]) != UPPER)
        return false;
    return letter_of(name[at - 1]) == LOWER ||
           (at + 1 < size && letter_of(name[at + 1]) == LOWER);
}

static void
split_words(const char *name, size_t size, struct words *words)
{
    size_t used = 0;
    words->count = 0;
    for (size_t i = 0; i < size && used < sizeof words->text; i++) {
        enum letter letter = letter_of(name[i]);
        if (letter == NO_LETTER)
            continue;
        if (begins_word(name, size, i)) {
            if (words->count == WORD_COUNT_MAX)
                return;
            words->count++;
        }
        words->text[used++] = letter == UPPER ? (char)(name[i] | 0x20) : name[i];
        words->ends[words->count - 1] = (uint16_t)used;
    }
}

static bool
is_secret_word(const struct rec_filter_rules *rules, const char *word, size_t size)
{
    if (size > JOINED_SIZE_MAX)
        return false;
    if (has_word(&rules->secret_names, word, size))
        return true;
    return size > PLURAL_SIZE_MIN && word[size - 1] == 's' &&
           has_word(&rules->secret_names, word, size - 1);
}

bool
rec_name_is_secret(const struct rec_filter_rules *rules, const char *name, size_t size)
{
    struct words words;
    split_words(name, size, &words);
    if (words.count == 0)
        return false;
    uint32_t last = words.count - 1;
    size_t last_start = last > 0 ? words.ends[last - 1] : 0;
    if (last > 0 &&
        has_word(&rules->telling_words, words.text + last_start, words.ends[last] - last_start))
        return false;
    for (uint32_t first = 0; first < words.count; first++) {
        size_t start = first > 0 ? words.ends[first - 1] : 0;
        for (uint32_t end = first; end < words.count && end < first + JOIN_COUNT_MAX; end++) {
            if (is_secret_word(rules, words.text + start, words.ends[end] - start))
                return true;
        }
    }
    return false;
}
