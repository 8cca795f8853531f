/* All compiled code that is alive in the VM, found by walking the heap.
 *
 * Used by loaded_code.c. What a slot of a finished iseq looks like is learnt from two of our own,
 * and every walk has to meet both of them. */
#ifndef REC_ISEQ_WALK_H
#define REC_ISEQ_WALK_H

#include <ruby/ruby.h>

#include <stdbool.h>

struct rec_vm_layout;

struct rec_iseq_walk {
    const char *refusal; /* why the heap cannot be walked; static text, NULL: it can */
    VALUE kind_flags;    /* bits of a slot's first word, the same in all iseqs … */
    VALUE varying_flags; /* … and those that only some have */
    VALUE samples[2];    /* RubyVM::InstructionSequence objects; never collected */
    const void *(*iseqw_to_iseq)(VALUE iseqw);
    VALUE (*iseqw_new)(const void *iseq);
    void (*each_objects)(int (*visit)(void *start, void *end, size_t stride, void *context),
                         void *context);
};

/* Finds the VM's functions and learns, once. Compiles Ruby code; may raise. */
void rec_iseq_walk_init(struct rec_iseq_walk *walk, const struct rec_vm_layout *layout);

/* Calls `visit` for each finished iseq; it may not allocate on the Ruby heap. False, and `refusal`
 * set, when our own were not among them: then what was visited may be anything. */
bool rec_iseq_walk_each(struct rec_iseq_walk *walk, void (*visit)(const void *iseq, void *context),
                        void *context);

#endif
