/* Where the VM keeps which events its instructions have, and the trial of it: expression_plan.h.
 *
 * The table's place is guessed from that of the local table and then proved: on each iseq that gets
 * a plan, against what the VM's functions say of each instruction, and at the start by values of
 * probe code that have to come in order. */
#include "expression_plan.h"

#include "original_method.h"
#include "own_memory.h"
#include "recorder.h"

#include <dlfcn.h>
#include <string.h>

/* Byte distances from the place of `const ID *local_table`, as it has been from 3.1 to 3.4. */
#define ENTRIES_BEFORE 32
#define COUNT_BEFORE   16
#define SEEN_MAX       64

/* Each result is one of `probed_values`, in this order. */
static const char PROBE_SOURCE[] = "singleton_class.attr_writer :ct_attr\n"
                                   "def self.ct_probe_expressions(a, b)\n"
                                   "  @x = (a + b) * 2 - b\n"
                                   "  c = a && b.succ\n"
                                   "  d = a > 3 ? a - 1 : a - 2\n"
                                   "  e = [d, c].map { |f| f * 2 }\n"
                                   "  g = a.pred; h = @x\n"
                                   "  2.times { |i| self.ct_attr = i }\n"
                                   "  e.first + (c.nil? || g + h)\n"
                                   "end\n";
static const long probed_values[] = {
    11, 22, 15, 15, /* a + b, (…) * 2, … - b, @x = */
    8,  8,  8,      /* b.succ, a && b.succ, c = */
    3,  3,  3,      /* a - 1, ?:, d = (the condition is no number) */
    6,  6,  16, 16, /* f * 2 and the block's result, twice */
    3,  3,  15, 15, /* a.pred, g =, @x, h = */
    0,  0,  1,  1,  /* self.ct_attr =, as the block's result, twice */
    2,              /* 2.times { … } */
    6,  18, 18, 24  /* e.first, g + h, … || …, … + … */
};
#define PROBED_COUNT (sizeof probed_values / sizeof probed_values[0])

static bool
is_same(const struct rec_instruction_entry *one, const struct rec_instruction_entry *two)
{
    return one->line == two->line && one->node_id == two->node_id;
}

struct rec_instruction_entry *
rec_instruction_entries(const struct rec_expression_layout *layout, const void *iseq,
                        const uint32_t *positions, uint32_t count, uint32_t *out_count)
{
    const char *body = (const char *)rec_iseq_body(iseq);
    struct rec_instruction_entry *entries, last;
    uint32_t entry_count, at = 0;
    memcpy(&entries, body + layout->body_entries, sizeof entries);
    memcpy(&entry_count, body + layout->body_entry_count, sizeof entry_count);
    if (entries == NULL || entry_count == 0 || entry_count > count ||
        !rec_own_memory_get(entries, &last, sizeof last) ||
        !rec_own_memory_get(entries + entry_count - 1, &last, sizeof last))
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        size_t position = positions[i] & ~REC_POSITION_EVENT_BIT;
        struct rec_instruction_entry said = {.line = (int)layout->line_no(iseq, position),
                                             .node_id = layout->node_id(iseq, position)};
        while (at + 1 < entry_count && is_same(&entries[at + 1], &said) &&
               (!is_same(&entries[at], &said) || i > 0))
            at++;
        if (!is_same(&entries[at], &said) || (entries[at].events & REC_EXPRESSION_EVENT) != 0)
            return NULL;
    }
    *out_count = entry_count;
    return at + 1 == entry_count ? entries : NULL;
}

void
rec_expression_hook_put(void (*hook)(VALUE data, const struct rec_trace_arg *arg), VALUE data)
{
    rb_add_event_hook2((rb_event_hook_func_t)(void (*)(void))hook, REC_EXPRESSION_EVENT, data,
                       RUBY_EVENT_HOOK_FLAG_SAFE | RUBY_EVENT_HOOK_FLAG_RAW_ARG);
}

void
rec_expression_hook_remove(void (*hook)(VALUE data, const struct rec_trace_arg *arg), VALUE data)
{
    rb_remove_event_hook_with_data((rb_event_hook_func_t)(void (*)(void))hook, data);
}

/* ---- the trial ---- */

/* Code without a branch: each of its instructions runs once, in order. */
static const char ALL_SOURCE[] = "def self.ct_probe_instructions(a, b)\n"
                                 "  @x = (a + b) * 2 - [b].first\n"
                                 "  [@x, \"#{a}\"].map { |c| c }.size\n"
                                 "end\n";

