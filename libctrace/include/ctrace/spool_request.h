/* What a forked child of the program asks the writer process for: a writer of its own.
 *
 * Sent over the socket whose closing tells the writer the program's end, with two descriptors: the
 * memory of the child's spool, and the writer's end of the child's own such socket. Before the fork
 * the program published FORK with the same number; the writer forks itself there. Without the
 * descriptors it is a refusal: there will be none, so that the writer need not wait for it. */
#ifndef CTRACE_SPOOL_REQUEST_H
#define CTRACE_SPOOL_REQUEST_H

#include <stdint.h>

#define CT_SPOOL_REQUEST_MAGIC     0x51525343u /* "CSRQ" */
#define CT_SPOOL_REQUEST_FD_COUNT  2
#define CT_SPOOL_RECORDING_ID_SIZE 40 /* with its NUL and what fills up to 8 bytes */

struct ct_spool_request {
    uint32_t magic;
    uint32_t number; /* FORK's */
    int32_t pid;
    uint32_t reserved;
    char recording_id[CT_SPOOL_RECORDING_ID_SIZE];
};

/* A fresh UUIDv7 with its NUL. Async-signal-safe. */
void ct_spool_recording_id_make(char out_id[CT_SPOOL_RECORDING_ID_SIZE]);

#endif
