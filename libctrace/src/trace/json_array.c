/* A sliding buffer over the file and a bracket counter. See json_array.h. */
#include "trace/json_array.h"

#include <string.h>

#define BUFFER_SIZE_MIN ((size_t)64 << 10)

enum ct_status
ct_json_array_init(struct ct_json_array *array, struct ct_file *file, const char *name,
                   const struct ct_alloc *alloc)
{
    *array = (struct ct_json_array){.alloc = alloc, .file = file, .name = name};
    return file->ops->size_get(file, &array->file_size);
}

void
ct_json_array_release(struct ct_json_array *array)
{
    if (array->alloc == NULL)
        return;
    ct_alloc_free(array->alloc, array->buffer);
    *array = (struct ct_json_array){0};
}

static enum ct_status
refuse(struct ct_json_array *array, uint64_t offset, struct ct_error *error, const char *sentence)
{
    array->is_ended = true;
    return ct_error_put(error, CT_ERR_FORMAT, array->name, offset, "%s", sentence);
}

static enum ct_status
grow_buffer(struct ct_json_array *array)
{
    const size_t held = array->end - array->start;
    if (array->start > 0)
        memmove(array->buffer, array->buffer + array->start, held);
    array->file_offset += array->start;
    array->start = 0;
    array->end = held;
    if (array->capacity > 0 && array->capacity / 2 >= held)
        return CT_OK;
    const size_t capacity = held < BUFFER_SIZE_MIN / 2 ? BUFFER_SIZE_MIN : held * 2;
    char *grown = ct_alloc_resize(array->alloc, array->buffer, capacity);
    if (grown == NULL)
        return CT_ERR_MEMORY;
    array->buffer = grown;
    array->capacity = capacity;
    return CT_OK;
}

/* More of the file behind what is held. CT_END at the file's end. */
static enum ct_status
fill_buffer(struct ct_json_array *array, size_t size_max, struct ct_error *error)
{
    if (array->file_offset + array->end >= array->file_size)
        return CT_END;
    if (array->end - array->start >= size_max) {
        array->is_ended = true;
        return ct_error_put(error, CT_ERR_LIMIT, array->name, array->file_offset + array->start,
                            "an element takes more than %zu bytes", size_max);
    }
    CT_TRY(grow_buffer(array));
    const uint64_t left = array->file_size - (array->file_offset + array->end);
    size_t size = array->capacity - array->end;
    if (size > left)
        size = (size_t)left;
    const enum ct_status status = array->file->ops->read_at(
        array->file, array->file_offset + array->end, array->buffer + array->end, size);
    if (status != CT_OK)
        return ct_error_put(error, status == CT_ERR_FORMAT ? CT_ERR_IO : status, array->name,
                            array->file_offset + array->end, "cannot be read");
    array->end += size;
    return CT_OK;
}

/* The next byte that is no white space, not consumed. CT_END at the file's end. */
static enum ct_status
peek_token(struct ct_json_array *array, size_t size_max, char *out_c, struct ct_error *error)
{
    for (;;) {
        while (array->start < array->end) {
            const char c = array->buffer[array->start];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                *out_c = c;
                return CT_OK;
            }
            array->start++;
        }
        CT_TRY(fill_buffer(array, size_max, error));
    }
}

/* Where in the grammar a scan of one element stands. */
struct scan {
    size_t size; /* bytes scanned */
    uint64_t depth;
    bool in_string;
    bool after_backslash;
};

/* Whether `c` ends the element: after it (*out_takes) or before it. */
static bool
scan_byte(struct scan *scan, char c, bool *out_takes)
{
    *out_takes = true;
    if (scan->after_backslash) {
        scan->after_backslash = false;
        return false;
    }
    if (scan->in_string) {
        scan->after_backslash = c == '\\';
        scan->in_string = c != '"';
        return !scan->in_string && scan->depth == 0;
    }
    if (c == '"')
        scan->in_string = true;
    else if (c == '{' || c == '[')
        scan->depth++;
    else if ((c == '}' || c == ']') && scan->depth > 0)
        return --scan->depth == 0;
    else if (scan->depth == 0 && strchr(",]} \n\r\t", c) != NULL)
        *out_takes = false;
    return !*out_takes;
}

/* Advances to the element's end. CT_END when the file ends before. */
static enum ct_status
scan_element(struct ct_json_array *array, size_t size_max, struct scan *scan,
             struct ct_error *error)
{
    for (;;) {
        while (array->start + scan->size < array->end) {
            bool takes;
            const bool is_over = scan_byte(scan, array->buffer[array->start + scan->size], &takes);
            scan->size += takes;
            if (is_over)
                return CT_OK;
        }
        CT_TRY(fill_buffer(array, size_max, error));
    }
}

/* As peek_token, where the file may not end. */
static enum ct_status
require_token(struct ct_json_array *array, size_t size_max, char *out_c, struct ct_error *error)
{
    const enum ct_status status = peek_token(array, size_max, out_c, error);
    if (status != CT_END)
        return status;
    return refuse(array, array->file_size, error,
                  array->is_open ? "the file ends before the closing bracket"
                                 : "the file is empty");
}

/* At the closing bracket: consumes it and checks that nothing follows. */
static enum ct_status
finish_array(struct ct_json_array *array, size_t size_max, struct ct_error *error)
{
    char c;
    array->start++;
    array->is_ended = true;
    const enum ct_status status = peek_token(array, size_max, &c, error);
    if (status != CT_OK)
        return status;
    return refuse(array, array->file_offset + array->start, error,
                  "something follows the closing bracket");
}

/* Consumes what stands before an element: the bracket, the comma. CT_END at the closing bracket. */
static enum ct_status
open_element(struct ct_json_array *array, size_t size_max, struct ct_error *error)
{
    const bool is_first = !array->is_open;
    char c = '\0';
    CT_TRY(require_token(array, size_max, &c, error));
    if (is_first) {
        if (c != '[')
            return refuse(array, array->file_offset + array->start, error,
                          "the file does not start with a bracket");
        array->start++;
        array->is_open = true;
        CT_TRY(require_token(array, size_max, &c, error));
    }
    if (c == ']')
        return finish_array(array, size_max, error);
    if (is_first)
        return CT_OK;
    if (c != ',')
        return refuse(array, array->file_offset + array->start, error,
                      "a comma or the closing bracket is missing");
    array->start++;
    return require_token(array, size_max, &c, error);
}

enum ct_status
ct_json_array_next(struct ct_json_array *array, size_t size_max,
                   struct ct_json_element *out_element, struct ct_error *error)
{
    struct scan scan = {0};
    if (array->is_ended)
        return CT_END;
    CT_TRY(open_element(array, size_max, error));
    const enum ct_status status = scan_element(array, size_max, &scan, error);
    const uint64_t offset = array->file_offset + array->start;
    if (status == CT_END)
        return refuse(array, offset, error, "the file ends inside this element");
    CT_TRY(status);
    if (scan.size == 0)
        return refuse(array, offset, error, "an element is missing");
    *out_element = (struct ct_json_element){array->buffer + array->start, scan.size, offset};
    array->start += scan.size;
    return CT_OK;
}
