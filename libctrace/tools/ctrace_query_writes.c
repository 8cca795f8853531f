/* `writes NAME`: who last changed it, from what to what. See ctrace/trace_writes.h.
 *
 * Without --all the latest write of each function or object is kept, as many as --limit says; the
 * one that was written longest ago makes room. With --frame the step itself tells the answer; a
 * scan for it comes before where all writes are asked for, or those of its self. */
#include "ctrace.h"
#include "ctrace_at.h"
#include "ctrace_query.h"
#include "ctrace_value.h"

#include "ctrace/trace_writes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A write with values of its own. */
struct kept {
    struct ct_trace_write write;
    unsigned char *bytes; /* owned: old value, then new value */
    size_t capacity;
};

struct writes_question {
    struct ctrace_query *query;
    bool is_of_call; /* only of that call's variables */
    uint64_t call_index;
    struct kept *kept; /* latest last */
    size_t kept_count;
    uint64_t dropped_count;
    bool has_failed; /* memory */
};

/* ---- telling ---- */

static void
put_owner(struct ctrace_query *query, const struct ct_trace_write *write)
{
    const struct ct_trace_type *type =
        ct_trace_reader_type(query->scan.reader, write->object_type_id);
    if (write->object_id != CT_TRACE_NO_ID) {
        ctrace_put_text(&query->output, "#<");
        ctrace_put_plain(&query->output, type != NULL ? type->name : "?",
                         type != NULL ? type->name_size : 1);
        ctrace_put_format(&query->output, " #%" PRIu64 "> ", write->object_id);
    }
    ctrace_put_plain(&query->output, query->subject, strlen(query->subject));
}

static void
put_change(struct ctrace_query *query, const struct ct_trace_write *write)
{
    struct ctrace_output *output = &query->output;
    ctrace_put_text(output, ": ");
    put_owner(query, write);
    ctrace_put_text(output, " ");
    if (write->old_value.bytes != NULL)
        ctrace_put_encoded(query, write->old_value.bytes, write->old_value.size);
    else
        ctrace_put_text(output, write->kind == CT_TRACE_WRITE_CHANGE ? "(unset)" : "(unknown)");
    ctrace_put_text(output, " -> ");
    ctrace_put_encoded(query, write->new_value.bytes, write->new_value.size);
    ctrace_put_text(output, "\n");
}

static void
put_caller(struct ctrace_query *query, const struct ct_trace_write *write)
{
    struct ctrace_output *output = &query->output;
    if (write->caller.step == CT_TRACE_NO_ID)
        return;
    ctrace_put_step_indent(output);
    ctrace_put_text(output, "called from ");
    ctrace_put_where(query, &write->caller, write->caller_function_id, 0);
    ctrace_put_format(output, ", step %" PRIu64 "\n", write->caller.step);
}

/* The step that wrote, or that first shows what was written. */
static void
put_text(struct ctrace_query *query, const struct ct_trace_write *write)
{
    struct ctrace_output *output = &query->output;
    const bool is_known = write->by.step != CT_TRACE_NO_ID;
    if (write->kind == CT_TRACE_WRITE_ARGUMENT) {
        ctrace_put_step(output, write->by.step);
        ctrace_put_where(query, &write->by, write->caller_function_id, write->strand_id);
        ctrace_put_text(output, ": calls ");
        ctrace_put_function(output, query->scan.reader, write->function_id);
        ctrace_put_text(output, " with ");
        put_owner(query, write);
        ctrace_put_text(output, " = ");
        ctrace_put_encoded(query, write->new_value.bytes, write->new_value.size);
        ctrace_put_text(output, "\n");
        ctrace_put_where_source(query, &write->by);
        return;
    }
    ctrace_put_step(output, is_known ? write->by.step : write->seen.step);
    ctrace_put_where(query, is_known ? &write->by : &write->seen, write->function_id,
                     write->strand_id);
    put_change(query, write);
    if (is_known && write->by_last <= write->by.step)
        ctrace_put_where_source(query, &write->by);
    put_caller(query, write);
    if (is_known && write->by_last <= write->by.step)
        return;
    ctrace_put_step_indent(output);
    if (is_known)
        ctrace_put_format(output, "or a later step up to %" PRIu64 "\n", write->by_last);
    else
        ctrace_put_text(output, "first seen there\n");
}

