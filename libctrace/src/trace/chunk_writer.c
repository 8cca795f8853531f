/* Chunks of events.log, pressed in batches. See chunk_writer.h. */
#include "trace/chunk_writer.h"

#include "trace/events_format.h"

#define BATCH_COUNT (CT_CHUNK_PRESS_MAX + 1)
/* A batch of so many bytes takes several times as long as to start a thread. */
#define PRESSED_SIZE_MIN ((size_t)1 << 18)

enum ct_status
ct_chunk_writer_init(struct ct_chunk_writer *writer, struct ct_container_writer *container,
                     uint32_t file_index, bool has_second_core, const struct ct_alloc *alloc)
{
    *writer = (struct ct_chunk_writer){
        .container = container, .file_index = file_index, .has_second_core = has_second_core};
    for (size_t i = 0; i < BATCH_COUNT; i++)
        ct_chunk_batch_init(&writer->batches[i], alloc);
    writer->batch = &writer->batches[0];
    writer->compressor = ct_chunk_batch_compressor();
    return writer->compressor != NULL ? CT_OK : CT_ERR_MEMORY;
}

void
ct_chunk_writer_warm(struct ct_chunk_writer *writer)
{
    CT_CHECK(writer->due_count == 0);
    if (!writer->is_warm)
        ct_chunk_batch_warm(writer->compressor, writer->batch->events.alloc);
    writer->is_warm = true;
}

/* In a process that was forked off the writer's: the thread is not in it. */
static bool
is_elsewhere(const struct ct_chunk_writer *writer)
{
    return writer->press != NULL && !ct_chunk_press_is_here(writer->press);
}

void
ct_chunk_writer_release(struct ct_chunk_writer *writer)
{
    /* Elsewhere the thread may be at work with it: what is here was copied in between. */
    const bool is_lost = is_elsewhere(writer) && writer->due_count > 0;
    ct_chunk_press_free(writer->press);
    writer->press = NULL;
    if (!is_lost)
        ZSTD_freeCCtx(writer->compressor);
    writer->compressor = NULL;
    for (size_t i = 0; i < BATCH_COUNT; i++)
        ct_chunk_batch_release(&writer->batches[i]);
}

size_t
ct_chunk_writer_room(const struct ct_chunk_writer *writer)
{
    return CT_CHUNK_EVENT_MAX - writer->event_count;
}

static size_t
open_size(const struct ct_chunk_writer *writer)
{
    return writer->batch->events.size - writer->batch->end;
}

enum ct_status
ct_chunk_writer_account(struct ct_chunk_writer *writer, size_t count, bool *out_is_full)
{
    CT_TRY(ct_buffer_status(&writer->batch->events));
    writer->event_count += (uint32_t)count;
    *out_is_full =
        writer->event_count == CT_CHUNK_EVENT_MAX || open_size(writer) >= CT_CHUNK_SIZE_FULL;
    return CT_OK;
}

size_t
ct_chunk_writer_cut(struct ct_chunk_writer *writer)
{
    const size_t size = open_size(writer);
    ct_chunk_batch_cut(writer->batch, writer->event_count);
    writer->event_first += writer->event_count;
    writer->event_count = 0;
    return size;
}

bool
ct_chunk_writer_is_batch_full(const struct ct_chunk_writer *writer)
{
    const struct ct_chunk_batch *batch = writer->batch;
    return !writer->has_second_core || batch->count == CT_CHUNK_BATCH_MAX ||
           batch->end >= CT_CHUNK_BATCH_SIZE_FULL;
}

static enum ct_status
append_batch(struct ct_chunk_writer *writer, const struct ct_chunk_batch *batch)
{
    CT_TRY(batch->status);
    CT_TRY(ct_container_writer_append(writer->container, writer->file_index, batch->sealed.bytes,
                                      batch->sealed.size));
    CT_TRY(ct_container_writer_publish(writer->container, writer->file_index));
    writer->log_size += batch->sealed.size;
    return CT_OK;
}

enum ct_status
ct_chunk_writer_settle(struct ct_chunk_writer *writer, const struct ct_chunk_batch **out_batch)
{
    struct ct_chunk_batch *batch = &writer->batches[writer->due_first];
    CT_CHECK(writer->due_count > 0);
    CT_TRY(writer->status);
    if (is_elsewhere(writer))
        return CT_ERR_STATE;
    if (writer->press != NULL)
        ct_chunk_press_wait(writer->press, batch);
    writer->due_first = (writer->due_first + 1) % BATCH_COUNT;
    writer->due_count--;
    *out_batch = batch;
    writer->status = append_batch(writer, batch);
    return writer->status;
}

/* Small traces are not worth starting a thread. When there is one it has the compressor. */
static struct ct_chunk_press *
press_for(struct ct_chunk_writer *writer)
{
    const struct ct_chunk_batch *batch = writer->batch;
    const bool is_large = batch->count == CT_CHUNK_BATCH_MAX || batch->end >= PRESSED_SIZE_MIN;
    if (writer->press == NULL && writer->has_second_core && is_large) {
        writer->press = ct_chunk_press_new(writer->compressor, batch->events.alloc);
        writer->has_second_core = writer->press != NULL;
    }
    return writer->press;
}

enum ct_status
ct_chunk_writer_press(struct ct_chunk_writer *writer)
{
    struct ct_chunk_batch *batch = writer->batch;
    CT_CHECK(writer->due_count < CT_CHUNK_PRESS_MAX);
    if (batch->count == 0)
        return CT_OK;
    if (is_elsewhere(writer))
        return CT_ERR_STATE;
    CT_TRY(ct_buffer_status(&batch->span));
    CT_TRY(ct_chunk_batch_reserve(batch));
    struct ct_chunk_press *press = press_for(writer);
    writer->is_warm = true;
    writer->due_count++;
    writer->batch = &writer->batches[(writer->due_first + writer->due_count) % BATCH_COUNT];
    ct_chunk_batch_reset(writer->batch, writer->event_first);
    if (batch->events.size > batch->end)
        ct_buffer_put(&writer->batch->events, batch->events.bytes + batch->end,
                      batch->events.size - batch->end);
    batch->events.size = batch->end;
    if (press != NULL) {
        ct_chunk_press_begin(press, batch);
    } else {
        ct_chunk_batch_compress(batch, writer->compressor);
        batch->is_pressed = true;
    }
    return ct_buffer_status(&writer->batch->events);
}
