/* The public trace writer: checks the rules, gives out ids, and hands each record to the sink of
 * its profile. See ctrace/trace_writer.h. */
#include "ctrace/trace_writer.h"

#include "ctrace/text.h"
#include "ctrace/trace_reader.h"
#include "trace/definitions.h"
#include "trace/inherited_sources.h"
#include "trace/path_text.h"
#include "trace/recording_id.h"
#include "trace/shown_functions.h"
#include "trace/sink.h"

struct ct_trace_writer {
    const struct ct_alloc *alloc;
    struct ct_folder *folder; /* borrowed */
    struct ct_sink *sink;
    enum ct_status status; /* the first failure */
    bool is_sink_broken;   /* ... was the sink's: what it holds is not to be trusted */
    struct ct_definitions definitions;
    struct ct_buffer workdir; /* NUL-terminated */
    struct ct_buffer scratch; /* a path in making */
    struct ct_buffer source;  /* scratch: a text that is copied */
    struct ct_inherited_sources inherited;
    struct ct_shown_functions shown;
    uint64_t path_count; /* defined so far */
    uint64_t name_count; /* the same */
    uint64_t open_call_count;
    struct ct_trace_counts counts;
};

/* ---- failures and records ---- */

/* Keeps the first failure; CT_OK is none. */
static enum ct_status
remember(struct ct_trace_writer *writer, enum ct_status status)
{
    if (writer->status == CT_OK)
        writer->status = status;
    return writer->status;
}

/* Counts records that the sink took, or keeps its failure. hot */
static enum ct_status
keep(struct ct_trace_writer *writer, enum ct_status status, size_t record_count)
{
    if (status != CT_OK) {
        writer->is_sink_broken = true;
        return remember(writer, status);
    }
    writer->counts.record_count += record_count;
    return CT_OK;
}

static uint64_t
first_line(uint64_t line)
{
    return line > 0 ? line : 1;
}

/* ---- opening ---- */

static bool
is_text(const char *text)
{
    return text != NULL && ct_text_is_utf8(text, strlen(text));
}

static enum ct_status
check_options(const struct ct_trace_options *options)
{
    if (options->profile != CT_PROFILE_AUG26 && options->profile != CT_PROFILE_JSON)
        return CT_ERR_STATE;
    if (!ct_recording_id_is_valid(options->recording_id))
        return CT_ERR_STATE;
    if (!is_text(options->program) || !is_text(options->workdir) || !is_text(options->recorder))
        return CT_ERR_FORMAT;
    for (size_t i = 0; i < options->arg_count; i++)
        if (!is_text(options->args[i]))
            return CT_ERR_FORMAT;
    return CT_OK;
}

