/* One spool record, read once and bounded: its head, its fixed part, its items.
 *
 * Used by timeline_*.c. `size` is the one that was checked; what lies in shared memory is not asked
 * a second time. */
#ifndef CT_TRACE_TIMELINE_RECORD_H
#define CT_TRACE_TIMELINE_RECORD_H

#include "ctrace/spool_format.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct ct_timeline_record {
    struct ct_spool_record head;
    const uint8_t *bytes; /* the whole record */
    size_t position;      /* of what is read next: items, texts */
};

/* Copies a record's fixed part of `size` bytes (head included) and stands behind it. hot */
static inline enum ct_status
ct_timeline_record_fixed(struct ct_timeline_record *record, void *out_fixed, size_t size)
{
    if (record->head.size < size)
        return CT_ERR_FORMAT;
    memcpy(out_fixed, record->bytes, size);
    record->position = size;
    return CT_OK;
}

/* `size` borrowed bytes behind what was read. */
static inline enum ct_status
ct_timeline_record_bytes(struct ct_timeline_record *record, size_t size, const uint8_t **out_bytes)
{
    if (record->head.size - record->position < size)
        return CT_ERR_FORMAT;
    *out_bytes = record->bytes + record->position;
    record->position += size;
    return CT_OK;
}

/* A value behind STEP, VALUES, CALL, RETURN. */
struct ct_timeline_item {
    uint32_t key;
    uint32_t size; /* 0: `word`, else bytes of snapshot */
    uint64_t word;
    const uint8_t *bytes;
};

static inline bool
ct_timeline_record_is_read(const struct ct_timeline_record *record)
{
    return record->position >= record->head.size;
}

/* hot */
static inline struct ct_timeline_item
ct_timeline_brief_item(uint64_t brief)
{
    const unsigned shift = 64 - CT_SPOOL_BRIEF_WORD_BITS;
    uint32_t key = (uint32_t)(brief >> CT_SPOOL_BRIEF_WORD_BITS) & 0xFF;
    return (struct ct_timeline_item){
        .key = key == CT_SPOOL_BRIEF_KEY_RETURN ? CT_SPOOL_KEY_RETURN : key,
        .word = (uint64_t)((int64_t)(brief << shift) >> shift)};
}

/* hot */
static inline enum ct_status
ct_timeline_record_item(struct ct_timeline_record *record, struct ct_timeline_item *out_item)
{
    struct ct_spool_item item;
    uint64_t brief;
    size_t remaining = record->head.size - record->position;
    if (remaining < sizeof item)
        return CT_ERR_FORMAT;
    memcpy(&brief, record->bytes + record->position, sizeof brief);
    memcpy(&item, &brief, sizeof item);
    record->position += sizeof item;
    if (__builtin_expect(brief >> 63 != 0, 1)) {
        *out_item = ct_timeline_brief_item(brief);
        return CT_OK;
    }
    remaining -= sizeof item;
    out_item->key = item.key;
    out_item->size = item.size;
    out_item->bytes = record->bytes + record->position;
    size_t padded = item.size == 0 ? sizeof out_item->word : ((size_t)item.size + 7) & ~(size_t)7;
    if (padded > remaining)
        return CT_ERR_FORMAT;
    if (item.size == 0)
        memcpy(&out_item->word, out_item->bytes, sizeof out_item->word);
    record->position += padded;
    return CT_OK;
}

#endif
