/* Chooses the cursor. See value_source.h. */
#include "trace/value_source.h"

struct ct_item_source *
ct_value_source_init(union ct_value_source *source, enum ct_trace_layout layout,
                     struct ct_arena *arena, const void *bytes, size_t size)
{
    if (layout == CT_TRACE_LAYOUT_JSON) {
        ct_json_cursor_init(&source->json, bytes, size, arena, "value", NULL);
        return &source->json.source;
    }
    ct_cbor_cursor_init(&source->cbor, bytes, size, "value", NULL);
    return &source->cbor.source;
}
