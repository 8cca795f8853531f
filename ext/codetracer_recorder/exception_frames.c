/* See exception_frames.h. */
#include "exception_frames.h"

#include "recorder.h"

#include <ruby/debug.h>

#include <string.h>

/* As the VM lists them. Of a text given to eval it is the method around it. */
struct listed {
    VALUE frames[REC_FRAME_COUNT_READ];
    int lines[REC_FRAME_COUNT_READ];
    int count;
};

VALUE
rec_exception_frames_path(const struct rec_exception_frames *frames, int index)
{
    VALUE path = rb_profile_frame_absolute_path(frames->codes[index]);
    return NIL_P(path) ? rb_profile_frame_path(frames->codes[index]) : path;
}

static bool
is_program_frame(const struct rec_exception_frames *frames, int index)
{
    if (frames->lines[index] <= 0)
        return false;
    VALUE path = rec_exception_frames_path(frames, index);
    return RB_TYPE_P(path, T_STRING) && strncmp(RSTRING_PTR(path), "<internal:", 10) != 0;
}

void
rec_exception_frames_place(struct rec_exception_frames *frames)
{
    int placed = -1;
    for (int i = frames->count - 1; i >= 0; i--) {
        if (is_program_frame(frames, i))
            placed = i;
        if (placed < 0)
            frames->count = i;
        frames->placed[i] = placed;
    }
}

static void
add(struct rec_exception_frames *frames, VALUE listed, VALUE code, int line)
{
    if (frames->count < REC_FRAME_COUNT_SHOWN) {
        VALUE label = rb_profile_frame_base_label(listed);
        frames->labels[frames->count] = NIL_P(label) ? rb_profile_frame_method_name(listed) : label;
    }
    frames->codes[frames->count] = code;
    frames->lines[frames->count++] = line;
}

/* Finds the control frame of each, the innermost of which is `cfp`. A rescue or ensure has a frame
 * of its own; that of the code around it follows and is left out, as Ruby 3.4 does. */
static void
add_by_control_frames(const struct rec_vm_layout *layout, const char *cfp,
                      const struct listed *listed, struct rec_exception_frames *frames)
{
    bool is_owner = false;
    for (int i = 0; i < listed->count; i++) {
        if (listed->lines[i] <= 0) {
            add(frames, listed->frames[i], Qnil, 0);
            continue;
        }
        const struct rec_control_frame *frame = (const struct rec_control_frame *)cfp;
        for (; frame->pc == NULL || frame->iseq == NULL; cfp += layout->frame_size)
            frame = (const struct rec_control_frame *)(cfp + layout->frame_size);
        if (!is_owner)
            add(frames, listed->frames[i], (VALUE)frame->iseq, listed->lines[i]);
        uint32_t type = rec_iseq_body(frame->iseq)->type;
        is_owner = type == REC_ISEQ_RESCUE || type == REC_ISEQ_ENSURE;
        cfp += layout->frame_size;
    }
}

void
rec_exception_frames_find(const struct recorder *recorder, const void *cfp,
                          struct rec_exception_frames *out_frames)
{
    struct listed listed;
    listed.count = rb_profile_frames(0, REC_FRAME_COUNT_READ, listed.frames, listed.lines);
    out_frames->count = 0;
    if (recorder->layout.frames_readable) {
        add_by_control_frames(&recorder->layout, cfp, &listed, out_frames);
        return;
    }
    for (int i = 0; i < listed.count; i++)
        add(out_frames, listed.frames[i], listed.frames[i], listed.lines[i]);
}

void
rec_exception_frames_mark(const struct rec_exception_frames *frames)
{
    for (int i = 0; i < frames->count; i++) {
        rb_gc_mark(frames->codes[i]);
        if (i < REC_FRAME_COUNT_SHOWN)
            rb_gc_mark(frames->labels[i]);
    }
}
