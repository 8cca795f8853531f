/* Reads one CBOR item (the subset that traces hold) as items.
 *
 * Definite lengths, shortest integers, text keys, doubles; no tags. Text and bytes are borrowed
 * from the input, nothing is allocated. */
#ifndef CT_VALUE_CBOR_CURSOR_H
#define CT_VALUE_CBOR_CURSOR_H

#include "base/cursor.h"
#include "base/item.h"

struct ct_cbor_level {
    uint64_t remaining; /* items still to come; of a map keys and values */
    bool is_map;
};

struct ct_cbor_cursor {
    struct ct_item_source source; /* pass &cursor->source to decoders */
    struct ct_cursor bytes;
    unsigned depth;
    struct ct_cbor_level levels[CT_ITEM_DEPTH_MAX];
};

/* Borrows bytes and error. */
void ct_cbor_cursor_init(struct ct_cbor_cursor *cursor, const void *bytes, size_t size,
                         const char *file, struct ct_error *error);

#endif
