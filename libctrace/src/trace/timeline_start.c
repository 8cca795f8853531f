/* START: who was recorded, where the trace goes, and the first events that every trace begins with.
 */
#include "trace/timeline_record.h"
#include "trace/timeline_state.h"

/* The texts of a START record, NUL-terminated, UTF-8, in `definitions`. */
struct start_texts {
    char *out_folder;
    char *profile;
    char *recording_id;
    char *program;
    char *workdir;
    char *recorder;
    char *ruby_version;
    char **args;
    struct ct_trace_filter *filters;
};

/* The next NUL-terminated text, as it is or made UTF-8. */
static enum ct_status
read_text(struct ct_timeline *timeline, struct ct_timeline_record *record, bool is_raw,
          char **out_text)
{
    const char *text = (const char *)record->bytes + record->position;
    size_t remaining = record->head.size - record->position;
    size_t size = strnlen(text, remaining);
    if (size == remaining)
        return CT_ERR_FORMAT;
    record->position += size + 1;
    *out_text = is_raw ? ct_arena_copy(&timeline->definitions, text, size)
                       : ct_timeline_text_copy(timeline, text, size);
    return *out_text == NULL ? CT_ERR_MEMORY : CT_OK;
}

static enum ct_status
read_filters(struct ct_timeline *timeline, struct ct_timeline_record *record, size_t count,
             struct start_texts *out_texts)
{
    if (count > record->head.size) /* each takes a byte at least */
        return CT_ERR_FORMAT;
    out_texts->filters =
        ct_arena_get(&timeline->definitions, (count + 1) * sizeof *out_texts->filters);
    if (out_texts->filters == NULL)
        return CT_ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        char *path, *digest;
        CT_TRY(read_text(timeline, record, false, &path));
        CT_TRY(read_text(timeline, record, false, &digest));
        out_texts->filters[i] = (struct ct_trace_filter){.path = path, .digest = digest};
    }
    return CT_OK;
}

static enum ct_status
read_texts(struct ct_timeline *timeline, struct ct_timeline_record *record,
           struct start_texts *out_texts)
{
    size_t arg_count = record->head.count;
    CT_TRY(read_text(timeline, record, true, &out_texts->out_folder));
    CT_TRY(read_text(timeline, record, false, &out_texts->profile));
    CT_TRY(read_text(timeline, record, false, &out_texts->recording_id));
    CT_TRY(read_text(timeline, record, true, &out_texts->program));
    CT_TRY(read_text(timeline, record, false, &out_texts->workdir));
    CT_TRY(read_text(timeline, record, false, &out_texts->recorder));
    CT_TRY(read_text(timeline, record, false, &out_texts->ruby_version));
    out_texts->args =
        ct_arena_get(&timeline->definitions, (arg_count + 1) * sizeof *out_texts->args);
    if (out_texts->args == NULL)
        return CT_ERR_MEMORY;
    for (size_t i = 0; i < arg_count; i++)
        CT_TRY(read_text(timeline, record, false, &out_texts->args[i]));
    return CT_OK;
}

static enum ct_status
find_profile(const char *name, enum ct_profile *out_profile)
{
    if (strcmp(name, "aug26") == 0)
        *out_profile = CT_PROFILE_AUG26;
    else if (strcmp(name, "json") == 0)
        *out_profile = CT_PROFILE_JSON;
    else
        return CT_ERR_FORMAT;
    return CT_OK;
}

static enum ct_status
put_type(void *context, enum ct_type_kind kind, const struct ct_snapshot_name *name,
         const char *const *fields, size_t field_count, uint64_t *out_type_id)
{
    const struct ct_timeline *timeline = context;
    return ct_trace_writer_type_put(timeline->writer, kind, name->text, name->size, fields,
                                    field_count, out_type_id);
}

