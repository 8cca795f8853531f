/* Walks a file that is one JSON array, element by element, without reading it whole.
 *
 * Used by the JSON reader. It only finds where each element ends (brackets and strings); whether
 * the element itself is sound is for the JSON cursor. Memory: the largest element, at most the
 * limit. */
#ifndef CT_TRACE_JSON_ARRAY_H
#define CT_TRACE_JSON_ARRAY_H

#include "ctrace/io.h"

struct ct_json_array {
    const struct ct_alloc *alloc;
    struct ct_file *file; /* borrowed */
    const char *name;
    uint64_t file_size;
    uint64_t file_offset; /* of buffer[0] */
    char *buffer;         /* [start, end) is not consumed yet */
    size_t start;
    size_t end;
    size_t capacity;
    bool is_open;  /* behind '[' */
    bool is_ended; /* nothing more comes */
};

struct ct_json_element {
    const char *text; /* borrowed until the next call of next */
    size_t size;
    uint64_t offset;
};

/* Borrows file and name. */
CT_MUST_CHECK enum ct_status ct_json_array_init(struct ct_json_array *array, struct ct_file *file,
                                                const char *name, const struct ct_alloc *alloc);
void ct_json_array_release(struct ct_json_array *array);

/* CT_END behind the closing bracket. CT_ERR_FORMAT: the text is cut or is no array; CT_ERR_LIMIT:
 * an element takes more than size_max; both end the walk, the next call is CT_END. */
CT_MUST_CHECK enum ct_status ct_json_array_next(struct ct_json_array *array, size_t size_max,
                                                struct ct_json_element *out_element,
                                                struct ct_error *error);

#endif
