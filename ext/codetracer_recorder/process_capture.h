/* Records which other programs the program starts, and how they end.
 *
 * The methods that start and wait are replaced by C functions that call the originals directly.
 * Arguments are looked at, never converted: what is no String or Array of one is shown as `?`.
 * doc/recording.md says what an event looks like. */
#ifndef REC_PROCESS_CAPTURE_H
#define REC_PROCESS_CAPTURE_H

#include <stdbool.h>

struct recorder;

/* Whether the C function that runs on this thread is one of Ruby's that start a program: a child of
 * it only becomes another one. */
bool rec_process_starts(const struct recorder *recorder);

/* Replaces the methods when it is called for the first time. May raise. */
void rec_process_capture_enable(struct recorder *recorder);

#endif
