/* Walking a container that nobody vouches for.
 *
 * See container_reader.h. Two checks bound every walk: a pointer must lie inside the file and must
 * not lead back to a block of its own path; and a data block's index must be smaller than the
 * number of blocks there are, so that a size that lies costs no more than the file's own length. */
#include "container/container_reader.h"

#include "base/bytes.h"
#include "container/block_path.h"

#include <inttypes.h>
#include <string.h>

#define CONTAINER_NAME "trace.ct"
#define ROOT_SLOT      UINT32_MAX /* "the pointer in the entry" */

/* The mapping block last read at each step of a path: reading on costs no second look. The entries
 * were read once at open, and what they cover does not change in a growing file. */
struct cached_block {
    uint64_t block; /* 0 none */
    uint8_t bytes[CT_CONTAINER_BLOCK_SIZE];
};

struct ct_container_reader {
    const struct ct_alloc *alloc;
    struct ct_file *file;
    uint64_t block_count; /* whole ones */
    uint32_t block_size;
    uint32_t entry_count;
    uint8_t version;
    struct cached_block cache[CT_BLOCK_PATH_SIZE_MAX];
    struct ct_container_entry *entries;
};

/* One walk from the root to a data block. */
struct walk {
    struct ct_container_reader *reader;
    const struct ct_container_entry *entry;
    struct ct_error *error;
    uint64_t blocks[CT_BLOCK_PATH_SIZE_MAX]; /* the mapping blocks so far */
    unsigned count;
};

/* ---- header ---- */

static enum ct_status
refuse_header(struct ct_error *error, uint64_t offset, const char *sentence)
{
    return ct_error_put(error, CT_ERR_FORMAT, CONTAINER_NAME, offset, "%s", sentence);
}

static enum ct_status
report_read(struct ct_error *error, enum ct_status status, uint64_t offset)
{
    return ct_error_put(error, status, CONTAINER_NAME, offset, "%s",
                        status == CT_ERR_FORMAT ? "the file is shorter than it was at first"
                                                : ct_status_text(status));
}

static enum ct_status
check_coding(const uint8_t *header, struct ct_error *error)
{
    if (header[CT_CONTAINER_CODING_OFFSET] != 0)
        return refuse_header(error, CT_CONTAINER_CODING_OFFSET,
                             "the container is compressed or encrypted");
    const bool is_encrypted = header[CT_CONTAINER_VERSION_OFFSET] < CT_CONTAINER_VERSION &&
                              header[CT_CONTAINER_SHARD_OFFSET] != 0;
    if (is_encrypted)
        return refuse_header(error, CT_CONTAINER_SHARD_OFFSET, "the container is encrypted");
    return CT_OK;
}

static enum ct_status
check_header(struct ct_container_reader *reader, const uint8_t *header, struct ct_error *error)
{
    if (memcmp(header, CT_CONTAINER_MAGIC, CT_CONTAINER_MAGIC_SIZE) != 0)
        return refuse_header(error, 0, "this is not a CodeTracer container");
    reader->version = header[CT_CONTAINER_VERSION_OFFSET];
    if (reader->version < CT_CONTAINER_VERSION_MIN || reader->version > CT_CONTAINER_VERSION)
        return ct_error_put(error, CT_ERR_FORMAT, CONTAINER_NAME, CT_CONTAINER_VERSION_OFFSET,
                            "container version %u is not one of 2 to 4", reader->version);
    CT_TRY(check_coding(header, error));
    reader->block_size = ct_bytes_get_u32(header + CT_CONTAINER_BLOCK_SIZE_OFFSET);
    const bool is_power = (reader->block_size & (reader->block_size - 1)) == 0;
    if (!is_power || reader->block_size < CT_CONTAINER_BLOCK_SIZE_MIN ||
        reader->block_size > CT_CONTAINER_BLOCK_SIZE)
        return ct_error_put(error, CT_ERR_FORMAT, CONTAINER_NAME, CT_CONTAINER_BLOCK_SIZE_OFFSET,
                            "blocks of %" PRIu32 " bytes are not 1024, 2048 or 4096",
                            reader->block_size);
    return CT_OK;
}

