/* The frames that run where an exception is raised, as the VM's own things: iseqs, labels, lines.
 *
 * Used by exception_aside.c and exception_detail.c. To find them costs little beside what it costs
 * to say them. No object is made, and none of the program's is kept: a method entry would keep the
 * class of the method, an iseq and a label keep nothing that a program can see. */
#ifndef REC_EXCEPTION_FRAMES_H
#define REC_EXCEPTION_FRAMES_H

#include <ruby/ruby.h>

struct recorder;

#define REC_FRAME_COUNT_SHOWN 20
#define REC_FRAME_COUNT_READ  64 /* what has no file has its caller's */

/* The innermost first. */
struct rec_exception_frames {
    VALUE codes[REC_FRAME_COUNT_READ]; /* what tells the file; of a C function nothing is asked */
    VALUE labels[REC_FRAME_COUNT_SHOWN]; /* Strings; of a text given to eval the method around it */
    int lines[REC_FRAME_COUNT_READ]; /* 0: of a C function */
    int placed[REC_FRAME_COUNT_READ]; /* see rec_exception_frames_place */
    int count;
};

/* Those that run now, of which `cfp` is the innermost. */
void rec_exception_frames_find(const struct recorder *recorder, const void *cfp,
                               struct rec_exception_frames *out_frames);

/* Fills in which frame's place is that of each: C functions and Ruby's own have their caller's.
 * What is older than all that have one is what the VM begins with, and is left out. */
void rec_exception_frames_place(struct rec_exception_frames *frames);

/* For the collector: what was found by control frames stays, and where it is. */
void rec_exception_frames_mark(const struct rec_exception_frames *frames);

/* The file of a frame that is no C function's, a String; nil where it has none. */
VALUE rec_exception_frames_path(const struct rec_exception_frames *frames, int index);

#endif
