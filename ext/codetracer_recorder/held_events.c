/* See held_events.h. */
#include "held_events.h"

#include "recorder.h"
#include "value_filter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TEXT_CAPACITY_KEPT (1u << 20) /* what is larger is given back */
/* No more waits than this, whatever runs without a step: what came first is put then. */
#define HELD_SIZE_MAX  (64u << 10)
#define HELD_COUNT_MAX 64
/* By this many bytes a string that was seen is told, of which no more may have been kept. */
#define SEEN_PREFIX_SIZE 8

/* In the flags of a record that is kept here: its values are hidden when it is written. */
#define HIDDEN_MARK 0x80

struct held_part {
    uint32_t kind; /* enum ct_spool_event_kind */
    size_t size;
};

bool
rec_event_waits(const struct recorder *recorder, enum ct_spool_event_kind kind)
{
    const struct rec_strand *strand = recorder->current_strand;
    if (strand == NULL)
        return false;
    if (kind == CT_SPOOL_EVENT_STDIN)
        return true;
    return strand->held.parts.size > 0 &&
           (kind == CT_SPOOL_EVENT_STDOUT || kind == CT_SPOOL_EVENT_STDERR);
}

void
rec_held_events_add(struct recorder *recorder, enum ct_spool_event_kind kind, const char *text,
                    size_t size)
{
    struct rec_strand *strand = recorder->current_strand;
    struct rec_held_events *held = &strand->held;
    const struct held_part part = {.kind = kind, .size = size};
    if (held->parts.size >= HELD_COUNT_MAX * sizeof part || held->text.size + size > HELD_SIZE_MAX)
        rec_held_events_put(recorder, strand);
    if (!rec_assembly_reserve(&held->text, size) ||
        !rec_assembly_reserve(&held->parts, sizeof part)) {
        recorder->counts.uncaptured_count++;
        return;
    }
    if (held->parts.size == 0)
        held->place = rec_event_place_take(strand);
    rec_assembly_put(&held->text, text, size);
    rec_assembly_put(&held->parts, &part, sizeof part);
    recorder->held_count++;
}

bool
rec_held_events_add_seen(struct recorder *recorder, const struct rec_assembly *record)
{
    struct rec_strand *strand = recorder->current_strand;
    if (strand == NULL || strand->held.parts.size == 0)
        return false;
    struct rec_assembly *seen = &strand->held.seen;
    if (seen->size + record->size > HELD_SIZE_MAX || !rec_assembly_reserve(seen, record->size)) {
        rec_held_events_put(recorder, strand);
        return false;
    }
    rec_assembly_put(seen, record->bytes, record->size);
    return true;
}

static struct ct_spool_seen *
seen_at(const struct rec_assembly *seen, size_t offset)
{
    return (struct ct_spool_seen *)(void *)(seen->bytes + offset);
}

static bool
has_word(const struct ct_spool_seen *seen, VALUE value)
{
    for (size_t at = sizeof *seen; at + sizeof value <= seen->record.size; at += sizeof value) {
        if (memcmp((const char *)seen + at, &value, sizeof value) == 0)
            return true;
    }
    return false;
}

/* Of a long string a part may have been kept. */
static bool
has_text(const struct ct_spool_seen *seen, VALUE value)
{
    size_t size = (size_t)RSTRING_LEN(value);
    size = size < SEEN_PREFIX_SIZE ? size : SEEN_PREFIX_SIZE;
    return size > 0 && memmem(seen + 1, seen->record.size - sizeof *seen, RSTRING_PTR(value),
                              size) != NULL;
}

/* The values of such records, or of all (undef), are hidden when they are written. */
static void
hide_seen(struct rec_assembly *all, VALUE value)
{
    for (size_t at = 0; at < all->size; at += seen_at(all, at)->record.size) {
        struct ct_spool_seen *seen = seen_at(all, at);
        if (seen->record.count == 0)
            continue; /* there was no memory for any */
        if (value == Qundef ||
            (RB_FIXNUM_P(value) ? has_word(seen, value) : has_text(seen, value)))
            seen->record.flags = HIDDEN_MARK;
    }
}

void
rec_held_events_hide_newest(struct rec_strand *strand, size_t size, size_t hidden_size)
{
    struct rec_assembly *text = &strand->held.text;
    if (text->size >= size) /* else there was no memory for it */
        memset(text->bytes + text->size - size, '*', hidden_size);
}

static bool
is_word_byte(const struct rec_assembly *text, size_t at)
{
    return at < text->size && (isalnum(text->bytes[at]) || text->bytes[at] == '_');
}

static void
hide_text(struct rec_assembly *text, const char *secret, size_t size)
{
    uint8_t *found, *from = text->bytes, *end = text->bytes + text->size;
    while (size > 0 && (found = memmem(from, (size_t)(end - from), secret, size)) != NULL) {
        size_t at = (size_t)(found - text->bytes);
        from = found + 1;
        if ((at > 0 && is_word_byte(text, at - 1)) || is_word_byte(text, at + size))
            continue;
        memset(found, '*', size);
        from = found + size;
    }
}

static size_t
count_of(const struct rec_held_events *held)
{
    return held->parts.size / sizeof(struct held_part);
}

static void
hide_in(struct rec_strand *strand, VALUE value)
{
    char digits[24];
    if (strand->held.parts.size == 0)
        return;
    if (RB_FIXNUM_P(value) || RB_TYPE_P(value, T_STRING))
        hide_seen(&strand->held.seen, value);
    if (RB_FIXNUM_P(value))
        hide_text(&strand->held.text, digits,
                  (size_t)snprintf(digits, sizeof digits, "%ld", RB_FIX2LONG(value)));
    else if (RB_TYPE_P(value, T_STRING))
        hide_text(&strand->held.text, RSTRING_PTR(value), (size_t)RSTRING_LEN(value));
}

