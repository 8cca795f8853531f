/* Whether trace_info.json is whole, and says of the trace what the trace says of itself. */
#include "trace/facts_reader.h"
#include "trace/verify.h"

#include <inttypes.h>
#include <string.h>

#define FORMAT_VERSION 1

static bool
is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

static void
compare_text(struct ct_verify *verify, const char *name, const char *text, const char *known)
{
    if (known[0] != '\0' && strcmp(text, known) != 0)
        ct_verify_report(verify, CT_FACTS_NAME, 0, "%s is not the trace's: %.80s", name, text);
}

static void
compare_count(struct ct_verify *verify, const char *name, uint64_t count, uint64_t found)
{
    if (count != CT_TRACE_NO_COUNT && count != found)
        ct_verify_report(verify, CT_FACTS_NAME, 0,
                         "%" PRIu64 " %s%s counted, the trace has %" PRIu64, count, name,
                         count == 1 ? " is" : "s are", found);
}

static void
check_state(struct ct_verify *verify, const struct ct_trace_facts *facts)
{
    static const char *const states[] = {"recording", "complete", "interrupted", "failed"};
    static const char *const ends[] = {"exit", "exception", "signal", "stop", "unseen"};
    if (facts->format != FORMAT_VERSION)
        ct_verify_report(verify, CT_FACTS_NAME, 0, "format %" PRIu64 " is not known",
                         facts->format);
    if (!is_one_of(facts->state, states, sizeof states / sizeof *states))
        ct_verify_report(verify, CT_FACTS_NAME, 0, "the state '%.40s' is none", facts->state);
    const bool is_recording = strcmp(facts->state, "recording") == 0;
    if (!is_recording && !is_one_of(facts->how, ends, sizeof ends / sizeof *ends))
        ct_verify_report(verify, CT_FACTS_NAME, 0, "how it ended is not said: '%.40s'",
                         facts->how);
    if (!is_recording && facts->step_count == CT_TRACE_NO_COUNT)
        ct_verify_report(verify, CT_FACTS_NAME, 0, "the recording is over and nothing is counted");
}

void
ct_verify_facts(struct ct_verify *verify)
{
    const struct ct_trace_facts *facts = ct_trace_reader_facts(verify->reader);
    const struct ct_trace_metadata *metadata = ct_trace_reader_metadata(verify->reader);
    const uint64_t *counts = verify->result->counts;
    if (!facts->is_present)
        return;
    if (facts->error.status != CT_OK) {
        ct_verify_report_error(verify, &facts->error);
        return;
    }
    check_state(verify, facts);
    compare_text(verify, "the recording_id", facts->recording_id, metadata->recording_id);
    compare_text(verify, "the program", facts->program, metadata->program);
    compare_text(verify, "the workdir", facts->workdir, metadata->workdir);
    compare_text(verify, "the recorder", facts->recorder, metadata->recorder);
    compare_text(verify, "the profile", facts->profile,
                 metadata->layout == CT_TRACE_LAYOUT_JSON ? "json" : "aug26");
    if (ct_trace_reader_is_lossy(verify->reader) || strcmp(facts->state, "failed") == 0)
        return;
    compare_count(verify, "step", facts->step_count, counts[CT_TRACE_STEP]);
    compare_count(verify, "call", facts->call_count, counts[CT_TRACE_CALL]);
    compare_count(verify, "event", facts->event_count, counts[CT_TRACE_EVENT]);
}
