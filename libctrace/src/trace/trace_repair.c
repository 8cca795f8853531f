/* Reader to writer, event by event, as far as both agree on the ids. See trace_repair.h. */
#include "ctrace/trace_repair.h"

#include "base/buffer.h"
#include "ctrace/text.h"
#include "trace/facts_reader.h"
#include "trace/path_text.h"
#include "trace/recording_id.h"
#include "trace/repair_beside.h"
#include "trace/repair_facts.h"

#include <inttypes.h>
#include <string.h>

#define NAMELESS_ID "00000000-0000-7000-8000-000000000000" /* begins with the time: 1970 */
#define SOURCE_SIZE_MAX ((uint64_t)64 << 20)
#define RUNNING "still running when the recording ended" /* doc/format/values.md, "Returns" */

struct repair {
    const struct ct_alloc *alloc;
    const struct ct_repair_options *options;
    struct ct_trace_reader *reader;
    struct ct_folder *folder;
    struct ct_trace_writer *writer;
    struct ct_repair_result *result;
    struct ct_error *error;
    uint64_t path_count, name_count, type_count, function_count;
    uint64_t step_count;
    struct ct_buffer open_calls; /* u64 function ids, outermost first */
    struct ct_buffer args;       /* struct ct_trace_value */
    struct ct_buffer scratch;
    struct ct_buffer torn_steps; /* u64, ascending: some of their Values may be missing */
};

/* ---- which recording it is ---- */

/* The first that is there. */
static const char *
choose(const char *one, const char *other, const char *otherwise)
{
    const char *text = one[0] != '\0' ? one : other;
    return text[0] != '\0' ? text : otherwise;
}

static enum ct_status
open_writer(struct repair *repair)
{
    const struct ct_trace_metadata *metadata = ct_trace_reader_metadata(repair->reader);
    const struct ct_trace_facts *facts = ct_trace_reader_facts(repair->reader);
    const char *id = choose(metadata->recording_id, facts->recording_id, "");
    repair->result->is_nameless = !ct_recording_id_is_valid(id);
    const struct ct_trace_options options = {
        .profile = metadata->layout == CT_TRACE_LAYOUT_JSON ? CT_PROFILE_JSON : CT_PROFILE_AUG26,
        .recording_id = repair->result->is_nameless ? NAMELESS_ID : id,
        .program = choose(metadata->program, facts->program, "/unknown"),
        .args = metadata->args,
        .arg_count = metadata->arg_count,
        .workdir = choose(metadata->workdir, facts->workdir, "/"),
        .recorder = choose(metadata->recorder, facts->recorder, "unknown"),
        .alloc = repair->alloc};
    return ct_trace_writer_open(repair->folder, &options, &repair->writer);
}

/* ---- definitions ---- */

/* Values hold ids of types, so the new ones have to be the old ones. */
static enum ct_status
require_id(struct repair *repair, const struct ct_trace_event *event, uint64_t id, uint64_t *count)
{
    if (id == event->id && id == *count) {
        ++*count;
        return CT_OK;
    }
    return ct_error_put(repair->error, CT_ERR_FORMAT, event->file, event->offset,
                        "%s %" PRIu64 " is defined as no recorder of this kind does: "
                        "this trace cannot be repaired",
                        ct_trace_kind_name(event->kind), event->id);
}

static enum ct_status
take_type(struct repair *repair, const struct ct_trace_event *event)
{
    const struct ct_trace_type *type = ct_trace_reader_type(repair->reader, event->id);
    uint64_t id = CT_TRACE_NO_ID;
    struct ct_buffer *names = &repair->scratch;
    ct_buffer_reset(names);
    for (size_t i = 0; i < type->field_count; i++)
        ct_buffer_put(names, &type->fields[i].name, sizeof type->fields[i].name);
    CT_TRY(ct_buffer_status(names));
    const size_t field_count = type->kind == CT_TYPE_STRUCT ? type->field_count : 0;
    CT_TRY(ct_trace_writer_type_put(repair->writer, (enum ct_type_kind)type->kind, type->name,
                                    type->name_size, (const char *const *)(void *)names->bytes,
                                    field_count, &id));
    return require_id(repair, event, id, &repair->type_count);
}

