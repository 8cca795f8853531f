/* Cuts events out of the window, or has them cut ahead, then decodes what is boxed in them. See
 * combined_reader.h. */
#include "trace/combined_reader.h"

#include "ctrace/text.h"
#include "trace/event_cut.h"
#include "trace/events_format.h"
#include "trace/index_format.h"
#include "value/cbor_cursor.h"

#include <inttypes.h>
#include <string.h>

#define LOG_NAME    "events.log"
#define FORMAT_NAME "events.fmt"

static enum ct_status
take_text(struct ct_event_decoder *decoder, const struct ct_trace_event *event,
          const struct ct_raw_text *raw, const char **out_text, size_t *out_size)
{
    *out_text = (const char *)raw->bytes;
    *out_size = raw->size;
    if (ct_text_is_utf8(raw->bytes, raw->size))
        return CT_OK;
    return ct_error_put(&decoder->damage, CT_ERR_FORMAT, LOG_NAME, event->offset,
                        "event %" PRIu64 ": text is not UTF-8", event->index);
}

/* Decodes the box of `event`, by kind; a type goes to *type. */
static enum ct_status
decode_box(struct ct_event_decoder *decoder, const struct ct_raw_event *raw,
           struct ct_trace_type *type, struct ct_trace_event *event)
{
    struct ct_cbor_cursor cursor;
    struct ct_item_source *source = &cursor.source;
    ct_cbor_cursor_init(&cursor, raw->box.bytes, raw->box.size, "value", &decoder->damage);
    struct ct_item item;
    switch (event->kind) {
    case CT_TRACE_TYPE:
        CT_TRY(ct_event_decode_type(decoder, source, type));
        break;
    case CT_TRACE_VALUE:
    case CT_TRACE_RETURN:
        CT_TRY(ct_event_decode_value(decoder, source, event));
        break;
    case CT_TRACE_CALL:
        CT_TRY(ct_event_decode_args(decoder, source, event));
        break;
    case CT_TRACE_ASSIGNMENT:
        CT_TRY(ct_item_next(source, &item));
        CT_TRY(ct_item_skip(source, &item));
        break;
    default:
        return CT_OK;
    }
    return source->finish(source);
}

/* A box's failure names a place within the box: say which event that was. */
static enum ct_status
decode_boxed(struct ct_event_decoder *decoder, const struct ct_raw_event *raw,
             struct ct_trace_type *type, struct ct_trace_event *event)
{
    const enum ct_status status = decode_box(decoder, raw, type, event);
    if (status != CT_ERR_FORMAT && status != CT_ERR_LIMIT)
        return status;
    const struct ct_error inner = decoder->damage;
    event->value = NULL;
    event->args = NULL;
    event->arg_count = 0;
    *type = (struct ct_trace_type){.kind = CT_TRACE_NO_ID, .name = ""};
    return ct_error_put(&decoder->damage, status, LOG_NAME, event->offset,
                        "event %" PRIu64 " (%s), byte %" PRIu64 " of its value: %.100s",
                        event->index, ct_trace_kind_name(event->kind), inner.offset, inner.message);
}

/* Decodes all that can fail; the plain numbers are there already. */
static enum ct_status
decode_parts(struct ct_event_decoder *decoder, const struct ct_raw_event *raw,
             struct ct_trace_type *type, struct ct_trace_event *event)
{
    switch (event->kind) {
    case CT_TRACE_PATH:
    case CT_TRACE_VARIABLE_NAME:
    case CT_TRACE_VARIABLE:
    case CT_TRACE_FUNCTION:
        return take_text(decoder, event, &raw->texts[0], &event->text, &event->text_size);
    case CT_TRACE_EVENT:
        CT_TRY(take_text(decoder, event, &raw->texts[0], &event->metadata, &event->metadata_size));
        return take_text(decoder, event, &raw->texts[1], &event->text, &event->text_size);
    default:
        return decode_boxed(decoder, raw, type, event);
    }
}

/* The fields that need no decoding. */
static void
take_plain(const struct ct_raw_event *raw, struct ct_trace_event *event)
{
    switch (event->kind) {
    case CT_TRACE_STEP:
    case CT_TRACE_FUNCTION:
        event->path_id = raw->numbers[0];
        event->line = (int64_t)raw->numbers[1];
        break;
    case CT_TRACE_VALUE:
        event->name_id = raw->numbers[0];
        event->encoded = raw->box.bytes;
        event->encoded_size = raw->box.size;
        break;
    case CT_TRACE_CALL:
        event->function_id = raw->numbers[0];
        event->encoded = raw->box.bytes;
        event->encoded_size = raw->box.size;
        break;
    case CT_TRACE_RETURN:
        event->encoded = raw->box.bytes;
        event->encoded_size = raw->box.size;
        break;
    case CT_TRACE_EVENT:
        event->event_kind = raw->small;
        break;
    case CT_TRACE_THREAD_START:
    case CT_TRACE_THREAD_EXIT:
    case CT_TRACE_THREAD_SWITCH:
        event->thread_id = raw->numbers[0];
        break;
    default:
        break;
    }
}

