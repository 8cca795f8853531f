/* What an exception's event says beside its message: class, where it was raised, its causes and the
 * frames that were there, as one line of JSON (doc/format/exceptions.md).
 *
 * Used by the raise hook. No method of the program is called and no object made. */
#ifndef REC_EXCEPTION_DETAIL_H
#define REC_EXCEPTION_DETAIL_H

#include "assembly.h"
#include "exception_frames.h"

#include <ruby/ruby.h>

struct recorder;

/* Fills `out_detail`, NUL-terminated; empty when memory is short. Frames are not said. */
void rec_exception_detail_put(struct recorder *recorder, VALUE exception,
                              struct rec_assembly *out_detail);

/* The same in two steps: what the exception itself tells, and the frames that were found when it
 * was raised; NULL: they have nothing to do with it. */
void rec_exception_detail_begin(struct recorder *recorder, VALUE exception,
                                struct rec_assembly *detail);
void rec_exception_detail_end(struct recorder *recorder, struct rec_exception_frames *frames,
                              struct rec_assembly *detail);

#endif
