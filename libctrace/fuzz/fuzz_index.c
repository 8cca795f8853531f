/* Fuzzes the index of a trace, and records that it tells of, without checksums, zstd and the
 * container in the fuzzer's way.
 *
 * The input is sections: u8 kind, u16 size (little-endian), and so many bytes. A section of an even
 * kind is a chunk of events, u16 count before them; one of an odd kind is a body of a span. The
 * target gives spans their heads, seeks in the trace and verifies it. */
#include "base/crc32.h"
#include "container_image.h"
#include "ctrace/trace_verify.h"
#include "fuzz.h"
#include "trace/index_format.h"

#define SECTION_HEAD_SIZE 3

/* What the container is made of. */
struct parts {
    struct ct_buffer log;
    struct ct_buffer index;
    uint64_t event_count;
};

static void
put_chunk(struct parts *parts, const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return;
    const uint32_t count = ct_bytes_get_u16(bytes);
    image_put_chunk(&parts->log, bytes + 2, size - 2, count, parts->event_count);
    parts->event_count += count;
}

static void
put_sections(struct parts *parts, const uint8_t *bytes, size_t size)
{
    ct_buffer_put_text(&parts->index, CT_INDEX_MAGIC);
    ct_buffer_put_u32(&parts->index, CT_INDEX_VERSION);
    while (size >= SECTION_HEAD_SIZE) {
        const uint8_t kind = bytes[0];
        size_t held = ct_bytes_get_u16(bytes + 1);
        bytes += SECTION_HEAD_SIZE;
        size -= SECTION_HEAD_SIZE;
        held = held < size ? held : size;
        if (kind % 2 == 0) {
            put_chunk(parts, bytes, held);
        } else {
            ct_buffer_put_u32(&parts->index, (uint32_t)held);
            ct_buffer_put_u32(&parts->index, ct_crc32(bytes, held));
            ct_buffer_put(&parts->index, bytes, held);
        }
        bytes += held;
        size -= held;
    }
}

static void
read_from(const struct ct_trace_files *files, uint64_t step)
{
    struct ct_trace_reader *reader;
    struct ct_trace_position position;
    struct ct_trace_event event;
    if (ct_trace_reader_open_files(files, NULL, &reader, NULL) != CT_OK)
        return;
    ct_trace_reader_event_size_max_put(reader, FUZZ_EVENT_SIZE_MAX);
    enum ct_status status = ct_trace_reader_seek(reader, step, &position);
    while (status == CT_OK || status == CT_ERR_FORMAT || status == CT_ERR_LIMIT)
        status = ct_trace_reader_next(reader, &event, NULL);
    ct_trace_reader_close(reader);
}

static void
read_trace(const struct ct_buffer *image)
{
    struct ct_trace_files files = {0};
    struct ct_verify_result result;
    const struct ct_verify_options options = {.event_size_max = FUZZ_EVENT_SIZE_MAX};
    if (ct_file_memory_open(image->bytes, image->size, NULL, &files.main) != CT_OK)
        return;
    read_from(&files, 1);
    read_from(&files, 6);
    read_from(&files, UINT64_MAX);
    (void)!ct_trace_verify_files(&files, &options, &result, NULL);
    ct_trace_files_close(&files);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct parts parts = {0};
    struct ct_buffer image;
    ct_buffer_init(&parts.log, NULL);
    ct_buffer_init(&parts.index, NULL);
    ct_buffer_init(&image, NULL);
    put_sections(&parts, bytes, size);
    const struct image_file files[] = {
        {"events.log", parts.log.bytes, parts.log.size},
        {CT_INDEX_NAME, parts.index.bytes, parts.index.size},
        {"events.fmt", (const uint8_t *)CT_EVENTS_FORMAT_NAME, strlen(CT_EVENTS_FORMAT_NAME)},
    };
    if (ct_buffer_status(&parts.log) == CT_OK && ct_buffer_status(&parts.index) == CT_OK &&
        image_build(&image, files, 3))
        read_trace(&image);
    ct_buffer_release(&parts.log);
    ct_buffer_release(&parts.index);
    ct_buffer_release(&image);
    return 0;
}
