/* See exception_aside.h. */
#include "exception_aside.h"

#include "exception_detail.h"
#include "recorder.h"

/* The exception that is aside, NULL: none that is still on its way. */
static struct rec_unwinding *
find_waiting(const struct recorder *recorder)
{
    struct rec_strand *strand = recorder->aside.strand;
    for (uint32_t i = 0; strand != NULL && i < strand->pending_count; i++) {
        if (strand->pending[i].is_aside)
            return &strand->pending[i];
    }
    return NULL;
}

void
rec_exception_aside_put(struct recorder *recorder, struct rec_strand *strand,
                        struct rec_unwinding *exception, const void *cfp)
{
    struct rec_exception_aside *aside = &recorder->aside;
    struct rec_unwinding *other = find_waiting(recorder);
    if (other != NULL)
        rec_exception_settle(recorder, other);
    exception->class_name_id = rec_class_name_id(recorder, CLASS_OF(exception->exception));
    aside->text_size = (uint32_t)rec_exception_plain(recorder, exception->exception, aside->text,
                                                     sizeof aside->text);
    rec_exception_detail_begin(recorder, exception->exception, &exception->detail);
    rec_exception_frames_find(recorder, cfp, &aside->frames);
    aside->strand = strand;
    exception->is_aside = true;
    /* The collector looks at no lane, and method entries are not to be kept. */
    if (rec_is_lane(recorder) || !recorder->layout.frames_readable)
        rec_exception_settle(recorder, exception);
}

void
rec_exception_settle(struct recorder *recorder, struct rec_unwinding *exception)
{
    struct rec_exception_aside *aside = &recorder->aside;
    if (!exception->is_aside)
        return;
    rec_unwinding_text_set(recorder, aside->text, aside->text_size, exception);
    rec_exception_detail_end(recorder, &aside->frames, &exception->detail);
    exception->is_aside = false;
    aside->strand = NULL;
}

void
rec_exception_aside_forget(struct recorder *recorder, const struct rec_strand *strand)
{
    if (recorder->aside.strand == strand)
        recorder->aside.strand = NULL;
}

void
rec_exception_aside_mark(const struct recorder *recorder)
{
    if (find_waiting(recorder) != NULL)
        rec_exception_frames_mark(&recorder->aside.frames);
}
