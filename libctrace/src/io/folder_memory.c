/* A folder in memory: a list of named byte arrays, so that writers can be tested without a disk.
 *
 * See io.h. A file is held by the folder and by each handle on it, and freed with the last of them:
 * as on disk, a removed file lives on for those who have it open. But
 * for a renamed one, whose open handles lose it. */
#include "ctrace/io.h"

#include "io/folder_name.h"

#include <errno.h>
#include <string.h>

#define CONTENT_CAPACITY_MIN 4096u

struct content {
    struct content *next; /* in the folder */
    const struct ct_alloc *alloc;
    size_t holder_count;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    char name[];
};

struct memory_file {
    struct ct_file file;
    struct content *content;
    bool is_writable;
};

struct memory_folder {
    struct ct_folder folder;
    const struct ct_alloc *alloc;
    struct content *first;
};

static void
drop_content(struct content *content)
{
    if (--content->holder_count > 0)
        return;
    ct_alloc_free(content->alloc, content->bytes);
    ct_alloc_free(content->alloc, content);
}

/* ---- file ---- */

static enum ct_status
read_at(struct ct_file *file, uint64_t offset, void *out_bytes, size_t size)
{
    const struct content *content = ((const struct memory_file *)file)->content;
    if (offset > content->size || size > content->size - offset)
        return CT_ERR_FORMAT;
    if (size > 0)
        memcpy(out_bytes, content->bytes + offset, size);
    return CT_OK;
}

static enum ct_status
reserve_content(struct content *content, size_t wanted)
{
    if (wanted <= content->capacity)
        return CT_OK;
    size_t capacity = content->capacity > SIZE_MAX / 2 ? wanted : content->capacity * 2;
    if (capacity < CONTENT_CAPACITY_MIN)
        capacity = CONTENT_CAPACITY_MIN;
    if (capacity < wanted)
        capacity = wanted;
    uint8_t *bytes = ct_alloc_resize(content->alloc, content->bytes, capacity);
    if (bytes == NULL)
        return CT_ERR_MEMORY;
    content->bytes = bytes;
    content->capacity = capacity;
    return CT_OK;
}

static enum ct_status
write_at(struct ct_file *file, uint64_t offset, const void *bytes, size_t size)
{
    const struct memory_file *self = (const struct memory_file *)file;
    struct content *content = self->content;
    if (!self->is_writable || offset > SIZE_MAX || size > SIZE_MAX - (size_t)offset) {
        errno = self->is_writable ? EFBIG : EBADF;
        return CT_ERR_IO;
    }
    if (size == 0)
        return CT_OK;
    const size_t end = (size_t)offset + size;
    CT_TRY(reserve_content(content, end));
    if (offset > content->size) /* a hole reads as zeroes */
        memset(content->bytes + content->size, 0, (size_t)offset - content->size);
    memcpy(content->bytes + offset, bytes, size);
    if (end > content->size)
        content->size = end;
    return CT_OK;
}

static enum ct_status
get_size(struct ct_file *file, uint64_t *out_size)
{
    *out_size = ((const struct memory_file *)file)->content->size;
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
    struct memory_file *self = (struct memory_file *)file;
    const struct ct_alloc *alloc = self->content->alloc;
    drop_content(self->content);
    ct_alloc_free(alloc, self);
    return CT_OK;
}

static const struct ct_file_ops memory_file_ops = {
    .read_at = read_at,
    .write_at = write_at,
    .size_get = get_size,
    .sync = sync_nothing,
    .close = close_file,
};

/* ---- folder ---- */

static struct content *
find_content(const struct memory_folder *self, const char *name)
{
    struct content *content = self->first;
    while (content != NULL && strcmp(content->name, name) != 0)
        content = content->next;
    return content;
}

static enum ct_status
add_content(struct memory_folder *self, const char *name, struct content **out_content)
{
    const size_t name_size = strlen(name) + 1;
    struct content *content = ct_alloc_zeroed(self->alloc, 1, sizeof *content + name_size);
    if (content == NULL)
        return CT_ERR_MEMORY;
    memcpy(content->name, name, name_size);
    content->alloc = self->alloc;
    content->holder_count = 1;
    content->next = self->first;
    self->first = content;
    *out_content = content;
    return CT_OK;
}

