/* The text of a recorded line: from the copies of the sources in a trace's folder.
 *
 * A recorder leaves each source as files/<its path> beside the trace, as it was when it ran. The
 * file at the path itself may be another by now and is not looked at. */
#ifndef CTRACE_SOURCE_H
#define CTRACE_SOURCE_H

#include "ctrace/trace_frames.h"
#include "ctrace_output.h"

/* Puts the line without the blanks around it, led by `lead` and ended by a newline; nothing when
 * the folder of `trace` has no copy. */
void ctrace_put_source(struct ctrace_output *output, const char *trace,
                       const struct ct_trace_reader *reader, const struct ct_trace_place *place,
                       const char *lead);

#endif
