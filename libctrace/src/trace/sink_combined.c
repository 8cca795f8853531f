/* The combined layout: one `trace.ct` with events.log, events.fmt, paths.json, meta.dat, and
 * ctindex.dat for readers of our own.
 *
 * Order on disk: a chunk, the index when a span ends with it, then (when paths were added)
 * paths.json, then meta.dat, whose appearance tells readers that the trace can be opened. */
#include "trace/sink.h"

#include "trace/chunk_writer.h"
#include "trace/event_encode.h"
#include "trace/events_format.h"
#include "trace/index_writer.h"
#include "trace/meta_writer.h"

/* A republished path list leaves its old blocks behind. Beyond this allowance and an eighth of the
 * container it waits for a later seal, flush or close: a program that loads thousands of files
 * would otherwise fill the container with old lists. */
#define DEAD_SIZE_ALLOWED ((uint64_t)1 << 20)
#define DEAD_SHARE        8

struct combined_sink {
    struct ct_sink sink;
    const struct ct_alloc *alloc;
    struct ct_container_writer *container;
    uint32_t format_index; /* of the inner files */
    uint32_t paths_index;
    uint32_t meta_index;
    struct ct_chunk_writer chunk;
    struct ct_index_writer index;
    struct ct_meta_writer meta;
    bool is_meta_published;
    uint64_t path_count_published;
    uint64_t meta_size; /* of both lists as published */
    uint64_t dead_size; /* of lists that were replaced */
};

static struct combined_sink *
combined(struct ct_sink *sink)
{
    return (struct combined_sink *)sink;
}

/* ---- publishing ---- */

static enum ct_status
publish_meta(struct combined_sink *self)
{
    const struct ct_buffer *bytes;
    CT_TRY(ct_meta_writer_encode_json(&self->meta, &bytes));
    const uint64_t json_size = bytes->size;
    CT_TRY(
        ct_container_writer_replace(self->container, self->paths_index, bytes->bytes, bytes->size));
    CT_TRY(ct_meta_writer_encode(&self->meta, &bytes));
    CT_TRY(
        ct_container_writer_replace(self->container, self->meta_index, bytes->bytes, bytes->size));
    self->dead_size += self->meta_size;
    self->meta_size = json_size + bytes->size;
    self->path_count_published = self->meta.path_count;
    self->is_meta_published = true;
    return CT_OK;
}

static bool
is_meta_affordable(const struct combined_sink *self)
{
    const uint64_t share = ct_container_writer_size(self->container) / DEAD_SHARE;
    return self->dead_size + self->meta_size <= DEAD_SIZE_ALLOWED + share;
}

/* All but the last `kept` of what was pressed gets into events.log, each span that ends there into
 * the index. */
static enum ct_status
settle_chunks(struct combined_sink *self, unsigned kept)
{
    while (self->chunk.due_count > kept) {
        const struct ct_chunk_batch *batch;
        CT_TRY(ct_chunk_writer_settle(&self->chunk, &batch));
        CT_TRY(ct_index_writer_list(&self->index, &batch->span, self->chunk.log_size));
    }
    return CT_OK;
}

static enum ct_status
publish_paths(struct combined_sink *self, bool is_due)
{
    if (self->is_meta_published && self->path_count_published == self->meta.path_count)
        return CT_OK;
    if (!is_due && self->is_meta_published && !is_meta_affordable(self))
        return CT_OK;
    CT_TRY(settle_chunks(self, 0));
    return publish_meta(self);
}

/* The span ends with the batch, or with the one before when it has no chunks. */
static enum ct_status
end_span(struct combined_sink *self)
{
    struct ct_buffer *span = &self->chunk.batch->span;
    if (self->chunk.batch->count > 0)
        return ct_index_writer_end(&self->index, span);
    CT_TRY(settle_chunks(self, 0));
    CT_TRY(ct_index_writer_end(&self->index, span));
    CT_TRY(ct_index_writer_list(&self->index, span, self->chunk.log_size));
    ct_buffer_reset(span);
    return CT_OK;
}

/* Has the batch's chunks compressed; with `is_due` they are in events.log then. */
static enum ct_status
press_chunks(struct combined_sink *self, bool is_due)
{
    CT_TRY(settle_chunks(self, CT_CHUNK_PRESS_MAX - 1));
    CT_TRY(ct_chunk_writer_press(&self->chunk));
    return is_due || !self->chunk.has_second_core ? settle_chunks(self, 0) : CT_OK;
}

