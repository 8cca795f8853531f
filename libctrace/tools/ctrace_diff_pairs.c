/* Pairs by the size and some bytes of the one in A; a new one takes the place of the one before.
 * See ctrace_diff_pairs.h. */
#include "ctrace_diff_pairs.h"

#include <stdlib.h>
#include <string.h>

#define PAIR_COUNT 256
#define SIZE_MAX_KEPT ((size_t)1 << 14) /* larger values are few; all pairs take 8 MB at most */

struct ctrace_pair {
    unsigned char *bytes; /* owned: A's, then B's */
    size_t capacity;
    size_t size; /* of A's; 0: none is kept */
    size_t other_size;
};

bool
ctrace_pairs_init(struct ctrace_pairs *pairs)
{
    *pairs = (struct ctrace_pairs){0, calloc(PAIR_COUNT, sizeof *pairs->kept)};
    return pairs->kept != NULL;
}

void
ctrace_pairs_release(struct ctrace_pairs *pairs)
{
    for (size_t i = 0; pairs->kept != NULL && i < PAIR_COUNT; i++)
        free(pairs->kept[i].bytes);
    free(pairs->kept);
    *pairs = (struct ctrace_pairs){0, NULL};
}

/* ---- types ---- */

static bool
is_same_type(const struct ct_trace_type *type, const struct ct_trace_type *other)
{
    if (type->name_size != other->name_size || type->field_count != other->field_count ||
        memcmp(type->name, other->name, type->name_size) != 0)
        return false;
    for (size_t i = 0; i < type->field_count; i++) {
        const struct ct_trace_field *field = &type->fields[i];
        const struct ct_trace_field *other_field = &other->fields[i];
        if (field->name_size != other_field->name_size ||
            memcmp(field->name, other_field->name, field->name_size) != 0)
            return false;
    }
    return true;
}

/* Whether all types that are defined by now are the same in both. */
static bool
do_types_match(struct ctrace_pairs *pairs, const struct ctrace_side *a,
               const struct ctrace_side *b)
{
    for (;;) {
        const struct ct_trace_type *type = ct_trace_reader_type(a->scan.reader, pairs->type_count);
        const struct ct_trace_type *other = ct_trace_reader_type(b->scan.reader, pairs->type_count);
        if (type == NULL || other == NULL)
            return type == other; /* neither has more */
        if (!is_same_type(type, other))
            return false;
        pairs->type_count++;
    }
}

/* ---- pairs ---- */

/* Objects differ first in their number, some bytes behind the beginning. */
#define KEY_AT 36

static struct ctrace_pair *
find_pair(const struct ctrace_pairs *pairs, const struct ct_trace_event *event)
{
    const unsigned char *bytes = event->encoded;
    size_t key = event->encoded_size;
    for (size_t i = 0; i < 12 && KEY_AT + i < event->encoded_size; i++)
        key = key * 31 + bytes[KEY_AT + i];
    return &pairs->kept[key % PAIR_COUNT];
}

static bool
has_same_bytes(const struct ct_trace_event *a, const struct ct_trace_event *b)
{
    return a->encoded_size == b->encoded_size &&
           memcmp(a->encoded, b->encoded, a->encoded_size) == 0;
}

bool
ctrace_pairs_match(struct ctrace_pairs *pairs, const struct ctrace_side *a,
                   const struct ctrace_side *b)
{
    const struct ct_trace_event *event = &a->event;
    const struct ct_trace_event *other = &b->event;
    if (event->encoded == NULL || other->encoded == NULL || event->encoded_size == 0)
        return false;
    if (has_same_bytes(event, other) && do_types_match(pairs, a, b))
        return true;
    const struct ctrace_pair *pair = find_pair(pairs, event);
    return pair->size == event->encoded_size && pair->other_size == other->encoded_size &&
           memcmp(pair->bytes, event->encoded, pair->size) == 0 &&
           memcmp(pair->bytes + pair->size, other->encoded, pair->other_size) == 0;
}

void
ctrace_pairs_keep(struct ctrace_pairs *pairs, const struct ctrace_side *a,
                  const struct ctrace_side *b)
{
    const struct ct_trace_event *event = &a->event;
    const struct ct_trace_event *other = &b->event;
    if (event->encoded == NULL || other->encoded == NULL ||
        event->encoded_size > SIZE_MAX_KEPT || other->encoded_size > SIZE_MAX_KEPT)
        return;
    struct ctrace_pair *pair = find_pair(pairs, event);
    const size_t size = event->encoded_size + other->encoded_size;
    if (size > pair->capacity) {
        free(pair->bytes);
        pair->bytes = malloc(size);
        pair->capacity = pair->bytes != NULL ? size : 0;
    }
    pair->size = pair->bytes != NULL ? event->encoded_size : 0;
    if (pair->size == 0)
        return;
    pair->other_size = other->encoded_size;
    memcpy(pair->bytes, event->encoded, event->encoded_size);
    memcpy(pair->bytes + pair->size, other->encoded, other->encoded_size);
}
