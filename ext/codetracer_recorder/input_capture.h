/* Records what the program reads from its standard input, at the call that reads it.
 *
 * What IO, ARGF and (in $stdin's place) StringIO read with is replaced by C functions of the same
 * name and arity that call the original directly. Nothing is read that the program does not read;
 * `$_`, line numbers and errors are the original's. doc/design/output-capture.md says why so. */
#ifndef REC_INPUT_CAPTURE_H
#define REC_INPUT_CAPTURE_H

#include <ruby.h>

struct recorder;

/* Replaces the methods when it is called for the first time. May raise. */
void rec_input_capture_enable(struct recorder *recorder);

/* Takes off what costs something: the TracePoints on read_nonblock and readline. */
void rec_input_capture_disable(void);

/* `klass` is StringIO, of which an object stands in $stdin's place. May raise. */
void rec_input_capture_strings(VALUE klass);

#endif
