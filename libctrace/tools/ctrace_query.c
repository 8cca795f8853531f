/* The options of `ctrace query`, and the row of its questions. See ctrace_query.h. */
#include "ctrace_query.h"

#include "ctrace.h"
#include "ctrace_value.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "usage: ctrace query [OPTIONS] TRACE QUESTION [SUBJECT]\n"
    "\n"
    "Answers one question about a recorded run.\n"
    "\n"
    "questions:\n"
    "  writes NAME        who last changed the variable, from what to what: one answer for each\n"
    "                     function that has it, latest first. @NAME: for each object that has\n"
    "                     this instance variable; .NAME: or this member, of Structs\n"
    "  calls FUNCTION     each call of Owner#method, Owner.method or method: its arguments, who\n"
    "                     called, what it returned\n"
    "  value NAME         the value of a variable, or of self's @NAME, at a step (--at)\n"
    "  stack              the calls that are open at a step (--at), innermost first\n"
    "  line FILE:LINE     each time the line ran, with the variables as they were before\n"
    "  exceptions         each exception: where it was raised, what it unwound, where it went on\n"
    "\n"
    "options:\n"
    "  -b, --before STEP  writes: as it was when this step began\n"
    "  -f, --frame        writes: only of the call that runs at that step, or else at the last\n"
    "                     one; of an instance variable, only of its self\n"
    "  -o, --object N     writes: only of the object numbered N (#<Account #3>: 3)\n"
    "  -a, --all          writes: every change, in order\n"
    "  -l, --limit N      writes: so many functions or objects at most (10)\n"
    "  -w, --where COND   calls: whose arguments meet it: 'amount > 100 and name == \"Ann\"';\n"
    "                     == != < <= > >= with a number, \"text\", :symbol, nil, true, false;\n"
    "                     also self.@NAME, arg.@NAME, and 'return' for what was returned\n"
    "  -t, --at STEP      value, stack: at this step\n"
    "  -j, --json         one JSON object a line\n"
    "  -h, --help         this text\n"
    "\n"
    "Steps have the numbers that 'ctrace print' shows.\n"
    "\n"
    "exit status: 0 there is an answer, 1 there is none, or something could not be read,\n"
    "2 wrong usage\n";

#define LIMIT_DEFAULT 10
#define LIMIT_MAX     10000
#define STEP_WIDTH    7 /* as in print */

/* ---- what questions share ---- */

int
ctrace_query_finish(struct ctrace_query *query, const struct ct_trace_frames *frames,
                    int exit_status)
{
    const size_t open_count = frames != NULL ? ct_trace_frames_main(frames)->frame_count : 0;
    return ctrace_scan_finish(&query->scan, open_count, exit_status);
}

int
ctrace_query_lack_step(const struct ctrace_query *query, const struct ct_trace_frames *frames)
{
    const uint64_t last = ct_trace_frames_step(frames);
    if (last == CT_TRACE_NO_ID)
        ctrace_complain("%s: it has no steps", query->trace);
    else
        ctrace_complain("%s: there is no step %" PRIu64 ": the last one is %" PRIu64, query->trace,
                        query->step, last);
    return CTRACE_EXIT_FAILED;
}

void
ctrace_put_step(struct ctrace_output *output, uint64_t step)
{
    ctrace_put_format(output, "%*" PRIu64 "  ", STEP_WIDTH, step);
}

void
ctrace_put_step_indent(struct ctrace_output *output)
{
    ctrace_put_spaces(output, STEP_WIDTH + 2);
}

void
ctrace_put_where(struct ctrace_query *query, const struct ct_trace_place *place,
                 uint64_t function_id, uint64_t strand_id)
{
    ctrace_put_place(&query->output, query->scan.reader, place);
    if (function_id != CT_TRACE_NO_ID) {
        ctrace_put_text(&query->output, " in ");
        ctrace_put_function(&query->output, query->scan.reader, function_id);
    }
    if (strand_id != 0)
        ctrace_put_format(&query->output, " (thread %" PRIu64 ")", strand_id);
}

void
ctrace_put_where_source(struct ctrace_query *query, const struct ct_trace_place *place)
{
    static const char lead[] = "         | "; /* under what stands behind the step's number */
    ctrace_put_source(&query->sources, &query->output, query->scan.reader, place, lead);
}

void
ctrace_put_json_where(struct ctrace_query *query, const struct ct_trace_place *place,
                      uint64_t function_id, uint64_t strand_id)
{
    ctrace_put_json_place(&query->output, query->scan.reader, place);
    ctrace_put_text(&query->output, ",\"function\":");
    ctrace_put_json_function(&query->output, query->scan.reader, function_id);
    ctrace_put_format(&query->output, ",\"thread\":%" PRIu64, strand_id);
}

void
ctrace_put_encoded(struct ctrace_query *query, const void *bytes, size_t size)
{
    const struct ct_value *value = NULL;
    if (ct_trace_reader_value_decode(query->scan.reader, bytes, size, &value, NULL) != CT_OK)
        value = NULL;
    if (query->is_json)
        ctrace_put_value_json(&query->output, query->scan.reader, value);
    else
        ctrace_put_value_ruby(&query->output, query->scan.reader, value);
}

/* ---- questions ---- */

