/* What is said of an exception that was raised, until it has to be said. Most that code raises
 * which is not recorded are rescued there and never told of: the latest is kept as it was found,
 * and becomes text once it reaches recorded code, or another is raised meanwhile.
 *
 * Put by the raise hook, settled by whoever tells of an exception. No method of the program is
 * called and no object made; the collector is told of iseqs and labels. */
#ifndef REC_EXCEPTION_ASIDE_H
#define REC_EXCEPTION_ASIDE_H

#include "exception_frames.h"
#include "exception_text.h"

/* Of one exception that is on its way through the frames of `strand`; NULL: of none. */
struct rec_exception_aside {
    struct rec_strand *strand;
    struct rec_exception_frames frames;
    uint32_t text_size;
    char text[REC_EXCEPTION_TEXT_SIZE]; /* nothing in it is masked */
};

/* Fills the class name of the exception, and notes what its text and detail are to say; it was
 * raised in frame `cfp`. rec_exception_settle has to follow before either is read. */
void rec_exception_aside_put(struct recorder *recorder, struct rec_strand *strand,
                             struct rec_unwinding *exception, const void *cfp);

/* Fills text and detail. Does nothing to an exception that is settled. */
void rec_exception_settle(struct recorder *recorder, struct rec_unwinding *exception);

/* The strand is gone. */
void rec_exception_aside_forget(struct recorder *recorder, const struct rec_strand *strand);

/* For the collector: what the frames are may go before the exception is settled. */
void rec_exception_aside_mark(const struct recorder *recorder);

#endif
