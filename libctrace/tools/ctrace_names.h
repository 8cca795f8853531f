/* Names and places of a trace as text and as JSON: the same in every command.
 *
 * Paths below the work directory are told from there in text; JSON has them whole. */
#ifndef CTRACE_NAMES_H
#define CTRACE_NAMES_H

#include "ctrace/trace_frames.h"
#include "ctrace_output.h"

void ctrace_put_path(struct ctrace_output *output, const struct ct_trace_reader *reader,
                     uint64_t path_id);
/* A name that is an expression is set off: `a + b`. */
void ctrace_put_name(struct ctrace_output *output, const struct ct_trace_reader *reader,
                     uint64_t name_id);
void ctrace_put_function(struct ctrace_output *output, const struct ct_trace_reader *reader,
                         uint64_t function_id);
/* "path:line". */
void ctrace_put_place(struct ctrace_output *output, const struct ct_trace_reader *reader,
                      const struct ct_trace_place *place);
/* "a=1, b=2", as between the parentheses of a call. */
void ctrace_put_args(struct ctrace_output *output, const struct ct_trace_reader *reader,
                     const struct ct_trace_arg *args, size_t count);

/* As JSON strings; "?" when not defined. */
void ctrace_put_json_path(struct ctrace_output *output, const struct ct_trace_reader *reader,
                          uint64_t path_id);
void ctrace_put_json_name(struct ctrace_output *output, const struct ct_trace_reader *reader,
                          uint64_t name_id);
void ctrace_put_json_function(struct ctrace_output *output, const struct ct_trace_reader *reader,
                              uint64_t function_id);
/* `"step":5,"path":"/a.rb","line":3`, without braces. */
void ctrace_put_json_place(struct ctrace_output *output, const struct ct_trace_reader *reader,
                           const struct ct_trace_place *place);
/* An array of {"name":…,"value":…}. */
void ctrace_put_json_args(struct ctrace_output *output, const struct ct_trace_reader *reader,
                          const struct ct_trace_arg *args, size_t count);

#endif
