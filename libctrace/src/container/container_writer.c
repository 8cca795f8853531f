/* Inner files on their way into a container: buffered, placed in blocks, then published.
 *
 * See container_writer.h. Nothing that an entry makes visible is written after that entry; blocks
 * that are not visible yet may lie in the file in any order. */
#include "container/container_writer.h"

#include "base/bytes.h"
#include "container/block_map.h"

#include <string.h>

#define BLOCK_SIZE ((size_t)CT_CONTAINER_BLOCK_SIZE)

struct inner_file {
    uint64_t name; /* base 40 */
    uint64_t size; /* appended */
    struct ct_block_map map;
    /* The end of the file that is not in blocks yet, from a block's start. After a publish it
     * begins with the partial last block, which stands in the file already and is written there
     * again. */
    uint8_t *pending; /* CT_CONTAINER_PENDING_SIZE, made when first needed */
    size_t pending_size;
    bool has_tail;       /* pending begins with such a block… */
    uint64_t tail_block; /* …whose number this is */

    bool is_listed;  /* has a slot in block 0 */
    bool is_changed; /* since it was published */
    uint32_t slot;   /* given at the first publish, so that no free slot lies between others */
};

struct ct_container_writer {
    const struct ct_alloc *alloc;
    struct ct_block_store store;
    struct inner_file files[CT_CONTAINER_ENTRY_MAX];
    uint32_t file_count;
    uint32_t listed_count;
    enum ct_status status; /* the first failure */
};

/* ---- sticky failure ---- */

static enum ct_status
keep(struct ct_container_writer *writer, enum ct_status status)
{
    if (writer->status == CT_OK)
        writer->status = status;
    return writer->status;
}

/* ---- blocks ---- */

/* Where the next block of `inner` goes: the partial one's own place, or a new one. */
static enum ct_status
place_block(struct inner_file *inner, uint64_t *out_block)
{
    if (!inner->has_tail)
        return ct_block_map_append(&inner->map, out_block);
    inner->has_tail = false;
    *out_block = inner->tail_block;
    return CT_OK;
}

/* Writes whole blocks at the end of the file, one call for each run of adjacent ones. */
static enum ct_status
write_blocks(struct ct_container_writer *writer, struct inner_file *inner, const uint8_t *bytes,
             uint64_t count)
{
    uint64_t first = 0;
    uint64_t run = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t block;
        CT_TRY(place_block(inner, &block));
        if (run > 0 && block != first + run) {
            CT_TRY(ct_block_store_write(&writer->store, first, bytes, run));
            bytes += (size_t)run * BLOCK_SIZE;
            run = 0;
        }
        if (run == 0)
            first = block;
        run++;
        inner->tail_block = block;
    }
    return run > 0 ? ct_block_store_write(&writer->store, first, bytes, run) : CT_OK;
}

static enum ct_status
append_pending(struct ct_container_writer *writer, struct inner_file *inner, const uint8_t *bytes,
               size_t size)
{
    if (inner->pending == NULL) {
        inner->pending = ct_alloc_resize(writer->alloc, NULL, CT_CONTAINER_PENDING_SIZE);
        if (inner->pending == NULL)
            return CT_ERR_MEMORY;
    }
    memcpy(inner->pending + inner->pending_size, bytes, size);
    inner->pending_size += size;
    if (inner->pending_size < CT_CONTAINER_PENDING_SIZE)
        return CT_OK;
    inner->pending_size = 0;
    return write_blocks(writer, inner, inner->pending, CT_CONTAINER_PENDING_SIZE / BLOCK_SIZE);
}

/* Large pieces go to the file from where they are; the rest is gathered. */
static enum ct_status
append_bytes(struct ct_container_writer *writer, struct inner_file *inner, const uint8_t *bytes,
             size_t size)
{
    if (size == 0)
        return CT_OK;
    inner->is_changed = true;
    inner->size += size;
    while (size > 0) {
        const bool is_direct = inner->pending_size == 0 && size >= CT_CONTAINER_PENDING_SIZE;
        const size_t room = CT_CONTAINER_PENDING_SIZE - inner->pending_size;
        size_t part = size < room ? size : room;
        if (is_direct) {
            part = size / BLOCK_SIZE * BLOCK_SIZE;
            CT_TRY(write_blocks(writer, inner, bytes, part / BLOCK_SIZE));
        } else {
            CT_TRY(append_pending(writer, inner, bytes, part));
        }
        bytes += part;
        size -= part;
    }
    return CT_OK;
}

static enum ct_status
flush_pending(struct ct_container_writer *writer, struct inner_file *inner)
{
    const size_t rest = inner->pending_size % BLOCK_SIZE;
    const size_t whole = inner->pending_size - rest;
    if (inner->pending_size == 0)
        return CT_OK;
    if (rest > 0)
        memset(inner->pending + inner->pending_size, 0, BLOCK_SIZE - rest);
    CT_TRY(
        write_blocks(writer, inner, inner->pending, (whole + rest + BLOCK_SIZE - 1) / BLOCK_SIZE));
    memmove(inner->pending, inner->pending + whole, rest);
    inner->pending_size = rest;
    inner->has_tail = rest > 0;
    return CT_OK;
}

/* ---- publishing ---- */

static enum ct_status
write_entry(struct ct_container_writer *writer, struct inner_file *inner)
{
    uint8_t entry[CT_CONTAINER_ENTRY_SIZE];
    if (!inner->is_listed)
        inner->slot = writer->listed_count++;
    inner->is_listed = true;
    ct_bytes_put_u64(entry, inner->size);
    ct_bytes_put_u64(entry + CT_CONTAINER_ENTRY_ROOT_OFFSET, inner->map.root);
    ct_bytes_put_u64(entry + CT_CONTAINER_ENTRY_NAME_OFFSET, inner->name);
    const uint64_t offset =
        CT_CONTAINER_ENTRIES_OFFSET + (uint64_t)inner->slot * CT_CONTAINER_ENTRY_SIZE;
    struct ct_file *file = writer->store.file;
    return file->ops->write_at(file, offset, entry, sizeof entry);
}

