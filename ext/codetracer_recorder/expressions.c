/* See expressions.h. */
#include "expressions.h"

#include "assigned.h"
#include "attempt.h"
#include "call_depth.h"
#include "capture.h"
#include "early_values.h"
#include "event_hook.h"
#include "expression_plan.h"
#include "held_events.h"
#include "instructions.h"
#include "item.h"
#include "original_method.h"
#include "plan_text.h"
#include "recorder.h"
#include "script_source.h"
#include "spool_link.h"
#include "value_filter.h"
#include "value_place.h"

#include "ctrace/spool_format.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LENGTH_MAX   80     /* characters */
#define STACK_DEPTH_MAX   100000 /* more: the variables are not on the stack */
#define ENVIRONMENT_INDEX 1      /* above ep: the environment, once it is on the heap */
/* Names stay for ever, in both processes, some 200 bytes each: a program that evals ever new texts
 * has no more of them. */
#define EVAL_NAME_COUNT_MAX        100000
#define EVAL_INSTRUCTION_COUNT_MAX 1000000 /* the same of what instructions are */

void
rec_expressions_read(struct recorder *recorder, VALUE values, VALUE instructions)
{
    VALUE planner = RTEST(values) ? values : instructions;
    rec_pointer_map_release(&recorder->expressions.plans);
    rec_core_methods_release(&recorder->expressions.core);
    rec_assembly_release(&recorder->expressions.early);
    free(recorder->expressions.free_ids);
    recorder->expressions =
        (struct rec_expressions){.planner = RTEST(planner) ? planner : 0,
                                 .wanted = (RTEST(values) ? REC_WANTED_VALUES : 0) |
                                           (RTEST(instructions) ? REC_WANTED_INSTRUCTIONS : 0)};
}

void
rec_expressions_mark_planner(const struct rec_expressions *expressions)
{
    if (expressions->planner != 0)
        rb_gc_mark(expressions->planner);
    rec_core_methods_mark(&expressions->core);
}

/* ---- ids ---- */

/* Makes sure that so many more can be given out, and each be given back without memory. */
static bool
reserve_ids(struct rec_expressions *expressions, uint32_t count)
{
    if (expressions->free_capacity - expressions->count >= count)
        return true;
    uint32_t capacity = 2 * (expressions->count + count);
    uint32_t *ids = realloc(expressions->free_ids, capacity * sizeof *ids);
    if (ids == NULL)
        return false;
    expressions->free_ids = ids;
    expressions->free_capacity = capacity;
    return true;
}

/* What waits is of the ids as they are. */
static uint32_t
take_id(struct recorder *recorder)
{
    struct rec_expressions *expressions = &recorder->expressions;
    if (expressions->free_count > 0 && recorder->held_count == 0)
        return expressions->free_ids[--expressions->free_count];
    return expressions->count++;
}

static void
give_ids_back(struct rec_expressions *expressions, const struct rec_expression_plan *plan)
{
    for (uint32_t i = 0; plan->has_ids && i < plan->expression_count; i++)
        expressions->free_ids[expressions->free_count++] = plan->expressions[i].id;
}

/* ---- plans ---- */

/* `NAME (receiver)`, cut to its room. */
static uint32_t
name_of_part(struct recorder *recorder, const char *name, size_t size, const char *part)
{
    char text[REC_PLAN_TEXT_ROOM + 16];
    size_t part_size = strlen(part);
    memcpy(text, name, size);
    memcpy(text + size, part, part_size);
    return rec_name_of_text(recorder, text, size + part_size);
}

/* Tells the writer. `described` is [name, line, column, last line, last column, mark, text,
 * `before`]. */
