/* Makes a whole trace of one that was not ended, or was cut: what can be read of it, completed.
 *
 * Used by `ctrace repair`, by tests and fuzzers. The events go through reader and writer, so that
 * lists, index, metadata and the ends of files are the writer's; calls that are open get a Return
 * that says so. What lies behind a loss is left out: ids may be off from there on. Only traces
 * whose definitions our writer could have made are taken. The damaged trace is only read. */
#ifndef CTRACE_TRACE_REPAIR_H
#define CTRACE_TRACE_REPAIR_H

#include "ctrace/trace_reader.h"

struct ct_repair_options {
    /* Of the damaged trace: its trace_info.json, trace_expressions.json, trace.instructions and
     * embedded sources are taken over; NULL: none. Borrowed during the call. */
    struct ct_folder *from;
    bool is_alone;                /* all but sources in that folder is another trace's */
    bool without_sources;         /* they are where they belong already */
    const struct ct_alloc *alloc; /* NULL: default */
};

/* What became of a file beside the trace. */
struct ct_repair_part {
    bool is_present;      /* it was there */
    bool is_kept;         /* so is the new one: something of it could be read */
    bool is_shortened;    /* without what is of steps or paths that are not there, or not whole */
    bool is_cut;          /* reading ended at a loss, which `loss` tells */
    struct ct_error loss;
};

struct ct_repair_result {
    struct ct_trace_counts counts; /* of the new trace */
    uint64_t closed_count;         /* calls that were open */
    uint64_t damaged_count;        /* values and events left out because they could not be read */
    uint64_t unknown_count;        /* events that our writer has no form for, left out */
    uint64_t source_count;         /* embedded sources that were taken over */
    bool is_cut;                   /* reading ended at a loss, which `loss` tells */
    struct ct_error loss;
    bool is_nameless; /* which recording it is was not to be found: it got a number of its own */
    bool has_facts;   /* trace_info.json was there and is completed */
    struct ct_repair_part expressions;  /* trace_expressions.json */
    struct ct_repair_part instructions; /* trace.instructions */
};

/* Reads `reader`, which stands at its beginning and wants values, to its end, and writes the trace
 * into `folder`, in the same layout. CT_ERR_FORMAT: it is not a trace that can be repaired. */
CT_MUST_CHECK enum ct_status ct_trace_repair(struct ct_trace_reader *reader,
                                             struct ct_folder *folder,
                                             const struct ct_repair_options *options,
                                             struct ct_repair_result *out_result,
                                             struct ct_error *error);

#endif
