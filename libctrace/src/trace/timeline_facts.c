/* trace_info.json: what is known of a recording as a whole. doc/format/trace_info.md has every key.
 *
 * Written when START came, when FACTS came, and for the last time after the trace was closed; each
 * time whole, under another name, and then put in the place of the one before. */
#include "base/json_cursor.h"
#include "ctrace/text.h"
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"
#include "value/json_put.h"

#include <inttypes.h>

#define FILE_NAME    "trace_info.json"
#define FILE_NAME_NEW "trace_info.json.new"
#define FORMAT_VERSION 1

#define TALLY_COUNT (CT_SPOOL_TALLY_HIDDEN + 1)

/* By enum ct_spool_tally_index. */
static const char *const tally_names[TALLY_COUNT] = {
    "values_cut",    "values_not_captured", "lost_frames",
    "ractor_events", "spool_waits",         "spool_wait_ns",
    "values_hidden",
};

/* By enum ct_spool_ending. */
static const char *const ending_names[] = {"unseen", "exit", "exception", "signal", "stop"};

void
ct_timeline_facts_init(struct ct_timeline *timeline)
{
    struct ct_timeline_facts *facts = &timeline->facts;
    ct_buffer_init(&facts->head, timeline->alloc);
    ct_buffer_init(&facts->recorded, timeline->alloc);
    ct_buffer_init(&facts->gems, timeline->alloc);
    ct_buffer_init(&facts->limit, timeline->alloc);
    ct_buffer_init(&facts->parent, timeline->alloc);
    ct_buffer_init(&facts->children, timeline->alloc);
    ct_buffer_init(&facts->started, timeline->alloc);
    ct_buffer_init(&facts->flight, timeline->alloc);
    ct_buffer_init(&facts->text, timeline->alloc);
}

void
ct_timeline_facts_release(struct ct_timeline *timeline)
{
    struct ct_timeline_facts *facts = &timeline->facts;
    ct_buffer_release(&facts->head);
    ct_buffer_release(&facts->recorded);
    ct_buffer_release(&facts->gems);
    ct_buffer_release(&facts->limit);
    ct_buffer_release(&facts->parent);
    ct_buffer_release(&facts->children);
    ct_buffer_release(&facts->started);
    ct_buffer_release(&facts->flight);
    ct_buffer_release(&facts->text);
}

/* ---- the text ---- */

static void
put_text(struct ct_buffer *out, const char *before, const char *text)
{
    ct_buffer_put_text(out, before);
    ct_json_put_string(out, text, strlen(text));
}

static void
put_number(struct ct_buffer *out, const char *before, uint64_t number)
{
    ct_buffer_put_text(out, before);
    ct_json_put_u64(out, number);
}

static void
put_head(struct ct_buffer *out, const struct ct_trace_options *options)
{
    put_text(out, "\"recording_id\":", options->recording_id);
    put_text(out, ",\n\"program\":", options->program);
    ct_buffer_put_text(out, ",\n\"args\":[");
    for (size_t i = 0; i < options->arg_count; i++)
        put_text(out, i > 0 ? "," : "", options->args[i]);
    put_text(out, "],\n\"workdir\":", options->workdir);
    put_text(out, ",\n\"recorder\":", options->recorder);
    put_text(out, ",\n\"profile\":", options->profile == CT_PROFILE_JSON ? "json" : "aug26");
}

/* What the program's end was; null as long as nobody knows. */
static void
put_end(struct ct_buffer *out, const struct ct_timeline_facts *facts)
{
    const bool has_signal = facts->ending == CT_SPOOL_ENDING_SIGNAL;
    const bool has_status =
        facts->ending == CT_SPOOL_ENDING_EXIT || facts->ending == CT_SPOOL_ENDING_EXCEPTION;
    put_text(out, "{\"how\":", ending_names[facts->ending]);
    ct_buffer_put_text(out, ",\"exit_status\":");
    if (has_status)
        ct_json_put_i64(out, facts->code);
    ct_buffer_put_text(out, has_status ? ",\"signal\":" : "null,\"signal\":");
    if (has_signal)
        ct_json_put_i64(out, facts->code);
    ct_buffer_put_text(out, has_signal ? "}" : "null}");
}

