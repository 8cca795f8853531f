/* Whether trace.instructions can be read to its end, and speaks of steps that are there. */
#include "ctrace/trace_instructions.h"
#include "trace/instructions_format.h"
#include "trace/verify.h"

#include <inttypes.h>
#include <string.h>

#define FILE_NAME CT_INSTRUCTIONS_FILE_NAME

static enum ct_status
check_runs(struct ct_verify *verify, struct ct_trace_instructions *list, struct ct_error *error)
{
    const uint64_t step_count = verify->result->counts[CT_TRACE_STEP];
    struct ct_trace_instruction run;
    for (;;) {
        const enum ct_status status = ct_trace_instructions_next(list, &run, error);
        if (status == CT_END)
            break;
        CT_TRY(status);
        if (run.at >= step_count && ct_verify_is_complete(verify) &&
            !ct_trace_reader_is_lossy(verify->reader)) {
            ct_verify_report(verify, FILE_NAME, ct_trace_instructions_count(list) - 1,
                             "an instruction ran at step %" PRIu64 ", the trace has %" PRIu64,
                             run.at, step_count);
            return CT_OK;
        }
    }
    if (ct_trace_instructions_is_cut(list) && ct_verify_is_complete(verify))
        ct_verify_report(verify, FILE_NAME, 0, "the file ends within a chunk");
    return CT_OK;
}

enum ct_status
ct_verify_instructions(struct ct_verify *verify, struct ct_file *file)
{
    struct ct_trace_instructions *list = NULL;
    struct ct_error error = {0};
    if (file == NULL)
        return CT_OK;
    enum ct_status status = ct_trace_instructions_read(file, verify->alloc, &list, &error);
    if (status == CT_OK)
        status = check_runs(verify, list, &error);
    ct_trace_instructions_close(list);
    if (status != CT_ERR_FORMAT && status != CT_ERR_LIMIT)
        return status;
    ct_verify_report_error(verify, &error);
    return CT_OK;
}
