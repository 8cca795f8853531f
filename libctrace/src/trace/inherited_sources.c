/* See inherited_sources.h. */
#include "trace/inherited_sources.h"

void
ct_inherited_sources_reset(struct ct_inherited_sources *sources)
{
    for (uint32_t i = 0; i < sources->folder_count; i++)
        ct_folder_close(sources->folders[i]);
    sources->folder_count = 0;
    sources->path_count = 0;
}

void
ct_inherited_sources_release(struct ct_inherited_sources *sources)
{
    ct_inherited_sources_reset(sources);
    ct_alloc_free(sources->alloc, sources->holders);
    sources->holders = NULL;
}

bool
ct_inherited_sources_are_full(const struct ct_inherited_sources *sources)
{
    return sources->folder_count == CT_INHERITED_FOLDER_MAX;
}

enum ct_status
ct_inherited_sources_branch(struct ct_inherited_sources *sources, struct ct_folder *from,
                            uint64_t path_count)
{
    if (ct_inherited_sources_are_full(sources))
        return CT_ERR_STATE;
    uint8_t *holders = ct_alloc_resize(sources->alloc, sources->holders, (size_t)path_count + 1);
    if (holders == NULL)
        return CT_ERR_MEMORY;
    sources->holders = holders;
    sources->folders[sources->folder_count++] = from;
    for (uint64_t id = 0; id < path_count; id++) {
        if (id >= sources->path_count || holders[id] == 0)
            holders[id] = (uint8_t)sources->folder_count;
    }
    sources->path_count = path_count;
    return CT_OK;
}

static enum ct_status
read_text(struct ct_file *file, struct ct_buffer *out)
{
    uint64_t size;
    ct_buffer_reset(out);
    CT_TRY(file->ops->size_get(file, &size));
    if (size >= SIZE_MAX)
        return CT_ERR_LIMIT;
    uint8_t *room = ct_buffer_reserve(out, (size_t)size + 1);
    if (room == NULL)
        return CT_ERR_MEMORY;
    if (size > 0)
        CT_TRY(file->ops->read_at(file, 0, room, (size_t)size));
    out->size = (size_t)size;
    return CT_OK;
}

enum ct_status
ct_inherited_sources_take(struct ct_inherited_sources *sources, uint64_t path_id, const char *name,
                          struct ct_buffer *out)
{
    struct ct_folder *folder = sources->folders[sources->holders[path_id] - 1];
    struct ct_file *file;
    sources->holders[path_id] = 0;
    CT_TRY(folder->ops->open(folder, name, &file));
    const enum ct_status status = read_text(file, out);
    const enum ct_status closed = ct_file_close(file);
    return status != CT_OK ? status : closed;
}
