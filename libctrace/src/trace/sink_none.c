/* A sink that keeps nothing: of a recording that is held until somebody asks for what it knows. */
#include "trace/sink.h"

struct sink_none {
    struct ct_sink base;
    const struct ct_alloc *alloc;
};

static enum ct_status
text_append(struct ct_sink *sink, const char *text, size_t size)
{
    (void)sink, (void)text, (void)size;
    return CT_OK;
}

static enum ct_status
function_append(struct ct_sink *sink, const struct ct_sink_function *function)
{
    (void)sink, (void)function;
    return CT_OK;
}

static enum ct_status
type_append(struct ct_sink *sink, const struct ct_sink_type *type)
{
    (void)sink, (void)type;
    return CT_OK;
}

static enum ct_status
step_append(struct ct_sink *sink, uint64_t path_id, uint64_t line)
{
    (void)sink, (void)path_id, (void)line;
    return CT_OK;
}

static enum ct_status
values_append(struct ct_sink *sink, const struct ct_trace_value *values, size_t count)
{
    (void)sink, (void)values, (void)count;
    return CT_OK;
}

static enum ct_status
call_append(struct ct_sink *sink, uint64_t function_id, const struct ct_trace_value *args,
            size_t count)
{
    (void)sink, (void)function_id, (void)args, (void)count;
    return CT_OK;
}

static enum ct_status
return_append(struct ct_sink *sink, const uint8_t *value, size_t size)
{
    (void)sink, (void)value, (void)size;
    return CT_OK;
}

static enum ct_status
event_append(struct ct_sink *sink, const struct ct_sink_event *event)
{
    (void)sink, (void)event;
    return CT_OK;
}

static enum ct_status
thread_append(struct ct_sink *sink, enum ct_thread_event kind, uint64_t id)
{
    (void)sink, (void)kind, (void)id;
    return CT_OK;
}

static enum ct_status
flush(struct ct_sink *sink)
{
    (void)sink;
    return CT_OK;
}

static uint64_t
size_of(const struct ct_sink *sink)
{
    (void)sink;
    return 0;
}

static void
abandon(struct ct_sink *sink)
{
    ct_alloc_free(((struct sink_none *)sink)->alloc, sink);
}

static enum ct_status
close_sink(struct ct_sink *sink, bool is_sound)
{
    (void)is_sound;
    abandon(sink);
    return CT_OK;
}

static const struct ct_sink_ops none_ops = {
    .path_append = text_append,
    .name_append = text_append,
    .function_append = function_append,
    .type_append = type_append,
    .step_append = step_append,
    .values_append = values_append,
    .call_append = call_append,
    .return_append = return_append,
    .event_append = event_append,
    .thread_append = thread_append,
    .flush = flush,
    .size = size_of,
    .close = close_sink,
    .abandon = abandon,
};

enum ct_status
ct_sink_none_open(const struct ct_trace_options *options, struct ct_sink **out_sink)
{
    struct sink_none *sink = ct_alloc_zeroed(options->alloc, 1, sizeof *sink);
    if (sink == NULL)
        return CT_ERR_MEMORY;
    sink->base.ops = &none_ops;
    sink->alloc = options->alloc;
    *out_sink = &sink->base;
    return CT_OK;
}