static enum ct_status
read_header(struct ct_container_reader *reader, uint8_t *out_header, struct ct_error *error)
{
    uint64_t file_size;
    enum ct_status status = reader->file->ops->size_get(reader->file, &file_size);
    if (status != CT_OK)
        return report_read(error, status, 0);
    if (file_size < CT_CONTAINER_BLOCK_SIZE_MIN)
        return refuse_header(error, file_size, "the container is shorter than its header");
    status = reader->file->ops->read_at(reader->file, 0, out_header, CT_CONTAINER_BLOCK_SIZE_MIN);
    if (status != CT_OK)
        return report_read(error, status, 0);
    CT_TRY(check_header(reader, out_header, error));
    if (file_size < reader->block_size)
        return refuse_header(error, file_size, "the container is shorter than its header");
    reader->block_count = file_size / reader->block_size;
    status = reader->file->ops->read_at(reader->file, 0, out_header, reader->block_size);
    return status == CT_OK ? CT_OK : report_read(error, status, 0);
}

/* Free slots are left out. */
static enum ct_status
read_entry(struct ct_container_reader *reader, const uint8_t *bytes, uint64_t offset,
           struct ct_error *error)
{
    struct ct_container_entry *entry = &reader->entries[reader->entry_count];
    const uint64_t name = ct_bytes_get_u64(bytes + CT_CONTAINER_ENTRY_NAME_OFFSET);
    if (name == 0)
        return CT_OK;
    if (ct_container_name_decode(name, entry->name) != CT_OK)
        return refuse_header(error, offset + CT_CONTAINER_ENTRY_NAME_OFFSET,
                             "an entry's name has more than 12 characters");
    entry->size = ct_bytes_get_u64(bytes);
    entry->root = ct_bytes_get_u64(bytes + CT_CONTAINER_ENTRY_ROOT_OFFSET);
    entry->offset = offset;
    reader->entry_count++;
    return CT_OK;
}

static enum ct_status
read_entries(struct ct_container_reader *reader, const uint8_t *header, struct ct_error *error)
{
    const uint32_t count = ct_bytes_get_u32(header + CT_CONTAINER_COUNT_OFFSET);
    const uint32_t count_max =
        (reader->block_size - CT_CONTAINER_ENTRIES_OFFSET) / CT_CONTAINER_ENTRY_SIZE;
    if (count > count_max)
        return ct_error_put(error, CT_ERR_FORMAT, CONTAINER_NAME, CT_CONTAINER_COUNT_OFFSET,
                            "%" PRIu32 " entries do not fit the header", count);
    reader->entries = ct_alloc_zeroed(reader->alloc, count_max, sizeof *reader->entries);
    if (reader->entries == NULL)
        return report_read(error, CT_ERR_MEMORY, 0);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t offset = CT_CONTAINER_ENTRIES_OFFSET + i * CT_CONTAINER_ENTRY_SIZE;
        CT_TRY(read_entry(reader, header + offset, offset, error));
    }
    return CT_OK;
}

/* ---- walking ---- */

/* Where the pointer stands that the walk has just read. */
static uint64_t
pointer_offset(const struct walk *walk, uint32_t slot)
{
    const struct ct_container_reader *reader = walk->reader;
    if (slot != ROOT_SLOT)
        return walk->blocks[walk->count - 1] * reader->block_size +
               slot * CT_CONTAINER_POINTER_SIZE;
    return walk->entry->offset + CT_CONTAINER_ENTRY_ROOT_OFFSET;
}

