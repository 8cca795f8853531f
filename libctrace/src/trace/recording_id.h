/* The identity of a recording: a UUIDv7 as lower-case text.
 *
 * Checked when a trace is opened for writing, because readers refuse a trace with another. */
#ifndef CT_TRACE_RECORDING_ID_H
#define CT_TRACE_RECORDING_ID_H

#include <stdbool.h>

#define CT_RECORDING_ID_SIZE 36 /* characters */

/* Whether `text` (which may be NULL) is what every reader of meta.dat accepts. */
bool ct_recording_id_is_valid(const char *text);

#endif
