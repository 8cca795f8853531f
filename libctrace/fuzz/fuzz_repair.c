/* Fuzzes repair: a damaged trace in either layout, whose first bytes tell which, and what is made
 * of it, which has to be readable to its end.
 *
 * The input is the main file; an input that begins with two braces is a trace_info.json of a trace
 * that is cut. */
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

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct ct_trace_files files = {0};
    struct ct_folder *folder;
    const bool is_facts = size > 1 && bytes[0] == '{' && bytes[1] == '{';
    const void *main = is_facts ? (const void *)CUT_TRACE : bytes;
    if (ct_folder_memory_new(NULL, &folder) != CT_OK)
        return 0;
    if (is_facts)
        put_file(folder, "trace_info.json", bytes + 1, size - 1);
    if (is_facts && folder->ops->open(folder, "trace_info.json", &files.facts) != CT_OK)
        files.facts = NULL;
    const size_t main_size = is_facts ? strlen(CUT_TRACE) : size;
    if (ct_file_memory_open(main, main_size, NULL, &files.main) == CT_OK) {
        repair_files(&files, folder);
        ct_trace_files_close(&files);
    }
    ct_folder_close(folder);
    return 0;
}
