/* How class bodies end that an exception or a throw leaves: the VM tells that to hooks on all code
 * alone.
 *
 * Such a hook makes the VM go through all code there is, and through all that is compiled from then
 * on, to have the ends in order told, too, which the scripts' own hooks are told anyway. So it is
 * put on with the first class body that is recorded, or before the first other Ractor begins, and
 * past that (doc/design/start.md). */
#ifndef REC_CLASS_ENDS_H
#define REC_CLASS_ENDS_H

#include <ruby/ruby.h>

#include <ruby/debug.h>

struct rec_vm_layout;
struct recorder;

/* Makes the hook, once for all recordings. May raise. */
void rec_class_ends_init(struct recorder *recorder);

/* A class body is about to be recorded, or may be: from now on its end is told. Raises nothing; in
 * other Ractors than the main one nothing is done. */
void rec_class_ends_watch(struct recorder *recorder);

/* What is watched is told no longer, and is again. May raise. */
void rec_class_ends_pause(struct recorder *recorder);
void rec_class_ends_resume(struct recorder *recorder);

/* The end of the recording. May raise. */
void rec_class_ends_forget(struct recorder *recorder);

/* rb_tracepoint_enable of one without a target, but the VM leaves code alone: what the VM tells
 * while it runs an instruction is told of code only that somebody else listens to. May raise. */
void rec_tracepoint_enable_aside(const struct rec_vm_layout *layout, VALUE tracepoint);

#endif
