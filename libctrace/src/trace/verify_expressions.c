/* Whether trace_expressions.json can be read to its end, and speaks of paths and steps that are
 * there. */
#include "trace/expressions_reader.h"
#include "trace/verify.h"

#include <inttypes.h>

#define FILE_NAME CT_EXPRESSIONS_FILE_NAME

static void
check_paths(struct ct_verify *verify, const struct ct_trace_expressions *list)
{
    const uint64_t path_count = ct_trace_reader_path_count(verify->reader);
    const size_t count = ct_trace_expressions_count(list);
    for (size_t i = 0; i < count; i++) {
        const struct ct_trace_expression *expression =
            ct_trace_expression_at(list, (uint32_t)i);
        if (expression->path_id < path_count)
            continue;
        ct_verify_report(verify, FILE_NAME, 0,
                         "the expression '%.80s' is of path %" PRIu64 ", the trace has %" PRIu64,
                         expression->name, expression->path_id, path_count);
        return;
    }
}

static void
check_steps(struct ct_verify *verify, const struct ct_trace_expressions *list)
{
    const uint64_t step_count = verify->result->counts[CT_TRACE_STEP];
    const uint64_t end = ct_trace_expressions_step_end(list);
    if (end > step_count)
        ct_verify_report(verify, FILE_NAME, 0,
                         "an expression was seen at step %" PRIu64 ", the trace has %" PRIu64,
                         end - 1, step_count);
}

/* What a recording writes of a step, the trace may lack when the recording was cut short. */
enum ct_status
ct_verify_expressions(struct ct_verify *verify, struct ct_file *file)
{
    struct ct_trace_expressions *list = NULL;
    struct ct_error error = {0};
    if (file == NULL)
        return CT_OK;
    const enum ct_status status =
        ct_trace_expressions_read_file(file, verify->alloc, &list, &error);
    if (list != NULL && ct_verify_is_complete(verify) &&
        !ct_trace_reader_is_lossy(verify->reader)) {
        check_paths(verify, list);
        check_steps(verify, list);
    }
    ct_trace_expressions_close(list);
    if (status != CT_ERR_FORMAT && status != CT_ERR_LIMIT)
        return status;
    ct_verify_report_error(verify, &error);
    return CT_OK;
}
