/* The name that an expression's values have in a trace: its text on one line, without secrets, of
 * 80 characters at most.
 *
 * Used by expressions.c. */
#ifndef REC_EXPRESSION_NAME_H
#define REC_EXPRESSION_NAME_H

#include <ruby.h>
#include <stddef.h>

#define REC_EXPRESSION_NAME_ROOM 1028 /* bytes: of 240 characters and the mark */

struct recorder;

/* `text` is a String on one line; of it REC_EXPRESSION_NAME_ROOM bytes are looked at. Returns the
 * size of what is written to `out_name`, not terminated. */
size_t rec_expression_name(const struct recorder *recorder, VALUE text,
                           char out_name[REC_EXPRESSION_NAME_ROOM]);

#endif
