/* See ctrace_names.h. */
#include "ctrace_names.h"

#include "ctrace_value.h"

#include <inttypes.h>
#include <string.h>

/* ---- text ---- */

void
ctrace_put_path(struct ctrace_output *output, const struct ct_trace_reader *reader,
                uint64_t path_id)
{
    size_t size = 1;
    const char *path = ct_trace_reader_path(reader, path_id, &size);
    const char *workdir = ct_trace_reader_metadata(reader)->workdir;
    const size_t prefix = strlen(workdir);
    if (path != NULL && prefix > 1 && size > prefix + 1 && path[prefix] == '/' &&
        memcmp(path, workdir, prefix) == 0) {
        path += prefix + 1;
        size -= prefix + 1;
    }
    ctrace_put_plain(output, path != NULL ? path : "?", path != NULL ? size : 1);
}

void
ctrace_put_name(struct ctrace_output *output, const struct ct_trace_reader *reader,
                uint64_t name_id)
{
    size_t size = 1;
    const char *name = ct_trace_reader_name(reader, name_id, &size);
    const bool is_expression = name != NULL && strcspn(name, " =([") < size;
    ctrace_put_text(output, is_expression ? "`" : "");
    ctrace_put_plain(output, name != NULL ? name : "?", name != NULL ? size : 1);
    ctrace_put_text(output, is_expression ? "`" : "");
}

void
ctrace_put_function(struct ctrace_output *output, const struct ct_trace_reader *reader,
                    uint64_t function_id)
{
    const struct ct_trace_function *function = ct_trace_reader_function(reader, function_id);
    ctrace_put_plain(output, function != NULL ? function->name : "?",
                     function != NULL ? function->name_size : 1);
}

void
ctrace_put_place(struct ctrace_output *output, const struct ct_trace_reader *reader,
                 const struct ct_trace_place *place)
{
    ctrace_put_path(output, reader, place->path_id);
    ctrace_put_format(output, ":%" PRId64, place->line);
}

void
ctrace_put_args(struct ctrace_output *output, const struct ct_trace_reader *reader,
                const struct ct_trace_arg *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ctrace_put_text(output, i > 0 ? ", " : "");
        ctrace_put_name(output, reader, args[i].name_id);
        ctrace_put_text(output, "=");
        ctrace_put_value_ruby(output, reader, args[i].value);
    }
}

/* ---- JSON ---- */

void
ctrace_put_json_path(struct ctrace_output *output, const struct ct_trace_reader *reader,
                     uint64_t path_id)
{
    size_t size = 1;
    const char *path = ct_trace_reader_path(reader, path_id, &size);
    ctrace_put_json(output, path != NULL ? path : "?", path != NULL ? size : 1, true);
}

void
ctrace_put_json_name(struct ctrace_output *output, const struct ct_trace_reader *reader,
                     uint64_t name_id)
{
    size_t size = 1;
    const char *name = ct_trace_reader_name(reader, name_id, &size);
    ctrace_put_json(output, name != NULL ? name : "?", name != NULL ? size : 1, true);
}

void
ctrace_put_json_function(struct ctrace_output *output, const struct ct_trace_reader *reader,
                         uint64_t function_id)
{
    const struct ct_trace_function *function = ct_trace_reader_function(reader, function_id);
    ctrace_put_json(output, function != NULL ? function->name : "?",
                    function != NULL ? function->name_size : 1, true);
}

void
ctrace_put_json_place(struct ctrace_output *output, const struct ct_trace_reader *reader,
                      const struct ct_trace_place *place)
{
    ctrace_put_format(output, "\"step\":%" PRIu64 ",\"path\":", place->step);
    ctrace_put_json_path(output, reader, place->path_id);
    ctrace_put_format(output, ",\"line\":%" PRId64, place->line);
}

void
ctrace_put_json_args(struct ctrace_output *output, const struct ct_trace_reader *reader,
                     const struct ct_trace_arg *args, size_t count)
{
    ctrace_put_text(output, "[");
    for (size_t i = 0; i < count; i++) {
        ctrace_put_text(output, i > 0 ? ",{\"name\":" : "{\"name\":");
        ctrace_put_json_name(output, reader, args[i].name_id);
        ctrace_put_text(output, ",\"value\":");
        ctrace_put_value_json(output, reader, args[i].value);
        ctrace_put_text(output, "}");
    }
    ctrace_put_text(output, "]");
}
