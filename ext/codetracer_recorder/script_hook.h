/* The TracePoints of recorded scripts: one each, targeted at the script's iseqs.
 *
 * Made when a script is compiled, or for code that was there before. Taken off while recording
 * pauses and at its end: then the code runs as if it had never been recorded. */
#ifndef REC_SCRIPT_HOOK_H
#define REC_SCRIPT_HOOK_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct rec_place;
struct rec_script;

/* Records the code of `iseqw` and of all iseqs inside of it from now on; `text` is the eval'd
 * string, or nil. Raises only what came for the program meanwhile: Ctrl-C, Thread#raise. */
void rec_script_instrument(struct recorder *recorder, VALUE iseqw, const struct rec_place *place,
                           VALUE text);

/* Records the CALL or LINE that another TracePoint tells, from whose hook it is called. Nothing
 * where frames cannot be read. */
void rec_script_catch_up(struct recorder *recorder, VALUE tpval);

/* Listens to the beginning and end of one block of `script`, for block_watch.h. Answers with the
 * state of rb_protect, of what came for the program. */
int rec_script_listen_to_block(struct rec_script *script, VALUE iseqw,
                               const struct rec_script **out_listener);

/* Callback of the TracePoint on :script_compiled; `data` is the recorder. */
void rec_script_compiled(VALUE tpval, void *data);

/* Takes the TracePoints of all scripts off. While one of them runs, in another Ractor or, through
 * bindings, in another thread, they stay on and do nothing: the VM may be in its list of them. */
void rec_scripts_disable(struct recorder *recorder);

/* Puts them on again. May raise as rec_script_instrument does. */
void rec_scripts_enable(struct recorder *recorder);

#endif
