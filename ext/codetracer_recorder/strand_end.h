/* Which strands are over, and what is written then.
 *
 * Used by whoever sees an end. A thread tells of its own, but before Ruby 3.3 not if it is killed
 * or fails, and nobody tells of a fiber's: those are looked for when another thread goes on, when a
 * new strand is seen and at the end of the recording. With Ractors dead objects cannot be told from
 * others; there they are left. */
#ifndef REC_STRAND_END_H
#define REC_STRAND_END_H

#include <stdbool.h>

struct recorder;
struct rec_strand;

/* The strand of the thread that is ending, with all its calls, and those of its fibers. */
void rec_strand_end(struct recorder *recorder, const void *ec);

/* Ends the fiber of the running thread that ran last, `but` for that one, if it has run to its end
 * since. */
void rec_strand_end_finished(struct recorder *recorder, const struct rec_strand *but);

/* One whose context belongs to another: its thread, if it is a thread's, is dead; a fiber was
 * collected, which is told when those are looked for. */
void rec_strand_end_left(struct recorder *recorder, struct rec_strand *strand);

/* Before a strand of the running thread takes its turn: ends the thread that had it before, if it
 * is dead, and one that had this one's address. */
void rec_strands_look_back(struct recorder *recorder);

/* Before there is a new strand: ends the threads that are dead and, where there are many, the
 * fibers that are over. What it costs grows with the number of new strands, not with all. */
void rec_strands_look_around(struct recorder *recorder);

/* At the end of a recording that the program outlives, outside of an event: ends the fiber that ran
 * last, if it has run to its end, and the threads that are dead. */
void rec_strands_settle(struct recorder *recorder);

/* At the end of the process: ends all threads, which the VM has stopped, and the bodies of code at
 * the main one's end. */
void rec_strands_end_process(struct recorder *recorder);

/* Of a lane: writes the ends of all strands. */
void rec_strands_end(struct recorder *recorder);

#endif
