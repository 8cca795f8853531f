/* Events that wait for their strand's next record: text that was read from standard input, and what
 * is printed behind it on the same line.
 *
 * What is read is a secret once it stands under a secret's name, and that is seen at the next step,
 * call or return. Until then it stays in this process: no byte of it is in the spool. Filled and
 * emptied by capture_event.c and capture.c; learns from value_filter.c. */
#ifndef REC_HELD_EVENTS_H
#define REC_HELD_EVENTS_H

#include "assembly.h"

#include "ctrace/spool_format.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;
struct rec_strand;

struct rec_event_place {
    uint32_t view_id, line;
};
/* On the strand's last step. */
#define REC_EVENT_AT_LAST_STEP ((struct rec_event_place){UINT32_MAX, UINT32_MAX})

/* Of one strand. */
struct rec_held_events {
    struct rec_assembly text;  /* of all of them, one behind the other */
    struct rec_assembly parts; /* of struct held_part */
    struct rec_assembly seen;  /* SEEN records that came about meanwhile, whole */
    struct rec_event_place place;
};

/* Whether an event of this kind, without metadata, has to wait, on the current strand. */
bool rec_event_waits(const struct recorder *recorder, enum ct_spool_event_kind kind);

/* Copies it. Without memory it is left out. */
void rec_held_events_add(struct recorder *recorder, enum ct_spool_event_kind kind, const char *text,
                         size_t size);

/* Keeps a SEEN record back if the current strand has events that wait; false: it has none. */
bool rec_held_events_add_seen(struct recorder *recorder, const struct rec_assembly *record);

/* Writes `*` over the beginning of the one that was added last, which has `size` bytes. */
void rec_held_events_hide_newest(struct rec_strand *strand, size_t size, size_t hidden_size);

/* Writes `*` over each place where a text, of any strand, is this value alone: a String that is a
 * mere word, or a number, too. What was seen with it is hidden as a whole. */
void rec_held_events_hide(struct recorder *recorder, VALUE value);

/* Writes those of the strand, which is the current one or NULL: behind a record that has shown its
 * variables; without one, and then all of them as `*` where the code has a variable that is
 * redacted, which may have got them by now. */
void rec_held_events_put_judged(struct recorder *recorder, struct rec_strand *strand);
void rec_held_events_put(struct recorder *recorder, struct rec_strand *strand);

/* The same of any strand, which is the current one afterwards if it had some. */
void rec_held_events_put_of(struct recorder *recorder, struct rec_strand *strand);

/* The same for all strands, of which no record may come any more. */
void rec_held_events_put_all(struct recorder *recorder);

/* The strand is the current one again: its last step need not be where they happened. */
void rec_held_events_note_switch(struct rec_strand *strand);

void rec_held_events_release(struct recorder *recorder, struct rec_strand *strand);

/* ---- of capture_event.c ---- */

struct rec_event_place rec_event_place_take(struct rec_strand *strand);

/* An event that need not wait, without the secrets in it. */
void rec_event_put(struct recorder *recorder, struct rec_event_place place,
                   enum ct_spool_event_kind kind, const char *metadata, const char *content,
                   size_t content_size);

#endif
