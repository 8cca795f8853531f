/* One event's fields as they stand in a chunk, cut out but not decoded.
 *
 * Used by the combined reader and by what works ahead of it. Cutting has no effect but on a cursor,
 * so that it can simply be tried again with more bytes. Bytes are drawn in events_format.h. */
#ifndef CT_TRACE_EVENT_CUT_H
#define CT_TRACE_EVENT_CUT_H

#include "base/bytes.h"
#include "base/cursor.h"
#include "ctrace/trace_reader.h"
#include "value/value_peek.h"

struct ct_raw_text {
    const uint8_t *bytes;
    size_t size;
};

/* Borrowed from the chunk. */
struct ct_raw_event {
    uint8_t tag;
    uint8_t small;       /* the b field */
    uint64_t numbers[3]; /* u and i fields, in order */
    struct ct_raw_text texts[2];
    struct ct_raw_text box;
    size_t size;
};

#define CT_CUT_BOX_ONLY_AT 5  /* behind a tag and the size of a c field */
#define CT_CUT_ID_END      9  /* of a tag and a u field */
#define CT_CUT_BOX_AT      13 /* behind them and the size of a c field */
#define CT_CUT_STEP_SIZE   17

/* Steps, values, calls and returns, which nearly all events are. hot */
static inline bool
ct_event_is_frequent(uint8_t tag)
{
    return tag == CT_TRACE_STEP || tag == CT_TRACE_VALUE || tag == CT_TRACE_CALL ||
           tag == CT_TRACE_RETURN;
}

/* Of those: where the c field stands, or the end. */
static inline size_t
ct_event_box_at(uint8_t tag)
{
    if (tag == CT_TRACE_STEP)
        return CT_CUT_STEP_SIZE;
    return tag == CT_TRACE_RETURN ? CT_CUT_BOX_ONLY_AT : CT_CUT_BOX_AT;
}

/* An event of those, without the table of fields; what it does not have is left as it is. False
 * when it is another or not all there. hot */
static inline bool
ct_event_cut_frequent(const uint8_t *bytes, size_t size, struct ct_raw_event *raw)
{
    if (size < CT_CUT_STEP_SIZE)
        return false;
    raw->tag = bytes[0];
    raw->numbers[0] = ct_bytes_get_u64(bytes + 1);
    if (raw->tag == CT_TRACE_STEP) {
        raw->numbers[1] = ct_bytes_get_u64(bytes + CT_CUT_ID_END);
        raw->size = CT_CUT_STEP_SIZE;
        return true;
    }
    const bool is_return = raw->tag == CT_TRACE_RETURN;
    if (!is_return && raw->tag != CT_TRACE_VALUE && raw->tag != CT_TRACE_CALL)
        return false;
    const size_t box_at = is_return ? CT_CUT_BOX_ONLY_AT : CT_CUT_BOX_AT;
    raw->box = (struct ct_raw_text){bytes + box_at, ct_bytes_get_u32(bytes + box_at - 4)};
    raw->size = box_at + raw->box.size;
    return raw->box.size <= size - box_at;
}

/* How many of the `size` bytes are values that are not picked: at most `count_max` of them, which
 * are counted. *out_has_structs: what stops there is a value that may hold a Struct. hot */
static inline size_t
ct_event_skip_values(const uint8_t *bytes, size_t size, uint32_t count_max,
                     const struct ct_trace_pick *pick, uint32_t *out_count, bool *out_has_structs)
{
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + size;
    uint32_t count = 0;
    *out_has_structs = false;
    while (count < count_max && end - at >= CT_CUT_BOX_AT && *at == CT_TRACE_VALUE) {
        const uint32_t box_size = ct_bytes_get_u32(at + CT_CUT_ID_END);
        if (ct_bytes_get_u64(at + 1) == pick->name_id ||
            box_size > (size_t)(end - at) - CT_CUT_BOX_AT)
            break;
        *out_has_structs =
            pick->has_structs && ct_value_may_hold_struct(at + CT_CUT_BOX_AT, box_size);
        if (*out_has_structs)
            break;
        at += CT_CUT_BOX_AT + box_size;
        count++;
    }
    *out_count = count;
    return (size_t)(at - bytes);
}

/* Any event. False when the tag is unknown. A cursor that failed means that bytes are missing. */
bool ct_event_cut(struct ct_cursor *cursor, struct ct_raw_event *raw);

#endif
