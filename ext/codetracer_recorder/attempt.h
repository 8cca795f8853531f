/* One try at a record: a secret that is learnt while it is made may stand in it already, and then
 * it is made anew, once.
 *
 * Used by capture.c and expressions.c, around all that puts items together. */
#ifndef REC_ATTEMPT_H
#define REC_ATTEMPT_H

#include "recorder.h"

#include <stdbool.h>
#include <stdint.h>

struct rec_attempt {
    uint32_t learnt_count;
    bool is_second;
    uint64_t cut_count, uncaptured_count, hidden_count;
};

/* hot */
static inline struct rec_attempt
rec_attempt_begin(struct recorder *recorder)
{
    rec_watched_keep(recorder);
    return (struct rec_attempt){.learnt_count = recorder->known_secrets.learnt_count,
                                .cut_count = recorder->counts.cut_count,
                                .uncaptured_count = recorder->counts.uncaptured_count,
                                .hidden_count = recorder->counts.hidden_count};
}

/* What rec_attempt_is_spoilt does once a secret was learnt. */
bool rec_attempt_restart(struct recorder *recorder, struct rec_attempt *attempt,
                         const struct rec_frame *frame);

/* Whether it is to be made anew, with all that the view shows (`frame` NULL: it shows nothing).
 * hot */
static inline bool
rec_attempt_is_spoilt(struct recorder *recorder, struct rec_attempt *attempt,
                      const struct rec_frame *frame)
{
    if (__builtin_expect(attempt->learnt_count == recorder->known_secrets.learnt_count, 1))
        return false;
    return rec_attempt_restart(recorder, attempt, frame);
}

#endif
