/* What questions do with a trace: follow its frames and its writes without decoding most values.
 *
 * Used by the targets of both layouts, after verify has read the same bytes the other way. */
#ifndef CT_FUZZ_QUESTIONS_H
#define CT_FUZZ_QUESTIONS_H

#include "ctrace/trace_writes.h"
#include "fuzz.h"

static inline void
fuzz_writes(struct ct_trace_reader *reader, const char *name)
{
    const struct ct_trace_writes_options options = {.name = name};
    struct ct_trace_writes *writes;
    struct ct_trace_event event;
    if (ct_trace_writes_new(reader, &options, &writes) != CT_OK)
        return;
    for (;;) {
        const enum ct_status status = ct_trace_reader_next(reader, &event, NULL);
        if (status == CT_OK && ct_trace_writes_follow(writes, &event) != CT_OK)
            break;
        if (status != CT_OK && status != CT_ERR_FORMAT && status != CT_ERR_LIMIT)
            break;
    }
    (void)!ct_trace_writes_finish(writes);
    ct_trace_writes_free(writes);
}

/* A variable, an instance variable and a global of the corpora. */
static inline void
fuzz_questions(const struct ct_trace_files *files)
{
    static const char *const names[] = {"n", "@total", "$x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct ct_trace_reader *reader;
        if (ct_trace_reader_open_files(files, NULL, &reader, NULL) != CT_OK)
            return;
        ct_trace_reader_event_size_max_put(reader, FUZZ_EVENT_SIZE_MAX);
        fuzz_writes(reader, names[i]);
        ct_trace_reader_close(reader);
    }
}

#endif
