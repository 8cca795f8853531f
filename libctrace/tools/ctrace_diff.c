/* `ctrace diff A B`: where two runs part: first in a value, first in the path they take.
 *
 * Both are read side by side, one strand after another; of several strands the parting that comes
 * first in A is told. See ctrace_diff_side.h for what is compared and ctrace_diff_value.h for what
 * is left aside. */
#include "ctrace.h"
#include "ctrace/text.h"
#include "ctrace_diff_pairs.h"
#include "ctrace_diff_side.h"
#include "ctrace_diff_value.h"
#include "ctrace_names.h"
#include "ctrace_source.h"
#include "ctrace_value.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "usage: ctrace diff [OPTIONS] A B\n"
    "\n"
    "Finds where two recorded runs part: the first value that differs, with the line that ran\n"
    "before it was seen, and the first step that only one of them took. Numbers of objects,\n"
    "addresses, times and how threads took turns are left aside; each thread is compared with the\n"
    "one of the same number.\n"
    "\n"
    "options:\n"
    "  -j, --json    one JSON object: same, values, paths\n"
    "  -h, --help    this text\n"
    "\n"
    "exit status: 0 they are the same, 1 they part or cannot be read, 2 wrong usage\n";

/* More strands are not compared; so many programs do not have. */
#define STRAND_MAX 1000

/* A parting, told into memory while both readers stand there. */
struct parting {
    char *text; /* owned; NULL: none */
    size_t size;
    uint64_t step; /* in A, by which partings of several strands are put in order */
};

struct diff {
    const char *traces[2];
    bool is_json;
    struct ctrace_side sides[2];
    struct ctrace_pairs pairs; /* of the strand at hand */
    struct ctrace_output output; /* where the parting at hand is told */
    struct ctrace_sources sources; /* of A */
    struct parting values;
    struct parting paths;
    struct ctrace_side_place last[2]; /* the latest step that both took */
    uint64_t step_count;              /* that both took */
    uint64_t strand_max;
    bool has_failed; /* what is known is not worth telling */
    bool is_lacking; /* a trace is damaged or not complete */
};

/* ---- telling ---- */

static void
put_side_place(struct diff *diff, size_t index, const struct ctrace_side_place *where)
{
    struct ctrace_output *output = &diff->output;
    const struct ct_trace_reader *reader = diff->sides[index].scan.reader;
    if (diff->is_json) {
        ctrace_put_text(output, "{");
        ctrace_put_json_place(output, reader, &where->place);
        ctrace_put_text(output, ",\"function\":");
        ctrace_put_json_function(output, reader, where->function_id);
        ctrace_put_text(output, "}");
        return;
    }
    ctrace_put_place(output, reader, &where->place);
    ctrace_put_text(output, " in ");
    ctrace_put_function(output, reader, where->function_id);
}

/* `"key":` and the place or null; in text a line of its own, if there is a place. */
static void
put_places(struct diff *diff, const char *json_key, const char *label,
           const struct ctrace_side_place *places)
{
    struct ctrace_output *output = &diff->output;
    if (diff->is_json) {
        ctrace_put_format(output, ",\"%s\":[", json_key);
        for (size_t i = 0; i < 2; i++) {
            ctrace_put_text(output, i > 0 ? "," : "");
            if (places[i].place.step != CT_TRACE_NO_ID)
                put_side_place(diff, i, &places[i]);
            else
                ctrace_put_text(output, "null");
        }
        ctrace_put_text(output, "]");
        return;
    }
    if (places[0].place.step == CT_TRACE_NO_ID)
        return;
    ctrace_put_text(output, label);
    put_side_place(diff, 0, &places[0]);
    ctrace_put_format(output, ", step %" PRIu64 " of A, %" PRIu64 " of B\n", places[0].place.step,
                      places[1].place.step);
    if (strcmp(json_key, "seen") != 0)
        ctrace_put_source(&diff->sources, output, diff->sides[0].scan.reader, &places[0].place,
                          "        | ");
}

/* From here on what is told goes into memory. False when it is out. */
static bool
begin_parting(struct diff *diff, struct parting *parting)
{
    FILE *stream = open_memstream(&parting->text, &parting->size);
    if (stream == NULL) {
        diff->has_failed = !ctrace_scan_stop(&diff->sides[0].scan, CT_ERR_MEMORY);
        return false;
    }
    ctrace_output_init(&diff->output, stream);
    return true;
}

