/* Files on disk: pread, pwrite, fstat, fdatasync on one descriptor.
 *
 * See io.h and file_disk.h. Interrupted and short calls are continued; what the system refuses is
 * CT_ERR_IO with errno left as the system set it, for ct_error_put to pick up. */
#include "io/file_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct disk_file {
    struct ct_file file;
    const struct ct_alloc *alloc;
    int fd;
};

static struct disk_file *
disk(struct ct_file *file)
{
    return (struct disk_file *)file;
}

static bool
is_range_valid(uint64_t offset, size_t size)
{
    return offset <= INT64_MAX && size <= INT64_MAX - offset;
}

static enum ct_status
read_at(struct ct_file *file, uint64_t offset, void *out_bytes, size_t size)
{
    uint8_t *out = out_bytes;
    if (!is_range_valid(offset, size))
        return CT_ERR_FORMAT; /* no file reaches that far */
    while (size > 0) {
        const ssize_t got = pread(disk(file)->fd, out, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return CT_ERR_IO;
        if (got == 0)
            return CT_ERR_FORMAT;
        out += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return CT_OK;
}

static enum ct_status
write_at(struct ct_file *file, uint64_t offset, const void *bytes, size_t size)
{
    const uint8_t *next = bytes;
    if (!is_range_valid(offset, size)) {
        errno = EFBIG;
        return CT_ERR_IO;
    }
    while (size > 0) {
        const ssize_t put = pwrite(disk(file)->fd, next, size, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put == 0)
            errno = ENOSPC; /* POSIX leaves it open; without this the loop might not end */
        if (put <= 0)
            return CT_ERR_IO;
        next += put;
        offset += (uint64_t)put;
        size -= (size_t)put;
    }
    return CT_OK;
}

static enum ct_status
get_size(struct ct_file *file, uint64_t *out_size)
{
    struct stat found;
    if (fstat(disk(file)->fd, &found) != 0)
        return CT_ERR_IO;
    *out_size = (uint64_t)found.st_size;
    return CT_OK;
}

static enum ct_status
sync_file(struct ct_file *file)
{
    return fdatasync(disk(file)->fd) == 0 ? CT_OK : CT_ERR_IO;
}

static enum ct_status
close_file(struct ct_file *file)
{
    struct disk_file *self = disk(file);
    /* After EINTR Linux has closed the descriptor: trying again could close somebody else's. */
    const enum ct_status status = close(self->fd) == 0 || errno == EINTR ? CT_OK : CT_ERR_IO;
    const int reason = errno;
    ct_alloc_free(self->alloc, self);
    errno = reason;
    return status;
}

static const struct ct_file_ops disk_ops = {
    .read_at = read_at,
    .write_at = write_at,
    .size_get = get_size,
    .sync = sync_file,
    .close = close_file,
};

static enum ct_status
require_regular(int fd)
{
    struct stat found;
    if (fstat(fd, &found) != 0)
        return CT_ERR_IO;
    if (S_ISREG(found.st_mode))
        return CT_OK;
    errno = S_ISDIR(found.st_mode) ? EISDIR : EINVAL;
    return CT_ERR_IO;
}

enum ct_status
ct_file_disk_new(int fd, const struct ct_alloc *alloc, struct ct_file **out_file)
{
    struct disk_file *self = NULL;
    enum ct_status status = require_regular(fd);
    if (status == CT_OK) {
        self = ct_alloc_zeroed(alloc, 1, sizeof *self);
        status = self != NULL ? CT_OK : CT_ERR_MEMORY;
    }
    if (status != CT_OK) {
        const int reason = errno;
        (void)close(fd);
        errno = reason;
        return status;
    }
    self->file.ops = &disk_ops;
    self->alloc = alloc;
    self->fd = fd;
    *out_file = &self->file;
    return CT_OK;
}

enum ct_status
ct_file_open(const char *path, const struct ct_alloc *alloc, struct ct_file **out_file,
             struct ct_error *error)
{
    /* A person named this path, so a symlink is theirs to follow. O_NONBLOCK: opening must not wait
     * for a FIFO's writer; regular files do not know the flag. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        const bool is_absent = errno == ENOENT || errno == ENOTDIR;
        return ct_error_put(error, is_absent ? CT_ERR_NOT_FOUND : CT_ERR_IO, path, 0, "%s",
                            strerror(errno));
    }
    const enum ct_status status = ct_file_disk_new(fd, alloc, out_file);
    if (status == CT_OK)
        return CT_OK;
    return ct_error_put(error, status, path, 0, "%s",
                        status == CT_ERR_IO ? strerror(errno) : ct_status_text(status));
}

enum ct_status
ct_file_close(struct ct_file *file)
{
    return file != NULL ? file->ops->close(file) : CT_OK;
}