/* Whether the plain fields are all that is delivered of the event, as of most. hot */
static bool
is_plain(const struct ct_event_decoder *decoder, enum ct_trace_kind kind)
{
    if (kind == CT_TRACE_STEP)
        return true;
    return !decoder->is_value_wanted &&
           (kind == CT_TRACE_VALUE || kind == CT_TRACE_CALL || kind == CT_TRACE_RETURN);
}

/* hot */
static enum ct_status
deliver_event(struct ct_combined_reader *reader, struct ct_event_decoder *decoder,
              const struct ct_raw_event *raw, struct ct_trace_event *event)
{
    if (decoder->observer.record != NULL)
        decoder->observer.record(decoder->observer.context, reader->chunks.offset,
                                 reader->chunks.window + reader->chunks.start, raw->size);
    ct_event_init(event, (enum ct_trace_kind)raw->tag);
    event->file = LOG_NAME;
    event->offset = reader->chunks.offset;
    event->index = reader->index++;
    reader->events_left--;
    reader->event_size = raw->size;
    take_plain(raw, event);
    if (is_plain(decoder, event->kind))
        return CT_OK;
    struct ct_trace_type type = {.name = ""};
    ct_arena_reset(&decoder->arena);
    CT_TRY(ct_event_absorb(decoder, decode_parts(decoder, raw, &type, event), event));
    return ct_event_define(decoder, &type, event);
}

/* ---- chunks ---- */

static void
end_ahead(struct ct_combined_reader *reader)
{
    ct_chunk_ahead_free(reader->ahead);
    reader->ahead = NULL;
    reader->is_ahead_wanted = reader->is_ahead_running = false;
}

static void
stop_ahead(struct ct_combined_reader *reader)
{
    if (reader->is_ahead_running)
        ct_chunk_ahead_stop(reader->ahead);
    reader->is_ahead_running = false;
}

/* Whether there is another thread to work ahead of this one; starts it if it is worth it. */
static bool
require_ahead(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder)
{
    const struct ct_chunk_reader *chunks = &reader->chunks;
    const bool is_observed = decoder->observer.note != NULL || decoder->observer.record != NULL;
    if (!reader->is_ahead_wanted || is_observed || chunks->position >= chunks->entry->size)
        return false;
    if (reader->ahead != NULL)
        return true;
    if (reader->chunk_count++ < CT_AHEAD_CHUNK_MIN)
        return false;
    reader->is_ahead_wanted =
        ct_chunk_ahead_new(chunks, decoder->event_size_max, &reader->ahead) == CT_OK;
    return reader->is_ahead_wanted;
}

static void
begin_ahead(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder)
{
    const struct ct_ahead_filter filter = {
        decoder->is_picking, decoder->is_picking && !decoder->is_value_wanted, decoder->pick};
    ct_chunk_ahead_begin(reader->ahead, reader->chunks.position, &filter, reader->is_name_met);
    reader->is_ahead_running = true;
    reader->filter_number = decoder->filter_number;
}

/* Takes the next chunk from the other thread. False when it is to be read here. */
static bool
take_chunk(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder)
{
    if (!require_ahead(reader, decoder)) {
        stop_ahead(reader); /* it may have been wanted until now */
        return false;
    }
    if (!reader->is_ahead_running)
        begin_ahead(reader, decoder);
    const struct ct_ahead_chunk *chunk = ct_chunk_ahead_next(reader->ahead);
    if (!chunk->is_usual) {
        reader->is_ahead_running = false;
        if (++reader->unusual_count > CT_AHEAD_UNUSUAL_MAX)
            end_ahead(reader);
        return false;
    }
    ct_chunk_reader_pass(&reader->chunks, chunk->offset, chunk->end_offset);
    reader->is_open = true;
    reader->events_left = chunk->head_count;
    reader->event_size = 0;
    reader->cut = chunk;
    reader->cut_index = 0;
    return true;
}