static void
put_counts(struct ct_buffer *out, const struct ct_timeline *timeline)
{
    const struct ct_timeline_facts *facts = &timeline->facts;
    put_number(out, "{\"steps\":", timeline->counts.step_count);
    put_number(out, ",\"calls\":", timeline->counts.call_count);
    put_number(out, ",\"events\":", timeline->counts.event_count);
    for (size_t i = 0; i < TALLY_COUNT; i++) {
        put_text(out, ",", tally_names[i]);
        ct_buffer_put_u8(out, ':');
        if (facts->has_tally)
            ct_json_put_u64(out, facts->tally[i]);
        else
            ct_buffer_put_text(out, "null");
    }
    ct_buffer_put_u8(out, '}');
}

static const char *
find_state(const struct ct_timeline *timeline)
{
    if (timeline->writer != NULL)
        return "recording";
    if (timeline->status != CT_OK)
        return "failed";
    return timeline->facts.has_tally ? "complete" : "interrupted";
}

static void
put_end_of_recording(struct ct_buffer *out, const struct ct_timeline *timeline)
{
    const struct ct_timeline_options *options = &timeline->options;
    ct_buffer_put_text(out, ",\n\"end\":");
    put_end(out, &timeline->facts);
    ct_buffer_put_text(out, ",\n\"failure\":");
    if (timeline->status != CT_OK)
        put_text(out, "", timeline->error.message);
    else if (timeline->facts.limit.size > 0)
        ct_json_put_string(out, (const char *)timeline->facts.limit.bytes,
                           timeline->facts.limit.size);
    else
        ct_buffer_put_text(out, "null");
    ct_buffer_put_text(out, ",\n\"duration_ns\":");
    if (options->clock_ns == NULL)
        ct_buffer_put_text(out, "null");
    else
        ct_json_put_u64(out, options->clock_ns(options->context) - timeline->facts.start_ns);
    ct_buffer_put_text(out, ",\n\"counts\":");
    put_counts(out, timeline);
}

static void
put_family(struct ct_buffer *out, const struct ct_timeline_facts *facts)
{
    if (facts->parent.size > 0) {
        ct_buffer_put_text(out, ",\n\"parent\":");
        ct_buffer_put(out, facts->parent.bytes, facts->parent.size);
    }
    if (facts->children.size + facts->started.size > 0) {
        ct_buffer_put_text(out, ",\n\"children\":[");
        ct_buffer_put(out, facts->children.bytes, facts->children.size);
        if (facts->children.size > 0 && facts->started.size > 0)
            ct_buffer_put_u8(out, ',');
        ct_buffer_put(out, facts->started.bytes, facts->started.size);
        ct_buffer_put_u8(out, ']');
    }
    if (facts->flight.size > 0) {
        ct_buffer_put_text(out, ",\n\"flight_recorder\":");
        ct_buffer_put(out, facts->flight.bytes, facts->flight.size);
    }
}

static enum ct_status
put_file(struct ct_timeline *timeline)
{
    const struct ct_timeline_facts *facts = &timeline->facts;
    struct ct_buffer *out = &timeline->facts.text;
    ct_buffer_reset(out);
    put_number(out, "{\n\"format\":", FORMAT_VERSION);
    put_text(out, ",\n\"state\":", find_state(timeline));
    ct_buffer_put_text(out, ",\n");
    ct_buffer_put(out, facts->head.bytes, facts->head.size);
    ct_buffer_put_text(out, ",\n\"backend\":\"native\",\n\"pid\":");
    if (timeline->options.program_pid > 0)
        ct_json_put_i64(out, timeline->options.program_pid);
    else
        ct_buffer_put_text(out, "null");
    put_family(out, facts);
    ct_buffer_put(out, facts->recorded.bytes, facts->recorded.size);
    ct_buffer_put_text(out, ",\n\"gems\":[");
    ct_buffer_put(out, facts->gems.bytes, facts->gems.size);
    ct_buffer_put_u8(out, ']');
    if (timeline->writer == NULL)
        put_end_of_recording(out, timeline);
    else
        ct_buffer_put_text(out, ",\n\"end\":null,\n\"failure\":null,\n\"duration_ns\":null,"
                                "\n\"counts\":null");
    ct_buffer_put_text(out, "\n}\n");
    CT_TRY(ct_buffer_status(&facts->head));
    CT_TRY(ct_buffer_status(&facts->recorded));
    CT_TRY(ct_buffer_status(&facts->parent));
    CT_TRY(ct_buffer_status(&facts->children));
    CT_TRY(ct_buffer_status(&facts->gems));
    CT_TRY(ct_buffer_status(&facts->flight));
    return ct_buffer_status(out);
}

