/* What the trace's trace_info.json is told by the program's side: what was fixed at the start, the
 * gems that were loaded, how the program ended, and what was left out.
 *
 * Used by recorder_class.c, script_hook.c and spool_link.c. RubyGems is not asked: its table is
 * read where it stands, and only when it is there. */
#ifndef REC_RECORDING_FACTS_H
#define REC_RECORDING_FACTS_H

#include <ruby.h>

struct recorder;

/* `json` is the text of a JSON object; see lib/codetracer/recording_facts.rb. */
void rec_facts_put_recorded(struct recorder *recorder, VALUE json);

/* The gems that RubyGems has activated, if there are more than when it was called before. Allocates
 * Ruby strings, calls no Ruby method. */
void rec_facts_put_gems(struct recorder *recorder);

/* The program ends; this exception decides its status, or none does. */
void rec_facts_note_ending(struct recorder *recorder, VALUE raised);

/* Before END. Touches no Ruby object. */
void rec_facts_put_tally(struct recorder *recorder);

#endif
