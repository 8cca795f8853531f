/* Failing wrappers around the allocator, files and folders. See support.h. */
#include "support.h"

#include <errno.h>
#include <stdlib.h>

/* ---- memory ---- */

static void *
reallocate_or_fail(void *context, void *pointer, size_t size)
{
    struct ct_failing_alloc *failing = context;
    if (size == 0) {
        failing->live_count -= pointer != NULL;
        free(pointer);
        return NULL;
    }
    if (++failing->call_count == failing->fail_at)
        return NULL;
    failing->live_count += pointer == NULL;
    void *moved = realloc(pointer, size);
    assert_non_null(moved);
    return moved;
}

void
ct_failing_alloc_init(struct ct_failing_alloc *failing, size_t fail_at)
{
    *failing = (struct ct_failing_alloc){.fail_at = fail_at};
    failing->alloc = (struct ct_alloc){reallocate_or_fail, failing};
}

bool
ct_failing_alloc_has_failed(const struct ct_failing_alloc *failing)
{
    return failing->fail_at != 0 && failing->call_count >= failing->fail_at;
}

/* ---- files ---- */

struct failing_file {
    struct ct_file file;
    struct ct_file *inner;
    struct ct_failure_plan *plan;
};

bool
ct_failure_plan_has_failed(const struct ct_failure_plan *plan)
{
    return plan->fail_at != 0 && plan->call_count >= plan->fail_at;
}

static bool
is_failing_now(struct ct_failure_plan *plan)
{
    plan->call_count++;
    const bool is_it = plan->call_count == plan->fail_at;
    const bool is_after = plan->is_lasting && ct_failure_plan_has_failed(plan);
    if (is_it || is_after)
        errno = ENOSPC;
    return is_it || is_after;
}

static enum ct_status
read_at(struct ct_file *file, uint64_t offset, void *out_bytes, size_t size)
{
    struct ct_file *inner = ((struct failing_file *)file)->inner;
    return inner->ops->read_at(inner, offset, out_bytes, size);
}

static enum ct_status
write_at(struct ct_file *file, uint64_t offset, const void *bytes, size_t size)
{
    const struct failing_file *self = (const struct failing_file *)file;
    struct ct_file *inner = self->inner;
    if (is_failing_now(self->plan)) {
        if (self->plan->is_short)
            assert_ok(inner->ops->write_at(inner, offset, bytes, size / 2));
        errno = ENOSPC;
        return CT_ERR_IO;
    }
    const enum ct_status status = inner->ops->write_at(inner, offset, bytes, size);
    if (status == CT_OK && self->plan->after_write != NULL)
        self->plan->after_write(self->plan->context);
    return status;
}

static enum ct_status
get_size(struct ct_file *file, uint64_t *out_size)
{
    struct ct_file *inner = ((struct failing_file *)file)->inner;
    return inner->ops->size_get(inner, out_size);
}

static enum ct_status
sync_file(struct ct_file *file)
{
    const struct failing_file *self = (const struct failing_file *)file;
    return is_failing_now(self->plan) ? CT_ERR_IO : self->inner->ops->sync(self->inner);
}

/* As close(2): what failed is a delayed write; the file is closed all the same. */
static enum ct_status
close_file(struct ct_file *file)
{
    struct failing_file *self = (struct failing_file *)file;
    const bool is_failing = is_failing_now(self->plan);
    const enum ct_status status = ct_file_close(self->inner);
    free(self);
    return is_failing ? CT_ERR_IO : status;
}

static const struct ct_file_ops failing_file_ops = {
    .read_at = read_at,
    .write_at = write_at,
    .size_get = get_size,
    .sync = sync_file,
    .close = close_file,
};

struct ct_file *
ct_failing_file_new(struct ct_file *inner, struct ct_failure_plan *plan)
{
    struct failing_file *self = calloc(1, sizeof *self);
    assert_non_null(self);
    *self = (struct failing_file){{&failing_file_ops}, inner, plan};
    return &self->file;
}

/* ---- folders ---- */

struct failing_folder {
    struct ct_folder folder;
    struct ct_folder *inner;
    struct ct_failure_plan *plan;
};

static enum ct_status
create_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    const struct failing_folder *self = (const struct failing_folder *)folder;
    struct ct_file *inner;
    if (is_failing_now(self->plan))
        return CT_ERR_IO;
    CT_TRY(self->inner->ops->create(self->inner, name, &inner));
    *out_file = ct_failing_file_new(inner, self->plan);
    return CT_OK;
}

static enum ct_status
open_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    struct ct_folder *inner = ((const struct failing_folder *)folder)->inner;
    return inner->ops->open(inner, name, out_file);
}

static enum ct_status
extend_file(struct ct_folder *folder, const char *name, struct ct_file **out_file)
{
    const struct failing_folder *self = (const struct failing_folder *)folder;
    struct ct_file *inner;
    if (is_failing_now(self->plan))
        return CT_ERR_IO;
    CT_TRY(self->inner->ops->extend(self->inner, name, &inner));
    *out_file = ct_failing_file_new(inner, self->plan);
    return CT_OK;
}

static enum ct_status
remove_name(struct ct_folder *folder, const char *name)
{
    struct ct_folder *inner = ((const struct failing_folder *)folder)->inner;
    return inner->ops->remove(inner, name);
}

static enum ct_status
rename_file(struct ct_folder *folder, const char *name, const char *new_name)
{
    const struct failing_folder *self = (const struct failing_folder *)folder;
    if (is_failing_now(self->plan))
        return CT_ERR_IO;
    return self->inner->ops->rename(self->inner, name, new_name);
}

static void
close_folder(struct ct_folder *folder)
{
    ct_folder_close(((const struct failing_folder *)folder)->inner);
    free(folder);
}

static const struct ct_folder_ops failing_folder_ops = {
    .create = create_file,
    .open = open_file,
    .extend = extend_file,
    .remove = remove_name,
    .rename = rename_file,
    .close = close_folder,
};

struct ct_folder *
ct_failing_folder_new(struct ct_folder *inner, struct ct_failure_plan *plan)
{
    struct failing_folder *self = calloc(1, sizeof *self);
    assert_non_null(self);
    *self = (struct failing_folder){{&failing_folder_ops}, inner, plan};
    return &self->folder;
}

/* ---- bytes ---- */

uint8_t *
ct_folder_read_all(struct ct_folder *folder, const char *name, size_t *out_size)
{
    struct ct_file *file;
    uint64_t size;
    const enum ct_status status = folder->ops->open(folder, name, &file);
    if (status == CT_ERR_NOT_FOUND)
        return NULL;
    assert_ok(status);
    assert_ok(file->ops->size_get(file, &size));
    uint8_t *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    assert_ok(file->ops->read_at(file, 0, bytes, (size_t)size));
    assert_ok(ct_file_close(file));
    *out_size = (size_t)size;
    return bytes;
}

uint64_t
ct_random_next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

void
ct_noise_put(uint8_t *out_bytes, size_t size, uint64_t seed)
{
    uint64_t state = seed * 2 + 1;
    uint8_t previous = 0;
    for (size_t i = 0; i < size; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        out_bytes[i] = (uint8_t)(state >> 56);
        if (i > 0 && out_bytes[i] == previous)
            out_bytes[i]++;
        previous = out_bytes[i];
    }
}
