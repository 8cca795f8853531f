/* See iseq_scope.h. Everything here happens once per iseq, not per event. */
#include "iseq_scope.h"

#include "recorder.h"
#include "value_filter.h"

#include <stdio.h>
#include <stdlib.h>

#define SLOT_COUNT_MAX 10000 /* one step holds at most 65,535 items; real code stays far below */

/* ---- variables ---- */

struct scope {
    const void *iseq;
    const ID *local_table;
    uint32_t local_count;
    uint32_t type;
};

static struct scope
scope_of(const struct rec_vm_layout *layout, const void *iseq)
{
    const char *body = (const char *)rec_iseq_body(iseq);
    return (struct scope){
        .iseq = iseq,
        .local_table = *(const ID *const *)(body + layout->body_local_table),
        .local_count = *(const uint32_t *)(body + layout->body_local_table_size),
        .type = ((const struct rec_iseq_body_head *)body)->type,
    };
}

uint32_t
rec_iseq_local_count(const struct rec_vm_layout *layout, const void *iseq)
{
    return scope_of(layout, iseq).local_count;
}

static const void *
parent_of(const struct rec_vm_layout *layout, const struct scope *scope)
{
    if (scope->type == REC_ISEQ_TOP || scope->type == REC_ISEQ_METHOD ||
        scope->type == REC_ISEQ_CLASS)
        return NULL; /* these see no outer variables */
    return *(const void *const *)((const char *)rec_iseq_body(scope->iseq) +
                                  layout->body_parent_iseq);
}

const void *
rec_iseq_parent(const struct rec_vm_layout *layout, const void *iseq)
{
    struct scope scope = scope_of(layout, iseq);
    return parent_of(layout, &scope);
}

static bool
append_variable(struct rec_variables *variables, ID id, struct rec_slot slot)
{
    if (!rb_is_local_id(id) || !RTEST(rb_id2str(id)) || variables->count == SLOT_COUNT_MAX)
        return true;
    for (uint32_t i = 0; i < variables->count; i++) {
        if (variables->ids[i] == id)
            return true;
    }
    if (variables->count == variables->capacity) {
        uint32_t capacity = variables->capacity * 2 + 8;
        struct rec_slot *slots = realloc(variables->slots, capacity * sizeof *slots);
        if (slots == NULL)
            return false;
        variables->slots = slots;
        ID *ids = realloc(variables->ids, capacity * sizeof *ids);
        if (ids == NULL)
            return false;
        variables->ids = ids;
        variables->capacity = capacity;
    }
    variables->slots[variables->count] = slot;
    variables->ids[variables->count++] = id;
    return true;
}

/* The name of a method's &block parameter, 0 when it has none. */
static ID
block_parameter(const struct rec_vm_layout *layout, const struct scope *scope)
{
    if (scope->type != REC_ISEQ_METHOD)
        return 0;
    VALUE list = layout->iseq_parameters(scope->iseq, 0);
    VALUE last = RARRAY_LEN(list) > 0 ? RARRAY_AREF(list, RARRAY_LEN(list) - 1) : Qnil;
    if (NIL_P(last) || RARRAY_LEN(last) < 2 || RARRAY_AREF(last, 0) != ID2SYM(rb_intern("block")))
        return 0;
    return SYM2ID(RARRAY_AREF(last, 1));
}

enum rec_value_action
rec_iseq_variable_action(const struct recorder *recorder, const struct rec_iseq *entry, ID name)
{
    if (!rb_is_local_id(name))
        return REC_ALLOW;
    return rec_variable_action(recorder, &entry->policy, REC_VALUE_LOCAL | REC_VALUE_ARGUMENT,
                               name);
}

bool
rec_iseq_collect_variables(const struct recorder *recorder, const struct rec_iseq *entry,
                           struct rec_variables *shown, struct rec_variables *dropped)
{
    const struct rec_vm_layout *layout = &recorder->layout;
    const void *iseq = entry->iseq;
    struct rec_slot slot = {.level = 0};
    for (bool is_last = false; iseq != NULL && !is_last;) {
        struct scope scope = scope_of(layout, iseq);
        ID block = block_parameter(layout, &scope);
        for (uint32_t i = 0; i < scope.local_count; i++) {
            slot.offset = scope.local_count - i + 2;
            slot.is_block = scope.local_table[i] == block && block != 0;
            slot.action = (uint8_t)rec_iseq_variable_action(recorder, entry, scope.local_table[i]);
            if (!append_variable(slot.action == REC_DROP ? dropped : shown, scope.local_table[i],
                                 slot))
                return false;
        }
        is_last = iseq == recorder->iseqs.ractor_block;
        iseq = parent_of(layout, &scope);
        slot.level++;
    }
    return true;
}

