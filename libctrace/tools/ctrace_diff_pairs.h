/* Encoded values of two traces that are the same, so that most need not be decoded.
 *
 * Used by `ctrace diff`. Equal bytes are the same value while both traces have the same types;
 * others that were found to be the same, but for what is left aside, are kept, a few hundred. */
#ifndef CTRACE_DIFF_PAIRS_H
#define CTRACE_DIFF_PAIRS_H

#include "ctrace_diff_side.h"

struct ctrace_pair; /* bytes of both */

struct ctrace_pairs {
    uint64_t type_count; /* so many types are known to be the same in both */
    struct ctrace_pair *kept; /* owned */
};

/* False when memory is out. */
bool ctrace_pairs_init(struct ctrace_pairs *pairs);
void ctrace_pairs_release(struct ctrace_pairs *pairs);

/* Whether what the events at hand have encoded is known to be the same. */
bool ctrace_pairs_match(struct ctrace_pairs *pairs, const struct ctrace_side *a,
                        const struct ctrace_side *b);
/* It was found to be. */
void ctrace_pairs_keep(struct ctrace_pairs *pairs, const struct ctrace_side *a,
                       const struct ctrace_side *b);

#endif
