/* Events as bytes. See event_encode.h.
 *
 * Each put reserves the room of its event once and then only moves bytes: the step and its values
 * come for every line of a program. Sizes fit their u32 because the sink refuses larger events. */
#include "trace/event_encode.h"

#include "base/bytes.h"
#include "ctrace/trace_reader.h"
#include "trace/events_format.h"
#include "value/cbor_put.h"

#define VALUE_HEAD_SIZE  (1 + 8 + 4) /* tag, variable_id, size of the CBOR */
#define STRUCT_INFO_HEAD "\xA2\x64kind\x66Struct\x66\x66ields" /* \x66 is the f of fields */
#define CBOR_ROOM        64 /* any key and heads of one map in a Type or Call */

static uint8_t *
put_u32(uint8_t *out, uint32_t value)
{
    ct_bytes_put_u32(out, value);
    return out + 4;
}

static uint8_t *
put_u64(uint8_t *out, uint64_t value)
{
    ct_bytes_put_u64(out, value);
    return out + 8;
}

/* u32 size, bytes: both the text and the CBOR of an event. */
static uint8_t *
put_sized(uint8_t *out, const void *bytes, size_t size)
{
    return ct_cbor_put_bytes(put_u32(out, (uint32_t)size), bytes, size);
}

/* The end of `out` becomes the end of the buffer. */
static void
commit(struct ct_buffer *buffer, const uint8_t *out)
{
    buffer->size = (size_t)(out - buffer->bytes);
}

static void
put_sized_event(struct ct_buffer *buffer, enum ct_trace_kind tag, const void *text, size_t size)
{
    uint8_t *out = ct_buffer_reserve(buffer, 1 + 4 + size);
    if (out == NULL)
        return;
    *out = (uint8_t)tag;
    commit(buffer, put_sized(out + 1, text, size));
}

void
ct_event_put_path(struct ct_buffer *buffer, const char *path, size_t size)
{
    put_sized_event(buffer, CT_TRACE_PATH, path, size);
}

void
ct_event_put_name(struct ct_buffer *buffer, const char *name, size_t size)
{
    put_sized_event(buffer, CT_TRACE_VARIABLE_NAME, name, size);
}

void
ct_event_put_function(struct ct_buffer *buffer, const struct ct_sink_function *function)
{
    uint8_t *out = ct_buffer_reserve(buffer, 1 + 8 + 8 + 4 + function->size);
    if (out == NULL)
        return;
    *out = CT_TRACE_FUNCTION;
    out = put_u64(out + 1, function->path_id);
    out = put_u64(out, function->line);
    commit(buffer, put_sized(out, function->name, function->size));
}

static uint8_t *
put_field(uint8_t *out, const char *name, uint64_t type_id)
{
    out = CT_CBOR_PUT_LITERAL(out, "\xA2\x64name");
    out = ct_cbor_put_text(out, name, strlen(name));
    return ct_cbor_put_head(CT_CBOR_PUT_LITERAL(out, "\x67type_id"), CT_CBOR_UINT, type_id);
}

static uint8_t *
put_specific_info(uint8_t *out, const struct ct_sink_type *type)
{
    if (type->kind != CT_TYPE_STRUCT)
        return CT_CBOR_PUT_LITERAL(out, "\xA1\x64kind\x64None");
    out = CT_CBOR_PUT_LITERAL(out, STRUCT_INFO_HEAD);
    out = ct_cbor_put_head(out, CT_CBOR_ARRAY, type->field_count);
    for (size_t i = 0; i < type->field_count; i++)
        out = put_field(out, type->fields[i], type->field_type_id);
    return out;
}

void
ct_event_put_type(struct ct_buffer *buffer, const struct ct_sink_type *type)
{
    size_t room = 1 + 4 + 2 * CBOR_ROOM + type->size;
    for (size_t i = 0; i < type->field_count; i++)
        room += CBOR_ROOM + strlen(type->fields[i]);
    uint8_t *out = ct_buffer_reserve(buffer, room);
    if (out == NULL)
        return;
    *out++ = CT_TRACE_TYPE;
    uint8_t *const start = out + 4;
    uint8_t *end = CT_CBOR_PUT_LITERAL(start, "\xA3\x64kind");
    end = ct_cbor_put_head(end, CT_CBOR_UINT, (uint64_t)type->kind);
    end = ct_cbor_put_text(CT_CBOR_PUT_LITERAL(end, "\x69lang_type"), type->name, type->size);
    end = put_specific_info(CT_CBOR_PUT_LITERAL(end, "\x6Dspecific_info"), type);
    put_u32(out, (uint32_t)(end - start));
    commit(buffer, end);
}

