/* A scan that stops at a step: the frames as they are there, with the arguments of their calls.
 *
 * Used by questions about a step. What runs at a step on a def line is the callee, whose Call comes
 * behind it. Memory grows with the calls that are open. */
#ifndef CTRACE_AT_H
#define CTRACE_AT_H

#include "ctrace_scan.h"

#include "ctrace/trace_frames.h"

/* Events behind the values that a step shows; the others may come between. */
bool ctrace_at_ends_step(enum ct_trace_kind kind);

/* Reads to the end of what the step shows. *out_frames, to be freed also on false: the trace ends
 * before the step, or reading does (see scan->has_failed). */
bool ctrace_at_open(struct ctrace_scan *scan, uint64_t step, struct ct_trace_frames **out_frames);

/* The arguments of an open call of these frames, borrowed from the reader's decoding; 0 when there
 * are none, or none can be read. */
size_t ctrace_at_args(struct ctrace_scan *scan, const struct ct_trace_frame *frame,
                      const struct ct_trace_arg **out_args);

#endif