static void
end_parting(struct diff *diff, struct parting *parting, uint64_t step)
{
    parting->step = step;
    if (fclose(diff->output.stream) != 0)
        diff->has_failed = !ctrace_scan_stop(&diff->sides[0].scan, CT_ERR_MEMORY);
}

/* What one side shows of the thing that differs. */
struct shown {
    const struct ct_value *value; /* NULL with a text; or damaged */
    const char *text;             /* of an event; NULL: nothing is there */
    size_t text_size;
    bool is_absent;
};

static void
put_shown(struct diff *diff, size_t index, const struct shown *shown)
{
    struct ctrace_output *output = &diff->output;
    if (shown->is_absent && diff->is_json)
        ctrace_put_text(output, "null");
    else if (shown->is_absent)
        ctrace_put_text(output, "(nothing)");
    else if (shown->text != NULL && diff->is_json)
        ctrace_put_json(output, shown->text, shown->text_size, true);
    else if (shown->text != NULL)
        ctrace_put_quoted(output, shown->text, shown->text_size);
    else if (diff->is_json)
        ctrace_put_value_json(output, diff->sides[index].scan.reader, shown->value);
    else
        ctrace_put_value_ruby(output, diff->sides[index].scan.reader, shown->value);
}

/* Notes the first value that differs. `what` is "variable", "argument", "return" or "event". */
static void
note_values(struct diff *diff, const char *what, const char *name, const struct shown *shown)
{
    struct ctrace_side_place here[2];
    struct ctrace_side_place before[2];
    if (diff->values.text != NULL || !begin_parting(diff, &diff->values))
        return;
    for (size_t i = 0; i < 2; i++) {
        const bool is_argument = strcmp(what, "argument") == 0;
        here[i] = ctrace_side_here(&diff->sides[i]);
        before[i] = is_argument ? ctrace_side_caller(&diff->sides[i])
                                : ctrace_side_before(&diff->sides[i]);
        if (strcmp(what, "variable") != 0 && !is_argument)
            before[i].place.step = CT_TRACE_NO_ID;
    }
    if (diff->is_json) {
        ctrace_put_format(&diff->output, "{\"kind\":\"%s\",\"name\":", what);
        ctrace_put_json(&diff->output, name, strlen(name), true);
        ctrace_put_text(&diff->output, ",\"shown\":[");
        put_shown(diff, 0, &shown[0]);
        ctrace_put_text(&diff->output, ",");
        put_shown(diff, 1, &shown[1]);
        ctrace_put_text(&diff->output, "]");
    } else {
        ctrace_put_format(&diff->output, "the first %s that differs is ", what);
        ctrace_put_plain(&diff->output, name, strlen(name));
        for (size_t i = 0; i < 2; i++) {
            ctrace_put_text(&diff->output, i == 0 ? "\n  A  " : "\n  B  ");
            put_shown(diff, i, &shown[i]);
        }
        ctrace_put_text(&diff->output, "\n");
    }
    put_places(diff, "by", "  after   ", before);
    put_places(diff, "seen", "  seen at ", here);
    ctrace_put_text(&diff->output, diff->is_json ? "}" : "");
    end_parting(diff, &diff->values, here[0].place.step);
}

/* Where a side goes on that the other does not follow; the item at hand is its next one. */
static void
put_way(struct diff *diff, size_t index)
{
    struct ctrace_side *side = &diff->sides[index];
    struct ctrace_side_place where = ctrace_side_here(side);
    struct ctrace_output *output = &diff->output;
    const bool is_step = !side->is_at_end && side->event.kind == CT_TRACE_STEP;
    const bool is_end = side->is_at_end;
    const char *verb = is_step ? "goes to" : "returns at";
    if (is_step) {
        /* A Call that follows the step says that it is the def line of what is called. */
        const struct ct_trace_place step = where.place;
        if (ctrace_side_next(side) && side->event.kind == CT_TRACE_CALL) {
            where = ctrace_side_here(side);
            verb = "calls";
        }
        where.place = step;
    }
    if (diff->is_json) {
        ctrace_put_text(output, index == 0 ? ",\"ways\":[" : ",");
        if (is_step)
            put_side_place(diff, index, &where);
        else
            ctrace_put_text(output, "null");
        ctrace_put_text(output, index == 0 ? "" : "]");
        return;
    }
    ctrace_put_text(output, index == 0 ? "  A  " : "  B  ");
    if (is_end) {
        ctrace_put_text(output, "ends\n");
        return;
    }
    ctrace_put_format(output, "%s ", verb);
    put_side_place(diff, index, &where);
    ctrace_put_format(output, ", step %" PRIu64 "\n", where.place.step);
}

