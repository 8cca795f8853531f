/* What CodeTracer::Native.start is told, read from its Hash.
 *
 * Used by recorder_class.c alone. All of it may raise, so it comes before anything is begun. */
#ifndef REC_START_OPTIONS_H
#define REC_START_OPTIONS_H

#include "ctrace/spool_format.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;

/* Limits, filter, flags and the trace's path. What it allocates is the recorder's. */
void rec_options_read(struct recorder *recorder, VALUE options);

/* The strings of the START record, each with its NUL. */
VALUE rec_options_start_texts(VALUE options, uint16_t *out_arg_count, uint32_t *out_filter_count);

/* When recording is to stop. */
struct ct_spool_budget rec_options_budget(VALUE options);

/* A String: the JSON object that becomes part of trace_info.json. */
VALUE rec_options_facts(VALUE options);

uint64_t rec_options_spool_bytes(VALUE options);
const char *rec_options_writer(VALUE options); /* borrowed from `options`, as the next */
const char *rec_options_out_dir(VALUE options);

/* Whether a program that runs asked for it, instead of the command line. */
bool rec_options_has_running_program(VALUE options);

/* Whether the main script has no file: -e, standard input. */
bool rec_options_has_nameless_script(VALUE options);

/* A Proc or nil, see loaded_code.h. */
VALUE rec_options_code_lister(VALUE options);

#endif
