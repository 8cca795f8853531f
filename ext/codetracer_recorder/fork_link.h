/* A fork of the program: the child is recorded on, into a trace of its own.
 *
 * Used by recorder_class.c around each fork. Before it FORK goes into the spool; in the child a new
 * spool is made at once and handed to the writer process, which forks itself where FORK stands. So
 * all ids and views stay as they were, and the child goes on as the parent would. */
#ifndef REC_FORK_LINK_H
#define REC_FORK_LINK_H

#include <stdbool.h>

struct recorder;

/* In the parent, before the fork: publishes FORK if the child is to be recorded. */
void rec_fork_announce(struct recorder *recorder);

/* In the child, instead of rec_link_abandon: false if it is not to be recorded, or cannot be. */
bool rec_fork_follow(struct recorder *recorder);

/* Tells of the parent's threads, which the child does not have. */
void rec_fork_end_threads(struct recorder *recorder);

#endif
