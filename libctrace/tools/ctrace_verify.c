/* `ctrace verify`: every breach of the format's rules, one a line. */
#include "ctrace.h"
#include "ctrace/text.h"
#include "ctrace/trace_verify.h"
#include "ctrace_output.h"
#include "ctrace_scan.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static const char help_text[] =
    "usage: ctrace verify [OPTIONS] TRACE\n"
    "\n"
    "Checks every rule that the readers of a trace rely on. Prints one finding a line,\n"
    "FILE:OFFSET: SENTENCE, then 'ok' with the number of events by kind, or 'N findings'.\n"
    "\n"
    "options:\n"
    "  -w, --wait    first wait until no writer holds the trace\n"
    "  -h, --help    this text\n"
    "\n"
    "exit status: 0 no finding, 1 findings or no trace, 2 wrong usage\n";

static void
print_finding(void *context, const struct ct_finding *finding)
{
    struct ctrace_output *output = context;
    ctrace_put_plain(output, finding->file, strlen(finding->file));
    ctrace_put_format(output, ":%" PRIu64 ": ", finding->offset);
    ctrace_put_plain(output, finding->sentence, strlen(finding->sentence));
    ctrace_put_text(output, "\n");
}

static void
print_counts(struct ctrace_output *output, const struct ct_verify_result *result)
{
    ctrace_put_text(output, "ok");
    for (int kind = 0; kind < CT_TRACE_KIND_COUNT; kind++) {
        if (result->counts[kind] > 0)
            ctrace_put_format(output, " %s=%" PRIu64, ct_trace_kind_name((enum ct_trace_kind)kind),
                              result->counts[kind]);
    }
    ctrace_put_text(output, "\n");
}

static int
verify_trace(const char *trace, bool waits)
{
    struct ctrace_output output;
    struct ct_verify_result result;
    struct ct_error error = {0};
    ctrace_output_init(&output, stdout);
    const struct ct_verify_options options = {.finding = print_finding, .context = &output};
    if (waits && !ctrace_scan_wait(trace))
        return CTRACE_EXIT_FAILED;
    if (ct_trace_verify(trace, &options, &result, &error) != CT_OK) {
        fflush(stdout);
        ctrace_complain_error(trace, &error);
        return CTRACE_EXIT_FAILED;
    }
    if (result.finding_count == 0) {
        print_counts(&output, &result);
        return ctrace_output_finish(&output, CTRACE_EXIT_OK);
    }
    ctrace_put_format(&output, "%" PRIu64 " finding%s\n", result.finding_count,
                      ct_plural(result.finding_count));
    return ctrace_output_finish(&output, CTRACE_EXIT_FAILED);
}

int
ctrace_verify_run(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"wait", no_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    bool waits = false;
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, "wh", long_options, NULL)) != -1;) {
        if (letter == 'h') {
            fputs(help_text, stdout);
            return CTRACE_EXIT_OK;
        }
        if (letter != 'w')
            return ctrace_complain_option(argv, letter);
        waits = true;
    }
    if (argc - optind != 1) {
        ctrace_complain("verify takes one trace; see ctrace verify --help");
        return CTRACE_EXIT_USAGE;
    }
    return verify_trace(argv[optind], waits);
}
