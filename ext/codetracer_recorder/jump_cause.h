/* Why the VM takes a frame away that did not run its own `leave`: which exception, throw, break or
 * return is on its way.
 *
 * Used by call_end.c. The VM clears `ec->errinfo` for a hook; but the C function that unwinds
 * frames keeps the cause in its own C frame, at a fixed distance from the event's argument. The
 * self-check finds that distance with causes it knows. Not found: REC_JUMP_UNKNOWN. */
#ifndef REC_JUMP_CAUSE_H
#define REC_JUMP_CAUSE_H

#include "vm_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

enum rec_jump_kind {
    REC_JUMP_UNKNOWN,
    REC_JUMP_EXCEPTION, /* object: the exception */
    REC_JUMP_THROW,     /* object: the tag */
    REC_JUMP_BREAK,
    REC_JUMP_RETURN,       /* out of a block, to a method further out */
    REC_JUMP_RETURN_HERE,  /* out of a block of the method that ends; object: the value */
    REC_JUMP_THREAD_END,
    REC_JUMP_FIBER_END
};

struct rec_jump {
    enum rec_jump_kind kind;
    VALUE object;
};

/* The exception seen last. Its address is no other object's while nothing that was alive is freed
 * (the identity table's epoch; where that tells no mark phase, it takes this away when it is freed)
 * and no further collection, which may move objects, has begun. */
struct rec_seen_exception {
    VALUE object; /* compared, never followed; 0: none */
    uint32_t epoch;
    size_t gc_count;
};

/* Fills the layout's `jump_…` fields. Runs Ruby code, so only at load; may raise. */
void rec_jump_search(struct rec_vm_layout *layout);

/* Notes an exception that is there, so that it is known without a look at its memory: each is a
 * system call. */
void rec_jump_note_exception(struct recorder *recorder, VALUE exception);

/* Of the event whose hook runs now, of a frame that did not leave by itself; `frame` is the hook's
 * (rec_hook_frame). The search knows RETURN; where the VM fires B_RETURN and END the words may lie
 * elsewhere, and do not agree then: what hook_cause.c found counts. */
struct rec_jump rec_jump_find(struct recorder *recorder, const struct rec_trace_arg *event,
                              const VALUE *frame);

/* The same of a C function that something passed through. */
struct rec_jump rec_jump_find_in_c(struct recorder *recorder, const struct rec_trace_arg *event,
                                   const VALUE *frame);

#endif
