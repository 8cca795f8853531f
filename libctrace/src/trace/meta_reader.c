/* Both encodings of the metadata, tolerant of damage. See meta_reader.h. */
#include "trace/meta_reader.h"

#include "base/cursor.h"
#include "base/json_cursor.h"
#include "ctrace/text.h"
#include "trace/meta_format.h"

#include <string.h>

#define META_NAME  "meta.dat"
#define JSON_NAME  "trace_metadata.json"
#define PATHS_NAME "trace_paths.json"

/* Keeps the first breach only: what follows is often its echo. */
static void
note(struct ct_trace_metadata *metadata, uint64_t offset, const char *sentence)
{
    if (metadata->error.status == CT_OK)
        (void)ct_error_put(&metadata->error, CT_ERR_FORMAT, META_NAME, offset, "%s", sentence);
}

/* ---- meta.dat ---- */

struct meta {
    struct ct_cursor cursor;
    struct ct_arena *arena;
    struct ct_trace_metadata *metadata;
};

static enum ct_status
get_text(struct meta *meta, const char **out_text)
{
    const uint64_t size = ct_cursor_get_varint(&meta->cursor);
    const size_t offset = meta->cursor.position;
    const uint8_t *bytes = NULL;
    if (size <= ct_cursor_remaining(&meta->cursor))
        bytes = ct_cursor_get(&meta->cursor, (size_t)size);
    else
        meta->cursor.failed = true;
    if (meta->cursor.failed)
        return CT_OK; /* the end of the run looks */
    if (!ct_text_is_utf8(bytes, (size_t)size))
        note(meta->metadata, offset, "text is not UTF-8");
    *out_text = ct_arena_copy(meta->arena, bytes, (size_t)size);
    return *out_text != NULL ? CT_OK : CT_ERR_MEMORY;
}

static enum ct_status
get_texts(struct meta *meta, const char *const **out_texts, size_t *out_count)
{
    const uint64_t count = ct_cursor_get_varint(&meta->cursor);
    if (count > ct_cursor_remaining(&meta->cursor)) /* each text takes a byte at least */
        meta->cursor.failed = true;
    if (meta->cursor.failed)
        return CT_OK;
    const char **texts = ct_arena_get(meta->arena, (size_t)count * sizeof *texts);
    if (texts == NULL)
        return CT_ERR_MEMORY;
    for (size_t i = 0; i < count && !meta->cursor.failed; i++) {
        texts[i] = "";
        CT_TRY(get_text(meta, &texts[i]));
        if (!meta->cursor.failed)
            *out_count = i + 1;
    }
    *out_texts = texts;
    return CT_OK;
}

static bool
is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* xxxxxxxx-xxxx-7xxx-[89ab]xxx-xxxxxxxxxxxx, lower-case: readers refuse the whole trace otherwise.
 * */
static bool
is_uuid_v7(const char *text)
{
    if (strlen(text) != CT_META_RECORDING_SIZE)
        return false;
    for (size_t i = 0; i < CT_META_RECORDING_SIZE; i++) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !is_hex(text[i]))
            return false;
    }
    return text[14] == '7' && strchr("89ab", text[19]) != NULL;
}

static void
skip_filters(struct meta *meta)
{
    const uint64_t count = ct_cursor_get_varint(&meta->cursor);
    for (uint64_t i = 0; i < count && !meta->cursor.failed; i++) {
        const uint64_t size = ct_cursor_get_varint(&meta->cursor);
        const size_t offset = meta->cursor.position;
        if (size > ct_cursor_remaining(&meta->cursor)) {
            meta->cursor.failed = true;
            return;
        }
        const uint8_t *path = ct_cursor_get(&meta->cursor, (size_t)size);
        if (path != NULL && !ct_text_is_utf8(path, (size_t)size))
            note(meta->metadata, offset, "text is not UTF-8");
        (void)ct_cursor_get(&meta->cursor, CT_META_FILTER_SIZE);
    }
}

/* What follows version and flags. */
static enum ct_status
get_fields(struct meta *meta)
{
    struct ct_trace_metadata *metadata = meta->metadata;
    CT_TRY(get_text(meta, &metadata->recording_id));
    CT_TRY(get_text(meta, &metadata->program));
    CT_TRY(get_texts(meta, &metadata->args, &metadata->arg_count));
    CT_TRY(get_text(meta, &metadata->workdir));
    CT_TRY(get_text(meta, &metadata->recorder));
    CT_TRY(get_texts(meta, &metadata->paths, &metadata->path_count));
    if ((metadata->flags & CT_META_FLAG_FILTERS) != 0)
        skip_filters(meta);
    if (meta->cursor.failed)
        note(metadata, meta->cursor.position, "meta.dat is cut");
    if (!meta->cursor.failed && !is_uuid_v7(metadata->recording_id))
        note(metadata, 8, "the recording_id is not a lower-case UUIDv7");
    if ((metadata->flags & ~CT_META_FLAGS_KNOWN) != 0)
        note(metadata, 6, "a flag is set that no reader knows");
    if (!meta->cursor.failed && ct_cursor_remaining(&meta->cursor) > 0)
        note(metadata, meta->cursor.position, "bytes follow the last field");
    return CT_OK;
}

