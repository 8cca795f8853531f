/* What is said of an exception that code raises which is not recorded. Most of those are rescued
 * there, and nobody is told of them: the latest is kept as it was found, and becomes text once it
 * reaches recorded code, or another is raised meanwhile.
 *
 * Used by the raise hook. No method of the program is called and no object made. */
#ifndef REC_EXCEPTION_ASIDE_H
#define REC_EXCEPTION_ASIDE_H

#include "exception_frames.h"
#include "exception_text.h"

/* Of one exception that is on its way through the frames of `strand`; NULL: of none. */
struct rec_exception_aside {
    struct rec_strand *strand;
    struct rec_exception_frames frames;
    uint32_t text_size;
    char text[REC_EXCEPTION_TEXT_READ]; /* nothing in it is masked */
};

/* Notes text and detail of the exception, raised in frame `cfp`. rec_exception_settle has to follow
 * before either is read. */
void rec_exception_put_aside(struct recorder *recorder, struct rec_strand *strand,
                        struct rec_unwinding *exception, const void *cfp);

/* Makes text and detail what they are to be. Does nothing to an exception that is settled. */
void rec_exception_settle(struct recorder *recorder, struct rec_unwinding *exception);

/* The strand is gone. */
void rec_exception_aside_forget(struct recorder *recorder, const struct rec_strand *strand);

/* For the collector: what the frames are may go before the exception is settled. */
void rec_exception_aside_mark(const struct recorder *recorder);

#endif
