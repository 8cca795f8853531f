/* See pause_watch.h. */
#include "pause_watch.h"

#include "original_method.h"
#include "recorder.h"

#include <ruby/debug.h>

/* The frame that returns, and those that were inside of it, are gone. */
static void
mark_gone(struct rec_strand *strand, const void *cfp)
{
    for (uint32_t i = strand->frame_count; i-- > 0 && strand->frames[i].cfp <= cfp;) {
        if (strand->frames[i].cfp == cfp)
            strand->frames[i].is_gone = true;
    }
}

static void
on_return(VALUE tpval, void *data)
{
    struct recorder *recorder = data;
    rb_trace_arg_t *arg = rb_tracearg_from_tracepoint(tpval);
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    if (!recorder->is_paused || !rec_in_main_ractor(recorder))
        return;
    struct rec_strand *strand = rec_strand_find(recorder, head->ec);
    if (strand != NULL)
        mark_gone(strand, head->cfp);
}

/* The iseqs with an open call, each once. */
static void
collect_iseqs(const struct recorder *recorder, struct rec_pointer_map *iseqs)
{
    const struct rec_pointer_map *strands = &recorder->strands.strands;
    for (size_t i = 0; i < strands->capacity; i++) {
        if (strands->entries[i].key == 0)
            continue;
        const struct rec_strand *strand = (const struct rec_strand *)strands->entries[i].value;
        for (uint32_t at = 0; at < strand->frame_count; at++) {
            const struct rec_iseq *iseq = strand->frames[at].iseq;
            if (strand->frames[at].is_call && iseq->iseq != NULL && !iseq->is_dead)
                rec_pointer_map_put(iseqs, (uint64_t)iseq->iseq, 1);
        }
    }
}

struct watch {
    struct recorder *recorder;
    struct rec_pointer_map iseqs;
    VALUE tracepoints;
};

/* False: another thread has ended the pause meanwhile. */
static bool
watch_iseq(const struct watch *watch, const void *iseq)
{
    struct recorder *recorder = watch->recorder;
    VALUE tracepoint = rb_tracepoint_new(
        Qnil, RUBY_EVENT_RETURN | RUBY_EVENT_B_RETURN | RUBY_EVENT_END, on_return, recorder);
    rb_ary_push(watch->tracepoints, tracepoint);
    rec_tracepoint_target(tracepoint, recorder->walk.iseqw_new(iseq));
    if (recorder->pause_tracepoints == watch->tracepoints)
        return true;
    rec_tracepoint_untarget(tracepoint);
    return false;
}

static VALUE
watch_iseqs(VALUE context)
{
    const struct watch *watch = (const struct watch *)context;
    for (size_t i = 0; i < watch->iseqs.capacity; i++) {
        uint64_t iseq = watch->iseqs.entries[i].key;
        if (iseq != 0 && !watch_iseq(watch, (const void *)iseq))
            break;
    }
    return Qnil;
}

void
rec_pause_watch_begin(struct recorder *recorder)
{
    struct watch watch = {.recorder = recorder, .tracepoints = rb_ary_new()};
    int state = 0;
    recorder->pause_tracepoints = watch.tracepoints;
    if (!recorder->layout.frames_readable || recorder->walk.iseqw_new == NULL)
        return;
    collect_iseqs(recorder, &watch.iseqs);
    rb_protect(watch_iseqs, (VALUE)&watch, &state);
    rec_pointer_map_release(&watch.iseqs);
    if (state != 0)
        rb_jump_tag(state);
}

void
rec_pause_watch_end(struct recorder *recorder)
{
    VALUE tracepoints = recorder->pause_tracepoints;
    for (long i = 0; !NIL_P(tracepoints) && i < RARRAY_LEN(tracepoints); i++)
        rec_tracepoint_untarget(RARRAY_AREF(tracepoints, i));
    recorder->pause_tracepoints = Qnil;
}