static void
define_expression(struct recorder *recorder, struct rec_expression *expression, uint32_t path_id,
                  VALUE described)
{
    char name[REC_PLAN_TEXT_ROOM];
    size_t name_size = rec_plan_text(recorder, RARRAY_AREF(described, 0), NAME_LENGTH_MAX, name);
    expression->name_id = rec_name_of_text(recorder, name, name_size);
    if (expression->has_receiver)
        expression->receiver_name_id = name_of_part(recorder, name, name_size, " (receiver)");
    if (expression->argument_count > 0)
        expression->argument_name_ids[0] = name_of_part(recorder, name, name_size, " (argument)");
    if (expression->argument_count > 1)
        expression->argument_name_ids[1] = name_of_part(recorder, name, name_size, " (argument 2)");
    if (expression->before.kind == REC_PLACE_ATTRIBUTE &&
        !recorder->expressions.layout.attributes_readable)
        expression->before.kind = REC_PLACE_NONE;
    if (expression->before.kind != REC_PLACE_NONE)
        expression->before_name_id = name_of_part(recorder, name, name_size, " (before)");
    expression->id = take_id(recorder);
    uint32_t numbers[5];
    for (int i = 0; i < 5; i++)
        numbers[i] = (uint32_t)FIX2LONG(RARRAY_AREF(described, i + 1));
    size_t size = rec_pad(sizeof(struct ct_spool_expression) + name_size);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    expression->is_assigned = numbers[4] != 0;
    memset(room + size - 8, 0, 8); /* the padding */
    *(struct ct_spool_expression *)room = (struct ct_spool_expression){
        .record = {.size = (uint32_t)size,
                   .kind = CT_SPOOL_EXPRESSION,
                   .flags =
                       numbers[4] == 0 ? CT_SPOOL_EXPRESSION_VALUE : CT_SPOOL_EXPRESSION_ASSIGNED},
        .id = expression->id,
        .path_id = path_id,
        .line = numbers[0],
        .column = numbers[1],
        .last_line = numbers[2],
        .last_column = numbers[3],
        .name_size = (uint32_t)name_size,
    };
    memcpy(room + sizeof(struct ct_spool_expression), name, name_size);
    rec_publish(recorder, size);
}

/* From the start the script owns it. The hook finds it when it is whole: to define the expressions
 * may raise. */
static bool
add_plan(struct recorder *recorder, struct rec_script *script, VALUE described)
{
    struct rec_expressions *expressions = &recorder->expressions;
    const void *iseq = recorder->layout.iseqw_to_iseq(RARRAY_AREF(described, 0));
    VALUE texts = RARRAY_AREF(described, 2);
    struct rec_expression_plan *plan =
        rec_expression_plan_new(&expressions->layout, iseq, described);
    if (plan == NULL)
        return false;
    VALUE code = RARRAY_AREF(described, 3);
    if ((plan->sighting_count == 0 && NIL_P(code)) ||
        rec_pointer_map_find(&expressions->plans, (uint64_t)iseq) != NULL ||
        !reserve_ids(expressions, plan->expression_count)) {
        rec_expression_plan_free(plan);
        return true;
    }
    plan->script = script;
    plan->next = script->plans;
    script->plans = plan;
    for (uint32_t i = 0; i < plan->expression_count; i++)
        define_expression(recorder, &plan->expressions[i], script->path_id,
                          RARRAY_AREF(texts, (long)i));
    plan->has_ids = true;
    if (!NIL_P(code) && !rec_instructions_add(recorder, plan, code))
        return false;
    (void)rec_pointer_map_put(&expressions->plans, (uint64_t)iseq, (uint64_t)plan);
    return true;
}

/* Whether the program counts the branches of this code by itself, with the same event. */
static bool
has_own_branches(const struct rec_expression_layout *layout, const void *iseq)
{
    VALUE coverage = layout->coverage(iseq);
    return RB_TYPE_P(coverage, T_ARRAY) && RARRAY_LEN(coverage) > 1 &&
           RTEST(RARRAY_AREF(coverage, 1));
}