static void
note_paths(struct diff *diff)
{
    if (!begin_parting(diff, &diff->paths))
        return;
    ctrace_put_text(&diff->output, diff->is_json ? "{\"thread\":" : "their paths part");
    if (diff->is_json)
        ctrace_put_format(&diff->output, "%" PRIu64, diff->sides[0].strand_id);
    else if (diff->sides[0].strand_id != 0)
        ctrace_put_format(&diff->output, " in thread %" PRIu64, diff->sides[0].strand_id);
    ctrace_put_text(&diff->output, diff->is_json ? "" : "\n");
    put_places(diff, "after", "  after ", diff->last);
    put_way(diff, 0);
    put_way(diff, 1);
    ctrace_put_text(&diff->output, diff->is_json ? "}" : "");
    end_parting(diff, &diff->paths, diff->last[0].place.step);
}

/* ---- comparing ---- */

static bool
is_part_of_step(const struct ctrace_side *side)
{
    return !side->is_at_end &&
           (side->event.kind == CT_TRACE_VALUE || side->event.kind == CT_TRACE_EVENT);
}

static const char *
name_of(const struct ctrace_side *side)
{
    const char *name = ct_trace_reader_name(side->scan.reader, side->event.name_id, NULL);
    return name != NULL ? name : "?";
}

/* What an event is called in an answer. */
static const char *
event_name(const struct ct_trace_event *event)
{
    if (event->event_kind == CT_EVENT_ERROR)
        return "exception";
    if (event->event_kind == CT_EVENT_READ)
        return "input";
    return "output";
}

/* A value or an event on one side only, or of which each side has another. */
static void
note_unpaired(struct diff *diff)
{
    struct shown shown[2] = {{.is_absent = true}, {.is_absent = true}};
    const char *name = NULL;
    bool is_event = false;
    if (diff->values.text != NULL)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct ctrace_side *side = &diff->sides[i];
        if (!is_part_of_step(side) || (name != NULL && side->event.kind == CT_TRACE_VALUE))
            continue;
        is_event = side->event.kind == CT_TRACE_EVENT;
        shown[i] = (struct shown){.value = is_event ? NULL : ctrace_side_value(side),
                                  .text = is_event ? side->event.text : NULL,
                                  .text_size = side->event.text_size};
        name = is_event ? event_name(&side->event) : name_of(side);
    }
    if (name != NULL)
        note_values(diff, is_event ? "event" : "variable", name, shown);
}

/* Whether what the items at hand show is known to be the same, or of no interest: values part once.
 * hot */
static bool
needs_no_look(struct diff *diff)
{
    return diff->values.text != NULL ||
           ctrace_pairs_match(&diff->pairs, &diff->sides[0], &diff->sides[1]);
}

static void
compare_values(struct diff *diff, const char *what, const char *name)
{
    const struct ct_value *a = ctrace_side_value(&diff->sides[0]);
    const struct ct_value *b = ctrace_side_value(&diff->sides[1]);
    const struct shown shown[2] = {{.value = a}, {.value = b}};
    if (ctrace_diff_values_match(diff->sides[0].scan.reader, a, diff->sides[1].scan.reader, b))
        ctrace_pairs_keep(&diff->pairs, &diff->sides[0], &diff->sides[1]);
    else
        note_values(diff, what, name, shown);
}

static void
compare_variables(struct diff *diff)
{
    const char *name = name_of(&diff->sides[0]);
    if (strcmp(name, name_of(&diff->sides[1])) != 0)
        note_unpaired(diff);
    else if (!needs_no_look(diff))
        compare_values(diff, "variable", name);
}

static void
compare_events(struct diff *diff)
{
    const struct ct_trace_event *a = &diff->sides[0].event;
    const struct ct_trace_event *b = &diff->sides[1].event;
    const struct shown shown[2] = {{.text = a->text, .text_size = a->text_size},
                                   {.text = b->text, .text_size = b->text_size}};
    if (a->event_kind != b->event_kind ||
        !ctrace_diff_texts_match(a->text, a->text_size, b->text, b->text_size, true))
        note_values(diff, "event", event_name(a), shown);
}

