/* EVENT records: output, exceptions, what is about the program as a whole. See capture.h. */
#include "capture.h"

#include "held_events.h"
#include "recorder.h"
#include "value_filter.h"

#define EVENT_PART_SIZE_MAX (64u << 10) /* longer output becomes several events */

/* Where an event happened, if that is not the strand's last step. After a switch that may have been
 * one of a call that has returned since. */
struct rec_event_place
rec_event_place_take(struct rec_strand *strand)
{
    if (strand == NULL || !strand->is_resumed || strand->frame_count == 0)
        return REC_EVENT_AT_LAST_STEP;
    const struct rec_frame *top = &strand->frames[strand->frame_count - 1];
    strand->is_resumed = false;
    if (top->view == NULL || top->line == 0 || top->c_method != 0)
        return REC_EVENT_AT_LAST_STEP; /* of a call into C there is no step but that of the call */
    return (struct rec_event_place){.view_id = top->view->id, .line = top->line};
}

static void
put_part(struct recorder *recorder, struct rec_event_place place, enum ct_spool_event_kind kind,
         const char *metadata, const char *content, size_t content_size)
{
    size_t metadata_size = strlen(metadata);
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
rec_event_put(struct recorder *recorder, struct rec_event_place place,
              enum ct_spool_event_kind kind, const char *metadata, const char *content,
              size_t content_size)
{
    rec_text_mask(recorder, content, content_size, &content, &content_size);
    while (content_size > EVENT_PART_SIZE_MAX) {
        size_t part = EVENT_PART_SIZE_MAX;
        while (part > EVENT_PART_SIZE_MAX - 4 && ((unsigned char)content[part] & 0xC0) == 0x80)
            part--; /* not inside a UTF-8 character */
        put_part(recorder, place, kind, metadata, content, part);
        content += part;
        content_size -= part;
        place = REC_EVENT_AT_LAST_STEP;
    }
    put_part(recorder, place, kind, metadata, content, content_size);
}

void
rec_capture_event(struct recorder *recorder, enum ct_spool_event_kind kind, const char *metadata,
                  const char *content, size_t content_size)
{
    struct rec_strand *strand = recorder->current_strand;
    size_t secret_size = 0;
    if (kind == CT_SPOOL_EVENT_STDIN)
        secret_size = rec_prompt_answer(recorder, content, content_size);
    else if (kind == CT_SPOOL_EVENT_STDOUT || kind == CT_SPOOL_EVENT_STDERR)
        rec_prompt_printed(recorder, content, content_size);
    if (metadata[0] == '\0' && rec_event_waits(recorder, kind)) {
        rec_held_events_add(recorder, kind, content, content_size);
        if (secret_size > 0)
            rec_held_events_hide_newest(strand, content_size, secret_size);
        return;
    }
    rec_held_events_put(recorder, strand);
    rec_event_put(recorder, rec_event_place_take(strand), kind, metadata, content, content_size);
}
