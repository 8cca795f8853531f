/* Records what the program writes to its standard output and error, where it writes it.
 *
 * IO#write, #syswrite, #__write_nonblock and IO.copy_stream are replaced by C functions of the same
 * name and arity that call the original C function directly: no frame is added, `to_s` is called
 * once, errors are the original's. The VM's own report of an uncaught exception, which bypasses IO,
 * is seen through the fwrite entry of libruby's symbol table. Text is recorded once it has been
 * written. */
#ifndef REC_OUTPUT_CAPTURE_H
#define REC_OUTPUT_CAPTURE_H

struct recorder;

/* May raise. What cannot be hooked is left alone and output is then not recorded. */
void rec_output_capture_enable(struct recorder *recorder);

/* An object in $stdout's or $stderr's place that the recorder has not seen there before: a
 * StringIO's `write` is replaced like IO's. Called when a line event finds another object there.
 * May call core methods, never the program's. */
void rec_output_replaced(struct recorder *recorder);

/* Records what is left of the VM's error report. */
void rec_output_capture_flush(void);

#endif
