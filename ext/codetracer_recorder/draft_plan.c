/* See draft_plan.h. */
#include "draft_plan.h"

#include "iseq_table.h"

#include "ctrace/spool_format.h"

#include <stdlib.h>

/* The most bytes of a step or return that is drafted; 0 where a slot is a block's, something is
 * hidden, whose values are looked at first, or looks are of no use, see rec_has_attribute_rules. */
static uint32_t
draft_size_of(const struct rec_iseq *iseq)
{
    if (iseq->has_hidden || iseq->policy.has_attribute_rules)
        return 0;
    for (uint32_t i = 0; i < iseq->slot_count; i++) {
        if (iseq->slots[i].is_block)
            return 0;
    }
    uint32_t item_count = REC_FIRST_SLOT_INDEX + iseq->slot_count + 1; /* with what is returned */
    return (uint32_t)(sizeof(struct ct_spool_step) + REC_DRAFT_SPARE +
                      item_count * (sizeof(struct ct_spool_item) + sizeof(VALUE)));
}

static bool
follows(const struct rec_slot *slot, const struct rec_slot *before)
{
    return slot->level == before->level && slot->offset + 1 == before->offset;
}

bool
rec_draft_plan(struct rec_iseq *iseq)
{
    iseq->draft_size = draft_size_of(iseq);
    iseq->runs = calloc((size_t)iseq->slot_count + 1, sizeof *iseq->runs);
    if (iseq->runs == NULL)
        return false;
    for (uint32_t i = 0; i < iseq->slot_count; i++) {
        const struct rec_slot *slot = &iseq->slots[i];
        if (i == 0 || !follows(slot, slot - 1))
            iseq->runs[iseq->run_count++] =
                (struct rec_slot_run){.level = slot->level, .offset = slot->offset};
        iseq->runs[iseq->run_count - 1].count++;
    }
    iseq->is_row = iseq->run_count <= 1 && iseq->runs[0].level == 0 &&
                   REC_FIRST_SLOT_INDEX + iseq->slot_count < CT_SPOOL_BRIEF_KEY_RETURN;
    iseq->row_offset = iseq->runs[0].offset;
    return true;
}
