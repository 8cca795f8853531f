/* See capture.h. A record is put together in recorder->record and published in one piece. */
#include "capture.h"

#include "attempt.h"
#include "call_site.h"
#include "draft.h"
#include "exception_text.h"
#include "held_events.h"
#include "hidden_values.h"
#include "item.h"
#include "recorder.h"
#include "value_filter.h"

#include <stdio.h>
#include <stdlib.h>

/* A record grows to this before what it holds is sent ahead as VALUES. */
#define RECORD_SIZE_SOFT_MAX (256u << 10)

/* ---- records ---- */

/* hot */
static inline void
begin_record(struct recorder *recorder, const void *head, size_t size)
{
    recorder->record.size = 0;
    rec_assembly_put(&recorder->record, head, size);
}

/* Fills in the size, copies to the spool, publishes. hot */
static inline void
end_record(struct recorder *recorder)
{
    struct rec_assembly *record = &recorder->record;
    struct ct_spool_record *head = (struct ct_spool_record *)record->bytes;
    head->size = (uint32_t)record->size;
    if (__builtin_expect(recorder->held_count > 0, 0) && head->kind != CT_SPOOL_VALUES)
        rec_held_events_put_judged(recorder, recorder->current_strand);
    rec_send_record(recorder);
}

/* The same of a call, which says how many items it has. */
static inline void
end_call_record(struct recorder *recorder, uint32_t count)
{
    ((struct ct_spool_record *)recorder->record.bytes)->count = (uint16_t)count;
    end_record(recorder);
}

/* Makes room where the record is long: sends the items so far ahead of the step they belong to. In
 * a first try they are let go of, and what is left only tells which secrets there are. */
static void
send_ahead(struct recorder *recorder)
{
    struct ct_spool_step head;
    struct rec_assembly *record = &recorder->record;
    memcpy(&head, record->bytes, sizeof head);
    if (recorder->is_second_try) {
        ((struct ct_spool_record *)record->bytes)->kind = CT_SPOOL_VALUES;
        end_record(recorder);
    } else {
        rec_attempt_spoil(recorder);
    }
    begin_record(recorder, &head, sizeof head);
}

/* ---- variables ---- */

/* It has changed, or a copy must tell whether it has. */
static void
put_heap_copy(struct recorder *recorder, uint32_t index, VALUE value, struct rec_shadow *shadow,
              const struct rec_look *look)
{
    struct rec_assembly *record = &recorder->record;
    size_t before = record->size;
    uint64_t fingerprint;
    struct rec_counts counts = recorder->counts;
    if (!rec_item_put_heap(recorder, index, value, look, &fingerprint)) {
        record->size = before;
        return;
    }
    uint64_t print = rec_shown_print(value, fingerprint);
    if (shadow->word == REC_HEAP_SHOWN && shadow->print == print) {
        record->size = before;
        recorder->counts.cut_count = counts.cut_count; /* what is not sent is not counted again */
        recorder->counts.uncaptured_count = counts.uncaptured_count;
        return;
    }
    *shadow = (struct rec_shadow){.word = REC_HEAP_SHOWN, .print = print};
}

static void
put_word(struct recorder *recorder, uint32_t index, VALUE word, struct rec_shadow *shadow)
{
    if (!rec_assembly_reserve(&recorder->record, sizeof(struct rec_word_item)))
        return;
    shadow->word = word;
    rec_item_put_word(&recorder->record, index, word);
}

/* Of a value that is not the word that the view shows. hot */
static void
put_change(struct recorder *recorder, uint32_t index, VALUE value, struct rec_shadow *shadow)
{
    if (!rec_is_plain_word(value)) {
        const struct rec_look *look = rec_look_at(recorder, value);
        if (!rec_is_heap_shown(shadow, value, look))
            put_heap_copy(recorder, index, value, shadow, look);
    } else if (RB_STATIC_SYM_P(value) && rec_item_is_marked_symbol(recorder, value)) {
        put_heap_copy(recorder, index, value, shadow, NULL);
    } else {
        put_word(recorder, index, value, shadow);
    }
}

