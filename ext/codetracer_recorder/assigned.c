/* See assigned.h. */
#include "assigned.h"

#include "expressions.h"

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
