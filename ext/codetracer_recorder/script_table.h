/* The recorded scripts: what was compiled together, a file or an eval'd string.
 *
 * A script is a Ruby object that marks (and pins) its iseqs and hangs on the script's TracePoint,
 * which the VM keeps alive through the iseqs themselves. So script, TracePoint and iseqs die
 * together. While recording pauses the recorder keeps the scripts; at its end they are emptied, and
 * die when nobody holds them. */
#ifndef REC_SCRIPT_TABLE_H
#define REC_SCRIPT_TABLE_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct rec_iseq;
struct rec_place;

/* One compiled file or eval'd string. */
struct rec_script {
    struct recorder *recorder; /* NULL once recording has ended */
    uint64_t serial;           /* of all scripts of the process: an address may come back */
    struct rec_script *next, *previous;
    struct rec_script *next_dead; /* see rec_script_bury_dead */
    bool is_buried;               /* it is in that list: its iseqs may be gone */
    struct rec_iseq *iseqs;
    uint32_t path_id;
    const struct rec_path_unit *unit; /* what filters go by; NULL: everything is recorded */
    struct rec_script *home; /* of a block that is listened to (block_watch.h): its script */
    struct rec_expression_plan *plans; /* of its iseqs, see expressions.h; NULL: none */
    VALUE object;     /* the Ruby object that owns this struct and marks the next two */
    VALUE target;     /* the outermost iseq, wrapped */
    VALUE tracepoint; /* 0: not made yet, or there is no line to listen to */
};

struct rec_script_table {
    struct rec_script *first;
    uint32_t count; /* made so far */
    struct rec_script *dead; /* atomic: freed by another Ractor's sweep, newest first */
};

/* A script for code at `place` whose outermost iseq is `target`; owned by its `object`. */
struct rec_script *rec_script_new(struct recorder *recorder, const struct rec_place *place,
                                  VALUE target);

/* Frees the scripts that other Ractors swept; called at the main Ractor's events. */
void rec_script_bury_dead(struct recorder *recorder);

/* Empties all scripts. */
void rec_script_table_release(struct recorder *recorder);

#endif
