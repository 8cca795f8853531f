/* Which source files are recorded, and what a file is called in the trace.
 *
 * Decided once per script (script_compiled), never on the hot path. Default: everything but the
 * standard library, gems, <internal: files and our own; the main script always. By real path. */
#ifndef REC_PATH_FILTER_H
#define REC_PATH_FILTER_H

#include "pointer_map.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

struct rec_path_filter {
    char **skip_prefixes; /* real folders with a slash at the end; owned, NULL-terminated */
    char *main_script;    /* real path, or "" */
    char *workdir;
    struct rec_pointer_map known_paths; /* hash of a path, or of place and text → path id */
    uint32_t eval_count;
};

/* Copies the lists; raises NoMemoryError or TypeError, so only at start. */
void rec_path_filter_init(struct rec_path_filter *filter, VALUE skip_prefixes, VALUE main_script,
                          VALUE workdir);

/* Frees the lists; safe on a zeroed struct and twice. */
void rec_path_filter_release(struct rec_path_filter *filter);

/* Whether code of a file with this real path (NULL: none, as for eval) is recorded. */
bool rec_path_filter_accepts(const struct rec_path_filter *filter, const char *real_path);

#endif