static enum ct_status
open_chunk(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder,
           struct ct_error *error)
{
    struct ct_chunk_head head;
    reader->cut = NULL;
    if (take_chunk(reader, decoder))
        return CT_OK;
    const enum ct_status status = ct_chunk_reader_next(&reader->chunks, decoder, &head, error);
    if (status == CT_ERR_FORMAT)
        reader->is_lossy = true;
    if (status != CT_OK)
        return status;
    if (head.event_first != reader->index)
        ct_event_note(decoder, LOG_NAME, reader->chunks.offset,
                      "the chunk at event %" PRIu64 " says that its first event is %" PRIu64,
                      reader->index, head.event_first);
    if (head.event_count == 0 || head.event_count > CT_CHUNK_EVENT_MAX)
        ct_event_note(decoder, LOG_NAME, reader->chunks.offset,
                      "the chunk holds %" PRIu32 " events: 1 to %d are allowed", head.event_count,
                      CT_CHUNK_EVENT_MAX);
    reader->is_open = true;
    reader->events_left = head.event_count;
    reader->event_size = 0;
    return CT_OK;
}

/* All its events are delivered: it must end here, too. */
static enum ct_status
finish_chunk(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder,
             struct ct_error *error)
{
    struct ct_chunk_reader *chunks = &reader->chunks;
    reader->is_open = false;
    if (chunks->end == chunks->start) {
        const enum ct_status status = ct_chunk_reader_fill(chunks, decoder->event_size_max, error);
        if (status != CT_OK && status != CT_END)
            return status;
    }
    if (chunks->is_cut)
        ct_event_note(decoder, LOG_NAME, chunks->offset,
                      "the chunk's head says more bytes than events.log has");
    if (chunks->end > chunks->start)
        ct_event_note(decoder, LOG_NAME, chunks->offset,
                      "the chunk has bytes after its last event");
    else if (ct_chunk_reader_has_rest(chunks))
        ct_event_note(decoder, LOG_NAME, chunks->offset,
                      "the chunk has bytes after its zstd frame");
    return CT_OK;
}

static enum ct_status
drop_chunk(struct ct_combined_reader *reader, enum ct_status status)
{
    reader->is_open = false;
    reader->is_lossy = true;
    reader->index += reader->events_left;
    return status;
}

/* Cuts the next event, enlarging the window until it is all there. */
static enum ct_status
require_event(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder,
              struct ct_raw_event *raw, struct ct_error *error)
{
    struct ct_chunk_reader *chunks = &reader->chunks;
    for (;;) {
        const bool has_bytes = chunks->end > chunks->start;
        struct ct_cursor cursor = {0};
        if (has_bytes && ct_event_cut_frequent(chunks->window + chunks->start,
                                            chunks->end - chunks->start, raw))
            return CT_OK;
        if (has_bytes)
            ct_cursor_init(&cursor, chunks->window + chunks->start, chunks->end - chunks->start);
        if (has_bytes && !ct_event_cut(&cursor, raw))
            return ct_error_put(error, CT_ERR_FORMAT, LOG_NAME, chunks->offset,
                                "event %" PRIu64 " has the unknown tag %u", reader->index,
                                raw->tag);
        if (has_bytes && !cursor.failed)
            return CT_OK;
        const enum ct_status status = ct_chunk_reader_fill(chunks, decoder->event_size_max, error);
        if (status == CT_END)
            return ct_error_put(error, CT_ERR_FORMAT, LOG_NAME, chunks->offset,
                                "the chunk ends inside event %" PRIu64, reader->index);
        CT_TRY(status);
    }
}

/* Passes over the values in the window up to the first that is picked; true: because it may hold a
 * Struct. hot */
static bool
skip_values(struct ct_combined_reader *reader, const struct ct_trace_pick *pick)
{
    struct ct_chunk_reader *chunks = &reader->chunks;
    bool has_structs;
    uint32_t count;
    if (chunks->end == chunks->start)
        return false;
    chunks->start +=
        ct_event_skip_values(chunks->window + chunks->start, chunks->end - chunks->start,
                             reader->events_left, pick, &count, &has_structs);
    reader->events_left -= count;
    reader->index += count;
    return has_structs;
}

/* A value picked by its name has the rest of its step delivered. */
static void
note_pick(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder,
          const struct ct_trace_event *event)
{
    if (event->kind == CT_TRACE_STEP)
        reader->is_name_met = false;
    else if (event->kind == CT_TRACE_VALUE && decoder->is_picking &&
             event->name_id == decoder->pick.name_id)
        reader->is_name_met = true;
}

/* The next event of the list that the other thread made, passing over what it passed over; false
 * when there is none. hot */
