/* One walk over a trace, many printers: keeps count of steps and calls, picks the wanted steps,
 * says on stderr what could not be read.
 *
 * A block is a step with all that follows it up to the next one; what comes before the first step
 * belongs to step 0. Walking backwards prints whole blocks, last one first. Of one thread, only
 * what it did is printed, as if it had been alone: steps keep the numbers that they have in the
 * trace. */
#ifndef CTRACE_WALK_H
#define CTRACE_WALK_H

#include "ctrace/trace_frames.h"
#include "ctrace_output.h"
#include "ctrace_scan.h"

struct ctrace_walk;

/* What is made of the events. A printer's own state starts with this struct. */
struct ctrace_printer {
    /* A Call comes before it counts as open, a Return after it was closed: walk->depth is the
     * depth at which both are shown. */
    void (*event)(struct ctrace_printer *printer, struct ctrace_walk *walk,
                  const struct ct_trace_event *event);
    /* No line may stay open: a block ends here. */
    void (*block_end)(struct ctrace_printer *printer, struct ctrace_walk *walk);
    bool wants_values;
};

struct ctrace_walk {
    struct ctrace_scan scan;
    struct ct_trace_reader *reader; /* the scan's, as are its metadata */
    const struct ct_trace_metadata *metadata;
    struct ctrace_output output;
    uint64_t step_first; /* wanted steps, both inclusive */
    uint64_t step_last;
    bool is_backward;
    struct ct_trace_frames *frames; /* of one thread; NULL: of all, in the order of the trace */
    uint64_t thread_id;

    uint64_t step_count; /* steps seen: the current one is step_count - 1 */
    uint64_t call_count;
    uint64_t event_count;
    uint64_t *stack; /* function ids of open calls */
    size_t depth;
    size_t stack_capacity;
    uint64_t returned_function_id; /* of the Return being printed; CT_TRACE_NO_ID without a call */
    bool is_thread_met;
};

/* Opens the trace; complains and returns false when it cannot. Steps: all, forward, to stdout. */
bool ctrace_walk_open(struct ctrace_walk *walk, const char *trace);
void ctrace_walk_close(struct ctrace_walk *walk);
/* Before the walk: only this thread or fiber. False when memory is out. */
bool ctrace_walk_thread_put(struct ctrace_walk *walk, uint64_t thread_id);

/* Before the walk: begins at, or not far before, that step, where the trace's index allows it. What
 * was passed over is counted, but never seen. False when the trace cannot be read. */
bool ctrace_walk_seek(struct ctrace_walk *walk, uint64_t step,
                      struct ct_trace_position *out_position);

/* Walks and prints. The exit status: failed when something could not be read. */
int ctrace_walk_run(struct ctrace_walk *walk, struct ctrace_printer *printer);

/* The current step's number; 0 before the first one. */
uint64_t ctrace_walk_step(const struct ctrace_walk *walk);

#endif
