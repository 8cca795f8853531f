/* The loop over the reader with its complaints, and the writer's lock. See ctrace_scan.h. */
#include "ctrace_scan.h"

#include "ctrace.h"
#include "ctrace/cores.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A trace damaged throughout: the first complaints tell enough. */
#define COMPLAINT_MAX 20
#define PATH_SIZE_MAX 4096

/* ---- the lock ---- */

/* Opens the main file; complains if `is_loud`. */
static int
open_main(const char *trace, bool is_loud)
{
    char path[PATH_SIZE_MAX];
    struct ct_error error = {0};
    if (ct_trace_find(trace, path, sizeof path, &error) != CT_OK) {
        if (is_loud)
            ctrace_complain_error(trace, &error);
        return -1;
    }
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && is_loud)
        ctrace_complain("%s: %s", path, strerror(errno));
    return descriptor;
}

bool
ctrace_scan_is_growing(const char *trace)
{
    const int descriptor = open_main(trace, false);
    if (descriptor < 0)
        return false;
    const bool is_held = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(descriptor);
    return is_held;
}

bool
ctrace_scan_wait(const char *trace)
{
    const int descriptor = open_main(trace, true);
    if (descriptor < 0)
        return false;
    int locked;
    do
        locked = flock(descriptor, LOCK_SH);
    while (locked != 0 && errno == EINTR);
    if (locked != 0)
        ctrace_complain("%s: it cannot be waited for: %s", trace, strerror(errno));
    close(descriptor);
    return locked == 0;
}

/* ---- reading ---- */

bool
ctrace_scan_open(struct ctrace_scan *scan, const char *trace)
{
    struct ct_error error = {0};
    *scan = (struct ctrace_scan){.trace = trace};
    scan->is_growing = ctrace_scan_is_growing(trace);
    if (ct_trace_reader_open(trace, NULL, &scan->reader, &error) != CT_OK) {
        ctrace_complain_error(trace, &error);
        return false;
    }
    scan->metadata = ct_trace_reader_metadata(scan->reader);
    return true;
}

/* On one core a second thread only costs. CTRACE_THREADS is for tests. */
static bool
has_second_core(void)
{
    const char *wanted = getenv("CTRACE_THREADS");
    return wanted != NULL ? strcmp(wanted, "1") != 0 : ct_core_count() > 1;
}

bool
ctrace_scan_open_ahead(struct ctrace_scan *scan, const char *trace)
{
    if (!ctrace_scan_open(scan, trace))
        return false;
    ct_trace_reader_ahead_put(scan->reader, has_second_core());
    return true;
}

void
ctrace_scan_close(struct ctrace_scan *scan)
{
    ct_trace_reader_close(scan->reader);
    *scan = (struct ctrace_scan){0};
}

void
ctrace_scan_complain(struct ctrace_scan *scan, const struct ct_error *error)
{
    scan->complaint_count++;
    if (scan->complaint_count <= COMPLAINT_MAX)
        ctrace_complain_error(scan->trace, error);
    else if (scan->complaint_count == COMPLAINT_MAX + 1)
        ctrace_complain("%s: there is more; 'ctrace verify' lists it all", scan->trace);
}

bool
ctrace_scan_stop(struct ctrace_scan *scan, enum ct_status status)
{
    scan->has_failed = true;
    ctrace_complain("%s: %s", scan->trace, ct_status_text(status));
    return false;
}

bool
ctrace_scan_next(struct ctrace_scan *scan, struct ct_trace_event *out_event)
{
    for (;;) {
        struct ct_error error;
        const enum ct_status status = ct_trace_reader_next(scan->reader, out_event, &error);
        scan->is_complete = status == CT_END;
        if (status == CT_OK && out_event->damage == NULL)
            return true;
        if (status == CT_ERR_FORMAT || status == CT_ERR_LIMIT) {
            ctrace_scan_complain(scan, &error);
            continue;
        }
        if (status != CT_OK && status != CT_END)
            return ctrace_scan_stop(scan, status);
        if (status == CT_OK && out_event->damage != NULL)
            ctrace_scan_complain(scan, out_event->damage);
        return status == CT_OK;
    }
}

int
ctrace_scan_finish(struct ctrace_scan *scan, size_t open_count, int exit_status)
{
    const struct ct_error *error = &scan->metadata->error;
    if (error->status != CT_OK)
        ctrace_complain_error(scan->trace, error);
    if (scan->is_complete && scan->is_growing)
        ctrace_complain("%s: it is still being recorded: this is as far as it goes now",
                        scan->trace);
    else if (scan->is_complete && open_count > 0)
        ctrace_complain("%s: the recording was cut short: %zu of its calls never return%s",
                        scan->trace, open_count, open_count == 1 ? "s" : "");
    if (error->status != CT_OK || scan->has_failed || scan->complaint_count > 0)
        return CTRACE_EXIT_FAILED;
    return exit_status;
}
