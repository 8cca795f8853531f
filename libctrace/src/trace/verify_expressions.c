/* Whether trace_expressions.json can be read to its end, and speaks of paths and steps that are
 * there. None of it is kept: the file may be far larger than memory. */
#include "trace/expression_elements.h"
#include "trace/verify.h"

#include <inttypes.h>

#define FILE_NAME CT_EXPRESSIONS_FILE_NAME

/* Whether it is of a path that the trace has. */
static bool
check_path(struct ct_verify *verify, const struct ct_trace_expression *expression)
{
    const uint64_t path_count = ct_trace_reader_path_count(verify->reader);
    if (expression->path_id < path_count)
        return true;
    ct_verify_report(verify, FILE_NAME, 0,
                     "the expression '%.80s' is of path %" PRIu64 ", the trace has %" PRIu64,
                     expression->name, expression->path_id, path_count);
    return false;
}

static void
check_steps(struct ct_verify *verify, uint64_t step_end)
{
    const uint64_t step_count = verify->result->counts[CT_TRACE_STEP];
    if (step_end > step_count)
        ct_verify_report(verify, FILE_NAME, 0,
                         "an expression was seen at step %" PRIu64 ", the trace has %" PRIu64,
                         step_end - 1, step_count);
}

/* What a recording writes of a step, the trace may lack when the recording was cut short. */
static enum ct_status
check_elements(struct ct_verify *verify, struct ct_expression_elements *elements,
               struct ct_error *error)
{
    const bool has_all =
        ct_verify_is_complete(verify) && !ct_trace_reader_is_lossy(verify->reader);
    struct ct_expression_element element;
    bool has_paths = true; /* one without is enough to be told */
    enum ct_status status;
    while ((status = ct_expression_elements_next(elements, &element, error)) == CT_OK) {
        if (has_all && has_paths && !element.is_step)
            has_paths = check_path(verify, &element.expression);
    }
    if (has_all)
        check_steps(verify, elements->step_end);
    return status;
}

enum ct_status
ct_verify_expressions(struct ct_verify *verify, struct ct_file *file)
{
    struct ct_expression_elements elements;
    struct ct_error error = {0};
    if (file == NULL)
        return CT_OK;
    enum ct_status status = ct_expression_elements_init(&elements, file, verify->alloc);
    if (status == CT_OK)
        status = check_elements(verify, &elements, &error);
    ct_expression_elements_release(&elements);
    if (status == CT_ERR_FORMAT || status == CT_ERR_LIMIT)
        ct_verify_report_error(verify, &error);
    else if (status != CT_END)
        return status;
    return CT_OK;
}