/* All of an older trace goes before anything new comes: a reader prefers trace.ct to trace.json. */
static enum ct_status
remove_older_trace(struct ct_folder *folder)
{
    static const char *const names[] = {"trace.ct", "trace.json", "trace_metadata.json",
                                        "trace_paths.json", "trace_expressions.json",
                                        "trace.instructions", "trace_info.json", "files"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        CT_TRY(folder->ops->remove(folder, names[i]));
    return CT_OK;
}

static enum ct_status
open_sink(struct ct_trace_writer *writer, const struct ct_trace_options *options)
{
    struct ct_trace_options filled = *options;
    filled.alloc = writer->alloc;
    if (options->is_held)
        return ct_sink_none_open(&filled, &writer->sink);
    if (options->profile == CT_PROFILE_JSON)
        return ct_sink_json_open(writer->folder, &filled, &writer->sink);
    return ct_sink_combined_open(writer->folder, &filled, &writer->sink);
}

static enum ct_status
open_parts(struct ct_trace_writer *writer, const struct ct_trace_options *options)
{
    ct_buffer_put(&writer->workdir, options->workdir, strlen(options->workdir) + 1);
    CT_TRY(ct_buffer_status(&writer->workdir));
    CT_TRY(ct_definitions_init(&writer->definitions, writer->alloc));
    CT_TRY(remove_older_trace(writer->folder));
    return open_sink(writer, options);
}

static void
free_writer(struct ct_trace_writer *writer)
{
    ct_definitions_release(&writer->definitions);
    ct_buffer_release(&writer->workdir);
    ct_buffer_release(&writer->scratch);
    ct_buffer_release(&writer->source);
    ct_inherited_sources_release(&writer->inherited);
    ct_shown_functions_release(&writer->shown);
    ct_alloc_free(writer->alloc, writer);
}

enum ct_status
ct_trace_writer_open(struct ct_folder *folder, const struct ct_trace_options *options,
                     struct ct_trace_writer **out_writer)
{
    CT_TRY(check_options(options));
    const struct ct_alloc *alloc = options->alloc != NULL ? options->alloc : ct_alloc_default();
    struct ct_trace_writer *writer = ct_alloc_zeroed(alloc, 1, sizeof *writer);
    if (writer == NULL)
        return CT_ERR_MEMORY;
    writer->alloc = alloc;
    writer->folder = folder;
    ct_buffer_init(&writer->workdir, alloc);
    ct_buffer_init(&writer->scratch, alloc);
    ct_buffer_init(&writer->source, alloc);
    writer->inherited.alloc = writer->shown.alloc = alloc;
    const enum ct_status status = open_parts(writer, options);
    if (status != CT_OK) {
        free_writer(writer);
        return status;
    }
    *out_writer = writer;
    return CT_OK;
}

/* ---- definitions ---- */

enum ct_status
ct_trace_writer_path_put(struct ct_trace_writer *writer, const char *path, size_t size,
                         uint64_t *out_path_id)
{
    CT_TRY(writer->status);
    if (!ct_text_is_utf8(path, size))
        return remember(writer, CT_ERR_FORMAT);
    struct ct_buffer *text = &writer->scratch;
    ct_buffer_reset(text);
    ct_path_text_put(text, (const char *)writer->workdir.bytes, path, size);
    if (ct_buffer_status(text) != CT_OK)
        return remember(writer, CT_ERR_MEMORY);
    bool is_new;
    const enum ct_status status =
        ct_text_table_put(writer->definitions.paths, text->bytes, text->size, out_path_id, &is_new);
    if (status != CT_OK || !is_new)
        return remember(writer, status);
    writer->path_count++;
    return keep(writer,
                writer->sink->ops->path_append(writer->sink, (const char *)text->bytes, text->size),
                1);
}

enum ct_status
ct_trace_writer_name_put(struct ct_trace_writer *writer, const char *name, size_t size,
                         uint64_t *out_name_id)
{
    CT_TRY(writer->status);
    if (size == 0 || !ct_text_is_utf8(name, size))
        return remember(writer, CT_ERR_FORMAT);
    bool is_new;
    const enum ct_status status =
        ct_text_table_put(writer->definitions.names, name, size, out_name_id, &is_new);
    if (status != CT_OK || !is_new)
        return remember(writer, status);
    writer->name_count++;
    return keep(writer, writer->sink->ops->name_append(writer->sink, name, size), 1);
}

static enum ct_status
define_function(struct ct_trace_writer *writer, const struct ct_sink_function *function,
                bool is_single, uint64_t *out_id)
{
    bool is_new = false;
    uint64_t shown_id;
    CT_TRY(writer->status);
    if (!ct_text_is_utf8(function->name, function->size))
        return remember(writer, CT_ERR_FORMAT);
    if (function->path_id >= writer->path_count)
        return remember(writer, CT_ERR_STATE);
    enum ct_status status;
    if (is_single) {
        *out_id = ct_definitions_function_append(&writer->definitions);
        status = ct_shown_functions_put(&writer->shown, *out_id, &shown_id, &is_new);
        is_new = true;
    } else {
        status = ct_definitions_function_put(&writer->definitions, function, out_id, &is_new);
        is_new &= !writer->shown.is_branch; /* which defines it with its first call */
    }
    if (status != CT_OK || !is_new)
        return remember(writer, status);
    return keep(writer, writer->sink->ops->function_append(writer->sink, function), 1);
}

enum ct_status
ct_trace_writer_function_put(struct ct_trace_writer *writer, uint64_t path_id, uint64_t line,
                             const char *name, size_t size, uint64_t *out_function_id)
{
    const struct ct_sink_function function = {path_id, first_line(line), name, size};
    return define_function(writer, &function, false, out_function_id);
}

enum ct_status
ct_trace_writer_function_append(struct ct_trace_writer *writer, uint64_t path_id, uint64_t line,
                                const char *name, size_t size, uint64_t *out_function_id)
{
    const struct ct_sink_function function = {path_id, first_line(line), name, size};
    return define_function(writer, &function, true, out_function_id);
}

static enum ct_status
put_type(struct ct_trace_writer *writer, const struct ct_sink_type *type, uint64_t *out_type_id)
{
    bool is_new;
    const enum ct_status status =
        ct_definitions_type_put(&writer->definitions, type, out_type_id, &is_new);
    if (status != CT_OK || !is_new)
        return remember(writer, status);
    return keep(writer, writer->sink->ops->type_append(writer->sink, type), 1);
}

static bool
are_fields_text(const struct ct_sink_type *type)
{
    for (size_t i = 0; i < type->field_count; i++)
        if (!is_text(type->fields[i]))
            return false;
    return true;
}

enum ct_status
ct_trace_writer_type_put(struct ct_trace_writer *writer, enum ct_type_kind kind, const char *name,
                         size_t size, const char *const *fields, size_t field_count,
                         uint64_t *out_type_id)
{
    CT_TRY(writer->status);
    struct ct_sink_type type = {
        .kind = kind, .name = name, .size = size, .fields = fields, .field_count = field_count};
    if (field_count > 0 && kind != CT_TYPE_STRUCT)
        return remember(writer, CT_ERR_STATE);
    if (!ct_text_is_utf8(name, size) || !are_fields_text(&type))
        return remember(writer, CT_ERR_FORMAT);
    if (field_count > 0) {
        const struct ct_sink_type any = {.kind = CT_TYPE_ANY, .name = "Any", .size = 3};
        CT_TRY(put_type(writer, &any, &type.field_type_id));
    }
    return put_type(writer, &type, out_type_id);
}

/* ---- sources ---- */

static enum ct_status
write_source(struct ct_folder *folder, const char *name, const void *bytes, size_t size)
{
    struct ct_file *file;
    CT_TRY(folder->ops->create(folder, name, &file));
    const enum ct_status written = size > 0 ? file->ops->write_at(file, 0, bytes, size) : CT_OK;
    const enum ct_status closed = ct_file_close(file);
    return written != CT_OK ? written : closed;
}

/* The name of the path's embedded file, in scratch. */
static enum ct_status
name_source(struct ct_trace_writer *writer, uint64_t path_id, const char **out_name)
{
    CT_TRY(writer->status);
    size_t path_size;
    const char *path = ct_text_table_get(writer->definitions.paths, path_id, &path_size);
    if (path == NULL)
        return remember(writer, CT_ERR_STATE);
    struct ct_buffer *name = &writer->scratch;
    ct_buffer_reset(name);
    ct_path_text_put_embedded(name, path, path_size);
    ct_buffer_put_u8(name, 0);
    if (ct_buffer_status(name) != CT_OK)
        return remember(writer, CT_ERR_MEMORY);
    *out_name = (const char *)name->bytes;
    return CT_OK;
}

enum ct_status
ct_trace_writer_source_put(struct ct_trace_writer *writer, uint64_t path_id, const void *bytes,
                           size_t size)
{
    const char *name;
    CT_TRY(name_source(writer, path_id, &name));
    return write_source(writer->folder, name, bytes, size);
}

enum ct_status
ct_trace_writer_source_extend(struct ct_trace_writer *writer, uint64_t path_id, uint64_t offset,
                              const void *bytes, size_t size)
{
    const char *name;
    struct ct_file *file;
    CT_TRY(name_source(writer, path_id, &name));
    CT_TRY(writer->folder->ops->extend(writer->folder, name, &file));
    const enum ct_status written = file->ops->write_at(file, offset, bytes, size);
    const enum ct_status closed = ct_file_close(file);
    return written != CT_OK ? written : closed;
}

/* A source that cannot be copied costs its text, not the trace. */
static enum ct_status
copy_source(struct ct_trace_writer *writer, uint64_t path_id)
{
    const char *name;
    struct ct_buffer *text = &writer->source;
    CT_TRY(name_source(writer, path_id, &name));
    enum ct_status status = ct_inherited_sources_take(&writer->inherited, path_id, name, text);
    if (status == CT_OK)
        status = write_source(writer->folder, name, text->bytes, text->size);
    return status == CT_ERR_MEMORY ? remember(writer, status) : CT_OK;
}

/* ---- events ---- */

/* hot */
enum ct_status
ct_trace_writer_step_append(struct ct_trace_writer *writer, uint64_t path_id, uint64_t line)
{
    CT_TRY(writer->status);
    if (path_id >= writer->path_count)
        return remember(writer, CT_ERR_STATE);
    if (__builtin_expect(ct_inherited_sources_have(&writer->inherited, path_id), 0))
        CT_TRY(copy_source(writer, path_id));
    writer->counts.step_count++;
    return keep(writer, writer->sink->ops->step_append(writer->sink, path_id, first_line(line)), 1);
}

/* Names must be defined, sizes within what a reader takes in one event. hot */
static enum ct_status
check_values(const struct ct_trace_writer *writer, const struct ct_trace_value *values,
             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i].name_id >= writer->name_count)
            return CT_ERR_STATE;
        if (values[i].size > CT_TRACE_EVENT_SIZE_MAX)
            return CT_ERR_LIMIT;
    }
    return CT_OK;
}

