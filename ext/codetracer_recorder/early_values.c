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

/* Those that come about while others are there, or are gone through. */
struct passing {
    struct recorder *recorder;
    const struct rec_strand *strand; /* whose turn it is */
    struct waiting entered;          /* of the frame that is entered, for it */
    size_t size_of_strand;           /* of what is kept of it */
};

/* Goes through all; what `keeps` says no to is let go of. */
static void
sift(struct rec_assembly *all, struct passing *passing,
     bool (*keeps)(struct passing *passing, const struct waiting *head, const uint8_t *bytes))
{
    size_t kept_size = 0, whole = 0;
    for (size_t at = 0; at < all->size; at += whole) {
        struct waiting head;
        memcpy(&head, all->bytes + at, sizeof head);
        whole = sizeof head + head.size;
        if (!keeps(passing, &head, all->bytes + at + sizeof head))
            continue;
        if (kept_size != at)
            memmove(all->bytes + kept_size, all->bytes + at, whole);
        kept_size += whole;
        passing->size_of_strand += head.strand_id == passing->strand->id ? head.size : 0;
    }
    all->size = kept_size;
}

/* Not what a call has left that did not begin: the same place on the stack is entered anew, by the
 * same code. Something was raised since, and it is at an earlier position again. */
static bool
is_of_another_call(struct passing *passing, const struct waiting *head, const uint8_t *bytes)
{
    const struct waiting *entered = &passing->entered;
    (void)bytes;
    return head->strand_id != entered->strand_id || head->cfp != entered->cfp ||
           head->iseq != entered->iseq || head->raise_count == entered->raise_count ||
           head->position < entered->position;
}

void
rec_early_values_add(struct recorder *recorder, const struct rec_frame *frame, uint32_t count)
{
    struct rec_assembly *all = &recorder->expressions.early;
    const struct rec_assembly *record = &recorder->record;
    const struct rec_strand *strand = recorder->current_strand;
    struct passing passing = {.strand = strand,
                              .entered = {.cfp = frame->cfp,
                                          .iseq = frame->iseq,
                                          .strand_id = strand->id,
                                          .count = count,
                                          .raise_count = recorder->raise_count,
                                          .position = frame->position,
                                          .size = record->size}};
    sift(all, &passing, is_of_another_call);
    if (all->size + record->size > WAITING_SIZE_MAX ||
        passing.size_of_strand + record->size > OF_STRAND_SIZE_MAX ||
        !rec_assembly_reserve(all, sizeof passing.entered + record->size)) {
        recorder->counts.uncaptured_count++;
        return;
    }
    rec_assembly_put(all, &passing.entered, sizeof passing.entered);
    rec_assembly_put(all, record->bytes, record->size);
    recorder->is_followed = true;
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

/* Sends what is of a call that has begun. Newer frames have lower addresses. */
static bool
still_waits(struct passing *passing, const struct waiting *head, const uint8_t *bytes)
{
    const struct rec_strand *strand = passing->strand;
    if (head->strand_id != strand->id)
        return true;
    const struct rec_frame *top =
        strand->frame_count == 0 ? NULL : &strand->frames[strand->frame_count - 1];
    if (top == NULL || head->cfp < top->cfp || (head->cfp == top->cfp && head->iseq != top->iseq))
        return false;
    if (head->cfp != top->cfp || !top->is_call)
        return true;
    send(passing->recorder, strand, head, bytes);
    return false;
}

bool
rec_early_values_put(struct recorder *recorder)
{
    struct passing passing = {.recorder = recorder, .strand = recorder->current_strand};
    if (passing.strand == NULL)
        return false;
    sift(&recorder->expressions.early, &passing, still_waits);
    return passing.size_of_strand > 0;
}

static bool
is_of_another_strand(struct passing *passing, const struct waiting *head, const uint8_t *bytes)
{
    (void)bytes;
    return head->strand_id != passing->strand->id;
}

void
rec_early_values_forget(struct recorder *recorder, const struct rec_strand *strand)
{
    struct passing passing = {.strand = strand};
    sift(&recorder->expressions.early, &passing, is_of_another_strand);
}
