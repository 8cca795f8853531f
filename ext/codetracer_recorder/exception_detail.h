/* What an exception's event says beside its message: class, where it was raised, its causes and the
 * frames that were there, as one line of JSON (doc/format/exceptions.md).
 *
 * Used by the raise hook. No method of the program is called and no object made. */
#ifndef REC_EXCEPTION_DETAIL_H
#define REC_EXCEPTION_DETAIL_H

#include "assembly.h"

#include <ruby/ruby.h>

struct recorder;

/* Fills `out_detail`, NUL-terminated; empty when memory is short. The frames are those that run,
 * `cfp` is the innermost; NULL: they have nothing to do with it and are not said. */
void rec_exception_detail_put(struct recorder *recorder, VALUE exception, const void *cfp,
                              struct rec_assembly *out_detail);

#endif
