/* See expression_plan.h. */
#include "expression_plan.h"

#include "instructions.h"
#include "vm_layout.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_COUNT 4 /* words before the positions */

/* The words of lib/codetracer/expressions.rb, bounded. */
struct plan_words {
    uint32_t size, instruction_count, sighting_count, body_start;
    const uint32_t *instructions;
    const uint32_t *sightings; /* 4 words each: position, from, expression, offsets */
};

static bool
read_words(VALUE text, struct plan_words *out_words)
{
    const uint32_t *words = (const uint32_t *)(const void *)RSTRING_PTR(text);
    size_t count = (size_t)RSTRING_LEN(text) / sizeof *words;
    if (count < HEAD_COUNT)
        return false;
    *out_words = (struct plan_words){.size = words[0],
                                     .instruction_count = words[1],
                                     .sighting_count = words[2],
                                     .body_start = words[3]};
    out_words->instructions = words + HEAD_COUNT;
    out_words->sightings = out_words->instructions + words[1];
    return count == HEAD_COUNT + (size_t)words[1] + 4 * (size_t)words[2];
}

static bool
put_expressions(struct rec_expression_plan *plan, VALUE expressions)
{
    plan->expression_count = (uint32_t)RARRAY_LEN(expressions);
    plan->expressions = calloc(plan->expression_count + 1, sizeof *plan->expressions);
    if (plan->expressions == NULL)
        return false;
    for (uint32_t i = 0; i < plan->expression_count; i++) {
        VALUE described = RARRAY_AREF(expressions, i), text = RARRAY_AREF(described, 6);
        struct rec_expression *expression = &plan->expressions[i];
        expression->action = REC_EXPRESSION_UNJUDGED;
        expression->before = rec_value_place_read(RARRAY_AREF(described, 7));
        expression->text_size = (size_t)RSTRING_LEN(text);
        expression->text = malloc(expression->text_size + 1);
        if (expression->text == NULL)
            return false;
        memcpy(expression->text, RSTRING_PTR(text), expression->text_size);
    }
    return true;
}

static bool
put_sightings(struct rec_expression_plan *plan, const struct plan_words *words)
{
    uint32_t at = 0;
    for (uint32_t position = 0; position <= plan->size; position++) {
        plan->first[position] = at;
        for (; at < words->sighting_count && words->sightings[4 * at] == position; at++) {
            const uint32_t *from = &words->sightings[4 * at];
            if (position == plan->size || from[2] >= plan->expression_count ||
                (from[1] != REC_EXPRESSION_ANYWHERE && from[1] >= plan->size))
                return false;
            plan->sightings[at] = (struct rec_sighting){.from = from[1],
                                                        .expression = from[2],
                                                        .value = (uint8_t)from[3],
                                                        .receiver = (uint8_t)(from[3] >> 8),
                                                        .argument = (uint8_t)(from[3] >> 16),
                                                        .argument_count = (uint8_t)(from[3] >> 24)};
            const uint8_t count = plan->sightings[at].argument_count;
            if (count > REC_ARGUMENTS_IN_LIST)
                return false;
            struct rec_expression *expression = &plan->expressions[from[2]];
            expression->has_receiver |= plan->sightings[at].receiver != 0;
            if (count > expression->argument_count)
                expression->argument_count = count;
            plan->positions[position] |= REC_POSITION_SEEN;
            if (from[1] != REC_EXPRESSION_ANYWHERE)
                plan->positions[from[1]] |= REC_POSITION_SEEN;
        }
    }
    return at == words->sighting_count;
}

static bool
fill_plan(struct rec_expression_plan *plan, const struct plan_words *words, VALUE expressions)
{
    plan->before = calloc(plan->size, sizeof *plan->before);
    plan->positions = calloc(plan->size + 1, sizeof *plan->positions);
    plan->first = calloc(plan->size + 1, sizeof *plan->first);
    plan->sightings = calloc(words->sighting_count + 1, sizeof *plan->sightings);
    if (plan->before == NULL || plan->positions == NULL || plan->first == NULL ||
        plan->sightings == NULL)
        return false;
    plan->sighting_count = words->sighting_count;
    for (uint32_t i = 0; i < words->instruction_count; i++) {
        uint32_t word = words->instructions[i], position = word & ~REC_POSITION_EVENT_BIT;
        if (position < plan->size)
            plan->positions[position] |=
                REC_POSITION_INSTRUCTION | (position != word ? REC_POSITION_EVENT : 0);
    }
    return put_expressions(plan, expressions) && put_sightings(plan, words);
}

