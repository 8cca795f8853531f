/* See hook_cause.h. */
#include "hook_cause.h"

#include "class_ends.h"
#include "jump_data.h"
#include "original_method.h"
#include "vm_layout.h"

#include <ruby/debug.h>

#define WORD_COUNT 128 /* of the C stack searched, above the hook */

/* What unwinds are C functions and methods of these objects. All are given a block, of which Ruby
 * 3.4 warns under -w where a method says nothing of one. */
static const char PROBE_SOURCE[] =
    "o = Object.new\n"
    "def o.ct_pass(v); ct_call { yield }; end\n"
    "def o.ct_hold(v); ct_call { begin; yield; ensure; ct_held = 1; end }; end\n"
    "def o.ct_break(v, &b); ct_call { break v }; end\n"
    "def o.ct_return(v, &b); ct_call { return v }; end\n"
    "def o.ct_leap(v, &b); ct_jump; end\n"
    "def o.ct_body(v, &b); class << v; ct_jump; end; end\n"
    "def o.ct_body_hold(v, &b); class << v; begin; ct_jump; ensure; ct_held = 1; end; end; end\n"
    "o.define_singleton_method(:ct_made) { |v| ct_jump }\n"
    "o\n";

enum probe_kind { OF_RAISE, OF_THROW, OF_BREAK, OF_RETURN };

struct probe_case {
    const char *method;
    enum probe_kind kind;
};

static const struct probe_case END_CASES[] = {
    {"ct_pass", OF_RAISE},   {"ct_pass", OF_THROW},      {"ct_hold", OF_RAISE},
    {"ct_hold", OF_THROW},   {"ct_break", OF_BREAK},     {"ct_return", OF_RETURN},
    {"ct_made", OF_RAISE},   {"ct_made", OF_THROW},      {"ct_body", OF_RAISE},
    {"ct_body", OF_THROW},   {"ct_body_hold", OF_RAISE}, {"ct_body_hold", OF_THROW},
};
static const struct probe_case C_END_CASES[] = {
    {"ct_pass", OF_RAISE},  {"ct_pass", OF_THROW},    {"ct_hold", OF_RAISE}, {"ct_hold", OF_THROW},
    {"ct_break", OF_BREAK}, {"ct_return", OF_RETURN}, {"ct_leap", OF_RAISE}, {"ct_leap", OF_THROW},
};

/* One search. The C functions that jump find it by the object they are called on. */
struct search {
    VALUE object;
    VALUE wanted; /* of the present case: what is raised, thrown, given back */
    const struct probe_case *now;
    enum rec_hook_event which;
    bool is_cause[WORD_COUNT], is_argument[WORD_COUNT];
    int event_count;
    bool has_begun_body; /* a body of `class <<` was told of */
    bool has_failed;
};

/* ---- what the hook sees ---- */

static bool
is_wanted(const struct search *search, VALUE word)
{
    static const int states[] = {0, REC_STATE_THROW, REC_STATE_BREAK, REC_STATE_RETURN};
    struct rec_jump_data data;
    if (search->now->kind == OF_RAISE)
        return word == search->wanted;
    return rec_jump_data_get(word, &data) &&
           rec_jump_data_is(&data, states[search->now->kind], search->wanted);
}

/* Threads of the program may have events meanwhile. */
static bool
is_probed(const struct search *search, const struct rec_trace_arg *event)
{
    if (search->which == REC_HOOK_C_END)
        return event->self == search->object && event->cfp->pc == NULL;
    return event->self == search->object || event->event == RUBY_EVENT_END ||
           event->event == RUBY_EVENT_CLASS;
}

static void
observe_end(VALUE tpval, void *context)
{
    struct search *search = context;
    const VALUE *frame = rec_hook_frame();
    const struct rec_trace_arg *event =
        (const struct rec_trace_arg *)rb_tracearg_from_tracepoint(tpval);
    VALUE words[WORD_COUNT];
    if (search->now == NULL || event->event == RUBY_EVENT_CALL || !is_probed(search, event))
        return;
    search->has_begun_body |= event->event == RUBY_EVENT_CLASS;
    if (event->event == RUBY_EVENT_CLASS)
        return;
    search->event_count++;
    if (!rec_own_memory_get(frame, words, sizeof words)) {
        search->has_failed = true;
        return;
    }
    for (size_t i = 0; i < WORD_COUNT; i++) {
        search->is_cause[i] = search->is_cause[i] && is_wanted(search, words[i]);
        search->is_argument[i] = search->is_argument[i] && words[i] == (VALUE)event;
    }
}

/* ---- what jumps ---- */

static VALUE
jump(const struct search *search)
{
    if (search->now->kind == OF_RAISE)
        rb_exc_raise(search->wanted);
    rb_throw_obj(search->wanted, Qnil);
    return Qnil;
}

static VALUE
jump_away(RB_BLOCK_CALL_FUNC_ARGLIST(value, context))
{
    (void)value;
    return jump((const struct search *)context);
}

/* Its search is kept, as an Integer, by the object or class that it is a method of. */
static VALUE
ct_jump(VALUE self)
{
    return jump((const struct search *)NUM2ULL(rb_ivar_get(self, rb_intern("ct_search"))));
}