struct trial {
    const char *method; /* of the probe */
    bool sees_all;      /* positions of the method's own instructions, not values */
    bool sees_attribute; /* that it has been assigned to before, by the instruction's cache */
    struct rec_expression_plan *plans;
    uint32_t last_position; /* plus 1; of the method: its block has no ways that come together */
    const void *last_iseq;
    long seen[SEEN_MAX];
    size_t seen_count;
};

static void
see_in_trial(VALUE data, const struct rec_trace_arg *arg)
{
    struct trial *trial = (struct trial *)NUM2ULL(data);
    const struct rec_control_frame *cfp = arg->cfp;
    const struct rec_expression_plan *plan = trial->plans;
    while (plan != NULL && plan->iseq != cfp->iseq)
        plan = plan->next;
    size_t position = plan == NULL ? 0 : (size_t)(cfp->pc - plan->encoded - 1);
    if (plan == NULL || position >= plan->size)
        return;
    uint32_t last = trial->last_iseq == cfp->iseq ? trial->last_position : 0;
    trial->last_position = (uint32_t)position + 1;
    trial->last_iseq = cfp->iseq;
    if (trial->sees_all && plan->next == NULL && trial->seen_count < SEEN_MAX)
        trial->seen[trial->seen_count++] = (long)position;
    if (trial->sees_all)
        return;
    for (uint32_t i = plan->first[position]; i < plan->first[position + 1]; i++) {
        const struct rec_sighting *sighting = &plan->sightings[i];
        VALUE value = cfp->sp[-(ptrdiff_t)sighting->value];
        const struct rec_value_place *before = &plan->expressions[sighting->expression].before;
        bool is_here = sighting->from == REC_EXPRESSION_ANYWHERE || sighting->from + 1 == last;
        if (before->kind == REC_PLACE_ATTRIBUTE)
            trial->sees_attribute |=
                rec_cache_is_of_attribute(cfp, cfp->self, before->name, false);
        if (is_here && FIXNUM_P(value) && trial->seen_count < SEEN_MAX)
            trial->seen[trial->seen_count++] = FIX2LONG(value);
    }
}

static void
free_plans(struct rec_expression_plan *plans)
{
    while (plans != NULL) {
        struct rec_expression_plan *next = plans->next;
        rec_expression_plan_free(plans);
        plans = next;
    }
}

static void
ignore_line(VALUE tpval, void *data)
{
    (void)tpval;
    (void)data;
}

struct probe_call {
    VALUE object;
    const char *method;
};

static VALUE
call_probe(VALUE context)
{
    const struct probe_call *call = (const struct probe_call *)context;
    return rb_funcall(call->object, rb_intern(call->method), 2, INT2FIX(4), INT2FIX(7));
}

/* Runs the probe under its plans. False: its code is not what it was before. */
static bool
run_trial(const struct rec_expression_layout *layout, struct trial *trial, VALUE object,
          VALUE iseqw)
{
    bool is_restored = true;
    int state = 0;
    VALUE data = ULL2NUM((uintptr_t)trial);
    VALUE tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_LINE, ignore_line, NULL);
    for (struct rec_expression_plan *plan = trial->plans; plan != NULL; plan = plan->next)
        rec_expression_plan_lay(plan);
    rec_expression_hook_put(see_in_trial, data);
    rec_tracepoint_target(tracepoint, iseqw);
    for (struct rec_expression_plan *plan = trial->plans; plan != NULL; plan = plan->next)
        rec_expression_plan_trace(layout, plan);
    const struct probe_call call = {.object = object, .method = trial->method};
    rb_protect(call_probe, (VALUE)&call, &state);
    for (struct rec_expression_plan *plan = trial->plans; plan != NULL; plan = plan->next)
        rec_expression_plan_lift(plan);
    rec_tracepoint_untarget(tracepoint);
    rec_expression_hook_remove(see_in_trial, data);
    for (struct rec_expression_plan *plan = trial->plans; plan != NULL; plan = plan->next)
        is_restored &= rec_expression_plan_is_restored(plan);
    RB_GC_GUARD(tracepoint);
    RB_GC_GUARD(data);
    return is_restored && state == 0;
}

