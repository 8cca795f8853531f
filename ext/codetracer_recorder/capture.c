/* See capture.h. A record is put together in recorder->record and published in one piece. */
#include "capture.h"

#include "exception_text.h"
#include "fingerprint.h"
#include "recorder.h"
#include "value_filter.h"

#include <stdlib.h>

/* A record grows to this before what it holds is sent ahead as VALUES. */
#define RECORD_SIZE_SOFT_MAX (256u << 10)
#define EVENT_PART_SIZE_MAX  (64u << 10) /* longer output becomes several events */

static bool
is_plain_word(VALUE value)
{
    return RB_SPECIAL_CONST_P(value);
}

/* Whether it is a symbol that a word alone cannot tell; any other is defined for the writer. */
static bool
is_marked_symbol(struct recorder *recorder, VALUE value)
{
    return RB_STATIC_SYM_P(value) && !rec_name_define_symbol(recorder, value);
}

/* ---- items ---- */

static inline void
put_word_item(struct rec_assembly *record, uint32_t key, VALUE value)
{
    struct {
        struct ct_spool_item item;
        uint64_t word;
    } both = {.item = {.key = key, .size = 0}, .word = (uint64_t)value};
    rec_assembly_put(record, &both, sizeof both);
}

/* Whether what a value's parts are called, and where the code is that shows it, decides how it is
 * shown: then no look at it is of use elsewhere. hot */
static inline bool
has_attribute_rules(const struct recorder *recorder)
{
    return recorder->policy != NULL && recorder->policy->has_attribute_rules;
}

/* hot */
static inline const struct rec_look *
find_look(struct recorder *recorder, VALUE value)
{
    return has_attribute_rules(recorder) ? NULL : rec_look_find(recorder, value);
}

/* Copies a heap value, or a symbol that is no word, to the record and notes a look at it. */
static bool
append_copy(struct recorder *recorder, VALUE value, uint64_t *out_fingerprint)
{
    struct rec_assembly *record = &recorder->record;
    size_t start = record->size;
    if (!is_plain_word(value) && !has_attribute_rules(recorder))
        rec_look_begin(recorder, value);
    if (!rec_snapshot_append(recorder, value, record)) {
        rec_look_give_up(recorder);
        return false;
    }
    size_t size = record->size - start;
    *out_fingerprint = rec_fingerprint(record->bytes + start, size);
    rec_look_end(recorder, record->bytes + start, (uint32_t)size, *out_fingerprint);
    return true;
}

/* The copy that was made when the value was looked at. hot */
static bool
append_known_copy(struct recorder *recorder, const struct rec_look *look, uint64_t *out_fingerprint)
{
    if (look == NULL || look->size > REC_LOOK_BYTES_MAX)
        return false;
    rec_assembly_put(&recorder->record, look->bytes, look->size);
    recorder->counts.cut_count += look->cut_count;
    recorder->counts.uncaptured_count += look->uncaptured_count;
    *out_fingerprint = look->fingerprint;
    return true;
}

/* Appends item and copy; `look` is NULL or holds. False when memory is short. */
static bool
put_heap_item(struct recorder *recorder, uint32_t key, VALUE value, const struct rec_look *look,
              uint64_t *out_fingerprint)
{
    struct rec_assembly *record = &recorder->record;
    size_t item_offset = record->size;
    struct ct_spool_item item = {.key = key};
    if (!rec_assembly_reserve(record, sizeof item + recorder->limits.snapshot_size_max + 8))
        return false;
    record->size += sizeof item;
    if (!append_known_copy(recorder, look, out_fingerprint) &&
        !append_copy(recorder, value, out_fingerprint))
        return false;
    item.size = (uint32_t)(record->size - item_offset - sizeof item);
    memcpy(record->bytes + item_offset, &item, sizeof item);
    rec_assembly_pad(record);
    return true;
}

/* A value that is always written: an argument, a return value. */
static bool
put_item(struct recorder *recorder, uint32_t key, VALUE value)
{
    if (value == Qundef)
        return false;
    uint64_t fingerprint;
    if (!is_plain_word(value)) {
        const struct rec_look *look = find_look(recorder, value);
        return put_heap_item(recorder, key, value, look, &fingerprint);
    }
    if (is_marked_symbol(recorder, value))
        return put_heap_item(recorder, key, value, NULL, &fingerprint);
    if (!rec_assembly_reserve(&recorder->record, 16))
        return false;
    put_word_item(&recorder->record, key, value);
    return true;
}

