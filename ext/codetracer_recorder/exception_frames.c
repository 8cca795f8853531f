/* See exception_frames.h. */
#include "exception_frames.h"

#include "recorder.h"

#include <ruby/debug.h>

#include <string.h>

VALUE
rec_frame_path(VALUE frame)
{
    VALUE path = rb_profile_frame_absolute_path(frame);
    return NIL_P(path) ? rb_profile_frame_path(frame) : path;
}

static bool
is_program_frame(const struct rec_exception_frames *frames, int index)
{
    if (frames->lines[index] <= 0)
        return false;
    VALUE path = rec_frame_path(frames->codes[index]);
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

/* Finds the control frame of each, the innermost of which is `cfp`. A rescue or ensure has a frame
 * of its own; that of the code around it follows and is left out, as Ruby 3.4 does. */
static void
match_control_frames(const struct rec_vm_layout *layout, const char *cfp,
                     struct rec_exception_frames *frames)
{
    int kept = 0;
    bool is_owner = false;
    for (int i = 0; i < frames->count; i++) {
        bool is_ruby = frames->lines[i] > 0;
        const struct rec_control_frame *frame = (const struct rec_control_frame *)cfp;
        for (; is_ruby && (frame->pc == NULL || frame->iseq == NULL); cfp += layout->frame_size)
            frame = (const struct rec_control_frame *)(cfp + layout->frame_size);
        if (!is_ruby || !is_owner) {
            frames->frames[kept] = frames->frames[i];
            frames->codes[kept] = is_ruby ? (VALUE)frame->iseq : frames->frames[i];
            frames->lines[kept++] = frames->lines[i];
        }
        if (is_ruby) {
            uint32_t type = rec_iseq_body(frame->iseq)->type;
            is_owner = type == REC_ISEQ_RESCUE || type == REC_ISEQ_ENSURE;
            cfp += layout->frame_size;
        }
    }
    frames->count = kept;
}

void
rec_exception_frames_find(const struct recorder *recorder, const void *cfp,
                          struct rec_exception_frames *out_frames)
{
    out_frames->count = rb_profile_frames(0, REC_FRAME_COUNT_READ, out_frames->frames,
                                          out_frames->lines);
    memcpy(out_frames->codes, out_frames->frames,
           (size_t)out_frames->count * sizeof *out_frames->frames);
    if (recorder->layout.frames_readable)
        match_control_frames(&recorder->layout, cfp, out_frames);
}

void
rec_exception_frames_mark(const struct rec_exception_frames *frames)
{
    for (int i = 0; i < frames->count; i++) {
        rb_gc_mark(frames->frames[i]);
        rb_gc_mark(frames->codes[i]);
    }
}