/* Whether the planner would run nothing of the program's. */
static bool
can_plan(struct recorder *recorder)
{
    struct rec_expressions *expressions = &recorder->expressions;
    if (expressions->is_over)
        return false;
    const struct rec_core_method *changed = rec_core_methods_find_changed(&expressions->core);
    if (changed == NULL)
        return true;
    expressions->is_over = true;
    char method[REC_PLAN_TEXT_ROOM];
    snprintf(method, sizeof method, "%s#%s", rb_class2name(changed->owner),
             rb_id2name(changed->name));
    rec_link_say(recorder,
                 "codetracer: no expressions are recorded of code that is loaded from here on (the "
                 "program has its own %s); all else is\n",
                 method);
    return false;
}

struct planned {
    struct rec_script *script;
    VALUE text;         /* of an eval'd string, or nil */
    bool is_in_planner; /* which tells itself what is raised there for the program */
};

static bool
has_enough_of_eval(const struct rec_expressions *expressions)
{
    return expressions->eval_name_count > EVAL_NAME_COUNT_MAX ||
           expressions->eval_instruction_count > EVAL_INSTRUCTION_COUNT_MAX;
}

static VALUE
plan_script(VALUE context)
{
    struct planned *planned = (struct planned *)context;
    struct rec_script *script = planned->script;
    struct recorder *recorder = script->recorder;
    uint64_t serial = recorder->serial;
    VALUE iseqw = script->target, object = script->object;
    if (!can_plan(recorder) ||
        has_own_branches(&recorder->expressions.layout, recorder->layout.iseqw_to_iseq(iseqw)))
        return Qnil;
    VALUE text = planned->text;
    uint32_t name_count = recorder->names.count;
    const bool is_eval = !NIL_P(text);
    if (is_eval && has_enough_of_eval(&recorder->expressions))
        return Qnil;
    VALUE path = rec_original_call(REC_ISEQ_ABSOLUTE_PATH, iseqw);
    if (NIL_P(text) && RB_TYPE_P(path, T_STRING))
        text = rec_script_source_read(recorder, StringValueCStr(path));
    planned->is_in_planner = true;
    VALUE found = rb_funcall(recorder->expressions.planner, rb_intern("plan_script"), 3, iseqw,
                             text, UINT2NUM(recorder->expressions.wanted));
    planned->is_in_planner = false;
    if (!RB_TYPE_P(found, T_ARRAY) || !rec_is_recording(recorder, serial) ||
        script->recorder == NULL)
        return Qnil;
    for (long i = 0; i < RARRAY_LEN(found); i++) {
        VALUE code = RARRAY_AREF(RARRAY_AREF(found, i), 3);
        if (is_eval && !NIL_P(code))
            recorder->expressions.eval_instruction_count +=
                (uint32_t)RARRAY_LEN(RARRAY_AREF(code, 2));
        if (!add_plan(recorder, script, RARRAY_AREF(found, i)))
            break; /* not as it is known: what has a plan keeps it */
    }
    if (is_eval)
        recorder->expressions.eval_name_count += recorder->names.count - name_count;
    RB_GC_GUARD(found);
    RB_GC_GUARD(object);
    return Qnil;
}

/* Want of memory or stack, wherever it is; any error outside of the planner, where no interrupt is
 * looked at. */
static bool
is_own_fault(const struct planned *planned, VALUE error)
{
    if (RB_SPECIAL_CONST_P(error) || RB_BUILTIN_TYPE(error) != RUBY_T_OBJECT)
        return false; /* a `throw` */
    return RTEST(rb_obj_is_kind_of(error, rb_eNoMemError)) ||
           RTEST(rb_obj_is_kind_of(error, rb_eSysStackError)) ||
           (!planned->is_in_planner && RTEST(rb_obj_is_kind_of(error, rb_eStandardError)));
}