static enum ct_status
check_pointer(const struct walk *walk, uint32_t slot, uint64_t block)
{
    const struct ct_container_reader *reader = walk->reader;
    const char *const name = walk->entry->name;
    if (block == 0)
        return ct_error_put(walk->error, CT_ERR_FORMAT, CONTAINER_NAME, pointer_offset(walk, slot),
                            "a block is missing inside the size of %s", name);
    if (block >= reader->block_count)
        return ct_error_put(walk->error, CT_ERR_FORMAT, CONTAINER_NAME, pointer_offset(walk, slot),
                            "%s points to block %" PRIu64 ", but there are %" PRIu64, name, block,
                            reader->block_count);
    for (unsigned i = 0; i < walk->count; i++) {
        if (walk->blocks[i] == block)
            return ct_error_put(walk->error, CT_ERR_FORMAT, CONTAINER_NAME,
                                pointer_offset(walk, slot), "the blocks of %s lead in a circle",
                                name);
    }
    return CT_OK;
}

/* Goes to mapping block `block`, which the last one named in `slot`. */
static enum ct_status
enter_block(struct walk *walk, uint32_t slot, uint64_t block)
{
    struct ct_container_reader *reader = walk->reader;
    CT_TRY(check_pointer(walk, slot, block));
    struct cached_block *cached = &reader->cache[walk->count];
    walk->blocks[walk->count++] = block;
    if (cached->block == block)
        return CT_OK;
    cached->block = 0;
    const uint64_t offset = block * reader->block_size;
    const enum ct_status status =
        reader->file->ops->read_at(reader->file, offset, cached->bytes, reader->block_size);
    if (status != CT_OK)
        return report_read(walk->error, status, offset);
    cached->block = block;
    return CT_OK;
}

static uint64_t
get_pointer(const struct walk *walk, uint32_t slot)
{
    const struct cached_block *cached = &walk->reader->cache[walk->count - 1];
    return ct_bytes_get_u64(cached->bytes + slot * CT_CONTAINER_POINTER_SIZE);
}

static enum ct_status
walk_path(struct walk *walk, const struct ct_block_path *path, uint64_t *out_block)
{
    const uint32_t chain = walk->reader->block_size / CT_CONTAINER_POINTER_SIZE - 1;
    CT_TRY(enter_block(walk, ROOT_SLOT, walk->entry->root));
    for (unsigned level = 1; level < path->level; level++)
        CT_TRY(enter_block(walk, chain, get_pointer(walk, chain)));
    for (unsigned level = path->level; level > 1; level--) {
        const uint32_t slot = path->slots[level - 1];
        CT_TRY(enter_block(walk, slot, get_pointer(walk, slot)));
    }
    const uint64_t block = get_pointer(walk, path->slots[0]);
    CT_TRY(check_pointer(walk, path->slots[0], block));
    *out_block = block;
    return CT_OK;
}

static enum ct_status
find_block(struct walk *walk, uint64_t index, uint64_t *out_block)
{
    const struct ct_container_reader *reader = walk->reader;
    struct ct_block_path path;
    const uint32_t fanout = reader->block_size / CT_CONTAINER_POINTER_SIZE - 1;
    if (index >= reader->block_count || ct_block_path_init(&path, index, fanout) != CT_OK)
        return ct_error_put(walk->error, CT_ERR_FORMAT, CONTAINER_NAME, walk->entry->offset,
                            "%s claims %" PRIu64 " bytes, more than the container has",
                            walk->entry->name, walk->entry->size);
    return walk_path(walk, &path, out_block);
}

enum ct_status
ct_container_reader_locate(struct ct_container_reader *reader,
                           const struct ct_container_entry *entry, uint64_t index,
                           struct ct_container_place *out_place, struct ct_error *error)
{
    struct walk walk = {.reader = reader, .entry = entry, .error = error};
    const enum ct_status status = find_block(&walk, index, &out_place->block);
    memcpy(out_place->mapping_blocks, walk.blocks, sizeof walk.blocks);
    out_place->mapping_count = walk.count;
    return status;
}

/* ---- reading ---- */

/* How many of the `count` blocks from `index` on lie in a row in the file, from *out_block on. */
static enum ct_status
find_run(struct walk *walk, uint64_t index, uint64_t count, uint64_t *out_block, uint64_t *out_run)
{
    uint64_t run = 1;
    CT_TRY(find_block(walk, index, out_block));
    for (; run < count; run++) {
        uint64_t block;
        /* What is wrong with the next one is told when its turn comes. */
        struct walk ahead = {.reader = walk->reader, .entry = walk->entry};
        if (find_block(&ahead, index + run, &block) != CT_OK || block != *out_block + run)
            break;
    }
    *out_run = run;
    return CT_OK;
}

