/* The Ruby face of the recorder: CodeTracer::Native.
 *
 * The one place of the extension that raises: arguments are checked first, then Ruby objects are
 * made, then C memory, then no Ruby code runs any more. */
#ifndef REC_RECORDER_CLASS_H
#define REC_RECORDER_CLASS_H

#include <ruby/ruby.h>

/* Defines start, stop, running?, pause, resume, event and subreaper? on `holder`. */
void rec_recorder_class_define(VALUE holder);

#endif
