/* What one recording consists of, made in order and released.
 *
 * Used by recorder_class.c, which knows when, and ractor_lane.c. Order: the options, C memory, the
 * spool and the writer, then what takes time here while the writer starts there; the trace's files
 * have to be there before anything is listened to. */
#ifndef REC_RECORDING_PARTS_H
#define REC_RECORDING_PARTS_H

#include <ruby/ruby.h>

struct recorder;

/* All of a recording; `options` are those of start, which a block given to it completes while the
 * writer starts. May raise, and has begun a part then. */
void rec_recording_begin(struct recorder *recorder, VALUE options);

/* What every recorder has of its own, a Ractor's too. Safe on what was begun in part, and twice. */
void rec_tables_release(struct recorder *recorder);

/* The same of all of a recording. */
void rec_recording_release(struct recorder *recorder);

#endif
