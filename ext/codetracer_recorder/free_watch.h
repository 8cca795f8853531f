/* Told of each object that the VM frees, without a hook for it: a hook costs 120 ns an object.
 *
 * Used by identity_table.c, where no mark phase can be asked. Ruby 3.4 calls a function of its own
 * for each object that it frees, by its table of imported symbols: a function of ours is put
 * there. Whether that is so is not taken on trust. At first the hook is on as well, and only after
 * both were told of the same objects, one by one, is it taken off. */
#ifndef REC_FREE_WATCH_H
#define REC_FREE_WATCH_H

#include <ruby/ruby.h>

#include <stdbool.h>

struct rec_identity_table;

/* From now on `table`, which is the main Ractor's, is told of what is freed, by
 * rec_identity_table_forget_object. False: its hook has to be on until rec_free_watch_compare says
 * that it need not. */
bool rec_free_watch_begin(struct rec_identity_table *table);

/* Nobody is told any more. */
void rec_free_watch_end(void);

/* The hook was told of this object, right before the VM's function is called. True: the hook is
 * not needed any longer. Called by the collector. */
bool rec_free_watch_compare(VALUE object);

#endif
