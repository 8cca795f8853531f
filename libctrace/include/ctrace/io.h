/* Files and folders as small vtables, so that writers and readers run against a disk or in memory.
 *
 * Used by the container, the JSON sink and the readers. A folder creates its files with mode 0600
 * and never follows a symlink at the last component. Nothing here is thread-safe. */
#ifndef CTRACE_IO_H
#define CTRACE_IO_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct_file;
struct ct_folder;

struct ct_file_ops {
    /* Reads exactly `size` bytes at `offset`; CT_ERR_FORMAT when the file ends before. */
    enum ct_status (*read_at)(struct ct_file *file, uint64_t offset, void *out_bytes, size_t size);
    /* Writes exactly `size` bytes at `offset`, extending the file; a short write is CT_ERR_IO. */
    enum ct_status (*write_at)(struct ct_file *file, uint64_t offset, const void *bytes,
                               size_t size);
    enum ct_status (*size_get)(struct ct_file *file, uint64_t *out_size);
    enum ct_status (*sync)(struct ct_file *file);
    /* Closes and frees; the status of a delayed write error. */
    enum ct_status (*close)(struct ct_file *file);
};

struct ct_file {
    const struct ct_file_ops *ops;
};

struct ct_folder_ops {
    /* Creates or truncates `name` (which may hold '/': parents are created 0700). *out_file is
     * owned. */
    enum ct_status (*create)(struct ct_folder *folder, const char *name, struct ct_file **out_file);
    /* Opens for reading. CT_ERR_NOT_FOUND when absent. */
    enum ct_status (*open)(struct ct_folder *folder, const char *name, struct ct_file **out_file);
    /* Opens a file that is there for reading and writing, with what is in it. CT_ERR_NOT_FOUND when
     * absent. */
    enum ct_status (*extend)(struct ct_folder *folder, const char *name, struct ct_file **out_file);
    /* Removes a file, or a whole tree when `name` is a folder; absence is CT_OK. */
    enum ct_status (*remove)(struct ct_folder *folder, const char *name);
    /* Gives `name` in the folder itself another, also in it: whoever opens `new_name` finds the
     * file that was there before or this one, whole. */
    enum ct_status (*rename)(struct ct_folder *folder, const char *name, const char *new_name);
    void (*close)(struct ct_folder *folder);
};

struct ct_folder {
    const struct ct_folder_ops *ops;
};

/* A folder on disk, created 0700 (with parents) when absent and `create` is set. */
CT_MUST_CHECK enum ct_status ct_folder_open(const char *path, bool create,
                                            const struct ct_alloc *alloc,
                                            struct ct_folder **out_folder, struct ct_error *error);

/* A folder in memory; files live until it is closed, may be re-opened, and grow as written. */
CT_MUST_CHECK enum ct_status ct_folder_memory_new(const struct ct_alloc *alloc,
                                                  struct ct_folder **out_folder);

/* One file on disk, for reading only. */
CT_MUST_CHECK enum ct_status ct_file_open(const char *path, const struct ct_alloc *alloc,
                                          struct ct_file **out_file, struct ct_error *error);

/* One read-only file over borrowed bytes (fuzzers, tests). The bytes must outlive the file. */
CT_MUST_CHECK enum ct_status ct_file_memory_open(const void *bytes, size_t size,
                                                 const struct ct_alloc *alloc,
                                                 struct ct_file **out_file);

/* NULL-safe; close both. */
CT_MUST_CHECK enum ct_status ct_file_close(struct ct_file *file);
void ct_folder_close(struct ct_folder *folder);

#endif
