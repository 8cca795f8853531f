/* What the VM leaves behind of an iseq that was listened to when the collector takes it: its hooks
 * (up to Ruby 3.4 at least) and its code in words of the source (up to 3.1).
 *
 * Used by the collector's hook of identity_table.c. A program that evaluates a million strings
 * would lose hundreds of megabytes; here they are freed when the mark phase is over and the iseq is
 * known to be dead. What is not where a probe finds it is left to the VM. */
#ifndef REC_ISEQ_REMAINS_H
#define REC_ISEQ_REMAINS_H

#include <stdbool.h>
#include <stddef.h>

struct recorder;

struct rec_iseq_remains {
    bool is_probed;
    size_t original_at; /* the words' place in an iseq's body; 0: not found */
};

/* Looks once for where they are. Creates Ruby objects. */
void rec_iseq_remains_init(struct recorder *recorder);

/* Frees those of all scripts that the mark phase, just over, has left unmarked. Called by the
 * collector: no Ruby call, no Ruby object. */
void rec_iseq_remains_free(struct recorder *recorder);

#endif