static enum ct_status
take_function(struct repair *repair, const struct ct_trace_event *event)
{
    uint64_t id = CT_TRACE_NO_ID;
    if (event->path_id >= repair->path_count)
        return require_id(repair, event, id, &repair->function_count);
    CT_TRY(ct_trace_writer_function_put(repair->writer, event->path_id,
                                        event->line > 0 ? (uint64_t)event->line : 1, event->text,
                                        event->text_size, &id));
    return require_id(repair, event, id, &repair->function_count);
}

static enum ct_status
take_definition(struct repair *repair, const struct ct_trace_event *event)
{
    uint64_t id = CT_TRACE_NO_ID;
    switch (event->kind) {
    case CT_TRACE_PATH:
        CT_TRY(ct_trace_writer_path_put(repair->writer, event->text, event->text_size, &id));
        return require_id(repair, event, id, &repair->path_count);
    case CT_TRACE_TYPE:
        return take_type(repair, event);
    case CT_TRACE_FUNCTION:
        return take_function(repair, event);
    default:
        if (event->text_size == 0)
            return require_id(repair, event, id, &repair->name_count);
        CT_TRY(ct_trace_writer_name_put(repair->writer, event->text, event->text_size, &id));
        return require_id(repair, event, id, &repair->name_count);
    }
}

/* ---- what the program did ---- */

static enum ct_status
leave_out(uint64_t *count)
{
    ++*count;
    return CT_OK;
}

static enum ct_status
leave_out_value(struct repair *repair)
{
    if (repair->step_count > 0)
        ct_buffer_put_u64(&repair->torn_steps, repair->step_count - 1);
    CT_TRY(ct_buffer_status(&repair->torn_steps));
    return leave_out(&repair->result->damaged_count);
}

static enum ct_status
take_value(struct repair *repair, const struct ct_trace_event *event)
{
    const struct ct_trace_value value = {event->name_id, event->encoded, event->encoded_size};
    if (repair->step_count == 0 || event->damage != NULL || event->encoded == NULL ||
        event->name_id >= repair->name_count)
        return leave_out_value(repair);
    return ct_trace_writer_values_append(repair->writer, &value, 1);
}

/* A call without its arguments is better than one that is missing, whose Return is not. */
static enum ct_status
take_call(struct repair *repair, const struct ct_trace_event *event)
{
    struct ct_buffer *args = &repair->args;
    ct_buffer_reset(args);
    for (size_t i = 0; i < event->arg_count; i++) {
        const struct ct_trace_arg *arg = &event->args[i];
        const struct ct_trace_value value = {arg->name_id, arg->value->encoded,
                                             arg->value->encoded_size};
        if (arg->name_id < repair->name_count && value.bytes != NULL)
            ct_buffer_put(args, &value, sizeof value);
        else
            repair->result->damaged_count++;
    }
    ct_buffer_put_u64(&repair->open_calls, event->function_id);
    CT_TRY(ct_buffer_status(args));
    CT_TRY(ct_buffer_status(&repair->open_calls));
    return ct_trace_writer_call_append(repair->writer, event->function_id,
                                       (const struct ct_trace_value *)(void *)args->bytes,
                                       args->size / sizeof(struct ct_trace_value));
}

static enum ct_status
take_return(struct repair *repair, const struct ct_trace_event *event)
{
    if (repair->open_calls.size == 0)
        return leave_out(&repair->result->damaged_count);
    repair->open_calls.size -= sizeof(uint64_t);
    return ct_trace_writer_return_append(repair->writer, event->encoded, event->encoded_size);
}

static enum ct_status
take_step(struct repair *repair, const struct ct_trace_event *event)
{
    repair->step_count++;
    return ct_trace_writer_step_append(repair->writer, event->path_id,
                                       event->line > 0 ? (uint64_t)event->line : 1);
}

static enum ct_status
take_log(struct repair *repair, const struct ct_trace_event *event)
{
    if (repair->step_count == 0)
        return leave_out(&repair->result->damaged_count);
    return ct_trace_writer_event_append(repair->writer, (enum ct_event_kind)event->event_kind,
                                        event->metadata, event->metadata_size, event->text,
                                        event->text_size);
}

