/* See facts_reader.h: the fields that are wanted are a table of where they stand. */
#include "trace/facts_reader.h"

#include "base/json_cursor.h"

#include <stddef.h>

enum field_kind { FIELD_TEXT, FIELD_COUNT, FIELD_SIGNED };

struct field {
    const char *group; /* the object it is in; "": the outermost */
    const char *name;
    enum field_kind kind;
    size_t offset;    /* in struct ct_trace_facts */
    size_t known;     /* offset of the bool that says whether it came; 0: none */
    bool is_required; /* of the outermost, which the file must have */
};

#define AT(member)                      offsetof(struct ct_trace_facts, member)
#define TEXT_AT(group, name, member)    {group, name, FIELD_TEXT, AT(member), 0, false}
#define COUNT_AT(group, name, member)   {group, name, FIELD_COUNT, AT(member), 0, false}
#define NEEDED(name, kind, member)      {"", name, kind, AT(member), 0, true}
#define SIGNED_AT(group, name, m, have) {group, name, FIELD_SIGNED, AT(m), AT(have), false}

static const struct field fields[] = {
    NEEDED("format", FIELD_COUNT, format),
    NEEDED("state", FIELD_TEXT, state),
    NEEDED("recording_id", FIELD_TEXT, recording_id),
    NEEDED("program", FIELD_TEXT, program),
    NEEDED("workdir", FIELD_TEXT, workdir),
    NEEDED("recorder", FIELD_TEXT, recorder),
    NEEDED("profile", FIELD_TEXT, profile),
    NEEDED("backend", FIELD_TEXT, backend),
    TEXT_AT("", "start_time", start_time),
    TEXT_AT("", "failure", failure),
    COUNT_AT("", "pid", pid),
    COUNT_AT("", "duration_ns", duration_ns),
    TEXT_AT("ruby", "description", ruby),
    TEXT_AT("git", "commit", commit),
    TEXT_AT("git", "branch", branch),
    TEXT_AT("end", "how", how),
    SIGNED_AT("end", "exit_status", exit_status, has_exit_status),
    SIGNED_AT("end", "signal", signal, has_signal),
    COUNT_AT("counts", "steps", step_count),
    COUNT_AT("counts", "calls", call_count),
    COUNT_AT("counts", "events", event_count),
    COUNT_AT("counts", "values_cut", cut_count),
    COUNT_AT("counts", "values_not_captured", uncaptured_count),
    COUNT_AT("counts", "lost_frames", lost_frame_count),
    COUNT_AT("counts", "ractor_events", ractor_event_count),
    COUNT_AT("counts", "spool_waits", wait_count),
};
#define FIELD_TABLE_SIZE (sizeof fields / sizeof *fields)

struct reading {
    struct ct_item_source *source;
    struct ct_arena *arena;
    struct ct_trace_facts *facts;
    bool has[FIELD_TABLE_SIZE];
};

static void *
place_of(struct ct_trace_facts *facts, size_t offset)
{
    return (char *)facts + offset;
}

void
ct_facts_init(struct ct_trace_facts *facts)
{
    *facts = (struct ct_trace_facts){.gem_count = CT_TRACE_NO_COUNT};
    for (size_t i = 0; i < FIELD_TABLE_SIZE; i++) {
        void *place = place_of(facts, fields[i].offset);
        if (fields[i].kind == FIELD_TEXT)
            *(const char **)place = "";
        else if (fields[i].kind == FIELD_COUNT)
            *(uint64_t *)place = CT_TRACE_NO_COUNT;
    }
}