static bool
take_cut(struct ct_combined_reader *reader, struct ct_raw_event *raw, bool *out_has_structs)
{
    const struct ct_ahead_chunk *cut = reader->cut;
    if (reader->cut_index == cut->count) {
        reader->index += reader->events_left; /* nothing but values that were passed over */
        reader->events_left = 0;
        return false;
    }
    const struct ct_ahead_event *event = &cut->events[reader->cut_index++];
    const uint8_t *bytes = cut->bytes + event->at;
    reader->events_left -= event->skipped_count;
    reader->index += event->skipped_count;
    *out_has_structs = event->has_structs;
    raw->tag = event->tag;
    if (ct_event_is_frequent(event->tag)) {
        raw->numbers[0] = event->number;
        raw->numbers[1] = (uint64_t)event->line;
        raw->box = (struct ct_raw_text){bytes, event->size};
        return true;
    }
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, bytes, event->size);
    (void)ct_event_cut(&cursor, raw); /* as it was cut before */
    raw->size = 0; /* of no window */
    return true;
}

/* Where other events are wanted than the list has: reads the chunk here, and goes behind the event
 * that was taken last. */
static enum ct_status
check_cut(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder,
          struct ct_error *error)
{
    struct ct_chunk_head head;
    const struct ct_ahead_chunk *cut = reader->cut;
    if (reader->filter_number == decoder->filter_number)
        return CT_OK;
    const uint32_t end = cut->events[reader->cut_index - 1].end;
    reader->cut = NULL;
    reader->chunks.position = cut->offset;
    stop_ahead(reader);
    enum ct_status status = ct_chunk_reader_next(&reader->chunks, decoder, &head, error);
    if (status == CT_OK && reader->chunks.end < end)
        status = ct_error_put(error, CT_ERR_FORMAT, LOG_NAME, reader->chunks.offset,
                              "the chunk does not read the same again");
    if (status != CT_OK)
        return drop_chunk(reader, status);
    reader->chunks.start = end;
    return CT_OK;
}

/* The next event that is wanted, out of this chunk or the next. hot */
static inline enum ct_status
find_event(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder,
           struct ct_raw_event *raw, bool *out_has_structs, struct ct_error *error)
{
    if (reader->cut != NULL) {
        CT_TRY(check_cut(reader, decoder, error));
        if (reader->cut != NULL && take_cut(reader, raw, out_has_structs))
            return CT_OK;
    }
    if (decoder->is_picking && !decoder->is_value_wanted && !reader->is_name_met &&
        reader->cut == NULL)
        *out_has_structs = skip_values(reader, &decoder->pick);
    while (!reader->is_open || reader->events_left == 0) {
        if (reader->is_open)
            CT_TRY(finish_chunk(reader, decoder, error));
        CT_TRY(open_chunk(reader, decoder, error));
        if (reader->cut != NULL && take_cut(reader, raw, out_has_structs))
            return CT_OK;
    }
    const enum ct_status status = require_event(reader, decoder, raw, error);
    return status == CT_OK ? status : drop_chunk(reader, status);
}

enum ct_status
ct_combined_reader_next(struct ct_combined_reader *reader, struct ct_event_decoder *decoder,
                        struct ct_trace_event *out_event, struct ct_error *error)
{
    struct ct_raw_event raw; /* not zeroed as a whole: that takes longer than cutting a step */
    bool has_structs = false;
    raw.tag = raw.small = 0;
    raw.box = (struct ct_raw_text){NULL, 0};
    raw.size = 0;
    if (reader->format_error.status != CT_OK) {
        const enum ct_status lost = reader->format_error.status;
        if (error != NULL)
            *error = reader->format_error;
        reader->format_error.status = CT_OK;
        return lost;
    }
    reader->chunks.start += reader->event_size;
    reader->event_size = 0;
    CT_TRY(find_event(reader, decoder, &raw, &has_structs, error));
    CT_TRY(deliver_event(reader, decoder, &raw, out_event));
    out_event->has_structs = has_structs;
    note_pick(reader, decoder, out_event);
    return CT_OK;
}

/* ---- beginning later ---- */

static bool
is_definition(uint8_t tag)
{
    return tag == CT_TRACE_PATH || tag == CT_TRACE_VARIABLE_NAME || tag == CT_TRACE_VARIABLE ||
           tag == CT_TRACE_TYPE || tag == CT_TRACE_FUNCTION;
}

