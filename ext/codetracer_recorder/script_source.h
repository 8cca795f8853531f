/* What a compiled script is called in the trace, and whether it is recorded at all.
 *
 * Used once per script by event_hook.c; may call core methods of RubyVM::InstructionSequence. */
#ifndef REC_SCRIPT_SOURCE_H
#define REC_SCRIPT_SOURCE_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct rec_place;

/* False: not recorded. `text` is the eval'd string or nil. A file keeps its absolute path. Code
 * without a file gets a path under /codetracer/ that says what it is, and its text is embedded. May
 * raise. */
bool rec_script_source_find(struct recorder *recorder, VALUE iseqw, VALUE text,
                            struct rec_place *out_place);

/* The same for code that was compiled before the recording began, by what the VM says of its file.
 * The text of an eval'd string is not known any more: it is recorded if it names a file. Call no
 * Ruby code. */
bool rec_script_source_accepts_loaded(const struct recorder *recorder, VALUE path, VALUE real_path);
bool rec_script_source_find_loaded(struct recorder *recorder, VALUE path, VALUE real_path,
                                   struct rec_place *out_place);

/* Whether the VM is to keep the text of what it compiles, for -e and standard input, which exist
 * nowhere else. */
void rec_script_source_keep_lines(VALUE flag);

/* The file's text as it is now, that was compiled just before: when the writer comes to look, the
 * program may have changed or removed it. nil: the writer is left to try, as with a large one. */
VALUE rec_script_source_read(const struct recorder *recorder, const char *path);

#endif
