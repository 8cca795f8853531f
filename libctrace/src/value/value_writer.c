/* The public value writer: the rules of nesting, over one of two encodings.
 *
 * levels[0] stands around the value itself: one value is expected there, nothing is written. */
#include "ctrace/value_writer.h"

#include "ctrace/text.h"
#include "value/value_encoding.h"

struct ct_value_writer {
    const struct ct_alloc *alloc;
    const struct ct_value_encoding *encoding;
    struct ct_buffer buffer;
    enum ct_status status; /* the first failure that is not the buffer's */
    unsigned depth;        /* levels open besides levels[0] */
    struct ct_value_level levels[CT_VALUE_DEPTH_MAX + 1];
};

static void
fail(struct ct_value_writer *writer, enum ct_status status)
{
    if (writer->status == CT_OK)
        writer->status = status;
}

/* Whether a value may stand here; accounts for it. hot */
static bool
admit_value(struct ct_value_writer *writer)
{
    if (writer->status != CT_OK)
        return false;
    struct ct_value_level *level = &writer->levels[writer->depth];
    if (writer->depth >= CT_VALUE_DEPTH_MAX) {
        fail(writer, CT_ERR_LIMIT);
        return false;
    }
    if (level->remaining == 0) {
        fail(writer, CT_ERR_STATE);
        return false;
    }
    if (level->remaining-- < level->count)
        writer->encoding->separate(&writer->buffer);
    return true;
}

static void
put_text(struct ct_value_writer *writer, enum ct_value_kind kind, const char *text, size_t size,
         uint64_t type_id)
{
    if (!ct_text_is_utf8(text, size))
        fail(writer, CT_ERR_FORMAT);
    if (admit_value(writer))
        writer->encoding->put_text(&writer->buffer, kind, text, size, type_id);
}

static void
begin_container(struct ct_value_writer *writer, const struct ct_value_level *level)
{
    if (!admit_value(writer))
        return;
    writer->encoding->begin(&writer->buffer, level);
    writer->levels[++writer->depth] = *level;
}

enum ct_status
ct_value_writer_new(enum ct_profile profile, const struct ct_alloc *alloc,
                    struct ct_value_writer **out_writer)
{
    if (alloc == NULL)
        alloc = ct_alloc_default();
    struct ct_value_writer *writer = ct_alloc_zeroed(alloc, 1, sizeof *writer);
    if (writer == NULL)
        return CT_ERR_MEMORY;
    writer->alloc = alloc;
    writer->encoding = profile == CT_PROFILE_JSON ? &ct_value_json : &ct_value_cbor;
    ct_buffer_init(&writer->buffer, alloc);
    ct_value_writer_reset(writer);
    *out_writer = writer;
    return CT_OK;
}

void
ct_value_writer_free(struct ct_value_writer *writer)
{
    if (writer == NULL)
        return;
    ct_buffer_release(&writer->buffer);
    ct_alloc_free(writer->alloc, writer);
}

void
ct_value_writer_reset(struct ct_value_writer *writer)
{
    ct_buffer_reset(&writer->buffer);
    writer->status = CT_OK;
    writer->depth = 0;
    writer->levels[0] = (struct ct_value_level){.count = 1, .remaining = 1};
}

enum ct_status
ct_value_writer_finish(struct ct_value_writer *writer, const uint8_t **out_bytes, size_t *out_size)
{
    CT_TRY(ct_buffer_status(&writer->buffer));
    CT_TRY(writer->status);
    if (writer->depth > 0 || writer->levels[0].remaining > 0)
        return CT_ERR_STATE;
    *out_bytes = writer->buffer.bytes;
    *out_size = writer->buffer.size;
    return CT_OK;
}

void
ct_value_put_int(struct ct_value_writer *writer, int64_t value, uint64_t type_id)
{
    if (admit_value(writer))
        writer->encoding->put_int(&writer->buffer, value, type_id);
}

void
ct_value_put_big_int(struct ct_value_writer *writer, const uint8_t *magnitude, size_t size,
                     bool negative, uint64_t type_id)
{
    if (admit_value(writer))
        writer->encoding->put_big_int(&writer->buffer, magnitude, size, negative, type_id,
                                      writer->depth == 0);
}

void
ct_value_put_float(struct ct_value_writer *writer, double value, uint64_t type_id)
{
    if (admit_value(writer))
        writer->encoding->put_float(&writer->buffer, value, type_id, writer->depth == 0);
}

void
ct_value_put_bool(struct ct_value_writer *writer, bool value, uint64_t type_id)
{
    if (admit_value(writer))
        writer->encoding->put_bool(&writer->buffer, value, type_id);
}

void
ct_value_put_string(struct ct_value_writer *writer, const char *text, size_t size, uint64_t type_id)
{
    put_text(writer, CT_VALUE_STRING, text, size, type_id);
}

void
ct_value_put_raw(struct ct_value_writer *writer, const char *text, size_t size, uint64_t type_id)
{
    put_text(writer, CT_VALUE_RAW, text, size, type_id);
}

void
ct_value_put_error(struct ct_value_writer *writer, const char *text, size_t size, uint64_t type_id)
{
    put_text(writer, CT_VALUE_ERROR, text, size, type_id);
}

void
ct_value_put_none(struct ct_value_writer *writer, uint64_t type_id)
{
    if (admit_value(writer))
        writer->encoding->put_none(&writer->buffer, type_id);
}

void
ct_value_begin_sequence(struct ct_value_writer *writer, size_t count, uint64_t type_id)
{
    begin_container(writer, &(struct ct_value_level){.kind = CT_VALUE_SEQUENCE,
                                                     .type_id = type_id,
                                                     .count = count,
                                                     .remaining = count});
}

void
ct_value_begin_tuple(struct ct_value_writer *writer, size_t count, uint64_t type_id)
{
    begin_container(writer, &(struct ct_value_level){.kind = CT_VALUE_TUPLE,
                                                     .type_id = type_id,
                                                     .count = count,
                                                     .remaining = count});
}

void
ct_value_begin_struct(struct ct_value_writer *writer, size_t count, uint64_t type_id)
{
    begin_container(writer, &(struct ct_value_level){.kind = CT_VALUE_STRUCT,
                                                     .type_id = type_id,
                                                     .count = count,
                                                     .remaining = count});
}

void
ct_value_begin_reference(struct ct_value_writer *writer, uint64_t address, uint64_t type_id)
{
    begin_container(writer, &(struct ct_value_level){.kind = CT_VALUE_REFERENCE,
                                                     .type_id = type_id,
                                                     .address = address,
                                                     .count = 1,
                                                     .remaining = 1});
}

void
ct_value_end(struct ct_value_writer *writer)
{
    if (writer->status != CT_OK)
        return;
    const struct ct_value_level *level = &writer->levels[writer->depth];
    if (writer->depth == 0 || level->remaining > 0) {
        fail(writer, CT_ERR_STATE);
        return;
    }
    writer->depth--;
    writer->encoding->end(&writer->buffer, level);
}
