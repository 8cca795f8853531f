/* The `ctrace` command: finds the subcommand and runs it. See ctrace.h. */
#include "ctrace.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#ifndef CTRACE_VERSION
#define CTRACE_VERSION "0.1.0"
#endif

static const char help_text[] =
    "usage: ctrace COMMAND [OPTIONS] TRACE\n"
    "\n"
    "Looks into a recorded trace. TRACE is a .ct file, a trace.json, or a folder that holds one.\n"
    "\n"
    "commands:\n"
    "  diff      tell where two recorded runs part\n"
    "  filter    tell what the recorder's filters decide for a file or method\n"
    "  print     show what the program did, step by step, or a summary of it\n"
    "  query     ask who wrote a variable, who called a method, what a value was, and more\n"
    "  repair    complete a trace whose recording was cut off\n"
    "  verify    check that every reader can rely on the trace\n"
    "\n"
    "options:\n"
    "  -h, --help       this text; 'ctrace COMMAND --help' tells more\n"
    "  -V, --version    the version\n"
    "\n"
    "exit status: 0 all is well, 1 the trace is absent, damaged or has findings, 2 wrong usage\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {{"diff", ctrace_diff_run},
              {"filter", ctrace_filter_run},
              {"print", ctrace_print_run},
              {"query", ctrace_query_run},
              {"repair", ctrace_repair_run},
              {"verify", ctrace_verify_run}};

int
main(int argc, char **argv)
{
    /* A reader that leaves early (head) is no failure: writes then fail with EPIPE, which is
     * quiet. */
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        fputs(help_text, stderr);
        return CTRACE_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        fputs(help_text, stdout);
        return CTRACE_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("ctrace " CTRACE_VERSION);
        return CTRACE_EXIT_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    ctrace_complain("there is no command '%s'; see ctrace --help", argv[1]);
    return CTRACE_EXIT_USAGE;
}
