/* See expression_name.h. */
#include "expression_name.h"

#include "value_filter.h"

#include <string.h>

#define LENGTH_MAX 80  /* characters, the mark included */
#define MARK       "…" /* at the end of what is cut */
#define MARK_SIZE  (sizeof MARK - 1)

static size_t
cut(char *name, size_t size)
{
    size_t length = 0, last = 0;
    for (size_t i = 0; i < size; i++) {
        if (((unsigned char)name[i] & 0xC0) == 0x80)
            continue;
        if (++length == LENGTH_MAX)
            last = i;
    }
    if (length <= LENGTH_MAX)
        return size;
    memcpy(name + last, MARK, MARK_SIZE);
    return last + MARK_SIZE;
}

size_t
rec_expression_name(const struct recorder *recorder, VALUE text,
                    char out_name[REC_EXPRESSION_NAME_ROOM])
{
    size_t size = (size_t)RSTRING_LEN(text);
    if (size > REC_EXPRESSION_NAME_ROOM - MARK_SIZE)
        size = REC_EXPRESSION_NAME_ROOM - MARK_SIZE;
    memcpy(out_name, RSTRING_PTR(text), size);
    rec_source_blank(recorder, out_name, size);
    return cut(out_name, size); /* not before: half a secret is not known for one */
}