enum ct_status
ct_combined_reader_define(struct ct_event_decoder *decoder, const uint8_t *bytes, size_t size,
                          struct ct_error *error)
{
    while (size > 0) {
        struct ct_raw_event raw;
        struct ct_trace_event event;
        struct ct_trace_type type = {.name = ""};
        struct ct_cursor cursor;
        ct_cursor_init(&cursor, bytes, size);
        if (!is_definition(*bytes) || !ct_event_cut(&cursor, &raw) || cursor.failed)
            return ct_error_put(error, CT_ERR_FORMAT, CT_INDEX_NAME, 0,
                                "the index has something else among the definitions");
        ct_event_init(&event, (enum ct_trace_kind)raw.tag);
        take_plain(&raw, &event);
        ct_arena_reset(&decoder->arena);
        CT_TRY(ct_event_absorb(decoder, decode_parts(decoder, &raw, &type, &event), &event));
        CT_TRY(ct_event_define(decoder, &type, &event));
        bytes += raw.size;
        size -= raw.size;
    }
    return CT_OK;
}

/* Damage of the file often takes its end away: of a chunk that is passed over at least the last
 * byte must be there. */
static enum ct_status
require_log(const struct ct_combined_reader *reader, uint64_t log_offset, struct ct_error *error)
{
    const struct ct_chunk_reader *chunks = &reader->chunks;
    uint8_t last;
    if (log_offset == 0 || log_offset > chunks->entry->size)
        return ct_error_put(error, CT_ERR_FORMAT, CT_INDEX_NAME, 0,
                            "the index tells of more than events.log holds");
    return ct_container_reader_read(chunks->container, chunks->entry, log_offset - 1, &last, 1,
                                    error);
}

enum ct_status
ct_combined_reader_seek(struct ct_combined_reader *reader, uint64_t log_offset,
                        uint64_t record_index, struct ct_error *error)
{
    struct ct_chunk_reader *chunks = &reader->chunks;
    uint8_t head[CT_CHUNK_HEAD_SIZE];
    CT_TRY(require_log(reader, log_offset, error));
    if (chunks->entry->size - log_offset >= sizeof head) {
        CT_TRY(ct_container_reader_read(chunks->container, chunks->entry, log_offset, head,
                                        sizeof head, error));
        if (ct_bytes_get_u64(head + 8) != record_index)
            return ct_error_put(error, CT_ERR_FORMAT, CT_INDEX_NAME, 0,
                                "the index names a place in events.log where no such chunk is");
    }
    chunks->position = log_offset;
    reader->index = record_index;
    return CT_OK;
}

/* ---- opening ---- */

/* CT_ERR_FORMAT for another form; what keeps events.fmt from being read goes to *out_lost. */
static enum ct_status
check_format_name(struct ct_container_reader *container, struct ct_error *out_lost,
                  struct ct_error *error)
{
    static const char name[] = CT_EVENTS_FORMAT_NAME;
    char found[sizeof name - 1];
    const struct ct_container_entry *entry = ct_container_reader_find(container, FORMAT_NAME);
    if (entry == NULL) {
        (void)ct_error_put(out_lost, CT_ERR_FORMAT, FORMAT_NAME, 0, "there is no events.fmt");
        return CT_OK;
    }
    if (entry->size == sizeof found) {
        const enum ct_status status =
            ct_container_reader_read(container, entry, 0, found, sizeof found, out_lost);
        if (status == CT_ERR_FORMAT)
            return CT_OK;
        CT_TRY(status);
    }
    if (entry->size != sizeof found || memcmp(found, name, sizeof found) != 0)
        return ct_error_put(error, CT_ERR_FORMAT, FORMAT_NAME, 0,
                            "events.fmt does not say '%s', the one form of events.log that is read",
                            name);
    return CT_OK;
}

enum ct_status
ct_combined_reader_init(struct ct_combined_reader *reader, struct ct_container_reader *container,
                        const struct ct_alloc *alloc, struct ct_error *error)
{
    *reader = (struct ct_combined_reader){0};
    const struct ct_container_entry *log = ct_container_reader_find(container, LOG_NAME);
    if (log == NULL && ct_container_reader_find(container, "steps.dat") != NULL)
        return ct_error_put(error, CT_ERR_FORMAT, "steps.dat", 0,
                            "this trace has the split layout (steps.dat), which is not read yet");
    if (log == NULL)
        return ct_error_put(error, CT_ERR_NOT_FOUND, LOG_NAME, 0,
                            "the container holds no events.log");
    CT_TRY(check_format_name(container, &reader->format_error, error));
    return ct_chunk_reader_init(&reader->chunks, container, log, alloc);
}

void
ct_combined_reader_release(struct ct_combined_reader *reader)
{
    end_ahead(reader);
    ct_chunk_reader_release(&reader->chunks);
}
