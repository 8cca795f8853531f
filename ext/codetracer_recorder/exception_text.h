/* An exception's class and message, read without calling its `message`.
 *
 * Used by the raise hook. The message is the object given to `raise`; for NameErrors, whose text
 * the VM builds on demand by inspecting the receiver, a text of the same shape is built here. */
#ifndef REC_EXCEPTION_TEXT_H
#define REC_EXCEPTION_TEXT_H

#include "strand_table.h"

#define REC_EXCEPTION_SECRET_SIZE 1024 /* behind what is shown: so far a secret is looked for */
#define REC_EXCEPTION_TEXT_SIZE                                                                    \
    (sizeof((struct rec_unwinding *)0)->text + REC_EXCEPTION_SECRET_SIZE)

/* Fills class name and "Class: message" (cut to the field's size). */
void rec_exception_text(struct recorder *recorder, VALUE exception,
                        struct rec_unwinding *out_unwinding);

/* The text in two steps: "Class: message" as far as there is room, not masked, its size; and what
 * of it is shown. The first is to have room for REC_EXCEPTION_TEXT_SIZE bytes. */
size_t rec_exception_plain(struct recorder *recorder, VALUE exception, char *out_text,
                           size_t capacity);
void rec_unwinding_text_set(struct recorder *recorder, const char *text, size_t size,
                            struct rec_unwinding *out_unwinding);

/* "unwound by Class: message" of one that is settled, see exception_aside.h, into `out_text`, which
 * has 16 bytes more than the field; its size. */
size_t rec_unwinding_text(const struct rec_unwinding *unwinding, char *out_text);

/* "left by throw :tag" into `out_text`, the tag never asked for its inspect; the text's size. */
size_t rec_throw_text(struct recorder *recorder, VALUE tag, char *out_text, size_t capacity);

/* "Class: message" into `out_text`; its size. */
size_t rec_exception_whole(struct recorder *recorder, VALUE exception, char *out_text,
                           size_t capacity);

/* The same of an event, longer and not masked, in place of what is there; false: no memory. */
bool rec_exception_text_put(struct recorder *recorder, VALUE exception,
                            struct rec_assembly *out_text);

/* Writes the EVENT: metadata its detail, content "Class: message" (longer than above). */
void rec_exception_event(struct recorder *recorder, struct rec_unwinding *unwinding);

/* The EVENT of an exception that was raised elsewhere and has now reached recorded code. */
void rec_exception_report(struct recorder *recorder, struct rec_unwinding *unwinding);

/* Writes that this one was rescued. */
void rec_exception_rescued(struct recorder *recorder, const struct rec_unwinding *exception);

/* Writes that the exceptions which were on their way until now, `before` in number, were rescued:
 * code runs again in `frame`. */
void rec_exceptions_rescued(struct recorder *recorder, struct rec_strand *strand, uint32_t before,
                            const struct rec_frame *frame);

/* Puts one that is on its way but of which the VM fired no RAISE, with its event, if it is not
 * there yet. Where it was raised is not known. */
struct rec_unwinding *rec_strand_exception_note(struct recorder *recorder,
                                                struct rec_strand *strand, VALUE raised);

/* The String that the exception was made with, nil when it was another object or says less than the
 * message does. */
VALUE rec_exception_string(VALUE exception);

/* The message without the class, cut to `capacity` bytes; its size. */
size_t rec_exception_message(struct recorder *recorder, VALUE exception, char *out_text,
                             size_t capacity);

#endif