/* Args are all in one event. */
static enum ct_status
check_args(const struct ct_trace_writer *writer, const struct ct_trace_value *args, size_t count)
{
    CT_TRY(check_values(writer, args, count));
    size_t room = CT_TRACE_EVENT_SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if (args[i].size > room)
            return CT_ERR_LIMIT;
        room -= args[i].size;
    }
    return CT_OK;
}

/* hot */
enum ct_status
ct_trace_writer_values_append(struct ct_trace_writer *writer, const struct ct_trace_value *values,
                              size_t count)
{
    CT_TRY(writer->status);
    if (writer->counts.step_count == 0)
        return remember(writer, CT_ERR_STATE);
    const enum ct_status status = check_values(writer, values, count);
    if (status != CT_OK)
        return remember(writer, status);
    return keep(writer, writer->sink->ops->values_append(writer->sink, values, count), count);
}

/* The trace's id of a function, which a branch defines with its first call. */
static enum ct_status
show_function(struct ct_trace_writer *writer, uint64_t function_id, uint64_t *out_id)
{
    bool is_new;
    const enum ct_status status =
        ct_shown_functions_put(&writer->shown, function_id, out_id, &is_new);
    if (status != CT_OK || !is_new)
        return remember(writer, status);
    struct ct_sink_function function;
    if (!ct_definitions_function_get(&writer->definitions, function_id, &function))
        return remember(writer, CT_ERR_STATE);
    return keep(writer, writer->sink->ops->function_append(writer->sink, &function), 1);
}