/* Plans and runs the probe that the trial names, of this source. */
static const char *
try_probe(const struct recorder *recorder, VALUE planner,
          const struct rec_expression_layout *layout, const char *text, struct trial *trial)
{
    VALUE object = rb_obj_alloc(rb_cObject);
    VALUE source = rb_str_new_cstr(text);
    rb_funcall(object, rb_intern("instance_eval"), 1, source);
    VALUE method = rb_obj_method(object, ID2SYM(rb_intern(trial->method)));
    VALUE iseqw =
        rec_original_call_with(REC_ISEQ_OF, rb_path2class("RubyVM::InstructionSequence"), method);
    VALUE described = rb_funcall(planner, rb_intern("plan"), 3, iseqw, source, INT2FIX(1));
    for (long i = 0; i < RARRAY_LEN(described); i++) {
        VALUE each = RARRAY_AREF(described, i);
        struct rec_expression_plan *plan = rec_expression_plan_new(
            layout, recorder->layout.iseqw_to_iseq(RARRAY_AREF(each, 0)), each);
        if (plan == NULL) {
            free_plans(trial->plans);
            return "its table of instructions is laid out differently";
        }
        if (trial->sees_all)
            rec_expression_plan_see_all(plan);
        plan->next = trial->plans;
        trial->plans = plan;
    }
    bool is_restored = run_trial(layout, trial, object, iseqw);
    RB_GC_GUARD(described);
    RB_GC_GUARD(object);
    return is_restored ? NULL : "its code cannot be put back as it was";
}

static const char *
try_values(const struct recorder *recorder, VALUE planner,
           struct rec_expression_layout *layout)
{
    struct trial trial = {.method = "ct_probe_expressions"};
    const char *refusal = try_probe(recorder, planner, layout, PROBE_SOURCE, &trial);
    free_plans(trial.plans);
    if (refusal == NULL && (trial.seen_count != PROBED_COUNT ||
                            memcmp(trial.seen, probed_values, sizeof probed_values) != 0))
        return "values of a probe came otherwise than they should";
    layout->attributes_readable = trial.sees_attribute;
    return refusal;
}

/* Of the plans the last one is the method's own, which was made first. */
static const char *
try_instructions(const struct recorder *recorder, VALUE planner,
                 const struct rec_expression_layout *layout)
{
    struct trial trial = {.method = "ct_probe_instructions", .sees_all = true};
    const char *refusal = try_probe(recorder, planner, layout, ALL_SOURCE, &trial);
    const struct rec_expression_plan *outermost = trial.plans;
    while (outermost != NULL && outermost->next != NULL)
        outermost = outermost->next;
    size_t at = 0;
    for (uint32_t i = 0; refusal == NULL && i < outermost->size; i++) {
        bool is_there = (outermost->positions[i] & REC_POSITION_INSTRUCTION) != 0;
        bool is_seen = at < trial.seen_count && trial.seen[at] == (long)i;
        if (is_there != is_seen)
            refusal = "instructions of a probe did not run as they stand";
        at += is_seen;
    }
    free_plans(trial.plans);
    return refusal;
}

const char *
rec_expression_layout_check(struct recorder *recorder, VALUE planner,
                            struct rec_expression_layout *out_layout)
{
    const struct rec_vm_layout *vm = &recorder->layout;
    if (!vm->frames_readable)
        return "its frames cannot be read";
    *out_layout = (struct rec_expression_layout){
        .body_entries = vm->body_local_table - ENTRIES_BEFORE,
        .body_entry_count = vm->body_local_table - COUNT_BEFORE,
        .line_no = vm->iseq_line_no,
        .node_id = (int (*)(const void *, size_t))dlsym(RTLD_DEFAULT, "rb_iseq_node_id"),
        .coverage = (VALUE(*)(const void *))dlsym(RTLD_DEFAULT, "rb_iseq_coverage"),
        .trace_set =
            (void (*)(const void *, rb_event_flag_t))dlsym(RTLD_DEFAULT, "rb_iseq_trace_set"),
    };
    if (out_layout->trace_set == NULL || out_layout->node_id == NULL ||
        out_layout->coverage == NULL)
        return "it does not tell which expression an instruction is of";
    const char *refusal = try_values(recorder, planner, out_layout);
    if (refusal == NULL && (recorder->expressions.wanted & REC_WANTED_INSTRUCTIONS) != 0)
        refusal = try_instructions(recorder, planner, out_layout);
    return refusal;
}
