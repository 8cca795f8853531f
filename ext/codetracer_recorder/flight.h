/* The flight recorder: what the writer is told to keep, and what asks it for a trace meanwhile.
 *
 * Used by recorder_class.c, exception_text.c and fork_link.c. The keeping itself is the writer's,
 * libctrace/tools/ct_writer_flight.c. */
#ifndef REC_FLIGHT_H
#define REC_FLIGHT_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

struct rec_flight {
    bool is_on;
    uint64_t size, step_count, seconds; /* 0: no limit */
    char *class_names; /* of exceptions that ask for a trace, each with its NUL; then another NUL */
    uint32_t exception_dump_count;
    int signal; /* that asks for one; 0: none */
};

/* Reads the start's options: flight_size, flight_steps, flight_seconds, on_exception, dump_signal.
 * May raise. */
void rec_flight_read(struct recorder *recorder, VALUE options);
void rec_flight_release(struct recorder *recorder);

/* Behind START: what to keep. */
void rec_flight_put(struct recorder *recorder);

/* From now on the signal asks, until the program traps it; and no longer. */
void rec_flight_signal_watch(struct recorder *recorder);
/* Async-signal-safe. */
void rec_flight_signal_forget(struct recorder *recorder);

/* Asks for a trace of what is kept; `reason` has `size` bytes of UTF-8. */
void rec_flight_dump(struct recorder *recorder, const char *reason, size_t size);

/* Of each exception, when its event was recorded. hot: does nothing unless classes were named. */
void rec_flight_exception(struct recorder *recorder, VALUE exception);

#endif
