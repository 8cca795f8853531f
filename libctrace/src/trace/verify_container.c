/* Checks a container's header, its entries, and that no block has two owners.
 *
 * See verify.h. Reads block 0 itself, because the container reader is more tolerant than the
 * strictest reader of such files. Blocks that no one owns are fine: writers leave them when they
 * replace a file. */
#include "base/cursor.h"
#include "container/container_format.h"
#include "container/container_reader.h"
#include "ctrace/text.h"
#include "trace/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Who owns a block: a file's mapping may be walked often, a data block belongs to one place. */
struct claim {
    uint32_t owner; /* entry index + 1; 0 no one */
    bool is_data;
};

struct walk {
    struct ct_verify *verify;
    const struct ct_container_entry *entry;
    uint32_t owner;
    struct claim *claims; /* by block number */
    uint64_t block_count;
    bool is_broken; /* a finding was made in this entry */
};

static void
claim_block(struct walk *walk, uint64_t block, bool is_data)
{
    if (walk->is_broken || block >= walk->block_count)
        return;
    struct claim *claim = &walk->claims[block];
    if (claim->owner == 0) {
        *claim = (struct claim){walk->owner, is_data};
        return;
    }
    if (claim->owner == walk->owner && !claim->is_data && !is_data)
        return;
    walk->is_broken = true;
    ct_verify_report(walk->verify, CT_VERIFY_CONTAINER_NAME, block * CT_CONTAINER_BLOCK_SIZE,
                     "block %" PRIu64 " belongs to two places; the second is in %s", block,
                     walk->entry->name);
}

static enum ct_status
walk_entry(struct walk *walk, struct ct_container_reader *reader)
{
    const uint64_t size = walk->entry->size;
    const uint64_t data_count =
        size / CT_CONTAINER_BLOCK_SIZE + (size % CT_CONTAINER_BLOCK_SIZE != 0);
    if (data_count >= walk->block_count) {
        ct_verify_report(walk->verify, CT_VERIFY_CONTAINER_NAME, 0,
                         "%s claims %" PRIu64 " byte%s, more than the container has",
                         walk->entry->name, size, ct_plural(size));
        return CT_OK;
    }
    for (uint64_t index = 0; index < data_count && !walk->is_broken; index++) {
        struct ct_error error = {0};
        struct ct_container_place place = {0};
        const enum ct_status status =
            ct_container_reader_locate(reader, walk->entry, index, &place, &error);
        for (unsigned i = 0; i < place.mapping_count; i++)
            claim_block(walk, place.mapping_blocks[i], false);
        if (status == CT_ERR_FORMAT) {
            ct_verify_report_error(walk->verify, &error);
            return CT_OK;
        }
        CT_TRY(status);
        claim_block(walk, place.block, true);
    }
    return CT_OK;
}

static enum ct_status
walk_entries(struct ct_verify *verify, struct ct_container_reader *reader)
{
    struct walk walk = {.verify = verify,
                        .block_count = ct_container_reader_block_count(reader)};
    if (walk.block_count > SIZE_MAX / sizeof *walk.claims)
        return CT_ERR_MEMORY;
    walk.claims = ct_alloc_zeroed(verify->alloc, (size_t)walk.block_count, sizeof *walk.claims);
    if (walk.claims == NULL)
        return CT_ERR_MEMORY;
    enum ct_status status = CT_OK;
    walk.claims[0].owner = UINT32_MAX; /* the header */
    for (uint32_t i = 0; i < ct_container_reader_entry_count(reader) && status == CT_OK; i++) {
        walk.entry = ct_container_reader_entry(reader, i);
        walk.owner = i + 1;
        walk.is_broken = false;
        status = walk_entry(&walk, reader);
    }
    ct_alloc_free(verify->alloc, walk.claims);
    return status;
}

