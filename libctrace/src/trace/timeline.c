/* See timeline.h: the dispatcher on a record's kind, and the life of a timeline. */
#include "ctrace/timeline.h"

#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

#include <errno.h>

enum ct_status
ct_timeline_new(const struct ct_timeline_options *options, struct ct_timeline **out_timeline)
{
    const struct ct_alloc *alloc = options->alloc == NULL ? ct_alloc_default() : options->alloc;
    struct ct_timeline *timeline = ct_alloc_zeroed(alloc, 1, sizeof *timeline);
    if (timeline == NULL)
        return CT_ERR_MEMORY;
    timeline->options = *options;
    timeline->alloc = alloc;
    ct_arena_init(&timeline->definitions, alloc);
    ct_buffer_init(&timeline->text, alloc);
    ct_buffer_init(&timeline->metadata, alloc);
    ct_timeline_facts_init(timeline);
    ct_timeline_expressions_init(timeline);
    ct_timeline_instructions_init(timeline);
    if (ct_timeline_lanes_init(timeline) != CT_OK) {
        ct_timeline_free(timeline);
        return CT_ERR_MEMORY;
    }
    *out_timeline = timeline;
    return CT_OK;
}

/* Keeps the first failure, and errno as it was then. */
static enum ct_status
fail(struct ct_timeline *timeline, enum ct_status status, const char *what, unsigned kind)
{
    int errno_value = errno;
    if (timeline->status != CT_OK)
        return timeline->status;
    timeline->status = ct_error_put(&timeline->error, status, "spool", timeline->record_count,
                                    "%s %u: %s", what, kind, ct_status_text(status));
    timeline->error.errno_value = errno_value;
    return status;
}

static enum ct_status
end_recording(struct ct_timeline *timeline, int status, const uint8_t *snapshot, size_t size)
{
    if (timeline->has_ended)
        return CT_OK;
    timeline->has_ended = true;
    return ct_timeline_strands_end(timeline, status, snapshot, size);
}

static enum ct_status
put_end(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_end end;
    if (timeline->lane != timeline->lanes[0])
        return CT_ERR_FORMAT;
    CT_TRY(ct_timeline_record_fixed(record, &end, sizeof end));
    const uint8_t *snapshot;
    CT_TRY(ct_timeline_record_bytes(record, end.snapshot_size, &snapshot));
    return end_recording(timeline, end.status, snapshot, end.snapshot_size);
}

/* Whether the kind of record is one that needs a strand to belong to. */
static bool
is_of_strand(unsigned kind)
{
    return (kind >= CT_SPOOL_STEP && kind <= CT_SPOOL_EVENT) || kind == CT_SPOOL_BRIEF_STEP;
}

/* hot */
static inline enum ct_status
put_record(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_fork fork;
    struct ct_spool_budget budget;
    struct ct_spool_flight flight;
    struct ct_spool_dump dump;
    switch (record->head.kind) {
    case CT_SPOOL_BRIEF_STEP:
        return ct_timeline_step_brief(timeline, record);
    case CT_SPOOL_STEP:
        return ct_timeline_step(timeline, record);
    case CT_SPOOL_VALUES:
        return ct_timeline_values(timeline, record);
    case CT_SPOOL_CALL:
        return ct_timeline_call(timeline, record);
    case CT_SPOOL_RETURN:
        return ct_timeline_return(timeline, record);
    case CT_SPOOL_UNWIND:
        return ct_timeline_unwind(timeline, record);
    case CT_SPOOL_EVENT:
        return ct_timeline_event(timeline, record);
    case CT_SPOOL_STRAND:
    case CT_SPOOL_SWITCH:
    case CT_SPOOL_STRAND_END:
        return ct_timeline_strand(timeline, record);
    case CT_SPOOL_END:
        return put_end(timeline, record);
    case CT_SPOOL_FORK:
        return ct_timeline_record_fixed(record, &fork, sizeof fork); /* the writer process's */
    case CT_SPOOL_BUDGET:
        return ct_timeline_record_fixed(record, &budget, sizeof budget);
    case CT_SPOOL_FLIGHT:
        return ct_timeline_record_fixed(record, &flight, sizeof flight);
    case CT_SPOOL_DUMP:
        return ct_timeline_record_fixed(record, &dump, sizeof dump);
    case CT_SPOOL_EXPRESSION:
        return ct_timeline_expression(timeline, record);
    case CT_SPOOL_SEEN:
        return ct_timeline_seen(timeline, record);
    case CT_SPOOL_RAN:
        return ct_timeline_ran(timeline, record);
    case CT_SPOOL_CODE:
    case CT_SPOOL_INSTRUCTION:
        return ct_timeline_code(timeline, record);
    case CT_SPOOL_FACTS:
    case CT_SPOOL_TALLY:
        return ct_timeline_facts_put(timeline, record);
    default:
        return ct_timeline_define(timeline, record);
    }
}

/* hot */
enum ct_status
ct_timeline_put(struct ct_timeline *timeline, const struct ct_spool_record *record)
{
    struct ct_timeline_record reading = {
        .head = *record, .bytes = (const uint8_t *)record, .position = sizeof *record};
    enum ct_status status = timeline->status;
    if (__builtin_expect(status != CT_OK, 0))
        return status;
    timeline->record_count++;
    if (__builtin_expect(timeline->has_ended, 0)) {
        timeline->anomalies.late_count++;
        return CT_OK;
    }
    bool is_homeless =
        timeline->lane->current == CT_TIMELINE_NO_STRAND && is_of_strand(reading.head.kind);
    if (__builtin_expect(is_homeless, 0))
        status = CT_ERR_FORMAT;
    else if (__builtin_expect(timeline->has_started, 1))
        status = put_record(timeline, &reading);
    else
        status = reading.head.kind == CT_SPOOL_START ? ct_timeline_start(timeline, &reading)
                                                     : CT_ERR_FORMAT;
    if (__builtin_expect(status == CT_OK, 1))
        return CT_OK;
    return fail(timeline, status, "a record of kind", reading.head.kind);
}