static enum ct_status
hold_content(struct content *content, bool is_writable, struct ct_file **out_file)
{
    struct memory_file *self = ct_alloc_zeroed(content->alloc, 1, sizeof *self);
    if (self == NULL)
        return CT_ERR_MEMORY;
    self->file.ops = &memory_file_ops;
    self->content = content;
    self->is_writable = is_writable;
    content->holder_count++;
    *out_file = &self->file;
    return CT_OK;
}

static enum ct_status
create_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    struct memory_folder *self = (struct memory_folder *)folder;
    if (!ct_folder_name_is_valid(name))
        return CT_ERR_LIMIT;
    struct content *content = find_content(self, name);
    if (content == NULL)
        CT_TRY(add_content(self, name, &content));
    CT_TRY(hold_content(content, true, out_file));
    content->size = 0;
    return CT_OK;
}

static enum ct_status
open_present(struct ct_folder *folder, const char *name, bool is_writable,
             struct ct_file **out_file)
{
    if (!ct_folder_name_is_valid(name))
        return CT_ERR_LIMIT;
    struct content *content = find_content((struct memory_folder *)folder, name);
    return content != NULL ? hold_content(content, is_writable, out_file) : CT_ERR_NOT_FOUND;
}

static enum ct_status
open_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    return open_present(folder, name, false, out_file);
}

static enum ct_status
extend_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    return open_present(folder, name, true, out_file);
}

/* Whether `path` is `name` or lies below it. */
static bool
is_at_or_below(const char *path, const char *name)
{
    const size_t size = strlen(name);
    return strncmp(path, name, size) == 0 && (path[size] == '\0' || path[size] == '/');
}

static enum ct_status
remove_name(struct ct_folder *folder, const char *name)
{
    if (!ct_folder_name_is_valid(name))
        return CT_ERR_LIMIT;
    struct content **link = &((struct memory_folder *)folder)->first;
    while (*link != NULL) {
        struct content *content = *link;
        if (!is_at_or_below(content->name, name)) {
            link = &content->next;
            continue;
        }
        *link = content->next;
        drop_content(content);
    }
    return CT_OK;
}

static struct content *
take_content(struct memory_folder *self, const char *name)
{
    for (struct content **link = &self->first; *link != NULL; link = &(*link)->next) {
        struct content *content = *link;
        if (strcmp(content->name, name) != 0)
            continue;
        *link = content->next;
        return content;
    }
    return NULL;
}

/* A name is part of its content: the bytes move to one that has the new name. */
static enum ct_status
rename_file(struct ct_folder *folder, const char *name, const char *new_name)
{
    struct memory_folder *self = (struct memory_folder *)folder;
    struct content *renamed;
    if (!ct_folder_name_is_valid(name) || !ct_folder_name_is_valid(new_name))
        return CT_ERR_LIMIT;
    if (find_content(self, name) == NULL)
        return CT_ERR_NOT_FOUND;
    struct content *older = take_content(self, new_name);
    if (older != NULL)
        drop_content(older);
    CT_TRY(add_content(self, new_name, &renamed));
    struct content *content = take_content(self, name);
    renamed->bytes = content->bytes;
    renamed->size = content->size;
    renamed->capacity = content->capacity;
    content->bytes = NULL;
    content->size = content->capacity = 0;
    drop_content(content);
    return CT_OK;
}

static void
close_folder(struct ct_folder *folder)
{
    struct memory_folder *self = (struct memory_folder *)folder;
    while (self->first != NULL) {
        struct content *content = self->first;
        self->first = content->next;
        drop_content(content);
    }
    ct_alloc_free(self->alloc, self);
}

static const struct ct_folder_ops memory_folder_ops = {
    .create = create_file,
    .open = open_file,
    .extend = extend_file,
    .remove = remove_name,
    .rename = rename_file,
    .close = close_folder,
};

enum ct_status
ct_folder_memory_new(const struct ct_alloc *alloc, struct ct_folder **out_folder)
{
    struct memory_folder *self = ct_alloc_zeroed(alloc, 1, sizeof *self);
    if (self == NULL)
        return CT_ERR_MEMORY;
    self->folder.ops = &memory_folder_ops;
    self->alloc = alloc;
    *out_folder = &self->folder;
    return CT_OK;
}
