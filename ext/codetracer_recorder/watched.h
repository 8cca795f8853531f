/* Global and class variables that --watch names: which there are, and what they hold at a step.
 *
 * Used by capture. Belongs to the main recorder: other Ractors may not read such variables. Read in
 * C; of a variable with a getter (`$?`, one of a C extension) the getter runs, no Ruby code. A look
 * allocates nothing, unless a class that is named still waits to be autoloaded. */
#ifndef REC_WATCHED_H
#define REC_WATCHED_H

#include "iseq_table.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

/* A variable that was seen: what the trace calls it, and what it shows of it. */
struct rec_watched_variable {
    VALUE owner; /* the class or module that has it; 0: a global one */
    uint32_t name_id;
    struct rec_shadow shadow, kept;
};

/* One word of --watch. `@@y` may be a variable of several classes. */
struct rec_watched {
    char *text;       /* as it was written; owned */
    ID variable;      /* `@@y`; 0: a global one */
    ID *path;         /* to the class that is named; owned, NULL: that of self */
    size_t path_size; /* in names */
    struct rec_watched_variable *seen;
    size_t seen_count, seen_capacity;
};

struct rec_watch_list {
    struct rec_watched *entries;
    size_t count;
};

/* Reads `watch` of the start's options, an Array of Strings or nil. May raise. */
void rec_watched_read(struct recorder *recorder, VALUE words);

/* What the word at `index` means where `self` is self; false: there is no such variable. The
 * pointer is valid until the next call. */
bool rec_watched_look(struct recorder *recorder, size_t index, VALUE self, VALUE *out_value,
                      struct rec_watched_variable **out_variable);

/* What happens to the variable in the code that is looked at. */
enum rec_value_action rec_watched_action(struct recorder *recorder, size_t index);

/* In a forked child: its trace has shown none of them. */
void rec_watched_forget(struct recorder *recorder);

/* What the trace showed of them, for a record that may have to be made anew; back to that. */
void rec_watched_keep(struct recorder *recorder);
void rec_watched_restore(struct recorder *recorder);

void rec_watched_mark(const struct recorder *recorder);

void rec_watched_release(struct recorder *recorder);

#endif
