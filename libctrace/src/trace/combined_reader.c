/* Cuts events out of the window, field by field, then decodes what is boxed in them.
 *
 * See combined_reader.h. Cutting has no effect but on a cursor, so that it can simply be tried
 * again with a larger window when the event is not all there yet. */
#include "trace/combined_reader.h"

#include "base/bytes.h"
#include "base/cursor.h"
#include "ctrace/text.h"
#include "trace/events_format.h"
#include "trace/index_format.h"
#include "value/cbor_cursor.h"
#include "value/value_peek.h"

#include <inttypes.h>
#include <string.h>

#define LOG_NAME    "events.log"
#define FORMAT_NAME "events.fmt"

struct raw_text {
    const uint8_t *bytes;
    size_t size;
};

/* An event's fields as they stand in the window. */
struct raw_event {
    uint8_t tag;
    uint8_t small;       /* the b field */
    uint64_t numbers[3]; /* u and i fields, in order */
    struct raw_text texts[2];
    struct raw_text box;
    size_t size;
};

static const char *const tag_fields[CT_EVENT_TAG_COUNT] = CT_EVENT_FIELDS;

static struct raw_text
get_text(struct ct_cursor *cursor)
{
    const uint32_t size = ct_cursor_get_u32(cursor);
    return (struct raw_text){ct_cursor_get(cursor, size), size};
}

/* Lists are checked and passed over: no one asks for their items. */
static void
skip_list(struct ct_cursor *cursor, char field)
{
    const uint32_t count = ct_cursor_get_u32(cursor);
    for (uint32_t i = 0; i < count && !cursor->failed; i++) {
        if (field == 'S')
            get_text(cursor);
        else
            ct_cursor_get_u64(cursor);
    }
}

#define BOX_ONLY_AT 5  /* behind a tag and the size of a c field */
#define ID_END      9  /* of a tag and a u field */
#define BOX_AT      13 /* behind them and the size of a c field */
#define STEP_AT     17 /* behind a Step */

/* Steps, values, calls and returns, which nearly all events are, without the table of fields.
 * False when it is another or not all there. hot */
static bool
cut_frequent_event(const uint8_t *bytes, size_t size, struct raw_event *raw)
{
    if (size < STEP_AT)
        return false;
    raw->tag = bytes[0];
    raw->numbers[0] = ct_bytes_get_u64(bytes + 1);
    if (raw->tag == CT_TRACE_STEP) {
        raw->numbers[1] = ct_bytes_get_u64(bytes + ID_END);
        raw->size = STEP_AT;
        return true;
    }
    const bool is_return = raw->tag == CT_TRACE_RETURN;
    if (!is_return && raw->tag != CT_TRACE_VALUE && raw->tag != CT_TRACE_CALL)
        return false;
    const size_t box_at = is_return ? BOX_ONLY_AT : BOX_AT;
    raw->box = (struct raw_text){bytes + box_at, ct_bytes_get_u32(bytes + box_at - 4)};
    raw->size = box_at + raw->box.size;
    return raw->box.size <= size - box_at;
}

/* False when the tag is unknown. A cursor that failed means that bytes are missing. */
static bool
cut_event(struct ct_cursor *cursor, struct raw_event *raw)
{
    unsigned number_count = 0;
    unsigned text_count = 0;
    *raw = (struct raw_event){.tag = ct_cursor_get_u8(cursor)};
    if (raw->tag >= CT_EVENT_TAG_COUNT)
        return false;
    for (const char *field = tag_fields[raw->tag]; *field != '\0'; field++) {
        if (*field == 'u' || *field == 'i')
            raw->numbers[number_count++] = ct_cursor_get_u64(cursor);
        else if (*field == 'b')
            raw->small = ct_cursor_get_u8(cursor);
        else if (*field == 's')
            raw->texts[text_count++] = get_text(cursor);
        else if (*field == 'c')
            raw->box = get_text(cursor);
        else
            skip_list(cursor, *field);
    }
    raw->size = cursor->position;
    return true;
}

static enum ct_status
take_text(struct ct_event_decoder *decoder, const struct ct_trace_event *event,
          const struct raw_text *raw, const char **out_text, size_t *out_size)
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
decode_box(struct ct_event_decoder *decoder, const struct raw_event *raw,
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
decode_boxed(struct ct_event_decoder *decoder, const struct raw_event *raw,
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
decode_parts(struct ct_event_decoder *decoder, const struct raw_event *raw,
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
take_plain(const struct raw_event *raw, struct ct_trace_event *event)
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
              const struct raw_event *raw, struct ct_trace_event *event)
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

static enum ct_status
open_chunk(struct ct_combined_reader *reader, const struct ct_event_decoder *decoder,
           struct ct_error *error)
{
    struct ct_chunk_head head;
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
              struct raw_event *raw, struct ct_error *error)
{
    struct ct_chunk_reader *chunks = &reader->chunks;
    for (;;) {
        const bool has_bytes = chunks->end > chunks->start;
        struct ct_cursor cursor = {0};
        if (has_bytes && cut_frequent_event(chunks->window + chunks->start,
                                            chunks->end - chunks->start, raw))
            return CT_OK;
        if (has_bytes)
            ct_cursor_init(&cursor, chunks->window + chunks->start, chunks->end - chunks->start);
        if (has_bytes && !cut_event(&cursor, raw))
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
    bool has_structs = false;
    if (chunks->end == chunks->start)
        return false;
    const uint8_t *bytes = chunks->window + chunks->start;
    const uint8_t *end = chunks->window + chunks->end;
    uint32_t count = 0;
    while (count < reader->events_left && end - bytes >= BOX_AT && *bytes == CT_TRACE_VALUE) {
        const uint32_t size = ct_bytes_get_u32(bytes + ID_END);
        if (ct_bytes_get_u64(bytes + 1) == pick->name_id || size > (size_t)(end - bytes) - BOX_AT)
            break;
        has_structs = pick->has_structs && ct_value_may_hold_struct(bytes + BOX_AT, size);
        if (has_structs)
            break;
        bytes += BOX_AT + size;
        count++;
    }
    chunks->start = (size_t)(bytes - chunks->window);
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

enum ct_status
ct_combined_reader_next(struct ct_combined_reader *reader, struct ct_event_decoder *decoder,
                        struct ct_trace_event *out_event, struct ct_error *error)
{
    struct raw_event raw; /* not zeroed as a whole: that takes longer than cutting a step */
    raw.tag = raw.small = 0;
    raw.box = (struct raw_text){NULL, 0};
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
    const bool is_picking =
        decoder->is_picking && !decoder->is_value_wanted && !reader->is_name_met;
    const bool has_structs = is_picking && skip_values(reader, &decoder->pick);
    while (!reader->is_open || reader->events_left == 0) {
        if (reader->is_open)
            CT_TRY(finish_chunk(reader, decoder, error));
        CT_TRY(open_chunk(reader, decoder, error));
    }
    const enum ct_status status = require_event(reader, decoder, &raw, error);
    if (status != CT_OK)
        return drop_chunk(reader, status);
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
        struct raw_event raw;
        struct ct_trace_event event;
        struct ct_trace_type type = {.name = ""};
        struct ct_cursor cursor;
        ct_cursor_init(&cursor, bytes, size);
        if (!is_definition(*bytes) || !cut_event(&cursor, &raw) || cursor.failed)
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
    ct_chunk_reader_release(&reader->chunks);
}
