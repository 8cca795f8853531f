/* `ctrace print`: options, then one walk with the printer that was asked for. */
#include "ctrace.h"
#include "ctrace_printers.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "usage: ctrace print [OPTIONS] TRACE\n"
    "\n"
    "Shows what the recorded program did: each step as its number, its place and the values of\n"
    "its variables, with calls, returns, output and exceptions between them, indented by depth.\n"
    "\n"
    "options:\n"
    "  -s, --summary        what was recorded, how much of it, which functions were called most\n"
    "  -n, --steps RANGE    only these steps: A..B, A.., ..B or N, numbered from 0, B included;\n"
    "                       backwards when A is greater than B\n"
    "  -t, --thread N       only what this thread or fiber did, as if alone: 0 is the main one;\n"
    "                       'thread 3 starts' tells the others' numbers\n"
    "  -x, --expressions    values of expressions on lines of their own, in the order in which\n"
    "                       they came about, with their lines and columns, further in the more is\n"
    "                       around them (of a recording with --expressions); with --json their\n"
    "                       values have expression: kind, line, column, last_line, last_column,\n"
    "                       depth, part\n"
    "  -i, --instructions   behind each step the instructions of the VM that ran before the next\n"
    "                       one, and what stood on top of the stack before each (of a recording\n"
    "                       with --instructions); with --json as events of their own: of_step,\n"
    "                       code_id, label, path, line, position, opcode, operands, stack_top\n"
    "  -S, --source         under each step its line of the program, from the copies in the trace\n"
    "  -j, --json           one JSON object a line: event (step, call, return, output, thread),\n"
    "                       step, depth, and by event path, line, values, function, args, value,\n"
    "                       kind, metadata, text, thread, state\n"
    "  -e, --events         the canonical form, one line an event, to compare two readers or two\n"
    "                       traces; names in it are not escaped\n"
    "  -h, --help           this text\n"
    "\n"
    "A damaged or interrupted trace is printed as far as it can be read; what is missing is said\n"
    "on stderr.\n"
    "\n"
    "exit status: 0 all was read, 1 something could not be read, 2 wrong usage\n";

enum form { FORM_TEXT, FORM_JSON, FORM_EVENTS, FORM_SUMMARY };

struct print_options {
    enum form form;
    bool has_form;
    bool has_steps;
    bool has_thread;
    bool shows_source;
    bool shows_expressions;
    bool shows_instructions;
    uint64_t first; /* as written: first > last means backwards */
    uint64_t last;
    uint64_t thread_id;
};

/* ---- options ---- */

/* Digits at *text, advanced behind them; false when there are none or too many. */
static bool
parse_number(const char **text, uint64_t *out_number)
{
    char *end;
    if (!isdigit((unsigned char)**text))
        return false;
    errno = 0;
    *out_number = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0;
}

static bool
parse_steps(const char *text, struct print_options *options)
{
    options->first = 0;
    options->last = UINT64_MAX;
    options->has_steps = true;
    const bool has_first = isdigit((unsigned char)*text);
    if (has_first && !parse_number(&text, &options->first))
        return false;
    if (has_first && *text == '\0') {
        options->last = options->first;
        return true;
    }
    if (strncmp(text, "..", 2) != 0)
        return false;
    text += 2;
    if (*text == '\0')
        return has_first;
    return parse_number(&text, &options->last) && *text == '\0';
}

static bool
parse_thread(const char *text, struct print_options *options)
{
    options->has_thread = true;
    return parse_number(&text, &options->thread_id) && *text == '\0';
}

/* Two forms at once are a contradiction. */
static bool
take_form(struct print_options *options, enum form form)
{
    const bool is_free = !options->has_form || options->form == form;
    options->form = form;
    options->has_form = true;
    if (!is_free)
        ctrace_complain("--json, --events and --summary exclude each other");
    return is_free;
}

static bool
take_option(struct print_options *options, int letter)
{
    switch (letter) {
    case 's':
        return take_form(options, FORM_SUMMARY);
    case 'S':
        options->shows_source = true;
        return true;
    case 'x':
        options->shows_expressions = true;
        return true;
    case 'i':
        options->shows_instructions = true;
        return true;
    case 'j':
        return take_form(options, FORM_JSON);
    case 'e':
        return take_form(options, FORM_EVENTS);
    case 'n':
        if (parse_steps(optarg, options))
            return true;
        ctrace_complain("--steps takes A..B, A.., ..B or a number, not '%s'", optarg);
        return false;
    case 't':
        if (parse_thread(optarg, options))
            return true;
        ctrace_complain("--thread takes a number, not '%s'", optarg);
        return false;
    default:
        return false;
    }
}

/* ---- printing ---- */

static void
set_steps(struct ctrace_walk *walk, const struct print_options *options)
{
    if (!options->has_steps)
        return;
    walk->is_backward = options->first > options->last;
    walk->step_first = walk->is_backward ? options->last : options->first;
    walk->step_last = walk->is_backward ? options->first : options->last;
}

