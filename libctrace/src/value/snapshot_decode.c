/* See snapshot_decode.h. One dispatcher on the tag, one function per kind of value. */
#include "value/snapshot_decode.h"

#include "base/word.h"
#include "value/snapshot_cursor.h"
#include "value/snapshot_text.h"

#include <string.h>

/* A node's place in its tree: how deep it lies in the snapshot, and in the value that is written.
 * They differ because a pair and a reference are levels of their own in the value. */
struct place {
    unsigned depth;
    unsigned level;
};

/* tag's common start: class and identity. */
struct node {
    uint32_t class_id;
    uint32_t identity;
    const struct ct_snapshot_name *name; /* of the class */
};

/* What ARRAY, HASH and OBJECT add to it. */
struct collection {
    struct node node;
    uint64_t true_count;
    uint32_t count;
};

/* ---- reading ---- */

static enum ct_status
find_name(struct ct_snapshot_decoder *decoder, uint32_t name_id,
          const struct ct_snapshot_name **out_name)
{
    *out_name = decoder->source.name_find(decoder->source.context, name_id);
    return *out_name == NULL ? CT_ERR_FORMAT : CT_OK;
}

static enum ct_status
get_node(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor, struct node *out_node)
{
    out_node->class_id = ct_snapshot_get_u32(cursor);
    out_node->identity = ct_snapshot_get_u32(cursor);
    CT_TRY(ct_cursor_status(cursor));
    return find_name(decoder, out_node->class_id, &out_node->name);
}

static enum ct_status
get_collection(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor,
               struct collection *out_collection)
{
    CT_TRY(get_node(decoder, cursor, &out_collection->node));
    out_collection->true_count = ct_snapshot_get_u64(cursor);
    out_collection->count = ct_snapshot_get_u32(cursor);
    CT_TRY(ct_cursor_status(cursor));
    /* An element takes a byte at least: a count beyond that is damage, found before it is written.
     */
    if (out_collection->count > out_collection->true_count ||
        out_collection->count > ct_cursor_remaining(cursor))
        return CT_ERR_FORMAT;
    return CT_OK;
}

static enum ct_status
get_string(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor,
           struct ct_snapshot_string *out_string)
{
    uint32_t encoding = ct_snapshot_get_u32(cursor);
    out_string->true_size = ct_snapshot_get_u64(cursor);
    out_string->size = ct_snapshot_get_u32(cursor);
    out_string->bytes = ct_cursor_get(cursor, out_string->size);
    out_string->encoding = NULL;
    CT_TRY(ct_cursor_status(cursor));
    if (out_string->true_size < out_string->size)
        return CT_ERR_FORMAT;
    if (encoding == CT_SNAPSHOT_NO_ENCODING)
        return CT_OK;
    return find_name(decoder, encoding, &out_string->encoding);
}

/* Collects the name ids of an object's fields, which stand between its values, while its type needs
 * all of them first; `cursor` is a copy. */
static enum ct_status
collect_fields(struct ct_snapshot_decoder *decoder, struct ct_cursor cursor, uint32_t count,
               unsigned depth)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t name_id = ct_snapshot_get_u32(&cursor);
        ct_buffer_put(&decoder->field_ids, &name_id, sizeof name_id);
        CT_TRY(ct_snapshot_skip(&cursor, depth + 1));
    }
    return ct_buffer_status(&decoder->field_ids);
}

/* ---- leaves ---- */

static enum ct_status
put_int(struct ct_snapshot_decoder *decoder, int64_t number, enum ct_snapshot_type type)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, type, &type_id));
    ct_value_put_int(decoder->writer, number, type_id);
    return CT_OK;
}

static enum ct_status
put_float(struct ct_snapshot_decoder *decoder, double number)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, CT_SNAPSHOT_TYPE_FLOAT, &type_id));
    ct_value_put_float(decoder->writer, number, type_id);
    return CT_OK;
}

static enum ct_status
put_nil(struct ct_snapshot_decoder *decoder)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, CT_SNAPSHOT_TYPE_NIL, &type_id));
    ct_value_put_none(decoder->writer, type_id);
    return CT_OK;
}

static enum ct_status
put_bool(struct ct_snapshot_decoder *decoder, bool value)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, CT_SNAPSHOT_TYPE_BOOL, &type_id));
    ct_value_put_bool(decoder->writer, value, type_id);
    return CT_OK;
}

static enum ct_status
put_symbol_text(struct ct_snapshot_decoder *decoder, struct ct_snapshot_span span)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, CT_SNAPSHOT_TYPE_SYMBOL, &type_id));
    ct_value_put_string(decoder->writer, span.text, span.size, type_id);
    return CT_OK;
}