enum ct_status
ct_trace_writer_call_append(struct ct_trace_writer *writer, uint64_t function_id,
                            const struct ct_trace_value *args, size_t count)
{
    CT_TRY(writer->status);
    if (function_id >= writer->definitions.function_count)
        return remember(writer, CT_ERR_STATE);
    const enum ct_status status = check_args(writer, args, count);
    if (status != CT_OK)
        return remember(writer, status);
    CT_TRY(show_function(writer, function_id, &function_id));
    writer->open_call_count++;
    writer->counts.call_count++;
    return keep(writer, writer->sink->ops->call_append(writer->sink, function_id, args, count), 1);
}

enum ct_status
ct_trace_writer_return_append(struct ct_trace_writer *writer, const uint8_t *value, size_t size)
{
    CT_TRY(writer->status);
    if (writer->open_call_count == 0)
        return remember(writer, CT_ERR_STATE);
    if (size > CT_TRACE_EVENT_SIZE_MAX)
        return remember(writer, CT_ERR_LIMIT);
    writer->open_call_count--;
    return keep(writer, writer->sink->ops->return_append(writer->sink, value, size), 1);
}

enum ct_status
ct_trace_writer_event_append(struct ct_trace_writer *writer, enum ct_event_kind kind,
                             const char *metadata, size_t metadata_size, const char *content,
                             size_t content_size)
{
    CT_TRY(writer->status);
    if (writer->counts.step_count == 0)
        return remember(writer, CT_ERR_STATE);
    if (!ct_text_is_utf8(metadata, metadata_size) || !ct_text_is_utf8(content, content_size))
        return remember(writer, CT_ERR_FORMAT);
    if (content_size > CT_TRACE_EVENT_SIZE_MAX ||
        metadata_size > CT_TRACE_EVENT_SIZE_MAX - content_size)
        return remember(writer, CT_ERR_LIMIT);
    const struct ct_sink_event event = {kind, metadata, metadata_size, content, content_size};
    writer->counts.event_count++;
    return keep(writer, writer->sink->ops->event_append(writer->sink, &event), 1);
}

enum ct_status
ct_trace_writer_thread_append(struct ct_trace_writer *writer, enum ct_thread_event kind,
                              uint64_t id)
{
    CT_TRY(writer->status);
    return keep(writer, writer->sink->ops->thread_append(writer->sink, kind, id), 1);
}

/* ---- another trace that begins as this one is ---- */

