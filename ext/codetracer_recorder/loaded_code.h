/* Code that was compiled before the recording began, or while it paused.
 *
 * Used by recorder_class.c. A walk over the heap finds all of it, frames that run included. Where
 * the heap cannot be walked, what Ruby itself can list: methods, procs, the frames of this thread.
 */
#ifndef REC_LOADED_CODE_H
#define REC_LOADED_CODE_H

#include <ruby/ruby.h>

#include <stdbool.h>

struct recorder;
struct rec_script;

/* Gives a TracePoint to all loaded code that the path filter accepts and that has none yet. Where
 * the heap cannot be walked recorder->code_lister is called, a Proc that answers with an Array of
 * RubyVM::InstructionSequence. May raise. */
void rec_loaded_code_record(struct recorder *recorder);

/* Recording goes on: the same, if some was compiled meanwhile, and what calls into C need to know
 * of the code that this thread is in. */
void rec_loaded_code_resume(struct recorder *recorder, bool has_missed_code);

/* The recorded script that this code is of; NULL: none. May raise what came for the program. */
struct rec_script *rec_loaded_code_script(const struct recorder *recorder, const void *iseq);

#endif
