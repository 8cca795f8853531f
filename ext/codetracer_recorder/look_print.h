/* How a look tells that an object which its own words do not describe is as it was: by a print of
 * what is shown of it, or by its class alone.
 *
 * Used by look_table.c. doc/design/looks.md argues for each. */
#ifndef REC_LOOK_PRINT_H
#define REC_LOOK_PRINT_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;

enum rec_look_by {
    REC_LOOK_BY_NOTHING, /* it is to be copied each time */
    REC_LOOK_BY_CLASS,   /* what is shown of it stays, as long as it is this object */
    REC_LOOK_BY_PRINT
};

/* Of a Struct, a number without words, a text, or what has a kind; which goes to *out_kind. */
enum rec_look_by rec_look_by(struct recorder *recorder, VALUE object, uint8_t *out_kind);

/* False: it cannot be told. Equal prints: the same is shown, where class and flags are the same,
 * too. */
bool rec_look_print(struct recorder *recorder, VALUE object, uint8_t kind, uint64_t *out_print);

/* Of the instance variables of what is no plain object, which lie elsewhere. */
uint64_t rec_look_print_variables(VALUE object);

#endif
