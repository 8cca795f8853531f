/* A layout of a trace on disk: what the trace writer asks of `combined` and of `json`.
 *
 * The writer keeps the rules (ids, nesting, valid text) and what is common; a sink turns each
 * record into bytes of its files. After a failure a sink gets nothing but close. */
#ifndef CT_TRACE_SINK_H
#define CT_TRACE_SINK_H

#include "ctrace/trace_writer.h"

struct ct_sink;

struct ct_sink_function {
    uint64_t path_id;
    uint64_t line;
    const char *name;
    size_t size;
};

struct ct_sink_type {
    enum ct_type_kind kind;
    const char *name;
    size_t size;
    const char *const *fields;
    size_t field_count;
    uint64_t field_type_id; /* of every field: values say their own */
};

struct ct_sink_event {
    enum ct_event_kind kind;
    const char *metadata;
    size_t metadata_size;
    const char *content;
    size_t content_size;
};

struct ct_sink_ops {
    enum ct_status (*path_append)(struct ct_sink *sink, const char *path, size_t size);
    enum ct_status (*name_append)(struct ct_sink *sink, const char *name, size_t size);
    enum ct_status (*function_append)(struct ct_sink *sink,
                                      const struct ct_sink_function *function);
    enum ct_status (*type_append)(struct ct_sink *sink, const struct ct_sink_type *type);
    enum ct_status (*step_append)(struct ct_sink *sink, uint64_t path_id, uint64_t line);
    enum ct_status (*values_append)(struct ct_sink *sink, const struct ct_trace_value *values,
                                    size_t count);
    enum ct_status (*call_append)(struct ct_sink *sink, uint64_t function_id,
                                  const struct ct_trace_value *args, size_t count);
    enum ct_status (*return_append)(struct ct_sink *sink, const uint8_t *value, size_t size);
    enum ct_status (*event_append)(struct ct_sink *sink, const struct ct_sink_event *event);
    enum ct_status (*thread_append)(struct ct_sink *sink, enum ct_thread_event kind, uint64_t id);
    /* Everything appended so far becomes visible to a reader. */
    enum ct_status (*flush)(struct ct_sink *sink);
    /* So does what was only kept back to be written, or compressed, together. NULL: none is. */
    enum ct_status (*settle)(struct ct_sink *sink);
    uint64_t (*size)(const struct ct_sink *sink); /* bytes on disk */
    /* Closes the files and frees the sink. Without `is_sound` the open piece is dropped. */
    enum ct_status (*close)(struct ct_sink *sink, bool is_sound);
    /* Frees the sink and writes nothing: its files are another process's. */
    void (*abandon)(struct ct_sink *sink);
};

struct ct_sink {
    const struct ct_sink_ops *ops;
};

/* Each creates its files in `folder`. `options` are checked, with `alloc` filled in. */
CT_MUST_CHECK enum ct_status ct_sink_combined_open(struct ct_folder *folder,
                                                   const struct ct_trace_options *options,
                                                   struct ct_sink **out_sink);
CT_MUST_CHECK enum ct_status ct_sink_json_open(struct ct_folder *folder,
                                               const struct ct_trace_options *options,
                                               struct ct_sink **out_sink);
/* Keeps nothing. */
CT_MUST_CHECK enum ct_status ct_sink_none_open(const struct ct_trace_options *options,
                                               struct ct_sink **out_sink);

#endif
