/* The call stacks of threads and fibers, keyed by control frame and put right at each event.
 *
 * A strand is one execution context (`ec`) of the VM. Its frames mirror the recorded control frames
 * that are alive; newer frames have lower addresses, so whatever lies below the frame of the
 * present event is gone, with or without a RETURN event. */
#ifndef REC_STRAND_TABLE_H
#define REC_STRAND_TABLE_H

#include "assembly.h"
#include "held_events.h"
#include "iseq_table.h"
#include "pointer_map.h"
#include "vm_layout.h"

#include <stdbool.h>
#include <stdint.h>

struct recorder;

struct rec_frame {
    const void *cfp; /* fallback_hook.c: the class whose body it is */
    struct rec_iseq *iseq;
    struct rec_view *view;
    ID c_method;          /* of a call into C (c_call.h), whose `iseq` is a stand-in; else 0 */
    bool is_call;         /* a CALL was written for it */
    bool hides_result;    /* of a call into C: it was given a secret's name */
    uint8_t return_action; /* of one of --border-calls; enum rec_value_action */
    bool is_gone;         /* it ended while recording paused */
    uint32_t line;        /* of its last step */
    uint32_t script_count; /* when a LINE of it was told last; see line_shortcut.h */
    uint32_t position;    /* plus 1: where it was seen last by expressions.c; 0: nowhere */
    uint32_t function_id; /* fallback_hook.c matches by it */
    /* instructions.c: of the last instruction, if what it leaves is hidden, else 0; where the stack
     * ended before it; the lowest word whose value is hidden, or NULL */
    uint8_t hidden_reach;
    const VALUE *last_sp, *hidden_from;
};

/* Of a call that no event ends: the next one of the strand tells. */
static inline bool
rec_frame_ends_unseen(const struct rec_frame *frame)
{
    return frame->is_call && frame->iseq != NULL && frame->iseq->ends_unseen;
}

/* An exception that is on its way through a strand's frames. */
struct rec_unwinding {
    const void *cfp;   /* the newest frame it may still pass */
    VALUE exception;   /* compared, never followed */
    bool is_in_ensure; /* `cfp` is an ensure clause that it runs: more exceptions may come and go */
    bool is_unreported; /* raised in code that is not recorded: no event yet */
    bool is_aside;      /* no text yet: see exception_aside.h */
    uint32_t class_name_id;
    uint32_t text_size;
    char text[400]; /* "KeyError: key not found: :x" */
    struct rec_assembly detail; /* see exception_detail.h; kept for the next one in this place */
};
#define REC_PENDING_MAX 4 /* exceptions in ensures of exceptions; the oldest is forgotten */

#define REC_STRAND_NAME_MAX 64 /* bytes; longer names of threads and Ractors are cut */

/* A thread that has strands. */
struct rec_thread {
    VALUE object;    /* followed only while it has its number */
    uint64_t number; /* tells it from a later one at the same address */
    uint32_t id;     /* of its first strand, which is its own */
    uint32_t strand_count;
    struct rec_strand *last; /* which of them ran last, or NULL */
    bool is_dead;            /* noticed by strand_end.c, which ends it then */
};

struct rec_strand {
    const void *ec;
    struct rec_thread *thread; /* whose strand it is */
    VALUE fiber;           /* of a FIBER; followed only while the strand is its thread's `last` */
    uint64_t fiber_number; /* tells a fiber from a later one at the same address */
    uint32_t id;
    VALUE name; /* of a THREAD, compared, never followed; what the trace knows of it follows */
    size_t name_size;
    char name_text[REC_STRAND_NAME_MAX];
    VALUE ended_body; /* fallback_hook.c: whose END was seen, not yet the script's own; or 0 */
    uint8_t kind;    /* CT_SPOOL_STRAND_… */
    bool is_resumed; /* nothing was written since it became the current one */
    const void *left_out_cfp; /* of the call that --depth leaves out; NULL: of none */
    const void *left_out_iseq; /* what that runs */
    uint32_t left_out_count;  /* such calls, where frames are not seen */
    uint32_t frame_count, frame_capacity;
    struct rec_frame *frames;
    struct rec_held_events held;
    uint32_t pending_count;
    struct rec_unwinding pending[REC_PENDING_MAX]; /* the newest last */
};

/* The newest exception on its way, NULL when there is none. */
static inline struct rec_unwinding *
rec_strand_exception(struct rec_strand *strand)
{
    return strand->pending_count == 0 ? NULL : &strand->pending[strand->pending_count - 1];
}

/* Room for one more; the caller fills it. */
struct rec_unwinding *rec_strand_exception_put(struct rec_strand *strand);

struct rec_strand_table {
    struct rec_pointer_map strands; /* ec → struct rec_strand *, searched only when `ec` changed */
    struct rec_pointer_map threads; /* VALUE → struct rec_thread *, of all that have strands */
    struct rec_strand *main; /* strand 0; its `ec` is NULL until something of it is recorded; a
                                lane has none */
    uint32_t count;
    VALUE running; /* the thread that the last strand to take its turn is of; 0: none was */
    /* strand_end.c's: strands whose context another has got, still to be told of, and how many
     * threads and strands make it look for those that are over */
    uint32_t *gone;
    size_t gone_count, gone_capacity;
    size_t thread_limit, strand_limit;
    bool is_over; /* of a lane: its Ractor has ended */
    char ractor_name[REC_STRAND_NAME_MAX];
    size_t ractor_name_size;
    uint32_t lost_name_id, unwound_name_id;
};

