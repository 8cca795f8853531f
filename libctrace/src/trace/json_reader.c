/* Decodes {"Step": {…}} and its kin. Keys may come in any order, unknown ones are passed over.
 *
 * See json_reader.h. What an event must have is a table: the same for every kind. */
#include "trace/json_reader.h"

#include "base/json_cursor.h"

#include <inttypes.h>
#include <string.h>

#define TRACE_NAME "trace.json"

/* Fields that some event has. */
enum field {
    FIELD_PATH_ID = 1 << 0,
    FIELD_LINE = 1 << 1,
    FIELD_VARIABLE_ID = 1 << 2,
    FIELD_VALUE = 1 << 3,
    FIELD_NAME = 1 << 4,
    FIELD_FUNCTION_ID = 1 << 5,
    FIELD_ARGS = 1 << 6,
    FIELD_RETURN_VALUE = 1 << 7,
    FIELD_KIND = 1 << 8,
    FIELD_METADATA = 1 << 9,
    FIELD_CONTENT = 1 << 10
};

static const char *const field_names[] = {"path_id",  "line",        "variable_id", "value",
                                          "name",     "function_id", "args",        "return_value",
                                          "kind",     "metadata",    "content"};
#define FIELD_COUNT (sizeof field_names / sizeof *field_names)

/* Fields by kind; a kind that is no map has none. */
static const unsigned kind_fields[CT_TRACE_KIND_COUNT] = {
    [CT_TRACE_STEP] = FIELD_PATH_ID | FIELD_LINE,
    [CT_TRACE_VALUE] = FIELD_VARIABLE_ID | FIELD_VALUE,
    [CT_TRACE_FUNCTION] = FIELD_PATH_ID | FIELD_LINE | FIELD_NAME,
    [CT_TRACE_CALL] = FIELD_FUNCTION_ID | FIELD_ARGS,
    [CT_TRACE_RETURN] = FIELD_RETURN_VALUE,
    [CT_TRACE_EVENT] = FIELD_KIND | FIELD_METADATA | FIELD_CONTENT,
};

enum ct_status
ct_json_reader_init(struct ct_json_reader *reader, struct ct_file *file,
                    const struct ct_alloc *alloc)
{
    *reader = (struct ct_json_reader){0};
    return ct_json_array_init(&reader->array, file, TRACE_NAME, alloc);
}

void
ct_json_reader_release(struct ct_json_reader *reader)
{
    ct_json_array_release(&reader->array);
}

static enum ct_status
take_text(struct ct_item_source *source, const struct ct_item *item, const char **out_text,
          size_t *out_size)
{
    if (item->kind != CT_ITEM_TEXT)
        return ct_item_refuse(source, item, "a text is expected there");
    *out_text = item->text;
    *out_size = item->size;
    return CT_OK;
}

static enum ct_status
take_id(struct ct_item_source *source, const struct ct_item *item, uint64_t *out_id)
{
    if (!ct_item_u64(item, out_id))
        return ct_item_refuse(source, item, "an id is expected there");
    return CT_OK;
}

/* The item of a field that is a leaf. */
static enum ct_status
take_leaf(struct ct_item_source *source, enum field field, const struct ct_item *item,
          struct ct_trace_event *event)
{
    switch (field) {
    case FIELD_PATH_ID:
        return take_id(source, item, &event->path_id);
    case FIELD_VARIABLE_ID:
        return take_id(source, item, &event->name_id);
    case FIELD_FUNCTION_ID:
        return take_id(source, item, &event->function_id);
    case FIELD_KIND:
        return take_id(source, item, &event->event_kind);
    case FIELD_METADATA:
        return take_text(source, item, &event->metadata, &event->metadata_size);
    case FIELD_NAME:
    case FIELD_CONTENT:
        return take_text(source, item, &event->text, &event->text_size);
    default:
        break;
    }
    if (!ct_item_i64(item, &event->line))
        return ct_item_refuse(source, item, "a line is expected there");
    return CT_OK;
}

static unsigned
find_field(const struct ct_item *key, unsigned wanted)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if ((wanted & 1u << i) != 0 && ct_item_is_text(key, field_names[i]))
            return 1u << i;
    }
    return 0;
}

/* A value or the arguments, and where they stand in the element. */
static enum ct_status
decode_values(struct ct_event_decoder *decoder, struct ct_item_source *source, unsigned field,
              struct ct_trace_event *event)
{
    size_t start = source->consumed;
    if (field == FIELD_ARGS)
        CT_TRY(ct_event_decode_args(decoder, source, event));
    else
        CT_TRY(ct_event_decode_value(decoder, source, event));
    while (start < source->consumed && strchr(": \t\r\n", source->input[start]) != NULL)
        start++;
    event->encoded = source->input + start;
    event->encoded_size = source->consumed - start;
    return CT_OK;
}

static enum ct_status
decode_field(struct ct_event_decoder *decoder, struct ct_item_source *source, unsigned field,
             struct ct_trace_event *event)
{
    if (field == FIELD_VALUE || field == FIELD_RETURN_VALUE || field == FIELD_ARGS)
        return decode_values(decoder, source, field, event);
    struct ct_item item;
    CT_TRY(ct_item_next(source, &item));
    if (field == 0)
        return ct_item_skip(source, &item);
    return take_leaf(source, (enum field)field, &item, event);
}

