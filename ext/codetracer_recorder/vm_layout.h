/* What the extension knows of the VM's insides, and how it made sure.
 *
 * Used by every file that looks at a control frame. At load rec_vm_layout_check runs probe methods
 * and finds each offset by known names and values; unless all of it holds, `frames_readable` stays
 * false and capture goes through bindings. Nothing here is compiled in per Ruby version. */
#ifndef REC_VM_LAYOUT_H
#define REC_VM_LAYOUT_H

#include "hash_layout.h"
#include "hook_cause.h"

#include <ruby/ruby.h>
#include <ruby/debug.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The head of rb_trace_arg_t, as it has been from 2.x to 3.4; checked by the probe. */
struct rec_trace_arg {
    rb_event_flag_t event;
    void *ec;
    const struct rec_control_frame *cfp;
    VALUE self;
    ID id;
    ID called_id;
    VALUE klass;
    VALUE data;
};

/* The head of rb_control_frame_t. Newer frames have lower addresses. */
struct rec_control_frame {
    const VALUE *pc;
    VALUE *sp;
    const void *iseq;
    VALUE self;
    const VALUE *ep;
};

/* The head of rb_execution_context_t. */
struct rec_execution_context {
    VALUE *vm_stack;
    size_t vm_stack_size; /* words */
    const struct rec_control_frame *cfp; /* the newest; line_shortcut.c makes sure */
};

/* The first words of an iseq's body that all versions share. */
struct rec_iseq_body_head {
    uint32_t type;
    uint32_t encoded_size; /* words */
    const VALUE *encoded;
};

enum rec_iseq_type { /* order of enum rb_iseq_type, 2.7 to 3.4 */
                     REC_ISEQ_TOP = 0,
                     REC_ISEQ_METHOD = 1,
                     REC_ISEQ_BLOCK = 2,
                     REC_ISEQ_CLASS = 3,
                     REC_ISEQ_RESCUE = 4,
                     REC_ISEQ_ENSURE = 5,
                     REC_ISEQ_EVAL = 6,
                     REC_ISEQ_MAIN = 7
};

#define REC_JUMP_PLACE_COUNT 2 /* where the cause of an unwinding stands; they have to agree */

struct rec_vm_layout {
    bool frames_readable;         /* the self-check held */
    const char *refusal;          /* why not; static text */
    size_t frame_size;            /* bytes of a control frame */
    size_t body_local_table;      /* byte offset in the body of `const ID *` */
    size_t body_local_table_size; /* byte offset of `unsigned int` */
    size_t body_parent_iseq;      /* byte offset of `const rb_iseq_t *` */
    size_t body_last_line;        /* byte offset of the `int` of its `end`; 0: unknown */
    size_t ec_trace_arg;          /* byte offset in the ec of the event's argument; 0: unknown */
    VALUE block_flag; /* bit of ep[0]: the &block parameter's variable holds its value */
    VALUE method_block_flag; /* bit of ep[0]: this block runs as a method; 0: cannot be told */
    VALUE leave_word; /* pc[-1] in the RETURN hook of a method that returns in order */

    struct rec_hash_layout hashes;

    /* jump_cause.c's; the places count in words from the event's argument */
    int jump_place_count; /* less than all: unknown */
    int jump_places[REC_JUMP_PLACE_COUNT];
    VALUE jump_passed_flag;  /* bit of a break that has left its block */
    VALUE frame_finish_flag; /* bit of ep[0]: C code waits for the frame */
    struct rec_hook_places hook_places[REC_HOOK_EVENT_COUNT]; /* hook_cause.c's */
    bool c_ends_searched;
    bool hides_singleton_bodies; /* Ruby 3.4: `class << self` has no event of its own */

    bool arguments_readable; /* call_site.c's: those of a call into C */

    bool ec_readable;             /* rec_current_ec works */
    ptrdiff_t ec_offset;          /* from the thread pointer to libruby's current ec */
    const void *const *ec_global; /* Ruby 2.7 keeps it in a plain variable instead; else NULL */

    bool time_readable;       /* a Time's first word is its nanoseconds since 1970 */
    bool enumerator_readable; /* an Enumerator's first words are its receiver and method */

    const void *(*iseqw_to_iseq)(VALUE iseqw);
    unsigned int (*iseq_line_no)(const void *iseq, size_t position);
    rb_event_flag_t (*iseq_event_flags)(const void *iseq, size_t position);
    const rb_event_flag_t *global_events; /* that hooks on all code listen to now */
    rb_event_flag_t *events_ever; /* that hooks on all code have listened to; see class_ends.c */
    const unsigned *target_count;         /* TracePoints that are targeted; these may be NULL */
    VALUE (*iseq_parameters)(const void *iseq, int is_proc);
    VALUE (*iseq_first_lineno)(const void *iseq);
    VALUE (*iseq_path)(const void *iseq);
    VALUE (*iseq_realpath)(const void *iseq); /* may be NULL, for loaded_code.c alone */
    VALUE (*iseq_disasm)(const void *iseq);   /* may be NULL, for handler_block.c alone */
    int (*object_marked)(VALUE object);       /* rb_objspace_marked_object_p or NULL */
    const void *const *single_main_ractor;    /* &ruby_single_main_ractor or NULL */
    bool (*multi_ractor)(void);               /* rb_gc_multi_ractor_p (3.4) or NULL */
};

