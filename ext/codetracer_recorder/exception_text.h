/* An exception's class and message, read without calling its `message`.
 *
 * Used by the raise hook. The message is the object given to `raise`; for NameErrors, whose text
 * the VM builds on demand by inspecting the receiver, a text of the same shape is built here. */
#ifndef REC_EXCEPTION_TEXT_H
#define REC_EXCEPTION_TEXT_H

#include "strand_table.h"

/* Fills class name and "Class: message" (cut to the field's size). */
void rec_exception_text(struct recorder *recorder, VALUE exception,
                        struct rec_unwinding *out_unwinding);

/* "unwound by Class: message" into `out_text`, which has 16 bytes more than the field; its size. */
size_t rec_unwinding_text(const struct rec_unwinding *unwinding, char *out_text);

/* Writes the EVENT: metadata the class's name, content "Class: message" (longer than above). */
void rec_exception_event(struct recorder *recorder, VALUE exception);

/* The EVENT of an exception that was raised elsewhere and has now reached recorded code. */
void rec_exception_report(struct recorder *recorder, struct rec_unwinding *unwinding);

#endif
