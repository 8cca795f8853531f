/* See jump_cause.h. What is on its way is an exception, a small Integer (its thread ends) or an
 * object of the VM's own, `struct rec_jump_data`. */
#include "jump_cause.h"

#include "hook_cause.h"
#include "jump_data.h"
#include "original_method.h"
#include "recorder.h"

#define WORDS_BELOW  96 /* of the C stack searched, below the argument */
#define WORDS_ABOVE  64
#define WORD_COUNT   (WORDS_BELOW + WORDS_ABOVE)
#define FIBER_KILLED 2 /* RUBY_FATAL_FIBER_KILLED of Ruby 3.3 */

/* Calls no method but its own: a program may have replaced any. What raises and throws is C. */
static const char PROBE_SOURCE[] = "o = Object.new\n"
                                   "def o.ct_pass(v); yield; end\n"
                                   "def o.ct_hold(v); yield; ensure; ct_held = 1; end\n"
                                   "def o.ct_call; yield; end\n"
                                   "def o.ct_land(v); ct_call { return v }; end\n"
                                   "def o.ct_land_called(v); ct_land(v); end\n"
                                   "def o.ct_break(v, &b); ct_pass(v) { break v }; end\n"
                                   "def o.ct_return(v, &b); ct_pass(v) { return v }; end\n"
                                   "o\n";

enum probe_kind { OF_RAISE, OF_THROW, OF_BREAK, OF_RETURN, OF_LANDING, OF_FINISHED };

struct probe_case {
    const char *method;
    enum probe_kind kind;
};

static const struct probe_case CASES[] = {
    {"ct_pass", OF_RAISE},  {"ct_hold", OF_RAISE},    {"ct_pass", OF_THROW},
    {"ct_hold", OF_THROW},  {"ct_break", OF_BREAK},   {"ct_return", OF_RETURN},
    {"ct_land", OF_FINISHED}, {"ct_land_called", OF_LANDING},
};
#define CASE_COUNT (sizeof CASES / sizeof CASES[0])

struct search {
    enum probe_kind kind;
    VALUE wanted;
    bool is_possible[WORD_COUNT];
    VALUE jump_flags[OF_FINISHED + 1];
    VALUE frame_flags[OF_FINISHED + 1];
    int event_count;
    bool has_failed;
};

/* Whether the word is what the probe of this kind has on its way. */
static bool
is_wanted(const struct search *search, VALUE word, struct rec_jump_data *out_data)
{
    static const int states[] = {0,
                                 REC_STATE_THROW,
                                 REC_STATE_BREAK,
                                 REC_STATE_RETURN,
                                 REC_STATE_BREAK,
                                 REC_STATE_RETURN};
    *out_data = (struct rec_jump_data){.flags = 0};
    if (search->kind == OF_RAISE)
        return word == search->wanted;
    return rec_jump_data_get(word, out_data) &&
           rec_jump_data_is(out_data, states[search->kind], search->wanted);
}

static void
observe_end(VALUE tpval, void *context)
{
    struct search *search = context;
    const char *arg = (const char *)rb_tracearg_from_tracepoint(tpval);
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    VALUE words[WORD_COUNT];
    search->event_count++;
    if (!rec_own_memory_get(arg - WORDS_BELOW * sizeof(VALUE), words, sizeof words)) {
        search->has_failed = true;
        return;
    }
    for (size_t i = 0; i < WORD_COUNT; i++) {
        struct rec_jump_data data;
        search->is_possible[i] = search->is_possible[i] && is_wanted(search, words[i], &data);
        if (search->is_possible[i])
            search->jump_flags[search->kind] = data.flags;
    }
    search->frame_flags[search->kind] = head->cfp->ep[0];
}

static VALUE
make_wanted(enum probe_kind kind)
{
    return rb_obj_alloc(kind == OF_RAISE ? rb_eStandardError : rb_cObject);
}

static VALUE
begin_observing(VALUE object, const char *method, struct search *search)
{
    VALUE tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_RETURN, observe_end, search);
    rec_tracepoint_target(tracepoint, rec_probe_iseqw(object, method));
    return tracepoint;
}

struct probe_run {
    VALUE object;
    struct search *search;
    const char *method; /* of the present case */
};

static VALUE
jump_away(RB_BLOCK_CALL_FUNC_ARGLIST(value, context))
{
    const struct search *search = (const struct search *)context;
    if (search->kind == OF_RAISE)
        rb_exc_raise(search->wanted);
    rb_throw_obj(search->wanted, Qnil);
    (void)value;
    return Qnil;
}

