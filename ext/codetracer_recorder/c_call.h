/* With --c-calls: calls of methods written in C, as recorded code makes them; with --border-calls
 * the same of methods in Ruby that are not recorded.
 *
 * Hooks of the main Ractor for all C_CALL and C_RETURN events; what does not come from a frame of
 * recorded code is let go. Such a call has a place in the strand's frames like any other, where the
 * VM puts its control frame, and is named at each place that calls it. */
#ifndef REC_C_CALL_H
#define REC_C_CALL_H

#include <ruby/ruby.h>

struct recorder;

/* Creates the hook, once for all recordings. May raise. */
void rec_c_calls_init(struct recorder *recorder);

void rec_c_calls_mark(const struct recorder *recorder);

/* Enables it where it is wanted. May raise. */
void rec_c_calls_enable(struct recorder *recorder);
void rec_c_calls_disable(struct recorder *recorder);

#endif
