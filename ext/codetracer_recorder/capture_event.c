/* EVENT records: output, exceptions, what is about the program as a whole. See capture.h. */
#include "capture.h"

#include "recorder.h"
#include "value_filter.h"

#define EVENT_PART_SIZE_MAX (64u << 10) /* longer output becomes several events */

/* Where an event happened, if that is not the strand's last step. */
struct event_place {
    uint32_t view_id, line;
};

/* After a switch the strand's last step may have been one of a call that has returned since: then
 * the event brings its own place. */
static struct event_place
place_of_event(struct rec_strand *strand)
{
    struct event_place nowhere = {.view_id = UINT32_MAX, .line = UINT32_MAX};
    if (strand == NULL || !strand->is_resumed || strand->frame_count == 0)
        return nowhere;
    const struct rec_frame *top = &strand->frames[strand->frame_count - 1];
    strand->is_resumed = false;
    if (top->view == NULL || top->line == 0 || top->c_method != 0)
        return nowhere; /* of a call into C there is no step but that of the call */
    return (struct event_place){.view_id = top->view->id, .line = top->line};
}

static void
put_event_part(struct recorder *recorder, enum ct_spool_event_kind kind, const char *metadata,
               const char *content, size_t content_size)
{
    size_t metadata_size = strlen(metadata);
    struct event_place place = place_of_event(recorder->current_strand);
    size_t size = rec_pad(sizeof(struct ct_spool_event) + metadata_size + content_size);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    *(struct ct_spool_event *)room = (struct ct_spool_event){
        .record = {.size = (uint32_t)size, .kind = CT_SPOOL_EVENT, .flags = (uint8_t)kind},
        .metadata_size = (uint32_t)metadata_size,
        .content_size = (uint32_t)content_size,
        .true_size = content_size,
        .view_id = place.view_id,
        .line = place.line,
    };
    room += sizeof(struct ct_spool_event);
    memcpy(room, metadata, metadata_size);
    memcpy(room + metadata_size, content, content_size);
    rec_publish(recorder, size);
}

void
rec_capture_event(struct recorder *recorder, enum ct_spool_event_kind kind, const char *metadata,
                  const char *content, size_t content_size)
{
    rec_text_mask(recorder, content, content_size, &content, &content_size);
    while (content_size > EVENT_PART_SIZE_MAX) {
        size_t part = EVENT_PART_SIZE_MAX;
        while (part > EVENT_PART_SIZE_MAX - 4 && ((unsigned char)content[part] & 0xC0) == 0x80)
            part--; /* not inside a UTF-8 character */
        put_event_part(recorder, kind, metadata, content, part);
        content += part;
        content_size -= part;
    }
    put_event_part(recorder, kind, metadata, content, content_size);
}
