/* See timeline_run.h. */
#include "timeline_run.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ORACLE_PATH "test/oracle/ct_oracle.py"

void
scratch_make(struct scratch *scratch)
{
    strcpy(scratch->path, "/tmp/test_timeline_XXXXXX");
    assert_non_null(mkdtemp(scratch->path));
}

void
scratch_remove(struct scratch *scratch)
{
    struct ct_folder *folder;
    if (ct_folder_open("/tmp", false, NULL, &folder, NULL) != CT_OK)
        return;
    (void)!folder->ops->remove(folder, scratch->path + strlen("/tmp/"));
    ct_folder_close(folder);
}

static enum ct_status
open_folder(void *context, const char *path, struct ct_folder **out_folder)
{
    struct ct_folder **memory = context;
    if (*memory == NULL)
        return ct_folder_open(path, true, NULL, out_folder, NULL);
    *out_folder = *memory;
    *memory = NULL;
    return CT_OK;
}

/* From a piece of memory of exactly its size, so that a sanitizer sees a read behind it. */
static enum ct_status
put_one(struct ct_timeline *timeline, const uint8_t *bytes, size_t size)
{
    struct ct_spool_record *record = malloc(size);
    memcpy(record, bytes, size);
    enum ct_status status = record->kind == TEST_KIND_LANE
                                ? ct_timeline_lane_select(timeline, record->flags)
                                : ct_timeline_put(timeline, record);
    free(record);
    return status;
}

static enum ct_status
put_all(struct ct_timeline *timeline, const uint8_t *bytes, size_t size)
{
    size_t position = 0;
    while (size - position >= sizeof(struct ct_spool_record)) {
        struct ct_spool_record head;
        memcpy(&head, bytes + position, sizeof head);
        if (head.size < sizeof head || head.size % 8 != 0 || head.size > size - position)
            return CT_ERR_FORMAT;
        CT_TRY(put_one(timeline, bytes + position, head.size));
        position += head.size;
    }
    return CT_OK;
}

enum ct_status
timeline_run_bytes(const uint8_t *bytes, size_t size, struct ct_folder *memory,
                   const struct ct_alloc *alloc)
{
    const struct ct_timeline_options options = {
        .context = &memory, .open_folder = open_folder, .alloc = alloc};
    struct ct_timeline *timeline;
    enum ct_status status = ct_timeline_new(&options, &timeline);
    if (status == CT_OK) {
        status = put_all(timeline, bytes, size);
        const enum ct_status finished = ct_timeline_finish(timeline);
        status = status == CT_OK ? finished : status;
        ct_timeline_free(timeline);
    }
    ct_folder_close(memory); /* START never came */
    return status;
}

enum ct_status
timeline_run(const struct record_builder *builder, struct ct_folder *memory,
             const struct ct_alloc *alloc)
{
    size_t size;
    const uint8_t *bytes = build_bytes(builder, &size);
    return timeline_run_bytes(bytes, size, memory, alloc);
}

static char *
read_all(FILE *stream)
{
    size_t size = 0, capacity = 1 << 16;
    char *text = malloc(capacity);
    for (;;) {
        size_t count = fread(text + size, 1, capacity - size - 1, stream);
        size += count;
        text[size] = '\0';
        if (count == 0)
            return text;
        if (capacity - size < 4096)
            text = realloc(text, capacity *= 2);
    }
}

char *
oracle_read(const char *command, const char *folder)
{
    char line[512];
    if (system("command -v python3 >/dev/null") != 0 || access(ORACLE_PATH, R_OK) != 0) {
        print_message("skipped: needs python3 and " ORACLE_PATH " (run from the top)\n");
        skip();
    }
    snprintf(line, sizeof line, "python3 " ORACLE_PATH " %s %s", command, folder);
    FILE *stream = popen(line, "r");
    assert_non_null(stream);
    char *text = read_all(stream);
    pclose(stream);
    return text;
}

bool
oracle_accepts(const char *folder)
{
    char *text = oracle_read("check", folder);
    bool is_accepted = strncmp(text, "ok ", 3) == 0;
    if (!is_accepted)
        print_message("%s: %s", folder, text);
    free(text);
    return is_accepted;
}
