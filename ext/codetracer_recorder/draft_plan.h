/* What of an iseq's variables a draft can take, and in which order it meets them in a frame.
 *
 * Used by iseq_table.c when it has found the variables, for draft.h. Variables of a scope mostly
 * lie side by side: a run of them is compared without a look at where each is. */
#ifndef REC_DRAFT_PLAN_H
#define REC_DRAFT_PLAN_H

#include <stdbool.h>

struct rec_iseq;

/* From `slots` to `draft_size` and `runs`, which the iseq owns. False: no memory. */
bool rec_draft_plan(struct rec_iseq *iseq);

#endif
