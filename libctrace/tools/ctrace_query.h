/* `ctrace query`: one question to a trace. What the questions share.
 *
 * Each question is a file ctrace_query_NAME.c: it scans the trace once (writes with --frame twice),
 * keeps what is open or asked for, and prints each answer as soon as it is known: text for people,
 * with --json one object a line. */
#ifndef CTRACE_QUERY_H
#define CTRACE_QUERY_H

#include "ctrace_names.h"
#include "ctrace_output.h"
#include "ctrace_scan.h"
#include "ctrace_source.h"

struct ctrace_query {
    /* As asked. */
    const char *trace;
    const char *subject; /* the variable, function, FILE:LINE; NULL for questions without one */
    const char *condition; /* --where */
    bool has_step;
    uint64_t step; /* --before, --at */
    bool is_in_frame;
    bool is_all;
    bool is_json;
    bool has_object;
    uint64_t object_id;
    bool has_limit;
    size_t limit;
    /* The scan. */
    struct ctrace_scan scan;
    struct ctrace_output output;
    struct ctrace_sources sources;
    uint64_t answer_count;
};

/* A question: CTRACE_EXIT_OK, or failed when it has said that there is no answer. The scan is open.
 * What of the trace is lacking is said by the caller. */
int ctrace_query_calls(struct ctrace_query *query);
int ctrace_query_exceptions(struct ctrace_query *query);
int ctrace_query_line(struct ctrace_query *query);
int ctrace_query_stack(struct ctrace_query *query);
int ctrace_query_value(struct ctrace_query *query);
int ctrace_query_writes(struct ctrace_query *query);

/* Says what is lacking of the trace; `frames`, which may be NULL, as far as it was read. The exit
 * status. */
int ctrace_query_finish(struct ctrace_query *query, const struct ct_trace_frames *frames,
                        int exit_status);
/* Says that there is no such step; `frames` read to the end. The exit status. */
int ctrace_query_lack_step(const struct ctrace_query *query, const struct ct_trace_frames *frames);

/* ---- text and JSON that several questions have ---- */

/* The step's number at the left edge, two blanks behind it. */
void ctrace_put_step(struct ctrace_output *output, uint64_t step);
/* Under what stands behind that. */
void ctrace_put_step_indent(struct ctrace_output *output);
/* "path:line in function"; the strand too, unless it is the main thread. */
void ctrace_put_where(struct ctrace_query *query, const struct ct_trace_place *place,
                      uint64_t function_id, uint64_t strand_id);
/* The source of that line under it, where the trace's folder has it. */
void ctrace_put_where_source(struct ctrace_query *query, const struct ct_trace_place *place);
/* `"step":…,"path":…,"line":…,"function":…,"thread":…`, without braces. */
void ctrace_put_json_where(struct ctrace_query *query, const struct ct_trace_place *place,
                           uint64_t function_id, uint64_t strand_id);
/* Decoded and shown; "<damaged>" or null where that cannot be done. */
void ctrace_put_encoded(struct ctrace_query *query, const void *bytes, size_t size);

#endif