static void
compare_args(struct diff *diff)
{
    const struct ct_trace_reader *readers[2] = {diff->sides[0].scan.reader,
                                                diff->sides[1].scan.reader};
    const struct ct_trace_arg *args[2];
    size_t counts[2];
    size_t same_count = 0;
    if (needs_no_look(diff))
        return;
    for (size_t i = 0; i < 2; i++)
        counts[i] = ctrace_side_args(&diff->sides[i], &args[i]);
    for (size_t i = 0; i < counts[0] && i < counts[1]; i++) {
        const struct ct_trace_arg *a = &args[0][i];
        const struct ct_trace_arg *b = &args[1][i];
        const struct shown shown[2] = {{.value = a->value}, {.value = b->value}};
        const char *name = ct_trace_reader_name(readers[0], a->name_id, NULL);
        if (ctrace_diff_values_match(readers[0], a->value, readers[1], b->value))
            same_count++;
        else
            note_values(diff, "argument", name != NULL ? name : "?", shown);
    }
    if (same_count == counts[0] && same_count == counts[1])
        ctrace_pairs_keep(&diff->pairs, &diff->sides[0], &diff->sides[1]);
}

static void
compare_returns(struct diff *diff)
{
    const struct ct_trace_frame *frame = ct_trace_frames_returned(diff->sides[0].frames);
    const struct ct_trace_function *function =
        frame != NULL ? ct_trace_reader_function(diff->sides[0].scan.reader, frame->function_id)
                      : NULL;
    if (!needs_no_look(diff))
        compare_values(diff, "return", function != NULL ? function->name : "?");
}

static bool
do_functions_match(const struct diff *diff)
{
    const struct ct_trace_function *a = ct_trace_reader_function(
        diff->sides[0].scan.reader, diff->sides[0].event.function_id);
    const struct ct_trace_function *b = ct_trace_reader_function(
        diff->sides[1].scan.reader, diff->sides[1].event.function_id);
    return a != NULL && b != NULL && strcmp(a->name, b->name) == 0;
}

/* Items of the same kind. False where the paths part. */
static bool
compare_items(struct diff *diff)
{
    switch (diff->sides[0].event.kind) {
    case CT_TRACE_STEP:
        if (!ctrace_side_steps_match(&diff->sides[0], &diff->sides[1]))
            return false;
        diff->step_count++;
        for (size_t i = 0; i < 2; i++)
            diff->last[i] = ctrace_side_here(&diff->sides[i]);
        return true;
    case CT_TRACE_CALL:
        if (do_functions_match(diff))
            compare_args(diff);
        return do_functions_match(diff);
    case CT_TRACE_RETURN:
        compare_returns(diff);
        return true;
    case CT_TRACE_VALUE:
        compare_variables(diff);
        return true;
    default:
        compare_events(diff);
        return true;
    }
}

/* Of a step that is passed over, its values are, too. */
static void
skip_step(struct ctrace_side *side)
{
    while (ctrace_side_next(side) && side->event.kind == CT_TRACE_VALUE)
        ;
}

/* Compares what both sides have at hand and goes on on one side or both. False where the paths
 * part. */
static bool
compare_next(struct diff *diff)
{
    struct ctrace_side *a = &diff->sides[0];
    struct ctrace_side *b = &diff->sides[1];
    const bool is_same_kind = !a->is_at_end && !b->is_at_end && a->event.kind == b->event.kind;
    if (!is_same_kind && (is_part_of_step(a) || is_part_of_step(b))) {
        note_unpaired(diff);
        /* Values come before events: where each side has one, the value is the one too many. */
        const bool is_a = is_part_of_step(a) &&
                          (!is_part_of_step(b) || a->event.kind == CT_TRACE_VALUE);
        ctrace_side_next(is_a ? a : b);
        return true;
    }
    if (is_same_kind && compare_items(diff)) {
        ctrace_side_next(a);
        ctrace_side_next(b);
        return true;
    }
    if (!a->is_at_end && a->may_repeat)
        skip_step(a);
    else if (!b->is_at_end && b->may_repeat)
        skip_step(b);
    else
        return false;
    return true;
}

static void
compare_strand(struct diff *diff)
{
    for (size_t i = 0; i < 2; i++) {
        ctrace_side_next(&diff->sides[i]);
        diff->last[i].place.step = CT_TRACE_NO_ID;
    }
    while (!(diff->sides[0].is_at_end && diff->sides[1].is_at_end) && !diff->has_failed) {
        if (compare_next(diff))
            continue;
        note_paths(diff);
        break;
    }
}