enum ct_status
ct_meta_read_binary(const uint8_t *bytes, size_t size, struct ct_arena *arena,
                    struct ct_trace_metadata *metadata)
{
    struct meta meta = {.arena = arena, .metadata = metadata};
    ct_cursor_init(&meta.cursor, bytes, size);
    const uint8_t *magic = ct_cursor_get(&meta.cursor, CT_META_MAGIC_SIZE);
    metadata->version = ct_cursor_get_u16(&meta.cursor);
    metadata->flags = ct_cursor_get_u16(&meta.cursor);
    if (meta.cursor.failed || memcmp(magic, CT_META_MAGIC, CT_META_MAGIC_SIZE) != 0) {
        note(metadata, 0, "meta.dat does not start with its magic, version and flags");
        return CT_OK;
    }
    if (metadata->version == CT_META_VERSION)
        return get_fields(&meta);
    if (metadata->error.status == CT_OK)
        (void)ct_error_put(&metadata->error, CT_ERR_FORMAT, META_NAME, CT_META_MAGIC_SIZE,
                           "meta.dat has version %u, only %u is read", metadata->version,
                           CT_META_VERSION);
    return CT_OK;
}

/* ---- the sidecars ---- */

/* The next text of a list; CT_END behind the last one. */
static enum ct_status
next_text(struct ct_item_source *source, struct ct_arena *arena, const char **out_text)
{
    struct ct_item item;
    CT_TRY(ct_item_next(source, &item));
    if (item.kind == CT_ITEM_END)
        return CT_END;
    if (item.kind != CT_ITEM_TEXT)
        return ct_item_refuse(source, &item, "a list holds something that is no text");
    *out_text = ct_arena_copy(arena, item.text, item.size);
    return *out_text != NULL ? CT_OK : CT_ERR_MEMORY;
}

static enum ct_status
read_texts(struct ct_item_source *source, struct ct_arena *arena, const char *const **out_texts,
           size_t *out_count)
{
    struct ct_item item;
    const char **texts = NULL;
    size_t count = 0;
    size_t capacity = 0;
    enum ct_status status = CT_OK;
    CT_TRY(ct_item_require(source, CT_ITEM_ARRAY, "a list of texts", &item));
    for (;;) {
        if (count == capacity) { /* the arena grows no piece: the old array is waste */
            capacity = capacity == 0 ? 16 : capacity * 2;
            const char **grown = ct_arena_get(arena, capacity * sizeof *grown);
            if (grown == NULL)
                return CT_ERR_MEMORY;
            if (count > 0)
                memcpy(grown, texts, count * sizeof *grown);
            texts = grown;
        }
        status = next_text(source, arena, &texts[count]);
        if (status != CT_OK)
            break;
        count++;
    }
    *out_texts = texts;
    *out_count = count;
    return status == CT_END ? CT_OK : status;
}

enum { HAS_PROGRAM = 1, HAS_ARGS = 2, HAS_WORKDIR = 4, HAS_ALL = 7 };

static enum ct_status
read_entry(struct ct_item_source *source, struct ct_arena *arena, const struct ct_item *key,
           struct ct_trace_metadata *metadata, unsigned *present)
{
    const struct {
        const char *name;
        const char **target;
        unsigned bit;
    } texts[] = {{"program", &metadata->program, HAS_PROGRAM},
                 {"workdir", &metadata->workdir, HAS_WORKDIR},
                 {"recording_id", &metadata->recording_id, 0},
                 {"recorder", &metadata->recorder, 0}};
    if (ct_item_is_text(key, "args")) {
        *present |= HAS_ARGS;
        return read_texts(source, arena, &metadata->args, &metadata->arg_count);
    }
    struct ct_item item;
    CT_TRY(ct_item_next(source, &item));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!ct_item_is_text(key, texts[i].name))
            continue;
        *present |= texts[i].bit;
        if (item.kind != CT_ITEM_TEXT)
            return ct_item_refuse(source, &item, "%s is no text", texts[i].name);
        const char *copy = ct_arena_copy(arena, item.text, item.size);
        if (copy == NULL)
            return CT_ERR_MEMORY;
        *texts[i].target = copy;
    }
    return ct_item_skip(source, &item);
}

static enum ct_status
read_object(struct ct_item_source *source, struct ct_arena *arena,
            struct ct_trace_metadata *metadata)
{
    struct ct_item item;
    unsigned present = 0;
    CT_TRY(ct_item_require(source, CT_ITEM_MAP, "the metadata", &item));
    for (;;) {
        CT_TRY(ct_item_next(source, &item));
        if (item.kind == CT_ITEM_END)
            break;
        CT_TRY(read_entry(source, arena, &item, metadata, &present));
    }
    if (present != HAS_ALL)
        return ct_item_refuse(source, &item, "program, args or workdir is missing");
    return source->finish(source);
}

/* Damage stays in metadata->error, unless one is there already. */
static enum ct_status
keep_damage(enum ct_status status, const struct ct_error *damage,
            struct ct_trace_metadata *metadata)
{
    if (status != CT_ERR_FORMAT && status != CT_ERR_LIMIT)
        return status;
    if (metadata->error.status == CT_OK)
        metadata->error = *damage;
    return CT_OK;
}

enum ct_status
ct_meta_read_json(const char *text, size_t size, struct ct_arena *arena,
                  struct ct_trace_metadata *metadata)
{
    struct ct_json_cursor cursor;
    struct ct_error damage = {0};
    ct_json_cursor_init(&cursor, text, size, arena, JSON_NAME, &damage);
    return keep_damage(read_object(&cursor.source, arena, metadata), &damage, metadata);
}

enum ct_status
ct_meta_read_json_paths(const char *text, size_t size, struct ct_arena *arena,
                        struct ct_trace_metadata *metadata)
{
    struct ct_json_cursor cursor;
    struct ct_error damage = {0};
    ct_json_cursor_init(&cursor, text, size, arena, PATHS_NAME, &damage);
    enum ct_status status =
        read_texts(&cursor.source, arena, &metadata->paths, &metadata->path_count);
    if (status == CT_OK)
        status = cursor.source.finish(&cursor.source);
    return keep_damage(status, &damage, metadata);
}
