/* The frames that run where an exception is raised, as the VM's own things: iseqs, method entries,
 * lines.
 *
 * Used by exception_aside.c and exception_detail.c. To find them costs a sixth of what it costs to
 * say them. No object is made. */
#ifndef REC_EXCEPTION_FRAMES_H
#define REC_EXCEPTION_FRAMES_H

#include <ruby/ruby.h>

struct recorder;

#define REC_FRAME_COUNT_READ 64 /* more than are shown: what has no file has its caller's */

/* The innermost first. Of a string given to eval `frames` has the method around it: its name is
 * that one's, but its file is told by `codes`. */
struct rec_exception_frames {
    VALUE frames[REC_FRAME_COUNT_READ];
    VALUE codes[REC_FRAME_COUNT_READ];
    int lines[REC_FRAME_COUNT_READ];
    int placed[REC_FRAME_COUNT_READ]; /* see rec_exception_frames_place */
    int count;
};

/* Those that run now, of which `cfp` is the innermost. */
void rec_exception_frames_find(const struct recorder *recorder, const void *cfp,
                               struct rec_exception_frames *out_frames);

/* Fills in which frame's place is that of each: C functions and Ruby's own have their caller's.
 * What is older than all that have one is what the VM begins with, and is left out. */
void rec_exception_frames_place(struct rec_exception_frames *frames);

/* For the collector: what was found stays, and where it is. */
void rec_exception_frames_mark(const struct rec_exception_frames *frames);

/* The file of a frame, a String; nil where it has none. */
VALUE rec_frame_path(VALUE frame);

#endif