/* hot */
static inline void
put_if_changed(struct recorder *recorder, uint32_t index, VALUE value, struct rec_shadow *shadow)
{
    if (__builtin_expect(value != shadow->word, 0))
        put_change(recorder, index, value, shadow);
}

/* `ep` is that of the slot's own scope. hot */
static inline VALUE
value_of_slot(const struct recorder *recorder, const VALUE *ep, struct rec_slot slot)
{
    VALUE value = ep[-(ptrdiff_t)slot.offset];
    if (__builtin_expect(slot.is_block, 0))
        return rec_block_value(&recorder->layout, ep, value, recorder->block_marker);
    return value;
}

/* Once in a view: that it is redacted does not change. */
static void
put_hidden_change(struct recorder *recorder, uint32_t index, struct rec_shadow *shadow)
{
    if (shadow->word == REC_HIDDEN_SHOWN)
        return;
    shadow->word = REC_HIDDEN_SHOWN;
    (void)rec_item_put_hidden(recorder, index, CT_SNAPSHOT_REDACTED);
}

/* Appends an item for each variable from slot `first` on whose value is not what the view shows. */
static void
put_slots(struct recorder *recorder, const struct rec_frame *frame, const VALUE *ep, uint32_t first)
{
    const struct rec_iseq *iseq = frame->iseq;
    uint32_t level = 0;
    for (uint32_t i = first; i < iseq->slot_count; i++) {
        struct rec_shadow *shadow = &frame->view->shadows[REC_FIRST_SLOT_INDEX + i];
        const struct rec_slot slot = iseq->slots[i];
        for (; level < slot.level; level++)
            ep = (const VALUE *)(ep[-1] & ~(VALUE)3);
        uint32_t index = REC_FIRST_SLOT_INDEX + i;
        VALUE value = value_of_slot(recorder, ep, slot);
        if (slot.action != REC_ALLOW)
            put_hidden_change(recorder, index, shadow);
        else
            put_if_changed(recorder, index, value, shadow);
        if (recorder->record.size > RECORD_SIZE_SOFT_MAX)
            send_ahead(recorder);
    }
}

/* The watched variables that are not what was shown of them last, wherever that was. */
static void
put_watched(struct recorder *recorder, VALUE self)
{
    for (size_t i = 0; i < recorder->watched.count; i++) {
        struct rec_watched_variable *variable;
        VALUE value;
        enum rec_value_action action = rec_watched_action(recorder, i);
        if (!rec_watched_look(recorder, i, self, &value, &variable))
            continue;
        uint32_t key = CT_SPOOL_KEY_WATCHED | variable->name_id;
        if (action == REC_ALLOW)
            put_if_changed(recorder, key, value, &variable->shadow);
        else
            rec_secret_learn(recorder, value);
        if (action == REC_REDACT)
            put_hidden_change(recorder, key, &variable->shadow);
    }
}

/* ---- steps and returns ---- */

/* What a method returns, and what the filters say of it. */
struct result {
    VALUE value;
    uint8_t action;
};

/* A step or a return, but for its variables. */
struct event {
    struct ct_spool_step head;
    const struct result *result; /* NULL: none */
};

static void
put_result(struct recorder *recorder, const struct result *result)
{
    if (result->action == REC_ALLOW)
        (void)rec_item_put(recorder, CT_SPOOL_KEY_RETURN, result->value);
    else
        (void)rec_item_put_hidden(recorder, CT_SPOOL_KEY_RETURN,
                                  result->action == REC_DROP ? CT_SNAPSHOT_DROPPED
                                                             : CT_SNAPSHOT_REDACTED);
}

