/* See draft.h. */
#include "draft.h"

#include "capture.h"

#include <string.h>

/* A heap value that `look` is at; NULL: it has to be copied, as one must that is too large for its
 * look to keep, or there is no room for it. */
static uint8_t *
draft_heap(struct recorder *recorder, uint8_t *end, uint32_t index, struct rec_shadow *shadow,
           const struct rec_look *look)
{
    struct ct_spool_item item = {.key = index, .size = look != NULL ? look->size : 0};
    size_t size = sizeof item + rec_pad(item.size);
    if (look == NULL || look->size > REC_LOOK_BYTES_MAX ||
        (size_t)(end - recorder->draft.items) + size > REC_DRAFT_SPARE)
        return NULL;
    memcpy(end, &item, sizeof item);
    memset(end + size - 8, 0, 8); /* the padding */
    memcpy(end + sizeof item, look->bytes, item.size);
    recorder->counts.cut_count += look->cut_count;
    recorder->counts.uncaptured_count += look->uncaptured_count;
    *shadow = (struct rec_shadow){.word = REC_HEAP_SHOWN,
                                  .print = rec_shown_print(look->root, look->fingerprint)};
    return end + size;
}

__attribute__((noinline)) uint8_t *
rec_draft_leave(struct recorder *recorder, const uint8_t *end, uint32_t index)
{
    recorder->draft.end = end;
    recorder->draft.next = index;
    return NULL;
}

/* A heap value that `look` is at, if it is not shown; NULL: there is none. hot */
static inline __attribute__((always_inline)) uint8_t *
draft_looked(struct recorder *recorder, uint8_t *end, uint32_t index, struct rec_shadow *shadow,
             const struct rec_look *look)
{
    if (look != NULL && rec_is_heap_shown(shadow, look->root, look))
        return end;
    uint8_t *put = draft_heap(recorder, end, index, shadow, look);
    return put != NULL ? put : rec_draft_leave(recorder, end, index);
}

/* Looks are of use: draft_plan.c has nothing drafted where rules for attributes decide what they
 * show. hot */
uint8_t *
rec_draft_value(struct recorder *recorder, uint8_t *end, uint32_t index, VALUE value,
                struct rec_shadow *shadow)
{
    if (!rec_is_plain_word(value)) {
        const struct rec_look *look =
            rec_look_find(recorder, &recorder->looks, value, recorder->identities.epoch);
        return draft_looked(recorder, end, index, shadow, look);
    }
    if (RB_STATIC_SYM_P(value) && !rec_name_is_defined(&recorder->names, value))
        return rec_draft_leave(recorder, end, index);
    shadow->word = value;
    return rec_word_item_put(end, index, value);
}

/* hot */
uint8_t *
rec_draft_renewed(struct recorder *recorder, uint8_t *end, uint32_t index,
                  struct rec_shadow *shadow, struct rec_look *look)
{
    return draft_looked(recorder, end, index, shadow, rec_look_renew(recorder, look));
}

/* Of variables that do not lie in a row, or are many. hot */
static uint8_t *
draft_runs(struct recorder *recorder, const struct rec_frame *frame,
           const struct rec_control_frame *cfp, uint8_t *end)
{
    const struct rec_slot_run *run = frame->iseq->runs;
    const struct rec_slot_run *const run_end = run + frame->iseq->run_count;
    struct rec_view *const view = frame->view;
    struct rec_shadow *shadow = view->shadows;
    const VALUE *ep = cfp->ep;
    uint32_t level = 0;
    if (cfp->self != shadow->word)
        end = rec_draft_value(recorder, end, REC_SELF_INDEX, cfp->self, shadow);
    shadow += REC_FIRST_SLOT_INDEX;
    for (; run < run_end; run++) {
        for (; level != run->level; level++)
            ep = (const VALUE *)(ep[-1] & ~(VALUE)3);
        const VALUE *value = ep - run->offset;
        const struct rec_shadow *const shadow_end = shadow + run->count;
        for (; shadow < shadow_end; shadow++, value++) {
            if (__builtin_expect(*value == shadow->word, 1))
                continue;
            if (__builtin_expect(end == NULL, 0))
                return NULL;
            uint32_t index = (uint32_t)(shadow - view->shadows);
            end = rec_draft_value(recorder, end, index, *value, shadow);
        }
    }
    return end;
}

/* hot */
uint8_t *
rec_draft_changes(struct recorder *recorder, const struct rec_frame *frame,
                  const struct rec_control_frame *cfp, uint8_t *end)
{
    return frame->iseq->is_row ? rec_draft_row(recorder, frame, cfp, end)
                               : draft_runs(recorder, frame, cfp, end);
}
