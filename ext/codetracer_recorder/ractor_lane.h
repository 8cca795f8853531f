/* What records in the Ractors beside the main one: a recorder and a spool lane for each.
 *
 * A lane is a struct recorder of its own, found through Ractor-local storage, so that capture,
 * tables and strands work in it as they do in the main one; it shares scripts, limits and the VM's
 * layout, which do not change while its hooks run. A lane that its Ractor has left serves the next.
 * doc/design/ractors.md argues who may touch what. */
#ifndef REC_RACTOR_LANE_H
#define REC_RACTOR_LANE_H

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct rec_lane;

/* Of the main recorder. */
struct rec_lane_list {
    struct rec_lane *first;  /* all lanes of the recording; read with acquire, grows at the front */
    uint32_t entering_count; /* atomic: Ractors that are about to get a lane */
};

/* Once, at load. */
void rec_lanes_init(void);

/* In a hook of another Ractor: its recorder, made now if need be; NULL: the event is not recorded.
 * What is not NULL has to be left again. hot */
struct recorder *rec_lane_enter(struct recorder *home);
void rec_lane_leave(struct recorder *recorder);

/* The same for the Ractor that runs, whichever it is. */
struct recorder *rec_recorder_enter(struct recorder *home);
void rec_recorder_leave(struct recorder *recorder);

/* Waits until no other Ractor is within a hook. `active` is false by then and stays so. Other
 * threads of this Ractor run meanwhile. */
void rec_lanes_wait(struct recorder *home);

/* After that wait: recording goes on after a pause. */
void rec_lanes_resume(struct recorder *home);

/* After that wait: the last records of the lanes, and their counts for the closing line. */
void rec_lanes_end(struct recorder *home);

/* Lets go of all lanes. A Ractor that still runs keeps an empty one until it ends. */
void rec_lanes_release(struct recorder *home);

/* In a fork child, where no other Ractor is. Async-signal-safe. */
void rec_lanes_abandon(struct recorder *home);

/* While objects move. */
void rec_lanes_compact(struct recorder *home);

/* As the collector begins to mark, in whichever Ractor. */
void rec_lanes_note_marking(struct recorder *home);

#endif
