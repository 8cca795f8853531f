/* A file that is one JSON array, an element a line, written as a stream.
 *
 * Used by the JSON sink for trace.json and trace_paths.json. Elements are collected and written in
 * large pieces, each with the array's end behind it, which the next piece overwrites: the file is
 * whole JSON after every write. */
#ifndef CT_TRACE_JSON_ARRAY_FILE_H
#define CT_TRACE_JSON_ARRAY_FILE_H

#include "base/buffer.h"
#include "ctrace/io.h"

#include <stdbool.h>

/* Flush when so much is pending: large enough that system calls do not count. */
#define CT_JSON_PIECE_SIZE ((size_t)1 << 20)

struct ct_json_array_file {
    struct ct_file *file; /* owned */
    struct ct_buffer pending;
    uint64_t offset; /* where pending goes */
    uint64_t element_count;
};

/* Creates `name` in `folder`. On failure release is still to be called. */
CT_MUST_CHECK enum ct_status ct_json_array_file_init(struct ct_json_array_file *array,
                                                     struct ct_folder *folder, const char *name,
                                                     const struct ct_alloc *alloc);

/* The buffer to which exactly one element is to be appended now. */
struct ct_buffer *ct_json_array_file_append(struct ct_json_array_file *array);
/* Whether enough is pending for a flush. */
bool ct_json_array_file_is_full(const struct ct_json_array_file *array);
/* Writes what is pending; the failure of an append too is told here. */
CT_MUST_CHECK enum ct_status ct_json_array_file_flush(struct ct_json_array_file *array);
uint64_t ct_json_array_file_size(const struct ct_json_array_file *array); /* bytes on disk */
/* Closes the file; what is pending is dropped. */
CT_MUST_CHECK enum ct_status ct_json_array_file_release(struct ct_json_array_file *array);

#endif
