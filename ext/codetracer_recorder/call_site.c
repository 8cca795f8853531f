/* See call_site.h. A call's operand points to what the VM keeps for it, whose first word is the
 * call as it was compiled: packed into a word, or a pointer to one that holds more. */
#include "call_site.h"

#include "own_memory.h"

#include <ruby/version.h>

#define OPERANDS_MAX 3

/* struct rb_callinfo, 3.0 to 3.4; checked by the probe. */
struct compiled_call {
    VALUE flags;
    const void *keywords;
    VALUE called;
    VALUE call_flags;
    VALUE count;
};

/* Bits of call_flags. Those that tell of a splat, of keywords or `...`: what is on the stack are
 * not as many as the call says. Those of `super`. Ruby 2.7 has the same as 3.0, but keeps its calls
 * otherwise: there the probe fails and no bit is looked at. */
#ifndef RUBY_API_VERSION_MAJOR
#error "the version of Ruby is not known"
#elif RUBY_API_VERSION_MAJOR < 3 || (RUBY_API_VERSION_MAJOR == 3 && RUBY_API_VERSION_MINOR < 3)
#define CALL_INEXACT ((VALUE)(1 << 0 | 1 << 6 | 1 << 7))
#define CALL_SUPER   ((VALUE)(1 << 9 | 1 << 10))
#else
#define CALL_INEXACT ((VALUE)(1 << 0 | 1 << 5 | 1 << 6 | 1 << 13))
#define CALL_SUPER   ((VALUE)(1 << 8 | 1 << 9))
#endif

/* How many arguments the word says that a call of `called` has; -1: it is no such call, or does not
 * say. One of `super` has no name; nor has a `yield`, which may call anything. */
static int
count_of(VALUE word, ID called)
{
    struct compiled_call call = {
        .called = word >> 32, .call_flags = word >> 16 & 0xffff, .count = word >> 1 & 0x7fff};
    if ((word & 1) == 0 && (word == 0 || word % sizeof(VALUE) != 0 ||
                            !rec_own_memory_get((const void *)word, &call, sizeof call)))
        return -1;
    bool is_super = call.called == 0 && (call.call_flags & CALL_SUPER) != 0;
    if ((call.called != called && !is_super) || (call.call_flags & CALL_INEXACT) != 0 ||
        call.keywords != NULL || call.count > REC_CALL_ARGUMENTS_MAX)
        return -1;
    return (int)call.count;
}

uint8_t
rec_call_site_read(const VALUE *pc, size_t word_count, ID called)
{
    for (size_t i = 1; i <= OPERANDS_MAX && i <= word_count; i++) {
        VALUE operand = pc[-(ptrdiff_t)i], word;
        if (operand == 0 || operand % sizeof(VALUE) != 0 ||
            !rec_own_memory_get((const void *)operand, &word, sizeof word))
            continue;
        int count = count_of(word, called);
        if (count >= 0 && count <= REC_CALL_ARGUMENTS_MAX)
            return (uint8_t)(REC_SITE_FIRST + count);
    }
    return REC_SITE_UNTOLD;
}

/* hot */
struct rec_arguments
rec_call_site_arguments(const struct rec_trace_arg *event, uint8_t site)
{
    struct rec_arguments untold = {.are_told = false};
    if (site < REC_SITE_FIRST)
        return untold;
    uint32_t count = site - REC_SITE_FIRST;
    const VALUE *sp = event->cfp->sp, *base = event->cfp->ep + 1;
    if (sp - base > (ptrdiff_t)count && sp[-1 - (ptrdiff_t)count] == event->self)
        return (struct rec_arguments){.are_told = true, .count = count, .words = sp - count};
    /* Of an attribute the VM has taken them off already. */
    if (sp >= base && sp[0] == event->self)
        return (struct rec_arguments){.are_told = true, .count = count, .words = sp + 1};
    return untold;
}

/* ---- the self-check ---- */

static const char PROBE_SOURCE[] = "o = Object.new\n"
                                   "def o.ct_none(f); f.ct_c; end\n"
                                   "def o.ct_itself(f); f.ct_c(f, f); end\n"
                                   "def o.ct_three(f); x = [1, f.ct_c(1000121, f, :b) { }]; end\n"
                                   "o\n";

struct check {
    VALUE receiver;
    VALUE expected[3];
    uint32_t count;
    int event_count, right_count;
};

static VALUE
probed_function(int argc, VALUE *argv, VALUE self)
{
    (void)argc;
    (void)argv;
    return self;
}

static void
observe_call(VALUE tpval, void *context)
{
    struct check *check = context;
    const struct rec_trace_arg *event =
        (const struct rec_trace_arg *)rb_tracearg_from_tracepoint(tpval);
    (void)rb_tracearg_callee_id((rb_trace_arg_t *)event);
    if (event->self != check->receiver)
        return;
    const VALUE *encoded = rec_iseq_body(event->cfp->iseq)->encoded;
    uint8_t site =
        rec_call_site_read(event->cfp->pc, (size_t)(event->cfp->pc - encoded), event->called_id);
    struct rec_arguments arguments = rec_call_site_arguments(event, site);
    bool is_right = arguments.are_told && arguments.count == check->count;
    for (uint32_t i = 0; is_right && i < check->count; i++)
        is_right = arguments.words[i] == check->expected[i];
    check->event_count++;
    check->right_count += is_right;
}

void
rec_call_site_check(struct rec_vm_layout *layout)
{
    VALUE object = rec_probe_eval(PROBE_SOURCE), receiver = rb_obj_alloc(rb_cObject);
    struct check check = {.receiver = receiver, .expected = {receiver, receiver}};
    rb_define_singleton_method(receiver, "ct_c", probed_function, -1);
    VALUE tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_C_CALL, observe_call, &check);
    rb_tracepoint_enable(tracepoint);
    rb_funcall(object, rb_intern("ct_none"), 1, receiver);
    check.count = 2;
    rb_funcall(object, rb_intern("ct_itself"), 1, receiver);
    check.count = 3;
    check.expected[0] = INT2FIX(1000121);
    check.expected[2] = ID2SYM(rb_intern("b"));
    rb_funcall(object, rb_intern("ct_three"), 1, receiver);
    rb_tracepoint_disable(tracepoint);
    layout->arguments_readable = check.event_count == 3 && check.right_count == 3;
    RB_GC_GUARD(receiver);
}
