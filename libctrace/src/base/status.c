/* Status texts and the two ways to report: a filled-in ct_error, and an abort for our own mistakes.
 *
 * See ctrace/status.h. The abort is the one place where the library writes to stderr: like
 * assert(3), it has nobody left to return to. */
#include "ctrace/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *
ct_status_text(enum ct_status status)
{
    switch (status) {
    case CT_OK:
        return "ok";
    case CT_END:
        return "nothing more";
    case CT_ERR_MEMORY:
        return "memory ran out";
    case CT_ERR_IO:
        return "the system refused to read or write";
    case CT_ERR_FORMAT:
        return "damaged or foreign input";
    case CT_ERR_LIMIT:
        return "a limit was exceeded";
    case CT_ERR_STATE:
        return "not allowed in this state";
    case CT_ERR_NOT_FOUND:
        return "not found";
    }
    return "unknown status";
}

enum ct_status
ct_error_put(struct ct_error *error, enum ct_status status, const char *file, uint64_t offset,
             const char *format, ...)
{
    const int reason = errno; /* before anything below can change it */
    if (error == NULL)
        return status;
    error->status = status;
    error->errno_value = status == CT_ERR_IO ? reason : 0;
    error->offset = offset;
    (void)snprintf(error->file, sizeof error->file, "%s", file != NULL ? file : "");
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

void
ct_check_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
    abort();
}
