/* On how many cores this process may run.
 *
 * For a tool to decide whether the library may start a second thread (ct_trace_options,
 * ct_trace_reader_ahead_put): on one core it only costs. Where there are more than 1024 it is not
 * known, and the answer is 1. */
#ifndef CTRACE_CORES_H
#define CTRACE_CORES_H

/* At least 1. The affinity of the calling thread; what a control group allows is not asked for. */
unsigned ct_core_count(void);

#endif
