/* What verify asks of trace_expressions.json beyond ctrace/trace_expressions.h.
 *
 * The file is a borrowed one that is open; results are as those of ct_trace_expressions_open. */
#ifndef CT_TRACE_EXPRESSIONS_READER_H
#define CT_TRACE_EXPRESSIONS_READER_H

#include "ctrace/io.h"
#include "ctrace/trace_expressions.h"

#define CT_EXPRESSIONS_FILE_NAME "trace_expressions.json"

CT_MUST_CHECK enum ct_status ct_trace_expressions_read_file(struct ct_file *file,
                                                            const struct ct_alloc *alloc,
                                                            struct ct_trace_expressions **out_list,
                                                            struct ct_error *error);
/* How many are defined; each is an index of ct_trace_expression_at. */
size_t ct_trace_expressions_count(const struct ct_trace_expressions *list);
/* Steps before this one may have seen some; 0: none has. */
uint64_t ct_trace_expressions_step_end(const struct ct_trace_expressions *list);

#endif
