/* See snapshot_brief.h. */
#include "value/snapshot_brief.h"

#include "base/word.h"
#include "ctrace/text.h"
#include "value/float_text.h"
#include "value/snapshot_cursor.h"
#include "value/snapshot_text.h"

#include <inttypes.h>

#define TEXT_SIZE_MAX 80 /* bytes of one text within */

struct brief {
    const struct ct_snapshot_decoder *decoder;
    struct ct_cursor cursor;
    struct ct_buffer *scratch, *out;
};

static void
put_span(struct ct_buffer *out, struct ct_snapshot_span span)
{
    const size_t size = ct_text_prefix_size(span.text, span.size, TEXT_SIZE_MAX);
    for (size_t i = 0; i < size; i++) {
        const char byte = span.text[i];
        if ((unsigned char)byte < ' ')
            ct_buffer_put_format(out, byte == '\n' ? "\\n" : "\\x%02X", (unsigned char)byte);
        else
            ct_buffer_put_u8(out, (uint8_t)byte);
    }
    ct_buffer_put_text(out, size < span.size ? "…" : "");
}

static enum ct_status
put_name(struct brief *brief, uint32_t id)
{
    const struct ct_snapshot_source *source = &brief->decoder->source;
    const struct ct_snapshot_name *name = source->name_find(source->context, id);
    if (name == NULL)
        return CT_ERR_FORMAT;
    put_span(brief->out, (struct ct_snapshot_span){.text = name->text, .size = name->size});
    return CT_OK;
}

static enum ct_status
put_word(const struct ct_snapshot_decoder *decoder, uint64_t word, struct ct_buffer *out)
{
    const struct ct_snapshot_words *words = &decoder->words;
    char text[CT_FLOAT_TEXT_SIZE_MAX];
    if (word == words->nil || word == words->yes || word == words->no) {
        ct_buffer_put_text(out, word == words->nil ? "nil" : word == words->yes ? "true" : "false");
    } else if (ct_word_is_integer(word)) {
        ct_buffer_put_format(out, "%" PRId64, ct_word_integer(word));
    } else if (ct_word_is_float(word)) {
        ct_buffer_put(out, text, ct_float_text_encode(ct_word_float(word), text));
    } else {
        const struct ct_snapshot_name *name =
            ct_word_is_symbol(word)
                ? decoder->source.symbol_find(decoder->source.context, word)
                : NULL;
        if (name == NULL)
            return CT_ERR_FORMAT;
        ct_buffer_put_u8(out, ':');
        put_span(out, (struct ct_snapshot_span){.text = name->text, .size = name->size});
    }
    return CT_OK;
}

/* The magnitude in hexadecimal: one that is no word has seventeen digits and more. */
static enum ct_status
put_bigint(struct brief *brief)
{
    const bool is_negative = ct_cursor_get_u8(&brief->cursor) != 0;
    const uint32_t size = ct_snapshot_get_u32(&brief->cursor);
    const uint8_t *bytes = ct_cursor_get(&brief->cursor, size);
    CT_TRY(ct_cursor_status(&brief->cursor));
    ct_buffer_put_text(brief->out, is_negative ? "-0x" : "0x");
    for (uint32_t i = 0; i < size && i < TEXT_SIZE_MAX / 2; i++)
        ct_buffer_put_format(brief->out, "%02x", bytes[i]);
    ct_buffer_put_text(brief->out, size > TEXT_SIZE_MAX / 2 ? "…" : "");
    return CT_OK;
}

static enum ct_status
put_string(struct brief *brief, bool is_symbol)
{
    if (!is_symbol)
        (void)ct_snapshot_get_u32(&brief->cursor); /* its class */
    (void)ct_snapshot_get_u32(&brief->cursor);     /* its encoding */
    const uint64_t true_size = ct_snapshot_get_u64(&brief->cursor);
    const uint32_t size = ct_snapshot_get_u32(&brief->cursor);
    const uint8_t *bytes = ct_cursor_get(&brief->cursor, size);
    CT_TRY(ct_cursor_status(&brief->cursor));
    ct_buffer_put_text(brief->out, is_symbol ? ":\"" : "\"");
    put_span(brief->out, ct_snapshot_text_of_bytes(brief->scratch, bytes, size));
    ct_buffer_put_text(brief->out, true_size > size && size <= TEXT_SIZE_MAX ? "…\"" : "\"");
    return CT_OK;
}