static void
put_json_value(struct ctrace_query *query, const char *key, const struct ct_trace_encoded *value)
{
    ctrace_put_format(&query->output, ",\"%s\":", key);
    if (value->bytes == NULL)
        ctrace_put_text(&query->output, "null");
    else
        ctrace_put_encoded(query, value->bytes, value->size);
}

static void
put_json_object(struct ctrace_query *query, const struct ct_trace_write *write)
{
    const struct ct_trace_type *type =
        ct_trace_reader_type(query->scan.reader, write->object_type_id);
    ctrace_put_format(&query->output, ",\"object\":{\"number\":%" PRIu64 ",\"class\":",
                      write->object_id);
    ctrace_put_json(&query->output, type != NULL ? type->name : "?",
                    type != NULL ? type->name_size : 1, true);
    ctrace_put_text(&query->output, "}");
}

static void
put_json(struct ctrace_query *query, const struct ct_trace_write *write)
{
    static const char *const kinds[] = {"change", "argument", "first"};
    struct ctrace_output *output = &query->output;
    const struct ct_trace_reader *reader = query->scan.reader;
    ctrace_put_format(output, "{\"kind\":\"%s\",\"name\":", kinds[write->kind]);
    ctrace_put_json(output, query->subject, strlen(query->subject), true);
    ctrace_put_text(output, ",\"function\":");
    ctrace_put_json_function(output, reader, write->function_id);
    ctrace_put_format(output, ",\"thread\":%" PRIu64, write->strand_id);
    if (write->object_id != CT_TRACE_NO_ID)
        put_json_object(query, write);
    put_json_value(query, "old", &write->old_value);
    put_json_value(query, "new", &write->new_value);
    if (write->by.step != CT_TRACE_NO_ID) {
        ctrace_put_text(output, ",\"by\":{");
        ctrace_put_json_place(output, reader, &write->by);
        ctrace_put_format(output, ",\"last_step\":%" PRIu64 "}", write->by_last);
    }
    ctrace_put_text(output, ",\"seen\":{");
    ctrace_put_json_place(output, reader, &write->seen);
    ctrace_put_text(output, "}");
    if (write->caller.step != CT_TRACE_NO_ID) {
        ctrace_put_text(output, ",\"caller\":{");
        ctrace_put_json_place(output, reader, &write->caller);
        ctrace_put_text(output, ",\"function\":");
        ctrace_put_json_function(output, reader, write->caller_function_id);
        ctrace_put_text(output, "}");
    }
    ctrace_put_text(output, "}\n");
}

static void
put_write(struct ctrace_query *query, const struct ct_trace_write *write)
{
    query->answer_count++;
    if (query->is_json)
        put_json(query, write);
    else
        put_text(query, write);
}

/* ---- keeping ---- */

static bool
has_same_owner(const struct ct_trace_write *a, const struct ct_trace_write *b)
{
    if (a->object_id != CT_TRACE_NO_ID || b->object_id != CT_TRACE_NO_ID)
        return a->object_id == b->object_id;
    return a->function_id == b->function_id;
}

/* The room for a write of that owner: its last one's, a new one, or that of the oldest. It becomes
 * the latest. */
static struct kept *
make_room(struct writes_question *question, const struct ct_trace_write *write)
{
    size_t index = question->kept_count; /* mostly it is the latest */
    while (index > 0 && !has_same_owner(&question->kept[index - 1].write, write))
        index--;
    if (index > 0)
        index--;
    else if (question->kept_count == question->query->limit)
        question->dropped_count++;
    else
        index = question->kept_count++;
    const struct kept room = question->kept[index];
    struct kept *latest = &question->kept[question->kept_count - 1];
    memmove(&question->kept[index], &question->kept[index + 1],
            (size_t)(latest - &question->kept[index]) * sizeof room);
    *latest = room;
    return latest;
}

static void
keep_write(struct writes_question *question, const struct ct_trace_write *write)
{
    struct kept *kept = make_room(question, write);
    const size_t size = write->old_value.size + write->new_value.size;
    if (size > kept->capacity) {
        unsigned char *grown = realloc(kept->bytes, size * 2);
        if (grown == NULL) {
            question->has_failed = true;
            return;
        }
        kept->bytes = grown;
        kept->capacity = size * 2;
    }
    kept->write = *write;
    kept->write.new_value.bytes = kept->bytes + write->old_value.size;
    memcpy(kept->bytes + write->old_value.size, write->new_value.bytes, write->new_value.size);
    if (write->old_value.bytes == NULL)
        return;
    kept->write.old_value.bytes = kept->bytes;
    memcpy(kept->bytes, write->old_value.bytes, write->old_value.size);
}