/* Puts into the assembly what is drafted, if anything, and what is not. */
static void
put_rest_once(struct recorder *recorder, const struct event *event, const struct rec_frame *frame,
              const struct rec_control_frame *cfp)
{
    uint32_t first = 0;
    const struct rec_draft draft = recorder->draft;
    begin_record(recorder, &event->head, sizeof event->head);
    if (draft.items != NULL) {
        size_t size = (size_t)(draft.end - draft.items);
        if (rec_assembly_reserve(&recorder->record, size))
            rec_assembly_put(&recorder->record, draft.items, size);
    }
    if (draft.next == REC_SELF_INDEX)
        put_if_changed(recorder, REC_SELF_INDEX, cfp->self, frame->view->shadows);
    else
        first = draft.next - REC_FIRST_SLOT_INDEX;
    put_slots(recorder, frame, cfp->ep, first);
    if (recorder->watched.count > 0)
        put_watched(recorder, cfp->self);
    if (event->result != NULL)
        put_result(recorder, event->result);
}

static __attribute__((noinline)) void
put_rest(struct recorder *recorder, const struct event *event, const struct rec_frame *frame,
         const struct rec_control_frame *cfp)
{
    if (frame->iseq->has_hidden)
        rec_hidden_learn(recorder, frame->iseq, cfp->ep);
    struct rec_attempt attempt = rec_attempt_begin(recorder);
    while (put_rest_once(recorder, event, frame, cfp),
           rec_attempt_is_spoilt(recorder, &attempt, frame))
        rec_draft_forget(recorder); /* its room may be others' by now */
}

void
rec_capture_rest_of_step(struct recorder *recorder, const struct rec_frame *frame,
                         const struct rec_control_frame *cfp, uint32_t line)
{
    const struct event step = {.head = {{.kind = CT_SPOOL_STEP}, frame->view->id, line}};
    put_rest(recorder, &step, frame, cfp);
    end_record(recorder);
}

/* Room for a draft of which `head_size` bytes are filled in at its end, or NULL. hot */
static inline uint8_t *
begin_draft(struct recorder *recorder, const struct rec_frame *frame, size_t head_size)
{
    uint8_t *room = rec_draft_room(recorder, frame->iseq);
    if (room == NULL)
        rec_draft_forget(recorder);
    else
        recorder->draft.items = room + head_size;
    return room;
}

/* Publishes one that begins with `head`, but for its size. hot */
static inline void
end_draft(struct recorder *recorder, uint8_t *room, const uint8_t *end, struct ct_spool_step head)
{
    head.record.size = (uint32_t)(end - room);
    memcpy(room, &head, sizeof head);
    rec_publish(recorder, head.record.size);
}

/* hot */
void
rec_capture_step(struct recorder *recorder, const struct rec_frame *frame,
                 const struct rec_control_frame *cfp, uint32_t line)
{
    const uint64_t brief = rec_brief_step(frame, line);
    const size_t head_size = brief != 0 ? sizeof brief : sizeof(struct ct_spool_step);
    recorder->policy = &frame->iseq->policy;
    uint8_t *room = begin_draft(recorder, frame, head_size), *end = NULL;
    if (room != NULL)
        end = rec_draft_changes(recorder, frame, cfp, room + head_size);
    if (end == NULL)
        rec_capture_rest_of_step(recorder, frame, cfp, line);
    else if (brief != 0)
        rec_brief_step_end(recorder, room, end, brief);
    else
        end_draft(recorder, room, end,
                  (struct ct_spool_step){{.kind = CT_SPOOL_STEP}, frame->view->id, line});
}

static uint32_t
put_arguments(struct recorder *recorder, const struct rec_iseq *iseq, const VALUE *ep)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < iseq->parameter_count; i++) {
        const struct rec_parameter *parameter = &iseq->parameters[i];
        if (parameter->slot.action == REC_ALLOW)
            count += rec_item_put(recorder, parameter->name_id,
                                  value_of_slot(recorder, ep, parameter->slot));
        else if (parameter->slot.action == REC_REDACT)
            count += rec_item_put_hidden(recorder, parameter->name_id, CT_SNAPSHOT_REDACTED);
    }
    return count;
}