/* Fills `out_layout`. Runs Ruby code (the probe methods), so only at load. `forced_refusal` makes
 * the check fail on purpose (tests). Never raises. */
void rec_vm_layout_check(struct rec_vm_layout *out_layout, bool forced_refusal);

/* Finds the arguments of calls into C and what tells how they ended, once: for recordings that show
 * them. To look at a call into C makes all code slower for good that is loaded then. As above. */
void rec_vm_layout_check_c_calls(struct rec_vm_layout *layout);

/* Evaluates a probe's text without a word about it: under -w its locals would be called unused. */
VALUE rec_probe_eval(const char *source);

/* The code of such an object's method, wrapped. */
VALUE rec_probe_iseqw(VALUE object, const char *method);

static inline const struct rec_iseq_body_head *
rec_iseq_body(const void *iseq)
{
    return ((const struct rec_iseq_body_head *const *)iseq)[2];
}

/* The exception that the rescue or ensure handles whose frame this is: `$!` is its only variable of
 * its own. Qnil: another frame, or no exception. Frames have to be readable. */
static inline VALUE
rec_clause_exception(const struct rec_control_frame *cfp)
{
    uint32_t type = cfp->iseq == NULL || cfp->pc == NULL ? 0 : rec_iseq_body(cfp->iseq)->type;
    VALUE value = type == REC_ISEQ_RESCUE || type == REC_ISEQ_ENSURE ? cfp->ep[-3] : Qnil;
    return RB_SPECIAL_CONST_P(value) || !RB_TYPE_P(value, T_OBJECT) ? Qnil : value;
}

/* What pthread_self() points to; where that is known to be this register, without a call. hot */
static inline const char *
rec_thread_pointer(void)
{
#ifdef __x86_64__
    const char *pointer;
    __asm__("movq %%fs:0, %0" : "=r"(pointer));
    return pointer;
#else
    return (const char *)pthread_self();
#endif
}

/* The execution context that runs now, outside of an event; NULL when it cannot be told. hot */
static inline const void *
rec_current_ec(const struct rec_vm_layout *layout)
{
    if (!layout->ec_readable)
        return NULL;
    if (layout->ec_global != NULL)
        return *layout->ec_global;
    return *(const void *const *)(rec_thread_pointer() + layout->ec_offset);
}

/* The argument of the event whose hook runs now; quicker than through the TracePoint object, which
 * is checked at each call. hot */
static inline rb_trace_arg_t *
rec_current_trace_arg(const struct rec_vm_layout *layout, VALUE tpval)
{
    if (__builtin_expect(layout->ec_trace_arg == 0, 0))
        return rb_tracearg_from_tracepoint(tpval);
    const char *ec = rec_current_ec(layout);
    return *(rb_trace_arg_t *const *)(ec + layout->ec_trace_arg);
}

/* How many words ROBJECT_IVPTR points to: of a plain object whose variables are kept as words. */
#ifdef ROBJECT_NUMIV
#define rec_object_word_count(object) ((size_t)ROBJECT_NUMIV(object)) /* unset ones included */
#else
#define rec_object_word_count(object) ((size_t)rb_ivar_count(object))
#endif

/* The elements of an array, without moving them to other memory as RARRAY_CONST_PTR does where
 * arrays have a transient heap. */
#ifdef RARRAY_CONST_PTR_TRANSIENT
#define rec_array_words(array) RARRAY_CONST_PTR_TRANSIENT(array)
#else
#define rec_array_words(array) RARRAY_CONST_PTR(array)
#endif

/* The C struct behind a typed data object; from Ruby 3.3 on it may be embedded in the object. */
#ifdef HAVE_RTYPEDDATA_GET_DATA
#define rec_typed_data(object) RTYPEDDATA_GET_DATA(object)
#else
#define rec_typed_data(object) RTYPEDDATA_DATA(object)
#endif

/* The value of a method's &block parameter. Until the program uses it the VM keeps only a handler
 * in ep[-1]; `marker` then stands for a block that is no object yet. `ep` is the method's own. */
static inline VALUE
rec_block_value(const struct rec_vm_layout *layout, const VALUE *ep, VALUE variable, VALUE marker)
{
    VALUE handler = ep[-1];
    if (layout->block_flag == 0 || (ep[0] & layout->block_flag) != 0)
        return variable;
    if (handler == 0)
        return Qnil;
    return (handler & 3) == 0 && !RB_SPECIAL_CONST_P(handler) ? handler : marker;
}

/* The nearest frame at or above `cfp` that runs Ruby code of a file (not C, not <internal:…>), up
 * to `limit`, the oldest frame worth looking at; `limit` when there is none. */
const void *rec_frame_find_ruby(const struct rec_vm_layout *layout, const void *cfp,
                                const void *limit);

/* Whether the frame is that of a block which define_method made a method of. */
static inline bool
rec_frame_is_method_block(const struct rec_vm_layout *layout, const VALUE *ep)
{
    return (ep[0] & layout->method_block_flag) != 0;
}

/* The RETURN hook of a frame that runs its `leave`: the VM points pc one word past the traced
 * instruction. When a frame is unwound pc stands on the instruction after the one that raised. */
static inline bool
rec_frame_leaves(const struct rec_vm_layout *layout, const struct rec_control_frame *cfp)
{
    return cfp->pc[-1] == layout->leave_word;
}

#endif
