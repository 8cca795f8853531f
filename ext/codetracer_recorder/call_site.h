/* Where the arguments of a call into C are: on the caller's stack, how many its code says.
 *
 * Used by c_call.c at C_CALL, before the frame of the C function exists. The number is in the
 * operand of the instruction that calls; it counts only where the receiver then stands below the
 * arguments. With a splat or keywords it is another number: then there are none to be told, nor for
 * calls that the VM makes by itself. The self-check calls a function of ours with arguments it
 * knows; where that fails, no call tells any. */
#ifndef REC_CALL_SITE_H
#define REC_CALL_SITE_H

#include "vm_layout.h"

#include <stdbool.h>
#include <stdint.h>

#define REC_CALL_ARGUMENTS_MAX 200 /* more than these are not shown */

/* What is known of one instruction: REC_SITE_NEW, REC_SITE_UNTOLD, or 2 and a number of
 * arguments. */
enum { REC_SITE_NEW, REC_SITE_UNTOLD, REC_SITE_FIRST };

struct rec_arguments {
    bool are_told;
    uint32_t count;
    const VALUE *words;
};

/* Fills the layout's `arguments_readable`. Runs Ruby code, so only at load; may raise. */
void rec_call_site_check(struct rec_vm_layout *layout);

/* What the instruction before `pc` says of a call of `called`; up to three words before it are
 * read, of which `word_count` are code. */
uint8_t rec_call_site_read(const VALUE *pc, size_t word_count, ID called);

/* The arguments of the C_CALL event at such an instruction. hot */
struct rec_arguments rec_call_site_arguments(const struct rec_trace_arg *event, uint8_t site);

#endif
