/* See early_values.h. */
#include "early_values.h"

#include "expressions.h"
#include "recorder.h"
#include "strand_table.h"

#include "ctrace/spool_format.h"

#include <string.h>

/* What comes then is left out: of all strands, and of one: one may wait in a default for ever. */
#define WAITING_SIZE_MAX  (256u << 10)
#define OF_STRAND_SIZE_MAX (16u << 10)

/* Before each record. */
struct waiting {
    const void *cfp;
    const struct rec_iseq *iseq; /* compared, never followed */
    uint32_t strand_id, count;
    uint32_t raise_count; /* the recorder's when they came about … */
    uint32_t position;    /* … and where in the code */
    size_t size;          /* bytes of the record */
};

enum fate { WAITS, HAS_BEGUN, IS_GONE };

/* Lets go of what a call has left that did not begin: the same place on the stack is entered anew,
 * by the same code. Something was raised since, and it is at an earlier position again. */
static void
drop_left(struct rec_assembly *all, const struct waiting *entered)
{
    size_t kept_size = 0, whole = 0;
    for (size_t at = 0; at < all->size; at += whole) {
        struct waiting head;
        memcpy(&head, all->bytes + at, sizeof head);
        whole = sizeof head + head.size;
        if (head.strand_id == entered->strand_id && head.cfp == entered->cfp &&
            head.iseq == entered->iseq && head.raise_count != entered->raise_count &&
            head.position >= entered->position)
            continue;
        if (kept_size != at)
            memmove(all->bytes + kept_size, all->bytes + at, whole);
        kept_size += whole;
    }
    all->size = kept_size;
}

static bool
has_room(const struct rec_assembly *all, uint32_t strand_id, size_t size)
{
    size_t of_strand = size;
    for (size_t at = 0; at < all->size;) {
        struct waiting head;
        memcpy(&head, all->bytes + at, sizeof head);
        of_strand += head.strand_id == strand_id ? head.size : 0;
        at += sizeof head + head.size;
    }
    return all->size + size <= WAITING_SIZE_MAX && of_strand <= OF_STRAND_SIZE_MAX;
}

void
rec_early_values_add(struct recorder *recorder, const struct rec_frame *frame, uint32_t count)
{
    struct rec_assembly *all = &recorder->expressions.early;
    const struct rec_assembly *record = &recorder->record;
    const struct waiting head = {.cfp = frame->cfp,
                                 .iseq = frame->iseq,
                                 .strand_id = recorder->current_strand->id,
                                 .count = count,
                                 .raise_count = recorder->raise_count,
                                 .position = frame->position,
                                 .size = record->size};
    drop_left(all, &head);
    if (!has_room(all, head.strand_id, record->size) ||
        !rec_assembly_reserve(all, sizeof head + record->size)) {
        recorder->counts.uncaptured_count++;
        return;
    }
    rec_assembly_put(all, &head, sizeof head);
    rec_assembly_put(all, record->bytes, record->size);
    recorder->is_followed = true;
}

/* Newer frames have lower addresses. */
static enum fate
fate_of(const struct waiting *head, const struct rec_strand *strand)
{
    if (head->strand_id != strand->id)
        return WAITS;
    const struct rec_frame *top =
        strand->frame_count == 0 ? NULL : &strand->frames[strand->frame_count - 1];
    if (top == NULL || head->cfp < top->cfp || (head->cfp == top->cfp && head->iseq != top->iseq))
        return IS_GONE;
    return head->cfp == top->cfp && top->is_call ? HAS_BEGUN : WAITS;
}

static void
send(struct recorder *recorder, const struct rec_strand *strand, const struct waiting *head,
     const uint8_t *bytes)
{
    struct rec_assembly *record = &recorder->record;
    struct ct_spool_seen seen;
    memcpy(&seen, bytes, sizeof seen);
    seen.view_id = strand->frames[strand->frame_count - 1].view->id;
    record->size = 0;
    if (!rec_assembly_reserve(record, head->size))
        return;
    rec_assembly_put(record, &seen, sizeof seen);
    rec_assembly_put(record, bytes + sizeof seen, head->size - sizeof seen);
    rec_expressions_send(recorder, head->count);
}

bool
rec_early_values_put(struct recorder *recorder)
{
    struct rec_assembly *all = &recorder->expressions.early;
    const struct rec_strand *strand = recorder->current_strand;
    size_t kept_size = 0, whole = 0;
    bool is_waiting = false;
    for (size_t at = 0; strand != NULL && at < all->size; at += whole) {
        struct waiting head;
        memcpy(&head, all->bytes + at, sizeof head);
        whole = sizeof head + head.size;
        enum fate fate = fate_of(&head, strand);
        if (fate == HAS_BEGUN)
            send(recorder, strand, &head, all->bytes + at + sizeof head);
        if (fate != WAITS)
            continue;
        is_waiting |= head.strand_id == strand->id;
        if (kept_size != at)
            memmove(all->bytes + kept_size, all->bytes + at, whole);
        kept_size += whole;
    }
    if (strand != NULL)
        all->size = kept_size;
    return is_waiting;
}
