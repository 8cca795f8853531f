/* Spellings of source paths. See path_text.h. */
#include "trace/path_text.h"

#include <stdbool.h>

#define PARENT_REPLACEMENT "__" /* for ".." */

static bool
ends_like_javascript(const char *path, size_t size)
{
    static const char *const endings[] = {".js", ".ts", ".jsx", ".tsx", ".mjs", ".cjs"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending_size = strlen(endings[i]);
        if (size >= ending_size && memcmp(path + size - ending_size, endings[i], ending_size) == 0)
            return true;
    }
    return false;
}

void
ct_path_text_put(struct ct_buffer *buffer, const char *workdir, const char *path, size_t size)
{
    if (size == 0 || path[0] != '/') {
        ct_buffer_put_text(buffer, workdir);
        ct_buffer_put_u8(buffer, '/');
    }
    ct_buffer_put(buffer, path, size);
    if (ends_like_javascript(path, size))
        ct_buffer_put_text(buffer, ".rb");
}

static void
put_component(struct ct_buffer *buffer, const char *component, size_t size)
{
    if (size == 0 || (size == 1 && component[0] == '.'))
        return;
    ct_buffer_put_u8(buffer, '/');
    if (size == 2 && component[0] == '.' && component[1] == '.')
        ct_buffer_put_text(buffer, PARENT_REPLACEMENT);
    else
        ct_buffer_put(buffer, component, size);
}

void
ct_path_text_put_embedded(struct ct_buffer *buffer, const char *path, size_t size)
{
    ct_buffer_put_text(buffer, "files");
    size_t start = 0;
    for (size_t i = 0; i <= size; i++) {
        if (i < size && path[i] != '/')
            continue;
        put_component(buffer, path + start, i - start);
        start = i + 1;
    }
}
