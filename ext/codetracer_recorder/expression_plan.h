/* What is seen of one iseq, as lib/codetracer/expressions/plan.rb has found it.
 *
 * Memory of the extension's own; the hook reads it without a look at Ruby. */
#ifndef REC_EXPRESSION_PLAN_H
#define REC_EXPRESSION_PLAN_H

#include "expressions.h"
#include "value_place.h"

/* An entry of the VM's table, see expression_layout.c. */
struct rec_instruction_entry {
    int line;
    int node_id;
    rb_event_flag_t events;
};

#define REC_EXPRESSION_ANYWHERE UINT32_MAX /* of `from` */
#define REC_EXPRESSION_SELF     255        /* of `receiver` */
#define REC_EXPRESSION_OPERAND  254        /* of `argument`: the instruction's first operand */
#define REC_ARGUMENTS_MAX       2          /* that are shown */
#define REC_ARGUMENTS_IN_LIST   3          /* of `argument_count` */

struct rec_sighting {
    uint32_t from;                     /* the position that was seen before in this frame */
    uint32_t expression;               /* index in the plan */
    uint8_t value, receiver, argument; /* from the stack's top, 1: the top itself; 0: none */
    /* 1 or 2, the second one above the first; or 0; or IN_LIST: those from `argument` down to above
     * `value`, where a list stands of more of them and, the last, the value */
    uint8_t argument_count;
};

struct rec_expression {
    char *text; /* owned: names on its lines and around, for what filters say of them */
    size_t text_size;
    uint8_t action; /* enum rec_value_action, or UNJUDGED */
    uint32_t id;    /* in the spool */
    uint32_t name_id;
    uint32_t receiver_name_id, argument_name_ids[REC_ARGUMENTS_MAX];
    uint32_t before_name_id; /* these where there are such */
    struct rec_value_place before; /* what is assigned to */
    bool is_assigned, has_receiver;
    uint8_t argument_count;
};
#define REC_EXPRESSION_UNJUDGED 255

enum { REC_POSITION_INSTRUCTION = 1, REC_POSITION_SEEN = 2, REC_POSITION_EVENT = 4 };

struct rec_expression_plan {
    struct rec_expression_plan *next;
    struct rec_script *script;
    const void *iseq; /* pinned by the script */
    VALUE *encoded;
    uint32_t size;       /* words of code */
    uint32_t body_start; /* of a method: what is before runs before its call begins; else 0 */
    bool is_laid;
    struct rec_instruction_entry *entries; /* the VM's */
    uint32_t entry_count;
    VALUE *before;      /* the code without the event; operands may have been moved since */
    uint8_t *positions; /* per word, bits of above */
    uint32_t *first;    /* per word and one more: index of its first sighting */
    struct rec_sighting *sightings; /* by position */
    uint32_t sighting_count;
    struct rec_expression *expressions;
    uint32_t expression_count;
    bool has_ids;                      /* the expressions have theirs */
    struct rec_instruction_list *list; /* owned; NULL: its instructions are not recorded */
};

/* From [iseq, words, expressions] (lib/codetracer/expressions.rb); NULL: no memory, or not as the
 * VM's table has it. Ids and names are the caller's to fill in. */
struct rec_expression_plan *rec_expression_plan_new(const struct rec_expression_layout *layout,
                                                    const void *iseq, VALUE described);
void rec_expression_plan_free(struct rec_expression_plan *plan);

/* All its instructions are to be traced. */
void rec_expression_plan_see_all(struct rec_expression_plan *plan);

/* ---- expression_layout.c ---- */

/* Finds the table and tries everything on probe code, planned by `planner`. NULL: it holds; else
 * what does not. May raise. */
const char *rec_expression_layout_check(struct recorder *recorder, VALUE planner,
                                        struct rec_expression_layout *out_layout);

/* A global hook for the event, which is handed the event's argument itself. */
struct rec_trace_arg;
void rec_expression_hook_put(void (*hook)(VALUE data, const struct rec_trace_arg *arg), VALUE data);
void rec_expression_hook_remove(void (*hook)(VALUE data, const struct rec_trace_arg *arg),
                                VALUE data);

/* The VM's table of this iseq, if it says of each position (of `count` instructions) what the VM's
 * own functions say; else NULL. */
struct rec_instruction_entry *rec_instruction_entries(const struct rec_expression_layout *layout,
                                                      const void *iseq, const uint32_t *positions,
                                                      uint32_t count, uint32_t *out_count);

/* In a word of a position that the planner gives: an event of the VM's is here. */
#define REC_POSITION_EVENT_BIT 0x80000000u

/* Byte offset in an iseq, behind the pointer to its hooks. */
#define REC_ISEQ_GLOBAL_EVENTS 32

/* The event into all entries of the plan's iseq, and out of them. */
void rec_expression_plan_lay(struct rec_expression_plan *plan);
/* Before: the TracePoint that is to take it off again is on, and a hook for the event. */
void rec_expression_plan_trace(const struct rec_expression_layout *layout,
                               struct rec_expression_plan *plan);
void rec_expression_plan_lift(struct rec_expression_plan *plan);

/* Whether each instruction is what it was when the event was laid. */
bool rec_expression_plan_is_restored(const struct rec_expression_plan *plan);

#endif
