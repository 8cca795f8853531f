/* What the files of the `ctrace` command share: its subcommands, its exit statuses, its complaints.
 *
 * A subcommand complains on stderr and returns the exit status; none exits by itself, so that
 * output is flushed in one place. The tool uses the library's public headers only. */
#ifndef CTRACE_TOOL_H
#define CTRACE_TOOL_H

#include "ctrace/status.h"

enum ctrace_exit {
    CTRACE_EXIT_OK = 0,
    CTRACE_EXIT_FAILED = 1, /* the trace is damaged, absent, or has findings */
    CTRACE_EXIT_USAGE = 2
};

/* Each subcommand gets its own name as argv[0]. */
int ctrace_diff_run(int argc, char **argv);
int ctrace_filter_run(int argc, char **argv);
int ctrace_print_run(int argc, char **argv);
int ctrace_query_run(int argc, char **argv);
int ctrace_repair_run(int argc, char **argv);
int ctrace_verify_run(int argc, char **argv);

/* One line on stderr, led by "ctrace: "; control characters escaped. */
/* stdout is flushed before, so that both keep their order. */
void ctrace_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same about a trace, with the error's file and offset where it has them. */
void ctrace_complain_error(const char *trace, const struct ct_error *error);

/* About the option at which getopt_long stopped with `letter`, '?' or ':'. The exit status. */
int ctrace_complain_option(char **argv, int letter);

#endif
