/* Fuzzes the timeline: spool records in a row, through snapshots and the trace writer, into memory.
 *
 * The input is records as they lie in the ring. Input that ends inside a record ends before it.
 * Each record is given from a piece of memory of exactly its size; one of kind 255 chooses the lane
 * of those behind it. */
#include "ctrace/timeline.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define KIND_LANE 255

static enum ct_status
open_folder(void *context, const char *path, struct ct_folder **out_folder)
{
    (void)context;
    (void)path;
    return ct_folder_memory_new(NULL, out_folder);
}

static enum ct_status
put_record(struct ct_timeline *timeline, const uint8_t *bytes, size_t size)
{
    struct ct_spool_record *record = malloc(size);
    if (record == NULL)
        return CT_ERR_MEMORY;
    memcpy(record, bytes, size);
    const enum ct_status status = record->kind == KIND_LANE
                                      ? ct_timeline_lane_select(timeline, record->flags)
                                      : ct_timeline_put(timeline, record);
    free(record);
    return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct ct_timeline_options options = {.open_folder = open_folder};
    struct ct_timeline *timeline;
    struct ct_spool_record head;
    if (ct_timeline_new(&options, &timeline) != CT_OK)
        return 0;
    while (size >= sizeof head) {
        memcpy(&head, bytes, sizeof head);
        if (head.size < sizeof head || head.size % 8 != 0 || head.size > size ||
            put_record(timeline, bytes, head.size) != CT_OK)
            break;
        bytes += head.size;
        size -= head.size;
    }
    (void)!ct_timeline_finish(timeline);
    ct_timeline_free(timeline);
    return 0;
}
