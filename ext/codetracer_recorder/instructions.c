/* See instructions.h. */
#include "instructions.h"

#include "attempt.h"
#include "item.h"
#include "plan_text.h"
#include "recorder.h"
#include "script_table.h"
#include "value_filter.h"

#include "ctrace/spool_format.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_LENGTH_MAX 160 /* characters */

/* What is copied of the stack's top, whatever else is shown of values. */
#define TOP_DEPTH_MAX       1
#define TOP_ITEM_COUNT_MAX  4
#define TOP_NODE_COUNT_MAX  9 /* four pairs and what they are in */
#define TOP_STRING_SIZE_MAX 80

struct rec_instruction_names {
    char *text; /* owned */
    size_t size;
    uint8_t action; /* enum rec_value_action, or UNJUDGED */
};

/* ---- what an iseq's instructions are ---- */

static void
define_code(struct recorder *recorder, const struct rec_instruction_list *list, uint32_t path_id,
            VALUE label)
{
    char text[REC_PLAN_TEXT_ROOM];
    uint32_t text_size = (uint32_t)rec_plan_text(recorder, label, TEXT_LENGTH_MAX, text);
    size_t size = rec_pad(sizeof(struct ct_spool_code) + text_size);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    memset(room + size - 8, 0, 8); /* the padding */
    *(struct ct_spool_code *)room =
        (struct ct_spool_code){.record = {.size = (uint32_t)size, .kind = CT_SPOOL_CODE},
                               .id = list->id,
                               .path_id = path_id,
                               .label_size = text_size};
    memcpy(room + sizeof(struct ct_spool_code), text, text_size);
    rec_publish(recorder, size);
}

static void
define_instruction(struct recorder *recorder, VALUE described)
{
    char opcode[REC_PLAN_TEXT_ROOM], operands[REC_PLAN_TEXT_ROOM];
    uint32_t opcode_size =
        (uint32_t)rec_plan_text(recorder, RARRAY_AREF(described, 2), TEXT_LENGTH_MAX, opcode);
    uint32_t operands_size =
        (uint32_t)rec_plan_text(recorder, RARRAY_AREF(described, 3), TEXT_LENGTH_MAX, operands);
    size_t size = rec_pad(sizeof(struct ct_spool_instruction) + opcode_size + operands_size);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    memset(room + size - 8, 0, 8);
    *(struct ct_spool_instruction *)room = (struct ct_spool_instruction){
        .record = {.size = (uint32_t)size, .kind = CT_SPOOL_INSTRUCTION},
        .position = (uint32_t)FIX2LONG(RARRAY_AREF(described, 0)),
        .line = (uint32_t)FIX2LONG(RARRAY_AREF(described, 1)),
        .opcode_size = opcode_size,
        .operands_size = operands_size};
    room += sizeof(struct ct_spool_instruction);
    memcpy(room, opcode, opcode_size);
    memcpy(room + opcode_size, operands, operands_size);
    rec_publish(recorder, size);
}

static bool
put_names(struct rec_instruction_list *list, VALUE names, VALUE rows)
{
    list->name_count = (uint32_t)RARRAY_LEN(names);
    list->all = calloc(list->name_count + 1, sizeof *list->all);
    list->names = calloc(list->size + 1, sizeof *list->names);
    list->reaches = calloc(list->size + 1, sizeof *list->reaches);
    if (list->all == NULL || list->names == NULL || list->reaches == NULL)
        return false;
    for (uint32_t i = 0; i < list->name_count; i++) {
        VALUE text = RARRAY_AREF(names, (long)i);
        struct rec_instruction_names *each = &list->all[i];
        each->action = REC_EXPRESSION_UNJUDGED;
        each->size = (size_t)RSTRING_LEN(text);
        each->text = malloc(each->size + 1);
        if (each->text == NULL)
            return false;
        memcpy(each->text, RSTRING_PTR(text), each->size);
    }
    for (long i = 0; i < RARRAY_LEN(rows); i++) {
        size_t position = (size_t)FIX2LONG(RARRAY_AREF(RARRAY_AREF(rows, i), 0));
        size_t index = (size_t)FIX2LONG(RARRAY_AREF(RARRAY_AREF(rows, i), 4));
        if (position >= list->size || index >= list->name_count)
            return false;
        list->names[position] = (uint32_t)index;
        list->reaches[position] = (uint8_t)FIX2LONG(RARRAY_AREF(RARRAY_AREF(rows, i), 5));
    }
    return true;
}

bool
rec_instructions_add(struct recorder *recorder, struct rec_expression_plan *plan, VALUE described)
{
    VALUE rows = RARRAY_AREF(described, 2);
    struct rec_instruction_list *list = calloc(1, sizeof *list);
    plan->list = list;
    if (list == NULL)
        return false;
    list->size = plan->size;
    if (!put_names(list, RARRAY_AREF(described, 1), rows))
        return false;
    list->id = recorder->expressions.code_count++;
    define_code(recorder, list, plan->script->path_id, RARRAY_AREF(described, 0));
    for (long i = 0; i < RARRAY_LEN(rows); i++)
        define_instruction(recorder, RARRAY_AREF(rows, i));
    rec_expression_plan_see_all(plan);
    return true;
}

