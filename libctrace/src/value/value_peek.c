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

/* hot */
bool
ct_value_is_scalar(const void *bytes, size_t size)
{
    const char *word = find_kind_word(bytes, size);
    /* Int, Float, Bool and BigInt, None; Char, not Cell; String. */
    return word != NULL && (strchr("IFBN", word[0]) != NULL || memcmp(word, "Ch", 2) == 0 ||
                            memcmp(word, "Stri", 4) == 0);
}

/* hot */
bool
ct_value_may_hold_struct(const void *bytes, size_t size)
{
    const char *word = find_kind_word(bytes, size);
    /* Int, Float, Bool and BigInt, None, Error, Char and Cell; Raw, not Reference; String. */
    if (word != NULL && (strchr("IFBNEC", word[0]) != NULL || memcmp(word, "Ra", 2) == 0 ||
                         memcmp(word, "Stri", 4) == 0))
        return false;
    return memmem(bytes, size, "Struct", 6) != NULL;
}
