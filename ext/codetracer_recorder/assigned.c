/* See assigned.h. */
#include "assigned.h"

#include "expressions.h"
#include "item.h"
#include "recorder.h"
#include "value_filter.h"

static bool
is_list(VALUE value)
{
    return !RB_SPECIAL_CONST_P(value) && RB_TYPE_P(value, T_ARRAY) && RARRAY_LEN(value) > 0;
}

VALUE
rec_assigned_in_list(VALUE list)
{
    return is_list(list) ? rb_ary_entry(list, -1) : Qundef;
}

static void
add_argument(struct rec_assigned *assigned, VALUE value)
{
    if (assigned->argument_count < REC_ARGUMENTS_MAX)
        assigned->arguments[assigned->argument_count] = value;
    assigned->argument_count++;
}

/* Those that stand there one by one, down to `last` words below the top. */
static void
add_from_stack(struct rec_assigned *assigned, const struct rec_control_frame *cfp, uint32_t first,
               uint32_t last)
{
    for (uint32_t depth = first; depth >= last && rec_stack_has_value(cfp, depth); depth--)
        add_argument(assigned, cfp->sp[-(ptrdiff_t)depth]);
}

static void
find_arguments(struct rec_assigned *assigned, const struct rec_control_frame *cfp,
               const struct rec_sighting *sighting)
{
    const uint32_t first = sighting->argument, count = sighting->argument_count;
    if (first == REC_EXPRESSION_OPERAND) {
        add_argument(assigned, cfp->pc[0]);
    } else if (count != REC_ARGUMENTS_IN_LIST) {
        add_from_stack(assigned, cfp, first, first - count + 1);
    } else {
        VALUE list = cfp->sp[-(ptrdiff_t)sighting->value];
        add_from_stack(assigned, cfp, first, sighting->value + 1u);
        for (long i = 0; is_list(list) && i < RARRAY_LEN(list) - 1; i++)
            add_argument(assigned, rb_ary_entry(list, i));
    }
}

void
rec_assigned_find(const struct rec_control_frame *cfp, const struct rec_value_place *place,
                  const struct rec_sighting *sighting, struct rec_assigned *out_assigned)
{
    *out_assigned = (struct rec_assigned){.receiver = Qundef};
    if (sighting->receiver == REC_EXPRESSION_SELF)
        out_assigned->receiver = cfp->self;
    else if (sighting->receiver != 0 && rec_stack_has_value(cfp, sighting->receiver))
        out_assigned->receiver = cfp->sp[-(ptrdiff_t)sighting->receiver];
    if (sighting->argument_count > 0)
        find_arguments(out_assigned, cfp, sighting);
    VALUE key = out_assigned->argument_count == 1 ? out_assigned->arguments[0] : Qundef;
    out_assigned->before = rec_value_before(cfp, place, out_assigned->receiver, key);
    if (out_assigned->argument_count > REC_ARGUMENTS_MAX)
        out_assigned->argument_count = REC_ARGUMENTS_MAX;
}

uint32_t
rec_judged_value_put(struct recorder *recorder, uint32_t name_id, VALUE value, uint8_t action)
{
    if (action == REC_ALLOW)
        return rec_item_put(recorder, name_id, value);
    return rec_item_put_hidden(recorder, name_id, CT_SNAPSHOT_REDACTED);
}

/* What stands, or comes to stand, under a key that is a secret's name: `h[k] = v`, `h.store(k, v)`.
 * The source says nothing of it. */
static uint8_t
action_by_key(struct recorder *recorder, const struct rec_expression *expression,
              const struct rec_assigned *to, uint8_t action)
{
    const bool has_key = to->argument_count >= 2 ||
                         (to->argument_count == 1 && expression->before.kind == REC_PLACE_ELEMENT);
    return has_key && rec_key_action(recorder, to->arguments[0]) != REC_ALLOW ? REC_REDACT : action;
}

uint32_t
rec_assigned_put(struct recorder *recorder, const struct rec_control_frame *cfp,
                 const struct rec_expression *expression, const struct rec_sighting *sighting,
                 struct rec_judged_value judged)
{
    struct rec_assigned to;
    rec_assigned_find(cfp, &expression->before, sighting, &to);
    const uint8_t action = judged.action;
    const uint8_t under_key = action_by_key(recorder, expression, &to, action);
    uint32_t count = rec_judged_value_put(recorder, expression->name_id, judged.value, under_key);
    if (sighting->receiver == REC_EXPRESSION_SELF)
        count += rec_item_put(recorder, expression->receiver_name_id, to.receiver);
    else if (to.receiver != Qundef)
        count += rec_judged_value_put(recorder, expression->receiver_name_id, to.receiver, action);
    for (uint32_t i = 0; i < to.argument_count; i++)
        count += rec_judged_value_put(recorder, expression->argument_name_ids[i], to.arguments[i],
                                      i == 0 ? action : under_key);
    if (to.before != Qundef)
        count += rec_judged_value_put(recorder, expression->before_name_id, to.before, under_key);
    return count;
}