/* Makes strand 0, the main thread's, which is there from the start. False: no memory. */
bool rec_strand_table_init(struct recorder *recorder);

/* The same for a lane, which begins without a strand. */
void rec_strand_table_init_lane(struct recorder *recorder);

/* Of a lane: its next strands are those of a Ractor of this name; what is left of an earlier one
 * ends. */
void rec_strands_begin_ractor(struct recorder *recorder, const char *name, size_t size);

/* Lets go of all strands and their frames. */
void rec_strand_table_release(struct recorder *recorder);

/* Makes `ec` the current strand: new ones are announced, a switch is written, frames that are no
 * longer on its VM stack are dropped. NULL when memory is short. */
struct rec_strand *rec_strand_switch(struct recorder *recorder, const void *ec);

/* Looks whether the running thread, which is the strand's, has got another name. */
void rec_strand_name_notice(struct recorder *recorder, struct rec_strand *strand);

/* The name that it has when it is first seen. */
void rec_strand_name_begin(struct recorder *recorder, struct rec_strand *strand);

/* SWITCH or STRAND_END. */
void rec_strand_put(struct recorder *recorder, uint32_t id, enum ct_spool_kind kind);

/* Tells the writer the strand's name. */
void rec_strand_put_name(struct recorder *recorder, const struct rec_strand *strand);

/* hot: the main thread's label is <top-level>, whatever it is called. */
static inline void
rec_strand_look_at_name(struct recorder *recorder, struct rec_strand *strand)
{
    if (__builtin_expect(strand->id != 0, 0))
        rec_strand_name_notice(recorder, strand);
}

/* Makes it the current one, though it need not be the one that runs. */
void rec_strand_make_current(struct recorder *recorder, struct rec_strand *strand);

/* The strand of this context if something of it was recorded, else NULL. */
struct rec_strand *rec_strand_find(const struct recorder *recorder, const void *ec);

/* The thread's entry, or NULL. */
struct rec_thread *rec_thread_find(const struct rec_strand_table *table, VALUE object);

/* The running context, outside of an event; NULL when it cannot be told. */
const void *rec_strand_context(const struct recorder *recorder);

/* Takes it out of the tables. */
void rec_strand_forget(struct recorder *recorder, struct rec_strand *strand);

/* Ends its calls that ended during a pause. Makes the strand the writer's current one then. */
void rec_strand_drop_gone(struct recorder *recorder, struct rec_strand *strand);

/* Writes that the calls which ended while recording paused are lost, and forgets where all strands
 * stood. */
void rec_strands_resume(struct recorder *recorder);

/* Keeps alive the fibers that are to be asked whether they have finished. */
void rec_strands_mark(const struct recorder *recorder);

/* While objects move. */
void rec_strands_compact(const struct recorder *recorder);

/* Drops frames newer than `cfp` (and `cfp` itself when `inclusive`); calls among them are written
 * as lost. */
void rec_strand_unwind(struct recorder *recorder, struct rec_strand *strand, const void *cfp,
                       bool inclusive);

/* The strand's code is over: so are the bodies at its end that no event tells of. It is the current
 * strand afterwards, if there was one. */
void rec_strand_end_bodies(struct recorder *recorder, struct rec_strand *strand);

/* Adds a frame with a fresh view; NULL when memory is short. */
struct rec_frame *rec_strand_push(struct recorder *recorder, struct rec_strand *strand,
                                  const void *cfp, struct rec_iseq *iseq);

/* For fallback_hook.c: a call without a control frame; `body` is the class whose body it is, or
 * 0. */
bool rec_strand_push_function(struct rec_strand *strand, uint32_t function_id, VALUE body);
/* `depth` calls of the current strand ended, for that reason, without a RETURN of their own. */
void rec_strand_put_unwind(struct recorder *recorder, uint32_t depth, uint32_t reason_id);

/* Writes that the `depth` innermost calls of the current strand ended unseen. */
void rec_strand_lose(struct recorder *recorder, uint32_t depth);
void rec_strand_pop(struct recorder *recorder, struct rec_strand *strand);

/* hot */
#define rec_strand_require(recorder, context)                                                      \
    (__builtin_expect((recorder)->current_ec == (context), 1)                                      \
         ? (recorder)->current_strand                                                              \
         : rec_strand_switch(recorder, context))

/* The frame of the present event, found or made. hot */
static inline struct rec_frame *
rec_strand_frame(struct recorder *recorder, struct rec_strand *strand, const void *cfp,
                 struct rec_iseq *iseq)
{
    if (__builtin_expect(strand->frame_count > 0, 1)) {
        struct rec_frame *top = &strand->frames[strand->frame_count - 1];
        if (__builtin_expect(top->cfp == cfp && top->iseq == iseq, 1))
            return top;
        rec_strand_unwind(recorder, strand, cfp, false);
        top = &strand->frames[strand->frame_count - 1];
        if (strand->frame_count > 0 && top->cfp == cfp) {
            if (top->iseq == iseq)
                return top;
            rec_strand_unwind(recorder, strand, cfp, true);
        }
    }
    return rec_strand_push(recorder, strand, cfp, iseq);
}

#endif
