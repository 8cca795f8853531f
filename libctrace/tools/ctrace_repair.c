/* `ctrace repair`: a whole trace of one that was cut off. See ctrace/trace_repair.h.
 *
 * The new trace is written into a folder of its own and verified there; only then, and only with
 * --in-place, its files take the place of the old ones, the main file last. */
#include "ctrace.h"
#include "ctrace/text.h"
#include "ctrace/trace_repair.h"
#include "ctrace/trace_verify.h"
#include "ctrace_output.h"
#include "ctrace_scan.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE_MAX 4096
#define WORK_FOLDER   ".repair"

static const char help_text[] =
    "usage: ctrace repair [OPTIONS] TRACE\n"
    "\n"
    "Makes a whole trace of one whose recording was cut off: what can be read of it, with the\n"
    "calls that were open ended, and lists, index and metadata as they belong. What lies behind\n"
    "a part that cannot be read is left out, and so is what trace_expressions.json and\n"
    "trace.instructions have of it. Says what it did. A trace without a fault is left alone.\n"
    "\n"
    "options:\n"
    "  -o, --out DIR   write the new trace to DIR, which is empty or not there yet\n"
    "      --in-place  put the new trace in the place of TRACE\n"
    "  -h, --help      this text\n"
    "\n"
    "exit status: 0 there is a whole trace now, 1 there is none, 2 wrong usage\n";

struct repair_request {
    const char *trace;
    const char *out; /* NULL: in place */
    char main[PATH_SIZE_MAX];
    char folder[PATH_SIZE_MAX]; /* that the trace is in */
    char target[PATH_SIZE_MAX]; /* that the new one is written to */
};

/* ---- folders ---- */

static bool
is_empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    bool is_empty = true;
    if (folder == NULL)
        return errno == ENOENT;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        is_empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(folder);
    return is_empty;
}

static bool
put_path(char out_path[PATH_SIZE_MAX], const char *folder, const char *name)
{
    const int size = snprintf(out_path, PATH_SIZE_MAX, "%s/%s", folder, name);
    if (size < PATH_SIZE_MAX)
        return true;
    ctrace_complain("%s: the path is too long", folder);
    return false;
}

/* Where everything is. Complains. */
static bool
find_places(struct repair_request *request)
{
    struct ct_error error = {0};
    if (ct_trace_find(request->trace, request->main, sizeof request->main, &error) != CT_OK) {
        ctrace_complain_error(request->trace, &error);
        return false;
    }
    const char *slash = strrchr(request->main, '/');
    const size_t size = slash == NULL ? 0 : (size_t)(slash - request->main);
    memcpy(request->folder, slash == NULL ? "." : request->main, slash == NULL ? 2 : size);
    if (slash != NULL)
        request->folder[size] = '\0';
    if (slash == request->main)
        strcpy(request->folder, "/");
    if (request->out == NULL)
        return put_path(request->target, request->folder, WORK_FOLDER);
    if (!is_empty_folder(request->out)) {
        ctrace_complain("%s: it is no empty folder; nothing is written there", request->out);
        return false;
    }
    return snprintf(request->target, sizeof request->target, "%s", request->out) <
           PATH_SIZE_MAX;
}

static const char *
main_name(const struct repair_request *request)
{
    const char *slash = strrchr(request->main, '/');
    return slash == NULL ? request->main : slash + 1;
}

/* ---- putting it in place ---- */

/* The name of the new trace's main file is that of the layout. */
static bool
move_file(const struct repair_request *request, const char *name, const char *new_name)
{
    char from[PATH_SIZE_MAX], to[PATH_SIZE_MAX];
    if (!put_path(from, request->target, name) || !put_path(to, request->folder, new_name))
        return false;
    if (rename(from, to) == 0 || errno == ENOENT)
        return true;
    ctrace_complain("%s: %s", to, strerror(errno));
    return false;
}

/* What the new trace has not, none is to find beside it. */
static bool
replace_file(const struct repair_request *request, const char *name)
{
    char from[PATH_SIZE_MAX], to[PATH_SIZE_MAX];
    if (!put_path(from, request->target, name) || !put_path(to, request->folder, name))
        return false;
    if (access(from, F_OK) == 0)
        return move_file(request, name, name);
    if (unlink(to) == 0 || errno == ENOENT)
        return true;
    ctrace_complain("%s: %s", to, strerror(errno));
    return false;
}

