/* The recorder's side of the spool: start, waiting for room, the end, and the closing line.
 *
 * Used by recorder_class.c; rec_reserve_slow and rec_fail (recorder.h) live here too. */
#ifndef REC_SPOOL_LINK_H
#define REC_SPOOL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct_spool_budget;
struct recorder;

/* Exit statuses of a program whose recording has failed, where the command line asks for them. */
#define REC_EXIT_ABORTED  97 /* it was ended at once: --on-error abort */
#define REC_EXIT_NO_TRACE 98 /* it ran to its end: --require-trace */

/* Makes the spool and starts the writer; false: recorder->failure says why. */
bool rec_link_open(struct recorder *recorder, uint64_t capacity, const char *writer,
                   const char *fallback_folder);

/* The first record: texts are NUL-terminated strings back to back, see spool_format.h. */
void rec_link_put_start(struct recorder *recorder, const char *texts, size_t texts_size,
                        uint16_t arg_count, uint32_t filter_count);

/* When to stop; behind START. */
void rec_link_put_budget(struct recorder *recorder, const struct ct_spool_budget *budget);

/* The writer need not sleep on: what it waits for is published. */
void rec_link_ring(struct recorder *recorder);

/* Waits until the trace's files are there and locked, so that whatever ends the program finds them;
 * false: recorder->failure says why. */
bool rec_link_wait_ready(struct recorder *recorder);

/* Publishes END (with the exception that ends the program, if one does), waits for the writer to
 * complete the trace, and prints the closing line. */
void rec_link_close(struct recorder *recorder);

/* Lets go of spool and socket alone: another pair takes their place. */
void rec_link_release(struct recorder *recorder);

/* In a fork child: lets go of the spool and the pipe. Async-signal-safe. */
void rec_link_abandon(struct recorder *recorder);

/* Remembers which file descriptor 2 is, so that nothing of ours is ever written into another. */
void rec_link_remember_stderr(struct recorder *recorder);

/* One line on descriptor 2, if it still is what it was at the start. `format` takes one text. */
void rec_link_say(const struct recorder *recorder, const char *format, const char *text);

uint64_t rec_clock_ns(void); /* monotonic */

#endif