static enum ct_status
decode_map(struct ct_event_decoder *decoder, struct ct_item_source *source,
           struct ct_trace_event *event)
{
    struct ct_item item;
    unsigned lacking = kind_fields[event->kind];
    CT_TRY(ct_item_require(source, CT_ITEM_MAP, ct_trace_kind_name(event->kind), &item));
    for (;;) {
        CT_TRY(ct_item_next(source, &item));
        if (item.kind == CT_ITEM_END)
            break;
        const unsigned field = find_field(&item, kind_fields[event->kind]);
        if (field != 0 && (lacking & field) == 0)
            return ct_item_refuse(source, &item, "a field comes twice");
        lacking &= ~field;
        CT_TRY(decode_field(decoder, source, field, event));
    }
    if (lacking != 0)
        return ct_item_refuse(source, &item, "%s lacks %s", ct_trace_kind_name(event->kind),
                              field_names[__builtin_ctz(lacking)]);
    return CT_OK;
}

/* What stands behind the event's name. */
static enum ct_status
decode_content(struct ct_event_decoder *decoder, struct ct_item_source *source,
               struct ct_trace_type *type, struct ct_trace_event *event)
{
    struct ct_item item;
    if (kind_fields[event->kind] != 0)
        return decode_map(decoder, source, event);
    if (event->kind == CT_TRACE_TYPE)
        return ct_event_decode_type(decoder, source, type);
    CT_TRY(ct_item_next(source, &item));
    switch (event->kind) {
    case CT_TRACE_PATH:
    case CT_TRACE_VARIABLE_NAME:
    case CT_TRACE_VARIABLE:
        return take_text(source, &item, &event->text, &event->text_size);
    case CT_TRACE_THREAD_START:
    case CT_TRACE_THREAD_EXIT:
    case CT_TRACE_THREAD_SWITCH:
        return take_id(source, &item, &event->thread_id);
    default:
        return ct_item_skip(source, &item);
    }
}

static enum ct_trace_kind
find_kind(const struct ct_item *name)
{
    for (int kind = 0; kind < CT_TRACE_UNKNOWN; kind++) {
        if (ct_item_is_text(name, ct_trace_kind_name((enum ct_trace_kind)kind)))
            return (enum ct_trace_kind)kind;
    }
    return CT_TRACE_UNKNOWN;
}

static enum ct_status
decode_element(struct ct_event_decoder *decoder, struct ct_item_source *source,
               struct ct_trace_type *type, struct ct_trace_event *event)
{
    struct ct_item item;
    CT_TRY(ct_item_next(source, &item));
    if (ct_item_is_text(&item, "DropLastStep")) { /* the one event that may be a bare word */
        event->kind = CT_TRACE_DROP_LAST_STEP;
        return source->finish(source);
    }
    if (item.kind != CT_ITEM_MAP)
        return ct_item_refuse(source, &item, "the element is no event");
    CT_TRY(ct_item_require(source, CT_ITEM_TEXT, "the element", &item));
    event->kind = find_kind(&item);
    if (event->kind == CT_TRACE_UNKNOWN)
        return ct_item_refuse(source, &item, "no event is called '%.*s'",
                              (int)(item.size < 40 ? item.size : 40), item.text);
    CT_TRY(decode_content(decoder, source, type, event));
    CT_TRY(ct_item_require(source, CT_ITEM_END, "a second key of the element", &item));
    return source->finish(source);
}

/* The cursor counts from the element's start; a reader of the message wants the file's. */
static void
shift_damage(struct ct_event_decoder *decoder, const struct ct_trace_event *event)
{
    char message[CT_ERROR_MESSAGE_SIZE];
    memcpy(message, decoder->damage.message, sizeof message);
    (void)ct_error_put(&decoder->damage, decoder->damage.status, TRACE_NAME,
                       decoder->damage.offset + event->offset, "event %" PRIu64 " (%s): %.140s",
                       event->index, ct_trace_kind_name(event->kind), message);
}

enum ct_status
ct_json_reader_next(struct ct_json_reader *reader, struct ct_event_decoder *decoder,
                    struct ct_trace_event *out_event, struct ct_error *error)
{
    struct ct_json_element element;
    const enum ct_status found =
        ct_json_array_next(&reader->array, decoder->event_size_max, &element, error);
    if (found == CT_ERR_FORMAT || found == CT_ERR_LIMIT)
        reader->is_lossy = true;
    if (found != CT_OK)
        return found;

    struct ct_json_cursor cursor;
    struct ct_trace_type type = {.kind = CT_TRACE_NO_ID, .name = ""};
    ct_arena_reset(&decoder->arena);
    ct_json_cursor_init(&cursor, element.text, element.size, &decoder->arena, TRACE_NAME,
                        &decoder->damage);
    ct_event_init(out_event, CT_TRACE_UNKNOWN);
    out_event->file = TRACE_NAME;
    out_event->offset = element.offset;
    out_event->index = reader->index++;
    CT_TRY(ct_event_absorb(decoder, decode_element(decoder, &cursor.source, &type, out_event),
                           out_event));
    if (out_event->damage != NULL)
        shift_damage(decoder, out_event);
    return ct_event_define(decoder, &type, out_event);
}