static bool
is_definition(enum ct_trace_kind kind)
{
    return kind == CT_TRACE_PATH || kind == CT_TRACE_VARIABLE_NAME ||
           kind == CT_TRACE_VARIABLE || kind == CT_TRACE_TYPE || kind == CT_TRACE_FUNCTION;
}

/* Whether the events behind it have nothing to stand on. */
static bool
breaks_off(const struct repair *repair, const struct ct_trace_event *event)
{
    switch (event->kind) {
    case CT_TRACE_STEP:
        return event->damage != NULL || event->path_id >= repair->path_count;
    case CT_TRACE_CALL:
        return event->damage != NULL || event->function_id >= repair->function_count;
    case CT_TRACE_RETURN:
        return event->damage != NULL || event->encoded == NULL;
    default:
        return event->damage != NULL && is_definition(event->kind);
    }
}

static enum ct_status
take_event(struct repair *repair, const struct ct_trace_event *event)
{
    if (is_definition(event->kind))
        return take_definition(repair, event);
    if (event->kind == CT_TRACE_VALUE)
        return take_value(repair, event);
    if (event->damage != NULL)
        return leave_out(&repair->result->damaged_count);
    switch (event->kind) {
    case CT_TRACE_STEP:
        return take_step(repair, event);
    case CT_TRACE_CALL:
        return take_call(repair, event);
    case CT_TRACE_RETURN:
        return take_return(repair, event);
    case CT_TRACE_EVENT:
        return take_log(repair, event);
    case CT_TRACE_THREAD_START:
    case CT_TRACE_THREAD_EXIT:
    case CT_TRACE_THREAD_SWITCH:
        return ct_trace_writer_thread_append(
            repair->writer, (enum ct_thread_event)event->kind, event->thread_id);
    default:
        return leave_out(&repair->result->unknown_count);
    }
}

/* Up to the end, or the first loss. */
static enum ct_status
take_events(struct repair *repair)
{
    struct ct_repair_result *result = repair->result;
    struct ct_trace_event event;
    for (;;) {
        const enum ct_status status = ct_trace_reader_next(repair->reader, &event, &result->loss);
        if (status == CT_END)
            return CT_OK;
        result->is_cut = status == CT_ERR_FORMAT || status == CT_ERR_LIMIT;
        if (result->is_cut)
            return CT_OK;
        if (status != CT_OK) {
            if (repair->error != NULL)
                *repair->error = result->loss;
            return status;
        }
        if (breaks_off(repair, &event)) {
            result->is_cut = true;
            if (event.damage != NULL)
                result->loss = *event.damage;
            else
                (void)ct_error_put(&result->loss, CT_ERR_FORMAT, event.file, event.offset,
                                   "%s of what is not defined", ct_trace_kind_name(event.kind));
            return CT_OK;
        }
        CT_TRY(take_event(repair, &event));
    }
}

/* ---- the end ---- */

