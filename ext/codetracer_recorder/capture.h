/* Turns one VM event into one record: which variables changed, which values crossed.
 *
 * Used by event_hook.c. Nothing is allocated on the steady path and no method of the program is
 * called. */
#ifndef REC_CAPTURE_H
#define REC_CAPTURE_H

#include "assembly.h"
#include "strand_table.h"

#include "ctrace/spool_format.h"

#include <ruby/ruby.h>

struct recorder;

/* STEP: the line event of `frame`, whose control frame is `cfp`. hot */
void rec_capture_step(struct recorder *recorder, const struct rec_frame *frame,
                      const struct rec_control_frame *cfp, uint32_t line);
/* The same from recorder->draft on. */
void rec_capture_rest_of_step(struct recorder *recorder, const struct rec_frame *frame,
                              const struct rec_control_frame *cfp, uint32_t line);

/* CALL: `self` and the parameters. */
void rec_capture_call(struct recorder *recorder, const struct rec_frame *frame, const VALUE *ep,
                      VALUE self, uint32_t function_id);

/* CALL of a C function: `self`, and the arguments by their places. */
struct rec_arguments;
void rec_capture_c_call(struct recorder *recorder, struct rec_frame *frame, VALUE self,
                        uint32_t function_id, const struct rec_arguments *arguments);

/* RETURN with the value it returned. */
void rec_capture_return(struct recorder *recorder, struct rec_frame *frame,
                        const struct rec_control_frame *cfp, uint32_t line, VALUE value);

/* RETURN of a class body. */
void rec_capture_body_end(struct recorder *recorder, struct rec_frame *frame,
                          const struct rec_control_frame *cfp, uint32_t line);

/* The same of one that is gone: what it showed last is what it ends with. */
void rec_capture_body_gone(struct recorder *recorder, const struct rec_frame *frame);

/* How a call ended that did not return: a class (of the exception) and a sentence. */
struct rec_ending {
    uint32_t class_name_id;
    const char *text;
    size_t text_size;
};

/* Appends `ending` as a TEXT snapshot, padded to 8; its size without the padding, 0: no memory. */
size_t rec_ending_put(struct rec_assembly *record, const struct rec_ending *ending);

/* RETURN of a call that an exception, a throw or a break ended. */
void rec_capture_unwound(struct recorder *recorder, struct rec_frame *frame,
                         const struct rec_control_frame *cfp, uint32_t line,
                         const struct rec_ending *ending);

/* What a binding tells of a frame instead of its control frame, for fallback_hook.c. `values` is an
 * Array in the order of the slots; at a call, `frame` has the parameters' alone. */
struct rec_named_state {
    VALUE self;
    VALUE values;
    uint32_t line;
    ID method; /* at a call and a return; 0: of a class body */
    uint8_t return_action; /* enum rec_value_action */
};
void rec_capture_step_named(struct recorder *recorder, struct rec_frame *frame,
                            const struct rec_named_state *state);
void rec_capture_call_named(struct recorder *recorder, const struct rec_frame *frame,
                            uint32_t function_id, VALUE names, const struct rec_named_state *state);
void rec_capture_return_named(struct recorder *recorder, struct rec_frame *frame,
                              const struct rec_named_state *state, VALUE result);
void rec_capture_body_end_named(struct recorder *recorder, struct rec_frame *frame,
                                const struct rec_named_state *state);
/* By the exception on its way through the current strand. */
void rec_capture_unwound_named(struct recorder *recorder, struct rec_frame *frame,
                               const struct rec_named_state *state);

/* EVENT on the strand's last step: output, an exception. `metadata` is NUL-terminated. */
void rec_capture_event(struct recorder *recorder, enum ct_spool_event_kind kind,
                       const char *metadata, const char *content, size_t content_size);

#endif