static void
take_write(void *context, const struct ct_trace_write *write)
{
    struct writes_question *question = context;
    const struct ctrace_query *query = question->query;
    const bool is_variable = write->object_id == CT_TRACE_NO_ID;
    if (question->is_of_call && is_variable && write->call_index != question->call_index)
        return;
    if (query->has_object && write->object_id != query->object_id)
        return;
    if (query->is_all)
        put_write(question->query, write);
    else
        keep_write(question, write);
}

/* ---- scanning ---- */

/* Follows up to the step that --before names, whose values still tell what was written before. */
static bool
follow_writes(struct ctrace_query *query, struct ct_trace_writes *writes)
{
    const struct ct_trace_frames *frames = ct_trace_writes_frames(writes);
    struct ct_trace_event event;
    bool is_there = false;
    while (ctrace_scan_next(&query->scan, &event)) {
        if (is_there && ctrace_at_ends_step(event.kind))
            break;
        if (ct_trace_writes_follow(writes, &event) != CT_OK)
            return ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
        if (event.kind == CT_TRACE_STEP) {
            is_there = query->has_step && ct_trace_frames_step(frames) == query->step;
            if (ctrace_output_failed(&query->output)) /* nobody reads on */
                break;
        }
    }
    if (ct_trace_writes_finish(writes) != CT_OK)
        return ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
    return is_there || !query->has_step;
}

static int
lack_writes(const struct ctrace_query *query)
{
    ctrace_complain("%s: it shows no write of %s%s%s", query->trace, query->subject,
                    query->is_in_frame && !query->has_object ? " in that call" : "",
                    query->has_step ? " before that step" : "");
    return CTRACE_EXIT_FAILED;
}

/* The object that is self in the frame, where it has a number. */
static bool
find_self(struct ctrace_query *query, const struct ct_trace_frame *frame)
{
    const struct ct_trace_arg *args = NULL;
    const size_t count = ctrace_at_args(&query->scan, frame, &args);
    for (size_t i = 0; i < count; i++) {
        const char *name = ct_trace_reader_name(query->scan.reader, args[i].name_id, NULL);
        if (name != NULL && strcmp(name, "self") == 0)
            return ct_trace_value_identity(query->scan.reader, args[i].value, &query->object_id);
    }
    return false;
}

/* The object that is self in the call that runs at the step. */
static bool
find_self_at(struct ctrace_query *query)
{
    struct ct_trace_frames *frames;
    bool is_found = false;
    const bool is_there = ctrace_at_open(&query->scan, query->step, &frames);
    const struct ct_trace_frame *top = is_there ? ct_trace_frames_top(frames) : NULL;
    if (top != NULL && find_self(query, top))
        is_found = query->has_object = true;
    else if (!is_there && !query->scan.has_failed)
        ctrace_query_lack_step(query, frames);
    else if (!query->scan.has_failed)
        ctrace_complain("%s: self has no number at step %" PRIu64, query->trace, query->step);
    ct_trace_frames_free(frames);
    return is_found;
}

/* The call whose variable it is that the step shows, or the call that runs showed last; unless all
 * writes are asked for, its latest one is the answer. */
static bool
find_call_at(struct writes_question *question)
{
    struct ctrace_query *query = question->query;
    const struct ct_trace_writes_options options = {.name = query->subject};
    struct ct_trace_writes *writes;
    struct ct_trace_write write;
    if (ct_trace_writes_new(query->scan.reader, &options, &writes) != CT_OK)
        return ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
    const bool is_there = follow_writes(query, writes);
    const bool is_found = is_there && ct_trace_writes_latest(writes, &write);
    if (is_found) {
        question->is_of_call = true;
        question->call_index = write.call_index;
        if (!query->is_all)
            put_write(query, &write);
    } else if (!query->scan.has_failed && !is_there) {
        ctrace_query_lack_step(query, ct_trace_writes_frames(writes));
    } else if (!query->scan.has_failed) {
        lack_writes(query);
    }
    ct_trace_writes_free(writes);
    return is_found;
}

