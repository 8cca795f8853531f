/* Which blocks the VM calls from outside of the program's flow: at_exit, END, trap, finalizers.
 *
 * No line of the program calls them, so each is shown as a call that is named by what it was given
 * to: `<at_exit>`, `<trap INT>`. They are noted as the program gives them (the methods are replaced
 * by C functions that call the originals) and listened to as block_watch.h says. The block of an
 * `END` is told by the code that it stands in. */
#ifndef REC_HANDLER_BLOCK_H
#define REC_HANDLER_BLOCK_H

#include <stdint.h>

struct recorder;
struct rec_iseq;

#define REC_HANDLER_NAME_MAX  128
#define REC_HANDLER_ROLES_MAX 4 /* that are named: one block may handle many signals */

/* What such a block is called. */
struct rec_handler {
    uint32_t function_id;
    uint32_t role_count;
    uint32_t size;
    char text[REC_HANDLER_NAME_MAX]; /* "<trap INT, trap TERM>" */
};

/* Replaces the methods when it is called for the first time, as rec_block_watch_enable. May
 * raise. */
void rec_handlers_enable(struct recorder *recorder);

/* Of a block that is new: whether it is that of an `END`, or only gives it to the VM. */
void rec_handler_find(struct recorder *recorder, struct rec_iseq *iseq);

/* The function of a block that has a handler's name; fills in the ids of `iseq`. */
uint32_t rec_handler_function(struct recorder *recorder, struct rec_iseq *iseq);

#endif
