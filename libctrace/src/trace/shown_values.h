/* Values that steps showed lately, with what they say of objects, so that the same value shown
 * again need not be looked through.
 *
 * Used by trace_objects_show.c. A value is found by its bytes: those at its beginning hold an
 * object's number, so that what begins alike is mostly one object at different times. */
#ifndef CT_TRACE_SHOWN_VALUES_H
#define CT_TRACE_SHOWN_VALUES_H

#include "base/buffer.h"

#include <stdbool.h>

#define CT_SHOWN_SET_COUNT  64 /* a power of two */
#define CT_SHOWN_WAY_COUNT  8
#define CT_SHOWN_OBJECT_MAX 20                /* as many as a recorder shows of a collection */
#define CT_SHOWN_SIZE_MAX   ((size_t)1 << 16) /* larger ones are not kept: all of them 32 MB */

/* An object within a value: what the value says of its field. */
struct ct_shown_object {
    size_t position; /* in the table of objects */
    uint64_t id;
    uint64_t hash; /* of the field's value; 0: it lacks the field */
};

struct ct_shown_value {
    struct ct_buffer bytes;
    uint64_t root_id; /* the object that it is, with fields; CT_TRACE_NO_ID: something else */
    struct ct_shown_value *next; /* what was shown after it last time; may have become another */
    size_t count;     /* larger than CT_SHOWN_OBJECT_MAX: not to be used */
    struct ct_shown_object objects[CT_SHOWN_OBJECT_MAX];
};

/* Those whose beginnings fall together. */
struct ct_shown_set {
    struct ct_shown_value ways[CT_SHOWN_WAY_COUNT];
    unsigned latest; /* found last */
    unsigned hand;   /* overwritten last */
};

struct ct_shown_values {
    const struct ct_alloc *alloc;
    struct ct_shown_set *sets[CT_SHOWN_SET_COUNT]; /* made when first needed: 4 KB each */
    struct ct_shown_value *latest; /* NULL: none yet */
};

void ct_shown_values_init(struct ct_shown_values *values, const struct ct_alloc *alloc);
void ct_shown_values_release(struct ct_shown_values *values);

/* The entry of these bytes: *out_is_known tells whether it was theirs before; if not, its objects
 * are to be filled in. Borrowed until the next call. CT_ERR_MEMORY. */
CT_MUST_CHECK enum ct_status ct_shown_values_require(struct ct_shown_values *values,
                                                     const void *bytes, size_t size,
                                                     struct ct_shown_value **out_value,
                                                     bool *out_is_known);
/* How many of `size` bytes are one of the values, which is how many a value takes that begins
 * there; 0 where that is not known. */
size_t ct_shown_values_match(const struct ct_shown_values *values, const void *bytes, size_t size);

#endif