/* `is_all_due`: everything appended so far becomes visible. */
static enum ct_status
seal_chunk(struct combined_sink *self, bool is_all_due)
{
    bool is_span_full = is_all_due;
    if (self->chunk.event_count > 0)
        is_span_full |= ct_index_writer_chunk(&self->index, ct_chunk_writer_cut(&self->chunk));
    if (!is_span_full && self->is_meta_published && !ct_chunk_writer_is_batch_full(&self->chunk))
        return CT_OK;
    if (is_span_full)
        CT_TRY(end_span(self));
    CT_TRY(press_chunks(self, is_all_due));
    return publish_paths(self, is_all_due);
}

/* After `count` events were put into the chunk. hot */
static enum ct_status
account_events(struct combined_sink *self, size_t count)
{
    bool is_full;
    self->index.span.record_count += count;
    CT_TRY(ct_chunk_writer_account(&self->chunk, count, &is_full));
    return is_full ? seal_chunk(self, false) : CT_OK;
}

/* ---- definitions ---- */

/* After a definition was put behind the chunk's first `start` bytes. */
static enum ct_status
account_definition(struct combined_sink *self, size_t start)
{
    const struct ct_buffer *events = &self->chunk.batch->events;
    ct_buffer_put(&self->index.span.definitions, events->bytes + start, events->size - start);
    return account_events(self, 1);
}

static enum ct_status
append_path(struct ct_sink *sink, const char *path, size_t size)
{
    struct combined_sink *self = combined(sink);
    CT_TRY(ct_meta_writer_path_append(&self->meta, path, size));
    const size_t start = self->chunk.batch->events.size;
    ct_event_put_path(&self->chunk.batch->events, path, size);
    return account_definition(self, start);
}

static enum ct_status
append_name(struct ct_sink *sink, const char *name, size_t size)
{
    struct combined_sink *self = combined(sink);
    const size_t start = self->chunk.batch->events.size;
    ct_event_put_name(&self->chunk.batch->events, name, size);
    return account_definition(self, start);
}

static enum ct_status
append_function(struct ct_sink *sink, const struct ct_sink_function *function)
{
    struct combined_sink *self = combined(sink);
    const size_t start = self->chunk.batch->events.size;
    ct_event_put_function(&self->chunk.batch->events, function);
    return account_definition(self, start);
}

static enum ct_status
append_type(struct ct_sink *sink, const struct ct_sink_type *type)
{
    struct combined_sink *self = combined(sink);
    const size_t start = self->chunk.batch->events.size;
    ct_event_put_type(&self->chunk.batch->events, type);
    return account_definition(self, start);
}

/* ---- events ---- */

/* hot */
static enum ct_status
append_step(struct ct_sink *sink, uint64_t path_id, uint64_t line)
{
    struct combined_sink *self = combined(sink);
    ct_event_put_step(&self->chunk.batch->events, path_id, line);
    self->index.span.step_count++;
    return account_events(self, 1);
}

/* hot */
static enum ct_status
append_values(struct ct_sink *sink, const struct ct_trace_value *values, size_t count)
{
    struct combined_sink *self = combined(sink);
    while (count > 0) {
        const size_t room = ct_chunk_writer_room(&self->chunk);
        const size_t part = count < room ? count : room;
        ct_event_put_values(&self->chunk.batch->events, values, part);
        CT_TRY(account_events(self, part));
        values += part;
        count -= part;
    }
    return CT_OK;
}

static enum ct_status
append_call(struct ct_sink *sink, uint64_t function_id, const struct ct_trace_value *args,
            size_t count)
{
    struct combined_sink *self = combined(sink);
    ct_event_put_call(&self->chunk.batch->events, function_id, args, count);
    CT_TRY(ct_index_span_call(&self->index.span, function_id));
    return account_events(self, 1);
}

static enum ct_status
append_return(struct ct_sink *sink, const uint8_t *value, size_t size)
{
    struct combined_sink *self = combined(sink);
    ct_event_put_return(&self->chunk.batch->events, value, size);
    ct_index_span_return(&self->index.span);
    return account_events(self, 1);
}

static enum ct_status
append_event(struct ct_sink *sink, const struct ct_sink_event *event)
{
    struct combined_sink *self = combined(sink);
    ct_event_put_event(&self->chunk.batch->events, event);
    self->index.span.event_count++;
    return account_events(self, 1);
}