/* A name's digits, least significant first; a zero digit inside would be a NUL in the name. */
static bool
is_name_sound(uint64_t packed)
{
    unsigned size = 0;
    for (; packed != 0; packed /= CT_CONTAINER_NAME_BASE) {
        if (packed % CT_CONTAINER_NAME_BASE == 0)
            return false;
        size++;
    }
    return size > 0 && size <= CT_CONTAINER_NAME_SIZE_MAX;
}

static void
check_slots(struct ct_verify *verify, struct ct_cursor *header, uint32_t count)
{
    uint64_t names[CT_CONTAINER_ENTRY_MAX] = {0};
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t offset = header->position;
        const uint64_t size = ct_cursor_get_u64(header);
        const uint64_t root = ct_cursor_get_u64(header);
        const uint64_t name = ct_cursor_get_u64(header);
        names[i] = name;
        if (name == 0) {
            if (size != 0 || root != 0)
                ct_verify_report(verify, CT_VERIFY_CONTAINER_NAME, offset,
                                 "entry %" PRIu32 " has no name but a size or a root", i);
            continue;
        }
        if (!is_name_sound(name))
            ct_verify_report(verify, CT_VERIFY_CONTAINER_NAME, offset,
                             "entry %" PRIu32 " has a name that is none", i);
        for (uint32_t earlier = 0; earlier < i; earlier++) {
            if (names[earlier] == name)
                ct_verify_report(verify, CT_VERIFY_CONTAINER_NAME, offset,
                                 "entries %" PRIu32 " and %" PRIu32 " have the same name", earlier,
                                 i);
        }
    }
}

static enum ct_status
check_header(struct ct_verify *verify, struct ct_file *file, struct ct_error *error)
{
    uint8_t block[CT_CONTAINER_BLOCK_SIZE];
    uint64_t file_size;
    struct ct_cursor header;
    CT_TRY(file->ops->size_get(file, &file_size));
    if (file_size < sizeof block)
        return ct_error_put(error, CT_ERR_FORMAT, CT_VERIFY_CONTAINER_NAME, file_size,
                            "the container is shorter than its header");
    CT_TRY(file->ops->read_at(file, 0, block, sizeof block));
    ct_cursor_init(&header, block, sizeof block);
    (void)ct_cursor_get(&header, CT_CONTAINER_BLOCK_SIZE_OFFSET);
    const uint32_t block_size = ct_cursor_get_u32(&header);
    const uint32_t entry_max = ct_cursor_get_u32(&header);
    if (block_size != CT_CONTAINER_BLOCK_SIZE)
        return ct_error_put(error, CT_ERR_FORMAT, CT_VERIFY_CONTAINER_NAME,
                            CT_CONTAINER_BLOCK_SIZE_OFFSET,
                            "blocks have %" PRIu32 " bytes, not %u", block_size,
                            CT_CONTAINER_BLOCK_SIZE);
    if (entry_max > CT_CONTAINER_ENTRY_MAX)
        return ct_error_put(error, CT_ERR_FORMAT, CT_VERIFY_CONTAINER_NAME,
                            CT_CONTAINER_BLOCK_SIZE_OFFSET + 4,
                            "%" PRIu32 " entries are announced, at most %u are allowed", entry_max,
                            CT_CONTAINER_ENTRY_MAX);
    if (file_size % CT_CONTAINER_BLOCK_SIZE != 0)
        ct_verify_report(verify, CT_VERIFY_CONTAINER_NAME, file_size,
                         "the file does not end on a whole block");
    check_slots(verify, &header, entry_max);
    return CT_OK;
}

enum ct_status
ct_verify_container(struct ct_verify *verify, struct ct_file *file, struct ct_error *error)
{
    struct ct_container_reader *reader;
    CT_TRY(check_header(verify, file, error));
    CT_TRY(ct_container_reader_open(file, verify->alloc, &reader, error));
    const enum ct_status status = walk_entries(verify, reader);
    ct_container_reader_close(reader);
    return status;
}
