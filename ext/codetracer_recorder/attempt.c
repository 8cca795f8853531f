/* See attempt.h. */
#include "attempt.h"

#include "fingerprint.h"

static void
forget_shown(struct recorder *recorder, const struct rec_frame *frame)
{
    frame->view->shadows[REC_SELF_INDEX].word = REC_NEVER_SHOWN;
    for (uint32_t i = 0; i < frame->iseq->slot_count; i++)
        frame->view->shadows[REC_FIRST_SLOT_INDEX + i].word = REC_NEVER_SHOWN;
    rec_watched_restore(recorder);
}

/* The other counts are of what other Ractors and ends of calls tell. */
void
rec_attempt_uncount(struct recorder *recorder, const struct rec_attempt *attempt)
{
    recorder->counts.hidden_count = attempt->counts.hidden_count;
    recorder->counts.cut_count = attempt->counts.cut_count;
    recorder->counts.uncaptured_count = attempt->counts.uncaptured_count;
}

bool
rec_attempt_is_to_be_again(struct recorder *recorder, struct rec_attempt *attempt,
                           const struct rec_frame *frame)
{
    recorder->is_second_try = attempt->is_second = !attempt->is_second;
    if (!attempt->is_second)
        return false;
    rec_attempt_uncount(recorder, attempt);
    if (frame != NULL)
        forget_shown(recorder, frame);
    return true;
}