/* Class and number of what is shown by these alone. */
static enum ct_status
put_object(struct brief *brief, uint32_t class_id, uint32_t identity, const uint32_t *note)
{
    ct_buffer_put_text(brief->out, "#<");
    CT_TRY(put_name(brief, class_id));
    if (identity != 0)
        ct_buffer_put_format(brief->out, " #%" PRIu32, identity);
    if (note != NULL) {
        ct_buffer_put_text(brief->out, " ");
        CT_TRY(put_name(brief, *note));
    }
    ct_buffer_put_text(brief->out, ">");
    return CT_OK;
}

static enum ct_status put_value(struct brief *brief, unsigned depth);

/* Passes over what has no more room. */
static enum ct_status
put_items(struct brief *brief, enum ct_snapshot_tag tag, unsigned depth)
{
    const uint32_t class_id = ct_snapshot_get_u32(&brief->cursor);
    const uint32_t identity = ct_snapshot_get_u32(&brief->cursor);
    const uint64_t true_count = ct_snapshot_get_u64(&brief->cursor);
    const uint32_t count = ct_snapshot_get_u32(&brief->cursor);
    CT_TRY(ct_cursor_status(&brief->cursor));
    if (tag == CT_SNAPSHOT_OBJECT) {
        CT_TRY(put_object(brief, class_id, identity, NULL));
        return ct_snapshot_skip_items(&brief->cursor, tag, count, depth + 1);
    }
    const uint32_t each = tag == CT_SNAPSHOT_HASH ? 2 : 1;
    uint32_t shown = 0;
    ct_buffer_put_text(brief->out, tag == CT_SNAPSHOT_HASH ? "{" : "[");
    for (; shown < count && brief->out->size < CT_SNAPSHOT_BRIEF_SIZE_MAX; shown++) {
        ct_buffer_put_text(brief->out, shown > 0 ? ", " : "");
        CT_TRY(put_value(brief, depth + 1));
        if (each == 2) {
            ct_buffer_put_text(brief->out, " => ");
            CT_TRY(put_value(brief, depth + 1));
        }
    }
    if (shown < true_count)
        ct_buffer_put_format(brief->out, "%s… %" PRIu64 " %s", shown > 0 ? ", " : "", true_count,
                             each == 2 ? "pairs" : "items");
    ct_buffer_put_text(brief->out, tag == CT_SNAPSHOT_HASH ? "}" : "]");
    return ct_snapshot_skip_items(&brief->cursor, tag, count - shown, depth + 1);
}

static enum ct_status
put_cut(struct brief *brief)
{
    const uint32_t class_id = ct_snapshot_get_u32(&brief->cursor);
    const uint32_t identity = ct_snapshot_get_u32(&brief->cursor);
    const uint64_t true_count = ct_snapshot_get_u64(&brief->cursor);
    (void)ct_cursor_get_u8(&brief->cursor); /* why */
    const struct ct_snapshot_source *source = &brief->decoder->source;
    const struct ct_snapshot_name *name = source->name_find(source->context, class_id);
    CT_TRY(ct_cursor_status(&brief->cursor));
    if (name == NULL)
        return CT_ERR_FORMAT;
    put_span(brief->out, ct_snapshot_text_of_cut(brief->scratch, name, identity, true_count));
    return CT_OK;
}

static enum ct_status
put_text(struct brief *brief)
{
    (void)ct_snapshot_get_u32(&brief->cursor);
    (void)ct_snapshot_get_u32(&brief->cursor);
    const uint32_t size = ct_snapshot_get_u32(&brief->cursor);
    const uint8_t *bytes = ct_cursor_get(&brief->cursor, size);
    CT_TRY(ct_cursor_status(&brief->cursor));
    put_span(brief->out, ct_snapshot_text_of_bytes(brief->scratch, bytes, size));
    return CT_OK;
}

