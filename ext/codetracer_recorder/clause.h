/* What it means for exceptions on their way that code runs: in a rescue, an ensure, elsewhere.
 *
 * Used by event_hook.c and c_call.c. After a RAISE an exception is on its way until code runs again
 * in the frame that raised, in an older one, or in a rescue. Lines of `ensure` run while it is
 * still on its way; what they call lies in newer frames than theirs, and may raise and rescue
 * exceptions of its own. */
#ifndef REC_CLAUSE_H
#define REC_CLAUSE_H

struct rec_frame;
struct rec_strand;
struct recorder;

/* A line runs in `frame`. Takes those away that are over; the caller tells who they are. */
void rec_clause_settle(struct recorder *recorder, struct rec_strand *strand,
                       const struct rec_frame *frame);

/* The frame `cfp` begins. The VM fires no RAISE for an exception that says that memory is short: it
 * shows in the first clause that it comes to. */
void rec_clause_note_silent(struct recorder *recorder, struct rec_strand *strand, const void *cfp);

/* The frame `cfp` makes a call. If it is that of a clause, which calls `===` before its first line,
 * what it was entered with has come so far. */
void rec_clause_reach(struct recorder *recorder, struct rec_strand *strand, const void *cfp);

#endif
