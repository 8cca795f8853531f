/* Fuzzes repair: a damaged trace in either layout, whose first bytes tell which, and what is made
 * of it, which has to be readable to its end.
 *
 * The input is the main file; but one that begins with two braces or brackets, or as one of
 * instructions does, is a trace_info.json, trace_expressions.json or trace.instructions of a trace
 * that is cut. */
#include "ctrace/trace_expressions.h"
#include "ctrace/trace_instructions.h"
#include "ctrace/trace_repair.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define CUT_TRACE                                                                                  \
    "[{\"Path\":\"/a.rb\"},"                                                                      \
    "{\"Function\":{\"path_id\":0,\"line\":1,\"name\":\"<top-level>\"}}," \
    "{\"Step\":{\"path_id\":0,\"line\":1}},{\"Call\":{\"function_id\":0,\"args\":[]}}"

/* What was repaired has no loss. */
static void
read_again(struct ct_folder *folder, const char *name)
{
    struct ct_trace_files files = {0};
    struct ct_trace_reader *reader;
    struct ct_trace_event event;
    enum ct_status status = CT_OK;
    if (folder->ops->open(folder, name, &files.main) != CT_OK)
        return;
    if (ct_trace_reader_open_files(&files, NULL, &reader, NULL) == CT_OK) {
        while (status == CT_OK)
            status = ct_trace_reader_next(reader, &event, NULL);
        if (status != CT_END)
            abort();
        ct_trace_reader_close(reader);
    }
    ct_trace_files_close(&files);
}

static void
read_expressions(struct ct_file *file)
{
    struct ct_trace_expressions *list = NULL;
    uint64_t size;
    char *text = file->ops->size_get(file, &size) == CT_OK ? malloc((size_t)size + 1) : NULL;
    if (text == NULL)
        return;
    if (file->ops->read_at(file, 0, text, (size_t)size) != CT_OK ||
        ct_trace_expressions_read(text, (size_t)size, NULL, &list, NULL) != CT_OK)
        abort();
    ct_trace_expressions_close(list);
    free(text);
}

static void
read_instructions(struct ct_file *file)
{
    struct ct_trace_instructions *list;
    struct ct_trace_instruction run;
    enum ct_status status;
    if (ct_trace_instructions_read(file, NULL, &list, NULL) != CT_OK)
        abort();
    while ((status = ct_trace_instructions_next(list, &run, NULL)) == CT_OK)
        continue;
    if (status != CT_END || ct_trace_instructions_is_cut(list))
        abort();
    ct_trace_instructions_close(list);
}

/* Nor has what is beside it. */
static void
read_company(struct ct_folder *folder)
{
    struct ct_file *file;
    if (folder->ops->open(folder, "trace_expressions.json", &file) == CT_OK) {
        read_expressions(file);
        (void)!ct_file_close(file);
    }
    if (folder->ops->open(folder, "trace.instructions", &file) == CT_OK) {
        read_instructions(file);
        (void)!ct_file_close(file);
    }
}

static void
repair_files(const struct ct_trace_files *files, struct ct_folder *folder)
{
    struct ct_trace_reader *reader;
    struct ct_repair_result result;
    const struct ct_repair_options options = {.from = folder};
    struct ct_folder *target;
    if (ct_trace_reader_open_files(files, NULL, &reader, NULL) != CT_OK)
        return;
    ct_trace_reader_event_size_max_put(reader, FUZZ_EVENT_SIZE_MAX);
    if (ct_folder_memory_new(NULL, &target) == CT_OK) {
        if (ct_trace_repair(reader, target, &options, &result, NULL) == CT_OK) {
            read_again(target, "trace.ct");
            read_again(target, "trace.json");
            read_company(target);
        }
        ct_folder_close(target);
    }
    ct_trace_reader_close(reader);
}

static void
put_file(struct ct_folder *folder, const char *name, const uint8_t *bytes, size_t size)
{
    struct ct_file *file;
    if (folder->ops->create(folder, name, &file) != CT_OK)
        return;
    if (size > 0)
        (void)!file->ops->write_at(file, 0, bytes, size);
    (void)!ct_file_close(file);
}

/* What the input is beside a trace that is cut; NULL: it is the trace. */
static const char *
name_of(const uint8_t *bytes, size_t size)
{
    if (size > 1 && bytes[0] == '{' && bytes[1] == '{')
        return "trace_info.json";
    if (size > 1 && bytes[0] == '[' && bytes[1] == '[')
        return "trace_expressions.json";
    return size > 1 && memcmp(bytes, "CT", 2) == 0 ? "trace.instructions" : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_trace_files files = {0};
    struct ct_folder *folder;
    const char *name = name_of(bytes, size);
    const void *main = name != NULL ? (const void *)CUT_TRACE : bytes;
    const size_t skipped = name != NULL && bytes[0] != 'C';
    if (ct_folder_memory_new(NULL, &folder) != CT_OK)
        return 0;
    if (name != NULL)
        put_file(folder, name, bytes + skipped, size - skipped);
    if (folder->ops->open(folder, "trace_info.json", &files.facts) != CT_OK)
        files.facts = NULL;
    const size_t main_size = name != NULL ? strlen(CUT_TRACE) : size;
    if (ct_file_memory_open(main, main_size, NULL, &files.main) == CT_OK) {
        repair_files(&files, folder);
        ct_trace_files_close(&files);
    }
    ct_folder_close(folder);
    return 0;
}