static bool
replace_company(const struct repair_request *request)
{
    return !ct_trace_has_company(request->main) ||
           (replace_file(request, "trace_expressions.json") &&
            replace_file(request, "trace.instructions") &&
            replace_file(request, "trace_info.json"));
}

/* The main file comes last, under the name that it had. */
static bool
move_trace(const struct repair_request *request)
{
    const char *name = main_name(request);
    const bool is_moved = move_file(request, "trace_paths.json", "trace_paths.json") &&
                          move_file(request, "trace_metadata.json", "trace_metadata.json") &&
                          replace_company(request) &&
                          move_file(request, "trace.json", name) &&
                          move_file(request, "trace.ct", name);
    if (is_moved)
        (void)rmdir(request->target);
    return is_moved;
}

/* ---- telling ---- */

static void
put_left_out(uint64_t count, const char *one, const char *many)
{
    if (count > 0)
        printf("left out: %" PRIu64 " %s\n", count, count == 1 ? one : many);
}

static void
tell_loss(const struct ct_error *loss)
{
    printf("left out: what is behind %s:%" PRIu64 ": %s\n", loss->file, loss->offset,
           loss->message);
}

static void
tell_part(const struct ct_repair_part *part, const char *name)
{
    if (!part->is_present)
        return;
    if (part->is_kept)
        printf("taken over: %s%s\n", name,
               part->is_shortened ? ", without what is of steps that are not whole" : "");
    else
        printf("left out: %s: %s\n", name, part->loss.message);
    if (part->is_kept && part->is_cut)
        tell_loss(&part->loss);
}

static void
tell_result(const struct repair_request *request, const struct ct_trace_facts *facts,
            const struct ct_repair_result *result)
{
    const struct ct_trace_counts *counts = &result->counts;
    printf("%s: %" PRIu64 " step%s, %" PRIu64 " call%s, %" PRIu64 " event%s\n",
           request->out != NULL ? request->out : request->trace, counts->step_count,
           ct_plural(counts->step_count), counts->call_count, ct_plural(counts->call_count),
           counts->event_count, ct_plural(counts->event_count));
    if (result->closed_count > 0)
        printf("ended: %" PRIu64 " %s open\n", result->closed_count,
               result->closed_count == 1 ? "call that was" : "calls that were");
    put_left_out(result->damaged_count, "value or event that could not be read",
                 "values and events that could not be read");
    put_left_out(result->unknown_count, "event of a kind that our recorders do not write",
                 "events of kinds that our recorders do not write");
    if (result->is_cut)
        tell_loss(&result->loss);
    if (result->is_nameless)
        printf("not known: which recording it is\n");
    if (result->has_facts)
        printf("completed: trace_info.json\n");
    else if (facts->is_present)
        printf("left out: trace_info.json, which does not say what it should\n");
    tell_part(&result->expressions, "trace_expressions.json");
    tell_part(&result->instructions, "trace.instructions");
}

/* ---- the work ---- */

static bool
is_sound(const char *trace)
{
    const struct ct_verify_options options = {.finding = NULL};
    struct ct_verify_result result;
    return ct_trace_verify(trace, &options, &result, NULL) == CT_OK && result.finding_count == 0;
}

/* The pure recorder holds no lock: whether it is at work its process tells. */
static bool
is_written_by_program(const struct ct_trace_facts *facts)
{
    return strcmp(facts->backend, "pure") == 0 && facts->pid > 0 && facts->pid <= INT32_MAX &&
           (kill((pid_t)facts->pid, 0) == 0 || errno == EPERM);
}

static bool
complain_growing(const struct repair_request *request)
{
    ctrace_complain("%s: it is being recorded", request->trace);
    return false;
}

/* What is being recorded is left alone. A trace with no fault needs nothing, unless its
 * trace_info.json waits for an end that nobody saw. */
static bool
needs_repair(const struct repair_request *request, const struct ct_trace_reader *reader,
             int *out_exit_status)
{
    const struct ct_trace_facts *facts = ct_trace_reader_facts(reader);
    const bool is_waiting = strcmp(facts->state, "recording") == 0;
    *out_exit_status = CTRACE_EXIT_FAILED;
    if (is_waiting && is_written_by_program(facts))
        return complain_growing(request);
    *out_exit_status = CTRACE_EXIT_OK;
    if (is_waiting || !is_sound(request->trace))
        return true;
    printf("%s: nothing is missing; nothing is written\n", request->trace);
    return false;
}