void
rec_held_events_hide(struct recorder *recorder, VALUE value)
{
    const struct rec_pointer_map *map = &recorder->strands.strands;
    const struct rec_strand *current = recorder->current_strand;
    if (current != NULL && recorder->held_count == count_of(&current->held)) {
        hide_in(recorder->current_strand, value);
        return;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].key != 0)
            hide_in((struct rec_strand *)map->entries[i].value, value);
    }
}

/* Without its values; the name of the first stays. */
static void
put_hidden(struct recorder *recorder, const struct ct_spool_seen *seen)
{
    struct ct_spool_item item = {.size = 5};
    const uint32_t reason = CT_SNAPSHOT_REDACTED;
    const size_t size = rec_pad(sizeof *seen + sizeof item + item.size);
    memcpy(&item.key, seen + 1, sizeof item.key);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    memset(room, 0, size);
    memcpy(room, seen, sizeof *seen);
    ((struct ct_spool_record *)(void *)room)->size = (uint32_t)size;
    ((struct ct_spool_record *)(void *)room)->flags = 0;
    ((struct ct_spool_record *)(void *)room)->count = 1;
    room += sizeof *seen;
    memcpy(room, &item, sizeof item);
    room[sizeof item] = CT_SNAPSHOT_ABSENT;
    memcpy(room + sizeof item + 1, &reason, sizeof reason);
    rec_publish(recorder, size);
    recorder->counts.hidden_count++;
}

static void
put_seen(struct recorder *recorder, struct rec_assembly *all)
{
    for (size_t at = 0; at < all->size; at += seen_at(all, at)->record.size) {
        const struct ct_spool_seen *seen = seen_at(all, at);
        if (seen->record.flags == HIDDEN_MARK) {
            put_hidden(recorder, seen);
            continue;
        }
        uint8_t *room = rec_reserve(recorder, seen->record.size);
        if (room == NULL)
            continue;
        memcpy(room, seen, seen->record.size);
        rec_publish(recorder, seen->record.size);
    }
    all->size = 0;
}

void
rec_held_events_put_judged(struct recorder *recorder, struct rec_strand *strand)
{
    if (strand == NULL || strand->held.parts.size == 0)
        return;
    struct rec_held_events *held = &strand->held;
    struct rec_event_place place = held->place;
    size_t count = count_of(held), offset = 0;
    if (count > 1) /* one may stand in two parts */
        rec_text_blank(recorder, (char *)held->text.bytes, held->text.size);
    for (size_t i = 0; i < count; i++) {
        struct held_part part;
        memcpy(&part, held->parts.bytes + i * sizeof part, sizeof part);
        rec_event_put(recorder, place, (enum ct_spool_event_kind)part.kind, "",
                      (const char *)held->text.bytes + offset, part.size);
        place = REC_EVENT_AT_LAST_STEP;
        offset += part.size;
    }
    recorder->held_count -= count;
    held->text.size = held->parts.size = 0;
    put_seen(recorder, &held->seen);
    if (held->text.capacity > TEXT_CAPACITY_KEPT)
        rec_assembly_release(&held->text);
}

static bool
redacts_some(const struct rec_strand *strand)
{
    if (strand->frame_count == 0)
        return false;
    const struct rec_iseq *iseq = strand->frames[strand->frame_count - 1].iseq;
    bool is_redacted = false;
    for (uint32_t i = 0; iseq != NULL && iseq->slots != NULL && i < iseq->slot_count; i++)
        is_redacted |= iseq->slots[i].action == REC_REDACT;
    return is_redacted;
}

void
rec_held_events_put(struct recorder *recorder, struct rec_strand *strand)
{
    if (strand == NULL || strand->held.parts.size == 0)
        return;
    struct rec_assembly *text = &strand->held.text;
    const bool is_hidden = redacts_some(strand);
    for (size_t i = 0; is_hidden && i < text->size; i++)
        text->bytes[i] = text->bytes[i] == '\n' ? '\n' : '*';
    if (is_hidden)
        hide_seen(&strand->held.seen, Qundef);
    rec_held_events_put_judged(recorder, strand);
}

void
rec_held_events_put_of(struct recorder *recorder, struct rec_strand *strand)
{
    if (strand->held.parts.size == 0)
        return;
    rec_strand_make_current(recorder, strand);
    rec_held_events_put(recorder, strand);
}

void
rec_held_events_put_all(struct recorder *recorder)
{
    const struct rec_pointer_map *map = &recorder->strands.strands;
    rec_held_events_put(recorder, recorder->current_strand);
    for (size_t i = 0; recorder->held_count > 0 && i < map->capacity; i++) {
        if (map->entries[i].key != 0)
            rec_held_events_put_of(recorder, (struct rec_strand *)map->entries[i].value);
    }
}

void
rec_held_events_note_switch(struct rec_strand *strand)
{
    if (strand->held.parts.size == 0 || strand->held.place.line != UINT32_MAX)
        return;
    strand->held.place = rec_event_place_take(strand);
    strand->is_resumed = true;
}

void
rec_held_events_release(struct recorder *recorder, struct rec_strand *strand)
{
    recorder->held_count -= count_of(&strand->held);
    rec_assembly_release(&strand->held.text);
    rec_assembly_release(&strand->held.parts);
    rec_assembly_release(&strand->held.seen);
}