enum ct_status
ct_container_reader_read(struct ct_container_reader *reader, const struct ct_container_entry *entry,
                         uint64_t offset, void *out_bytes, size_t size, struct ct_error *error)
{
    uint8_t *out = out_bytes;
    if (offset > entry->size || size > entry->size - offset)
        return ct_error_put(error, CT_ERR_FORMAT, entry->name, offset,
                            "%zu bytes are wanted where %s has %" PRIu64, size, entry->name,
                            offset > entry->size ? 0 : entry->size - offset);
    while (size > 0) {
        struct walk walk = {.reader = reader, .entry = entry, .error = error};
        const uint32_t skipped = (uint32_t)(offset % reader->block_size);
        const uint64_t count = ((uint64_t)skipped + size - 1) / reader->block_size + 1;
        uint64_t block;
        uint64_t run;
        CT_TRY(find_run(&walk, offset / reader->block_size, count, &block, &run));
        const uint64_t held = run * reader->block_size - skipped;
        const size_t part = size < held ? size : (size_t)held;
        const uint64_t place = block * reader->block_size + skipped;
        const enum ct_status status = reader->file->ops->read_at(reader->file, place, out, part);
        if (status != CT_OK)
            return report_read(error, status, place);
        out += part;
        offset += part;
        size -= part;
    }
    return CT_OK;
}

/* ---- queries ---- */

uint8_t
ct_container_reader_version(const struct ct_container_reader *reader)
{
    return reader->version;
}

uint64_t
ct_container_reader_block_count(const struct ct_container_reader *reader)
{
    return reader->block_count;
}

uint32_t
ct_container_reader_entry_count(const struct ct_container_reader *reader)
{
    return reader->entry_count;
}

const struct ct_container_entry *
ct_container_reader_entry(const struct ct_container_reader *reader, uint32_t index)
{
    return index < reader->entry_count ? &reader->entries[index] : NULL;
}

const struct ct_container_entry *
ct_container_reader_find(const struct ct_container_reader *reader, const char *name)
{
    for (uint32_t i = 0; i < reader->entry_count; i++) {
        if (strcmp(reader->entries[i].name, name) == 0)
            return &reader->entries[i];
    }
    return NULL;
}

/* ---- lifecycle ---- */

/* Not zeroed as a whole: the bytes of cached blocks are most of it. */
static void
init_reader(struct ct_container_reader *reader, struct ct_file *file, const struct ct_alloc *alloc)
{
    reader->alloc = alloc;
    reader->file = file;
    reader->block_count = 0;
    reader->block_size = reader->entry_count = 0;
    reader->version = 0;
    for (unsigned i = 0; i < CT_BLOCK_PATH_SIZE_MAX; i++)
        reader->cache[i].block = 0;
    reader->entries = NULL;
}

enum ct_status
ct_container_reader_open(struct ct_file *file, const struct ct_alloc *alloc,
                         struct ct_container_reader **out_reader, struct ct_error *error)
{
    uint8_t header[CT_CONTAINER_BLOCK_SIZE];
    struct ct_container_reader *reader = ct_alloc_resize(alloc, NULL, sizeof *reader);
    if (reader == NULL)
        return report_read(error, CT_ERR_MEMORY, 0);
    init_reader(reader, file, alloc);
    enum ct_status status = read_header(reader, header, error);
    if (status == CT_OK)
        status = read_entries(reader, header, error);
    if (status != CT_OK) {
        ct_container_reader_close(reader);
        return status;
    }
    *out_reader = reader;
    return CT_OK;
}

void
ct_container_reader_close(struct ct_container_reader *reader)
{
    if (reader == NULL)
        return;
    ct_alloc_free(reader->alloc, reader->entries);
    ct_alloc_free(reader->alloc, reader);
}
