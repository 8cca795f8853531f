/* With --border-calls: what is known of Ruby code that is not recorded and that recorded code
 * calls, which is how its arguments and result are shown.
 *
 * Used by c_call.c. Kept by the address of the iseq until the collector takes that away; as nobody
 * keeps such code, identity_table.h has the map. */
#ifndef REC_BORDER_CODE_H
#define REC_BORDER_CODE_H

#include <ruby/ruby.h>
#include <ruby/debug.h>

struct recorder;
struct rec_iseq;
struct rec_path_unit;
struct rec_script;

/* Of the code whose CALL this is, made by `caller`. NULL: such calls are not shown. What is found
 * stays while its `frame_count` is not 0, or the code runs. */
struct rec_iseq *rec_border_code_find(struct recorder *recorder, struct rec_script *caller,
                                      rb_trace_arg_t *arg);

/* Of code that is recorded, if it names no file: this iseq and those in it are no border, but for
 * what rules about methods skip. Nothing else tells that at a method's first call, which comes here
 * before it comes to the script's own hook. Answers with the state of rb_protect. */
int rec_border_code_exclude(struct recorder *recorder, VALUE iseqw,
                            const struct rec_path_unit *unit);

/* Frees all that was found. */
void rec_border_code_release(struct recorder *recorder);

#endif
