/* Values that have come about before their method's call has begun: what its parameters are by
 * default is worked out before the VM tells of the call.
 *
 * Used by expressions.c, whose SEEN records wait here, and by event_hook.c, which asks behind each
 * event while some do. A call that does not begin, since something was raised, has none. */
#ifndef REC_EARLY_VALUES_H
#define REC_EARLY_VALUES_H

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct rec_frame;
struct rec_strand;

/* Keeps the SEEN record of `count` items that is in recorder->record, of a frame whose call has not
 * begun. Without memory it is left out. */
void rec_early_values_add(struct recorder *recorder, const struct rec_frame *frame, uint32_t count);

/* Sends those of the current strand's frame, if its call has just begun; lets go of those of frames
 * that are gone. False: none of this strand waits any more; at its next turn there may be some. */
bool rec_early_values_put(struct recorder *recorder);

/* Of a strand that ends. */
void rec_early_values_forget(struct recorder *recorder, const struct rec_strand *strand);

#endif
