/* The hooks that the VM keeps with an iseq, one for each TracePoint that is targeted at it, and
 * what it calls them by.
 *
 * A TracePoint's hook calls one function of the VM, which looks the object up, checks it, and calls
 * the TracePoint's own: a tenth of what a line costs. The hooks of recorded iseqs call a function
 * of ours in its stead (script_event.c), which leaves to the VM's what it does not take. */
#ifndef REC_ISEQ_HOOKS_H
#define REC_ISEQ_HOOKS_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;
struct rec_script;
struct rec_trace_arg;
struct rec_vm_layout;

typedef void (*rec_hook_function)(VALUE tpval, const struct rec_trace_arg *event);

/* rb_event_hook_t, 2.7 to 3.4. */
struct rec_iseq_hook {
    uint32_t flags, events;
    rec_hook_function function;
    VALUE tpval; /* the TracePoint */
    struct rec_iseq_hook *next;
};

struct rec_iseq_hook_list {
    struct rec_iseq_hook *first;
};

#define REC_ISEQ_HOOKS_INDEX 3 /* of an iseq's words: its list, or NULL */

/* What a probe found, once in a process. */
struct rec_iseq_hooks {
    bool is_probed;
    bool are_there; /* where they are known to be, each as above */
    rec_hook_function function; /* the VM's, of every TracePoint; NULL: unknown */
    size_t data_place; /* bytes into a TracePoint's struct: what its function is given */
};

/* Looks for them. Creates Ruby objects; may raise. Frames have to be readable. */
void rec_iseq_hooks_probe(const struct rec_vm_layout *layout, struct rec_iseq_hooks *out_hooks);

/* From now on events of the script's iseq are told to rec_script_raw_event. Nothing, where hooks
 * are not known; nor once there are Ractors, which may be in them. */
void rec_iseq_hooks_shorten(const struct recorder *recorder, const struct rec_script *script,
                            const void *iseq);

#endif
