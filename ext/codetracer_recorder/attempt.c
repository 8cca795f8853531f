/* See attempt.h. */
#include "attempt.h"

bool
rec_attempt_restart(struct recorder *recorder, struct rec_attempt *attempt,
                    const struct rec_frame *frame)
{
    if (attempt->is_second)
        return false;
    attempt->is_second = true;
    recorder->counts.hidden_count = attempt->hidden_count;
    recorder->counts.cut_count = attempt->cut_count;
    recorder->counts.uncaptured_count = attempt->uncaptured_count;
    if (frame == NULL)
        return true;
    frame->view->self.word = REC_NEVER_SHOWN;
    for (uint32_t i = 0; i < frame->iseq->slot_count; i++)
        frame->view->shadows[i].word = REC_NEVER_SHOWN;
    rec_watched_restore(recorder);
    return true;
}