static enum ct_status
open_decoder(struct ct_timeline *timeline, const struct ct_spool_start *start)
{
    const struct ct_snapshot_source source = {
        .context = timeline,
        .name_find = ct_timeline_name_find,
        .symbol_find = ct_timeline_symbol_find,
        .type_put = put_type,
    };
    CT_TRY(ct_value_writer_new(timeline->profile, timeline->alloc, &timeline->value_writer));
    ct_snapshot_decoder_init(&timeline->decoder, &source, timeline->value_writer, timeline->alloc);
    ct_snapshot_decoder_scope(&timeline->decoder, timeline->lane->scope);
    timeline->decoder.words = (struct ct_snapshot_words){.nil = start->word_nil,
                                                         .yes = start->word_true,
                                                         .no = start->word_false,
                                                         .undef = start->word_undef};
    return CT_OK;
}

static enum ct_status
open_writer(struct ct_timeline *timeline, const struct start_texts *texts, size_t arg_count,
            size_t filter_count, bool is_held)
{
    /* The program's spelling in the metadata is the one its path has in the events. */
    char *program =
        ct_arena_copy(&timeline->definitions, timeline->text.bytes, timeline->text.size);
    if (program == NULL)
        return CT_ERR_MEMORY;
    const struct ct_trace_options options = {
        .profile = timeline->profile,
        .recording_id = texts->recording_id,
        .program = program,
        .args = (const char *const *)texts->args,
        .arg_count = arg_count,
        .filters = texts->filters,
        .filter_count = filter_count,
        .workdir = texts->workdir,
        .recorder = texts->recorder,
        .is_held = is_held,
        .has_second_core = timeline->options.has_second_core,
        .alloc = timeline->alloc,
    };
    timeline->trace_options = options;
    CT_TRY(timeline->options.open_folder(timeline->options.context, texts->out_folder,
                                         &timeline->folder));
    CT_TRY(ct_trace_writer_open(timeline->folder, &options, &timeline->writer));
    return ct_timeline_facts_begin(timeline, &options);
}

/* Every trace begins with the main script, `<top-level>`, its call and a step on line 1. */
static enum ct_status
begin_top_level(struct ct_timeline *timeline, const struct start_texts *texts)
{
    static const char name[] = "<top-level>", return_name[] = "<return_value>";
    struct ct_trace_writer *writer = timeline->writer;
    struct ct_timeline_position first = {.line = 1};
    uint64_t function_id;
    CT_TRY(ct_timeline_path_put(timeline, (const uint8_t *)texts->program, strlen(texts->program),
                                &first.path_id));
    CT_TRY(ct_trace_writer_function_put(writer, first.path_id, first.line, name, sizeof name - 1,
                                        &function_id));
    CT_TRY(ct_trace_writer_call_append(writer, function_id, NULL, 0));
    CT_TRY(ct_trace_writer_step_append(writer, first.path_id, first.line));
    CT_TRY(ct_trace_writer_name_put(writer, return_name, sizeof return_name - 1,
                                    &timeline->return_name_id));
    return ct_timeline_strands_begin(timeline, first);
}

enum ct_status
ct_timeline_start(struct ct_timeline *timeline, struct ct_timeline_record *record)
{
    struct ct_spool_start start;
    struct start_texts texts;
    if (timeline->writer != NULL)
        return CT_ERR_FORMAT;
    CT_TRY(ct_timeline_record_fixed(record, &start, sizeof start));
    CT_TRY(read_texts(timeline, record, &texts));
    CT_TRY(read_filters(timeline, record, start.filter_count, &texts));
    CT_TRY(find_profile(texts.profile, &timeline->profile));
    CT_TRY(ct_timeline_path_text(timeline, (const uint8_t *)texts.program, strlen(texts.program)));
    timeline->folder_path = texts.out_folder;
    CT_TRY(open_writer(timeline, &texts, record->head.count, start.filter_count,
                       (record->head.flags & CT_SPOOL_START_HELD) != 0));
    CT_TRY(open_decoder(timeline, &start));
    CT_TRY(begin_top_level(timeline, &texts));
    timeline->has_started = true;
    return CT_OK;
}
