/* Which blocks are called as something of their own: methods made by define_method.
 *
 * Most blocks are steps of the method they stand in, and the VM is not asked for their beginning
 * and end. Those that a program gives to define_method are noted as it does (the method is replaced
 * by a C function that calls the original), and listened to from the next recorded event on. */
#ifndef REC_BLOCK_WATCH_H
#define REC_BLOCK_WATCH_H

#include "iseq_table.h"

#include <ruby/ruby.h>

struct recorder;

/* Replaces the methods when it is called for the first time; they stay, and pass everything
 * straight through while nothing records. May raise. */
void rec_block_watch_enable(struct recorder *recorder);

/* Listens to the blocks that were noted. Runs Ruby code of ours, so it is the last thing that a
 * hook does; answers with the state of rb_protect, of what came for the program. */
int rec_block_watch_noted(struct recorder *recorder);

/* Whether blocks can be noted and listened to here. May raise. */
bool rec_block_watch_is_possible(const struct recorder *recorder);

/* The block of recorded code that this Proc is; NULL: none, or it is not to be noted now. */
struct rec_iseq *rec_block_watch_find(struct recorder *recorder, VALUE code);

/* The script of the code that a block or clause stands in, which has run by then; NULL: not
 * recorded. */
struct rec_script *rec_block_watch_script(const struct recorder *recorder, const void *iseq);

/* Notes a block that was seen to run as a method, made unseen: its next call is one. */
void rec_block_watch_note(struct recorder *recorder, const struct rec_iseq *iseq);

#endif