static enum ct_status
put_symbol_word(struct ct_snapshot_decoder *decoder, uint64_t word)
{
    const struct ct_snapshot_name *name =
        decoder->source.symbol_find(decoder->source.context, word);
    if (name == NULL)
        return CT_ERR_FORMAT;
    struct ct_snapshot_span span = {.text = name->text, .size = name->size};
    if (name->is_escaped)
        span = ct_snapshot_text_of_escaped(&decoder->text, name);
    return put_symbol_text(decoder, span);
}

/* hot */
static enum ct_status
put_word(struct ct_snapshot_decoder *decoder, uint64_t word)
{
    if (ct_word_is_integer(word))
        return put_int(decoder, ct_word_integer(word), CT_SNAPSHOT_TYPE_INTEGER);
    if (word == decoder->words.nil)
        return put_nil(decoder);
    if (word == decoder->words.yes || word == decoder->words.no)
        return put_bool(decoder, word == decoder->words.yes);
    if (ct_word_is_float(word))
        return put_float(decoder, ct_word_float(word));
    if (ct_word_is_symbol(word))
        return put_symbol_word(decoder, word);
    return CT_ERR_FORMAT;
}

static enum ct_status
put_raw(struct ct_snapshot_decoder *decoder, uint32_t class_id, struct ct_snapshot_span span)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_of_class(&decoder->types, CT_TYPE_RAW, class_id, &type_id));
    ct_value_put_raw(decoder->writer, span.text, span.size, type_id);
    return CT_OK;
}

static enum ct_status
put_error(struct ct_snapshot_decoder *decoder, enum ct_snapshot_type type,
          struct ct_snapshot_span span)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, type, &type_id));
    ct_value_put_error(decoder->writer, span.text, span.size, type_id);
    return CT_OK;
}

static enum ct_status
decode_word(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    uint64_t word = ct_snapshot_get_u64(cursor);
    CT_TRY(ct_cursor_status(cursor));
    return put_word(decoder, word);
}

static enum ct_status
decode_float(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    uint64_t bits = ct_snapshot_get_u64(cursor);
    double number;
    memcpy(&number, &bits, sizeof number);
    CT_TRY(ct_cursor_status(cursor));
    return put_float(decoder, number);
}

/* Whether the number fits in 64 bits with a sign, and which it is. */
static bool
fits_int64(const uint8_t *magnitude, size_t size, bool is_negative, int64_t *out_number)
{
    uint64_t bits = 0;
    if (size > sizeof bits)
        return false;
    for (size_t i = 0; i < size; i++)
        bits = bits << 8 | magnitude[i];
    if (bits > (uint64_t)INT64_MAX + is_negative)
        return false;
    if (!is_negative)
        *out_number = (int64_t)bits;
    else
        *out_number = bits == 0 ? 0 : -(int64_t)(bits - 1) - 1; /* no step leaves int64 */
    return true;
}

static enum ct_status
decode_bigint(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    bool is_negative = ct_cursor_get_u8(cursor) != 0;
    size_t size = ct_snapshot_get_u32(cursor);
    const uint8_t *magnitude = ct_cursor_get(cursor, size);
    CT_TRY(ct_cursor_status(cursor));
    if (size > CT_SNAPSHOT_BIGINT_SIZE_MAX)
        return CT_ERR_FORMAT;
    for (; size > 0 && magnitude[0] == 0; size--)
        magnitude++;
    int64_t number;
    if (fits_int64(magnitude, size, is_negative, &number))
        return put_int(decoder, number, CT_SNAPSHOT_TYPE_INTEGER);
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, CT_SNAPSHOT_TYPE_INTEGER, &type_id));
    ct_value_put_big_int(decoder->writer, magnitude, size, is_negative, type_id);
    return CT_OK;
}

static enum ct_status
decode_string(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    struct ct_snapshot_string string;
    uint32_t class_id = ct_snapshot_get_u32(cursor);
    CT_TRY(get_string(decoder, cursor, &string));
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_of_class(&decoder->types, CT_TYPE_STRING, class_id, &type_id));
    struct ct_snapshot_span span = ct_snapshot_text_of_string(&decoder->text, &string);
    ct_value_put_string(decoder->writer, span.text, span.size, type_id);
    return CT_OK;
}

static enum ct_status
decode_symbol(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    struct ct_snapshot_string string;
    CT_TRY(get_string(decoder, cursor, &string));
    return put_symbol_text(decoder, ct_snapshot_text_of_string(&decoder->text, &string));
}

