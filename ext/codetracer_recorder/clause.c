/* See clause.h. */
#include "clause.h"

#include "exception_text.h"
#include "recorder.h"
#include "strand_table.h"

/* What a rescue or ensure was entered with: `$!` is its only variable of its own. */
static VALUE
clause_exception(const struct rec_frame *frame)
{
    return ((const struct rec_control_frame *)frame->cfp)->ep[-3];
}

/* Older exceptions in whose clauses the one that was taken at `cfp` was raised. Nobody rescued
 * them: not to be told is as if no code had seen them. */
static void
drop_superseded(struct rec_strand *strand, const void *cfp)
{
    struct rec_unwinding *exception;
    while ((exception = rec_strand_exception(strand)) != NULL && exception->cfp <= cfp) {
        exception->is_unreported = true;
        strand->pending_count--;
    }
}

void
rec_clause_settle(struct recorder *recorder, struct rec_strand *strand,
                  const struct rec_frame *frame)
{
    bool is_ensure = frame->iseq->type == REC_ISEQ_ENSURE;
    bool is_rescue = frame->iseq->type == REC_ISEQ_RESCUE;
    struct rec_unwinding *exception;
    while ((exception = rec_strand_exception(strand)) != NULL) {
        if ((is_ensure || is_rescue) && exception->exception != clause_exception(frame)) {
            if (exception->cfp > frame->cfp)
                return;              /* an older one, in whose ensure this runs */
            strand->pending_count--; /* a library that the clause called has rescued it itself */
            continue;
        }
        if ((is_ensure || is_rescue) && exception->is_unreported)
            rec_exception_report(recorder, exception);
        if (is_ensure) {
            exception->cfp = frame->cfp;
            exception->is_in_ensure = true;
            return;
        }
        if (!is_rescue && (frame->cfp < exception->cfp ||
                           rec_uncaught_hold(recorder, strand, frame->cfp)))
            return;
        strand->pending_count--;
        if (is_rescue) { /* it takes one */
            drop_superseded(strand, frame->cfp);
            return;
        }
    }
}

void
rec_clause_note_silent(struct recorder *recorder, struct rec_strand *strand, const void *cfp)
{
    VALUE raised = rec_clause_exception(cfp);
    if (RTEST(rb_obj_is_kind_of(raised, rb_eNoMemError)) ||
        RTEST(rb_obj_is_kind_of(raised, rb_eSysStackError)))
        rec_strand_exception_note(recorder, strand, raised);
}

void
rec_clause_reach(struct recorder *recorder, struct rec_strand *strand, const void *cfp)
{
    VALUE raised = rec_clause_exception(cfp);
    if (NIL_P(raised))
        return;
    if (strand->frame_count == 0 || strand->frames[strand->frame_count - 1].cfp != cfp)
        rec_clause_note_silent(recorder, strand, cfp);
    struct rec_unwinding *exception = rec_strand_exception(strand);
    if (exception != NULL && exception->exception == raised && exception->cfp < cfp)
        exception->cfp = cfp;
}
