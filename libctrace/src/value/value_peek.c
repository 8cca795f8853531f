/* The kind stands first in what our writers make, in words. See value_peek.h. */
#include "value/value_peek.h"

#include <string.h>

#define WORD_SIZE_MIN 4 /* what is looked at; after the shortest kind more follows: "Int" */

/* The word of the outermost kind, where it stands first: CBOR's map, key and head of a text, or
 * JSON's brace. NULL elsewhere. */
static const char *
find_kind_word(const char *bytes, size_t size)
{
    static const char json_lead[] = "{\"kind\":\"";
    const size_t json_size = sizeof json_lead - 1;
    if (size >= 7 + WORD_SIZE_MIN && memcmp(bytes + 1, "\x64kind", 5) == 0)
        return bytes + 7;
    if (size >= json_size + WORD_SIZE_MIN && memcmp(bytes, json_lead, json_size) == 0)
        return bytes + json_size;
    return NULL;
}

static inline bool
is_scalar_word(const char *word)
{
    switch (word[0]) {
    case 'I': /* Int */
    case 'F': /* Float */
    case 'B': /* Bool, BigInt */
    case 'N': /* None */
        return true;
    case 'C':
        return word[1] == 'h'; /* Char, not Cell */
    case 'S':
        return word[3] == 'i'; /* String, not Struct or Sequence */
    default:
        return false;
    }
}

bool
ct_value_is_scalar(const void *bytes, size_t size)
{
    const char *word = find_kind_word(bytes, size);
    return word != NULL && is_scalar_word(word);
}

/* Mostly there is not one S in a list of numbers: faster than memmem. hot */
static bool
has_struct_word(const char *bytes, size_t size)
{
    static const char word[] = "Struct";
    const char *end = bytes + size;
    const char *at = bytes;
    while ((at = memchr(at, word[0], (size_t)(end - at))) != NULL) {
        if ((size_t)(end - at) >= sizeof word - 1 && memcmp(at, word, sizeof word - 1) == 0)
            return true;
        at++;
    }
    return false;
}

/* hot */
bool
ct_value_may_hold_struct(const void *bytes, size_t size)
{
    const char *word = find_kind_word(bytes, size);
    if (word == NULL)
        return has_struct_word(bytes, size);
    if (memcmp(word, "Stru", 4) == 0)
        return true;
    /* Error, Cell; Raw, not Reference. */
    if (is_scalar_word(word) || word[0] == 'E' || word[0] == 'C' || memcmp(word, "Ra", 2) == 0)
        return false;
    return has_struct_word(bytes, size);
}

bool
ct_value_is_struct(const void *bytes, size_t size)
{
    const char *word = find_kind_word(bytes, size);
    return word != NULL && memcmp(word, "Stru", 4) == 0;
}
