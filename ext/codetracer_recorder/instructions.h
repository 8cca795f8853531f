/* Instructions of the VM, as they run (--instructions): doc/design/expressions.md.
 *
 * Used by expressions.c, whose plans also say what the instructions of an iseq are, and whose hook
 * is then called before each of them. A record of one has what stands on top of the stack, copied
 * to little depth. */
#ifndef REC_INSTRUCTIONS_H
#define REC_INSTRUCTIONS_H

#include "expression_plan.h"

struct rec_frame;
struct rec_trace_arg;

/* What the instructions of one iseq are, and by which names it is judged what they leave. Owned by
 * the plan. */
struct rec_instruction_list {
    uint32_t id;            /* in the spool */
    uint32_t size;          /* words of code */
    uint32_t *names;        /* per word: index of its names … */
    uint8_t *reaches;       /* … and how many words below the stack's end it changes */
    struct rec_instruction_names *all;
    uint32_t name_count;
};

/* From [label, names, [[position, line, opcode, operands, index of names,
 * how far it reaches], …]]
 * (lib/codetracer/expressions/code_list.rb), and tells the writer. False: no memory, or not as the
 * code is. May raise: `plan` owns it from the start. */
bool rec_instructions_add(struct recorder *recorder, struct rec_expression_plan *plan,
                          VALUE described);
void rec_instruction_list_free(struct rec_instruction_list *list);

/* The instruction at `position` is about to run. hot */
void rec_instructions_note(struct recorder *recorder, struct rec_frame *frame,
                           const struct rec_trace_arg *arg, const struct rec_expression_plan *plan,
                           uint32_t position);

#endif
