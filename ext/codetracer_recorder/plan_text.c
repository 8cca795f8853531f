/* See plan_text.h. */
#include "plan_text.h"

#include "value_filter.h"

#include <string.h>

#define MARK      "…" /* at the end of what is cut */
#define MARK_SIZE (sizeof MARK - 1)

static size_t
cut(char *text, size_t size, size_t length_max)
{
    size_t length = 0, last = 0;
    for (size_t i = 0; i < size; i++) {
        if (((unsigned char)text[i] & 0xC0) == 0x80)
            continue;
        if (++length == length_max)
            last = i;
    }
    if (length <= length_max)
        return size;
    memcpy(text + last, MARK, MARK_SIZE);
    return last + MARK_SIZE;
}

size_t
rec_plan_text(const struct recorder *recorder, VALUE text, size_t length_max,
              char out_text[REC_PLAN_TEXT_ROOM])
{
    size_t size = (size_t)RSTRING_LEN(text);
    if (size > REC_PLAN_TEXT_ROOM - MARK_SIZE)
        size = REC_PLAN_TEXT_ROOM - MARK_SIZE;
    memcpy(out_text, RSTRING_PTR(text), size);
    rec_source_blank(recorder, out_text, size);
    return cut(out_text, size, length_max);
}