/* A slice is no call of the program. */
static bool
is_slice(const struct repair *repair, uint64_t function_id)
{
    static const char *const beginnings[] = {"<thread ", "<fiber ", "<ractor "};
    const struct ct_trace_function *function =
        ct_trace_reader_function(repair->reader, function_id);
    for (size_t i = 0; function != NULL && i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(function->name, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

/* `unfinished_id` and `nil_id` are types. */
static enum ct_status
close_calls(struct repair *repair, struct ct_value_writer *values, uint64_t unfinished_id,
            uint64_t nil_id)
{
    const uint8_t *bytes;
    size_t size;
    while (repair->open_calls.size > 0) {
        uint64_t function_id;
        repair->open_calls.size -= sizeof function_id;
        memcpy(&function_id, repair->open_calls.bytes + repair->open_calls.size,
               sizeof function_id);
        ct_value_writer_reset(values);
        if (is_slice(repair, function_id))
            ct_value_put_none(values, nil_id);
        else
            ct_value_put_error(values, RUNNING, sizeof RUNNING - 1, unfinished_id);
        CT_TRY(ct_value_writer_finish(values, &bytes, &size));
        CT_TRY(ct_trace_writer_return_append(repair->writer, bytes, size));
        repair->result->closed_count++;
    }
    return CT_OK;
}

static enum ct_status
end_calls(struct repair *repair)
{
    const bool is_json =
        ct_trace_reader_metadata(repair->reader)->layout == CT_TRACE_LAYOUT_JSON;
    struct ct_value_writer *values;
    uint64_t unfinished_id, nil_id;
    if (repair->open_calls.size == 0)
        return CT_OK;
    CT_TRY(ct_trace_writer_type_put(repair->writer, CT_TYPE_ERROR, "Unfinished", 10, NULL, 0,
                                    &unfinished_id));
    CT_TRY(ct_trace_writer_type_put(repair->writer, CT_TYPE_NONE, "NilClass", 8, NULL, 0,
                                    &nil_id));
    CT_TRY(ct_value_writer_new(is_json ? CT_PROFILE_JSON : CT_PROFILE_AUG26, repair->alloc,
                               &values));
    const enum ct_status status = close_calls(repair, values, unfinished_id, nil_id);
    ct_value_writer_free(values);
    return status;
}

/* ---- what is beside the events ---- */

/* Into scratch; CT_ERR_NOT_FOUND is normal. */
static enum ct_status
read_file(struct repair *repair, const char *name, uint64_t size_max)
{
    struct ct_folder *from = repair->options->from;
    struct ct_file *file;
    uint64_t size;
    CT_TRY(from->ops->open(from, name, &file));
    ct_buffer_reset(&repair->scratch);
    enum ct_status status = file->ops->size_get(file, &size);
    if (status == CT_OK && size > size_max)
        status = CT_ERR_LIMIT;
    uint8_t *room =
        status == CT_OK ? ct_buffer_reserve(&repair->scratch, (size_t)size + 1) : NULL;
    if (status == CT_OK && room == NULL)
        status = CT_ERR_MEMORY;
    if (status == CT_OK && size > 0)
        status = file->ops->read_at(file, 0, room, (size_t)size);
    repair->scratch.size = status == CT_OK ? (size_t)size : 0;
    const enum ct_status closed = ct_file_close(file);
    return status != CT_OK ? status : closed;
}

/* A source that cannot be taken over costs its text, not the trace. */
static enum ct_status
take_sources(struct repair *repair)
{
    if (repair->options->from == NULL || repair->options->without_sources)
        return CT_OK;
    struct ct_buffer name;
    enum ct_status status = CT_OK;
    ct_buffer_init(&name, repair->alloc);
    for (uint64_t id = 0; id < repair->path_count && status == CT_OK; id++) {
        size_t size;
        const char *path = ct_trace_reader_path(repair->reader, id, &size);
        ct_buffer_reset(&name);
        ct_path_text_put_embedded(&name, path, size);
        ct_buffer_put_u8(&name, 0);
        status = ct_buffer_status(&name);
        if (status != CT_OK)
            break;
        const enum ct_status found =
            read_file(repair, (const char *)name.bytes, SOURCE_SIZE_MAX);
        if (found == CT_OK &&
            ct_trace_writer_source_put(repair->writer, id, repair->scratch.bytes,
                                       repair->scratch.size) == CT_OK)
            repair->result->source_count++;
        status = found == CT_ERR_MEMORY ? found : CT_OK;
    }
    ct_buffer_release(&name);
    return status;
}

/* Whether there may be more of the trace than its main file. */
static bool
has_company(const struct repair *repair)
{
    return repair->options->from != NULL && !repair->options->is_alone;
}

static enum ct_status
write_facts(struct repair *repair, const struct ct_buffer *text)
{
    struct ct_folder *folder = repair->folder;
    struct ct_file *file;
    CT_TRY(folder->ops->create(folder, CT_FACTS_NAME, &file));
    const enum ct_status written = file->ops->write_at(file, 0, text->bytes, text->size);
    const enum ct_status closed = ct_file_close(file);
    return written != CT_OK ? written : closed;
}

/* A file that makes no sense is left out. */
static enum ct_status
take_facts(struct repair *repair)
{
    struct ct_buffer text;
    if (!has_company(repair) || repair->result->is_nameless ||
        ct_trace_reader_facts(repair->reader)->error.status != CT_OK)
        return CT_OK;
    enum ct_status status = read_file(repair, CT_FACTS_NAME, CT_FACTS_SIZE_MAX);
    if (status != CT_OK)
        return status == CT_ERR_MEMORY ? status : CT_OK;
    ct_buffer_init(&text, repair->alloc);
    status = ct_repair_facts((const char *)repair->scratch.bytes, repair->scratch.size,
                             &repair->result->counts, repair->alloc, &text);
    repair->result->has_facts = status == CT_OK;
    status = status == CT_OK ? write_facts(repair, &text) : status;
    ct_buffer_release(&text);
    return status == CT_ERR_FORMAT || status == CT_ERR_LIMIT ? CT_OK : status;
}

/* Whether the new trace ends where the recording did: the last step has all of its Values then. */
static bool
is_whole(const struct repair *repair)
{
    const struct ct_trace_facts *facts = ct_trace_reader_facts(repair->reader);
    const struct ct_repair_result *result = repair->result;
    return !result->is_cut && result->closed_count == 0 && facts->is_present &&
           strcmp(facts->state, "recording") != 0 &&
           facts->step_count == result->counts.step_count &&
           facts->call_count == result->counts.call_count &&
           facts->event_count == result->counts.event_count;
}

static enum ct_status
take_company(struct repair *repair)
{
    struct ct_buffer *torn = &repair->torn_steps;
    if (!has_company(repair))
        return CT_OK;
    if (!is_whole(repair))
        ct_buffer_put_u64(torn, repair->step_count - 1);
    CT_TRY(ct_buffer_status(torn));
    const struct ct_repair_bounds bounds = {
        .path_count = repair->path_count,
        .step_count = repair->step_count,
        .torn_steps = (const uint64_t *)(void *)torn->bytes,
        .torn_count = torn->size / sizeof(uint64_t)};
    CT_TRY(ct_repair_expressions(repair->options->from, repair->folder, &bounds, repair->alloc,
                                 &repair->result->expressions));
    return ct_repair_instructions(repair->options->from, repair->folder, &bounds, repair->alloc,
                                  &repair->result->instructions);
}

/* ---- the whole ---- */

static enum ct_status
require_steps(const struct repair *repair)
{
    if (repair->step_count > 0)
        return CT_OK;
    return ct_error_put(repair->error, CT_ERR_FORMAT, "", 0, "not one step of it can be read");
}

static enum ct_status
write_trace(struct repair *repair)
{
    CT_TRY(open_writer(repair));
    enum ct_status status = take_events(repair);
    if (status == CT_OK)
        status = require_steps(repair);
    if (status == CT_OK)
        status = end_calls(repair);
    if (status == CT_OK)
        status = take_sources(repair);
    if (status == CT_OK)
        status = ct_trace_writer_flush(repair->writer);
    ct_trace_writer_counts(repair->writer, &repair->result->counts);
    const enum ct_status closed = ct_trace_writer_close(repair->writer);
    if (status == CT_OK)
        status = closed;
    if (status == CT_OK)
        status = take_company(repair);
    return status == CT_OK ? take_facts(repair) : status;
}

enum ct_status
ct_trace_repair(struct ct_trace_reader *reader, struct ct_folder *folder,
                const struct ct_repair_options *options, struct ct_repair_result *out_result,
                struct ct_error *error)
{
    struct ct_error own;
    struct repair repair = {
        .alloc = options->alloc != NULL ? options->alloc : ct_alloc_default(),
        .options = options,
        .reader = reader,
        .folder = folder,
        .result = out_result,
        .error = error != NULL ? error : &own};
    *out_result = (struct ct_repair_result){.is_cut = false};
    *repair.error = (struct ct_error){.status = CT_OK};
    ct_buffer_init(&repair.open_calls, repair.alloc);
    ct_buffer_init(&repair.args, repair.alloc);
    ct_buffer_init(&repair.scratch, repair.alloc);
    ct_buffer_init(&repair.torn_steps, repair.alloc);
    const enum ct_status status = write_trace(&repair);
    if (status != CT_OK && repair.error->status == CT_OK)
        (void)ct_error_put(repair.error, status, "", 0, "%s", ct_status_text(status));
    ct_buffer_release(&repair.open_calls);
    ct_buffer_release(&repair.args);
    ct_buffer_release(&repair.scratch);
    ct_buffer_release(&repair.torn_steps);
    return status;
}