void
rec_instruction_list_free(struct rec_instruction_list *list)
{
    if (list == NULL)
        return;
    for (uint32_t i = 0; list->all != NULL && i < list->name_count; i++)
        free(list->all[i].text);
    free(list->all);
    free(list->names);
    free(list->reaches);
    free(list);
}

/* ---- the hook ---- */

/* By the names of what the instruction is a part of. */
static uint8_t
judge(struct recorder *recorder, const struct rec_frame *frame,
      const struct rec_instruction_list *list, uint32_t position)
{
    struct rec_instruction_names *names = &list->all[list->names[position]];
    if (names->action == REC_EXPRESSION_UNJUDGED)
        names->action =
            rec_names_judge(recorder, &frame->iseq->policy, names->text, names->size);
    return frame->iseq->return_action > names->action ? frame->iseq->return_action
                                                      : names->action;
}

/* What a hidden instruction has left stays hidden where it is, whatever runs then, until the stack
 * ends below. hot */
static inline bool
is_top_hidden(struct rec_frame *frame, const struct rec_control_frame *cfp, uint8_t action,
              uint8_t reach)
{
    const VALUE *sp = cfp->sp, *low;
    if (frame->hidden_reach > 0) {
        if (sp > frame->last_sp)
            low = frame->last_sp - (frame->hidden_reach - 1);
        else
            low = sp - frame->hidden_reach;
        if (frame->hidden_from == NULL || low < frame->hidden_from)
            frame->hidden_from = low;
    }
    const bool is_empty = sp == cfp->ep + 1;
    if (frame->hidden_from != NULL && (sp <= frame->hidden_from || is_empty))
        frame->hidden_from = NULL;
    const bool is_moved = reach > 1 && frame->hidden_from != NULL; /* to below where it stands */
    frame->hidden_reach = action != REC_ALLOW || is_moved ? reach : 0;
    frame->last_sp = sp;
    return action != REC_ALLOW || frame->hidden_from != NULL;
}

/* A heap value, to little depth and past what is known of it. */
static bool
put_brief(struct recorder *recorder, VALUE value)
{
    struct rec_assembly *record = &recorder->record;
    const struct rec_limits limits = recorder->limits;
    size_t start = record->size;
    struct ct_spool_item item = {.key = 0};
    if (!rec_assembly_reserve(record, sizeof item + limits.snapshot_size_max + 8))
        return false;
    record->size += sizeof item;
    if (recorder->limits.depth_max > TOP_DEPTH_MAX)
        recorder->limits.depth_max = TOP_DEPTH_MAX;
    if (recorder->limits.item_count_max > TOP_ITEM_COUNT_MAX)
        recorder->limits.item_count_max = TOP_ITEM_COUNT_MAX;
    if (recorder->limits.node_count_max > TOP_NODE_COUNT_MAX)
        recorder->limits.node_count_max = TOP_NODE_COUNT_MAX;
    if (recorder->limits.string_size_max > TOP_STRING_SIZE_MAX)
        recorder->limits.string_size_max = TOP_STRING_SIZE_MAX;
    bool is_put = rec_snapshot_append(recorder, value, record);
    recorder->limits = limits;
    item.size = (uint32_t)(record->size - start - sizeof item);
    memcpy(record->bytes + start, &item, sizeof item);
    rec_assembly_pad(record);
    return is_put;
}

/* hot */
static inline bool
put_top(struct recorder *recorder, VALUE value, bool is_hidden)
{
    if (is_hidden)
        return rec_item_put_hidden(recorder, 0, CT_SNAPSHOT_REDACTED);
    if (value == Qundef)
        return false;
    if (rec_is_plain_word(value) && !rec_item_is_marked_symbol(recorder, value))
        return rec_item_put(recorder, 0, value);
    return put_brief(recorder, value);
}

void
rec_instructions_note(struct recorder *recorder, struct rec_frame *frame,
                      const struct rec_trace_arg *arg, const struct rec_expression_plan *plan,
                      uint32_t position)
{
    const struct rec_control_frame *cfp = arg->cfp;
    struct rec_assembly *record = &recorder->record;
    uint8_t action = judge(recorder, frame, plan->list, position);
    const bool is_hidden = is_top_hidden(frame, cfp, action, plan->list->reaches[position]);
    const bool has_top = action != REC_DROP && rec_stack_has_value(cfp, 1);
    const struct ct_spool_ran head = {.record = {.kind = CT_SPOOL_RAN},
                                      .view_id = frame->view->id,
                                      .line = frame->line,
                                      .code_id = plan->list->id,
                                      .position = position};
    recorder->policy = &frame->iseq->policy;
    uint32_t count;
    struct rec_attempt attempt = rec_attempt_begin(recorder);
    do {
        record->size = 0;
        rec_assembly_put(record, &head, sizeof head);
        count = has_top && put_top(recorder, cfp->sp[-1], is_hidden);
    } while (rec_attempt_is_spoilt(recorder, &attempt, NULL));
    rec_attempt_uncount(recorder, &attempt); /* counted are values that the trace proper shows */
    rec_expressions_send(recorder, count);
}