/* OPAQUE, REF and NOTED */
static enum ct_status
decode_object_mark(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor, bool is_noted)
{
    struct node node;
    const struct ct_snapshot_name *note = NULL;
    CT_TRY(get_node(decoder, cursor, &node));
    if (is_noted)
        CT_TRY(find_name(decoder, ct_snapshot_get_u32(cursor), &note));
    CT_TRY(ct_cursor_status(cursor));
    return put_raw(decoder, node.class_id,
                   ct_snapshot_text_of_object(&decoder->text, node.name, node.identity, note));
}

static enum ct_status
decode_text(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    struct node node;
    CT_TRY(get_node(decoder, cursor, &node));
    size_t size = ct_snapshot_get_u32(cursor);
    const uint8_t *bytes = ct_cursor_get(cursor, size);
    CT_TRY(ct_cursor_status(cursor));
    return put_raw(decoder, node.class_id, ct_snapshot_text_of_bytes(&decoder->text, bytes, size));
}

static enum ct_status
put_cut(struct ct_snapshot_decoder *decoder, const struct node *node, uint64_t true_count)
{
    return put_raw(decoder, node->class_id,
                   ct_snapshot_text_of_cut(&decoder->text, node->name, node->identity, true_count));
}

static enum ct_status
decode_cut(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    struct node node;
    CT_TRY(get_node(decoder, cursor, &node));
    uint64_t true_count = ct_snapshot_get_u64(cursor);
    (void)ct_cursor_get_u8(cursor); /* the reason: both are shown alike */
    CT_TRY(ct_cursor_status(cursor));
    return put_cut(decoder, &node, true_count);
}

static enum ct_status
decode_absent(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    const struct ct_snapshot_name *reason;
    uint32_t reason_id = ct_snapshot_get_u32(cursor);
    CT_TRY(ct_cursor_status(cursor));
    if (reason_id == CT_SNAPSHOT_REDACTED)
        return put_error(decoder, CT_SNAPSHOT_TYPE_REDACTED, ct_snapshot_text_of_hidden(false));
    if (reason_id == CT_SNAPSHOT_DROPPED)
        return put_error(decoder, CT_SNAPSHOT_TYPE_DROPPED, ct_snapshot_text_of_hidden(true));
    CT_TRY(find_name(decoder, reason_id, &reason));
    return put_error(decoder, CT_SNAPSHOT_TYPE_ABSENT,
                     ct_snapshot_text_of_absent(&decoder->text, reason));
}

/* ---- collections ---- */

static enum ct_status decode_value(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor,
                                   struct place place);

/* A value whose children would lie deeper than a reader goes is shown as if the producer had cut
 * it. */
static bool
is_too_deep(unsigned child_level)
{
    return child_level >= CT_VALUE_DEPTH_MAX;
}

static enum ct_status
skip_as_cut(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor,
            const struct collection *collection, enum ct_snapshot_tag tag, unsigned depth)
{
    CT_TRY(ct_snapshot_skip_items(cursor, tag, collection->count, depth));
    return put_cut(decoder, &collection->node, collection->true_count);
}

static enum ct_status
put_rest(struct ct_snapshot_decoder *decoder, const char *prefix,
         const struct collection *collection)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, CT_SNAPSHOT_TYPE_CUT, &type_id));
    struct ct_snapshot_span span =
        ct_snapshot_text_of_rest(&decoder->text, prefix, collection->count, collection->true_count);
    ct_value_put_raw(decoder->writer, span.text, span.size, type_id);
    return CT_OK;
}

static enum ct_status
decode_pair(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor, struct place place)
{
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_fixed(&decoder->types, CT_SNAPSHOT_TYPE_PAIR, &type_id));
    ct_value_begin_tuple(decoder->writer, 2, type_id);
    CT_TRY(decode_value(decoder, cursor, place));
    CT_TRY(decode_value(decoder, cursor, place));
    ct_value_end(decoder->writer);
    return CT_OK;
}

/* The Sequence that an ARRAY or HASH is; `place` is that of its elements. */
static enum ct_status
decode_elements(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor,
                const struct collection *collection, bool is_hash, struct place place)
{
    bool is_cut = collection->true_count > collection->count;
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_of_class(&decoder->types, CT_TYPE_SEQ, collection->node.class_id,
                                     &type_id));
    ct_value_begin_sequence(decoder->writer, (size_t)collection->count + is_cut, type_id);
    for (uint32_t i = 0; i < collection->count; i++) {
        if (is_hash)
            CT_TRY(decode_pair(decoder, cursor, place));
        else
            CT_TRY(decode_value(decoder, cursor, place));
    }
    if (is_cut)
        CT_TRY(put_rest(decoder, "… ", collection));
    ct_value_end(decoder->writer);
    return CT_OK;
}

