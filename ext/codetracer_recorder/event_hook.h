/* The hooks: from the VM's events to capture.
 *
 * One TracePoint listens for compiled scripts; each recorded script gets a TracePoint of its own
 * that is targeted at its iseqs, so code that is not recorded keeps its speed. Exceptions and ended
 * threads are global hooks, which cost nothing per line. A hook never raises and calls no method of
 * the program. */
#ifndef REC_EVENT_HOOK_H
#define REC_EVENT_HOOK_H

struct recorder;

/* Creates and enables the global hooks. May raise. */
void rec_hooks_enable(struct recorder *recorder);
/* Disables everything, scripts included. */
void rec_hooks_disable(struct recorder *recorder);

/* At the end: the exception that ended the program, if it came from code that is not recorded. */
void rec_hooks_report_pending(struct recorder *recorder);

/* Once, at load: the key by which a hook finds out whether it runs in the main Ractor. */
void rec_hooks_init(void);

#endif
