/* What an assignment is about, as its instruction finds it: whose part is assigned to, which, and
 * what is there so far; and how that is put into a record.
 *
 * Used by expressions.c. Read from the stack, and of `h["a"] =` from the code. */
#ifndef REC_ASSIGNED_H
#define REC_ASSIGNED_H

#include "expression_plan.h"
#include "vm_layout.h"

#include <ruby/ruby.h>

#include <stdint.h>

struct recorder;

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

/* A value and what its names, or those around it, say of it: an enum rec_value_action. */
struct rec_judged_value {
    VALUE value;
    uint8_t action;
};

/* Puts an item into recorder->record: the value, or that it is hidden. Answers how many items. */
uint32_t rec_judged_value_put(struct recorder *recorder, uint32_t name_id, VALUE value,
                              uint8_t action);

/* Puts what is assigned and what it is assigned to. Answers how many items. */
uint32_t rec_assigned_put(struct recorder *recorder, const struct rec_control_frame *cfp,
                          const struct rec_expression *expression,
                          const struct rec_sighting *sighting, struct rec_judged_value judged);

#endif
