/* What of a frame is not shown, redacted or dropped: looked at before anything of it is, for it may
 * stand in what is.
 *
 * Used by capture.c, which has said in which code it is (recorder->policy). */
#ifndef REC_HIDDEN_VALUES_H
#define REC_HIDDEN_VALUES_H

#include <ruby/ruby.h>

#include <stdbool.h>

struct recorder;
struct rec_iseq;

/* The variables of a frame; `ep` is that of its innermost scope. */
void rec_hidden_learn(struct recorder *recorder, const struct rec_iseq *iseq, const VALUE *ep);

/* The arguments of a call, and what setters are given: `password=`, `[]=` with a secret's name. */
void rec_hidden_learn_arguments(struct recorder *recorder, const struct rec_iseq *iseq,
                                const VALUE *ep);
/* Whether there may be such, by its name and its parameters' rules. */
bool rec_hides_arguments(const struct rec_iseq *iseq);

#define REC_GIVEN_COUNT_MAX 16 /* more than setters are given */

/* The arguments of a call, wherever they come from. */
struct rec_given {
    ID method;
    uint8_t return_action; /* enum rec_value_action: what happens to what it returns */
    uint32_t count;
    VALUE values[REC_GIVEN_COUNT_MAX];
};

/* Of an Array its elements, which a splat may have gathered. */
void rec_given_put(struct rec_given *given, VALUE value);

/* Those that a setter is given. */
void rec_given_learn(struct recorder *recorder, const struct rec_given *given);

#endif