const void *
rec_iseq_home(const struct rec_vm_layout *layout, const void *iseq)
{
    for (;;) {
        struct scope scope = scope_of(layout, iseq);
        const void *parent = parent_of(layout, &scope);
        if (parent == NULL)
            return iseq;
        iseq = parent;
    }
}

/* ---- parameters ---- */

/* One entry of Method#parameters and where its variable ought to be: positional parameters come
 * first in the local table, in order; a `**` without a name comes behind the keywords and their
 * hidden variable. */
struct parameter_entry {
    VALUE kind;
    ID name; /* 0: none */
    uint32_t position;
};

/* The place of the entry's variable in the local table; local_count when there is none. */
static uint32_t
find_local(const struct scope *scope, const struct parameter_entry *entry, bool has_keywords)
{
    for (uint32_t i = 0; entry->name != 0 && i < scope->local_count; i++) {
        if (scope->local_table[i] == entry->name)
            return i;
    }
    if (entry->name != 0)
        return scope->local_count; /* `...` lists a `**` that it passes on without keeping it */
    bool is_keyrest = entry->kind == ID2SYM(rb_intern("keyrest"));
    uint32_t at = entry->position + (is_keyrest && has_keywords ? 1 : 0);
    /* A variable with a name of its own is some other parameter's. */
    if (at < scope->local_count && !rb_is_local_id(scope->local_table[at]))
        return at;
    return scope->local_count;
}

/* What an argument without a name is called: `*`, `**`, `&`, or its place, `(1)`, when
 * destructured. */
static uint32_t
name_parameter(struct recorder *recorder, const struct parameter_entry *entry)
{
    char text[16];
    int size;
    if (entry->name != 0)
        return rec_name_of_id(recorder, entry->name);
    if (entry->kind == ID2SYM(rb_intern("rest")))
        size = snprintf(text, sizeof text, "*");
    else if (entry->kind == ID2SYM(rb_intern("keyrest")))
        size = snprintf(text, sizeof text, "**");
    else if (entry->kind == ID2SYM(rb_intern("block")))
        size = snprintf(text, sizeof text, "&");
    else
        size = snprintf(text, sizeof text, "(%u)", entry->position + 1);
    return rec_name_put(recorder, text, (size_t)size);
}

static bool
is_keyword(VALUE kind)
{
    return kind == ID2SYM(rb_intern("key")) || kind == ID2SYM(rb_intern("keyreq"));
}

bool
rec_iseq_read_parameters(struct recorder *recorder, struct rec_iseq *iseq)
{
    if (iseq->parameters != NULL)
        return true;
    struct scope scope = scope_of(&recorder->layout, iseq->iseq);
    VALUE list = recorder->layout.iseq_parameters(iseq->iseq, 0);
    ID block = block_parameter(&recorder->layout, &scope);
    long count = RB_TYPE_P(list, T_ARRAY) ? RARRAY_LEN(list) : 0;
    bool has_keywords = false;
    iseq->parameters = calloc((size_t)count + 1, sizeof *iseq->parameters);
    if (iseq->parameters == NULL)
        return false;
    for (long i = 0; i < count; i++) {
        VALUE pair = RARRAY_AREF(list, i);
        struct parameter_entry entry = {.kind = RARRAY_AREF(pair, 0), .position = (uint32_t)i};
        if (RARRAY_LEN(pair) > 1 && SYMBOL_P(RARRAY_AREF(pair, 1)))
            entry.name = SYM2ID(RARRAY_AREF(pair, 1));
        has_keywords |= is_keyword(entry.kind);
        uint32_t local = find_local(&scope, &entry, has_keywords);
        enum rec_value_action action =
            entry.name == 0 ? REC_ALLOW : rec_iseq_variable_action(recorder, iseq, entry.name);
        if (local == scope.local_count)
            continue; /* `**nil`, and what no variable holds */
        iseq->parameters[iseq->parameter_count++] =
            (struct rec_parameter){.slot = {.offset = scope.local_count - local + 2,
                                            .is_block = block != 0 && entry.name == block,
                                            .action = (uint8_t)action},
                                   .name_id = name_parameter(recorder, &entry)};
    }
    return true;
}