enum ct_status
ct_timeline_flush(struct ct_timeline *timeline)
{
    if (timeline->status != CT_OK || timeline->writer == NULL)
        return timeline->status;
    enum ct_status status = ct_trace_writer_flush(timeline->writer);
    if (status == CT_OK)
        status = ct_timeline_expressions_flush(timeline);
    if (status == CT_OK)
        status = ct_timeline_instructions_flush(timeline);
    return status == CT_OK ? CT_OK : fail(timeline, status, "a flush", 0);
}

enum ct_status
ct_timeline_settle(struct ct_timeline *timeline)
{
    if (timeline->status != CT_OK || timeline->writer == NULL)
        return timeline->status;
    const enum ct_status status = ct_trace_writer_settle(timeline->writer);
    return status == CT_OK ? CT_OK : fail(timeline, status, "a flush", 0);
}

void
ct_timeline_stop(struct ct_timeline *timeline, const char *reason)
{
    ct_buffer_reset(&timeline->facts.limit);
    ct_buffer_put_text(&timeline->facts.limit, reason);
}

enum ct_status
ct_timeline_finish(struct ct_timeline *timeline)
{
    enum ct_status status = CT_OK;
    if (timeline->writer == NULL)
        return timeline->status == CT_OK ? CT_ERR_STATE : timeline->status;
    /* After damage or a failed record the calls are ended all the same; a writer that has failed
     * refuses that by itself. */
    if (timeline->has_started)
        status = end_recording(timeline, -1, NULL, 0);
    if (status != CT_OK)
        (void)fail(timeline, status, "the end", 0);
    ct_trace_writer_counts(timeline->writer, &timeline->counts);
    status = ct_trace_writer_close(timeline->writer);
    timeline->writer = NULL;
    if (status != CT_OK)
        (void)fail(timeline, status, "closing", 0);
    status = ct_timeline_expressions_end(timeline);
    if (status != CT_OK)
        (void)fail(timeline, status, "trace_expressions.json", 0);
    status = ct_timeline_instructions_end(timeline);
    if (status != CT_OK)
        (void)fail(timeline, status, "trace.instructions", 0);
    status = ct_timeline_facts_end(timeline);
    if (status != CT_OK)
        (void)fail(timeline, status, "trace_info.json", 0);
    return timeline->status;
}

void
ct_timeline_free(struct ct_timeline *timeline)
{
    if (timeline == NULL)
        return;
    if (timeline->writer != NULL && ct_trace_writer_close(timeline->writer) != CT_OK)
        timeline->writer = NULL; /* the caller did not ask: finish would have told */
    ct_folder_close(timeline->folder);
    if (timeline->value_writer != NULL)
        ct_snapshot_decoder_release(&timeline->decoder);
    ct_value_writer_free(timeline->value_writer);
    ct_timeline_strands_release(timeline);
    ct_timeline_lanes_release(timeline);
    ct_alloc_free(timeline->alloc, timeline->shown);
    ct_timeline_args_release(timeline, &timeline->watched);
    ct_timeline_watched_release(timeline);
    ct_timeline_pages_release(timeline);
    ct_alloc_free(timeline->alloc, timeline->paths);
    ct_buffer_release(&timeline->text);
    ct_buffer_release(&timeline->metadata);
    ct_arena_release(&timeline->definitions);
    ct_timeline_facts_release(timeline);
    ct_timeline_expressions_release(timeline);
    ct_timeline_instructions_release(timeline);
    ct_alloc_free(timeline->alloc, timeline);
}

bool
ct_timeline_is_held(const struct ct_timeline *timeline)
{
    return timeline->writer != NULL && timeline->trace_options.is_held;
}

enum ct_spool_ending
ct_timeline_ending(const struct ct_timeline *timeline, int32_t *out_code)
{
    *out_code = timeline->facts.code;
    return timeline->facts.has_tally ? timeline->facts.ending : CT_SPOOL_ENDING_UNSEEN;
}

bool
ct_timeline_is_open(const struct ct_timeline *timeline)
{
    return timeline->writer != NULL;
}

const char *
ct_timeline_folder(const struct ct_timeline *timeline)
{
    return timeline->folder_path;
}

enum ct_profile
ct_timeline_profile(const struct ct_timeline *timeline)
{
    return timeline->profile;
}

void
ct_timeline_counts(const struct ct_timeline *timeline, struct ct_trace_counts *out_counts)
{
    *out_counts = timeline->counts;
    if (timeline->writer != NULL)
        ct_trace_writer_counts(timeline->writer, out_counts);
}

uint64_t
ct_timeline_instructions_size(const struct ct_timeline *timeline)
{
    return timeline->instructions.writer.size;
}

void
ct_timeline_anomalies(const struct ct_timeline *timeline,
                      struct ct_timeline_anomalies *out_anomalies)
{
    *out_anomalies = timeline->anomalies;
}

const struct ct_error *
ct_timeline_error(const struct ct_timeline *timeline)
{
    return &timeline->error;
}