int
rec_expressions_plan(struct rec_script *script, VALUE text)
{
    struct planned planned = {.script = script, .text = text};
    int state = 0;
    VALUE error = rb_errinfo();
    rb_protect(plan_script, (VALUE)&planned, &state);
    if (state != 0 && is_own_fault(&planned, rb_errinfo())) {
        rb_set_errinfo(error);
        state = 0;
    }
    RB_GC_GUARD(error);
    return state;
}

void
rec_expressions_lay(struct rec_script *script)
{
    for (struct rec_expression_plan *plan = script->plans; plan != NULL; plan = plan->next)
        rec_expression_plan_lay(plan);
}

void
rec_expressions_trace(struct rec_script *script)
{
    if (script->plans != NULL && !RTEST(rb_tracepoint_enabled_p(script->tracepoint)))
        rec_expressions_lift(script);
    for (struct rec_expression_plan *plan = script->plans; plan != NULL; plan = plan->next)
        rec_expression_plan_trace(&script->recorder->expressions.layout, plan);
}

void
rec_expressions_lift(struct rec_script *script)
{
    for (struct rec_expression_plan *plan = script->plans; plan != NULL; plan = plan->next)
        rec_expression_plan_lift(plan);
}

void
rec_expressions_mark(const struct rec_script *script)
{
    for (const struct rec_expression_plan *plan = script->plans; plan != NULL; plan = plan->next)
        rb_gc_mark((VALUE)plan->iseq);
}

/* One that did not become whole is not there; another of the same code may be. */
static void
forget_plan(struct rec_expressions *expressions, const struct rec_expression_plan *plan)
{
    const struct rec_pointer_entry *entry =
        rec_pointer_map_find(&expressions->plans, (uint64_t)plan->iseq);
    if (entry != NULL && entry->value == (uint64_t)plan)
        rec_pointer_map_remove(&expressions->plans, (uint64_t)plan->iseq);
}

void
rec_expressions_release(struct rec_script *script)
{
    struct recorder *recorder = script->recorder;
    while (script->plans != NULL) {
        struct rec_expression_plan *plan = script->plans;
        script->plans = plan->next;
        if (recorder != NULL) {
            forget_plan(&recorder->expressions, plan);
            give_ids_back(&recorder->expressions, plan);
        }
        rec_expression_plan_free(plan);
    }
}

/* ---- the hook ---- */

static bool
is_name_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || (byte & 0x80) != 0;
}

/* By the strictest word of its lines: what is assigned to a secret's name, or given under it, is no
 * secret yet when it comes about. What is hidden so is not learned: most of it is none. */
uint8_t
rec_names_judge(const struct recorder *recorder, const struct rec_value_policy *policy,
                const char *text, size_t size)
{
    const uint8_t kinds = REC_VALUE_LOCAL | REC_VALUE_ARGUMENT | REC_VALUE_GLOBAL |
                          REC_VALUE_RETURN | REC_VALUE_ATTRIBUTE;
    uint8_t strictest = REC_ALLOW;
    for (size_t i = 0; i < size; i++) {
        size_t start = i;
        while (i < size && is_name_byte(text[i]))
            i++;
        if (i == start)
            continue;
        enum rec_value_action action =
            rec_filter_value_action(&recorder->rules, policy, kinds, text + start, i - start);
        if (action > strictest)
            strictest = (uint8_t)action;
    }
    return strictest;
}

/* Whether nothing from `place` up to the top is the frame's own data. Where those have moved to the
 * heap (somebody keeps the frame's variables), the VM has put what they are now into the last word
 * of where they were. */
static inline bool
is_above_own_data(const struct rec_control_frame *cfp, const VALUE *place)
{
    const bool is_on_stack = cfp->ep <= cfp->sp && cfp->sp - cfp->ep < STACK_DEPTH_MAX;
    if (is_on_stack)
        return place > cfp->ep;
    const VALUE environment = cfp->ep[ENVIRONMENT_INDEX];
    for (const VALUE *word = cfp->sp - 1; word >= place; word--) {
        if (*word == environment)
            return false;
    }
    return true;
}