struct rec_expression_plan *
rec_expression_plan_new(const struct rec_expression_layout *layout, const void *iseq,
                        VALUE described)
{
    struct plan_words words;
    const struct rec_iseq_body_head *body = rec_iseq_body(iseq);
    if (!read_words(RARRAY_AREF(described, 1), &words) || words.size != body->encoded_size)
        return NULL;
    struct rec_expression_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return NULL;
    plan->iseq = iseq;
    plan->encoded = (VALUE *)body->encoded;
    plan->size = words.size;
    plan->body_start = words.body_start;
    plan->entries = rec_instruction_entries(layout, iseq, words.instructions,
                                            words.instruction_count, &plan->entry_count);
    if (plan->entries == NULL || !fill_plan(plan, &words, RARRAY_AREF(described, 2))) {
        rec_expression_plan_free(plan);
        return NULL;
    }
    return plan;
}

void
rec_expression_plan_see_all(struct rec_expression_plan *plan)
{
    for (uint32_t i = 0; i < plan->size; i++) {
        if ((plan->positions[i] & REC_POSITION_INSTRUCTION) != 0)
            plan->positions[i] |= REC_POSITION_SEEN;
    }
}

void
rec_expression_plan_free(struct rec_expression_plan *plan)
{
    if (plan == NULL)
        return;
    for (uint32_t i = 0; plan->expressions != NULL && i < plan->expression_count; i++)
        free(plan->expressions[i].text);
    free(plan->expressions);
    rec_instruction_list_free(plan->list);
    free(plan->sightings);
    free(plan->first);
    free(plan->positions);
    free(plan->before);
    free(plan);
}

/* ---- the VM's table and code ---- */

void
rec_expression_plan_lay(struct rec_expression_plan *plan)
{
    if (plan->is_laid)
        return;
    plan->is_laid = true;
    memcpy(plan->before, plan->encoded, plan->size * sizeof *plan->before);
    for (uint32_t i = 0; i < plan->entry_count; i++)
        plan->entries[i].events |= REC_EXPRESSION_EVENT;
}

/* Which events of global hooks the iseq's code is traced for; the VM does nothing when it is asked
 * for the same again. */
static rb_event_flag_t
global_events(const void *iseq)
{
    rb_event_flag_t events;
    memcpy(&events, (const char *)iseq + REC_ISEQ_GLOBAL_EVENTS, sizeof events);
    return events;
}

/* One entry may be of many instructions, and the VM traces all of them: those that are not in the
 * plan and have no event of their own are put back. Not their operands, which the collector moves:
 * making a TracePoint may run it. */
void
rec_expression_plan_trace(const struct rec_expression_layout *layout,
                          struct rec_expression_plan *plan)
{
    rb_event_flag_t others = global_events(plan->iseq) & ~(rb_event_flag_t)REC_EXPRESSION_EVENT;
    if (!plan->is_laid)
        return;
    layout->trace_set(plan->iseq, others);
    layout->trace_set(plan->iseq, others | REC_EXPRESSION_EVENT);
    for (uint32_t i = 0; i < plan->size; i++) {
        if (plan->positions[i] == REC_POSITION_INSTRUCTION)
            plan->encoded[i] = plan->before[i];
    }
}

void
rec_expression_plan_lift(struct rec_expression_plan *plan)
{
    for (uint32_t i = 0; plan->is_laid && i < plan->entry_count; i++)
        plan->entries[i].events &= ~(rb_event_flag_t)REC_EXPRESSION_EVENT;
    plan->is_laid = false;
}

bool
rec_expression_plan_is_restored(const struct rec_expression_plan *plan)
{
    bool is_restored = true;
    for (uint32_t i = 0; i < plan->size; i++) {
        if ((plan->positions[i] & REC_POSITION_INSTRUCTION) != 0)
            is_restored &= plan->encoded[i] == plan->before[i];
    }
    return is_restored;
}
