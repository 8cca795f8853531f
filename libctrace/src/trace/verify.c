/* Runs the checks in order and keeps going behind what it can. See ctrace/trace_verify.h.
 *
 * The verdict is that of test/oracle/ct_oracle.py, an independent reader, but for four things, on
 * purpose: a field of the wrong type is a finding here even where Python does not care (a line that
 * is `true`, a program that is null), and so is a container that says it is compressed; a BigInt
 * of more than 4300 digits, which Python refuses to print, is none; keys that no reader looks at
 * may come twice; and it reads neither the index nor trace.instructions. */
#include "trace/verify.h"

#include "container/container_format.h"
#include "trace/facts_reader.h"
#include "trace/trace_observer.h"
#include "trace/verify_index.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_SIZE 320

static void
report(struct ct_verify *verify, const char *file, uint64_t offset, const char *sentence)
{
    const struct ct_finding finding = {file, offset, sentence};
    verify->result->finding_count++;
    if (verify->options->finding != NULL)
        verify->options->finding(verify->options->context, &finding);
}

void
ct_verify_report(struct ct_verify *verify, const char *file, uint64_t offset, const char *format,
                 ...)
{
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    report(verify, file, offset, sentence);
}

void
ct_verify_report_event(struct ct_verify *verify, const struct ct_trace_event *event,
                       const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    if (event->damage != NULL) /* it was reported: more about this event would be its echo */
        return;
    const int lead = snprintf(sentence, sizeof sentence, "event %" PRIu64 " (%s): ", event->index,
                              ct_trace_kind_name(event->kind));
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence + lead, sizeof sentence - (size_t)lead, format, arguments);
    va_end(arguments);
    report(verify, event->file, event->offset, sentence);
}

void
ct_verify_report_error(struct ct_verify *verify, const struct ct_error *error)
{
    /* Walking the blocks finds all that a reader of them can meet. */
    if (verify->container_finding_count > 0 && strcmp(error->file, CT_VERIFY_CONTAINER_NAME) == 0)
        return;
    report(verify, error->file[0] != '\0' ? error->file : "trace", error->offset, error->message);
}

bool
ct_verify_is_complete(const struct ct_verify *verify)
{
    const struct ct_trace_facts *facts = ct_trace_reader_facts(verify->reader);
    return facts->is_present && strcmp(facts->state, "complete") == 0;
}

static void
report_note(void *context, const char *file, uint64_t offset, const char *sentence)
{
    report(context, file, offset, sentence);
}

static void
check_record(void *context, uint64_t offset, const uint8_t *bytes, size_t size)
{
    struct ct_verify *verify = context;
    ct_verify_index_record(verify->index, offset, bytes, size);
}

/* Whether a failure is a finding about the trace, not one of the environment. */
static bool
is_about_trace(enum ct_status status)
{
    return status == CT_ERR_FORMAT || status == CT_ERR_LIMIT || status == CT_ERR_NOT_FOUND;
}

static enum ct_status
check_events(struct ct_verify *verify, struct ct_error *error)
{
    for (;;) {
        struct ct_trace_event event;
        const enum ct_status status = ct_trace_reader_next(verify->reader, &event, error);
        if (status == CT_END)
            return CT_OK;
        if (is_about_trace(status)) {
            ct_verify_report_error(verify, error);
            continue;
        }
        CT_TRY(status);
        verify->result->counts[event.kind]++;
        if (event.damage != NULL)
            ct_verify_report_error(verify, event.damage);
        /* Behind a loss ids may be off and calls missing: findings would be the loss's echo. */
        if (!ct_trace_reader_is_lossy(verify->reader))
            CT_TRY(ct_verify_event(verify, &event));
    }
}

static enum ct_status
check_trace(struct ct_verify *verify, struct ct_error *error)
{
    const struct ct_trace_observer observer = {report_note, check_record, verify};
    const struct ct_trace_metadata *metadata = ct_trace_reader_metadata(verify->reader);
    ct_trace_reader_observe(verify->reader, observer);
    if (verify->options->event_size_max > 0)
        ct_trace_reader_event_size_max_put(verify->reader, verify->options->event_size_max);
    if (metadata->error.status != CT_OK)
        ct_verify_report_error(verify, &metadata->error);
    CT_TRY(ct_text_table_new(verify->alloc, &verify->names));
    CT_TRY(check_events(verify, error));
    if (!ct_trace_reader_is_lossy(verify->reader))
        ct_verify_end(verify);
    ct_verify_facts(verify);
    return ct_verify_index_end(verify->index);
}

static enum ct_status
is_container(struct ct_file *file, bool *out_is_container)
{
    uint8_t magic[CT_CONTAINER_MAGIC_SIZE];
    uint64_t size;
    CT_TRY(file->ops->size_get(file, &size));
    *out_is_container = false;
    if (size < sizeof magic)
        return CT_OK;
    CT_TRY(file->ops->read_at(file, 0, magic, sizeof magic));
    *out_is_container = memcmp(magic, CT_CONTAINER_MAGIC, sizeof magic) == 0;
    return CT_OK;
}

/* Stops at the first part that cannot be looked at: what stands in it cannot be either. */
static enum ct_status
check_files(struct ct_verify *verify, const struct ct_trace_files *files, struct ct_error *error)
{
    bool has_container;
    CT_TRY(is_container(files->main, &has_container));
    if (has_container)
        CT_TRY(ct_verify_container(verify, files->main, error));
    verify->container_finding_count = verify->result->finding_count;
    CT_TRY(ct_trace_reader_open_files(files, verify->alloc, &verify->reader, error));
    if (has_container)
        CT_TRY(ct_verify_index_init(verify->index, verify, files->main, error));
    CT_TRY(check_trace(verify, error));
    CT_TRY(ct_verify_expressions(verify, files->expressions));
    return ct_verify_instructions(verify, files->instructions);
}

enum ct_status
ct_trace_verify_files(const struct ct_trace_files *files, const struct ct_verify_options *options,
                      struct ct_verify_result *out_result, struct ct_error *error)
{
    struct ct_error own_error = {0};
    struct ct_verify_index index = {0};
    struct ct_verify verify = {.options = options, .result = out_result, .index = &index};
    verify.alloc = options->alloc != NULL ? options->alloc : ct_alloc_default();
    *out_result = (struct ct_verify_result){0};
    if (error == NULL)
        error = &own_error;
    enum ct_status status = check_files(&verify, files, error);
    if (is_about_trace(status)) {
        ct_verify_report_error(&verify, error);
        status = CT_OK;
    }
    if (status == CT_ERR_MEMORY)
        (void)ct_error_put(error, status, "", 0, "memory ran out");
    ct_verify_index_release(&index);
    ct_trace_reader_close(verify.reader);
    ct_text_table_free(verify.names);
    ct_alloc_free(verify.alloc, verify.stack);
    ct_alloc_free(verify.alloc, verify.shown_at);
    return status;
}

enum ct_status
ct_trace_verify(const char *path, const struct ct_verify_options *options,
                struct ct_verify_result *out_result, struct ct_error *error)
{
    struct ct_trace_files files;
    *out_result = (struct ct_verify_result){0};
    CT_TRY(ct_trace_files_open(path, options->alloc, &files, error));
    const enum ct_status status = ct_trace_verify_files(&files, options, out_result, error);
    ct_trace_files_close(&files);
    return status;
}