static VALUE
call_probe(VALUE context)
{
    const struct probe_run *run = (const struct probe_run *)context;
    struct search *search = run->search;
    ID method = rb_intern(run->method);
    if (search->kind != OF_RAISE && search->kind != OF_THROW)
        return rb_funcall(run->object, method, 1, search->wanted);
    return rb_block_call(run->object, method, 1, &search->wanted, jump_away, (VALUE)search);
}

static VALUE
call_probe_in_catch(RB_BLOCK_CALL_FUNC_ARGLIST(tag, context))
{
    (void)tag;
    return call_probe(context);
}

static void
run_case(struct probe_run *run)
{
    VALUE before = rb_errinfo();
    int state = 0;
    if (run->search->kind == OF_THROW)
        rb_catch_obj(run->search->wanted, call_probe_in_catch, (VALUE)run);
    else
        rb_protect(call_probe, (VALUE)run, &state);
    rb_set_errinfo(before);
}

/* In a fiber the same, at another depth of the C stack. */
static VALUE
run_cases(RB_BLOCK_CALL_FUNC_ARGLIST(value, context))
{
    struct probe_run *run = (struct probe_run *)context;
    struct search *search = run->search;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        int before = search->event_count;
        VALUE wanted = make_wanted(CASES[i].kind);
        search->kind = CASES[i].kind;
        search->wanted = wanted;
        run->method = CASES[i].method;
        run_case(run);
        search->has_failed |= search->event_count != before + 1;
        RB_GC_GUARD(wanted);
    }
    (void)value;
    return Qnil;
}

static void
run_search(VALUE object, struct search *search)
{
    static const char *const observed[] = {"ct_pass", "ct_hold", "ct_land"};
    struct probe_run run = {.object = object, .search = search};
    VALUE tracepoints[3];
    for (size_t i = 0; i < 3; i++)
        tracepoints[i] = begin_observing(object, observed[i], search);
    run_cases(Qnil, (VALUE)&run, 0, NULL, Qnil);
    VALUE fiber = rb_fiber_new(run_cases, (VALUE)&run);
    rb_fiber_resume(fiber, 0, NULL);
    for (size_t i = 0; i < 3; i++)
        rec_tracepoint_untarget(tracepoints[i]);
}

/* The only bit that `with` has and `without` has not; else 0. */
static VALUE
single_bit(VALUE with, VALUE without)
{
    VALUE bits = with & ~without;
    return (bits & (bits - 1)) == 0 ? bits : 0;
}

void
rec_jump_search(struct rec_vm_layout *layout)
{
    struct search search = {.has_failed = false};
    for (size_t i = 0; i < WORD_COUNT; i++)
        search.is_possible[i] = true;
    VALUE object = rec_probe_eval(PROBE_SOURCE);
    run_search(object, &search);
    if (search.has_failed)
        return;
    layout->jump_passed_flag =
        single_bit(search.jump_flags[OF_BREAK], search.jump_flags[OF_LANDING]);
    layout->frame_finish_flag =
        single_bit(search.frame_flags[OF_FINISHED], search.frame_flags[OF_LANDING]);
    if (layout->jump_passed_flag == 0 || layout->frame_finish_flag == 0)
        return;
    /* The outermost places are those of the function that unwinds. */
    for (size_t i = WORD_COUNT; i-- > 0 && layout->jump_place_count < REC_JUMP_PLACE_COUNT;) {
        if (search.is_possible[i])
            layout->jump_places[layout->jump_place_count++] = (int)i - WORDS_BELOW;
    }
}

/* The word that all places hold, 0 when they do not agree. */
static VALUE
cause_word(const struct rec_vm_layout *layout, const struct rec_trace_arg *event)
{
    const VALUE *words = (const VALUE *)event;
    if (layout->jump_place_count < REC_JUMP_PLACE_COUNT)
        return 0;
    for (int i = 1; i < REC_JUMP_PLACE_COUNT; i++) {
        if (words[layout->jump_places[i]] != words[layout->jump_places[0]])
            return 0;
    }
    return words[layout->jump_places[0]];
}

static bool
is_finished(const struct rec_vm_layout *layout, const struct rec_trace_arg *event)
{
    return (event->cfp->ep[0] & layout->frame_finish_flag) != 0;
}

/* When `return` in a block has reached its method, the VM goes on with a break to the next frame;
 * or, in a frame that C code waits for, with a return to it. A break has passed its own block by
 * then, or ends that block, to go on further out. */