static enum ct_status
write_new(const struct repair_request *request, struct ct_trace_reader *reader,
          struct ct_repair_result *out_result, struct ct_error *error)
{
    struct ct_repair_options options = {.is_alone = !ct_trace_has_company(request->main),
                                        .without_sources = request->out == NULL};
    struct ct_folder *target = NULL;
    enum ct_status status = ct_folder_open(request->folder, false, NULL, &options.from, error);
    if (status == CT_OK)
        status = ct_folder_open(request->target, true, NULL, &target, error);
    if (status == CT_OK)
        status = ct_trace_repair(reader, target, &options, out_result, error);
    ct_folder_close(target);
    ct_folder_close(options.from);
    return status;
}

/* Nothing half-done is left behind. */
static int
give_up(const struct repair_request *request, const struct ct_error *error)
{
    static const char *const names[] = {
        "trace.ct",        "trace.json", "trace_paths.json",       "trace_metadata.json",
        "trace_info.json", "files",      "trace_expressions.json", "trace.instructions"};
    struct ct_folder *target;
    if (error != NULL)
        ctrace_complain_error(request->trace, error);
    if (ct_folder_open(request->target, false, NULL, &target, NULL) != CT_OK)
        return CTRACE_EXIT_FAILED;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)!target->ops->remove(target, names[i]);
    ct_folder_close(target);
    (void)rmdir(request->target);
    return CTRACE_EXIT_FAILED;
}

static int
repair_open(struct repair_request *request, struct ct_trace_reader *reader)
{
    struct ct_repair_result result;
    struct ct_error error = {0};
    int exit_status = CTRACE_EXIT_FAILED;
    if (!needs_repair(request, reader, &exit_status))
        return exit_status;
    if (write_new(request, reader, &result, &error) != CT_OK)
        return give_up(request, &error);
    if (!is_sound(request->target)) {
        ctrace_complain("%s: what can be read of it is no sound trace", request->trace);
        return give_up(request, NULL);
    }
    if (request->out == NULL && !move_trace(request))
        return give_up(request, NULL);
    tell_result(request, ct_trace_reader_facts(reader), &result);
    return fflush(stdout) == 0 ? CTRACE_EXIT_OK : CTRACE_EXIT_FAILED;
}

static int
repair_trace(struct repair_request *request)
{
    struct ct_trace_reader *reader;
    struct ct_error error = {0};
    if (!find_places(request) ||
        (ctrace_scan_is_growing(request->trace) && !complain_growing(request)))
        return CTRACE_EXIT_FAILED;
    if (ct_trace_reader_open(request->trace, NULL, &reader, &error) != CT_OK) {
        ctrace_complain_error(request->trace, &error);
        return CTRACE_EXIT_FAILED;
    }
    const int exit_status = repair_open(request, reader);
    ct_trace_reader_close(reader);
    return exit_status;
}

int
ctrace_repair_run(int argc, char **argv)
{
    static const struct option long_options[] = {{"out", required_argument, NULL, 'o'},
                                                 {"in-place", no_argument, NULL, 'i'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {NULL, 0, NULL, 0}};
    struct repair_request request = {.trace = NULL};
    bool is_in_place = false;
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, ":o:h", long_options, NULL)) != -1;) {
        if (letter == 'h') {
            fputs(help_text, stdout);
            return CTRACE_EXIT_OK;
        }
        if (letter != 'o' && letter != 'i')
            return ctrace_complain_option(argv, letter);
        if (letter == 'o')
            request.out = optarg;
        is_in_place |= letter == 'i';
    }
    if (argc - optind != 1) {
        ctrace_complain("repair takes one trace; see ctrace repair --help");
        return CTRACE_EXIT_USAGE;
    }
    if (is_in_place == (request.out != NULL)) {
        ctrace_complain("repair needs --out DIR or --in-place, and not both");
        return CTRACE_EXIT_USAGE;
    }
    request.trace = argv[optind];
    return repair_trace(&request);
}
