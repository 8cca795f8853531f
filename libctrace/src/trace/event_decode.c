/* Values, arguments and types of events, and the tables' entries. See event_decode.h. */
#include "trace/event_decode.h"

#include "value/value_decode.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const kind_names[CT_TRACE_KIND_COUNT] = {
    "Step", "Path", "VariableName", "Variable", "Type", "Value", "Function", "Call", "Return",
    "Event", "Asm", "BindVariable", "Assignment", "DropVariables", "CompoundValue", "CellValue",
    "AssignCompoundItem", "AssignCell", "VariableCell", "DropVariable", "ThreadStart",
    "ThreadExit", "ThreadSwitch", "DropLastStep", "?"};

const char *
ct_trace_kind_name(enum ct_trace_kind kind)
{
    return (size_t)kind < CT_TRACE_KIND_COUNT ? kind_names[kind] : "?";
}

void
ct_event_note(const struct ct_event_decoder *decoder, const char *file, uint64_t offset,
              const char *format, ...)
{
    if (decoder->observer.note == NULL)
        return;
    char sentence[CT_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    decoder->observer.note(decoder->observer.context, file, offset, sentence);
}

enum ct_status
ct_event_decode_value(struct ct_event_decoder *decoder, struct ct_item_source *source,
                      struct ct_trace_event *event)
{
    if (decoder->is_value_wanted)
        return ct_value_decode(source, &decoder->arena, &event->value);
    struct ct_item item;
    CT_TRY(ct_item_next(source, &item));
    return ct_item_skip(source, &item);
}

/* ---- arguments ---- */

struct arg_node {
    struct ct_trace_arg arg;
    struct arg_node *next;
};

static enum ct_status
decode_arg(struct ct_item_source *source, struct ct_arena *arena, struct ct_trace_arg *out_arg)
{
    *out_arg = (struct ct_trace_arg){CT_TRACE_NO_ID, NULL};
    for (;;) {
        struct ct_item key;
        CT_TRY(ct_item_next(source, &key));
        if (key.kind == CT_ITEM_END && (out_arg->name_id == CT_TRACE_NO_ID || !out_arg->value))
            return ct_item_refuse(source, &key, "an argument lacks its variable_id or its value");
        if (key.kind == CT_ITEM_END)
            return CT_OK;
        if (ct_item_is_text(&key, "value")) {
            CT_TRY(ct_value_decode(source, arena, &out_arg->value));
            continue;
        }
        struct ct_item item;
        CT_TRY(ct_item_next(source, &item));
        if (ct_item_is_text(&key, "variable_id") && !ct_item_u64(&item, &out_arg->name_id))
            return ct_item_refuse(source, &item, "the variable_id of an argument is no id");
        CT_TRY(ct_item_skip(source, &item));
    }
}

/* The list's count is the input's claim: nodes first, the array when they are there. */
static enum ct_status
gather_args(struct ct_arena *arena, const struct arg_node *node, size_t count,
            const struct ct_trace_arg **out_args)
{
    struct ct_trace_arg *args = ct_arena_get(arena, count * sizeof *args);
    if (args == NULL)
        return CT_ERR_MEMORY;
    *out_args = args;
    for (; node != NULL; node = node->next)
        *args++ = node->arg;
    return CT_OK;
}

/* Behind the list's opening. */
static enum ct_status
decode_arg_list(struct ct_item_source *source, struct ct_arena *arena,
                const struct ct_trace_arg **out_args, size_t *out_count)
{
    struct ct_item item;
    struct arg_node *first = NULL;
    struct arg_node **link = &first;
    *out_count = 0;
    for (;;) {
        CT_TRY(ct_item_next(source, &item));
        if (item.kind == CT_ITEM_END)
            return gather_args(arena, first, *out_count, out_args);
        if (item.kind != CT_ITEM_MAP)
            return ct_item_refuse(source, &item, "an argument is no map");
        struct arg_node *node = ct_arena_get(arena, sizeof *node);
        if (node == NULL)
            return CT_ERR_MEMORY;
        CT_TRY(decode_arg(source, arena, &node->arg));
        node->next = NULL;
        *link = node;
        link = &node->next;
        (*out_count)++;
    }
}

enum ct_status
ct_args_decode(struct ct_item_source *source, struct ct_arena *arena,
               const struct ct_trace_arg **out_args, size_t *out_count)
{
    struct ct_item item;
    CT_TRY(ct_item_require(source, CT_ITEM_ARRAY, "the list of arguments", &item));
    return decode_arg_list(source, arena, out_args, out_count);
}

enum ct_status
ct_event_decode_args(struct ct_event_decoder *decoder, struct ct_item_source *source,
                     struct ct_trace_event *event)
{
    struct ct_item item;
    CT_TRY(ct_item_require(source, CT_ITEM_ARRAY, "the list of arguments", &item));
    if (!decoder->is_value_wanted)
        return ct_item_skip(source, &item);
    size_t count;
    CT_TRY(decode_arg_list(source, &decoder->arena, &event->args, &count));
    event->arg_count = count;
    return CT_OK;
}

/* ---- types ---- */

struct field_node {
    struct ct_trace_field field;
    struct field_node *next;
};

static enum ct_status
decode_field(struct ct_item_source *source, struct ct_trace_field *out_field)
{
    *out_field = (struct ct_trace_field){.type_id = CT_TRACE_NO_ID};
    for (;;) {
        struct ct_item key;
        struct ct_item item;
        CT_TRY(ct_item_next(source, &key));
        if (key.kind == CT_ITEM_END && out_field->name == NULL)
            return ct_item_refuse(source, &key, "a field of a type lacks its name");
        if (key.kind == CT_ITEM_END)
            return CT_OK;
        CT_TRY(ct_item_next(source, &item));
        if (ct_item_is_text(&key, "name") && item.kind == CT_ITEM_TEXT) {
            out_field->name = item.text;
            out_field->name_size = item.size;
        }
        if (ct_item_is_text(&key, "type_id") && !ct_item_u64(&item, &out_field->type_id))
            return ct_item_refuse(source, &item, "the type_id of a field is no id");
        CT_TRY(ct_item_skip(source, &item));
    }
}

static enum ct_status
gather_fields(struct ct_event_decoder *decoder, struct field_node *first, size_t count,
              struct ct_trace_type *type)
{
    struct ct_trace_field *fields = ct_arena_get(&decoder->arena, count * sizeof *fields);
    if (fields == NULL)
        return CT_ERR_MEMORY;
    type->fields = fields;
    type->field_count = count;
    for (struct field_node *node = first; node != NULL; node = node->next)
        *fields++ = node->field;
    return CT_OK;
}

static enum ct_status
decode_fields(struct ct_event_decoder *decoder, struct ct_item_source *source,
              struct ct_trace_type *type)
{
    struct ct_item item;
    struct field_node *first = NULL;
    struct field_node **link = &first;
    size_t count = 0;
    CT_TRY(ct_item_require(source, CT_ITEM_ARRAY, "the list of fields", &item));
    for (;;) {
        CT_TRY(ct_item_next(source, &item));
        if (item.kind == CT_ITEM_END)
            return gather_fields(decoder, first, count, type);
        if (item.kind != CT_ITEM_MAP)
            return ct_item_refuse(source, &item, "a field of a type is no map");
        struct field_node *node = ct_arena_get(&decoder->arena, sizeof *node);
        if (node == NULL)
            return CT_ERR_MEMORY;
        CT_TRY(decode_field(source, &node->field));
        node->next = NULL;
        *link = node;
        link = &node->next;
        count++;
    }
}

/* specific_info: {"kind": "None"}, or "Struct" with fields, or "Pointer" with a type_id. */
static enum ct_status
decode_specifics(struct ct_event_decoder *decoder, struct ct_item_source *source,
                 struct ct_trace_type *type)
{
    struct ct_item item;
    CT_TRY(ct_item_require(source, CT_ITEM_MAP, "specific_info", &item));
    for (;;) {
        struct ct_item key;
        CT_TRY(ct_item_next(source, &key));
        if (key.kind == CT_ITEM_END)
            return CT_OK;
        if (ct_item_is_text(&key, "fields")) {
            CT_TRY(decode_fields(decoder, source, type));
            continue;
        }
        CT_TRY(ct_item_next(source, &item));
        CT_TRY(ct_item_skip(source, &item));
    }
}

enum { TYPE_KIND = 1, TYPE_NAME = 2, TYPE_SPECIFICS = 4, TYPE_ALL = 7 };

static enum ct_status
decode_type_entry(struct ct_event_decoder *decoder, struct ct_item_source *source,
                  const struct ct_item *key, struct ct_trace_type *type, unsigned *present)
{
    struct ct_item item;
    if (ct_item_is_text(key, "specific_info")) {
        *present |= TYPE_SPECIFICS;
        return decode_specifics(decoder, source, type);
    }
    CT_TRY(ct_item_next(source, &item));
    if (ct_item_is_text(key, "kind")) {
        *present |= TYPE_KIND;
        if (!ct_item_u64(&item, &type->kind))
            return ct_item_refuse(source, &item, "the kind of a type is no number");
    }
    if (ct_item_is_text(key, "lang_type")) {
        *present |= TYPE_NAME;
        if (item.kind != CT_ITEM_TEXT)
            return ct_item_refuse(source, &item, "the lang_type of a type is no text");
        type->name = item.text;
        type->name_size = item.size;
    }
    return ct_item_skip(source, &item);
}

enum ct_status
ct_event_decode_type(struct ct_event_decoder *decoder, struct ct_item_source *source,
                     struct ct_trace_type *out_type)
{
    struct ct_item item;
    unsigned present = 0;
    CT_TRY(ct_item_require(source, CT_ITEM_MAP, "a type", &item));
    for (;;) {
        struct ct_item key;
        CT_TRY(ct_item_next(source, &key));
        if (key.kind == CT_ITEM_END && present != TYPE_ALL)
            return ct_item_refuse(source, &key, "a type lacks kind, lang_type or specific_info");
        if (key.kind == CT_ITEM_END)
            return CT_OK;
        CT_TRY(decode_type_entry(decoder, source, &key, out_type, &present));
    }
}

/* ---- definitions ---- */

static enum ct_status
define_function(struct ct_event_decoder *decoder, struct ct_trace_event *event)
{
    const struct ct_trace_function function = {event->path_id, event->line, event->text,
                                               event->text_size};
    return ct_trace_tables_function_append(&decoder->tables, &function, &event->id);
}

enum ct_status
ct_event_define(struct ct_event_decoder *decoder, const struct ct_trace_type *type,
                struct ct_trace_event *event)
{
    struct ct_trace_tables *tables = &decoder->tables;
    switch (event->kind) {
    case CT_TRACE_PATH:
        return ct_text_table_append(tables->paths, event->text, event->text_size, &event->id);
    case CT_TRACE_VARIABLE_NAME:
    case CT_TRACE_VARIABLE:
        return ct_text_table_append(tables->names, event->text, event->text_size, &event->id);
    case CT_TRACE_TYPE:
        return ct_trace_tables_type_append(tables, type, &event->id);
    case CT_TRACE_FUNCTION:
        return define_function(decoder, event);
    default:
        return CT_OK;
    }
}

enum ct_status
ct_event_absorb(struct ct_event_decoder *decoder, enum ct_status status,
                struct ct_trace_event *event)
{
    if (status != CT_ERR_FORMAT && status != CT_ERR_LIMIT)
        return status;
    event->damage = &decoder->damage;
    return CT_OK;
}
