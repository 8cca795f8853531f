/* The hooks: from the VM's events to capture.
 *
 * One TracePoint listens for compiled scripts; each recorded script gets a TracePoint of its own
 * that is targeted at its iseqs, so code that is not recorded keeps its speed. Exceptions and ended
 * threads are global hooks, which cost nothing per line. A hook never raises and calls no method of
 * the program. */
#ifndef REC_EVENT_HOOK_H
#define REC_EVENT_HOOK_H

#include <ruby/ruby.h>

#include <ruby/debug.h>

struct rec_iseq;
struct rec_script;
struct recorder;
struct rec_control_frame;
struct rec_strand;
struct rec_trace_arg;

/* Creates the global hooks, once for all recordings. May raise. */
void rec_hooks_init_tracepoints(struct recorder *recorder);

/* Enables them; scripts get theirs as they are compiled or found. May raise. */
void rec_hooks_enable(struct recorder *recorder);

/* Disables them and those of all scripts. May raise. */
void rec_hooks_disable(struct recorder *recorder);

/* Those that a pause takes off: what is left are a thread's end and compiled files. */
void rec_hooks_pause(struct recorder *recorder);
/* The same once the scripts' own are on again. */
void rec_hooks_resume(struct recorder *recorder);

/* An event of a recorded script; `hook_frame` is that of its callback (rec_hook_frame). */
void rec_hooks_script_event(struct recorder *recorder, struct rec_script *script, VALUE tpval,
                            const VALUE *hook_frame);

/* TracePoint callback of a block that is listened to; `data` is the struct rec_script that does. */
void rec_block_event(VALUE tpval, void *data);

/* What is known of this iseq of the script; NULL: out of memory. */
struct rec_iseq *rec_hooks_iseq(struct recorder *recorder, struct rec_script *script,
                                const void *iseq);

/* The same of the one that runs, in a hook. */
struct rec_iseq *rec_hooks_iseq_of(struct recorder *recorder, struct rec_script *script,
                                   const struct rec_trace_arg *arg);

/* As if a LINE had come there. */
void rec_hooks_line(struct recorder *recorder, struct rec_strand *strand, struct rec_iseq *iseq,
                    const struct rec_control_frame *cfp);

/* The exception that the VM is about to report, if it came from code that is not recorded. */
void rec_hooks_report_pending(struct recorder *recorder);

/* RAISE and THREAD_END in the Ractor of this recorder. */
void rec_hooks_raise(struct recorder *recorder, rb_trace_arg_t *arg);
void rec_hooks_thread_end(struct recorder *recorder, const struct rec_trace_arg *head);

#endif
