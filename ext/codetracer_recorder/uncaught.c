/* See uncaught.h. */
#include "uncaught.h"

#include "capture.h"
#include "exception_aside.h"
#include "exception_detail.h"
#include "exception_text.h"
#include "recorder.h"

#define BASE_FRAME_COUNT 4 /* of a stack: <main> is one of the oldest */

/* Stands for a frame that is older than all: no code can rescue there. */
#define PAST_MAIN ((const void *)UINTPTR_MAX)

/* ---- while at_exit blocks run ---- */

static bool
runs_main(const struct rec_vm_layout *layout, const struct rec_strand *strand, const char *cfp)
{
    const struct rec_execution_context *ec = strand->ec;
    const char *at = (const char *)(ec->vm_stack + ec->vm_stack_size);
    for (int i = 0; i < BASE_FRAME_COUNT && (at -= layout->frame_size) >= cfp; i++) {
        const struct rec_control_frame *frame = (const struct rec_control_frame *)at;
        if (frame->pc != NULL && frame->iseq != NULL &&
            rec_iseq_body(frame->iseq)->type == REC_ISEQ_MAIN)
            return true;
    }
    return false;
}

static void
copy_detail(struct recorder *recorder, struct rec_unwinding *exception)
{
    struct rec_uncaught *uncaught = &recorder->uncaught;
    const struct rec_assembly *detail = &exception->detail;
    rec_exception_settle(recorder, exception);
    uncaught->detail.size = 0;
    if (rec_assembly_reserve(&uncaught->detail, detail->size))
        rec_assembly_put(&uncaught->detail, detail->bytes, detail->size);
}

static bool
has_calls(const struct rec_strand *strand)
{
    for (uint32_t i = 0; i < strand->frame_count; i++) {
        if (strand->frames[i].is_call)
            return true;
    }
    return false;
}

bool
rec_uncaught_hold(struct recorder *recorder, struct rec_strand *strand, const void *cfp)
{
    struct rec_unwinding *exception = rec_strand_exception(strand);
    struct rec_uncaught *uncaught = &recorder->uncaught;
    if (exception == NULL || strand != recorder->strands.main || has_calls(strand) ||
        runs_main(&recorder->layout, strand, cfp))
        return false;
    exception->cfp = PAST_MAIN;
    if (uncaught->exception != 0)
        return true;
    uncaught->exception = exception->exception;
    copy_detail(recorder, exception);
    return true;
}

/* ---- when they have run ---- */

/* Ruby hands the exception that left <main> to each at_exit block as `$!`: what a block raises in
 * its place has it as a cause. */
static bool
comes_of(VALUE raised, VALUE exception)
{
    const ID cause = rb_intern("cause"); /* no name of an instance variable: out of reach */
    for (VALUE at = raised; RTEST(rb_obj_is_kind_of(at, rb_eException));
         at = rb_attr_get(at, cause)) {
        if (at == exception)
            return true;
    }
    return false;
}

static bool
decides_status(VALUE exception)
{
    return RTEST(rb_obj_is_kind_of(exception, rb_eSystemExit)) ||
           RTEST(rb_obj_is_kind_of(exception, rb_eSignal));
}

static struct rec_unwinding *
find_exception(struct rec_strand *strand, VALUE raised)
{
    for (uint32_t i = 0; i < strand->pending_count; i++) {
        if (strand->pending[i].exception == raised)
            return &strand->pending[i];
    }
    return NULL;
}

/* What was on its way and has nothing to do with `raised` was rescued, with no line behind. */
static void
tell_rescued(struct recorder *recorder, struct rec_strand *strand, VALUE raised)
{
    while (strand->pending_count > 0) {
        const struct rec_unwinding *exception = &strand->pending[--strand->pending_count];
        if (!exception->is_unreported && !exception->is_in_ensure &&
            !comes_of(raised, exception->exception))
            rec_exception_rescued(recorder, exception);
    }
}

/* `"uncaught":true` as the last entry of the detail. */
static void
mark_detail(struct rec_assembly *detail)
{
    static const char mark[] = ",\"uncaught\":true}"; /* with its NUL */
    if (detail->size < 2 || !rec_assembly_reserve(detail, sizeof mark))
        return;
    detail->size -= 2;
    rec_assembly_put(detail, mark, sizeof mark);
}

static void
prepare_event(struct recorder *recorder, VALUE exception)
{
    struct rec_uncaught *uncaught = &recorder->uncaught;
    struct rec_unwinding *unwinding = find_exception(recorder->strands.main, exception);
    if (uncaught->exception != exception) {
        if (unwinding != NULL)
            copy_detail(recorder, unwinding);
        else
            rec_exception_detail_put(recorder, exception, &uncaught->detail);
    }
    if (unwinding != NULL && unwinding->is_unreported)
        rec_exception_report(recorder, unwinding);
    uncaught->exception = exception;
    uncaught->is_certain = !RTEST(rb_obj_is_kind_of(exception, rb_eSystemExit)) &&
                           rec_exception_text_put(recorder, exception, &uncaught->text);
    mark_detail(&uncaught->detail);
}

VALUE
rec_uncaught_note(struct recorder *recorder, VALUE raised)
{
    struct rec_strand *strand = recorder->strands.main;
    const VALUE left_main = recorder->uncaught.exception;
    if (!recorder->active || strand == NULL)
        return raised;
    rec_strand_here(recorder);
    if (!RTEST(rb_obj_is_kind_of(raised, rb_eException))) {
        tell_rescued(recorder, strand, Qnil);
        return raised;
    }
    VALUE exception = left_main != 0 && comes_of(raised, left_main) ? left_main : raised;
    prepare_event(recorder, exception);
    tell_rescued(recorder, strand, raised);
    recorder->ending.exception = raised;
    rec_exception_text(recorder, raised, &recorder->ending);
    return decides_status(exception) && !decides_status(raised) ? exception : raised;
}

void
rec_uncaught_put(struct recorder *recorder)
{
    const struct rec_uncaught *uncaught = &recorder->uncaught;
    if (!uncaught->is_certain || !recorder->active)
        return;
    if (recorder->strands.main->ec != NULL)
        rec_strand_make_current(recorder, recorder->strands.main);
    rec_capture_event(recorder, CT_SPOOL_EVENT_ERROR,
                      uncaught->detail.size > 0 ? (const char *)uncaught->detail.bytes : "",
                      (const char *)uncaught->text.bytes, uncaught->text.size);
}

void
rec_uncaught_release(struct rec_uncaught *uncaught)
{
    rec_assembly_release(&uncaught->text);
    rec_assembly_release(&uncaught->detail);
    *uncaught = (struct rec_uncaught){.exception = 0};
}
