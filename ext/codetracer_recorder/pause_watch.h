/* Which calls end while recording pauses.
 *
 * With all hooks off nobody sees them end, and a later call of the same method may stand at the
 * same place of the VM's stack. So a pause listens for the returns of exactly the methods that have
 * a call open in the trace, which costs nothing per line. */
#ifndef REC_PAUSE_WATCH_H
#define REC_PAUSE_WATCH_H

struct recorder;

/* Begins to listen. May raise. */
void rec_pause_watch_begin(struct recorder *recorder);

/* Ends it; frames that have gone say so (`is_gone`). Safe when it has not begun. */
void rec_pause_watch_end(struct recorder *recorder);

#endif
