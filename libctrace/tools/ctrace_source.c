/* Reads the copy from its start, line by line, unless the line is kept. See ctrace_source.h. */
#include "ctrace_source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE_MAX 4096

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

static void
read_line(FILE *stream, struct ctrace_source_line *line)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t size = 0;
    for (int64_t number = 0; number < line->number && size >= 0; number++)
        size = getline(&text, &capacity, stream);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    const size_t blank = size > 0 ? strspn(text, " \t") : 0;
    if (size > 0) {
        const size_t whole = (size_t)size - blank;
        line->is_cut = whole > sizeof line->text;
        line->size = line->is_cut ? sizeof line->text : whole;
        memcpy(line->text, text + blank, line->size);
    }
    free(text);
}

/* hot */
void
ctrace_put_source(struct ctrace_sources *sources, struct ctrace_output *output,
                  const struct ct_trace_reader *reader, const struct ct_trace_place *place,
                  const char *lead)
{
    const uint64_t slot = (uint64_t)place->line + place->path_id * 31;
    struct ctrace_source_line *line = &sources->lines[slot % CTRACE_SOURCE_LINE_MAX];
    if (place->line <= 0)
        return;
    if (line->number != place->line || line->path_id != place->path_id) {
        const char *path = ct_trace_reader_path(reader, place->path_id, NULL);
        FILE *stream = path != NULL ? open_copy(sources->trace, path) : NULL;
        line->path_id = place->path_id;
        line->number = place->line;
        line->size = 0;
        if (stream != NULL) {
            read_line(stream, line);
            fclose(stream);
        }
    }
    if (line->size == 0)
        return;
    ctrace_put_text(output, lead);
    ctrace_put_plain(output, line->text, line->size);
    ctrace_put_text(output, line->is_cut ? " …\n" : "\n");
}
