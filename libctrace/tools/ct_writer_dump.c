/* See ct_writer.h: when and where what a flight recorder holds becomes a trace. */
#include "ct_writer.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_DUMPS "dumps"

/* ---- on demand ---- */

const char *
ct_writer_dump_reason(const struct ct_spool_record *record)
{
    struct ct_spool_dump dump;
    const char *text = (const char *)record + sizeof dump;
    if (record->size < sizeof dump)
        return NULL;
    memcpy(&dump, record, sizeof dump);
    if (dump.text_size > record->size - sizeof dump ||
        strnlen(text, dump.text_size) == dump.text_size)
        return NULL;
    return text;
}

/* `dumps/NUMBER` below the recording's folder. */
static bool
make_folder(const char *base, uint32_t number, char out_path[PATH_MAX])
{
    int size = snprintf(out_path, PATH_MAX, "%s/" FOLDER_DUMPS, base);
    if (size < 0 || size >= PATH_MAX - 16 || !ct_writer_folder_make(out_path))
        return false;
    snprintf(out_path + size, PATH_MAX - (size_t)size, "/%" PRIu32, number);
    return ct_writer_folder_make(out_path);
}

static enum ct_status
write_dump(struct ct_writer_flight *flight, const struct ct_timeline_landing *landing)
{
    struct ct_timeline *timeline = flight->timeline;
    CT_TRY(ct_timeline_land(timeline, landing));
    bool is_json = ct_timeline_profile(timeline) == CT_PROFILE_JSON;
    int lock = ct_writer_lock_take(landing->folder, is_json ? "trace.json" : "trace.ct");
    enum ct_status status = ct_writer_flight_feed(flight);
    ct_timeline_stop(timeline, "the program goes on");
    enum ct_status finished = ct_timeline_finish(timeline);
    if (lock >= 0)
        close(lock);
    return status != CT_OK ? status : finished;
}

void
ct_writer_dump(struct ct_writer_flight *flight, struct ct_writer_life *life, const char *reason)
{
    char path[PATH_MAX], id[CT_SPOOL_RECORDING_ID_SIZE];
    if (!flight->is_on || !ct_timeline_is_held(flight->timeline) ||
        flight->dump_count == CT_SPOOL_DUMP_MAX)
        return;
    flight->dump_count++;
    if (fork() != 0)
        return; /* nobody waits for it; without a process the dump is not there */
    ct_writer_life_release(life);
    if (!make_folder(ct_timeline_folder(flight->timeline), flight->dump_count, path))
        _exit(1);
    ct_spool_recording_id_make(id);
    const struct ct_timeline_landing landing = {
        .folder = path, .recording_id = id, .reason = reason};
    _exit(write_dump(flight, &landing) == CT_OK ? 0 : 1);
}

/* ---- at the end ---- */

/* Why the end calls for a trace; false when the program ended as it should. */
static bool
describe_end(const struct ct_timeline *timeline, char *out_text, size_t size)
{
    int32_t code;
    switch (ct_timeline_ending(timeline, &code)) {
    case CT_SPOOL_ENDING_STOP:
        return false;
    case CT_SPOOL_ENDING_EXIT:
        snprintf(out_text, size, "the program ended with status %d", (int)code);
        return code != 0;
    case CT_SPOOL_ENDING_EXCEPTION:
        snprintf(out_text, size, "an exception ended the program");
        return true;
    case CT_SPOOL_ENDING_SIGNAL:
        snprintf(out_text, size, "signal %d ended the program", (int)code);
        return true;
    case CT_SPOOL_ENDING_UNSEEN:
        break;
    }
    snprintf(out_text, size, "the program ended unseen: killed, a crash, exit!, exec");
    return true;
}

enum ct_status
ct_writer_flight_land(struct ct_writer_flight *flight, char *message, size_t message_size)
{
    char reason[96];
    const struct ct_timeline_landing landing = {.reason = reason};
    if (describe_end(flight->timeline, reason, sizeof reason))
        return ct_timeline_land(flight->timeline, &landing);
    snprintf(message, message_size, "nothing was kept, since the program ended in order");
    return CT_OK;
}