size_t
rec_ending_put(struct rec_assembly *record, const struct rec_ending *ending)
{
    size_t size = 13 + ending->text_size;
    if (!rec_assembly_reserve(record, size + 8))
        return 0;
    rec_assembly_put_u8(record, CT_SNAPSHOT_TEXT);
    rec_assembly_put_u32(record, ending->class_name_id);
    rec_assembly_put_u32(record, 0);
    rec_assembly_put_u32(record, (uint32_t)ending->text_size);
    rec_assembly_put(record, ending->text, ending->text_size);
    rec_assembly_pad(record);
    return size;
}

static bool
put_hidden_item(struct recorder *recorder, uint32_t key, uint32_t reason)
{
    struct ct_spool_item item = {.key = key, .size = 5};
    if (!rec_assembly_reserve(&recorder->record, sizeof item + 8))
        return false;
    rec_assembly_put(&recorder->record, &item, sizeof item);
    rec_assembly_put_u8(&recorder->record, CT_SNAPSHOT_ABSENT);
    rec_assembly_put_u32(&recorder->record, reason);
    rec_assembly_pad(&recorder->record);
    recorder->counts.hidden_count++;
    return true;
}

/* How a call was unwound, as an item. */
static bool
put_ending(struct recorder *recorder, const struct rec_ending *ending)
{
    struct ct_spool_item item = {.key = CT_SPOOL_KEY_RETURN,
                                 .size = (uint32_t)(13 + ending->text_size)};
    if (!rec_assembly_reserve(&recorder->record, sizeof item + item.size + 8))
        return false;
    rec_assembly_put(&recorder->record, &item, sizeof item);
    return rec_ending_put(&recorder->record, ending) != 0;
}

/* ---- records ---- */

/* hot */
static inline void
begin_record(struct recorder *recorder, const void *head, size_t size)
{
    recorder->record.size = 0;
    rec_assembly_put(&recorder->record, head, size);
}

/* Fills in size and count, copies to the spool, publishes. hot */
static inline void
end_record(struct recorder *recorder, uint32_t count)
{
    struct rec_assembly *record = &recorder->record;
    struct ct_spool_record *head = (struct ct_spool_record *)record->bytes;
    head->size = (uint32_t)record->size;
    head->count = (uint16_t)count;
    uint8_t *room = rec_reserve(recorder, record->size);
    if (room == NULL)
        return;
    memcpy(room, record->bytes, record->size);
    rec_publish(recorder, record->size);
}

/* Sends the items so far ahead of the step they belong to. */
static void
send_ahead(struct recorder *recorder, uint32_t *count)
{
    struct ct_spool_step head;
    struct rec_assembly *record = &recorder->record;
    memcpy(&head, record->bytes, sizeof head);
    ((struct ct_spool_record *)record->bytes)->kind = CT_SPOOL_VALUES;
    end_record(recorder, *count);
    begin_record(recorder, &head, sizeof head);
    *count = 0;
}

/* ---- variables ---- */

/* The slow path of put_heap_change: it has changed, or a copy must tell whether it has. */
static uint32_t
put_heap_copy(struct recorder *recorder, uint32_t index, VALUE value, struct rec_shadow *shadow,
              const struct rec_look *look)
{
    struct rec_assembly *record = &recorder->record;
    size_t before = record->size;
    uint64_t print;
    struct rec_counts counts = recorder->counts;
    if (!put_heap_item(recorder, index, value, look, &print)) {
        record->size = before;
        return 0;
    }
    if (shadow->word == value && shadow->fingerprint == print) {
        record->size = before;
        recorder->counts.cut_count = counts.cut_count; /* what is not sent is not counted again */
        recorder->counts.uncaptured_count = counts.uncaptured_count;
        return 0;
    }
    shadow->word = value;
    shadow->fingerprint = print;
    return 1;
}

/* A heap value is looked at each time: what it holds may have changed though the variable did
 * not. hot */
static inline uint32_t
put_heap_change(struct recorder *recorder, uint32_t index, VALUE value, struct rec_shadow *shadow)
{
    const struct rec_look *look = find_look(recorder, value);
    if (look != NULL && shadow->word == value && shadow->fingerprint == look->fingerprint)
        return 0;
    return put_heap_copy(recorder, index, value, shadow, look);
}