/* A plan that is wrong must do no harm: whether a value of the program's stands so many words below
 * the top. hot */
bool
rec_stack_has_value(const struct rec_control_frame *cfp, uint32_t depth)
{
    const VALUE *place = cfp->sp - depth;
    if (!is_above_own_data(cfp, place))
        return false;
    return rec_is_of_program(*place);
}

void
rec_expressions_send(struct recorder *recorder, uint32_t count)
{
    struct rec_assembly *record = &recorder->record;
    struct ct_spool_record *written = (struct ct_spool_record *)(void *)record->bytes;
    written->size = (uint32_t)record->size;
    written->count = (uint16_t)count;
    if (recorder->held_count == 0 || !rec_held_events_add_seen(recorder, record))
        rec_send_record(recorder);
}

static void
write_sighting(struct recorder *recorder, const struct rec_frame *frame,
               const struct rec_control_frame *cfp, const struct rec_expression_plan *plan,
               const struct rec_sighting *sighting)
{
    struct rec_expression *expression = &plan->expressions[sighting->expression];
    struct rec_assembly *record = &recorder->record;
    const bool is_early = frame->position <= plan->body_start; /* it is plus 1 */
    uint32_t line = is_early ? rec_iseq_line(recorder, frame->iseq, cfp->pc) : frame->line;
    struct ct_spool_seen head = {.record = {.kind = CT_SPOOL_SEEN},
                                 .view_id = frame->view->id,
                                 .line = line,
                                 .expression_id = expression->id};
    recorder->policy = &frame->iseq->policy;
    if (expression->action == REC_EXPRESSION_UNJUDGED)
        expression->action =
            rec_names_judge(recorder, recorder->policy, expression->text, expression->text_size);
    VALUE value = cfp->sp[-(ptrdiff_t)sighting->value];
    if (sighting->argument_count == REC_ARGUMENTS_IN_LIST)
        value = rec_assigned_in_list(value);
    if (expression->action == REC_DROP || value == Qundef)
        return;
    /* What a method works with whose result is hidden is not shown before that. */
    uint8_t action =
        frame->iseq->return_action > expression->action ? REC_REDACT : expression->action;
    uint32_t count;
    struct rec_attempt attempt = rec_attempt_begin(recorder);
    do {
        record->size = 0;
        rec_assembly_put(record, &head, sizeof head);
        count = expression->is_assigned
                    ? rec_assigned_put(recorder, cfp, expression, sighting,
                                       (struct rec_judged_value){value, action})
                    : rec_judged_value_put(recorder, expression->name_id, value, action);
    } while (rec_attempt_is_spoilt(recorder, &attempt, NULL));
    if (is_early)
        rec_early_values_add(recorder, frame, count);
    else
        rec_expressions_send(recorder, count);
}

/* No line begins `y` in `x rescue y`, nor what a block's parameter is by default. */
static bool
may_begin_unseen(const void *iseq)
{
    uint32_t type = (uint32_t)rec_iseq_body(iseq)->type;
    return type == REC_ISEQ_RESCUE || type == REC_ISEQ_BLOCK;
}

