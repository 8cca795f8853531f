/* The JSON layout: trace.json, one event a line, with trace_metadata.json and trace_paths.json.
 *
 * A fallback that every CodeTracer opens, and the one to compare and to read by eye. */
#include "trace/sink.h"

#include "trace/json_array_file.h"
#include "value/json_put.h"

struct json_sink {
    struct ct_sink sink;
    const struct ct_alloc *alloc;
    struct ct_json_array_file events;
    struct ct_json_array_file paths;
    uint64_t metadata_size; /* bytes of trace_metadata.json */
};

static struct json_sink *
json(struct ct_sink *sink)
{
    return (struct json_sink *)sink;
}

static enum ct_status
flush_files(struct json_sink *self)
{
    CT_TRY(ct_json_array_file_flush(&self->events));
    return ct_json_array_file_flush(&self->paths);
}

static struct ct_buffer *
begin_event(struct json_sink *self)
{
    return ct_json_array_file_append(&self->events);
}

static enum ct_status
end_event(struct json_sink *self)
{
    CT_TRY(ct_buffer_status(&self->events.pending));
    return ct_json_array_file_is_full(&self->events) ? flush_files(self) : CT_OK;
}

static void
put_number(struct ct_buffer *buffer, const char *before, uint64_t value)
{
    ct_buffer_put_text(buffer, before);
    ct_json_put_u64(buffer, value);
}

static void
put_string(struct ct_buffer *buffer, const char *before, const char *text, size_t size)
{
    ct_buffer_put_text(buffer, before);
    ct_json_put_string(buffer, text, size);
}

static void
put_value(struct ct_buffer *buffer, const char *before, const struct ct_trace_value *value)
{
    put_number(buffer, before, value->name_id);
    ct_buffer_put_text(buffer, ",\"value\":");
    ct_buffer_put(buffer, value->bytes, value->size);
    ct_buffer_put_u8(buffer, '}');
}

/* ---- definitions ---- */

static enum ct_status
append_path(struct ct_sink *sink, const char *path, size_t size)
{
    struct json_sink *self = json(sink);
    ct_json_put_string(ct_json_array_file_append(&self->paths), path, size);
    struct ct_buffer *out = begin_event(self);
    put_string(out, "{\"Path\":", path, size);
    ct_buffer_put_u8(out, '}');
    return end_event(self);
}

static enum ct_status
append_name(struct ct_sink *sink, const char *name, size_t size)
{
    struct json_sink *self = json(sink);
    struct ct_buffer *out = begin_event(self);
    put_string(out, "{\"VariableName\":", name, size);
    ct_buffer_put_u8(out, '}');
    return end_event(self);
}

static enum ct_status
append_function(struct ct_sink *sink, const struct ct_sink_function *function)
{
    struct json_sink *self = json(sink);
    struct ct_buffer *out = begin_event(self);
    put_number(out, "{\"Function\":{\"path_id\":", function->path_id);
    put_number(out, ",\"line\":", function->line);
    put_string(out, ",\"name\":", function->name, function->size);
    ct_buffer_put_text(out, "}}");
    return end_event(self);
}

static void
put_specific_info(struct ct_buffer *out, const struct ct_sink_type *type)
{
    if (type->kind != CT_TYPE_STRUCT) {
        ct_buffer_put_text(out, "{\"kind\":\"None\"}");
        return;
    }
    ct_buffer_put_text(out, "{\"kind\":\"Struct\",\"fields\":[");
    for (size_t i = 0; i < type->field_count; i++) {
        const char *name = type->fields[i];
        put_string(out, i > 0 ? ",{\"name\":" : "{\"name\":", name, strlen(name));
        put_number(out, ",\"type_id\":", type->field_type_id);
        ct_buffer_put_u8(out, '}');
    }
    ct_buffer_put_text(out, "]}");
}

static enum ct_status
append_type(struct ct_sink *sink, const struct ct_sink_type *type)
{
    struct json_sink *self = json(sink);
    struct ct_buffer *out = begin_event(self);
    put_number(out, "{\"Type\":{\"kind\":", (uint64_t)type->kind);
    put_string(out, ",\"lang_type\":", type->name, type->size);
    ct_buffer_put_text(out, ",\"specific_info\":");
    put_specific_info(out, type);
    ct_buffer_put_text(out, "}}");
    return end_event(self);
}

/* ---- events ---- */

static enum ct_status
append_step(struct ct_sink *sink, uint64_t path_id, uint64_t line)
{
    struct json_sink *self = json(sink);
    struct ct_buffer *out = begin_event(self);
    put_number(out, "{\"Step\":{\"path_id\":", path_id);
    put_number(out, ",\"line\":", line);
    ct_buffer_put_text(out, "}}");
    return end_event(self);
}

static enum ct_status
append_values(struct ct_sink *sink, const struct ct_trace_value *values, size_t count)
{
    struct json_sink *self = json(sink);
    for (size_t i = 0; i < count; i++) {
        struct ct_buffer *out = begin_event(self);
        put_value(out, "{\"Value\":{\"variable_id\":", &values[i]);
        ct_buffer_put_u8(out, '}');
        CT_TRY(end_event(self));
    }
    return CT_OK;
}

static enum ct_status
append_call(struct ct_sink *sink, uint64_t function_id, const struct ct_trace_value *args,
            size_t count)
{
    struct json_sink *self = json(sink);
    struct ct_buffer *out = begin_event(self);
    put_number(out, "{\"Call\":{\"function_id\":", function_id);
    ct_buffer_put_text(out, ",\"args\":[");
    for (size_t i = 0; i < count; i++)
        put_value(out, i > 0 ? ",{\"variable_id\":" : "{\"variable_id\":", &args[i]);
    ct_buffer_put_text(out, "]}}");
    return end_event(self);
}