static int
print_form(struct ctrace_walk *walk, const struct print_options *options,
           struct ctrace_expressions *expressions, struct ctrace_instructions *instructions)
{
    struct ctrace_text_printer text;
    struct ctrace_json_printer json;
    struct ctrace_printer events;
    struct ctrace_summary_printer summary;
    int exit_status;
    switch (options->form) {
    case FORM_JSON:
        ctrace_json_printer_init(&json, expressions, instructions);
        return ctrace_walk_run(walk, &json.printer);
    case FORM_EVENTS:
        ctrace_events_printer_init(&events);
        return ctrace_walk_run(walk, &events);
    case FORM_SUMMARY:
        ctrace_summary_printer_init(&summary);
        exit_status = ctrace_summary_seek(&summary, walk)
                          ? ctrace_walk_run(walk, &summary.printer)
                          : CTRACE_EXIT_FAILED;
        ctrace_summary_print(&summary, walk);
        ctrace_summary_printer_release(&summary);
        return exit_status;
    case FORM_TEXT:
        break;
    }
    ctrace_text_printer_init(&text, options->shows_source,
                             options->shows_expressions ? expressions : NULL, instructions);
    return ctrace_walk_run(walk, &text.printer);
}

/* With what stands beside the trace. */
static int
print_parts(struct ctrace_walk *walk, const struct print_options *options)
{
    struct ctrace_expressions expressions = {0};
    struct ctrace_instructions instructions = {0};
    if (options->shows_instructions &&
        !ctrace_instructions_open(&instructions, walk->scan.trace, walk->step_first))
        return CTRACE_EXIT_FAILED;
    if (options->shows_expressions)
        ctrace_expressions_open(&expressions, walk->scan.trace);
    int exit_status = print_form(walk, options, &expressions,
                                 options->shows_instructions ? &instructions : NULL);
    exit_status = ctrace_output_finish(&walk->output, exit_status);
    if (options->shows_instructions && walk->scan.is_complete && !walk->is_backward)
        ctrace_instructions_end(&instructions, walk);
    if (instructions.has_failed)
        exit_status = CTRACE_EXIT_FAILED;
    ctrace_instructions_close(&instructions);
    ctrace_expressions_close(&expressions);
    return exit_status;
}

static int
print_walk(struct ctrace_walk *walk, const struct print_options *options)
{
    set_steps(walk, options);
    if (options->has_thread && !ctrace_walk_thread_put(walk, options->thread_id)) {
        ctrace_scan_stop(&walk->scan, CT_ERR_MEMORY);
        return CTRACE_EXIT_FAILED;
    }
    struct ct_trace_position position;
    if (walk->step_first > 0 && walk->frames == NULL &&
        !ctrace_walk_seek(walk, walk->step_first, &position))
        return CTRACE_EXIT_FAILED;
    const int exit_status = print_parts(walk, options);
    if (walk->frames == NULL || walk->is_thread_met || !walk->scan.is_complete)
        return exit_status;
    ctrace_complain("%s: there is no thread %" PRIu64 " in it", walk->scan.trace, walk->thread_id);
    return CTRACE_EXIT_FAILED;
}

static int
print_trace(const char *trace, const struct print_options *options)
{
    struct ctrace_walk walk;
    if (!ctrace_walk_open(&walk, trace))
        return CTRACE_EXIT_FAILED;
    int exit_status = print_walk(&walk, options);
    exit_status = ctrace_scan_finish(&walk.scan, walk.depth, exit_status);
    ctrace_walk_close(&walk);
    return exit_status;
}

int
ctrace_print_run(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"summary", no_argument, NULL, 's'},      {"steps", required_argument, NULL, 'n'},
        {"thread", required_argument, NULL, 't'}, {"json", no_argument, NULL, 'j'},
        {"events", no_argument, NULL, 'e'},       {"source", no_argument, NULL, 'S'},
        {"help", no_argument, NULL, 'h'},         {"expressions", no_argument, NULL, 'x'},
        {"instructions", no_argument, NULL, 'i'}, {NULL, 0, NULL, 0}};
    struct print_options options = {0};
    opterr = 0;
    static const char letters[] = ":sn:t:Sxijeh";
    for (int letter; (letter = getopt_long(argc, argv, letters, long_options, NULL)) != -1;) {
        if (letter == 'h') {
            fputs(help_text, stdout);
            return CTRACE_EXIT_OK;
        }
        if (letter == '?' || letter == ':')
            return ctrace_complain_option(argv, letter);
        if (!take_option(&options, letter))
            return CTRACE_EXIT_USAGE;
    }
    if (argc - optind != 1) {
        ctrace_complain("print takes one trace; see ctrace print --help");
        return CTRACE_EXIT_USAGE;
    }
    if (options.form != FORM_TEXT && options.shows_source) {
        ctrace_complain("--source goes with none of --json, --events and --summary");
        return CTRACE_EXIT_USAGE;
    }
    if ((options.form == FORM_EVENTS || options.form == FORM_SUMMARY) &&
        (options.shows_expressions || options.shows_instructions)) {
        ctrace_complain("--%s goes with neither --events nor --summary",
                        options.shows_expressions ? "expressions" : "instructions");
        return CTRACE_EXIT_USAGE;
    }
    if (options.form == FORM_SUMMARY && (options.has_steps || options.has_thread)) {
        ctrace_complain("--summary is of the whole trace: it takes no --steps and no --thread");
        return CTRACE_EXIT_USAGE;
    }
    return print_trace(argv[optind], &options);
}