void
rec_capture_call(struct recorder *recorder, const struct rec_frame *frame, const VALUE *ep,
                 VALUE self, uint32_t function_id)
{
    const struct rec_iseq *iseq = frame->iseq;
    recorder->policy = &iseq->policy;
    struct ct_spool_call head = {.record = {.kind = CT_SPOOL_CALL}, .function_id = function_id};
    uint32_t count;
    if (iseq->may_hide_arguments)
        rec_hidden_learn_arguments(recorder, iseq, ep);
    struct rec_attempt attempt = rec_attempt_begin(recorder);
    do {
        begin_record(recorder, &head, sizeof head);
        count = rec_item_put(recorder, recorder->iseqs.self_name_id, self);
        count += put_arguments(recorder, iseq, ep);
    } while (rec_attempt_is_spoilt(recorder, &attempt, NULL));
    end_call_record(recorder, count);
}

/* The name of the argument at a place: "(2)". */
static uint32_t
name_of_place(struct recorder *recorder, uint32_t index)
{
    char name[16];
    return rec_name_put(recorder, name, (size_t)snprintf(name, sizeof name, "(%u)", index + 1));
}

/* Whether one stands under a secret's name is *out_is_hidden. */
static uint32_t
put_c_arguments(struct recorder *recorder, const struct rec_arguments *arguments,
                bool *out_is_hidden)
{
    uint32_t count = 0;
    *out_is_hidden = false;
    for (uint32_t i = 0; arguments->are_told && i < arguments->count; i++) {
        VALUE value = arguments->words[i];
        if (*out_is_hidden)
            rec_secret_learn(recorder, value);
        count += *out_is_hidden ? rec_item_put_hidden(recorder, name_of_place(recorder, i),
                                                      CT_SNAPSHOT_REDACTED)
                                : rec_item_put(recorder, name_of_place(recorder, i), value);
        *out_is_hidden = *out_is_hidden || rec_name_action(recorder, value) != REC_ALLOW;
    }
    return count;
}

void
rec_capture_c_call(struct recorder *recorder, struct rec_frame *frame, VALUE self,
                   uint32_t function_id, const struct rec_arguments *arguments)
{
    bool is_hidden;
    uint32_t count;
    recorder->policy = &frame->iseq->policy;
    struct ct_spool_call head = {.record = {.kind = CT_SPOOL_CALL}, .function_id = function_id};
    struct rec_attempt attempt = rec_attempt_begin(recorder);
    do {
        begin_record(recorder, &head, sizeof head);
        count = rec_item_put(recorder, recorder->iseqs.self_name_id, self);
        count += put_c_arguments(recorder, arguments, &is_hidden);
    } while (rec_attempt_is_spoilt(recorder, &attempt, NULL));
    /* It is asked for what it holds under that name. */
    frame->hides_result = is_hidden && (RB_TYPE_P(self, T_HASH) || RB_TYPE_P(self, T_OBJECT));
    end_call_record(recorder, count);
}

static void
begin_return(struct recorder *recorder, struct rec_frame *frame,
             const struct rec_control_frame *cfp, uint32_t line, uint8_t flags)
{
    const struct event end = {
        .head = {{.kind = CT_SPOOL_RETURN, .flags = flags}, frame->view->id, line}};
    recorder->policy = &frame->iseq->policy;
    rec_draft_forget(recorder);
    put_rest(recorder, &end, frame, cfp);
}

static __attribute__((noinline, cold)) void
put_return(struct recorder *recorder, const struct rec_frame *frame,
           const struct rec_control_frame *cfp, uint32_t line, VALUE value)
{
    const struct result result = {value, frame->iseq->return_action};
    const struct event end = {.head = {{.kind = CT_SPOOL_RETURN, .flags = CT_SPOOL_RETURN_NORMAL},
                                       frame->view->id,
                                       line},
                              .result = &result};
    put_rest(recorder, &end, frame, cfp);
    end_record(recorder);
}

