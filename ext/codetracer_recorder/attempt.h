/* One try at a record: a secret that is learnt while it is made may stand in it already, and then
 * it is made once more. Nothing of a first try is sent.
 *
 * Used by capture.c, expressions.c and instructions.c. */
#ifndef REC_ATTEMPT_H
#define REC_ATTEMPT_H

#include "recorder.h"
#include "strand_table.h"
#include "watched.h"

#include <stdbool.h>
#include <stdint.h>

struct rec_attempt {
    uint32_t learnt_count;
    bool is_second;
    struct rec_counts counts;
};

/* Never within another's. */
static inline struct rec_attempt
rec_attempt_begin(struct recorder *recorder)
{
    rec_watched_keep(recorder);
    recorder->is_second_try = false;
    return (struct rec_attempt){.learnt_count = recorder->known_secrets.learnt_count,
                                .counts = recorder->counts};
}

/* For a first try that does not hold all. */
static inline void
rec_attempt_spoil(struct recorder *recorder)
{
    recorder->known_secrets.learnt_count++;
}

/* Takes back what was counted of values since it began. */
void rec_attempt_uncount(struct recorder *recorder, const struct rec_attempt *attempt);

/* The slow half of what follows. */
bool rec_attempt_is_to_be_again(struct recorder *recorder, struct rec_attempt *attempt,
                                const struct rec_frame *frame);

/* Whether it is to be made anew, with all that the view shows (`frame` NULL: it shows nothing).
 * Once at most, since the newest secrets take the places of the oldest. To be asked until it says
 * no. */
static inline bool
rec_attempt_is_spoilt(struct recorder *recorder, struct rec_attempt *attempt,
                      const struct rec_frame *frame)
{
    if (__builtin_expect(attempt->learnt_count == recorder->known_secrets.learnt_count, 1))
        return false;
    return rec_attempt_is_to_be_again(recorder, attempt, frame);
}

#endif
