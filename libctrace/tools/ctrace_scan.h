/* Reading a trace to its end for a command: opens it, complains about what cannot be read, and
 * says at the end what is missing.
 *
 * Used by every subcommand that looks at events. A recording that is still going on is read as far
 * as it goes, and is said to be going on. */
#ifndef CTRACE_SCAN_H
#define CTRACE_SCAN_H

#include "ctrace/trace_reader.h"

struct ctrace_scan {
    const char *trace; /* as the user named it */
    struct ct_trace_reader *reader;
    const struct ct_trace_metadata *metadata;
    unsigned complaint_count;
    bool is_growing;  /* a writer was at work on it when it was opened */
    bool is_complete; /* it was read to its end */
    bool has_failed;  /* memory or the system: the reading ended there */
};

/* Complains and returns false when it cannot be opened. */
bool ctrace_scan_open(struct ctrace_scan *scan, const char *trace);
/* The same for who reads all of it, or most: with a second thread where there is a second core. */
bool ctrace_scan_open_ahead(struct ctrace_scan *scan, const char *trace);
/* False at the end, and where reading cannot go on. */
bool ctrace_scan_next(struct ctrace_scan *scan, struct ct_trace_event *out_event);
/* Something of the trace cannot be read; the first of these are told. */
void ctrace_scan_complain(struct ctrace_scan *scan, const struct ct_error *error);
/* Ends the reading for want of memory. Returns false, for `return ctrace_scan_stop(…)`. */
bool ctrace_scan_stop(struct ctrace_scan *scan, enum ct_status status);
/* Says what is missing of the trace; `open_count` calls of it did not return. The exit status. */
int ctrace_scan_finish(struct ctrace_scan *scan, size_t open_count, int exit_status);
void ctrace_scan_close(struct ctrace_scan *scan);

/* The lock that a writer holds on a trace as long as it writes. */
bool ctrace_scan_is_growing(const char *trace);
/* Waits until no writer holds the trace; complains and returns false when it cannot. */
bool ctrace_scan_wait(const char *trace);

#endif