static enum ct_status
append_thread(struct ct_sink *sink, enum ct_thread_event kind, uint64_t id)
{
    struct combined_sink *self = combined(sink);
    ct_event_put_thread(&self->chunk.batch->events, kind, id);
    return account_events(self, 1);
}

/* ---- lifecycle ---- */

static enum ct_status
flush_sink(struct ct_sink *sink)
{
    return seal_chunk(combined(sink), true);
}

static enum ct_status
settle_sink(struct ct_sink *sink)
{
    struct combined_sink *self = combined(sink);
    if (self->chunk.due_count == 0 && self->chunk.batch->count == 0) {
        ct_chunk_writer_warm(&self->chunk);
        return CT_OK;
    }
    CT_TRY(press_chunks(self, true));
    return publish_paths(self, false);
}

/* Whole chunks that can be had after a failure of something else. No span is listed: one may be
 * missing. */
static enum ct_status
rescue_chunks(struct combined_sink *self)
{
    const struct ct_chunk_batch *batch;
    while (self->chunk.due_count > 0)
        CT_TRY(ct_chunk_writer_settle(&self->chunk, &batch));
    CT_TRY(ct_chunk_writer_press(&self->chunk));
    return self->chunk.due_count > 0 ? ct_chunk_writer_settle(&self->chunk, &batch) : CT_OK;
}

static uint64_t
get_size(const struct ct_sink *sink)
{
    return ct_container_writer_size(((const struct combined_sink *)sink)->container);
}

static enum ct_status
close_sink(struct ct_sink *sink, bool is_sound)
{
    struct combined_sink *self = combined(sink);
    const bool is_open = self->chunk.batch != NULL; /* else opening it has failed */
    const enum ct_status sealed = is_sound  ? seal_chunk(self, true)
                                  : is_open ? rescue_chunks(self)
                                            : CT_OK;
    const enum ct_status closed = ct_container_writer_close(self->container);
    ct_chunk_writer_release(&self->chunk);
    ct_index_writer_release(&self->index);
    ct_meta_writer_release(&self->meta);
    ct_alloc_free(self->alloc, self);
    return sealed != CT_OK ? sealed : closed;
}

static void
abandon_sink(struct ct_sink *sink)
{
    struct combined_sink *self = combined(sink);
    ct_container_writer_abandon(self->container);
    ct_chunk_writer_release(&self->chunk);
    ct_index_writer_release(&self->index);
    ct_meta_writer_release(&self->meta);
    ct_alloc_free(self->alloc, self);
}

static const struct ct_sink_ops combined_ops = {
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
    .settle = settle_sink,
    .size = get_size,
    .close = close_sink,
    .abandon = abandon_sink,
};

static enum ct_status
open_files(struct combined_sink *self, struct ct_folder *folder, bool has_second_core)
{
    struct ct_file *file;
    uint32_t log_index;
    CT_TRY(folder->ops->create(folder, "trace.ct", &file));
    CT_TRY(ct_container_writer_open(file, self->alloc, &self->container));
    CT_TRY(ct_container_writer_create(self->container, "events.log", &log_index));
    CT_TRY(ct_container_writer_create(self->container, "events.fmt", &self->format_index));
    CT_TRY(ct_container_writer_create(self->container, "paths.json", &self->paths_index));
    CT_TRY(ct_container_writer_create(self->container, "meta.dat", &self->meta_index));
    CT_TRY(ct_container_writer_append(self->container, self->format_index, CT_EVENTS_FORMAT_NAME,
                                      strlen(CT_EVENTS_FORMAT_NAME)));
    CT_TRY(ct_container_writer_publish(self->container, self->format_index));
    CT_TRY(ct_index_writer_init(&self->index, self->container, self->alloc));
    return ct_chunk_writer_init(&self->chunk, self->container, log_index,
                                has_second_core, self->alloc);
}

enum ct_status
ct_sink_combined_open(struct ct_folder *folder, const struct ct_trace_options *options,
                      struct ct_sink **out_sink)
{
    struct combined_sink *self = ct_alloc_zeroed(options->alloc, 1, sizeof *self);
    if (self == NULL)
        return CT_ERR_MEMORY;
    self->sink.ops = &combined_ops;
    self->alloc = options->alloc;
    ct_meta_writer_init(&self->meta, options);
    const enum ct_status status = open_files(self, folder, options->has_second_core);
    if (status != CT_OK) {
        (void)close_sink(&self->sink, false); /* the first failure is the one to tell */
        return status;
    }
    *out_sink = &self->sink;
    return CT_OK;
}
