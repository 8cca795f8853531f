/* The public reader: opens the layout it finds and delegates. See ctrace/trace_reader.h. */
#include "ctrace/trace_reader.h"

#include "trace/combined_reader.h"
#include "trace/facts_reader.h"
#include "trace/index_reader.h"
#include "trace/json_reader.h"
#include "trace/meta_reader.h"
#include "trace/trace_observer.h"
#include "trace/value_source.h"
#include "value/value_decode.h"

#include <string.h>

/* The first bytes of a container; the container reader checks the rest. */
static const uint8_t container_magic[5] = {0xC0, 0xDE, 0x72, 0xAC, 0xE2};

struct ct_trace_reader {
    const struct ct_alloc *alloc;
    struct ct_trace_files owned; /* closed with the reader */
    struct ct_container_reader *container;
    struct ct_combined_reader combined;
    struct ct_json_reader json;
    struct ct_index_reader index; /* once something was looked for in it */
    struct ct_error index_error;
    struct ct_event_decoder decoder;
    struct ct_trace_metadata metadata;
    struct ct_trace_facts facts;
    struct ct_arena texts; /* of the metadata */
    struct ct_arena asked; /* of what was decoded last because somebody asked */
    enum ct_status failed; /* sticky */
};

/* ---- metadata ---- */

static void
lack_metadata(struct ct_trace_reader *reader, const char *file, const char *sentence)
{
    if (reader->metadata.error.status == CT_OK)
        (void)ct_error_put(&reader->metadata.error, CT_ERR_NOT_FOUND, file, 0, "%s", sentence);
}

static enum ct_status
read_container_metadata(struct ct_trace_reader *reader)
{
    struct ct_trace_metadata *metadata = &reader->metadata;
    const struct ct_container_entry *entry =
        ct_container_reader_find(reader->container, "meta.dat");
    if (entry == NULL)
        lack_metadata(reader, "meta.dat", "there is no meta.dat");
    else if (entry->size > CT_META_SIZE_MAX)
        lack_metadata(reader, "meta.dat", "meta.dat is larger than any project needs");
    if (metadata->error.status != CT_OK)
        return CT_OK;
    /* The size is the entry's claim: more than the file holds would be memory for nothing. */
    if (entry->size > metadata->size) {
        lack_metadata(reader, "meta.dat", "meta.dat claims more bytes than the container has");
        return CT_OK;
    }
    uint8_t *bytes = ct_arena_get(&reader->decoder.arena, (size_t)entry->size);
    if (bytes == NULL)
        return CT_ERR_MEMORY;
    const enum ct_status status = ct_container_reader_read(
        reader->container, entry, 0, bytes, (size_t)entry->size, &metadata->error);
    if (status == CT_ERR_MEMORY || status == CT_ERR_IO)
        return status;
    if (status != CT_OK)
        return CT_OK;
    return ct_meta_read_binary(bytes, (size_t)entry->size, &reader->texts, metadata);
}

