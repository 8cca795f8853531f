/* A read-only file over bytes that somebody else keeps: input for fuzzers and tests.
 *
 * See io.h. Writing is refused as the system would refuse it on a descriptor opened for reading. */
#include "ctrace/io.h"

#include <errno.h>
#include <string.h>

struct borrowed_file {
    struct ct_file file;
    const struct ct_alloc *alloc;
    const uint8_t *bytes;
    size_t size;
};

static enum ct_status
read_at(struct ct_file *file, uint64_t offset, void *out_bytes, size_t size)
{
    const struct borrowed_file *self = (const struct borrowed_file *)file;
    if (offset > self->size || size > self->size - offset)
        return CT_ERR_FORMAT;
    if (size > 0)
        memcpy(out_bytes, self->bytes + offset, size);
    return CT_OK;
}

static enum ct_status
refuse_write(struct ct_file *file, uint64_t offset, const void *bytes, size_t size)
{
    (void)file;
    (void)offset;
    (void)bytes;
    (void)size;
    errno = EBADF;
    return CT_ERR_IO;
}

static enum ct_status
get_size(struct ct_file *file, uint64_t *out_size)
{
    *out_size = ((const struct borrowed_file *)file)->size;
    return CT_OK;
}

static enum ct_status
sync_nothing(struct ct_file *file)
{
    (void)file;
    return CT_OK;
}

static enum ct_status
close_file(struct ct_file *file)
{
    struct borrowed_file *self = (struct borrowed_file *)file;
    ct_alloc_free(self->alloc, self);
    return CT_OK;
}

static const struct ct_file_ops borrowed_ops = {
    .read_at = read_at,
    .write_at = refuse_write,
    .size_get = get_size,
    .sync = sync_nothing,
    .close = close_file,
};

enum ct_status
ct_file_memory_open(const void *bytes, size_t size, const struct ct_alloc *alloc,
                    struct ct_file **out_file)
{
    struct borrowed_file *self = ct_alloc_zeroed(alloc, 1, sizeof *self);
    if (self == NULL)
        return CT_ERR_MEMORY;
    self->file.ops = &borrowed_ops;
    self->alloc = alloc;
    self->bytes = bytes;
    self->size = size;
    *out_file = &self->file;
    return CT_OK;
}