static enum ct_status
append_return(struct ct_sink *sink, const uint8_t *value, size_t size)
{
    struct json_sink *self = json(sink);
    struct ct_buffer *out = begin_event(self);
    ct_buffer_put_text(out, "{\"Return\":{\"return_value\":");
    ct_buffer_put(out, value, size);
    ct_buffer_put_text(out, "}}");
    return end_event(self);
}

static enum ct_status
append_event(struct ct_sink *sink, const struct ct_sink_event *event)
{
    struct json_sink *self = json(sink);
    struct ct_buffer *out = begin_event(self);
    put_number(out, "{\"Event\":{\"kind\":", (uint64_t)event->kind);
    put_string(out, ",\"metadata\":", event->metadata, event->metadata_size);
    put_string(out, ",\"content\":", event->content, event->content_size);
    ct_buffer_put_text(out, "}}");
    return end_event(self);
}

static enum ct_status
append_thread(struct ct_sink *sink, enum ct_thread_event kind, uint64_t id)
{
    struct json_sink *self = json(sink);
    const char *before = kind == CT_THREAD_START  ? "{\"ThreadStart\":"
                         : kind == CT_THREAD_EXIT ? "{\"ThreadExit\":"
                                                  : "{\"ThreadSwitch\":";
    struct ct_buffer *out = begin_event(self);
    put_number(out, before, id);
    ct_buffer_put_u8(out, '}');
    return end_event(self);
}

/* ---- lifecycle ---- */

static enum ct_status
flush_sink(struct ct_sink *sink)
{
    return flush_files(json(sink));
}

static uint64_t
get_size(const struct ct_sink *sink)
{
    const struct json_sink *self = (const struct json_sink *)sink;
    return ct_json_array_file_size(&self->events) + ct_json_array_file_size(&self->paths) +
           self->metadata_size;
}

static enum ct_status
close_sink(struct ct_sink *sink, bool is_sound)
{
    struct json_sink *self = json(sink);
    const enum ct_status statuses[] = {
        is_sound ? flush_sink(sink) : CT_OK,
        ct_json_array_file_release(&self->events),
        ct_json_array_file_release(&self->paths),
    };
    ct_alloc_free(self->alloc, self);
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        CT_TRY(statuses[i]);
    return CT_OK;
}

static void
abandon_sink(struct ct_sink *sink)
{
    if (close_sink(sink, false) != CT_OK)
        return; /* whose files they are learns by itself */
}

static const struct ct_sink_ops json_ops = {
    .path_append = append_path,
    .name_append = append_name,
    .function_append = append_function,
    .type_append = append_type,
    .step_append = append_step,
    .values_append = append_values,
    .call_append = append_call,
    .return_append = append_return,
    .event_append = append_event,
    .thread_append = append_thread,
    .flush = flush_sink,
    .size = get_size,
    .close = close_sink,
    .abandon = abandon_sink,
};

static void
put_metadata(struct ct_buffer *out, const struct ct_trace_options *options)
{
    put_string(out, "{\"program\":", options->program, strlen(options->program));
    ct_buffer_put_text(out, ",\"args\":[");
    for (size_t i = 0; i < options->arg_count; i++)
        put_string(out, i > 0 ? "," : "", options->args[i], strlen(options->args[i]));
    put_string(out, "],\"workdir\":", options->workdir, strlen(options->workdir));
    put_string(out, ",\"recording_id\":", options->recording_id, strlen(options->recording_id));
    ct_buffer_put_text(out, "}\n");
}

static enum ct_status
write_file(struct ct_folder *folder, const char *name, const struct ct_buffer *bytes)
{
    struct ct_file *file;
    CT_TRY(ct_buffer_status(bytes));
    CT_TRY(folder->ops->create(folder, name, &file));
    const enum ct_status written = file->ops->write_at(file, 0, bytes->bytes, bytes->size);
    const enum ct_status closed = ct_file_close(file);
    return written != CT_OK ? written : closed;
}

static enum ct_status
open_files(struct json_sink *self, struct ct_folder *folder, const struct ct_trace_options *options)
{
    struct ct_buffer metadata;
    ct_buffer_init(&metadata, self->alloc);
    put_metadata(&metadata, options);
    const enum ct_status written = write_file(folder, "trace_metadata.json", &metadata);
    self->metadata_size = metadata.size;
    ct_buffer_release(&metadata);
    CT_TRY(written);
    CT_TRY(ct_json_array_file_init(&self->paths, folder, "trace_paths.json", self->alloc));
    return ct_json_array_file_init(&self->events, folder, "trace.json", self->alloc);
}

enum ct_status
ct_sink_json_open(struct ct_folder *folder, const struct ct_trace_options *options,
                  struct ct_sink **out_sink)
{
    struct json_sink *self = ct_alloc_zeroed(options->alloc, 1, sizeof *self);
    if (self == NULL)
        return CT_ERR_MEMORY;
    self->sink.ops = &json_ops;
    self->alloc = options->alloc;
    const enum ct_status status = open_files(self, folder, options);
    if (status != CT_OK) {
        (void)close_sink(&self->sink, false); /* the first failure is the one to tell */
        return status;
    }
    *out_sink = &self->sink;
    return CT_OK;
}