/* The earlier of two partings stays. */
static void
keep_earlier(struct parting *parting, const struct parting *before)
{
    const bool is_before =
        before->text != NULL && (parting->text == NULL || before->step <= parting->step);
    if (before->text != NULL)
        free(is_before ? parting->text : before->text);
    if (is_before)
        *parting = *before;
}

/* Opens both traces, compares one strand, closes them. */
static void
run_strand(struct diff *diff, uint64_t strand_id)
{
    const struct parting values = diff->values;
    const struct parting paths = diff->paths;
    size_t open_count = 0;
    diff->values = diff->paths = (struct parting){NULL, 0, 0};
    while (open_count < 2 &&
           ctrace_side_open(&diff->sides[open_count], diff->traces[open_count], strand_id))
        open_count++;
    if (open_count == 2 && ctrace_pairs_init(&diff->pairs))
        compare_strand(diff);
    else if (open_count == 2)
        diff->has_failed = !ctrace_scan_stop(&diff->sides[0].scan, CT_ERR_MEMORY);
    ctrace_pairs_release(&diff->pairs);
    diff->has_failed = diff->has_failed || open_count < 2;
    for (size_t i = 0; i < open_count; i++) {
        struct ctrace_side *side = &diff->sides[i];
        if (side->strand_max > diff->strand_max)
            diff->strand_max = side->strand_max;
        diff->has_failed = diff->has_failed || side->scan.has_failed;
        diff->is_lacking = diff->is_lacking || side->scan.complaint_count > 0;
        if (strand_id == 0 &&
            ctrace_scan_finish(&side->scan, ct_trace_frames_main(side->frames)->frame_count,
                               CTRACE_EXIT_OK) != CTRACE_EXIT_OK)
            diff->is_lacking = true;
        ctrace_side_close(side);
    }
    keep_earlier(&diff->values, &values);
    keep_earlier(&diff->paths, &paths);
}

static void
put_parting(struct diff *diff, const char *key, const struct parting *parting)
{
    if (diff->is_json)
        ctrace_put_format(&diff->output, ",\"%s\":", key);
    if (parting->text != NULL)
        ctrace_put(&diff->output, parting->text, parting->size);
    else if (diff->is_json)
        ctrace_put_text(&diff->output, "null");
}

static int
print_diff(struct diff *diff)
{
    const bool is_same = diff->values.text == NULL && diff->paths.text == NULL;
    ctrace_output_init(&diff->output, stdout);
    if (diff->is_json)
        ctrace_put_format(&diff->output, "{\"same\":%s,\"steps\":%" PRIu64,
                          is_same ? "true" : "false", diff->step_count);
    put_parting(diff, "values", &diff->values);
    put_parting(diff, "paths", &diff->paths);
    if (diff->is_json)
        ctrace_put_text(&diff->output, "}\n");
    else if (is_same)
        ctrace_put_format(&diff->output, "the same: %" PRIu64 " step%s\n", diff->step_count,
                          ct_plural(diff->step_count));
    return ctrace_output_finish(&diff->output,
                                is_same && !diff->is_lacking ? CTRACE_EXIT_OK : CTRACE_EXIT_FAILED);
}

static int
run_diff(struct diff *diff)
{
    uint64_t strand_id = 0;
    while (!diff->has_failed && strand_id <= diff->strand_max && strand_id < STRAND_MAX)
        run_strand(diff, strand_id++);
    const int exit_status = diff->has_failed ? CTRACE_EXIT_FAILED : print_diff(diff);
    free(diff->values.text);
    free(diff->paths.text);
    return exit_status;
}

int
ctrace_diff_run(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct diff diff = {.is_json = false};
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, "jh", long_options, NULL)) != -1;) {
        if (letter == 'h') {
            fputs(help_text, stdout);
            return CTRACE_EXIT_OK;
        }
        if (letter != 'j')
            return ctrace_complain_option(argv, letter);
        diff.is_json = true;
    }
    if (argc - optind != 2) {
        ctrace_complain("diff takes two traces; see ctrace diff --help");
        return CTRACE_EXIT_USAGE;
    }
    diff.traces[0] = diff.sources.trace = argv[optind];
    diff.traces[1] = argv[optind + 1];
    return run_diff(&diff);
}