/* hot */
void
ct_event_put_step(struct ct_buffer *buffer, uint64_t path_id, uint64_t line)
{
    uint8_t *out = ct_buffer_reserve(buffer, 1 + 8 + 8);
    if (out == NULL)
        return;
    *out = CT_TRACE_STEP;
    commit(buffer, put_u64(put_u64(out + 1, path_id), line));
}

static size_t
total_size(const struct ct_trace_value *values, size_t count, size_t head_size)
{
    size_t size = count * head_size;
    for (size_t i = 0; i < count; i++)
        size += values[i].size;
    return size;
}

/* As memcpy. Most values (None, Int, short texts) have 16 to 32 bytes: two moves that may overlap
 * spare the call, a third of a step's time with twenty values. hot */
static uint8_t *
copy_value(uint8_t *out, const uint8_t *bytes, size_t size)
{
    if (size < 16 || size > 32)
        return ct_cbor_put_bytes(out, bytes, size);
    memcpy(out, bytes, 16);
    memcpy(out + size - 16, bytes + size - 16, 16);
    return out + size;
}

/* hot */
void
ct_event_put_values(struct ct_buffer *buffer, const struct ct_trace_value *values, size_t count)
{
    uint8_t *out = ct_buffer_reserve(buffer, total_size(values, count, VALUE_HEAD_SIZE));
    if (out == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        *out = CT_TRACE_VALUE;
        out = put_u64(out + 1, values[i].name_id);
        out = put_u32(out, (uint32_t)values[i].size);
        out = copy_value(out, values[i].bytes, values[i].size);
    }
    commit(buffer, out);
}

void
ct_event_put_call(struct ct_buffer *buffer, uint64_t function_id, const struct ct_trace_value *args,
                  size_t count)
{
    const size_t room = 1 + 8 + 4 + CT_CBOR_HEAD_SIZE_MAX + total_size(args, count, CBOR_ROOM);
    uint8_t *out = ct_buffer_reserve(buffer, room);
    if (out == NULL)
        return;
    *out = CT_TRACE_CALL;
    out = put_u64(out + 1, function_id);
    uint8_t *const start = out + 4;
    uint8_t *end = ct_cbor_put_head(start, CT_CBOR_ARRAY, count);
    for (size_t i = 0; i < count; i++) {
        end = CT_CBOR_PUT_LITERAL(end, "\xA2\x6Bvariable_id");
        end = ct_cbor_put_head(end, CT_CBOR_UINT, args[i].name_id);
        end = CT_CBOR_PUT_LITERAL(end, "\x65value");
        end = ct_cbor_put_bytes(end, args[i].bytes, args[i].size);
    }
    put_u32(out, (uint32_t)(end - start));
    commit(buffer, end);
}

void
ct_event_put_return(struct ct_buffer *buffer, const uint8_t *value, size_t size)
{
    put_sized_event(buffer, CT_TRACE_RETURN, value, size);
}

void
ct_event_put_event(struct ct_buffer *buffer, const struct ct_sink_event *event)
{
    const size_t room = 1 + 1 + 4 + event->metadata_size + 4 + event->content_size;
    uint8_t *out = ct_buffer_reserve(buffer, room);
    if (out == NULL)
        return;
    *out++ = CT_TRACE_EVENT;
    *out++ = (uint8_t)event->kind;
    out = put_sized(out, event->metadata, event->metadata_size);
    commit(buffer, put_sized(out, event->content, event->content_size));
}

void
ct_event_put_thread(struct ct_buffer *buffer, enum ct_thread_event kind, uint64_t id)
{
    uint8_t *out = ct_buffer_reserve(buffer, 1 + 8);
    if (out == NULL)
        return;
    *out = (uint8_t)kind;
    commit(buffer, put_u64(out + 1, id));
}
