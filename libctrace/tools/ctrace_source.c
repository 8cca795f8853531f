/* Reads the copy from its start, line by line. See ctrace_source.h. */
#include "ctrace_source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE_MAX 4096
/* Longer lines are cut: no one reads them to their end in an answer. */
#define LINE_SHOWN_MAX 160

/* The folder of the trace, without the slash; false when the path does not fit. */
static bool
find_folder(const char *trace, char out_folder[PATH_SIZE_MAX])
{
    struct stat status;
    const char *slash = strrchr(trace, '/');
    const size_t size = strlen(trace);
    if (size >= PATH_SIZE_MAX)
        return false;
    memcpy(out_folder, trace, size + 1);
    if (stat(trace, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    if (slash == NULL)
        memcpy(out_folder, ".", 2);
    else
        out_folder[slash - trace] = '\0';
    return true;
}

static FILE *
open_copy(const char *trace, const char *path)
{
    char folder[PATH_SIZE_MAX];
    char copy[2 * PATH_SIZE_MAX];
    /* A trace may name any path: none leads out of its folder. */
    if (path[0] != '/' || strstr(path, "/../") != NULL || strlen(path) >= PATH_SIZE_MAX ||
        !find_folder(trace, folder))
        return NULL;
    snprintf(copy, sizeof copy, "%s/files%s", folder, path);
    return fopen(copy, "re");
}

void
ctrace_put_source(struct ctrace_output *output, const char *trace,
                  const struct ct_trace_reader *reader, const struct ct_trace_place *place,
                  const char *lead)
{
    const char *path = ct_trace_reader_path(reader, place->path_id, NULL);
    FILE *stream = path != NULL && place->line > 0 ? open_copy(trace, path) : NULL;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size = 0;
    if (stream == NULL)
        return;
    for (int64_t number = 0; number < place->line && size >= 0; number++)
        size = getline(&line, &capacity, stream);
    while (size > 0 && strchr(" \t\r\n", line[size - 1]) != NULL)
        size--;
    const size_t blank = size > 0 ? strspn(line, " \t") : 0;
    if (size > 0) {
        const size_t shown = (size_t)size - blank;
        ctrace_put_text(output, lead);
        ctrace_put_plain(output, line + blank, shown < LINE_SHOWN_MAX ? shown : LINE_SHOWN_MAX);
        ctrace_put_text(output, shown <= LINE_SHOWN_MAX ? "\n" : " …\n");
    }
    free(line);
    fclose(stream);
}
