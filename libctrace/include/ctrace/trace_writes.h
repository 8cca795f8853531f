/* Who wrote a variable or an instance variable: each change between what the steps of a trace show.
 *
 * A step shows values as they were before its line ran: a value that is new at one step was written
 * by the line of the step before that showed the variable. Instance variables are found inside
 * every value that shows the object. Memory grows with the calls that are open and with the objects
 * that are known, which are CT_TRACE_WRITES_OBJECT_MAX at most: those not seen for longest are
 * forgotten. */
#ifndef CTRACE_TRACE_WRITES_H
#define CTRACE_TRACE_WRITES_H

#include "ctrace/trace_frames.h"

/* With their frames and values some tens of megabytes. */
#define CT_TRACE_WRITES_OBJECT_MAX 65536u

enum ct_trace_write_kind {
    CT_TRACE_WRITE_CHANGE = 0,   /* `old` became `new`; `old` absent: it was not set before */
    CT_TRACE_WRITE_ARGUMENT = 1, /* a call brought it: `by` is the caller's line */
    CT_TRACE_WRITE_FIRST = 2     /* it is shown for the first time: what was before is not known */
};

/* A value as the trace has it: for ct_trace_reader_value_decode. `bytes` NULL: absent. */
struct ct_trace_encoded {
    const void *bytes;
    size_t size;
};

/* One write. Borrowed during the callback. */
struct ct_trace_write {
    enum ct_trace_write_kind kind;
    uint64_t strand_id;
    uint64_t function_id; /* whose variable it is; of an object: which ran the write */
    uint64_t call_index;  /* that function's call; CT_TRACE_NO_ID outside of every call */
    struct ct_trace_place by; /* the step whose line wrote it; none where that is not known */
    uint64_t by_last; /* larger than by.step: one of the steps from there up to this one did */
    struct ct_trace_place seen; /* where the new value is shown first */
    uint64_t caller_function_id; /* who called that function, and from where; may be none */
    struct ct_trace_place caller;
    struct ct_trace_encoded old_value;
    struct ct_trace_encoded new_value;
    uint64_t object_id; /* whose instance variable; CT_TRACE_NO_ID: it is a variable */
    uint64_t object_type_id;
};

/* The number that the recorder gave the object that a value shows; false when it has none. */
bool ct_trace_value_identity(const struct ct_trace_reader *reader, const struct ct_value *value,
                             uint64_t *out_identity);

struct ct_trace_writes; /* heap */

struct ct_trace_writes_options {
    const char *name; /* copied: "x", "@x", "$x", or ".x" for the member x of Structs */
    void (*write)(void *context, const struct ct_trace_write *write); /* may be NULL */
    void *context;
    const struct ct_alloc *alloc; /* NULL: default */
};

/* Borrows the reader, and takes over which of its values are delivered. */
CT_MUST_CHECK enum ct_status ct_trace_writes_new(struct ct_trace_reader *reader,
                                                 const struct ct_trace_writes_options *options,
                                                 struct ct_trace_writes **out_writes);
void ct_trace_writes_free(struct ct_trace_writes *writes);

/* To be called with every event that the reader delivers, in order; a write is told once the step
 * that shows it is over. CT_ERR_MEMORY. */
CT_MUST_CHECK enum ct_status ct_trace_writes_follow(struct ct_trace_writes *writes,
                                                    const struct ct_trace_event *event);
/* Ends the latest step, so that what it shows is told. */
CT_MUST_CHECK enum ct_status ct_trace_writes_finish(struct ct_trace_writes *writes);

/* The frames as followed; their `state` is taken. */
const struct ct_trace_frames *ct_trace_writes_frames(const struct ct_trace_writes *writes);
/* How many objects were forgotten: writes of theirs may be lacking. */
uint64_t ct_trace_writes_forgotten_count(const struct ct_trace_writes *writes);
/* The object that is self in this frame, where the trace says so. */
bool ct_trace_writes_self(const struct ct_trace_writes *writes, const struct ct_trace_frame *frame,
                          uint64_t *out_object_id);
/* After a finish: the variable as the latest step shows it, or else as the frame that runs showed
 * it last, and where. */
bool ct_trace_writes_variable(const struct ct_trace_writes *writes,
                              struct ct_trace_encoded *out_value, struct ct_trace_place *out_seen);
/* The latest write of that same variable; false when there was none. Its values are borrowed until
 * the next follow. */
bool ct_trace_writes_latest(const struct ct_trace_writes *writes,
                            struct ct_trace_write *out_write);
/* The field of that object as it was shown last, and where. */
bool ct_trace_writes_field(const struct ct_trace_writes *writes, uint64_t object_id,
                           struct ct_trace_encoded *out_value, struct ct_trace_place *out_seen);

#endif
