/* What is common to all sources of items: skipping, ranges, refusals. See item.h. */
#include "base/item.h"

#include <stdarg.h>
#include <stdio.h>

enum ct_status
ct_item_next(struct ct_item_source *source, struct ct_item *out_item)
{
    return source->next(source, out_item);
}

enum ct_status
ct_item_refuse(struct ct_item_source *source, const struct ct_item *item, const char *format, ...)
{
    char sentence[CT_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return ct_error_put(source->error, CT_ERR_FORMAT, source->file, item->offset, "%s", sentence);
}

enum ct_status
ct_item_require(struct ct_item_source *source, enum ct_item_kind kind, const char *what,
                struct ct_item *out_item)
{
    CT_TRY(ct_item_next(source, out_item));
    if (out_item->kind != kind)
        return ct_item_refuse(source, out_item, "%s is not what is expected there", what);
    return CT_OK;
}

enum ct_status
ct_item_skip(struct ct_item_source *source, const struct ct_item *item)
{
    if (item->kind != CT_ITEM_ARRAY && item->kind != CT_ITEM_MAP)
        return CT_OK;
    for (unsigned depth = 1; depth > 0;) {
        struct ct_item inner;
        CT_TRY(ct_item_next(source, &inner));
        if (inner.kind == CT_ITEM_ARRAY || inner.kind == CT_ITEM_MAP)
            depth++;
        else if (inner.kind == CT_ITEM_END)
            depth--;
    }
    return CT_OK;
}

bool
ct_item_i64(const struct ct_item *item, int64_t *out_value)
{
    if (item->kind != CT_ITEM_INTEGER || item->magnitude > INT64_MAX)
        return false;
    const int64_t magnitude = (int64_t)item->magnitude;
    *out_value = item->flag ? -1 - magnitude : magnitude;
    return true;
}

bool
ct_item_u64(const struct ct_item *item, uint64_t *out_value)
{
    if (item->kind != CT_ITEM_INTEGER || item->flag)
        return false;
    *out_value = item->magnitude;
    return true;
}