static enum ct_status
decode_list(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor, bool is_hash,
            struct place place)
{
    struct collection collection;
    CT_TRY(get_collection(decoder, cursor, &collection));
    const struct node *node = &collection.node;
    struct place below = {.depth = place.depth + 1, .level = place.level + 1};
    below.level += (node->identity != 0) + is_hash;
    if (is_too_deep(below.level))
        return skip_as_cut(decoder, cursor, &collection,
                           is_hash ? CT_SNAPSHOT_HASH : CT_SNAPSHOT_ARRAY, below.depth);
    if (node->identity == 0)
        return decode_elements(decoder, cursor, &collection, is_hash, below);
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_of_class(&decoder->types, CT_TYPE_REF, node->class_id, &type_id));
    ct_value_begin_reference(decoder->writer, node->identity, type_id);
    CT_TRY(decode_elements(decoder, cursor, &collection, is_hash, below));
    ct_value_end(decoder->writer);
    return CT_OK;
}

/* The type of an object: its class and the names of its fields, which are collected ahead. */
static enum ct_status
find_object_type(struct ct_snapshot_decoder *decoder, const struct ct_cursor *cursor,
                 const struct collection *collection, unsigned depth, uint64_t *out_type_id)
{
    /* The ids are used up before a field that is an object itself collects its own. */
    ct_buffer_reset(&decoder->field_ids);
    CT_TRY(collect_fields(decoder, *cursor, collection->count, depth));
    const struct ct_snapshot_shape shape = {
        .class_id = collection->node.class_id,
        .has_identity = collection->node.identity != 0,
        .is_cut = collection->true_count > collection->count,
        .field_ids = (const uint32_t *)(const void *)decoder->field_ids.bytes,
        .field_count = collection->count,
    };
    return ct_snapshot_type_of_shape(&decoder->types, &shape, out_type_id);
}

static enum ct_status
decode_object(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor, struct place place)
{
    struct collection collection;
    CT_TRY(get_collection(decoder, cursor, &collection));
    struct place below = {.depth = place.depth + 1, .level = place.level + 1};
    if (is_too_deep(below.level))
        return skip_as_cut(decoder, cursor, &collection, CT_SNAPSHOT_OBJECT, below.depth);
    bool has_identity = collection.node.identity != 0;
    bool is_cut = collection.true_count > collection.count;
    uint64_t type_id;
    CT_TRY(find_object_type(decoder, cursor, &collection, place.depth, &type_id));
    ct_value_begin_struct(decoder->writer, (size_t)collection.count + has_identity + is_cut,
                          type_id);
    if (has_identity)
        CT_TRY(put_int(decoder, collection.node.identity, CT_SNAPSHOT_TYPE_IDENTITY));
    for (uint32_t i = 0; i < collection.count; i++) {
        (void)ct_snapshot_get_u32(cursor);
        CT_TRY(decode_value(decoder, cursor, below));
    }
    if (is_cut)
        CT_TRY(put_rest(decoder, "", &collection));
    ct_value_end(decoder->writer);
    return CT_OK;
}

static enum ct_status
decode_value(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor, struct place place)
{
    if (place.depth > CT_SNAPSHOT_DEPTH_MAX)
        return CT_ERR_FORMAT;
    switch (ct_cursor_get_u8(cursor)) {
    case CT_SNAPSHOT_WORD:
        return decode_word(decoder, cursor);
    case CT_SNAPSHOT_FLOAT:
        return decode_float(decoder, cursor);
    case CT_SNAPSHOT_BIGINT:
        return decode_bigint(decoder, cursor);
    case CT_SNAPSHOT_STRING:
        return decode_string(decoder, cursor);
    case CT_SNAPSHOT_SYMBOL:
        return decode_symbol(decoder, cursor);
    case CT_SNAPSHOT_ARRAY:
        return decode_list(decoder, cursor, false, place);
    case CT_SNAPSHOT_HASH:
        return decode_list(decoder, cursor, true, place);
    case CT_SNAPSHOT_OBJECT:
        return decode_object(decoder, cursor, place);
    case CT_SNAPSHOT_OPAQUE:
    case CT_SNAPSHOT_REF:
        return decode_object_mark(decoder, cursor, false);
    case CT_SNAPSHOT_NOTED:
        return decode_object_mark(decoder, cursor, true);
    case CT_SNAPSHOT_TEXT:
        return decode_text(decoder, cursor);
    case CT_SNAPSHOT_CUT:
        return decode_cut(decoder, cursor);
    case CT_SNAPSHOT_ABSENT:
        return decode_absent(decoder, cursor);
    default:
        return CT_ERR_FORMAT;
    }
}