static enum rec_jump_kind
kind_of_jump(const struct rec_vm_layout *layout, const struct rec_trace_arg *event,
             const struct rec_jump_data *data)
{
    const void *next = (const char *)event->cfp + layout->frame_size;
    if (data->state == REC_STATE_THROW)
        return REC_JUMP_THROW;
    if (data->state == REC_STATE_BREAK)
        return (data->flags & layout->jump_passed_flag) != 0 || data->target != next
                   ? REC_JUMP_BREAK
                   : REC_JUMP_RETURN_HERE;
    if (data->state == REC_STATE_RETURN)
        return data->target == next && is_finished(layout, event) ? REC_JUMP_RETURN_HERE
                                                                  : REC_JUMP_RETURN;
    return REC_JUMP_UNKNOWN;
}

/* The same of a C function, in which nothing lands: who catches a throw returns in order. */
static enum rec_jump_kind
kind_in_c(const struct rec_jump_data *data)
{
    switch (data->state) {
    case REC_STATE_THROW:
        return REC_JUMP_THROW;
    case REC_STATE_BREAK:
        return REC_JUMP_BREAK;
    case REC_STATE_RETURN:
        return REC_JUMP_RETURN;
    default:
        return REC_JUMP_UNKNOWN;
    }
}

/* Whether the word, at which `data` was read, is an exception. Before its first two words look like
 * an object's of a class it may be anything. */
static bool
is_exception(VALUE word, const struct rec_jump_data *data)
{
    VALUE type = data->flags & RUBY_T_MASK, klass = data->reserved, klass_flags;
    if ((type != T_OBJECT && type != T_DATA) || RB_SPECIAL_CONST_P(klass) ||
        klass % sizeof(VALUE) != 0 ||
        !rec_own_memory_get((const void *)klass, &klass_flags, sizeof klass_flags) ||
        (klass_flags & RUBY_T_MASK) != T_CLASS)
        return false;
    return RTEST(rb_obj_is_kind_of(word, rb_eException));
}

void
rec_jump_note_exception(struct recorder *recorder, VALUE exception)
{
    recorder->seen_exception = (struct rec_seen_exception){
        .object = exception, .epoch = recorder->identities.epoch, .gc_count = rb_gc_count()};
}

/* Collections beside Ractors are told of late. */
static bool
is_seen_exception(const struct recorder *recorder, VALUE word)
{
    const struct rec_seen_exception *seen = &recorder->seen_exception;
    return seen->object == word && seen->epoch == recorder->identities.epoch &&
           seen->gc_count == rb_gc_count() && !recorder->has_ractors && !rec_is_lane(recorder);
}

static struct rec_jump
jump_of(struct recorder *recorder, const struct rec_trace_arg *event, VALUE word)
{
    struct rec_jump jump = {.kind = REC_JUMP_UNKNOWN, .object = Qnil};
    struct rec_jump_data data;
    if (FIXNUM_P(word)) {
        jump.kind = FIX2LONG(word) == FIBER_KILLED ? REC_JUMP_FIBER_END : REC_JUMP_THREAD_END;
        return jump;
    }
    if (word == 0)
        return jump;
    if (is_seen_exception(recorder, word))
        return (struct rec_jump){.kind = REC_JUMP_EXCEPTION, .object = word};
    if (!rec_jump_data_get(word, &data))
        return jump;
    if ((data.flags & REC_TYPE_MASK) == REC_IMEMO_TYPE) {
        jump.kind = event->cfp->pc == NULL ? kind_in_c(&data)
                                           : kind_of_jump(&recorder->layout, event, &data);
        jump.object = data.object;
    } else if (is_exception(word, &data)) {
        rec_jump_note_exception(recorder, word);
        jump.kind = REC_JUMP_EXCEPTION;
        jump.object = word;
    }
    return jump;
}

/* What a hook's own frame tells of it. */
static struct rec_jump
jump_of_hook(struct recorder *recorder, enum rec_hook_event which,
             const struct rec_trace_arg *event, const VALUE *frame)
{
    const struct rec_hook_places *places = &recorder->layout.hook_places[which];
    return jump_of(recorder, event, rec_hook_cause(places, event, frame));
}

struct rec_jump
rec_jump_find(struct recorder *recorder, const struct rec_trace_arg *event, const VALUE *frame)
{
    struct rec_jump jump = jump_of(recorder, event, cause_word(&recorder->layout, event));
    return jump.kind != REC_JUMP_UNKNOWN ? jump
                                         : jump_of_hook(recorder, REC_HOOK_END, event, frame);
}

struct rec_jump
rec_jump_find_in_c(struct recorder *recorder, const struct rec_trace_arg *event,
                   const VALUE *frame)
{
    return jump_of_hook(recorder, REC_HOOK_C_END, event, frame);
}
