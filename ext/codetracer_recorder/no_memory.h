/* What becomes of a recorder that gets no memory: at its start an exception, later the end of the
 * recording.
 *
 * Not NoMemoryError: rb_memerror marks the thread until the VM itself has seen the exception, and a
 * thread that is so marked, after rb_protect, answers to no interrupt. */
#ifndef REC_NO_MEMORY_H
#define REC_NO_MEMORY_H

#include <ruby/ruby.h>

#define REC_NO_MEMORY "the recorder got no memory; give the program more, or record less [CT-207]"

/* Only while a recording starts. */
NORETURN(static inline void rec_raise_no_memory(void));

static inline void
rec_raise_no_memory(void)
{
    rb_raise(rb_eRuntimeError, REC_NO_MEMORY);
}

#endif
