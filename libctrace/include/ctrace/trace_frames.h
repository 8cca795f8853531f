/* Whose event this is: the calls of each thread and fiber, unbent from the one stack of a trace.
 *
 * A trace shows a strand (a thread or fiber) in slices that repeat its open calls; the rules are
 * in doc/format/strands.md. This follows the events, undoes that, and keeps the open calls of every
 * strand with the line that each is at. Memory grows with the calls that are open. */
#ifndef CTRACE_TRACE_FRAMES_H
#define CTRACE_TRACE_FRAMES_H

#include "ctrace/trace_reader.h"

struct ct_trace_place {
    uint64_t step; /* its number, from 0; CT_TRACE_NO_ID: none, then the rest means nothing */
    uint64_t path_id;
    int64_t line;
};

/* One open call. */
struct ct_trace_frame {
    uint64_t call_index; /* among the calls of the program, from 0: slices repeat it */
    uint64_t function_id;
    struct ct_trace_place entry; /* the step that its Call directly follows: the def line */
    struct ct_trace_place now;   /* its latest step: where it stands, or called the next frame */
    struct ct_trace_place before; /* the step before `now` */
    uint64_t step_count;          /* steps in it so far; `entry` is none of them */
    bool is_root; /* the synthetic call that a strand's slices are in */
    void *state;  /* the follower's own, NULL at first; see ct_trace_frames_new */
};

struct ct_trace_strand {
    uint64_t id;                   /* as in ThreadSwitch; 0: the main thread */
    struct ct_trace_frame *frames; /* outermost first */
    size_t frame_count;
};

/* Why an event is in the trace. */
enum ct_trace_role {
    CT_TRACE_ROLE_OWN = 0,    /* the program did it */
    CT_TRACE_ROLE_BENDING = 1 /* the layout needs it: a slice's beginning and end */
};

struct ct_trace_frames; /* heap */

/* Borrows the reader. `release`, unless NULL, gets each `state` that is not NULL when its frame is
 * over: at the follow after its Return, or at free. */
CT_MUST_CHECK enum ct_status ct_trace_frames_new(struct ct_trace_reader *reader,
                                                 const struct ct_alloc *alloc,
                                                 void (*release)(void *context, void *state),
                                                 void *context,
                                                 struct ct_trace_frames **out_frames);
void ct_trace_frames_free(struct ct_trace_frames *frames);

/* To be called with every event that the reader delivers, in order. Frames and strands that the
 * queries below gave are borrowed until the next follow. CT_ERR_MEMORY. */
CT_MUST_CHECK enum ct_status ct_trace_frames_follow(struct ct_trace_frames *frames,
                                                    const struct ct_trace_event *event,
                                                    enum ct_trace_role *out_role);

/* The number of the latest step; CT_TRACE_NO_ID before the first. */
uint64_t ct_trace_frames_step(const struct ct_trace_frames *frames);
/* The strand of the latest event. */
const struct ct_trace_strand *ct_trace_frames_strand(const struct ct_trace_frames *frames);
/* The main thread's, whatever runs. */
const struct ct_trace_strand *ct_trace_frames_main(const struct ct_trace_frames *frames);
/* The innermost frame of the latest event's strand; NULL outside of every call. */
struct ct_trace_frame *ct_trace_frames_top(const struct ct_trace_frames *frames);
/* Directly after a Return of the program: the frame that it ended. Else NULL. */
struct ct_trace_frame *ct_trace_frames_returned(struct ct_trace_frames *frames);

#endif
