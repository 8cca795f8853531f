/* What the parts of verify share: where findings go, and the meaning of the events so far.
 *
 * verify_container.c looks at blocks, verify_event.c at events, verify_value.c at values,
 * verify_facts.c at trace_info.json, verify_index.c at the index, verify_expressions.c at
 * trace_expressions.json, verify_instructions.c at trace.instructions; verify.c calls them in this
 * order. */
#ifndef CT_TRACE_VERIFY_H
#define CT_TRACE_VERIFY_H

#include "base/text_table.h"
#include "ctrace/trace_verify.h"

/* What findings about the container itself name as their file. */
#define CT_VERIFY_CONTAINER_NAME "trace.ct"

struct ct_verify_index;

struct ct_verify {
    const struct ct_verify_options *options;
    const struct ct_alloc *alloc;
    struct ct_verify_result *result;
    struct ct_trace_reader *reader;
    struct ct_verify_index *index; /* what was seen of it */
    uint64_t container_finding_count;

    /* Meaning. */
    uint64_t *stack; /* function ids of the calls that have not returned */
    size_t stack_depth;
    size_t stack_capacity;
    uint64_t step_count;
    uint64_t step_path_id; /* of the latest step */
    int64_t step_line;
    struct ct_text_table *names; /* ids may share a name: what is shown twice goes by name */
    uint64_t *shown_at;          /* by id in `names`: the step_count at which it was shown last */
    size_t shown_capacity;
};

void ct_verify_report(struct ct_verify *verify, const char *file, uint64_t offset,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same about an event: the sentence is led by the event's number and kind. */
void ct_verify_report_event(struct ct_verify *verify, const struct ct_trace_event *event,
                            const char *format, ...) __attribute__((format(printf, 3, 4)));
/* An error of a reader as a finding, unless it is the container's and was found there already. */
void ct_verify_report_error(struct ct_verify *verify, const struct ct_error *error);

/* Header, entries and the ownership of every block. CT_ERR_FORMAT when nothing further can be
 * read. */
CT_MUST_CHECK enum ct_status ct_verify_container(struct ct_verify *verify, struct ct_file *file,
                                                 struct ct_error *error);
CT_MUST_CHECK enum ct_status ct_verify_event(struct ct_verify *verify,
                                             const struct ct_trace_event *event);
/* What must hold after the last event. */
void ct_verify_end(struct ct_verify *verify);
/* trace_info.json, after the last event. */
void ct_verify_facts(struct ct_verify *verify);
/* Whether the recording came to its end: only then every file is whole. */
bool ct_verify_is_complete(const struct ct_verify *verify);
/* trace_expressions.json, which may be absent, after the last event. Not CT_OK: the environment's.
 */
CT_MUST_CHECK enum ct_status ct_verify_expressions(struct ct_verify *verify,
                                                   struct ct_file *file);
/* trace.instructions, which may be absent, after the last event. Not CT_OK: the environment's. */
CT_MUST_CHECK enum ct_status ct_verify_instructions(struct ct_verify *verify,
                                                    struct ct_file *file);
/* A value that hangs on `event`. */
void ct_verify_value(struct ct_verify *verify, const struct ct_trace_event *event,
                     const struct ct_value *value);

#endif
