/* Encodes meta.dat and paths.json. See meta_writer.h. */
#include "trace/meta_writer.h"

#include "trace/meta_format.h"
#include "value/json_put.h"

static void
put_text(struct ct_buffer *buffer, const char *text, size_t size)
{
    ct_buffer_put_varint(buffer, size);
    ct_buffer_put(buffer, text, size);
}

static void
put_head(struct ct_buffer *head, const struct ct_trace_options *options)
{
    ct_buffer_put(head, CT_META_MAGIC, CT_META_MAGIC_SIZE);
    ct_buffer_put_u16(head, CT_META_VERSION);
    ct_buffer_put_u16(head, options->filter_count > 0 ? CT_META_FLAG_FILTERS : 0);
    put_text(head, options->recording_id, strlen(options->recording_id));
    put_text(head, options->program, strlen(options->program));
    ct_buffer_put_varint(head, options->arg_count);
    for (size_t i = 0; i < options->arg_count; i++)
        put_text(head, options->args[i], strlen(options->args[i]));
    put_text(head, options->workdir, strlen(options->workdir));
    put_text(head, options->recorder, strlen(options->recorder));
}

static uint8_t
hex_digit(char digit)
{
    return (uint8_t)(digit >= 'a' ? digit - 'a' + 10 : digit - '0');
}

/* The block behind the paths. A digest that is cut is made up with zeros. */
static void
put_filters(struct ct_buffer *filters, const struct ct_trace_options *options)
{
    if (options->filter_count == 0)
        return;
    ct_buffer_put_varint(filters, options->filter_count);
    for (size_t i = 0; i < options->filter_count; i++) {
        const struct ct_trace_filter *filter = &options->filters[i];
        size_t digit_count = strlen(filter->digest);
        put_text(filters, filter->path, strlen(filter->path));
        for (size_t at = 0; at < CT_META_FILTER_SIZE; at++) {
            const char *pair = filter->digest + 2 * at;
            bool is_there = 2 * at + 1 < digit_count;
            ct_buffer_put_u8(
                filters, is_there ? (uint8_t)(hex_digit(pair[0]) << 4 | hex_digit(pair[1])) : 0);
        }
    }
}

void
ct_meta_writer_init(struct ct_meta_writer *writer, const struct ct_trace_options *options)
{
    *writer = (struct ct_meta_writer){0};
    ct_buffer_init(&writer->head, options->alloc);
    ct_buffer_init(&writer->paths, options->alloc);
    ct_buffer_init(&writer->filters, options->alloc);
    ct_buffer_init(&writer->encoded, options->alloc);
    ct_buffer_init(&writer->json, options->alloc);
    put_head(&writer->head, options);
    put_filters(&writer->filters, options);
    ct_buffer_put_u8(&writer->json, '[');
}

void
ct_meta_writer_release(struct ct_meta_writer *writer)
{
    ct_buffer_release(&writer->head);
    ct_buffer_release(&writer->paths);
    ct_buffer_release(&writer->filters);
    ct_buffer_release(&writer->encoded);
    ct_buffer_release(&writer->json);
}

enum ct_status
ct_meta_writer_path_append(struct ct_meta_writer *writer, const char *path, size_t size)
{
    put_text(&writer->paths, path, size);
    if (writer->path_count > 0)
        ct_buffer_put_u8(&writer->json, ',');
    ct_json_put_string(&writer->json, path, size);
    writer->path_count++;
    CT_TRY(ct_buffer_status(&writer->paths));
    return ct_buffer_status(&writer->json);
}

enum ct_status
ct_meta_writer_encode(struct ct_meta_writer *writer, const struct ct_buffer **out_meta)
{
    CT_TRY(ct_buffer_status(&writer->head));
    ct_buffer_reset(&writer->encoded);
    ct_buffer_put(&writer->encoded, writer->head.bytes, writer->head.size);
    ct_buffer_put_varint(&writer->encoded, writer->path_count);
    ct_buffer_put(&writer->encoded, writer->paths.bytes, writer->paths.size);
    CT_TRY(ct_buffer_status(&writer->filters));
    ct_buffer_put(&writer->encoded, writer->filters.bytes, writer->filters.size);
    *out_meta = &writer->encoded;
    return ct_buffer_status(&writer->encoded);
}

enum ct_status
ct_meta_writer_encode_json(struct ct_meta_writer *writer, const struct ct_buffer **out_json)
{
    CT_TRY(ct_buffer_status(&writer->json));
    ct_buffer_reset(&writer->encoded);
    ct_buffer_put(&writer->encoded, writer->json.bytes, writer->json.size);
    ct_buffer_put_u8(&writer->encoded, ']');
    *out_json = &writer->encoded;
    return ct_buffer_status(&writer->encoded);
}
