/* See original_method.h. */
#include "original_method.h"

#include "c_function.h"

#include <ruby/debug.h>

/* The Method objects, and the C functions behind those that hooks call; filled in at load. */
static VALUE originals[REC_ORIGINAL_COUNT];
static VALUE (*functions[REC_ORIGINAL_COUNT])(VALUE receiver);

static struct {
    unsigned count;         /* under the main Ractor's GVL */
    VALUE tracepoint_class; /* TracePoint, never collected */
} targets;

struct origin {
    const char *holder;
    bool is_singleton;
    const char *name;
};

static const struct origin ORIGINS[REC_ORIGINAL_COUNT] = {
    [REC_TRACEPOINT_ENABLE] = {"TracePoint", false, "enable"},
    [REC_TRACEPOINT_INSTRUCTION_SEQUENCE] = {"TracePoint", false, "instruction_sequence"},
    [REC_TRACEPOINT_EVAL_SCRIPT] = {"TracePoint", false, "eval_script"},
    [REC_TRACEPOINT_PARAMETERS] = {"TracePoint", false, "parameters"},
    [REC_ISEQ_COMPILE] = {"RubyVM::InstructionSequence", true, "compile"},
    [REC_ISEQ_OF] = {"RubyVM::InstructionSequence", true, "of"},
    [REC_ISEQ_PATH] = {"RubyVM::InstructionSequence", false, "path"},
    [REC_ISEQ_ABSOLUTE_PATH] = {"RubyVM::InstructionSequence", false, "absolute_path"},
    [REC_ISEQ_FIRST_LINENO] = {"RubyVM::InstructionSequence", false, "first_lineno"},
    [REC_ISEQ_SCRIPT_LINES] = {"RubyVM::InstructionSequence", false, "script_lines"},
    [REC_ISEQ_EACH_CHILD] = {"RubyVM::InstructionSequence", false, "each_child"},
    [REC_VM_KEEP_SCRIPT_LINES] = {"RubyVM", true, "keep_script_lines="},
    [REC_BINDING_LOCAL_VARIABLES] = {"Binding", false, "local_variables"},
    [REC_BINDING_LOCAL_VARIABLE_GET] = {"Binding", false, "local_variable_get"},
    [REC_BINDING_RECEIVER] = {"Binding", false, "receiver"},
    [REC_MODULE_INSTANCE_METHOD] = {"Module", false, "instance_method"},
    [REC_CLASS_ATTACHED_OBJECT] = {"Class", false, "attached_object"},
    [REC_RACTOR_COUNT] = {"Ractor", true, "count"},
    [REC_RACTOR_CURRENT] = {"Ractor", true, "current"},
    [REC_RACTOR_NAME] = {"Ractor", false, "name"},
    [REC_PROC_SOURCE_LOCATION] = {"Proc", false, "source_location"},
    [REC_METHOD_OWNER] = {"Method", false, "owner"},
    [REC_METHOD_NAME] = {"Method", false, "name"},
    [REC_UNBOUND_METHOD_OWNER] = {"UnboundMethod", false, "owner"},
    [REC_UNBOUND_METHOD_NAME] = {"UnboundMethod", false, "name"},
    [REC_THREAD_NAME] = {"Thread", false, "name"},
    [REC_THREAD_ALIVE] = {"Thread", false, "alive?"},
    [REC_THREAD_STATUS] = {"Thread", false, "status"},
    [REC_QUEUE_SIZE] = {"Thread::Queue", false, "size"},
    [REC_SIZED_QUEUE_SIZE] = {"Thread::SizedQueue", false, "size"},
    [REC_RANDOM_SEED] = {"Random", false, "seed"},
};

static VALUE
look_up(const struct origin *origin)
{
    VALUE name = ID2SYM(rb_intern(origin->name));
    if (strcmp(origin->holder, "Ractor") == 0 && !rb_const_defined(rb_cObject, rb_intern("Ractor")))
        return Qnil;
    VALUE holder = rb_path2class(origin->holder);
    if (origin->is_singleton)
        holder = rb_singleton_class(holder);
    if (!rb_method_boundp(holder, SYM2ID(name), 0))
        return Qnil;
    VALUE unbound = rb_funcall(holder, rb_intern("instance_method"), 1, name);
    VALUE method = rb_obj_method(unbound, ID2SYM(rb_intern("bind_call")));
    rb_gc_register_mark_object(method);
    return method;
}

