/* What the program has asked its user for: the answer to "Password: " is a secret, whatever it is
 * called then.
 *
 * Used by capture_event.c, which tells of all that is printed and read. Mirrors
 * lib/codetracer/pure/secret_prompt.rb. */
#ifndef REC_SECRET_PROMPT_H
#define REC_SECRET_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

struct recorder;

#define REC_PROMPT_SIZE_MAX 64 /* of a longer line, its end */

struct rec_secret_prompt {
    char text[REC_PROMPT_SIZE_MAX]; /* the newest of what was printed */
    size_t size;
    bool is_half_answered; /* the answer's line has begun */
};

void rec_prompt_printed(struct recorder *recorder, const char *text, size_t size);

/* The bytes at the beginning of what was read that answer such a question; the answer is known as a
 * secret then. */
size_t rec_prompt_answer(struct recorder *recorder, const char *text, size_t size);

#endif
