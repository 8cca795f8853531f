/* What an assignment is about, as its instruction finds it: whose part is assigned to, which, and
 * what is there so far.
 *
 * Used by expressions.c. Read from the stack, and of `h["a"] =` from the code. */
#ifndef REC_ASSIGNED_H
#define REC_ASSIGNED_H

#include "expression_plan.h"
#include "vm_layout.h"

#include <ruby/ruby.h>

#include <stdint.h>

/* Qundef: there is none. */
struct rec_assigned {
    VALUE receiver, before;
    VALUE arguments[REC_ARGUMENTS_MAX];
    uint32_t argument_count;
};

/* Allocates nothing. */
void rec_assigned_find(const struct rec_control_frame *cfp, const struct rec_value_place *place,
                       const struct rec_sighting *sighting, struct rec_assigned *out_assigned);

/* Of `a[*i] = v`, whose keys and value stand there as one list, the last of it; Qundef: it is
 * none. */
VALUE rec_assigned_in_list(VALUE list);

#endif
