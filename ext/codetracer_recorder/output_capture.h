/* Records what the program writes to its standard output and error, where it writes it.
 *
 * IO#write, #syswrite, #__write_nonblock and IO.copy_stream are replaced by C functions of the same
 * name and arity that call the original C function directly: no frame is added, `to_s` is called
 * once, errors are the original's. The VM's own report of an uncaught exception, which bypasses IO,
 * is seen through the fwrite entry of libruby's symbol table. Text is recorded once it has been
 * written. */
#ifndef REC_OUTPUT_CAPTURE_H
#define REC_OUTPUT_CAPTURE_H

#include <stdbool.h>

struct recorder;

/* Replaces the methods when it is called for the first time; they stay, and pass everything
 * straight through while nothing records. False: this Ruby's are not laid out as known, and output
 * will not be recorded. May raise. */
bool rec_output_capture_enable(struct recorder *recorder);

/* Takes off what costs something: the TracePoint on write_nonblock. */
void rec_output_capture_disable(void);

/* An object in $stdout's or $stderr's place that the recorder has not seen there before: a
 * StringIO's `write` is replaced like IO's. Called when a line event finds another object there.
 * May call core methods, never the program's. */
void rec_output_replaced(struct recorder *recorder);

/* Records what is left of the VM's error report, and all events that wait. */
void rec_output_capture_flush(void);

#endif
