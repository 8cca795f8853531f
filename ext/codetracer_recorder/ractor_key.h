/* Which Ractor runs: a pointer for each, and whether there is any but the main one.
 *
 * Used by hooks, to find their own Ractor's recorder (ractor_lane.c), and by all that works in the
 * main Ractor only. On Rubies without Ractors every thread is in the main one. */
#ifndef REC_RACTOR_KEY_H
#define REC_RACTOR_KEY_H

#include <stdbool.h>

struct recorder;

/* Once, at load, in the main Ractor. `let_go` gets the pointer of a Ractor that is gone, in any
 * thread. */
void rec_ractor_key_init(void (*let_go)(void *pointer));

/* The running Ractor's pointer; NULL at first, and always in the main one. hot */
void *rec_ractor_pointer(void);
void rec_ractor_pointer_put(void *pointer);

/* Whether this thread runs in the main Ractor. */
bool rec_in_main_ractor(const struct recorder *recorder);

/* Sets recorder->has_ractors before the first other Ractor is made. Creates Ruby objects. */
void rec_ractors_watch(struct recorder *recorder);

/* Ends that, unless another Ractor runs. */
void rec_ractors_unwatch(struct recorder *recorder);

#endif