/* What rec_original_try calls: methods of instances, without arguments on all Rubies. */
static void
look_up_functions(void)
{
    struct rec_c_function_path path;
    if (!rec_c_function_path_find(&path))
        return;
    for (int i = REC_FIRST_TRIED; i < REC_ORIGINAL_COUNT; i++) {
        if (!NIL_P(originals[i]))
            *(void **)&functions[i] = rec_c_function_find(&path, rb_path2class(ORIGINS[i].holder),
                                                          ORIGINS[i].name);
    }
}

void
rec_originals_init(void)
{
    if (originals[0] != 0)
        return; /* the extension is loaded again, after a recorded program began to run */
    for (int i = 0; i < REC_ORIGINAL_COUNT; i++)
        originals[i] = look_up(&ORIGINS[i]);
    look_up_functions();
    targets.tracepoint_class = rb_path2class("TracePoint");
    rb_gc_register_mark_object(targets.tracepoint_class);
}

bool
rec_original_exists(enum rec_original method)
{
    return !NIL_P(originals[method]);
}

/* Never rb_method_call: a hook runs on the program's frame, whose block that would pass on. */
VALUE
rec_original_call(enum rec_original method, VALUE receiver)
{
    return rec_original_call_block(method, receiver, Qnil);
}

VALUE
rec_original_call_with(enum rec_original method, VALUE receiver, VALUE argument)
{
    VALUE words[] = {receiver, argument};
    return rb_method_call_with_block(2, words, originals[method], Qnil);
}

struct attempt {
    enum rec_original method;
    VALUE receiver;
};

static VALUE
make_attempt(VALUE context)
{
    const struct attempt *attempt = (const struct attempt *)context;
    return functions[attempt->method](attempt->receiver);
}

VALUE
rec_original_try(enum rec_original method, VALUE receiver)
{
    struct attempt attempt = {.method = method, .receiver = receiver};
    int state = 0;
    VALUE error = rb_errinfo();
    if (functions[method] == NULL)
        return Qundef;
    VALUE result = rb_protect(make_attempt, (VALUE)&attempt, &state);
    if (state == 0)
        return result;
    rb_set_errinfo(error);
    return Qundef;
}

VALUE
rec_thread_name(VALUE thread)
{
    return functions[REC_THREAD_NAME] == NULL ? Qnil : functions[REC_THREAD_NAME](thread);
}

/* At the end of the process Ruby 2.7 runs finalizers when threads that are over were freed. */
static bool
is_thread(VALUE object)
{
    return RB_TYPE_P(object, T_DATA) && RTYPEDDATA_P(object) &&
           RTYPEDDATA_TYPE(object) == RTYPEDDATA_TYPE(rb_thread_current());
}

/* Ruby 3.1 says that one is not alive which has its value and closes its scheduler; the status of
 * one that is alive would be a new String. */
bool
rec_thread_is_dead(VALUE thread)
{
    if (!is_thread(thread))
        return true;
    return functions[REC_THREAD_ALIVE] != NULL && functions[REC_THREAD_STATUS] != NULL &&
           !RTEST(functions[REC_THREAD_ALIVE](thread)) &&
           !RTEST(functions[REC_THREAD_STATUS](thread));
}

VALUE
rec_original_call_block(enum rec_original method, VALUE receiver, VALUE proc)
{
    return rb_method_call_with_block(1, &receiver, originals[method], proc);
}

VALUE
rec_tracepoint_ask(enum rec_original method, VALUE tracepoint)
{
    bool was_hidden = RBASIC_CLASS(tracepoint) == 0;
    rb_obj_reveal(tracepoint, targets.tracepoint_class);
    VALUE answer = rec_original_call(method, tracepoint);
    if (was_hidden)
        rb_obj_hide(tracepoint);
    return answer;
}

void
rec_tracepoint_target(VALUE tracepoint, VALUE target)
{
    VALUE keywords = rb_hash_new();
    VALUE words[] = {tracepoint, keywords};
    rb_hash_aset(keywords, ID2SYM(rb_intern("target")), target);
    rb_obj_reveal(tracepoint, targets.tracepoint_class);
    rb_method_call_with_block_kw(2, words, originals[REC_TRACEPOINT_ENABLE], Qnil,
                                 RB_PASS_KEYWORDS);
    targets.count++;
    rb_obj_hide(tracepoint);
}

void
rec_tracepoint_untarget(VALUE tracepoint)
{
    bool was_on = RTEST(rb_tracepoint_enabled_p(tracepoint));
    rb_tracepoint_disable(tracepoint);
    targets.count -= was_on;
}

const unsigned *
rec_target_count(void)
{
    return &targets.count;
}
