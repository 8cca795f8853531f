/* The items of an encoded value, in whichever encoding a trace's layout has.
 *
 * Used where values of a trace are decoded apart from its events. */
#ifndef CT_TRACE_VALUE_SOURCE_H
#define CT_TRACE_VALUE_SOURCE_H

#include "base/json_cursor.h"
#include "ctrace/trace_reader.h"
#include "value/cbor_cursor.h"

union ct_value_source {
    struct ct_cbor_cursor cbor;
    struct ct_json_cursor json;
};

/* Borrows bytes, arena and error; the result points into `source`. */
struct ct_item_source *ct_value_source_init(union ct_value_source *source,
                                            enum ct_trace_layout layout, struct ct_arena *arena,
                                            const void *bytes, size_t size);

#endif