/* Options by the letter that getopt gives. */
static const struct {
    const char *name;
    int (*answer)(struct ctrace_query *query);
    const char *subject; /* what it is about; NULL: it has none */
    const char *options; /* that it knows, --json aside */
    bool needs_step;
    bool reads_on; /* all of the trace, and the same of it all along: a second thread helps */
} questions[] = {
    {"writes", ctrace_query_writes, "a variable", "bfoal", false, true},
    {"calls", ctrace_query_calls, "a function", "w", false, true},
    {"value", ctrace_query_value, "a variable", "t", true, false},
    {"stack", ctrace_query_stack, NULL, "t", true, false},
    {"line", ctrace_query_line, "FILE:LINE", "", false, false},
    {"exceptions", ctrace_query_exceptions, NULL, "", false, true},
};
#define QUESTION_COUNT (sizeof questions / sizeof *questions)

static bool
parse_number(const char *text, uint64_t *out_number)
{
    char *end;
    errno = 0;
    *out_number = strtoull(text, &end, 10);
    return isdigit((unsigned char)*text) && *end == '\0' && errno == 0;
}

/* An option that takes a number. */
static bool
take_number(struct ctrace_query *query, int letter)
{
    uint64_t number;
    if (!parse_number(optarg, &number)) {
        ctrace_complain("a number is expected, not '%s'; see ctrace query --help", optarg);
        return false;
    }
    if (letter == 'o') {
        query->has_object = true;
        query->object_id = number;
    } else if (letter == 'l') {
        query->has_limit = true;
        query->limit = number < LIMIT_MAX ? (size_t)number : LIMIT_MAX;
    } else {
        query->has_step = true;
        query->step = number;
    }
    return true;
}

static bool
take_option(struct ctrace_query *query, int letter)
{
    switch (letter) {
    case 'f':
        query->is_in_frame = true;
        return true;
    case 'a':
        query->is_all = true;
        return true;
    case 'j':
        query->is_json = true;
        return true;
    case 'w':
        query->condition = optarg;
        return true;
    default:
        return take_number(query, letter);
    }
}

static size_t
find_question(const char *name)
{
    size_t index = 0;
    while (index < QUESTION_COUNT && strcmp(questions[index].name, name) != 0)
        index++;
    return index;
}

/* Whether question, subject and options go together; complains. */
static bool
check_question(const struct ctrace_query *query, size_t index, const char *letters, int word_count)
{
    const char *name = questions[index].name;
    const char *stray = letters + strspn(letters, questions[index].options);
    if (*stray != '\0')
        ctrace_complain("'%s' knows no option '-%c'; see ctrace query --help", name, *stray);
    else if (word_count == 0 && questions[index].subject != NULL)
        ctrace_complain("'%s' is about %s; see ctrace query --help", name,
                        questions[index].subject);
    else if (word_count != (questions[index].subject != NULL))
        ctrace_complain("there are too many words for '%s'; see ctrace query --help", name);
    else if (questions[index].needs_step && !query->has_step)
        ctrace_complain("'%s' needs --at STEP", name);
    else
        return true;
    return false;
}

static int
answer_question(struct ctrace_query *query, size_t index)
{
    ctrace_output_init(&query->output, stdout);
    const bool is_open = questions[index].reads_on
                             ? ctrace_scan_open_ahead(&query->scan, query->trace)
                             : ctrace_scan_open(&query->scan, query->trace);
    if (!is_open)
        return CTRACE_EXIT_FAILED;
    if (!query->has_limit)
        query->limit = LIMIT_DEFAULT;
    const int exit_status =
        ctrace_output_finish(&query->output, questions[index].answer(query));
    ctrace_scan_close(&query->scan);
    return exit_status;
}

int
ctrace_query_run(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"before", required_argument, NULL, 'b'}, {"at", required_argument, NULL, 't'},
        {"frame", no_argument, NULL, 'f'},        {"all", no_argument, NULL, 'a'},
        {"object", required_argument, NULL, 'o'}, {"limit", required_argument, NULL, 'l'},
        {"where", required_argument, NULL, 'w'},  {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    struct ctrace_query query = {0};
    char letters[16] = "";
    opterr = 0;
    for (int letter;
         (letter = getopt_long(argc, argv, ":b:t:fao:l:w:jh", long_options, NULL)) != -1;) {
        if (letter == 'h') {
            fputs(help_text, stdout);
            return CTRACE_EXIT_OK;
        }
        if (letter == '?' || letter == ':')
            return ctrace_complain_option(argv, letter);
        if (!take_option(&query, letter))
            return CTRACE_EXIT_USAGE;
        if (letter != 'j' && strchr(letters, letter) == NULL)
            letters[strlen(letters)] = (char)letter;
    }
    const int word_count = argc - optind;
    const size_t index = word_count >= 2 ? find_question(argv[optind + 1]) : QUESTION_COUNT;
    if (index == QUESTION_COUNT) {
        ctrace_complain("query takes a trace and one of its questions; see ctrace query --help");
        return CTRACE_EXIT_USAGE;
    }
    if (!check_question(&query, index, letters, word_count - 2))
        return CTRACE_EXIT_USAGE;
    query.trace = query.sources.trace = argv[optind];
    query.subject = word_count > 2 ? argv[optind + 2] : NULL;
    return answer_question(&query, index);
}
