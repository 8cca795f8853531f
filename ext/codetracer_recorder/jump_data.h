/* What the VM unwinds frames with: an exception, a small Integer, or an object of its own.
 *
 * Used by jump_cause.c and hook_cause.c. The layout of that object is checked by their probes,
 * which let objects of known contents go by. */
#ifndef REC_JUMP_DATA_H
#define REC_JUMP_DATA_H

#include "own_memory.h"

#include <ruby/ruby.h>

#include <stdbool.h>

#define REC_IMEMO_TYPE 0x1A /* the VM's T_IMEMO */
#define REC_TYPE_MASK  0x1F

enum rec_jump_state { /* enum ruby_tag_type */
                      REC_STATE_RETURN = 1,
                      REC_STATE_BREAK = 2,
                      REC_STATE_THROW = 7
};

/* struct vm_throw_data, 2.7 to 3.4. */
struct rec_jump_data {
    VALUE flags;
    VALUE reserved; /* of an object: its class */
    VALUE object; /* value or tag */
    const void *target;
    int state;
};

/* False: `word` points to nothing. */
static inline bool
rec_jump_data_get(VALUE word, struct rec_jump_data *out_data)
{
    return !RB_SPECIAL_CONST_P(word) && word % sizeof(VALUE) == 0 &&
           rec_own_memory_get((const void *)word, out_data, sizeof *out_data);
}

/* Whether it is the VM's own object, on its way in `state` with `object`. */
static inline bool
rec_jump_data_is(const struct rec_jump_data *data, int state, VALUE object)
{
    return (data->flags & REC_TYPE_MASK) == REC_IMEMO_TYPE && data->object == object &&
           data->state == state;
}

#endif
