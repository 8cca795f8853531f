/* The public value reader: one arena, one decode at a time. See ctrace/value_reader.h. */
#include "ctrace/value_reader.h"

#include "base/json_cursor.h"
#include "value/cbor_cursor.h"
#include "value/value_decode.h"

struct ct_value_reader {
    const struct ct_alloc *alloc;
    struct ct_arena arena;
};

enum ct_status
ct_value_reader_new(const struct ct_alloc *alloc, struct ct_value_reader **out_reader)
{
    if (alloc == NULL)
        alloc = ct_alloc_default();
    struct ct_value_reader *reader = ct_alloc_zeroed(alloc, 1, sizeof *reader);
    if (reader == NULL)
        return CT_ERR_MEMORY;
    reader->alloc = alloc;
    ct_arena_init(&reader->arena, alloc);
    *out_reader = reader;
    return CT_OK;
}

void
ct_value_reader_free(struct ct_value_reader *reader)
{
    if (reader == NULL)
        return;
    ct_arena_release(&reader->arena);
    ct_alloc_free(reader->alloc, reader);
}

enum ct_status
ct_value_reader_decode(struct ct_value_reader *reader, enum ct_profile profile, const void *bytes,
                       size_t size, const struct ct_value **out_value, struct ct_error *error)
{
    struct ct_cbor_cursor cbor;
    struct ct_json_cursor json;
    struct ct_item_source *source = &cbor.source;
    ct_arena_reset(&reader->arena);
    if (profile == CT_PROFILE_JSON) {
        ct_json_cursor_init(&json, bytes, size, &reader->arena, "value", error);
        source = &json.source;
    } else {
        ct_cbor_cursor_init(&cbor, bytes, size, "value", error);
    }
    const struct ct_value *value;
    CT_TRY(ct_value_decode(source, &reader->arena, &value));
    CT_TRY(source->finish(source));
    *out_value = value;
    return CT_OK;
}
