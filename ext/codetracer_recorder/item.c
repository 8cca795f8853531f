/* See item.h. */
#include "item.h"

#include "capture.h"
#include "draft.h"
#include "recorder.h"
#include "value_filter.h"

bool
rec_item_is_marked_symbol(struct recorder *recorder, VALUE value)
{
    return RB_STATIC_SYM_P(value) && !rec_name_define_symbol(recorder, value);
}

/* Copies a heap value, or a symbol that is no word, to the record and notes a look at it. */
static bool
append_copy(struct recorder *recorder, VALUE value, uint64_t *out_fingerprint)
{
    struct rec_assembly *record = &recorder->record;
    size_t start = record->size;
    if (!rec_is_plain_word(value) && !rec_has_attribute_rules(recorder))
        rec_look_begin(recorder, value);
    if (!rec_snapshot_append(recorder, value, record)) {
        rec_look_give_up(recorder);
        return false;
    }
    size_t size = record->size - start;
    *out_fingerprint = rec_copy_print(record->bytes + start, size);
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

bool
rec_item_put_heap(struct recorder *recorder, uint32_t key, VALUE value, const struct rec_look *look,
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

bool
rec_item_put(struct recorder *recorder, uint32_t key, VALUE value)
{
    if (value == Qundef)
        return false;
    uint64_t fingerprint;
    if (!rec_is_plain_word(value)) {
        const struct rec_look *look = rec_look_at(recorder, value);
        return rec_item_put_heap(recorder, key, value, look, &fingerprint);
    }
    if (rec_item_is_marked_symbol(recorder, value))
        return rec_item_put_heap(recorder, key, value, NULL, &fingerprint);
    if (!rec_assembly_reserve(&recorder->record, 16))
        return false;
    rec_item_put_word(&recorder->record, key, value);
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

bool
rec_item_put_hidden(struct recorder *recorder, uint32_t key, uint32_t reason)
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

/* What has been learnt since it was raised may stand in the text; it is counted once. */
bool
rec_item_put_ending(struct recorder *recorder, const struct rec_ending *ending)
{
    struct rec_ending shown = *ending;
    const uint64_t hidden_count = recorder->counts.hidden_count;
    rec_text_mask(recorder, ending->text, ending->text_size, &shown.text, &shown.text_size);
    recorder->counts.hidden_count = hidden_count;
    struct ct_spool_item item = {.key = CT_SPOOL_KEY_RETURN,
                                 .size = (uint32_t)(13 + shown.text_size)};
    if (!rec_assembly_reserve(&recorder->record, sizeof item + item.size + 8))
        return false;
    rec_assembly_put(&recorder->record, &item, sizeof item);
    return rec_ending_put(&recorder->record, &shown) != 0;
}
