/* The text of a recorded line: from the copies of the sources in a trace's folder.
 *
 * A recorder leaves each source as files/<its path> beside the trace, as it was when it ran. The
 * file at the path itself may be another by now and is not looked at. */
#ifndef CTRACE_SOURCE_H
#define CTRACE_SOURCE_H

#include "ctrace/trace_frames.h"
#include "ctrace_output.h"

/* Longer lines are cut: no one reads them to their end in an answer. */
#define CTRACE_SOURCE_SHOWN_MAX 160
#define CTRACE_SOURCE_LINE_MAX  256

struct ctrace_source_line {
    uint64_t path_id;
    int64_t number; /* 0: none is kept */
    size_t size;    /* 0: there is no such line, or it is empty */
    bool is_cut;
    char text[CTRACE_SOURCE_SHOWN_MAX];
};

/* Lines that were shown lately: a loop shows the same few again and again. Zeroed but for the trace
 * at first; nothing is to be released. */
struct ctrace_sources {
    const char *trace; /* borrowed: its path */
    struct ctrace_source_line lines[CTRACE_SOURCE_LINE_MAX];
};

/* Puts the line without the blanks around it, led by `lead` and ended by a newline; nothing when
 * the folder of the trace has no copy. */
void ctrace_put_source(struct ctrace_sources *sources, struct ctrace_output *output,
                       const struct ct_trace_reader *reader, const struct ct_trace_place *place,
                       const char *lead);

#endif
