/* What is kept for each open call while the writes of one variable are looked for, and where in the
 * program things are.
 *
 * Used by trace_writes.c. A block that another method calls shows the variables of the frame it was
 * written in. Which frame that is, the names tell that stand behind the variable, since a step
 * shows the innermost scope first: a variable's key is the hash of its name, of the names behind it
 * and of the file. */
#ifndef CT_TRACE_TRACE_SCOPES_H
#define CT_TRACE_TRACE_SCOPES_H

#include "base/buffer.h"
#include "ctrace/trace_writes.h"

/* A step, and the call it is in. */
struct ct_trace_where {
    struct ct_trace_place place;
    uint64_t strand_id;
    uint64_t function_id;
    uint64_t call_index;
    uint64_t caller_function_id;
    struct ct_trace_place caller;
};

/* A variable of a frame. */
struct ct_trace_slot {
    uint64_t key;
    struct ct_buffer value;       /* encoded, as shown last */
    struct ct_trace_where seen;   /* where that was */
    bool is_written;              /* there was a write of it */
    struct ct_trace_write write;  /* the latest; its values are `before` and `value` */
    struct ct_buffer before;      /* what it replaced; empty: nothing that is known */
};

/* Of one open call. */
struct ct_trace_scope {
    struct ct_trace_slot *slots;
    size_t slot_count;
    size_t slot_capacity; /* slots beyond the count keep their buffers */
    uint64_t self_id;     /* CT_TRACE_NO_ID: not known */
    struct ct_trace_scope *next; /* of those that are free */
};

struct ct_trace_scopes {
    const struct ct_alloc *alloc;
    struct ct_trace_frames *frames;
    struct ct_trace_scope *free_scopes;
    struct ct_trace_scope outside; /* globals, and what is shown outside of every call */
};

/* A frame and what is kept there of the variable that is looked for. */
struct ct_trace_home {
    const struct ct_trace_strand *strand; /* NULL: outside of every call */
    size_t index;
    struct ct_trace_slot *slot; /* NULL: it did not show the variable yet */
};

/* Zeroed before. Makes the frames. */
CT_MUST_CHECK enum ct_status ct_trace_scopes_init(struct ct_trace_scopes *scopes,
                                                  struct ct_trace_reader *reader,
                                                  const struct ct_alloc *alloc);
void ct_trace_scopes_release(struct ct_trace_scopes *scopes);

/* The frame whose variable of that key the latest step shows. */
struct ct_trace_home ct_trace_scopes_home(const struct ct_trace_scopes *scopes, uint64_t key);
/* NULL: outside of every call. */
struct ct_trace_frame *ct_trace_home_frame(const struct ct_trace_home *home);
/* Where that frame is while the program is at `place`. */
struct ct_trace_where ct_trace_home_locate(const struct ct_trace_home *home,
                                           struct ct_trace_place place);
/* Where the program is: the latest step, in the frame that runs. */
struct ct_trace_where ct_trace_scopes_locate(const struct ct_trace_scopes *scopes);

/* The frame's scope, made if need be; `frame` NULL: the one outside of every call. */
CT_MUST_CHECK enum ct_status ct_trace_scopes_require(struct ct_trace_scopes *scopes,
                                                     struct ct_trace_frame *frame,
                                                     struct ct_trace_scope **out_scope);
/* A new slot of that key, with an empty value. */
CT_MUST_CHECK enum ct_status ct_trace_scopes_slot_append(struct ct_trace_scopes *scopes,
                                                         struct ct_trace_scope *scope, uint64_t key,
                                                         struct ct_trace_slot **out_slot);

#endif
