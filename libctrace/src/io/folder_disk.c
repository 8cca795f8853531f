/* A folder on disk, and everything below it by openat(2) from its descriptor.
 *
 * See io.h. Below the folder no symlink is ever followed, neither in the middle of a name nor at
 * its end: others may be able to write where a trace goes. The folder's own path may be a symlink,
 * because a person gave it. */
#include "ctrace/io.h"

#include "io/file_disk.h"
#include "io/folder_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 0700
#define FILE_MODE   0600

/* Each level of a removed tree takes a descriptor and a stack frame; traces are a few levels deep
 * plus the depth of the source paths that are copied into them. */
#define REMOVE_DEPTH_MAX 128u

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
/* O_NONBLOCK keeps a FIFO in the file's place from blocking the open; ct_file_disk_new refuses it.
 */
#define FILE_FLAGS (O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

struct disk_folder {
    struct ct_folder folder;
    const struct ct_alloc *alloc;
    int fd;
};

/* Closes without touching errno, which tells the caller's failure. */
static void
close_quietly(int fd)
{
    const int reason = errno;
    (void)close(fd);
    errno = reason;
}

static enum ct_status
status_of_errno(void)
{
    return errno == ENOENT || errno == ENOTDIR ? CT_ERR_NOT_FOUND : CT_ERR_IO;
}

/* One step down, made first when `create` is set. */
static int
open_child(int parent_fd, const char *name, bool create)
{
    if (create && mkdirat(parent_fd, name, FOLDER_MODE) != 0 && errno != EEXIST)
        return -1;
    return openat(parent_fd, name, FOLDER_FLAGS | O_NOFOLLOW);
}

/* The folder that holds the last component of `name`, as a descriptor of its own. */
static int
open_parent(const struct disk_folder *self, const char *name, bool create, const char **out_last)
{
    char component[NAME_MAX + 1];
    int fd = fcntl(self->fd, F_DUPFD_CLOEXEC, 0);
    size_t size = ct_folder_name_component_size(name);
    while (fd >= 0 && name[size] != '\0') {
        if (size > NAME_MAX) {
            errno = ENAMETOOLONG;
            close_quietly(fd);
            return -1;
        }
        memcpy(component, name, size);
        component[size] = '\0';
        const int child = open_child(fd, component, create);
        close_quietly(fd);
        fd = child;
        name += size + 1;
        size = ct_folder_name_component_size(name);
    }
    *out_last = name;
    return fd;
}

/* ---- files ---- */

/* An old file in the new one's place is emptied, and closed to others as a new one would be. */
static int
empty_file(int fd)
{
    struct stat found;
    if (fd < 0 || fstat(fd, &found) != 0)
        return fd;
    const bool is_open_to_others = (found.st_mode & 077) != 0;
    const bool failed =
        S_ISREG(found.st_mode) && ((is_open_to_others && fchmod(fd, FILE_MODE) != 0) ||
                                   (found.st_size > 0 && ftruncate(fd, 0) != 0));
    if (!failed)
        return fd;
    close_quietly(fd);
    return -1;
}

static enum ct_status
create_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    const struct disk_folder *self = (const struct disk_folder *)folder;
    const char *last;
    if (!ct_folder_name_is_valid(name))
        return CT_ERR_LIMIT;
    const int parent = open_parent(self, name, true, &last);
    if (parent < 0)
        return CT_ERR_IO;
    const int fd = empty_file(openat(parent, last, O_RDWR | O_CREAT | FILE_FLAGS, FILE_MODE));
    close_quietly(parent);
    return fd >= 0 ? ct_file_disk_new(fd, self->alloc, out_file) : CT_ERR_IO;
}

static enum ct_status
open_present(struct ct_folder *folder, const char *name, int flags, struct ct_file **out_file)
{
    const struct disk_folder *self = (const struct disk_folder *)folder;
    const char *last;
    if (!ct_folder_name_is_valid(name))
        return CT_ERR_LIMIT;
    const int parent = open_parent(self, name, false, &last);
    if (parent < 0)
        return status_of_errno();
    const int fd = openat(parent, last, flags | FILE_FLAGS);
    close_quietly(parent);
    return fd >= 0 ? ct_file_disk_new(fd, self->alloc, out_file) : status_of_errno();
}

static enum ct_status
open_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    return open_present(folder, name, O_RDONLY, out_file);
}

static enum ct_status
extend_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    return open_present(folder, name, O_RDWR, out_file);
}

/* ---- removal ---- */

static enum ct_status remove_at(int parent_fd, const char *name, unsigned depth);

