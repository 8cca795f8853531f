/* ct-writer: the process that writes a trace while a program runs. Started by a recorder; see
 * ct_writer.h. Steps: 1 arguments; 2 out of the way of the terminal and its signals; 3 map the
 * spool; 4 write until the program is over. */
#include "ct_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#ifndef CTRACE_VERSION
#define CTRACE_VERSION "0.1.0"
#endif

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static const char help_text[] =
    "usage: ct-writer MEMORY_FD LIFE_FD PROGRAM_PID\n"
    "\n"
    "Writes the trace of a program that is being recorded. A recorder starts it; there is no use "
    "in\n"
    "starting it by hand.\n"
    "\n"
    "  MEMORY_FD    the shared memory that the recorder fills\n"
    "  LIFE_FD      one end of a socket whose other end the program holds\n"
    "  PROGRAM_PID  the program\n"
    "\n"
    "options:\n"
    "  -h, --help       this text\n"
    "  -V, --version    the version\n"
    "\n"
    "exit status: 0 the trace is complete, 1 it is not (the recorder says why), 2 wrong usage\n";

/* A descriptor or a pid; -1 for anything else. */
static int
parse_number(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    return end == text || *end != '\0' || number < 0 || number > INT_MAX ? -1 : (int)number;
}

/* Files that are opened later must not become 0, 1 or 2. */
static void
occupy_standard_descriptors(void)
{
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2)
        fd = open("/dev/null", O_RDWR);
    if (fd > 2)
        close(fd);
}

/* What ends the program (Ctrl-C, a hang-up, a shutdown) must not end its witness: the pipe tells.
 * The starter had all signals blocked. */
static void
ignore_signals(void)
{
    const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ, SIGTSTP, SIGTTOU};
    sigset_t none;
    signal(SIGCHLD, SIG_IGN); /* nobody waits for a child's writer */
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

#ifdef __linux__
static void
take_name(void)
{
    (void)prctl(PR_SET_NAME, "ct-writer");
}

/* Ruby does without, for itself and what it starts. */
static void
allow_large_pages(void)
{
    (void)prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}
#else
static void
take_name(void)
{
}

static void
allow_large_pages(void)
{
}
#endif

static int
run_writer(int memory_fd, int life_fd, int program_pid)
{
    struct ct_spool_consumer spool;
    struct ct_writer_life life;
    occupy_standard_descriptors();
    (void)setsid(); /* fails when it leads a session already, which is as good */
    ignore_signals();
    take_name();
    allow_large_pages();
    ct_writer_life_init(&life, life_fd, program_pid);
    if (ct_spool_consumer_open(&spool, memory_fd) != CT_OK)
        return EXIT_FAILED; /* without the spool there is nobody to tell; the starter notices */
    enum ct_status status = ct_writer_record(&spool, memory_fd, &life);
    ct_spool_consumer_close(&spool);
    close(memory_fd);
    return status == CT_OK ? EXIT_DONE : EXIT_FAILED;
}

int
main(int argc, char **argv)
{
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(help_text, stdout);
        return EXIT_DONE;
    }
    if (argc == 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        puts("ct-writer " CTRACE_VERSION);
        return EXIT_DONE;
    }
    if (argc != 4) {
        fputs(help_text, stderr);
        return EXIT_USAGE;
    }
    int memory_fd = parse_number(argv[1]), life_fd = parse_number(argv[2]);
    int program_pid = parse_number(argv[3]);
    if (memory_fd < 0 || life_fd < 0 || program_pid < 0) {
        fputs("ct-writer: descriptors and pid are numbers; see ct-writer --help\n", stderr);
        return EXIT_USAGE;
    }
    return run_writer(memory_fd, life_fd, program_pid);
}