static enum ct_status
take_field(struct reading *reading, const struct field *field, const struct ct_item *item)
{
    void *place = place_of(reading->facts, field->offset);
    if (item->kind == CT_ITEM_NULL && !field->is_required)
        return CT_OK;
    if (field->kind == FIELD_TEXT) {
        if (item->kind != CT_ITEM_TEXT)
            return ct_item_refuse(reading->source, item, "%s is no text", field->name);
        const char *copy = ct_arena_copy(reading->arena, item->text, item->size);
        *(const char **)place = copy != NULL ? copy : "";
        return copy != NULL ? CT_OK : CT_ERR_MEMORY;
    }
    const bool is_number = field->kind == FIELD_COUNT ? ct_item_u64(item, place)
                                                      : ct_item_i64(item, place);
    if (!is_number)
        return ct_item_refuse(reading->source, item, "%s is no number", field->name);
    if (field->known != 0)
        *(bool *)place_of(reading->facts, field->known) = true;
    return CT_OK;
}

/* The field's index, or the table's size. */
static size_t
find_field(const char *group, const struct ct_item *key)
{
    size_t i = 0;
    while (i < FIELD_TABLE_SIZE &&
           (strcmp(fields[i].group, group) != 0 || !ct_item_is_text(key, fields[i].name)))
        i++;
    return i;
}

/* The object that a key of the outermost opens, if fields of it are wanted. */
static const char *
find_group(const struct ct_item *key)
{
    for (size_t i = 0; i < FIELD_TABLE_SIZE; i++) {
        if (ct_item_is_text(key, fields[i].group))
            return fields[i].group;
    }
    return NULL;
}

static enum ct_status
count_elements(struct reading *reading, uint64_t *out_count)
{
    struct ct_item item;
    for (*out_count = 0;; ++*out_count) {
        CT_TRY(ct_item_next(reading->source, &item));
        if (item.kind == CT_ITEM_END)
            return CT_OK;
        CT_TRY(ct_item_skip(reading->source, &item));
    }
}

static enum ct_status
read_group(struct reading *reading, const char *group)
{
    struct ct_item key, item;
    for (;;) {
        CT_TRY(ct_item_next(reading->source, &key));
        if (key.kind == CT_ITEM_END)
            return CT_OK;
        CT_TRY(ct_item_next(reading->source, &item));
        const size_t index = find_field(group, &key);
        if (index < FIELD_TABLE_SIZE)
            CT_TRY(take_field(reading, &fields[index], &item));
        else
            CT_TRY(ct_item_skip(reading->source, &item));
    }
}

static enum ct_status
read_entry(struct reading *reading, const struct ct_item *key)
{
    struct ct_item item;
    CT_TRY(ct_item_next(reading->source, &item));
    const size_t index = find_field("", key);
    if (index < FIELD_TABLE_SIZE) {
        reading->has[index] = true;
        return take_field(reading, &fields[index], &item);
    }
    const char *group = find_group(key);
    if (group != NULL && item.kind == CT_ITEM_MAP)
        return read_group(reading, group);
    if (ct_item_is_text(key, "gems") && item.kind == CT_ITEM_ARRAY)
        return count_elements(reading, &reading->facts->gem_count);
    return ct_item_skip(reading->source, &item);
}

static enum ct_status
read_file(struct reading *reading)
{
    struct ct_item item;
    CT_TRY(ct_item_require(reading->source, CT_ITEM_MAP, "the file", &item));
    for (;;) {
        CT_TRY(ct_item_next(reading->source, &item));
        if (item.kind == CT_ITEM_END)
            break;
        CT_TRY(read_entry(reading, &item));
    }
    for (size_t i = 0; i < FIELD_TABLE_SIZE; i++) {
        if (fields[i].is_required && !reading->has[i])
            return ct_item_refuse(reading->source, &item, "%s is missing", fields[i].name);
    }
    return reading->source->finish(reading->source);
}

enum ct_status
ct_facts_read(const char *text, size_t size, struct ct_arena *arena, struct ct_trace_facts *facts)
{
    struct ct_json_cursor cursor;
    struct reading reading = {.source = &cursor.source, .arena = arena, .facts = facts};
    ct_json_cursor_init(&cursor, text, size, arena, CT_FACTS_NAME, &facts->error);
    const enum ct_status status = read_file(&reading);
    return status == CT_ERR_MEMORY ? status : CT_OK;
}
