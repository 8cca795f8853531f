/* One value out of a run of items: what the value reader and the event readers share.
 *
 * The shape of each kind (its keys, which of them are required) is a table in value_decode.c. */
#ifndef CT_VALUE_VALUE_DECODE_H
#define CT_VALUE_VALUE_DECODE_H

#include "base/arena.h"
#include "base/item.h"
#include "ctrace/value_reader.h"

/* Decodes the next item of `source`, which must be a value, into `arena`. On failure the source is
 * spent. */
CT_MUST_CHECK enum ct_status ct_value_decode(struct ct_item_source *source, struct ct_arena *arena,
                                             const struct ct_value **out_value);

#endif
