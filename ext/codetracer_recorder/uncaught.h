/* The exception that nobody rescues, from where it leaves <main> to the last event of the trace.
 *
 * Used by the hooks, recorder_class.c and spool_link.c. at_exit blocks run between the two, and
 * Ruby's report comes last: so its Error is said again behind all of them
 * (doc/format/exceptions.md). What ends <main> is known for sure only at the very end. */
#ifndef REC_UNCAUGHT_H
#define REC_UNCAUGHT_H

#include "assembly.h"

#include <ruby/ruby.h>

#include <stdbool.h>

struct rec_strand;
struct recorder;

struct rec_uncaught {
    VALUE exception; /* has left <main>, as far as is known; 0: none */
    bool is_certain; /* it ends the program, and is no SystemExit */
    struct rec_assembly text;
    struct rec_assembly detail;
};

/* Code runs in the frame `cfp`, outside of all calls. If <main> is gone this is an at_exit block:
 * the newest exception that is on its way may have left <main> or another block, and is not said to
 * be rescued before rec_uncaught_note knows. Whether that is so. */
bool rec_uncaught_hold(struct recorder *recorder, struct rec_strand *strand, const void *cfp);

/* After the program's last at_exit: the exception that ends it, or nil. Answers with the one that
 * decides the exit status. May allocate Ruby objects. */
VALUE rec_uncaught_note(struct recorder *recorder, VALUE raised);

/* The last event, after Ruby's report. Touches no Ruby object. */
void rec_uncaught_put(struct recorder *recorder);

void rec_uncaught_release(struct rec_uncaught *uncaught);

#endif