/* ---- whole values ---- */

void
ct_snapshot_decoder_init(struct ct_snapshot_decoder *decoder,
                         const struct ct_snapshot_source *source, struct ct_value_writer *writer,
                         const struct ct_alloc *alloc)
{
    *decoder = (struct ct_snapshot_decoder){.source = *source, .writer = writer};
    ct_snapshot_types_init(&decoder->types, &decoder->source, alloc);
    ct_snapshot_cache_init(&decoder->cache, alloc);
    ct_buffer_init(&decoder->text, alloc);
    ct_buffer_init(&decoder->field_ids, alloc);
}

void
ct_snapshot_decoder_release(struct ct_snapshot_decoder *decoder)
{
    ct_snapshot_types_release(&decoder->types);
    ct_snapshot_cache_release(&decoder->cache);
    ct_buffer_release(&decoder->text);
    ct_buffer_release(&decoder->field_ids);
}

/* The writer gets text of ours only, so what it refuses is a failure of memory or nesting. */
static enum ct_status
finish_value(struct ct_snapshot_decoder *decoder, enum ct_status status,
             struct ct_snapshot_value *out_value)
{
    CT_TRY(status);
    CT_TRY(ct_buffer_status(&decoder->text));
    return ct_value_writer_finish(decoder->writer, &out_value->bytes, &out_value->size);
}

enum ct_status
ct_snapshot_encode_word(struct ct_snapshot_decoder *decoder, uint64_t word,
                        struct ct_snapshot_value *out_value)
{
    ct_value_writer_reset(decoder->writer);
    return finish_value(decoder, put_word(decoder, word), out_value);
}

enum ct_status
ct_snapshot_encode(struct ct_snapshot_decoder *decoder, const void *bytes, size_t size,
                   struct ct_snapshot_value *out_value)
{
    struct ct_cursor cursor;
    const uint32_t scope = decoder->types.scope;
    if (ct_snapshot_cache_find(&decoder->cache, scope, bytes, size, out_value))
        return CT_OK;
    ct_cursor_init(&cursor, bytes, size);
    ct_value_writer_reset(decoder->writer);
    enum ct_status status = decode_value(decoder, &cursor, (struct place){0});
    if (status == CT_OK && ct_cursor_remaining(&cursor) > 0)
        status = CT_ERR_FORMAT;
    CT_TRY(finish_value(decoder, status, out_value));
    return ct_snapshot_cache_put(&decoder->cache, scope, bytes, size, out_value);
}

static enum ct_status
decode_unwound(struct ct_snapshot_decoder *decoder, struct ct_cursor *cursor)
{
    struct node node;
    CT_TRY(get_node(decoder, cursor, &node));
    size_t size = ct_snapshot_get_u32(cursor);
    const uint8_t *bytes = ct_cursor_get(cursor, size);
    CT_TRY(ct_cursor_status(cursor));
    if (ct_cursor_remaining(cursor) > 0)
        return CT_ERR_FORMAT;
    uint64_t type_id;
    CT_TRY(ct_snapshot_type_of_class(&decoder->types, CT_TYPE_ERROR, node.class_id, &type_id));
    struct ct_snapshot_span span = ct_snapshot_text_of_bytes(&decoder->text, bytes, size);
    ct_value_put_error(decoder->writer, span.text, span.size, type_id);
    return CT_OK;
}

enum ct_status
ct_snapshot_encode_unwound(struct ct_snapshot_decoder *decoder, const void *bytes, size_t size,
                           struct ct_snapshot_value *out_value)
{
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, bytes, size);
    if (ct_cursor_get_u8(&cursor) != CT_SNAPSHOT_TEXT)
        return ct_snapshot_encode(decoder, bytes, size, out_value);
    ct_value_writer_reset(decoder->writer);
    return finish_value(decoder, decode_unwound(decoder, &cursor), out_value);
}

enum ct_status
ct_snapshot_encode_error(struct ct_snapshot_decoder *decoder, enum ct_snapshot_type type,
                         const char *text, struct ct_snapshot_value *out_value)
{
    struct ct_snapshot_span span = {.text = text, .size = strlen(text)};
    ct_value_writer_reset(decoder->writer);
    return finish_value(decoder, put_error(decoder, type, span), out_value);
}

enum ct_status
ct_snapshot_encode_nil(struct ct_snapshot_decoder *decoder, struct ct_snapshot_value *out_value)
{
    ct_value_writer_reset(decoder->writer);
    return finish_value(decoder, put_nil(decoder), out_value);
}