static VALUE
ct_call(VALUE self)
{
    return rb_yield(self);
}

static void
define_jump(VALUE object, const struct search *search)
{
    rb_ivar_set(object, rb_intern("ct_search"), ULL2NUM((unsigned long long)search));
    rb_define_singleton_method(object, "ct_jump", ct_jump, 0);
}

/* ---- the cases ---- */

static VALUE
call_probe(VALUE context)
{
    const struct search *search = (const struct search *)context;
    ID method = rb_intern(search->now->method);
    return rb_block_call(search->object, method, 1, &search->wanted, jump_away, context);
}

static VALUE
call_probe_in_catch(RB_BLOCK_CALL_FUNC_ARGLIST(tag, context))
{
    (void)tag;
    return call_probe(context);
}

static void
run_case(struct search *search, const struct probe_case *probe)
{
    VALUE before = rb_errinfo();
    int state = 0, count = search->event_count;
    VALUE wanted = rb_obj_alloc(probe->kind == OF_RAISE ? rb_eStandardError : rb_cObject);
    define_jump(rb_singleton_class(wanted), search);
    search->wanted = wanted;
    search->now = probe;
    if (probe->kind == OF_THROW)
        rb_catch_obj(wanted, call_probe_in_catch, (VALUE)search);
    else
        rb_protect(call_probe, (VALUE)search, &state);
    search->now = NULL;
    search->has_failed |= search->event_count == count;
    rb_set_errinfo(before);
    RB_GC_GUARD(wanted);
}

static VALUE
run_cases(RB_BLOCK_CALL_FUNC_ARGLIST(value, context))
{
    struct search *search = (struct search *)context;
    bool is_end = search->which == REC_HOOK_END;
    const struct probe_case *cases = is_end ? END_CASES : C_END_CASES;
    size_t count = is_end ? sizeof END_CASES / sizeof cases[0]
                          : sizeof C_END_CASES / sizeof cases[0];
    for (size_t i = 0; i < count; i++)
        run_case(search, &cases[i]);
    (void)value;
    return Qnil;
}

/* ---- the hooks on them ---- */

/* Blocks tell their ends to a hook on their own code, and a body of `class <<` its beginning, if it
 * tells it: without any event of its own to listen to, a method cannot be listened to. */
static VALUE
listen_to(struct search *search, const char *method)
{
    const rb_event_flag_t events = RUBY_EVENT_B_RETURN | RUBY_EVENT_CALL | RUBY_EVENT_CLASS;
    VALUE tracepoint = rb_tracepoint_new(Qnil, events, observe_end, search);
    rec_tracepoint_target(tracepoint, rec_probe_iseqw(search->object, method));
    return tracepoint;
}

static void
run_under_hooks(const struct rec_vm_layout *layout, struct search *search)
{
    static const char *const observed[] = {"ct_pass", "ct_hold", "ct_break", "ct_return",
                                           "ct_made", "ct_body"};
    VALUE tracepoints[sizeof observed / sizeof observed[0]];
    size_t count = search->which == REC_HOOK_END ? sizeof observed / sizeof observed[0] : 0;
    rb_event_flag_t events = count > 0 ? RUBY_EVENT_END : RUBY_EVENT_C_RETURN;
    for (size_t i = 0; i < count; i++)
        tracepoints[i] = listen_to(search, observed[i]);
    VALUE all = rb_tracepoint_new(Qnil, events, observe_end, search);
    if (count > 0)
        rec_tracepoint_enable_aside(layout, all);
    else
        rb_tracepoint_enable(all);
    run_cases(Qnil, (VALUE)search, 0, NULL, Qnil);
    VALUE fiber = rb_fiber_new(run_cases, (VALUE)search); /* at another depth of the C stack */
    rb_fiber_resume(fiber, 0, NULL);
    rb_tracepoint_disable(all);
    for (size_t i = 0; i < count; i++)
        rec_tracepoint_untarget(tracepoints[i]);
}

/* The outermost of the places; 0: there is none. */
static int
find_place(const bool *is_place)
{
    for (int i = WORD_COUNT - 1; i > 0; i--) {
        if (is_place[i])
            return i;
    }
    return 0;
}

void
rec_hook_cause_search(struct rec_vm_layout *layout, enum rec_hook_event which)
{
    struct search search = {.object = rec_probe_eval(PROBE_SOURCE), .which = which};
    for (size_t i = 0; i < WORD_COUNT; i++)
        search.is_cause[i] = search.is_argument[i] = true;
    define_jump(search.object, &search);
    rb_define_singleton_method(search.object, "ct_call", ct_call, 0);
    run_under_hooks(layout, &search);
    int argument = find_place(search.is_argument), cause = find_place(search.is_cause);
    if (!search.has_failed && argument != 0)
        layout->hook_places[which] = (struct rec_hook_places){argument, cause};
    if (which == REC_HOOK_END)
        layout->hides_singleton_bodies = !search.has_failed && !search.has_begun_body;
    RB_GC_GUARD(search.object);
}

VALUE
rec_hook_cause(const struct rec_hook_places *places, const struct rec_trace_arg *event,
               const VALUE *frame)
{
    if (places->cause == 0 || frame[places->argument] != (VALUE)event)
        return 0;
    return frame[places->cause];
}
