/* When a span is full and how it is put on disk. See index_writer.h. */
#include "trace/index_writer.h"

#include "trace/index_format.h"

static enum ct_status
append(struct ct_index_writer *writer, const void *bytes, size_t size)
{
    CT_TRY(ct_container_writer_append(writer->container, writer->file_index, bytes, size));
    return ct_container_writer_publish(writer->container, writer->file_index);
}

enum ct_status
ct_index_writer_init(struct ct_index_writer *writer, struct ct_container_writer *container,
                     const struct ct_alloc *alloc)
{
    *writer = (struct ct_index_writer){.container = container};
    ct_index_span_init(&writer->span, alloc);
    ct_buffer_init(&writer->bytes, alloc);
    CT_TRY(ct_container_writer_create(container, CT_INDEX_NAME, &writer->file_index));
    ct_buffer_put_text(&writer->bytes, CT_INDEX_MAGIC);
    ct_buffer_put_u16(&writer->bytes, CT_INDEX_VERSION);
    ct_buffer_put_u16(&writer->bytes, 0);
    CT_TRY(ct_buffer_status(&writer->bytes));
    return append(writer, writer->bytes.bytes, writer->bytes.size);
}

void
ct_index_writer_release(struct ct_index_writer *writer)
{
    ct_index_span_release(&writer->span);
    if (writer->container == NULL)
        return;
    ct_buffer_release(&writer->bytes);
    *writer = (struct ct_index_writer){0};
}

enum ct_status
ct_index_writer_end(struct ct_index_writer *writer, struct ct_buffer *span)
{
    if (writer->chunk_count == 0)
        return CT_OK;
    CT_TRY(ct_index_span_end(&writer->span, span));
    writer->chunk_count = 0;
    writer->size = 0;
    return ct_buffer_status(span);
}

enum ct_status
ct_index_writer_list(struct ct_index_writer *writer, const struct ct_buffer *span,
                     uint64_t log_size)
{
    if (span->size == 0)
        return CT_OK;
    ct_buffer_reset(&writer->bytes);
    ct_index_span_frame(&writer->bytes, log_size - writer->log_start, span->bytes, span->size);
    CT_TRY(ct_buffer_status(&writer->bytes));
    writer->log_start = log_size;
    return append(writer, writer->bytes.bytes, writer->bytes.size);
}

bool
ct_index_writer_chunk(struct ct_index_writer *writer, size_t size)
{
    writer->chunk_count++;
    writer->size += size;
    return writer->chunk_count >= CT_INDEX_SPAN_CHUNK_MAX || writer->size >= CT_INDEX_SPAN_SIZE_MAX;
}
