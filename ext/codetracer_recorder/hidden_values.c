/* See hidden_values.h. */
#include "hidden_values.h"

#include "recorder.h"
#include "value_filter.h"

#include <ctype.h>

static void
learn_slots(struct recorder *recorder, const VALUE *ep, const struct rec_slot *slots,
            uint32_t count)
{
    uint32_t level = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (; level < slots[i].level; level++)
            ep = (const VALUE *)(ep[-1] & ~(VALUE)3);
        if (slots[i].action != REC_ALLOW && !slots[i].is_block)
            rec_secret_learn(recorder, ep[-(ptrdiff_t)slots[i].offset]);
    }
}

void
rec_hidden_learn(struct recorder *recorder, const struct rec_iseq *iseq, const VALUE *ep)
{
    learn_slots(recorder, ep, iseq->slots, iseq->slot_count);
    learn_slots(recorder, ep, iseq->dropped, iseq->dropped_count);
}

static bool
is_name_byte(unsigned char byte)
{
    return byte >= 0x80 || isalnum(byte) || byte == '_';
}

/* `password=` is given what `password` is; `==` and `[]=` are none of these. */
static bool
is_secret_setter(ID method, uint8_t return_action)
{
    if (return_action == REC_ALLOW || method == 0)
        return false;
    VALUE name = rb_id2str(method);
    long size = RTEST(name) ? RSTRING_LEN(name) : 0;
    return size > 1 && RSTRING_PTR(name)[size - 1] == '=' &&
           is_name_byte((unsigned char)RSTRING_PTR(name)[size - 2]);
}

bool
rec_hides_arguments(const struct rec_iseq *iseq)
{
    bool is_hidden = iseq->method == rb_intern("[]=") ||
                     is_secret_setter(iseq->method, iseq->return_action);
    for (uint32_t i = 0; i < iseq->parameter_count; i++)
        is_hidden = is_hidden || iseq->parameters[i].slot.action != REC_ALLOW;
    return is_hidden;
}

void
rec_given_put(struct rec_given *given, VALUE value)
{
    const bool is_array = RB_TYPE_P(value, T_ARRAY);
    const long count = is_array ? RARRAY_LEN(value) : 1;
    for (long i = 0; i < count && given->count < REC_GIVEN_COUNT_MAX; i++)
        given->values[given->count++] = is_array ? RARRAY_AREF(value, i) : value;
}

/* From which value on they are what `password=` is given, or what `[]=` is given under a secret's
 * name; the count where they are not. */
static uint32_t
first_secret(struct recorder *recorder, const struct rec_given *given)
{
    if (is_secret_setter(given->method, given->return_action))
        return 0;
    if (given->method != rb_intern("[]=") || given->count < 2)
        return given->count;
    return rec_key_action(recorder, given->values[0]) != REC_ALLOW ? 1 : given->count;
}

void
rec_given_learn(struct recorder *recorder, const struct rec_given *given)
{
    for (uint32_t i = first_secret(recorder, given); i < given->count; i++)
        rec_secret_learn(recorder, given->values[i]);
}

void
rec_hidden_learn_arguments(struct recorder *recorder, const struct rec_iseq *iseq, const VALUE *ep)
{
    struct rec_given given = {.method = iseq->method, .return_action = iseq->return_action};
    for (uint32_t i = 0; i < iseq->parameter_count; i++) {
        const struct rec_slot *slot = &iseq->parameters[i].slot;
        learn_slots(recorder, ep, slot, 1);
        if (!slot->is_block)
            rec_given_put(&given, ep[-(ptrdiff_t)slot->offset]);
    }
    rec_given_learn(recorder, &given);
}