static enum ct_status
put_absent(struct brief *brief)
{
    const uint32_t reason = ct_snapshot_get_u32(&brief->cursor);
    CT_TRY(ct_cursor_status(&brief->cursor));
    if (reason == CT_SNAPSHOT_REDACTED || reason == CT_SNAPSHOT_DROPPED) {
        put_span(brief->out, ct_snapshot_text_of_hidden(reason == CT_SNAPSHOT_DROPPED));
        return CT_OK;
    }
    ct_buffer_put_text(brief->out, "not captured: ");
    return put_name(brief, reason);
}

static enum ct_status
put_named(struct brief *brief, bool is_noted)
{
    const uint32_t class_id = ct_snapshot_get_u32(&brief->cursor);
    const uint32_t identity = ct_snapshot_get_u32(&brief->cursor);
    const uint32_t note = is_noted ? ct_snapshot_get_u32(&brief->cursor) : 0;
    CT_TRY(ct_cursor_status(&brief->cursor));
    return put_object(brief, class_id, identity, is_noted ? &note : NULL);
}

static enum ct_status
put_number(struct brief *brief, bool is_float)
{
    const uint64_t word = ct_snapshot_get_u64(&brief->cursor);
    char text[CT_FLOAT_TEXT_SIZE_MAX];
    double number;
    CT_TRY(ct_cursor_status(&brief->cursor));
    if (!is_float)
        return put_word(brief->decoder, word, brief->out);
    memcpy(&number, &word, sizeof number);
    ct_buffer_put(brief->out, text, ct_float_text_encode(number, text));
    return CT_OK;
}

static enum ct_status
put_value(struct brief *brief, unsigned depth)
{
    if (depth > CT_SNAPSHOT_DEPTH_MAX)
        return CT_ERR_FORMAT;
    const uint8_t tag = ct_cursor_get_u8(&brief->cursor);
    switch (tag) {
    case CT_SNAPSHOT_WORD:
    case CT_SNAPSHOT_FLOAT:
        return put_number(brief, tag == CT_SNAPSHOT_FLOAT);
    case CT_SNAPSHOT_BIGINT:
        return put_bigint(brief);
    case CT_SNAPSHOT_STRING:
    case CT_SNAPSHOT_SYMBOL:
        return put_string(brief, tag == CT_SNAPSHOT_SYMBOL);
    case CT_SNAPSHOT_ARRAY:
    case CT_SNAPSHOT_HASH:
    case CT_SNAPSHOT_OBJECT:
        return put_items(brief, (enum ct_snapshot_tag)tag, depth);
    case CT_SNAPSHOT_TEXT:
        return put_text(brief);
    case CT_SNAPSHOT_CUT:
        return put_cut(brief);
    case CT_SNAPSHOT_ABSENT:
        return put_absent(brief);
    case CT_SNAPSHOT_OPAQUE:
    case CT_SNAPSHOT_REF:
    case CT_SNAPSHOT_NOTED:
        return put_named(brief, tag == CT_SNAPSHOT_NOTED);
    default:
        return CT_ERR_FORMAT;
    }
}

enum ct_status
ct_snapshot_brief_word(const struct ct_snapshot_decoder *decoder, uint64_t word,
                       struct ct_buffer *out)
{
    ct_buffer_reset(out);
    CT_TRY(put_word(decoder, word, out));
    return ct_buffer_status(out);
}

enum ct_status
ct_snapshot_brief(const struct ct_snapshot_decoder *decoder, const void *bytes, size_t size,
                  struct ct_buffer *scratch, struct ct_buffer *out)
{
    struct brief brief = {.decoder = decoder, .scratch = scratch, .out = out};
    ct_buffer_reset(out);
    ct_cursor_init(&brief.cursor, bytes, size);
    CT_TRY(put_value(&brief, 0));
    if (ct_cursor_remaining(&brief.cursor) > 0)
        return CT_ERR_FORMAT;
    CT_TRY(ct_buffer_status(scratch));
    return ct_buffer_status(out);
}