/* A sidecar as a whole; *out_text is NULL when it is absent or too large, which is noted. */
static enum ct_status
read_sidecar(struct ct_trace_reader *reader, struct ct_file *file, const char *name,
             const char **out_text, size_t *out_size)
{
    uint64_t size = 0;
    *out_text = NULL;
    if (file == NULL) {
        lack_metadata(reader, name, "the file is absent");
        return CT_OK;
    }
    CT_TRY(file->ops->size_get(file, &size));
    if (size > CT_META_SIZE_MAX) {
        lack_metadata(reader, name, "the file is larger than any project needs");
        return CT_OK;
    }
    char *text = ct_arena_get(&reader->decoder.arena, (size_t)size);
    if (text == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(file->ops->read_at(file, 0, text, (size_t)size));
    *out_text = text;
    *out_size = (size_t)size;
    return CT_OK;
}

static enum ct_status
read_json_metadata(struct ct_trace_reader *reader, const struct ct_trace_files *files)
{
    const char *text;
    size_t size = 0;
    CT_TRY(read_sidecar(reader, files->metadata, "trace_metadata.json", &text, &size));
    if (text != NULL)
        CT_TRY(ct_meta_read_json(text, size, &reader->texts, &reader->metadata));
    CT_TRY(read_sidecar(reader, files->paths, "trace_paths.json", &text, &size));
    if (text != NULL)
        CT_TRY(ct_meta_read_json_paths(text, size, &reader->texts, &reader->metadata));
    return CT_OK;
}

/* That it is absent is no damage: recorders of others do not write it. */
static enum ct_status
read_facts(struct ct_trace_reader *reader, struct ct_file *file)
{
    uint64_t size;
    if (file == NULL)
        return CT_OK;
    reader->facts.is_present = true;
    CT_TRY(file->ops->size_get(file, &size));
    if (size > CT_FACTS_SIZE_MAX) {
        (void)ct_error_put(&reader->facts.error, CT_ERR_LIMIT, CT_FACTS_NAME, 0,
                           "the file is larger than any recording's");
        return CT_OK;
    }
    char *text = ct_arena_get(&reader->decoder.arena, (size_t)size);
    if (text == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(file->ops->read_at(file, 0, text, (size_t)size));
    return ct_facts_read(text, (size_t)size, &reader->texts, &reader->facts);
}

/* ---- opening ---- */

static enum ct_status
open_container(struct ct_trace_reader *reader, const struct ct_trace_files *files,
               struct ct_error *error)
{
    reader->metadata.layout = CT_TRACE_LAYOUT_COMBINED;
    CT_TRY(ct_container_reader_open(files->main, reader->alloc, &reader->container, error));
    reader->metadata.container_version = ct_container_reader_version(reader->container);
    CT_TRY(ct_combined_reader_init(&reader->combined, reader->container, reader->alloc, error));
    return read_container_metadata(reader);
}

static enum ct_status
open_json(struct ct_trace_reader *reader, const struct ct_trace_files *files)
{
    reader->metadata.layout = CT_TRACE_LAYOUT_JSON;
    CT_TRY(ct_json_reader_init(&reader->json, files->main, reader->alloc));
    return read_json_metadata(reader, files);
}

static enum ct_status
open_layout(struct ct_trace_reader *reader, const struct ct_trace_files *files,
            struct ct_error *error)
{
    uint8_t head[sizeof container_magic] = {0};
    struct ct_file *file = files->main;
    uint64_t size;
    CT_TRY(file->ops->size_get(file, &size));
    reader->metadata.size = size;
    const size_t head_size = size < sizeof head ? (size_t)size : sizeof head;
    CT_TRY(file->ops->read_at(file, 0, head, head_size));
    if (head_size == sizeof head && memcmp(head, container_magic, sizeof head) == 0)
        return open_container(reader, files, error);
    if (head_size > 0 && strchr("[ \t\r\n", head[0]) != NULL && head[0] != '\0')
        return open_json(reader, files);
    return ct_error_put(error, CT_ERR_FORMAT, "", 0,
                        size == 0 ? "the file is empty"
                                  : "the file is neither a CodeTracer container nor a trace.json");
}

static enum ct_status
init_reader(struct ct_trace_reader *reader, const struct ct_alloc *alloc)
{
    static const char *const no_texts[1] = {NULL};
    reader->alloc = alloc;
    reader->decoder.is_value_wanted = true;
    reader->decoder.event_size_max = CT_TRACE_EVENT_SIZE_MAX;
    ct_arena_init(&reader->decoder.arena, alloc);
    ct_arena_init(&reader->texts, alloc);
    ct_arena_init(&reader->asked, alloc);
    reader->metadata.recording_id = "";
    reader->metadata.program = "";
    reader->metadata.workdir = "";
    reader->metadata.recorder = "";
    reader->metadata.args = no_texts;
    reader->metadata.paths = no_texts;
    ct_facts_init(&reader->facts);
    return ct_trace_tables_init(&reader->decoder.tables, alloc);
}

enum ct_status
ct_trace_reader_open_files(const struct ct_trace_files *files, const struct ct_alloc *alloc,
                           struct ct_trace_reader **out_reader, struct ct_error *error)
{
    if (alloc == NULL)
        alloc = ct_alloc_default();
    struct ct_trace_reader *reader = ct_alloc_zeroed(alloc, 1, sizeof *reader);
    enum ct_status status = reader != NULL ? init_reader(reader, alloc) : CT_ERR_MEMORY;
    if (status == CT_OK)
        status = open_layout(reader, files, error);
    if (status == CT_OK)
        status = read_facts(reader, files->facts);
    if (status == CT_ERR_MEMORY) /* not every place that runs out of memory can say so */
        (void)ct_error_put(error, status, "", 0, "memory ran out");
    if (status != CT_OK) {
        ct_trace_reader_close(reader);
        return status;
    }
    *out_reader = reader;
    return CT_OK;
}

enum ct_status
ct_trace_reader_open(const char *path, const struct ct_alloc *alloc,
                     struct ct_trace_reader **out_reader, struct ct_error *error)
{
    struct ct_trace_files files;
    CT_TRY(ct_trace_files_open(path, alloc, &files, error));
    const enum ct_status status = ct_trace_reader_open_files(&files, alloc, out_reader, error);
    if (status == CT_OK)
        (*out_reader)->owned = files;
    else
        ct_trace_files_close(&files);
    return status;
}

void
ct_trace_reader_close(struct ct_trace_reader *reader)
{
    if (reader == NULL)
        return;
    ct_combined_reader_release(&reader->combined);
    ct_index_reader_release(&reader->index);
    ct_json_reader_release(&reader->json);
    ct_container_reader_close(reader->container);
    ct_trace_tables_release(&reader->decoder.tables);
    ct_arena_release(&reader->decoder.arena);
    ct_arena_release(&reader->texts);
    ct_arena_release(&reader->asked);
    ct_trace_files_close(&reader->owned);
    ct_alloc_free(reader->alloc, reader);
}

/* ---- reading ---- */

void
ct_trace_reader_event_size_max_put(struct ct_trace_reader *reader, size_t size_max)
{
    reader->decoder.event_size_max = size_max;
}

void
ct_trace_reader_values_put(struct ct_trace_reader *reader, bool wanted)
{
    reader->decoder.is_value_wanted = wanted;
    reader->decoder.filter_number++;
}

void
ct_trace_reader_pick_put(struct ct_trace_reader *reader, const struct ct_trace_pick *pick)
{
    reader->decoder.is_picking = pick != NULL;
    if (pick != NULL)
        reader->decoder.pick = *pick;
    reader->decoder.filter_number++;
}

void
ct_trace_reader_ahead_put(struct ct_trace_reader *reader, bool wanted)
{
    reader->combined.is_ahead_wanted = wanted;
}

enum ct_status
ct_trace_reader_next(struct ct_trace_reader *reader, struct ct_trace_event *out_event,
                     struct ct_error *error)
{
    enum ct_status status = reader->failed;
    if (status == CT_OK && reader->metadata.layout == CT_TRACE_LAYOUT_JSON)
        status = ct_json_reader_next(&reader->json, &reader->decoder, out_event, error);
    else if (status == CT_OK)
        status = ct_combined_reader_next(&reader->combined, &reader->decoder, out_event, error);
    if (status == CT_OK)
        return status;
    if (status == CT_ERR_MEMORY)
        (void)ct_error_put(error, status, "", 0, "memory ran out");
    if (status == CT_ERR_MEMORY || status == CT_ERR_IO)
        reader->failed = status;
    return status;
}

/* ---- beginning later ---- */

/* Takes the spans of the index that end before the step, up to one that is damaged. */
static enum ct_status
take_spans(struct ct_trace_reader *reader, uint64_t step, struct ct_error *error)
{
    struct ct_index_reader *index = &reader->index;
    for (;;) {
        struct ct_index_entry entry;
        const enum ct_status status = ct_index_reader_next(index, &entry, error);
        if (status == CT_ERR_FORMAT)
            return CT_END;
        CT_TRY(status);
        if (index->step_count > step || entry.step_count > step - index->step_count)
            return CT_END;
        CT_TRY(ct_combined_reader_define(&reader->decoder, entry.definitions,
                                         entry.definitions_size, error));
        CT_TRY(ct_index_reader_take(index, &entry, reader->decoder.tables.function_count, error));
    }
}

/* Back to the beginning, as if there were no index. */
static enum ct_status
forget_index(struct ct_trace_reader *reader)
{
    ct_index_reader_release(&reader->index);
    ct_trace_tables_release(&reader->decoder.tables);
    return ct_trace_tables_init(&reader->decoder.tables, reader->alloc);
}

static enum ct_status
seek_step(struct ct_trace_reader *reader, uint64_t step)
{
    struct ct_error *error = &reader->index_error;
    enum ct_status status =
        ct_index_reader_init(&reader->index, reader->container, reader->alloc, error);
    if (status == CT_OK)
        status = take_spans(reader, step, error);
    if (status == CT_END && reader->index.record_count > 0)
        status = ct_combined_reader_seek(&reader->combined, reader->index.log_size,
                                         reader->index.record_count, error);
    if (status == CT_ERR_FORMAT || status == CT_ERR_LIMIT)
        status = forget_index(reader);
    return status == CT_END || status == CT_ERR_NOT_FOUND ? CT_OK : status;
}

enum ct_status
ct_trace_reader_seek(struct ct_trace_reader *reader, uint64_t step,
                     struct ct_trace_position *out_position)
{
    const struct ct_index_reader *index = &reader->index;
    *out_position = (struct ct_trace_position){0};
    if (reader->metadata.layout == CT_TRACE_LAYOUT_JSON || step == 0)
        return CT_OK;
    reader->failed = seek_step(reader, step);
    CT_TRY(reader->failed);
    *out_position = (struct ct_trace_position){
        .record_count = index->record_count,
        .step_count = index->step_count,
        .call_count = index->call_count,
        .event_count = index->event_count,
        .open_calls = index->open_calls,
        .open_count = index->open_count,
        .function_calls = index->function_calls,
        .function_count = index->function_count,
        .damage = reader->index_error.status != CT_OK ? &reader->index_error : NULL};
    return CT_OK;
}

/* ---- decoding on demand ---- */

static struct ct_item_source *
init_source(struct ct_trace_reader *reader, union ct_value_source *source, const void *bytes,
            size_t size, struct ct_error *error)
{
    ct_arena_reset(&reader->asked);
    struct ct_item_source *items =
        ct_value_source_init(source, reader->metadata.layout, &reader->asked, bytes, size);
    items->error = error;
    return items;
}

enum ct_status
ct_trace_reader_value_decode(struct ct_trace_reader *reader, const void *bytes, size_t size,
                             const struct ct_value **out_value, struct ct_error *error)
{
    union ct_value_source source;
    struct ct_item_source *items = init_source(reader, &source, bytes, size, error);
    CT_TRY(ct_value_decode(items, &reader->asked, out_value));
    return items->finish(items);
}

enum ct_status
ct_trace_reader_args_decode(struct ct_trace_reader *reader, const void *bytes, size_t size,
                            const struct ct_trace_arg **out_args, size_t *out_count,
                            struct ct_error *error)
{
    union ct_value_source source;
    struct ct_item_source *items = init_source(reader, &source, bytes, size, error);
    CT_TRY(ct_args_decode(items, &reader->asked, out_args, out_count));
    return items->finish(items);
}

bool
ct_trace_reader_is_lossy(const struct ct_trace_reader *reader)
{
    return reader->combined.is_lossy || reader->json.is_lossy;
}

const struct ct_trace_metadata *
ct_trace_reader_metadata(const struct ct_trace_reader *reader)
{
    return &reader->metadata;
}

const struct ct_trace_facts *
ct_trace_reader_facts(const struct ct_trace_reader *reader)
{
    return &reader->facts;
}

/* ---- tables ---- */

const char *
ct_trace_reader_path(const struct ct_trace_reader *reader, uint64_t path_id, size_t *out_size)
{
    return ct_text_table_get(reader->decoder.tables.paths, path_id, out_size);
}

const char *
ct_trace_reader_name(const struct ct_trace_reader *reader, uint64_t name_id, size_t *out_size)
{
    return ct_text_table_get(reader->decoder.tables.names, name_id, out_size);
}

const struct ct_trace_function *
ct_trace_reader_function(const struct ct_trace_reader *reader, uint64_t function_id)
{
    const struct ct_trace_tables *tables = &reader->decoder.tables;
    return function_id < tables->function_count ? &tables->functions[function_id] : NULL;
}

const struct ct_trace_type *
ct_trace_reader_type(const struct ct_trace_reader *reader, uint64_t type_id)
{
    const struct ct_trace_tables *tables = &reader->decoder.tables;
    return type_id < tables->type_count ? &tables->types[type_id] : NULL;
}

uint64_t
ct_trace_reader_path_count(const struct ct_trace_reader *reader)
{
    return ct_text_table_count(reader->decoder.tables.paths);
}

uint64_t
ct_trace_reader_function_count(const struct ct_trace_reader *reader)
{
    return reader->decoder.tables.function_count;
}

/* ---- for verify ---- */

void
ct_trace_reader_observe(struct ct_trace_reader *reader, struct ct_trace_observer observer)
{
    reader->decoder.observer = observer;
}
