/* The printers of `ctrace print`: one file each. Each init gives one printer, ready to walk.
 *
 * A printer sees the events in order and the walk's state (ctrace_walk.h), and keeps no more than
 * the line it has begun. A new form of output is a new file here and one option in ctrace_print.c.
 * */
#ifndef CTRACE_PRINTERS_H
#define CTRACE_PRINTERS_H

#include "ctrace/trace_frames.h"
#include "ctrace_expressions.h"
#include "ctrace_instructions.h"
#include "ctrace_source.h"
#include "ctrace_walk.h"

/* Lines with indentation, for people. */
struct ctrace_text_printer {
    struct ctrace_printer printer;
    bool is_line_open; /* it waits for values */
    bool is_step_open; /* and is a step's */
    bool shows_source; /* under each step its line of the program */
    struct ct_trace_place place; /* of the step */
    struct ctrace_sources sources;
    struct ctrace_expressions *expressions; /* a line each; NULL: among the variables */
    struct ctrace_instructions *instructions; /* of each step behind all else; NULL: none */
    bool has_step; /* one was printed: at its end come its instructions */
};
void ctrace_text_printer_init(struct ctrace_text_printer *printer, bool shows_source,
                              struct ctrace_expressions *expressions,
                              struct ctrace_instructions *instructions);

/* One JSON object a line. */
struct ctrace_json_printer {
    struct ctrace_printer printer;
    bool is_step_open; /* a step's object waits for its values */
    bool has_value;
    struct ctrace_expressions *expressions;
    struct ctrace_instructions *instructions; /* as above */
    bool has_step;
};
void ctrace_json_printer_init(struct ctrace_json_printer *printer,
                              struct ctrace_expressions *expressions,
                              struct ctrace_instructions *instructions);

/* The canonical form, one line an event. */
void ctrace_events_printer_init(struct ctrace_printer *printer);

/* Counts; ctrace_summary_print says them after the walk. */
struct ctrace_summary_printer {
    struct ctrace_printer printer;
    uint64_t *calls; /* by function id */
    size_t call_capacity;
};
void ctrace_summary_printer_init(struct ctrace_summary_printer *printer);
void ctrace_summary_print(struct ctrace_summary_printer *printer, struct ctrace_walk *walk);
/* Before the walk: counts what the trace's index tells, behind which the walk then begins. */
bool ctrace_summary_seek(struct ctrace_summary_printer *printer, struct ctrace_walk *walk);
void ctrace_summary_printer_release(struct ctrace_summary_printer *printer);

/* "stdout", "raise", …: what an event of this kind is called in text and JSON. */
const char *ctrace_event_kind_name(uint64_t event_kind);

#endif
