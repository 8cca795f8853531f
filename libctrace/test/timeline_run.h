/* Runs built records through a timeline, and reads what came out with the independent reader.
 *
 * Used by the tests of the timeline and of the writer process. */
#ifndef TEST_TIMELINE_RUN_H
#define TEST_TIMELINE_RUN_H

#include "ctrace/timeline.h"
#include "record_builder.h"

/* A temporary folder on disk, removed by scratch_remove. `path` is absolute. */
struct scratch {
    char path[64];
};

void scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch);

/* Puts every record and finishes. START's folder is opened on disk; with `memory` set that folder
 * is used instead (and closed). `alloc` NULL: default. */
enum ct_status timeline_run(const struct record_builder *builder, struct ct_folder *memory,
                            const struct ct_alloc *alloc);
/* The same, of bytes that may be anything: records as far as their sizes are possible. */
enum ct_status timeline_run_bytes(const uint8_t *bytes, size_t size, struct ct_folder *memory,
                                  const struct ct_alloc *alloc);

/* Standard output of `ct_oracle.py COMMAND FOLDER`, to be freed. Skips the test when there is no
 * python3 to run it. */
char *oracle_read(const char *command, const char *folder);
/* Whether it finds no breach; prints what it found otherwise. */
bool oracle_accepts(const char *folder);

#endif
