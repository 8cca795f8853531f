/* See hidden_values.h. */
#include "hidden_values.h"

#include "recorder.h"
#include "value_filter.h"

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

/* `password=` is given what `password` is. */
static bool
is_secret_setter(const struct rec_iseq *iseq)
{
    if (iseq->return_action == REC_ALLOW || iseq->method == 0)
        return false;
    VALUE name = rb_id2str(iseq->method);
    long size = RTEST(name) ? RSTRING_LEN(name) : 0;
    return size > 0 && RSTRING_PTR(name)[size - 1] == '=';
}

bool
rec_hides_arguments(const struct rec_iseq *iseq)
{
    bool is_hidden = iseq->method == rb_intern("[]=") || is_secret_setter(iseq);
    for (uint32_t i = 0; i < iseq->parameter_count; i++)
        is_hidden = is_hidden || iseq->parameters[i].slot.action != REC_ALLOW;
    return is_hidden;
}

/* From which argument on they are what `password=` is given, or what `[]=` is given under a
 * secret's name; the count where they are not. */
static uint32_t
first_secret(struct recorder *recorder, const struct rec_iseq *iseq, const VALUE *ep)
{
    const uint32_t none = iseq->parameter_count;
    if (is_secret_setter(iseq))
        return 0;
    if (iseq->method != rb_intern("[]=") || none < 2)
        return none;
    VALUE key = ep[-(ptrdiff_t)iseq->parameters[0].slot.offset];
    return rec_key_action(recorder, key) != REC_ALLOW ? 1 : none;
}

void
rec_hidden_learn_arguments(struct recorder *recorder, const struct rec_iseq *iseq, const VALUE *ep)
{
    uint32_t secret = first_secret(recorder, iseq, ep);
    for (uint32_t i = 0; i < iseq->parameter_count; i++) {
        struct rec_slot slot = iseq->parameters[i].slot;
        slot.action = i >= secret ? REC_REDACT : slot.action;
        learn_slots(recorder, ep, &slot, 1);
    }
}
