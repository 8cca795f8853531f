/* Checks a trace against every rule that its readers rely on, and says where each breach is.
 *
 * Used by `ctrace verify` and by tests. The rules are stricter than the readers: container blocks
 * have one owner each, chunks are what the strictest reader opens, metadata is complete, ids are
 * defined before use, calls nest, every value fits its type. Blocks that nothing refers to are no
 * breach. Checking goes on behind a finding where that makes sense. */
#ifndef CTRACE_TRACE_VERIFY_H
#define CTRACE_TRACE_VERIFY_H

#include "ctrace/trace_reader.h"

/* One breach. Borrowed during the callback. */
struct ct_finding {
    const char *file;     /* "trace.ct" (the container itself), "meta.dat", "events.log", … */
    uint64_t offset;      /* bytes in `file`; of an event in events.log: where its chunk starts */
    const char *sentence; /* without a full stop */
};

struct ct_verify_options {
    void (*finding)(void *context, const struct ct_finding *finding);
    void *context;
    const struct ct_alloc *alloc; /* NULL: default */
    size_t event_size_max;        /* 0: CT_TRACE_EVENT_SIZE_MAX */
};

struct ct_verify_result {
    uint64_t finding_count;
    uint64_t counts[CT_TRACE_KIND_COUNT]; /* events by kind */
};

/* CT_OK when the trace was looked at, with whatever findings; else the environment's failure (the
 * trace is absent, cannot be read, memory ran out), then `error` says so and the result is as far
 * as it got. */
CT_MUST_CHECK enum ct_status ct_trace_verify(const char *path,
                                             const struct ct_verify_options *options,
                                             struct ct_verify_result *out_result,
                                             struct ct_error *error);
/* The same over open files (tests, fuzzers), borrowed during the call. */
CT_MUST_CHECK enum ct_status ct_trace_verify_files(const struct ct_trace_files *files,
                                                   const struct ct_verify_options *options,
                                                   struct ct_verify_result *out_result,
                                                   struct ct_error *error);

#endif