/* hot */
void
rec_capture_return(struct recorder *recorder, struct rec_frame *frame,
                   const struct rec_control_frame *cfp, uint32_t line, VALUE value)
{
    uint8_t action = frame->iseq->return_action;
    if (__builtin_expect(action != REC_ALLOW, 0))
        rec_secret_learn(recorder, value);
    recorder->policy = &frame->iseq->policy;
    uint8_t *room = begin_draft(recorder, frame, sizeof(struct ct_spool_step)), *end = NULL;
    if (room != NULL)
        end = rec_draft_changes(recorder, frame, cfp, room + sizeof(struct ct_spool_step));
    bool is_word = rec_is_plain_word(value) && !RB_STATIC_SYM_P(value) && value != Qundef;
    if (end == NULL || !is_word || action != REC_ALLOW) {
        if (end != NULL)
            (void)rec_draft_leave(recorder, end, REC_FIRST_SLOT_INDEX + frame->iseq->slot_count);
        put_return(recorder, frame, cfp, line, value);
        return;
    }
    end = rec_word_item_put(end, CT_SPOOL_KEY_RETURN, value);
    end_draft(recorder, room, end,
              (struct ct_spool_step){{.kind = CT_SPOOL_RETURN}, frame->view->id, line});
}

void
rec_capture_body_end(struct recorder *recorder, struct rec_frame *frame,
                     const struct rec_control_frame *cfp, uint32_t line)
{
    begin_return(recorder, frame, cfp, line, CT_SPOOL_RETURN_NOTHING);
    end_record(recorder);
}

void
rec_capture_body_gone(struct recorder *recorder, const struct rec_frame *frame)
{
    struct ct_spool_step head = {{.kind = CT_SPOOL_RETURN, .flags = CT_SPOOL_RETURN_NOTHING},
                                 .view_id = frame->view->id,
                                 .line = frame->iseq->last_line};
    begin_record(recorder, &head, sizeof head);
    end_record(recorder);
}

void
rec_capture_unwound(struct recorder *recorder, struct rec_frame *frame,
                    const struct rec_control_frame *cfp, uint32_t line,
                    const struct rec_ending *ending)
{
    begin_return(recorder, frame, cfp, line, CT_SPOOL_RETURN_UNWOUND);
    (void)rec_item_put_ending(recorder, ending);
    end_record(recorder);
}

/* ---- the same through names and values ---- */

static void
learn_named(struct recorder *recorder, const struct rec_frame *frame,
            const struct rec_named_state *state)
{
    recorder->policy = &frame->iseq->policy;
    for (uint32_t i = 0; i < frame->iseq->slot_count; i++) {
        if (frame->iseq->slots[i].action != REC_ALLOW)
            rec_secret_learn(recorder, RARRAY_AREF(state->values, (long)i));
    }
}

static void
put_named_changes(struct recorder *recorder, const struct rec_frame *frame,
                  const struct rec_named_state *state)
{
    learn_named(recorder, frame, state);
    put_if_changed(recorder, REC_SELF_INDEX, state->self, frame->view->shadows);
    for (uint32_t i = 0; i < frame->iseq->slot_count; i++) {
        struct rec_shadow *shadow = &frame->view->shadows[REC_FIRST_SLOT_INDEX + i];
        uint32_t index = REC_FIRST_SLOT_INDEX + i;
        const uint8_t action = frame->iseq->slots[i].action;
        if (action == REC_ALLOW)
            put_if_changed(recorder, index, RARRAY_AREF(state->values, (long)i), shadow);
        else if (action == REC_REDACT)
            put_hidden_change(recorder, index, shadow);
        if (recorder->record.size > RECORD_SIZE_SOFT_MAX)
            send_ahead(recorder);
    }
}

/* `result` NULL: none. */
static void
begin_named(struct recorder *recorder, const struct rec_frame *frame, struct ct_spool_record record,
            const struct rec_named_state *state, const struct result *result)
{
    struct ct_spool_step head = {.record = record, .view_id = frame->view->id, .line = state->line};
    struct rec_attempt attempt = rec_attempt_begin(recorder);
    do {
        begin_record(recorder, &head, sizeof head);
        put_named_changes(recorder, frame, state);
        put_watched(recorder, state->self);
        if (result != NULL)
            put_result(recorder, result);
    } while (rec_attempt_is_spoilt(recorder, &attempt, frame));
}

