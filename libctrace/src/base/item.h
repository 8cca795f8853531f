/* Items: what a nested encoding consists of, one at a time, the same for CBOR and for JSON.
 *
 * The decoders of values, types and events pull items, so that each is written once for both
 * encodings. A source checks its own grammar: keys are text, containers close, nesting is bounded
 * by CT_ITEM_DEPTH_MAX. A container's items end with CT_ITEM_END; a map gives key, item, key,
 * item. */
#ifndef CT_BASE_ITEM_H
#define CT_BASE_ITEM_H

#include "ctrace/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A value of the deepest nesting takes two levels (its map, its list) a level, an event a few
 * more. */
#define CT_ITEM_DEPTH_MAX 96

enum ct_item_kind {
    CT_ITEM_END,
    CT_ITEM_INTEGER,
    CT_ITEM_FLOAT,
    CT_ITEM_TEXT,
    CT_ITEM_BYTES,
    CT_ITEM_BOOL,
    CT_ITEM_NULL,
    CT_ITEM_ARRAY,
    CT_ITEM_MAP
};

struct ct_item {
    enum ct_item_kind kind;
    bool flag;          /* BOOL: the value; INTEGER: negative, the value is -1 - magnitude */
    uint64_t magnitude; /* INTEGER */
    double number;      /* FLOAT */
    const char *text;   /* TEXT: UTF-8; BYTES. Borrowed as long as the source's input and arena */
    size_t size;        /* bytes of text */
    size_t offset;      /* in the source's input */
};

struct ct_item_source {
    /* CT_ERR_FORMAT, CT_ERR_LIMIT (nesting) fill `error`; CT_ERR_MEMORY. Not to be called after a
     * failure, nor after the outermost item is complete. */
    enum ct_status (*next)(struct ct_item_source *source, struct ct_item *out_item);
    /* CT_OK when nothing follows the outermost item. */
    enum ct_status (*finish)(struct ct_item_source *source);
    struct ct_error *error; /* borrowed; may be NULL */
    const char *file;       /* for the error */
    const char *input;
    size_t consumed; /* bytes of it that the items so far took */
};

CT_MUST_CHECK enum ct_status ct_item_next(struct ct_item_source *source, struct ct_item *out_item);
/* The next item, which must be of `kind`; `what` names it in the error. */
CT_MUST_CHECK enum ct_status ct_item_require(struct ct_item_source *source, enum ct_item_kind kind,
                                             const char *what, struct ct_item *out_item);
/* Passes over what `item` opened; nothing to do for a leaf. */
CT_MUST_CHECK enum ct_status ct_item_skip(struct ct_item_source *source,
                                          const struct ct_item *item);

/* Inline, so that the size of a constant `text` is one, too. */
static inline bool
ct_item_is_text(const struct ct_item *item, const char *text)
{
    const size_t size = strlen(text);
    return item->kind == CT_ITEM_TEXT && item->size == size && memcmp(item->text, text, size) == 0;
}
/* Whether it is an integer of that range, and which. */
bool ct_item_i64(const struct ct_item *item, int64_t *out_value);
bool ct_item_u64(const struct ct_item *item, uint64_t *out_value);

/* Refuses `item` with a sentence. */
CT_MUST_CHECK enum ct_status ct_item_refuse(struct ct_item_source *source,
                                            const struct ct_item *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
