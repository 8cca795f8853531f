/* Which source files are recorded, and what a file is called in the trace.
 *
 * Decided once per script (script_compiled), never on the hot path. Default: everything but the
 * standard library, gems, <internal: files and our own; the main script always. By real path. */
#ifndef REC_PATH_FILTER_H
#define REC_PATH_FILTER_H

#include "filter_rules.h"
#include "pointer_map.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

/* What the filters go by for the code of one path: its file, or that of the code that called eval.
 */
struct rec_path_unit {
    char *path; /* owned */
    bool is_foreign;
    struct rec_path_unit *next, *next_of_hash;
};

/* What a script is called in the trace, and judged by. */
struct rec_place {
    uint32_t path_id;
    const struct rec_path_unit *unit; /* NULL: everything is recorded */
};

struct rec_path_filter {
    char **skip_prefixes; /* real folders with a slash at the end; owned, NULL-terminated */
    char *main_script;    /* real path, or "" */
    char *workdir;
    struct rec_pointer_map known_paths; /* hash of a path → path id */
    struct rec_pointer_map known_evals; /* hash of place and text → path id; bounded */
    uint32_t eval_count;
    struct rec_path_unit *first_unit;  /* one a file; each stays where it is to the end */
    struct rec_pointer_map file_units; /* hash of a file's path → the first of them with it */
};

/* Copies the lists; raises NoMemoryError or TypeError, so only at start. */
void rec_path_filter_init(struct rec_path_filter *filter, VALUE skip_prefixes, VALUE main_script,
                          VALUE workdir);

/* Frees the lists; safe on a zeroed struct and twice. */
void rec_path_filter_release(struct rec_path_filter *filter);

/* Whether any code of a file with this real path is recorded. */
bool rec_path_is_recorded(const struct recorder *recorder, const char *real_path);

/* What code is judged by that belongs to that file. NULL: memory is short. */
const struct rec_path_unit *rec_path_unit_require(struct recorder *recorder,
                                                  const char *real_path);

/* What the filters say of code of `known`: in no method (`name` NULL), or in the method. Any
 * Ractor's recorder may ask. */
void rec_path_decide(const struct recorder *recorder, const struct rec_path_unit *known,
                     const char *name, struct rec_filter_decision *out_decision);

#endif
