/* The VM's short way to make an object, which it leaves for a long one while any hook of the
 * collector is on, ours too: up to Ruby 3.1, and with a lock for each object.
 *
 * Only hooks that are told of new objects need the long one. Where they are none, the short one is
 * chosen again: a bit of the collector's, found by what hooks change in its memory. */
#ifndef REC_ALLOCATION_WAY_H
#define REC_ALLOCATION_WAY_H

#include <ruby/ruby.h>

#include <ruby/debug.h>

#include <stdint.h>

struct recorder;

struct rec_allocation_way {
    uint32_t *flags;                 /* the collector's; NULL: not found, or nothing to choose */
    uint32_t hook_bit;               /* of them: objects are made the long way */
    const rb_event_flag_t *hook_events; /* that its hooks listen to now */
};

/* Looks for it. Puts hooks on and off, so only at start, before any of ours is on; may raise. */
void rec_allocation_way_find(struct rec_allocation_way *out_way);

/* Chooses the short way where it is allowed. The VM goes back to the long one whenever any hook is
 * put on or off, so this is asked for again. Nothing, where other Ractors may run meanwhile. */
void rec_allocation_way_shorten(const struct recorder *recorder);

#endif
