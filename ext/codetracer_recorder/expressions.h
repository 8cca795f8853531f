/* Values of sub-expressions, as they come about (--expressions): doc/design/expressions.md.
 *
 * Each recorded iseq has a plan: what stands on the stack before which instruction, and whose value
 * it is. It is made in Ruby when the script is loaded (lib/codetracer/expressions.rb). To have a
 * hook called before those instructions, their entries in the VM's table get the event of branch
 * coverage, which only global hooks are told of: of the main Ractor alone. The hook looks up,
 * copies and writes. */
#ifndef REC_EXPRESSIONS_H
#define REC_EXPRESSIONS_H

#include "assembly.h"
#include "core_methods.h"
#include "pointer_map.h"

#include <ruby/ruby.h>
#include <ruby/debug.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct rec_expression_plan;
struct rec_script;

/* The VM's RUBY_EVENT_COVERAGE_BRANCH, which no public header names; a trial tells whether it
 * is. */
#define REC_EXPRESSION_EVENT 0x020000u

/* Where the VM says which events its instructions have; found by expression_layout.c. */
struct rec_expression_layout {
    size_t body_entries;     /* byte offset in the body of the table */
    size_t body_entry_count; /* byte offset of `unsigned int` */
    unsigned int (*line_no)(const void *iseq, size_t position);
    int (*node_id)(const void *iseq, size_t position);
    VALUE (*coverage)(const void *iseq);
    bool attributes_readable;        /* rec_cache_is_of_attribute holds */
    void (*trace_set)(const void *iseq, rb_event_flag_t events);
};

/* What is asked of the planner, VALUES and CODE there. */
enum rec_expressions_wanted { REC_WANTED_VALUES = 1, REC_WANTED_INSTRUCTIONS = 2 };

struct rec_expressions {
    VALUE planner; /* CodeTracer::Expressions; 0: they are not recorded */
    uint32_t wanted;
    bool is_on; /* the hook is */
    struct rec_expression_layout layout;
    struct rec_pointer_map plans; /* iseq → struct rec_expression_plan * */
    uint32_t count;               /* ids given out … */
    uint32_t *free_ids;           /* … and those of them that are of no code any more; owned */
    uint32_t free_count, free_capacity;
    uint32_t eval_name_count; /* names that only eval'd code has brought up */
    uint32_t code_count;      /* iseqs whose instructions are recorded, for instructions.c */
    uint32_t eval_instruction_count;
    struct rec_core_methods core; /* that the planner calls */
    struct rec_assembly early;    /* see early_values.h */
    bool is_over;                 /* the program has its own in their place: no more plans */
};

/* Takes what the start was given: the planner, nil or false, for values and for instructions. */
void rec_expressions_read(struct recorder *recorder, VALUE values, VALUE instructions);

/* Makes sure that it can be done; else it is not, and one line says so. Runs probe code: before the
 * hooks are on. May raise. */
void rec_expressions_begin(struct recorder *recorder);

/* Takes the hook off. May raise. */
void rec_expressions_end(struct recorder *recorder);

/* Makes the plans of a script that gets its TracePoint next; `text` is the eval'd string, or nil.
 * Answers with the state of rb_protect, if what was raised is the program's: own faults cost the
 * script its plans alone. */
int rec_expressions_plan(struct rec_script *script, VALUE text);

/* Before and after the script's TracePoint is put on: the entries get the event; the instructions
 * that a plan is about are traced. */
void rec_expressions_lay(struct rec_script *script);
void rec_expressions_trace(struct rec_script *script);

/* Before it is taken off, which lets the VM put back each instruction: the entries are as they
 * were. */
void rec_expressions_lift(struct rec_script *script);

/* ---- for instructions.c ---- */

struct rec_control_frame;
struct rec_value_policy;

/* The strictest that filters say of any word in the text: enum rec_value_action. */
uint8_t rec_names_judge(const struct recorder *recorder, const struct rec_value_policy *policy,
                        const char *text, size_t size);
/* Whether a value of the program's stands so many words below the stack's end. hot */
bool rec_stack_has_value(const struct rec_control_frame *cfp, uint32_t depth);
/* Sends recorder->record, with its size and `count` items. hot */
void rec_expressions_send(struct recorder *recorder, uint32_t count);

/* Of the recorder's mark function and of the script's: both pin. */
void rec_expressions_mark_planner(const struct rec_expressions *expressions);
void rec_expressions_mark(const struct rec_script *script);

/* The script is gone, or its recording. */
void rec_expressions_release(struct rec_script *script);

#endif
