/* Records which files the program opens, reads, writes, closes, removes and lists: `--io files`.
 *
 * Paths and sizes, never contents. Class methods that do all at once are replaced here; what is
 * done to an open File is told by input_capture.c, output_capture.c and process_capture.c, which
 * have its methods. What RubyGems and Bundler do by themselves is left out. */
#ifndef REC_FILE_CAPTURE_H
#define REC_FILE_CAPTURE_H

#include <ruby.h>

#include <stdbool.h>

struct recorder;

/* Replaces the methods when it is called for the first time. May raise. */
void rec_file_capture_enable(struct recorder *recorder);

/* Whether this is an open File, with a path, and files are recorded. */
bool rec_file_is_wanted(VALUE io);

void rec_file_read(VALUE io, size_t size);
void rec_file_written(VALUE io, size_t size);
/* `path` is what rec_file_path answered before it was closed. */
void rec_file_closed(VALUE path);
/* A String, or nil: it has none or is not wanted. */
VALUE rec_file_path(VALUE io);

#endif