static enum ct_status
publish_file(struct ct_container_writer *writer, struct inner_file *inner)
{
    if (!inner->is_changed)
        return CT_OK;
    CT_TRY(flush_pending(writer, inner));
    CT_TRY(ct_block_map_flush(&inner->map));
    CT_TRY(write_entry(writer, inner));
    inner->is_changed = false;
    return CT_OK;
}

static enum ct_status
replace_file(struct ct_container_writer *writer, struct inner_file *inner, const uint8_t *bytes,
             size_t size)
{
    ct_block_map_reset(&inner->map);
    inner->size = 0;
    inner->pending_size = 0;
    inner->has_tail = false;
    inner->is_changed = true;
    CT_TRY(append_bytes(writer, inner, bytes, size));
    return publish_file(writer, inner);
}

/* ---- the public calls ---- */

enum ct_status
ct_container_writer_create(struct ct_container_writer *writer, const char *name,
                           uint32_t *out_index)
{
    uint64_t packed;
    CT_TRY(writer->status);
    CT_TRY(keep(writer, ct_container_name_encode(name, &packed)));
    if (writer->file_count == CT_CONTAINER_ENTRY_MAX)
        return keep(writer, CT_ERR_LIMIT);
    for (uint32_t i = 0; i < writer->file_count; i++) {
        if (writer->files[i].name == packed)
            return keep(writer, CT_ERR_STATE);
    }
    struct inner_file *inner = &writer->files[writer->file_count];
    *inner = (struct inner_file){.name = packed, .is_changed = true};
    ct_block_map_init(&inner->map, &writer->store, writer->alloc);
    *out_index = writer->file_count++;
    return CT_OK;
}

enum ct_status
ct_container_writer_append(struct ct_container_writer *writer, uint32_t index, const void *bytes,
                           size_t size)
{
    CT_TRY(writer->status);
    CT_CHECK(index < writer->file_count);
    return keep(writer, append_bytes(writer, &writer->files[index], bytes, size));
}

enum ct_status
ct_container_writer_publish(struct ct_container_writer *writer, uint32_t index)
{
    CT_TRY(writer->status);
    CT_CHECK(index < writer->file_count);
    return keep(writer, publish_file(writer, &writer->files[index]));
}

enum ct_status
ct_container_writer_replace(struct ct_container_writer *writer, uint32_t index, const void *bytes,
                            size_t size)
{
    CT_TRY(writer->status);
    CT_CHECK(index < writer->file_count);
    return keep(writer, replace_file(writer, &writer->files[index], bytes, size));
}

uint64_t
ct_container_writer_size(const struct ct_container_writer *writer)
{
    return writer->store.block_count * BLOCK_SIZE;
}

/* ---- lifecycle ---- */

static enum ct_status
write_header(struct ct_container_writer *writer)
{
    uint8_t header[CT_CONTAINER_BLOCK_SIZE] = {0};
    memcpy(header, CT_CONTAINER_MAGIC, CT_CONTAINER_MAGIC_SIZE);
    header[CT_CONTAINER_VERSION_OFFSET] = CT_CONTAINER_VERSION;
    header[CT_CONTAINER_SHARD_OFFSET] = CT_CONTAINER_SHARD_COUNT;
    ct_bytes_put_u32(header + CT_CONTAINER_BLOCK_SIZE_OFFSET, CT_CONTAINER_BLOCK_SIZE);
    ct_bytes_put_u32(header + CT_CONTAINER_COUNT_OFFSET, CT_CONTAINER_ENTRY_MAX);
    writer->store.block_count = 1;
    return ct_block_store_write(&writer->store, 0, header, 1);
}

static enum ct_status
release_writer(struct ct_container_writer *writer)
{
    const enum ct_status closed = ct_file_close(writer->store.file);
    const enum ct_status status = keep(writer, closed);
    for (uint32_t i = 0; i < writer->file_count; i++) {
        ct_block_map_release(&writer->files[i].map);
        ct_alloc_free(writer->alloc, writer->files[i].pending);
    }
    ct_alloc_free(writer->alloc, writer);
    return status;
}

enum ct_status
ct_container_writer_open(struct ct_file *file, const struct ct_alloc *alloc,
                         struct ct_container_writer **out_writer)
{
    struct ct_container_writer *writer = ct_alloc_zeroed(alloc, 1, sizeof *writer);
    if (writer == NULL) {
        const enum ct_status ignored = ct_file_close(file);
        (void)ignored; /* what failed first is told */
        return CT_ERR_MEMORY;
    }
    writer->alloc = alloc;
    writer->store.file = file;
    if (keep(writer, write_header(writer)) != CT_OK)
        return release_writer(writer);
    *out_writer = writer;
    return CT_OK;
}

enum ct_status
ct_container_writer_close(struct ct_container_writer *writer)
{
    if (writer == NULL)
        return CT_OK;
    for (uint32_t i = 0; i < writer->file_count && writer->status == CT_OK; i++)
        (void)keep(writer, publish_file(writer, &writer->files[i]));
    return release_writer(writer);
}

void
ct_container_writer_abandon(struct ct_container_writer *writer)
{
    if (writer != NULL && release_writer(writer) != CT_OK)
        return; /* whose file it is learns by itself */
}
