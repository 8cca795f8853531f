/* A container of a few inner files, laid out in memory at once.
 *
 * For targets whose input is what an inner file holds: the container's writer and zstd's encoder
 * would take most of an execution's time, and are no readers. Each file has one mapping block; a
 * chunk's frame holds its events as they are. */
#ifndef CT_FUZZ_CONTAINER_IMAGE_H
#define CT_FUZZ_CONTAINER_IMAGE_H

#include "base/buffer.h"
#include "container/container_format.h"
#include "trace/events_format.h"

#include <string.h>

#define IMAGE_FILE_SIZE_MAX ((size_t)CT_CONTAINER_FANOUT * CT_CONTAINER_BLOCK_SIZE)

/* A zstd frame: magic, a descriptor that says "one segment, its size in four bytes", that size. */
#define FRAME_MAGIC          UINT32_C(0xFD2FB528)
#define FRAME_DESCRIPTOR     0xA0u
#define FRAME_BLOCK_SIZE_MAX ((size_t)128 << 10)

/* An inner file. */
struct image_file {
    const char *name;
    const uint8_t *bytes;
    size_t size;
};

/* Blocks of a frame that are stored as they are. */
static inline void
image_put_frame(struct ct_buffer *out, const uint8_t *bytes, size_t size)
{
    bool is_last;
    ct_buffer_put_u32(out, FRAME_MAGIC);
    ct_buffer_put_u8(out, FRAME_DESCRIPTOR);
    ct_buffer_put_u32(out, (uint32_t)size);
    do {
        const size_t part = size < FRAME_BLOCK_SIZE_MAX ? size : FRAME_BLOCK_SIZE_MAX;
        is_last = part == size;
        const uint32_t head = (uint32_t)part << 3 | is_last;
        for (unsigned i = 0; i < 3; i++)
            ct_buffer_put_u8(out, (uint8_t)(head >> (8 * i)));
        ct_buffer_put(out, bytes, part);
        bytes += part;
        size -= part;
    } while (!is_last);
}

/* A chunk of events.log. */
static inline void
image_put_chunk(struct ct_buffer *log, const uint8_t *bytes, size_t size, uint32_t event_count,
                uint64_t event_first)
{
    const size_t head = log->size;
    ct_buffer_put_u32(log, 0);
    ct_buffer_put_u32(log, event_count);
    ct_buffer_put_u64(log, event_first);
    image_put_frame(log, bytes, size);
    if (ct_buffer_status(log) == CT_OK)
        ct_bytes_put_u32(log->bytes + head, (uint32_t)(log->size - head - CT_CHUNK_HEAD_SIZE));
}

static inline void
image_put_entry(uint8_t *entry, const struct image_file *file, uint64_t root)
{
    uint64_t name = 0;
    if (ct_container_name_encode(file->name, &name) != CT_OK)
        return;
    ct_bytes_put_u64(entry, file->size);
    ct_bytes_put_u64(entry + CT_CONTAINER_ENTRY_ROOT_OFFSET, root);
    ct_bytes_put_u64(entry + CT_CONTAINER_ENTRY_NAME_OFFSET, name);
}

/* The mapping block of a file, and its blocks behind it. */
static inline void
image_put_file(uint8_t *image, uint64_t root, const struct image_file *file)
{
    uint8_t *mapping = image + root * CT_CONTAINER_BLOCK_SIZE;
    for (size_t i = 0; i * CT_CONTAINER_BLOCK_SIZE < file->size; i++)
        ct_bytes_put_u64(mapping + i * CT_CONTAINER_POINTER_SIZE, root + 1 + i);
    if (file->size > 0)
        memcpy(mapping + CT_CONTAINER_BLOCK_SIZE, file->bytes, file->size);
}

static inline size_t
image_block_count(const struct image_file *file)
{
    return 1 + (file->size + CT_CONTAINER_BLOCK_SIZE - 1) / CT_CONTAINER_BLOCK_SIZE;
}

/* Into `out`, which is empty. False when a file is too large, or memory is out. */
static inline bool
image_build(struct ct_buffer *out, const struct image_file *files, size_t count)
{
    size_t block_count = 1;
    uint64_t root = 1;
    for (size_t i = 0; i < count; i++) {
        if (files[i].size > IMAGE_FILE_SIZE_MAX)
            return false;
        block_count += image_block_count(&files[i]);
    }
    uint8_t *image = ct_buffer_reserve(out, block_count * CT_CONTAINER_BLOCK_SIZE);
    if (image == NULL)
        return false;
    out->size = block_count * CT_CONTAINER_BLOCK_SIZE;
    memset(image, 0, out->size);
    memcpy(image, CT_CONTAINER_MAGIC, CT_CONTAINER_MAGIC_SIZE);
    image[CT_CONTAINER_VERSION_OFFSET] = CT_CONTAINER_VERSION;
    image[CT_CONTAINER_SHARD_OFFSET] = CT_CONTAINER_SHARD_COUNT;
    ct_bytes_put_u32(image + CT_CONTAINER_BLOCK_SIZE_OFFSET, CT_CONTAINER_BLOCK_SIZE);
    ct_bytes_put_u32(image + CT_CONTAINER_COUNT_OFFSET, CT_CONTAINER_ENTRY_MAX);
    for (size_t i = 0; i < count; i++) {
        image_put_entry(image + CT_CONTAINER_ENTRIES_OFFSET + i * CT_CONTAINER_ENTRY_SIZE,
                        &files[i], root);
        image_put_file(image, root, &files[i]);
        root += image_block_count(&files[i]);
    }
    return true;
}

#endif
