/* Texts that the planner tells, as a trace has them: without secrets, then cut.
 *
 * Names of expressions and operands of instructions come longer than they are shown: half a secret
 * would not be known for one. */
#ifndef REC_PLAN_TEXT_H
#define REC_PLAN_TEXT_H

#include <ruby.h>
#include <stddef.h>

#define REC_PLAN_TEXT_ROOM 1284 /* bytes: of 320 characters and the mark */

struct recorder;

/* The String `text` in at most `length_max` characters, the last being `…` where more stood; of it
 * REC_PLAN_TEXT_ROOM bytes are looked at. Returns the size of what is written to `out_text`, not
 * terminated. */
size_t rec_plan_text(const struct recorder *recorder, VALUE text, size_t length_max,
                     char out_text[REC_PLAN_TEXT_ROOM]);

#endif
