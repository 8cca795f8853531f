/* One item of a record: a key and the value that it stands for.
 *
 * Used by the capture files. Appended to recorder->record, on 8 bytes; an item without a size is a
 * word. */
#ifndef REC_ITEM_H
#define REC_ITEM_H

#include "assembly.h"
#include "draft.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct rec_ending;

/* A value that is always written, such as an argument; that it is hidden (`reason`
 * CT_SNAPSHOT_REDACTED, …); how a call was unwound. False: nothing to show, or no memory. */
bool rec_item_put(struct recorder *recorder, uint32_t key, VALUE value);
bool rec_item_put_hidden(struct recorder *recorder, uint32_t key, uint32_t reason);
bool rec_item_put_ending(struct recorder *recorder, const struct rec_ending *ending);

/* Item and copy of a heap value; `look` is NULL or holds. False when memory is short. */
bool rec_item_put_heap(struct recorder *recorder, uint32_t key, VALUE value,
                       const struct rec_look *look, uint64_t *out_fingerprint);

/* Whether it is a symbol that a word alone cannot tell; any other is defined for the writer. */
bool rec_item_is_marked_symbol(struct recorder *recorder, VALUE value);

/* There has to be room for a rec_word_item. hot */
static inline void
rec_item_put_word(struct rec_assembly *record, uint32_t key, VALUE value)
{
    record->size = (size_t)(rec_word_item_put(record->bytes + record->size, key, value) -
                            record->bytes);
}

#endif