static enum ct_status
repeat_paths(struct ct_trace_writer *writer)
{
    size_t size;
    for (uint64_t id = 0; id < writer->path_count; id++) {
        const char *path = ct_text_table_get(writer->definitions.paths, id, &size);
        CT_TRY(keep(writer, writer->sink->ops->path_append(writer->sink, path, size), 1));
    }
    return CT_OK;
}

static enum ct_status
repeat_names(struct ct_trace_writer *writer)
{
    size_t size;
    for (uint64_t id = 0; id < writer->name_count; id++) {
        const char *name = ct_text_table_get(writer->definitions.names, id, &size);
        CT_TRY(keep(writer, writer->sink->ops->name_append(writer->sink, name, size), 1));
    }
    return CT_OK;
}

static enum ct_status
repeat_types(struct ct_trace_writer *writer)
{
    const uint64_t count = ct_text_table_count(writer->definitions.types);
    uint64_t any_id = 0;
    for (uint64_t id = 0; id < count; id++) {
        struct ct_sink_type type;
        CT_TRY(remember(writer, ct_definitions_type_get(&writer->definitions, id, &type)));
        if (type.kind == CT_TYPE_ANY && type.size == 3 && memcmp(type.name, "Any", 3) == 0)
            any_id = id;
        type.field_type_id = any_id; /* which came before any type that has fields */
        CT_TRY(keep(writer, writer->sink->ops->type_append(writer->sink, &type), 1));
    }
    return CT_OK;
}

static enum ct_status
repeat_definitions(struct ct_trace_writer *writer)
{
    CT_TRY(repeat_paths(writer));
    CT_TRY(repeat_names(writer));
    return repeat_types(writer);
}

/* After too many branches in a row: the former folders are let go of. */
static enum ct_status
copy_all_sources(struct ct_trace_writer *writer)
{
    for (uint64_t id = 0; id < writer->path_count; id++) {
        if (ct_inherited_sources_have(&writer->inherited, id))
            CT_TRY(copy_source(writer, id));
    }
    ct_inherited_sources_reset(&writer->inherited);
    return CT_OK;
}

enum ct_status
ct_trace_writer_branch(struct ct_trace_writer *writer, struct ct_folder *folder,
                       const struct ct_trace_options *options)
{
    struct ct_folder *from = writer->folder;
    struct ct_sink *abandoned = writer->sink;
    CT_TRY(check_options(options));
    writer->folder = folder;
    enum ct_status status = folder == from ? CT_OK : remove_older_trace(folder);
    if (status == CT_OK)
        status = open_sink(writer, options);
    if (status == CT_OK && folder != from)
        status = ct_inherited_sources_branch(&writer->inherited, from, writer->path_count);
    if (status != CT_OK) {
        if (writer->sink != abandoned)
            writer->sink->ops->abandon(writer->sink);
        writer->sink = abandoned;
        writer->folder = from;
        return status;
    }
    abandoned->ops->abandon(abandoned);
    writer->status = CT_OK;
    writer->is_sink_broken = false;
    writer->open_call_count = 0;
    writer->counts = (struct ct_trace_counts){0};
    ct_shown_functions_branch(&writer->shown);
    enum ct_status repeated = repeat_definitions(writer);
    if (repeated == CT_OK && ct_inherited_sources_are_full(&writer->inherited))
        repeated = copy_all_sources(writer);
    (void)remember(writer, repeated);
    return CT_OK;
}

/* ---- lifecycle ---- */

enum ct_status
ct_trace_writer_flush(struct ct_trace_writer *writer)
{
    CT_TRY(writer->status);
    return keep(writer, writer->sink->ops->flush(writer->sink), 0);
}

enum ct_status
ct_trace_writer_settle(struct ct_trace_writer *writer)
{
    CT_TRY(writer->status);
    if (writer->sink->ops->settle == NULL)
        return CT_OK;
    return keep(writer, writer->sink->ops->settle(writer->sink), 0);
}

uint64_t
ct_trace_writer_step_count(const struct ct_trace_writer *writer)
{
    return writer->counts.step_count;
}

void
ct_trace_writer_counts(const struct ct_trace_writer *writer, struct ct_trace_counts *out_counts)
{
    *out_counts = writer->counts;
    out_counts->size = writer->sink->ops->size(writer->sink);
}

enum ct_status
ct_trace_writer_close(struct ct_trace_writer *writer)
{
    if (writer == NULL)
        return CT_OK;
    const enum ct_status failed = writer->status;
    const enum ct_status closed = writer->sink->ops->close(writer->sink, !writer->is_sink_broken);
    free_writer(writer);
    return failed != CT_OK ? failed : closed;
}
