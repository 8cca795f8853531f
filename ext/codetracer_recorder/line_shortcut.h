/* Lines, calls and returns of recorded code that are recorded where the VM asks which events an
 * instruction fires, without its way to a hook.
 *
 * Used by event_hook.c: what its hook has recorded is learnt, for script_event.c as well, and taken
 * here from then on while nothing but the recorder listens to such events. Whatever else is to be
 * done at an event is left to the hook. doc/design/line-shortcut.md argues why that holds. */
#ifndef REC_LINE_SHORTCUT_H
#define REC_LINE_SHORTCUT_H

#include "recorder.h"

/* Once in a process. Where libruby does not import the function from itself (3.3 and later), or
 * where CODETRACER_RUBY_FORCE_HOOKS is set, every line goes through its hook. `asked` is the next
 * function, named by the caller: in the file that it is in, no linker could put `make tripwire`'s
 * in its place. */
void rec_shortcut_enable(struct recorder *recorder,
                         rb_event_flag_t (*asked)(const void *iseq, size_t position));

/* Takes the place of rb_iseq_event_flags: 0 for what was recorded. hot */
rb_event_flag_t rec_shortcut_event_flags(const void *iseq, size_t position);

/* The slow path of the next. */
void rec_shortcut_learn(struct recorder *recorder, struct rec_iseq *iseq,
                        const struct rec_control_frame *cfp);

/* An event of this frame's instruction was recorded by its hook. hot */
static inline void
rec_shortcut_note(struct recorder *recorder, struct rec_frame *frame,
                  const struct rec_control_frame *cfp)
{
    size_t position = (size_t)(cfp->pc - frame->iseq->encoded) - 1;
    frame->script_count = recorder->scripts.count;
    if (position < frame->iseq->encoded_size &&
        frame->iseq->lines[position] <= REC_LINE_MAX)
        rec_shortcut_learn(recorder, frame->iseq, cfp);
}

/* A method's CALL was. */
void rec_shortcut_note_call(struct recorder *recorder, struct rec_frame *frame,
                            const struct rec_control_frame *cfp);

/* A method's RETURN is about to be. */
void rec_shortcut_note_return(struct recorder *recorder, struct rec_iseq *iseq,
                              const struct rec_trace_arg *event);

#endif