static enum ct_status
replace_file(struct ct_folder *folder, const struct ct_buffer *text)
{
    struct ct_file *file;
    CT_TRY(folder->ops->create(folder, FILE_NAME_NEW, &file));
    enum ct_status status = file->ops->write_at(file, 0, text->bytes, text->size);
    const enum ct_status closed = ct_file_close(file);
    if (status == CT_OK)
        status = closed;
    if (status == CT_OK)
        status = folder->ops->rename(folder, FILE_NAME_NEW, FILE_NAME);
    if (status != CT_OK && folder->ops->remove(folder, FILE_NAME_NEW) != CT_OK)
        return CT_ERR_IO;
    return status;
}

/* A trace is worth having without it: only memory that ran out is a failure. */
static enum ct_status
write_file(struct ct_timeline *timeline)
{
    CT_TRY(put_file(timeline));
    const enum ct_status status = replace_file(timeline->folder, &timeline->facts.text);
    timeline->anomalies.facts_count += status != CT_OK;
    return status == CT_ERR_MEMORY ? status : CT_OK;
}

/* ---- records ---- */

enum ct_status
ct_timeline_facts_begin(struct ct_timeline *timeline, const struct ct_trace_options *options)
{
    const struct ct_timeline_options *own = &timeline->options;
    struct ct_timeline_facts *facts = &timeline->facts;
    facts->start_ns = own->clock_ns != NULL ? own->clock_ns(own->context) : 0;
    put_head(&facts->head, options);
    ct_buffer_reset(&facts->flight);
    if (options->is_held)
        ct_buffer_put_text(&facts->flight, "{\"reason\":null,\"let_go\":null}");
    return write_file(timeline);
}

static void
put_relative(struct ct_buffer *out, int64_t pid, const char *recording_id, const char *folder)
{
    ct_buffer_put_text(out, "{\"pid\":");
    if (pid > 0)
        ct_json_put_i64(out, pid);
    else
        ct_buffer_put_text(out, "null");
    put_text(out, ",\"recording_id\":", recording_id);
    put_text(out, ",\"folder\":", folder);
    ct_buffer_put_u8(out, '}');
}

enum ct_status
ct_timeline_facts_branch(struct ct_timeline *timeline, const struct ct_trace_options *options,
                         int64_t program_pid)
{
    struct ct_timeline_facts *facts = &timeline->facts;
    ct_buffer_reset(&facts->parent);
    put_relative(&facts->parent, timeline->options.program_pid,
                 timeline->trace_options.recording_id, "../..");
    timeline->trace_options = *options;
    timeline->options.program_pid = program_pid;
    facts->has_tally = false;
    facts->ending = CT_SPOOL_ENDING_UNSEEN;
    ct_buffer_reset(&facts->children);
    ct_buffer_reset(&facts->head);
    return ct_timeline_facts_begin(timeline, options);
}

static void
put_flight(struct ct_buffer *out, const char *reason, const struct ct_trace_counts *let_go)
{
    ct_buffer_reset(out);
    put_text(out, "{\"reason\":", reason);
    put_number(out, ",\"let_go\":{\"steps\":", let_go->step_count);
    put_number(out, ",\"calls\":", let_go->call_count);
    put_number(out, ",\"events\":", let_go->event_count);
    ct_buffer_put_text(out, "}}");
}

enum ct_status
ct_timeline_facts_land(struct ct_timeline *timeline, const struct ct_trace_options *options,
                       const char *reason, const struct ct_trace_counts *let_go)
{
    struct ct_timeline_facts *facts = &timeline->facts;
    const char *before = timeline->trace_options.recording_id;
    put_flight(&facts->flight, reason, let_go);
    if (strcmp(before, options->recording_id) != 0) {
        ct_buffer_reset(&facts->parent);
        put_relative(&facts->parent, timeline->options.program_pid, before, "../..");
        ct_buffer_reset(&facts->children);
    }
    timeline->trace_options = *options;
    ct_buffer_reset(&facts->head);
    put_head(&facts->head, options);
    return write_file(timeline);
}

enum ct_status
ct_timeline_child_put(struct ct_timeline *timeline, const struct ct_timeline_child *child)
{
    struct ct_buffer *out = &timeline->facts.children;
    if (timeline->writer == NULL)
        return CT_ERR_STATE;
    ct_buffer_put_text(out, out->size > 0 ? ",\n" : "\n");
    put_relative(out, child->pid, child->recording_id, child->folder);
    return write_file(timeline);
}

