/* Waiting for a shared word to change, between processes, and the clock that such waits go by.
 *
 * Used by both sides of the spool. spool_wait.c is the one place that knows futexes. */
#ifndef CT_SPOOL_WAIT_H
#define CT_SPOOL_WAIT_H

#include <stdatomic.h>
#include <stdint.h>

/* Returns when `word` is no longer `seen`, when it was woken, after `timeout_ns`, or for no reason
 * at all (a signal): the caller looks at its condition again. */
void ct_spool_word_wait(_Atomic uint32_t *word, uint32_t seen, uint64_t timeout_ns);
void ct_spool_word_wake(_Atomic uint32_t *word);

uint64_t ct_spool_clock_ns(void); /* monotonic */

#endif
