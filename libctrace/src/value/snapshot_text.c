/* See snapshot_text.h. */
#include "value/snapshot_text.h"

#include "ctrace/text.h"
#include "value/json_put.h"

#include <string.h>

static struct ct_snapshot_span
finish(const struct ct_buffer *buffer)
{
    return (struct ct_snapshot_span){.text = (const char *)buffer->bytes, .size = buffer->size};
}

/* A failed buffer keeps its failure, which the caller asks for once at the end of a value. */
static void
put_escaped(struct ct_buffer *buffer, const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return;
    char *room = (char *)ct_buffer_reserve(buffer, 4 * size);
    if (room != NULL)
        buffer->size += ct_text_escape(bytes, size, room);
}

static void
put_name(struct ct_buffer *buffer, const struct ct_snapshot_name *name)
{
    ct_buffer_put(buffer, name->text, name->size);
}

/* Not by printf, which takes longer than the rest of the value. */
static void
put_counted(struct ct_buffer *buffer, const char *before, uint64_t count, const char *behind)
{
    ct_buffer_put_text(buffer, before);
    ct_json_put_u64(buffer, count);
    ct_buffer_put_text(buffer, behind);
}

struct ct_snapshot_span
ct_snapshot_text_of_bytes(struct ct_buffer *buffer, const uint8_t *bytes, size_t size)
{
    if (ct_text_is_utf8(bytes, size))
        return (struct ct_snapshot_span){.text = (const char *)bytes, .size = size};
    ct_buffer_reset(buffer);
    put_escaped(buffer, bytes, size);
    return finish(buffer);
}

struct ct_snapshot_span
ct_snapshot_text_of_string(struct ct_buffer *buffer, const struct ct_snapshot_string *string)
{
    bool is_cut = string->true_size > string->size;
    bool is_valid = ct_text_is_utf8(string->bytes, string->size);
    if (!is_cut && is_valid && string->encoding == NULL)
        return (struct ct_snapshot_span){.text = (const char *)string->bytes, .size = string->size};
    ct_buffer_reset(buffer);
    put_escaped(buffer, string->bytes, string->size);
    ct_buffer_put_text(buffer, is_cut ? "… [" : " [");
    if (string->encoding != NULL)
        put_name(buffer, string->encoding);
    else if (!is_valid)
        ct_buffer_put_text(buffer, "invalid UTF-8");
    put_counted(buffer, string->encoding != NULL || !is_valid ? ", " : "", string->true_size,
                " bytes]");
    return finish(buffer);
}

struct ct_snapshot_span
ct_snapshot_text_of_escaped(struct ct_buffer *buffer, const struct ct_snapshot_name *name)
{
    ct_buffer_reset(buffer);
    put_name(buffer, name);
    put_counted(buffer, " [invalid UTF-8, ", name->true_size, " bytes]");
    return finish(buffer);
}

struct ct_snapshot_span
ct_snapshot_text_of_hidden(bool is_dropped)
{
    static const char redacted[] = "<redacted>", dropped[] = "<dropped>";
    if (is_dropped)
        return (struct ct_snapshot_span){.text = dropped, .size = sizeof dropped - 1};
    return (struct ct_snapshot_span){.text = redacted, .size = sizeof redacted - 1};
}

struct ct_snapshot_span
ct_snapshot_text_of_absent(struct ct_buffer *buffer, const struct ct_snapshot_name *reason)
{
    ct_buffer_reset(buffer);
    ct_buffer_put_text(buffer, "not captured: ");
    put_name(buffer, reason);
    return finish(buffer);
}

static void
put_object_start(struct ct_buffer *buffer, const struct ct_snapshot_name *name, uint32_t identity)
{
    ct_buffer_reset(buffer);
    ct_buffer_put_text(buffer, "#<");
    put_name(buffer, name);
    if (identity != 0)
        put_counted(buffer, " #", identity, "");
}

struct ct_snapshot_span
ct_snapshot_text_of_object(struct ct_buffer *buffer, const struct ct_snapshot_name *name,
                           uint32_t identity, const struct ct_snapshot_name *note)
{
    put_object_start(buffer, name, identity);
    if (note != NULL) {
        ct_buffer_put_text(buffer, " ");
        put_name(buffer, note);
    }
    ct_buffer_put_text(buffer, ">");
    return finish(buffer);
}

static bool
name_is(const struct ct_snapshot_name *name, const char *text)
{
    return name->size == strlen(text) && memcmp(name->text, text, name->size) == 0;
}

struct ct_snapshot_span
ct_snapshot_text_of_cut(struct ct_buffer *buffer, const struct ct_snapshot_name *name,
                        uint32_t identity, uint64_t true_count)
{
    ct_buffer_reset(buffer);
    if (name_is(name, "Array")) {
        put_counted(buffer, "[… ", true_count, " items]");
        return finish(buffer);
    }
    if (name_is(name, "Hash")) {
        put_counted(buffer, "{… ", true_count, " pairs}");
        return finish(buffer);
    }
    put_object_start(buffer, name, identity);
    if (true_count > 0)
        put_counted(buffer, ", ", true_count, " fields");
    ct_buffer_put_text(buffer, " …>");
    return finish(buffer);
}

struct ct_snapshot_span
ct_snapshot_text_of_rest(struct ct_buffer *buffer, const char *prefix, uint64_t count,
                         uint64_t true_count)
{
    ct_buffer_reset(buffer);
    put_counted(buffer, prefix, true_count - count, " more of ");
    ct_json_put_u64(buffer, true_count);
    return finish(buffer);
}