void
rec_capture_step_named(struct recorder *recorder, struct rec_frame *frame,
                       const struct rec_named_state *state)
{
    const struct ct_spool_record step = {.kind = CT_SPOOL_STEP};
    begin_named(recorder, frame, step, state, NULL);
    end_record(recorder);
}

static void
learn_named_given(struct recorder *recorder, const struct rec_named_state *state)
{
    struct rec_given given = {.method = state->method, .return_action = state->return_action};
    for (long i = 0; i < RARRAY_LEN(state->values); i++)
        rec_given_put(&given, RARRAY_AREF(state->values, i));
    rec_given_learn(recorder, &given);
}

static uint32_t
put_named_arguments(struct recorder *recorder, const struct rec_iseq *iseq, VALUE names,
                    VALUE values)
{
    uint32_t count = 0;
    for (long i = 0; i < RARRAY_LEN(names); i++) {
        uint32_t name_id = rec_name_of_id(recorder, SYM2ID(RARRAY_AREF(names, i)));
        const uint8_t action = iseq->slots[i].action;
        if (action == REC_ALLOW)
            count += rec_item_put(recorder, name_id, RARRAY_AREF(values, i));
        else if (action == REC_REDACT)
            count += rec_item_put_hidden(recorder, name_id, CT_SNAPSHOT_REDACTED);
    }
    return count;
}

void
rec_capture_call_named(struct recorder *recorder, const struct rec_frame *frame,
                       uint32_t function_id, VALUE names, const struct rec_named_state *state)
{
    struct ct_spool_call head = {.record = {.kind = CT_SPOOL_CALL}, .function_id = function_id};
    uint32_t count;
    learn_named(recorder, frame, state);
    learn_named_given(recorder, state);
    struct rec_attempt attempt = rec_attempt_begin(recorder);
    do {
        begin_record(recorder, &head, sizeof head);
        count = rec_item_put(recorder, recorder->iseqs.self_name_id, state->self);
        count += put_named_arguments(recorder, frame->iseq, names, state->values);
    } while (rec_attempt_is_spoilt(recorder, &attempt, NULL));
    end_call_record(recorder, count);
}

void
rec_capture_return_named(struct recorder *recorder, struct rec_frame *frame,
                         const struct rec_named_state *state, VALUE value)
{
    const struct result result = {value, state->return_action};
    struct ct_spool_record record = {.kind = CT_SPOOL_RETURN, .flags = CT_SPOOL_RETURN_NORMAL};
    if (result.action != REC_ALLOW)
        rec_secret_learn(recorder, value);
    begin_named(recorder, frame, record, state, &result);
    end_record(recorder);
}

void
rec_capture_body_end_named(struct recorder *recorder, struct rec_frame *frame,
                           const struct rec_named_state *state)
{
    struct ct_spool_record record = {.kind = CT_SPOOL_RETURN, .flags = CT_SPOOL_RETURN_NOTHING};
    begin_named(recorder, frame, record, state, NULL);
    end_record(recorder);
}

void
rec_capture_unwound_named(struct recorder *recorder, struct rec_frame *frame,
                          const struct rec_named_state *state)
{
    char text[sizeof recorder->current_strand->pending[0].text + 16];
    struct rec_unwinding *unwinding = rec_strand_exception(recorder->current_strand);
    struct ct_spool_record record = {.kind = CT_SPOOL_RETURN, .flags = CT_SPOOL_RETURN_UNWOUND};
    rec_exception_settle(recorder, unwinding);
    begin_named(recorder, frame, record, state, NULL);
    struct rec_ending ending = {.class_name_id = unwinding->class_name_id, .text = text};
    ending.text_size = rec_unwinding_text(unwinding, text);
    (void)rec_item_put_ending(recorder, &ending);
    end_record(recorder);
}