static uint32_t
put_word_change(struct recorder *recorder, uint32_t index, VALUE value, struct rec_shadow *shadow)
{
    if (is_marked_symbol(recorder, value))
        return put_heap_copy(recorder, index, value, shadow, NULL);
    if (!rec_assembly_reserve(&recorder->record, 16))
        return 0;
    shadow->word = value;
    put_word_item(&recorder->record, index, value);
    return 1;
}

/* hot */
static inline uint32_t
put_change(struct recorder *recorder, uint32_t index, VALUE value, struct rec_shadow *shadow)
{
    if (!is_plain_word(value))
        return put_heap_change(recorder, index, value, shadow);
    return value == shadow->word ? 0 : put_word_change(recorder, index, value, shadow);
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
static uint32_t
put_hidden_change(struct recorder *recorder, uint32_t index, VALUE value,
                  struct rec_shadow *shadow)
{
    rec_secret_learn(recorder, value);
    if (shadow->word == REC_HIDDEN_SHOWN)
        return 0;
    shadow->word = REC_HIDDEN_SHOWN;
    return put_hidden_item(recorder, index, CT_SNAPSHOT_REDACTED);
}

/* Appends an item for `self` and each variable whose value is not what the view shows. hot */
static inline uint32_t
put_changes(struct recorder *recorder, const struct rec_frame *frame,
            const struct rec_control_frame *cfp)
{
    const struct rec_iseq *iseq = frame->iseq;
    struct rec_shadow *shadow = frame->view->shadows;
    const VALUE *ep = cfp->ep;
    recorder->policy = &iseq->policy;
    uint32_t level = 0, count = put_change(recorder, REC_SELF_INDEX, cfp->self, &frame->view->self);
    for (uint32_t i = 0; i < iseq->slot_count; i++, shadow++) {
        const struct rec_slot slot = iseq->slots[i];
        for (; level < slot.level; level++)
            ep = (const VALUE *)(ep[-1] & ~(VALUE)3);
        uint32_t index = REC_FIRST_SLOT_INDEX + i;
        VALUE value = value_of_slot(recorder, ep, slot);
        if (__builtin_expect(slot.action != REC_ALLOW, 0))
            count += put_hidden_change(recorder, index, value, shadow);
        else
            count += put_change(recorder, index, value, shadow);
        if (recorder->record.size > RECORD_SIZE_SOFT_MAX)
            send_ahead(recorder, &count);
    }
    return count;
}

/* The watched variables that are not what was shown of them last, wherever that was. */
static uint32_t
put_watched(struct recorder *recorder, VALUE self)
{
    uint32_t count = 0;
    for (size_t i = 0; i < recorder->watched.count; i++) {
        struct rec_watched_variable *variable;
        VALUE value;
        enum rec_value_action action = rec_watched_action(recorder, i);
        if (action == REC_DROP || !rec_watched_look(recorder, i, self, &value, &variable))
            continue;
        uint32_t key = CT_SPOOL_KEY_WATCHED | variable->name_id;
        count += action == REC_ALLOW
                     ? put_change(recorder, key, value, &variable->shadow)
                     : put_hidden_change(recorder, key, value, &variable->shadow);
    }
    return count;
}

/* hot */
static inline uint32_t
put_variables(struct recorder *recorder, const struct rec_frame *frame,
              const struct rec_control_frame *cfp)
{
    uint32_t count = put_changes(recorder, frame, cfp);
    if (__builtin_expect(recorder->watched.count > 0, 0))
        count += put_watched(recorder, cfp->self);
    return count;
}

/* hot */
void
rec_capture_step(struct recorder *recorder, struct rec_frame *frame,
                 const struct rec_control_frame *cfp, uint32_t line)
{
    struct ct_spool_step head = {
        .record = {.kind = CT_SPOOL_STEP}, .view_id = frame->view->id, .line = line};
    begin_record(recorder, &head, sizeof head);
    uint32_t count = put_variables(recorder, frame, cfp);
    end_record(recorder, count);
}

void
rec_capture_call(struct recorder *recorder, const struct rec_frame *frame, const VALUE *ep,
                 VALUE self, uint32_t function_id)
{
    const struct rec_iseq *iseq = frame->iseq;
    recorder->policy = &iseq->policy;
    struct ct_spool_call head = {.record = {.kind = CT_SPOOL_CALL}, .function_id = function_id};
    begin_record(recorder, &head, sizeof head);
    uint32_t count = put_item(recorder, recorder->iseqs.self_name_id, self);
    for (uint32_t i = 0; i < iseq->parameter_count; i++) {
        const struct rec_parameter *parameter = &iseq->parameters[i];
        VALUE value = value_of_slot(recorder, ep, parameter->slot);
        if (parameter->slot.action == REC_ALLOW) {
            count += put_item(recorder, parameter->name_id, value);
            continue;
        }
        rec_secret_learn(recorder, value);
        count += put_hidden_item(recorder, parameter->name_id, CT_SNAPSHOT_REDACTED);
    }
    end_record(recorder, count);
}

static uint32_t
begin_return(struct recorder *recorder, struct rec_frame *frame,
             const struct rec_control_frame *cfp, uint32_t line, uint8_t flags)
{
    struct ct_spool_step head = {.record = {.kind = CT_SPOOL_RETURN, .flags = flags},
                                 .view_id = frame->view->id,
                                 .line = line};
    begin_record(recorder, &head, sizeof head);
    return put_variables(recorder, frame, cfp);
}

static bool
put_return_item(struct recorder *recorder, uint8_t action, VALUE value)
{
    if (action == REC_ALLOW)
        return put_item(recorder, CT_SPOOL_KEY_RETURN, value);
    rec_secret_learn(recorder, value);
    return put_hidden_item(recorder, CT_SPOOL_KEY_RETURN,
                           action == REC_DROP ? CT_SNAPSHOT_DROPPED : CT_SNAPSHOT_REDACTED);
}

void
rec_capture_return(struct recorder *recorder, struct rec_frame *frame,
                   const struct rec_control_frame *cfp, uint32_t line, VALUE value)
{
    uint32_t count = begin_return(recorder, frame, cfp, line, CT_SPOOL_RETURN_NORMAL);
    count += put_return_item(recorder, frame->iseq->return_action, value);
    end_record(recorder, count);
}

void
rec_capture_body_end(struct recorder *recorder, struct rec_frame *frame,
                     const struct rec_control_frame *cfp, uint32_t line)
{
    end_record(recorder, begin_return(recorder, frame, cfp, line, CT_SPOOL_RETURN_NOTHING));
}

void
rec_capture_unwound(struct recorder *recorder, struct rec_frame *frame,
                    const struct rec_control_frame *cfp, uint32_t line,
                    const struct rec_ending *ending)
{
    uint32_t count = begin_return(recorder, frame, cfp, line, CT_SPOOL_RETURN_UNWOUND);
    count += put_ending(recorder, ending);
    end_record(recorder, count);
}

/* ---- the same through names and values ---- */

static uint32_t
put_named_changes(struct recorder *recorder, const struct rec_frame *frame,
                  const struct rec_named_state *state)
{
    recorder->policy = &frame->iseq->policy;
    uint32_t count = put_change(recorder, REC_SELF_INDEX, state->self, &frame->view->self);
    for (uint32_t i = 0; i < frame->iseq->slot_count; i++) {
        struct rec_shadow *shadow = &frame->view->shadows[i];
        VALUE value = RARRAY_AREF(state->values, (long)i);
        count += frame->iseq->slots[i].action == REC_ALLOW
                     ? put_change(recorder, REC_FIRST_SLOT_INDEX + i, value, shadow)
                     : put_hidden_change(recorder, REC_FIRST_SLOT_INDEX + i, value, shadow);
        if (recorder->record.size > RECORD_SIZE_SOFT_MAX)
            send_ahead(recorder, &count);
    }
    return count;
}

static uint32_t
begin_named(struct recorder *recorder, const struct rec_frame *frame, struct ct_spool_record record,
            const struct rec_named_state *state)
{
    struct ct_spool_step head = {.record = record, .view_id = frame->view->id, .line = state->line};
    begin_record(recorder, &head, sizeof head);
    uint32_t count = put_named_changes(recorder, frame, state);
    return count + put_watched(recorder, state->self);
}

void
rec_capture_step_named(struct recorder *recorder, struct rec_frame *frame,
                       const struct rec_named_state *state)
{
    struct ct_spool_record record = {.kind = CT_SPOOL_STEP};
    end_record(recorder, begin_named(recorder, frame, record, state));
}

void
rec_capture_call_named(struct recorder *recorder, uint32_t function_id, VALUE self, VALUE names,
                       VALUE values)
{
    struct ct_spool_call head = {.record = {.kind = CT_SPOOL_CALL}, .function_id = function_id};
    begin_record(recorder, &head, sizeof head);
    uint32_t count = put_item(recorder, recorder->iseqs.self_name_id, self);
    for (long i = 0; i < RARRAY_LEN(names); i++)
        count += put_item(recorder, rec_name_of_id(recorder, SYM2ID(RARRAY_AREF(names, i))),
                          RARRAY_AREF(values, i));
    end_record(recorder, count);
}

void
rec_capture_return_named(struct recorder *recorder, struct rec_frame *frame,
                         const struct rec_named_state *state, VALUE result)
{
    struct ct_spool_record record = {.kind = CT_SPOOL_RETURN, .flags = CT_SPOOL_RETURN_NORMAL};
    uint32_t count = begin_named(recorder, frame, record, state);
    count += put_item(recorder, CT_SPOOL_KEY_RETURN, result);
    end_record(recorder, count);
}

void
rec_capture_body_end_named(struct recorder *recorder, struct rec_frame *frame,
                           const struct rec_named_state *state)
{
    struct ct_spool_record record = {.kind = CT_SPOOL_RETURN, .flags = CT_SPOOL_RETURN_NOTHING};
    end_record(recorder, begin_named(recorder, frame, record, state));
}

void
rec_capture_unwound_named(struct recorder *recorder, struct rec_frame *frame,
                          const struct rec_named_state *state)
{
    char text[sizeof recorder->current_strand->pending[0].text + 16];
    const struct rec_unwinding *unwinding = rec_strand_exception(recorder->current_strand);
    struct ct_spool_record record = {.kind = CT_SPOOL_RETURN, .flags = CT_SPOOL_RETURN_UNWOUND};
    uint32_t count = begin_named(recorder, frame, record, state);
    struct rec_ending ending = {.class_name_id = unwinding->class_name_id, .text = text};
    ending.text_size = rec_unwinding_text(unwinding, text);
    count += put_ending(recorder, &ending);
    end_record(recorder, count);
}

/* ---- events ---- */

/* Where an event happened, if that is not the strand's last step. */
struct event_place {
    uint32_t view_id, line;
};

/* After a switch the strand's last step may have been one of a call that has returned since: then
 * the event brings its own place. */
static struct event_place
place_of_event(struct rec_strand *strand)
{
    struct event_place nowhere = {.view_id = UINT32_MAX, .line = UINT32_MAX};
    if (strand == NULL || !strand->is_resumed || strand->frame_count == 0)
        return nowhere;
    const struct rec_frame *top = &strand->frames[strand->frame_count - 1];
    strand->is_resumed = false;
    if (top->view == NULL || top->line == 0)
        return nowhere;
    return (struct event_place){.view_id = top->view->id, .line = top->line};
}

static void
put_event_part(struct recorder *recorder, enum ct_spool_event_kind kind, const char *metadata,
               const char *content, size_t content_size)
{
    size_t metadata_size = strlen(metadata);
    struct event_place place = place_of_event(recorder->current_strand);
    size_t size = rec_pad(sizeof(struct ct_spool_event) + metadata_size + content_size);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    *(struct ct_spool_event *)room = (struct ct_spool_event){
        .record = {.size = (uint32_t)size, .kind = CT_SPOOL_EVENT, .flags = (uint8_t)kind},
        .metadata_size = (uint32_t)metadata_size,
        .content_size = (uint32_t)content_size,
        .true_size = content_size,
        .view_id = place.view_id,
        .line = place.line,
    };
    room += sizeof(struct ct_spool_event);
    memcpy(room, metadata, metadata_size);
    memcpy(room + metadata_size, content, content_size);
    rec_publish(recorder, size);
}

void
rec_capture_event(struct recorder *recorder, enum ct_spool_event_kind kind, const char *metadata,
                  const char *content, size_t content_size)
{
    rec_text_mask(recorder, content, content_size, &content, &content_size);
    while (content_size > EVENT_PART_SIZE_MAX) {
        size_t part = EVENT_PART_SIZE_MAX;
        while (part > EVENT_PART_SIZE_MAX - 4 && ((unsigned char)content[part] & 0xC0) == 0x80)
            part--; /* not inside a UTF-8 character */
        put_event_part(recorder, kind, metadata, content, part);
        content += part;
        content_size -= part;
    }
    put_event_part(recorder, kind, metadata, content, content_size);
}