static int
tell_answers(struct writes_question *question, const struct ct_trace_writes *writes)
{
    struct ctrace_query *query = question->query;
    const uint64_t forgotten = ct_trace_writes_forgotten_count(writes);
    for (size_t i = question->kept_count; i-- > 0;)
        put_write(query, &question->kept[i].write);
    if (question->dropped_count > 0)
        ctrace_complain("there are more; --limit tells how many are shown");
    if (forgotten > 0)
        ctrace_complain("%" PRIu64 " object%s forgotten on the way: there were too many",
                        forgotten, forgotten == 1 ? " was" : "s were");
    if (query->answer_count > 0)
        return CTRACE_EXIT_OK;
    return lack_writes(query);
}

static int
answer(struct writes_question *question)
{
    struct ctrace_query *query = question->query;
    const struct ct_trace_writes_options options = {
        .name = query->subject, .write = take_write, .context = question};
    struct ct_trace_writes *writes;
    int exit_status = CTRACE_EXIT_FAILED;
    if (ct_trace_writes_new(query->scan.reader, &options, &writes) != CT_OK) {
        ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
        return CTRACE_EXIT_FAILED;
    }
    const bool is_there = follow_writes(query, writes);
    if (question->has_failed)
        ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
    else if (is_there)
        exit_status = tell_answers(question, writes);
    else if (query->scan.is_complete)
        exit_status = ctrace_query_lack_step(query, ct_trace_writes_frames(writes));
    exit_status = ctrace_query_finish(query, ct_trace_writes_frames(writes), exit_status);
    ct_trace_writes_free(writes);
    return exit_status;
}

/* Without a step it is the last one: where a program that was stopped came to. What cannot be read
 * is said by the scan that follows. */
static bool
find_last_step(struct ctrace_query *query)
{
    struct ct_trace_reader *reader = query->scan.reader;
    const struct ct_trace_pick nothing = {CT_TRACE_NO_ID, false};
    struct ct_trace_position position;
    struct ct_trace_event event;
    enum ct_status status = ct_trace_reader_seek(reader, UINT64_MAX, &position);
    uint64_t step_count = position.step_count;
    ct_trace_reader_values_put(reader, false);
    ct_trace_reader_pick_put(reader, &nothing);
    while (status == CT_OK || status == CT_ERR_FORMAT || status == CT_ERR_LIMIT) {
        status = ct_trace_reader_next(reader, &event, NULL);
        step_count += status == CT_OK && event.kind == CT_TRACE_STEP;
    }
    if (status != CT_END)
        return ctrace_scan_stop(&query->scan, status);
    query->step = step_count > 0 ? step_count - 1 : 0;
    query->has_step = true;
    ctrace_scan_close(&query->scan);
    return ctrace_scan_open_ahead(&query->scan, query->trace);
}

/* With --frame: what the step tells. False when that is the answer already, or there is none. */
static bool
look_at_step(struct writes_question *question, int *out_exit_status)
{
    struct ctrace_query *query = question->query;
    *out_exit_status = CTRACE_EXIT_FAILED;
    if (!query->has_step && !find_last_step(query))
        return false;
    const bool is_of_self = strchr("@.", query->subject[0]) != NULL && query->subject[1] != '@';
    const bool is_found = is_of_self ? find_self_at(query) : find_call_at(question);
    const bool is_answered = is_found && !is_of_self && !query->is_all;
    *out_exit_status = is_answered ? CTRACE_EXIT_OK : CTRACE_EXIT_FAILED;
    if (!is_found || is_answered) {
        *out_exit_status = ctrace_query_finish(query, NULL, *out_exit_status);
        return false;
    }
    ctrace_scan_close(&query->scan);
    return ctrace_scan_open_ahead(&query->scan, query->trace);
}

int
ctrace_query_writes(struct ctrace_query *query)
{
    struct writes_question question = {.query = query};
    int exit_status = CTRACE_EXIT_FAILED;
    question.kept = calloc(query->limit + 1, sizeof *question.kept);
    if (question.kept == NULL)
        ctrace_scan_stop(&query->scan, CT_ERR_MEMORY);
    else if (!query->is_in_frame || look_at_step(&question, &exit_status))
        exit_status = answer(&question);
    for (size_t i = 0; question.kept != NULL && i <= query->limit; i++)
        free(question.kept[i].bytes);
    free(question.kept);
    return exit_status;
}