static enum ct_status
remove_children(DIR *stream, unsigned depth)
{
    for (;;) {
        errno = 0;
        const struct dirent *child = readdir(stream);
        if (child == NULL)
            return errno == 0 ? CT_OK : CT_ERR_IO;
        if (strcmp(child->d_name, ".") == 0 || strcmp(child->d_name, "..") == 0)
            continue;
        CT_TRY(remove_at(dirfd(stream), child->d_name, depth + 1));
    }
}

static enum ct_status
remove_tree(int parent_fd, const char *name, unsigned depth)
{
    if (depth >= REMOVE_DEPTH_MAX)
        return CT_ERR_LIMIT;
    const int fd = openat(parent_fd, name, FOLDER_FLAGS | O_NOFOLLOW);
    if (fd < 0)
        return CT_ERR_IO;
    DIR *stream = fdopendir(fd);
    if (stream == NULL) {
        close_quietly(fd);
        return CT_ERR_IO;
    }
    const enum ct_status status = remove_children(stream, depth);
    const int reason = errno;
    (void)closedir(stream);
    errno = reason;
    if (status != CT_OK)
        return status;
    return unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 ? CT_OK : CT_ERR_IO;
}

/* unlinkat removes a symlink, not what it points to; only a real folder sends it on to the tree. */
static enum ct_status
remove_at(int parent_fd, const char *name, unsigned depth)
{
    if (unlinkat(parent_fd, name, 0) == 0 || errno == ENOENT)
        return CT_OK;
    return errno == EISDIR ? remove_tree(parent_fd, name, depth) : CT_ERR_IO;
}

static enum ct_status
remove_name(struct ct_folder *folder, const char *name)
{
    const char *last;
    if (!ct_folder_name_is_valid(name))
        return CT_ERR_LIMIT;
    const int parent = open_parent((const struct disk_folder *)folder, name, false, &last);
    if (parent < 0)
        return status_of_errno() == CT_ERR_NOT_FOUND ? CT_OK : CT_ERR_IO;
    const enum ct_status status = remove_at(parent, last, 0);
    close_quietly(parent);
    return status;
}

static bool
is_plain(const char *name)
{
    return ct_folder_name_is_valid(name) && strchr(name, '/') == NULL;
}

static enum ct_status
rename_file(struct ct_folder *folder, const char *name, const char *new_name)
{
    const struct disk_folder *self = (const struct disk_folder *)folder;
    if (!is_plain(name) || !is_plain(new_name))
        return CT_ERR_LIMIT;
    if (renameat(self->fd, name, self->fd, new_name) == 0)
        return CT_OK;
    return status_of_errno();
}

/* ---- lifecycle ---- */

static void
close_folder(struct ct_folder *folder)
{
    struct disk_folder *self = (struct disk_folder *)folder;
    close_quietly(self->fd);
    ct_alloc_free(self->alloc, self);
}

static const struct ct_folder_ops disk_folder_ops = {
    .create = create_file,
    .open = open_file,
    .extend = extend_file,
    .remove = remove_name,
    .rename = rename_file,
    .close = close_folder,
};

/* As mkdir -p; whether it worked shows when the folder is opened. */
static void
create_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, FOLDER_MODE);
        *slash = '/';
    }
    (void)mkdir(path, FOLDER_MODE);
}

static enum ct_status
create_path(const char *path, const struct ct_alloc *alloc)
{
    const size_t size = strlen(path) + 1;
    if (size == 1)
        return CT_OK; /* "" names nothing; opening it says so */
    char *copy = ct_alloc_resize(alloc, NULL, size);
    if (copy == NULL)
        return CT_ERR_MEMORY;
    memcpy(copy, path, size);
    create_parents(copy);
    ct_alloc_free(alloc, copy);
    return CT_OK;
}

enum ct_status
ct_folder_open(const char *path, bool create, const struct ct_alloc *alloc,
               struct ct_folder **out_folder, struct ct_error *error)
{
    if (create && create_path(path, alloc) != CT_OK)
        return ct_error_put(error, CT_ERR_MEMORY, path, 0, "memory ran out");
    const int fd = open(path, FOLDER_FLAGS);
    if (fd < 0)
        return ct_error_put(error, create ? CT_ERR_IO : status_of_errno(), path, 0, "%s",
                            strerror(errno));
    struct disk_folder *self = ct_alloc_zeroed(alloc, 1, sizeof *self);
    if (self == NULL) {
        close_quietly(fd);
        return ct_error_put(error, CT_ERR_MEMORY, path, 0, "memory ran out");
    }
    self->folder.ops = &disk_folder_ops;
    self->alloc = alloc;
    self->fd = fd;
    *out_folder = &self->folder;
    return CT_OK;
}

void
ct_folder_close(struct ct_folder *folder)
{
    if (folder != NULL)
        folder->ops->close(folder);
}