/* Whether it is one JSON object. */
static enum ct_status
check_object(struct ct_timeline *timeline, const uint8_t *text, size_t size)
{
    struct ct_json_cursor cursor;
    struct ct_arena arena;
    struct ct_item item;
    ct_arena_init(&arena, timeline->alloc);
    ct_json_cursor_init(&cursor, text, size, &arena, FILE_NAME, NULL);
    enum ct_status status = ct_item_require(&cursor.source, CT_ITEM_MAP, FILE_NAME, &item);
    if (status == CT_OK)
        status = ct_item_skip(&cursor.source, &item);
    if (status == CT_OK)
        status = cursor.source.finish(&cursor.source);
    ct_arena_release(&arena);
    return status;
}

/* Entries of a JSON object that was checked, with a comma before them. */
static void
put_entries(struct ct_buffer *out, const uint8_t *text, size_t size)
{
    ct_buffer_reset(out);
    if (size <= 2)
        return;
    ct_buffer_put_text(out, ",\n");
    ct_buffer_put(out, text + 1, size - 2);
}

static enum ct_status
put_recorded(struct ct_timeline *timeline, const uint8_t *text, size_t size)
{
    const enum ct_status status = check_object(timeline, text, size);
    if (status == CT_ERR_MEMORY)
        return status;
    if (status == CT_OK && size >= 2 && text[0] == '{' && text[size - 1] == '}')
        put_entries(&timeline->facts.recorded, text, size);
    else
        timeline->anomalies.facts_count++;
    return write_file(timeline);
}

/* The next NUL-terminated text, as a JSON string; false behind the last one. */
static bool
put_next(struct ct_buffer *out, const uint8_t **at, const uint8_t *end)
{
    const uint8_t *nul = *at < end ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;
    if (nul == NULL)
        return false;
    const size_t size = (size_t)(nul - *at);
    if (ct_text_is_utf8((const char *)*at, size))
        ct_json_put_string(out, (const char *)*at, size);
    else
        ct_buffer_put_text(out, "\"?\""); /* RubyGems has no such names */
    *at = nul + 1;
    return true;
}

static enum ct_status
put_gems(struct ct_timeline *timeline, const uint8_t *text, size_t size)
{
    struct ct_buffer *out = &timeline->facts.gems;
    const uint8_t *end = text + size;
    ct_buffer_reset(out);
    while (text < end) {
        ct_buffer_put_text(out, out->size > 0 ? ",\n{\"name\":" : "\n{\"name\":");
        if (!put_next(out, &text, end))
            return CT_ERR_FORMAT;
        ct_buffer_put_text(out, ",\"version\":");
        if (!put_next(out, &text, end))
            return CT_ERR_FORMAT;
        ct_buffer_put_u8(out, '}');
    }
    return CT_OK; /* into the file at the end: a program may load many, one after the other */
}

static enum ct_status
put_tally(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_timeline_facts *facts = &timeline->facts;
    struct ct_spool_tally tally;
    const uint8_t *counts;
    CT_TRY(ct_timeline_record_fixed(record, &tally, sizeof tally));
    const size_t count = record->head.count < TALLY_COUNT ? record->head.count : TALLY_COUNT;
    CT_TRY(ct_timeline_record_bytes(record, count * sizeof(uint64_t), &counts));
    if (record->head.flags > CT_SPOOL_ENDING_STOP)
        return CT_ERR_FORMAT;
    memcpy(facts->tally, counts, count * sizeof(uint64_t));
    facts->ending = (enum ct_spool_ending)record->head.flags;
    facts->code = tally.code;
    facts->has_tally = true;
    return CT_OK;
}

enum ct_status
ct_timeline_facts_put(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_facts fixed;
    const uint8_t *text;
    if (record->head.kind == CT_SPOOL_TALLY)
        return put_tally(timeline, record);
    CT_TRY(ct_timeline_record_fixed(record, &fixed, sizeof fixed));
    CT_TRY(ct_timeline_record_bytes(record, fixed.text_size, &text));
    if (record->head.flags == CT_SPOOL_FACTS_GEMS)
        return put_gems(timeline, text, fixed.text_size);
    return record->head.flags == CT_SPOOL_FACTS_STATIC
               ? put_recorded(timeline, text, fixed.text_size)
               : CT_ERR_FORMAT;
}

/* What registers itself once it can see that this recording has ended changes the file itself. */
enum ct_status
ct_timeline_facts_end(struct ct_timeline *timeline)
{
    size_t known;
    CT_TRY(ct_timeline_started_read(timeline));
    do {
        known = timeline->facts.started.size;
        CT_TRY(write_file(timeline));
        CT_TRY(ct_timeline_started_read(timeline));
    } while (timeline->facts.started.size != known);
    return CT_OK;
}
