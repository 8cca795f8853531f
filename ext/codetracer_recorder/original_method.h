/* Methods of Ruby's own, called past whatever the program has since put in their place.
 *
 * Looked up once, when the extension is loaded. A method is kept as the Method object of
 * UnboundMethod#bind_call, so that calling it asks no class of the program's. */
#ifndef REC_ORIGINAL_METHOD_H
#define REC_ORIGINAL_METHOD_H

#include <ruby/ruby.h>

#include <stdbool.h>

enum rec_original {
    REC_TRACEPOINT_ENABLE,
    REC_TRACEPOINT_INSTRUCTION_SEQUENCE,
    REC_TRACEPOINT_EVAL_SCRIPT,
    REC_TRACEPOINT_PARAMETERS,
    REC_ISEQ_COMPILE, /* of the class RubyVM::InstructionSequence */
    REC_ISEQ_OF,      /* the same */
    REC_ISEQ_PATH,
    REC_ISEQ_ABSOLUTE_PATH,
    REC_ISEQ_FIRST_LINENO,
    REC_ISEQ_SCRIPT_LINES, /* Ruby 3.1 */
    REC_ISEQ_EACH_CHILD,
    REC_VM_KEEP_SCRIPT_LINES, /* of the class RubyVM, Ruby 3.1: the setter */
    REC_BINDING_LOCAL_VARIABLES,
    REC_BINDING_LOCAL_VARIABLE_GET,
    REC_BINDING_RECEIVER,
    REC_MODULE_INSTANCE_METHOD,
    REC_RACTOR_COUNT,          /* of the class Ractor, Ruby 3.0 */
    REC_RACTOR_CURRENT,        /* the same */
    REC_RACTOR_NAME,           /* Ruby 3.0 */
    /* asked of values inside of hooks, by rec_original_try */
    REC_FIRST_TRIED,
    REC_CLASS_ATTACHED_OBJECT = REC_FIRST_TRIED, /* Ruby 3.2 */
    REC_PROC_SOURCE_LOCATION,
    REC_METHOD_OWNER,
    REC_METHOD_NAME,
    REC_UNBOUND_METHOD_OWNER,
    REC_UNBOUND_METHOD_NAME,
    REC_THREAD_NAME,
    REC_THREAD_ALIVE,
    REC_THREAD_STATUS,
    REC_QUEUE_SIZE,
    REC_SIZED_QUEUE_SIZE,
    REC_RANDOM_SEED,
    REC_ORIGINAL_COUNT
};

/* Looks all of them up. Runs Ruby code, so only at load. */
void rec_originals_init(void);

/* Whether this Ruby has the method. */
bool rec_original_exists(enum rec_original method);

/* Calls it. May raise, and may let other threads run. */
VALUE rec_original_call(enum rec_original method, VALUE receiver);
VALUE rec_original_call_with(enum rec_original method, VALUE receiver, VALUE argument);
/* The same from inside of a hook, where no other thread may run: the C function itself is called,
 * without the VM's look at interrupts. Undef when it raised or is no C function without arguments;
 * `$!` is kept. */
VALUE rec_original_try(enum rec_original method, VALUE receiver);
/* Of a Thread, which has one or nil; raises nothing. hot */
VALUE rec_thread_name(VALUE thread);
/* Whether a Thread has ended, its fiber scheduler included; raises nothing. */
bool rec_thread_is_dead(VALUE thread);
/* The same with a block. */
VALUE rec_original_call_block(enum rec_original method, VALUE receiver, VALUE proc);

/* tracepoint.enable(target: target) and tracepoint.disable. May raise. From then on the TracePoint
 * is hidden from ObjectSpace: a program that takes off all that it finds there would let our count
 * be wrong. */
void rec_tracepoint_target(VALUE tracepoint, VALUE target);
void rec_tracepoint_untarget(VALUE tracepoint);

/* One of the methods of TracePoint, asked of a hidden one. May raise. */
VALUE rec_tracepoint_ask(enum rec_original method, VALUE tracepoint);

/* How many are on, as the VM counts them: with those that went with their code. */
const unsigned *rec_target_count(void);

#endif