/* The frame whose values these are; with no line where it has come to none of its own. hot */
static struct rec_frame *
frame_of(struct recorder *recorder, const struct rec_trace_arg *arg,
         const struct rec_expression_plan *plan, bool is_early)
{
    const struct rec_control_frame *cfp = arg->cfp;
    const struct rec_pointer_entry *iseq =
        rec_pointer_map_find(&recorder->iseqs.iseqs, (uint64_t)cfp->iseq);
    struct rec_iseq *entry = iseq != NULL ? (struct rec_iseq *)iseq->value : NULL;
    const bool is_noted = plan->list != NULL || may_begin_unseen(cfp->iseq) || is_early;
    if (entry == NULL && is_noted)
        entry = rec_hooks_iseq_of(recorder, plan->script, arg);
    if (entry == NULL || entry->is_skipped)
        return NULL;
    struct rec_strand *strand = rec_strand_require(recorder, arg->ec);
    if (strand == NULL || rec_depth_hides(strand, arg))
        return NULL;
    struct rec_frame *frame = rec_strand_frame(recorder, strand, cfp, entry);
    if (frame == NULL)
        rec_fail(recorder, REC_NO_MEMORY);
    if (frame != NULL && frame->line == 0 && may_begin_unseen(cfp->iseq) &&
        (recorder->expressions.wanted & REC_WANTED_VALUES) != 0)
        rec_hooks_line(recorder, strand, entry, cfp);
    return frame;
}

/* What has come to a value before this instruction. hot */
static inline void
see_values(struct recorder *recorder, struct rec_frame *frame, const struct rec_trace_arg *arg,
           const struct rec_expression_plan *plan, size_t position)
{
    uint32_t last = frame->position;
    recorder->current_strand->is_resumed = false;
    frame->position = (uint32_t)position + 1;
    for (uint32_t i = plan->first[position]; i < plan->first[position + 1]; i++) {
        const struct rec_sighting *sighting = &plan->sightings[i];
        bool is_here = sighting->from == REC_EXPRESSION_ANYWHERE || sighting->from + 1 == last;
        if (is_here && rec_stack_has_value(arg->cfp, sighting->value))
            write_sighting(recorder, frame, arg->cfp, plan, sighting);
    }
}

/* A global hook: the main Ractor's alone. hot */
static void
see_expression(VALUE owner, const struct rec_trace_arg *arg)
{
    struct recorder *recorder = RTYPEDDATA_DATA(owner);
    if (!recorder->active)
        return;
    const struct rec_pointer_entry *entry =
        rec_pointer_map_find(&recorder->expressions.plans, (uint64_t)arg->cfp->iseq);
    if (entry == NULL)
        return; /* a branch that the program counts */
    const struct rec_expression_plan *plan = (const struct rec_expression_plan *)entry->value;
    size_t position = (size_t)(arg->cfp->pc - plan->encoded - 1);
    const bool is_early = position < plan->body_start;
    struct rec_frame *frame =
        position < plan->size ? frame_of(recorder, arg, plan, is_early) : NULL;
    if (frame == NULL)
        return;
    if (frame->line != 0 || is_early)
        see_values(recorder, frame, arg, plan, position);
    if (plan->list != NULL)
        rec_instructions_note(recorder, frame, arg, plan, (uint32_t)position);
}

/* ---- the hook as a whole ---- */

void
rec_expressions_begin(struct recorder *recorder)
{
    struct rec_expressions *expressions = &recorder->expressions;
    if (expressions->planner == 0)
        return;
    VALUE core = rb_funcall(expressions->planner, rb_intern("core_methods"), 0);
    const char *refusal =
        rec_core_methods_init(&expressions->core, core) ? NULL : "there is no memory";
    if (refusal == NULL)
        refusal = rec_expression_layout_check(recorder, expressions->planner, &expressions->layout);
    if (refusal == NULL) {
        expressions->is_on = true;
        rec_expression_hook_put(see_expression, recorder->owner);
        return;
    }
    expressions->planner = 0;
    rec_link_say(recorder,
                 expressions->wanted == REC_WANTED_INSTRUCTIONS
                     ? "codetracer: instructions cannot be recorded on this Ruby (%s); all else "
                       "is\n"
                     : "codetracer: expressions cannot be recorded on this Ruby (%s); all else "
                       "is\n",
                 refusal);
}

void
rec_expressions_end(struct recorder *recorder)
{
    if (recorder->expressions.is_on)
        rec_expression_hook_remove(see_expression, recorder->owner);
    recorder->expressions.is_on = false;
}
