/* Which files a path means: see ct_trace_find in ctrace/trace_reader.h.
 *
 * The rule is CodeTracer's: trace.ct wins over other containers, a container over trace.json. */
#include "ctrace/trace_reader.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE_MAX 4096

/* folder + '/' + name; CT_ERR_LIMIT when it does not fit. */
static enum ct_status
join_path(const char *folder, const char *name, char *out_path, size_t capacity,
          struct ct_error *error)
{
    const int size = snprintf(out_path, capacity, "%s/%s", folder, name);
    if (size < 0 || (size_t)size >= capacity)
        return ct_error_put(error, CT_ERR_LIMIT, name, 0, "the path is too long");
    return CT_OK;
}

static bool
is_container_name(const char *name)
{
    const size_t size = strlen(name);
    return size > 3 && strcmp(name + size - 3, ".ct") == 0;
}

/* The best name in the folder by the rule above; "" when there is none. */
static enum ct_status
find_name(const char *folder, char *out_name, size_t capacity, struct ct_error *error)
{
    bool has_json = false;
    out_name[0] = '\0';
    DIR *stream = opendir(folder);
    if (stream == NULL) {
        const int reason = errno;
        (void)ct_error_put(error, CT_ERR_IO, "", 0, "%s", strerror(reason));
        if (error != NULL)
            error->errno_value = reason;
        return CT_ERR_IO;
    }
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        has_json = has_json || strcmp(entry->d_name, "trace.json") == 0;
        if (!is_container_name(entry->d_name) || strcmp(out_name, "trace.ct") == 0)
            continue;
        if (out_name[0] == '\0' || strcmp(entry->d_name, "trace.ct") == 0 ||
            strcmp(entry->d_name, out_name) < 0)
            snprintf(out_name, capacity, "%s", entry->d_name);
    }
    closedir(stream);
    if (out_name[0] == '\0' && has_json)
        snprintf(out_name, capacity, "%s", "trace.json");
    return CT_OK;
}

enum ct_status
ct_trace_find(const char *path, char *out_path, size_t capacity, struct ct_error *error)
{
    struct stat status;
    char name[256]; /* NAME_MAX and its NUL */
    if (stat(path, &status) != 0) {
        const int reason = errno;
        (void)ct_error_put(error, reason == ENOENT ? CT_ERR_NOT_FOUND : CT_ERR_IO, "", 0, "%s",
                           strerror(reason));
        if (error != NULL)
            error->errno_value = reason;
        return reason == ENOENT ? CT_ERR_NOT_FOUND : CT_ERR_IO;
    }
    if (!S_ISDIR(status.st_mode)) {
        if (strlen(path) >= capacity)
            return ct_error_put(error, CT_ERR_LIMIT, "", 0, "the path is too long");
        memcpy(out_path, path, strlen(path) + 1);
        return CT_OK;
    }
    CT_TRY(find_name(path, name, sizeof name, error));
    if (name[0] == '\0')
        return ct_error_put(error, CT_ERR_NOT_FOUND, "", 0,
                            "the folder holds no trace (neither *.ct nor trace.json)");
    return join_path(path, name, out_path, capacity, error);
}

/* A sidecar beside the main file; absence leaves NULL. */
static enum ct_status
open_sidecar(const char *main_path, const char *name, const struct ct_alloc *alloc,
             struct ct_file **out_file)
{
    char folder[PATH_SIZE_MAX];
    char path[PATH_SIZE_MAX];
    const char *slash = strrchr(main_path, '/');
    const size_t size = slash != NULL ? (size_t)(slash - main_path) : 1;
    if (size >= sizeof folder)
        return CT_OK;
    memcpy(folder, slash != NULL ? main_path : ".", size);
    folder[size] = '\0';
    if (join_path(folder, name, path, sizeof path, NULL) != CT_OK)
        return CT_OK;
    const enum ct_status status = ct_file_open(path, alloc, out_file, NULL);
    return status == CT_ERR_MEMORY ? status : CT_OK; /* what cannot be read is told as absent */
}

bool
ct_trace_has_company(const char *main_path)
{
    const char *slash = strrchr(main_path, '/');
    const char *name = slash != NULL ? slash + 1 : main_path;
    return strcmp(name, "trace.ct") == 0 || strcmp(name, "trace.json") == 0;
}

enum ct_status
ct_trace_files_open(const char *path, const struct ct_alloc *alloc,
                    struct ct_trace_files *out_files, struct ct_error *error)
{
    char main_path[PATH_SIZE_MAX];
    struct ct_trace_files files = {0};
    CT_TRY(ct_trace_find(path, main_path, sizeof main_path, error));
    CT_TRY(ct_file_open(main_path, alloc, &files.main, error));
    enum ct_status status = CT_OK;
    if (!is_container_name(main_path))
        status = open_sidecar(main_path, "trace_metadata.json", alloc, &files.metadata);
    if (status == CT_OK && !is_container_name(main_path))
        status = open_sidecar(main_path, "trace_paths.json", alloc, &files.paths);
    if (status == CT_OK && ct_trace_has_company(main_path))
        status = open_sidecar(main_path, "trace_info.json", alloc, &files.facts);
    if (status == CT_OK && ct_trace_has_company(main_path))
        status = open_sidecar(main_path, "trace_expressions.json", alloc, &files.expressions);
    if (status == CT_OK && ct_trace_has_company(main_path))
        status = open_sidecar(main_path, "trace.instructions", alloc, &files.instructions);
    if (status != CT_OK) {
        ct_trace_files_close(&files);
        return status;
    }
    *out_files = files;
    return CT_OK;
}

void
ct_trace_files_close(struct ct_trace_files *files)
{
    /* Read-only files: a close has nothing left to report. */
    enum ct_status ignored = ct_file_close(files->main);
    ignored = ct_file_close(files->metadata);
    ignored = ct_file_close(files->paths);
    ignored = ct_file_close(files->facts);
    ignored = ct_file_close(files->expressions);
    ignored = ct_file_close(files->instructions);
    (void)ignored;
    *files = (struct ct_trace_files){0};
}
