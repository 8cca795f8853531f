/* Checks recording ids, character by character. See recording_id.h. */
#include "trace/recording_id.h"

#include <stddef.h>
#include <string.h>

/* x: a lower-case hexadecimal digit; v: the variant, 8 9 a b; others stand for themselves. */
static const char pattern[] = "xxxxxxxx-xxxx-7xxx-vxxx-xxxxxxxxxxxx";

static bool
match_character(char expected, char actual)
{
    if (expected == 'x')
        return (actual >= '0' && actual <= '9') || (actual >= 'a' && actual <= 'f');
    if (expected == 'v')
        return actual == '8' || actual == '9' || actual == 'a' || actual == 'b';
    return actual == expected;
}

bool
ct_recording_id_is_valid(const char *text)
{
    if (text == NULL || strlen(text) != CT_RECORDING_ID_SIZE)
        return false;
    for (size_t i = 0; i < CT_RECORDING_ID_SIZE; i++)
        if (!match_character(pattern[i], text[i]))
            return false;
    return true;
}
