/* Steps and returns are drafted where they belong: in the spool, behind its head. One that shows
 * what has to be copied, or named first, goes on in the assembly, from there.
 *
 * Used by capture.c alone. */
#ifndef REC_DRAFT_H
#define REC_DRAFT_H

#include "fingerprint.h"
#include "recorder.h"
#include "strand_table.h"

#include "ctrace/spool_format.h"

#include <stdbool.h>
#include <stdint.h>

static inline bool
rec_is_plain_word(VALUE value)
{
    return RB_SPECIAL_CONST_P(value);
}

/* An item of a plain word. */
struct rec_word_item {
    uint32_t key;
    uint32_t size; /* 0 */
    uint64_t word;
};

/* Whether what a value's parts are called, and where the code is that shows it, decides how it is
 * shown: then no look at it is of use elsewhere. hot */
static inline bool
rec_has_attribute_rules(const struct recorder *recorder)
{
    return recorder->policy != NULL && recorder->policy->has_attribute_rules;
}

/* hot */
static inline const struct rec_look *
rec_look_at(struct recorder *recorder, VALUE value)
{
    return rec_has_attribute_rules(recorder)
               ? NULL
               : rec_look_find(recorder, &recorder->looks, value, recorder->identities.epoch);
}

/* What a shadow notes of a heap value. hot */
static inline uint64_t
rec_shown_print(VALUE value, uint64_t fingerprint)
{
    return fingerprint + (uint64_t)value * REC_MIX_SIZE;
}

/* Whether a heap value is what the view shows: it is looked at each time, for what it holds may
 * have changed though the variable did not. `look` is NULL when a copy must tell. hot */
static inline bool
rec_is_heap_shown(const struct rec_shadow *shadow, VALUE value, const struct rec_look *look)
{
    return look != NULL && shadow->word == REC_HEAP_SHOWN &&
           shadow->print == rec_shown_print(value, look->fingerprint);
}

struct rec_draft {
    struct ct_spool_step *head; /* in the spool, unpublished */
    uint8_t *end;
    uint32_t count;
    uint32_t spare; /* bytes for copies, beside what all words may take */
    uint32_t next;  /* index in the layout of what is not in it yet */
};

/* hot */
static inline void
rec_draft_put(struct rec_draft *draft, uint32_t index, VALUE value)
{
    struct rec_word_item *item = (struct rec_word_item *)(void *)draft->end;
    *item = (struct rec_word_item){.key = index, .word = (uint64_t)value};
    draft->end += sizeof *item;
    draft->count++;
}

/* The same for a symbol: false when it is to go on in the assembly. */
bool rec_draft_put_symbol(struct recorder *recorder, struct rec_draft *draft, uint32_t index,
                          VALUE value, struct rec_shadow *shadow);

/* The same for a heap value that `look` is at; NULL: it has to be copied. */
bool rec_draft_put_heap(struct recorder *recorder, struct rec_draft *draft, uint32_t index,
                        struct rec_shadow *shadow, const struct rec_look *look);

/* Whether a value that is not the word that the view shows, is shown, or is drafted now. Looks are
 * of use: draft_plan.c has nothing drafted where rules for attributes decide what they show. hot */
static inline __attribute__((always_inline)) bool
rec_draft_value(struct recorder *recorder, struct rec_draft *draft, uint32_t index, VALUE value,
                struct rec_shadow *shadow)
{
    if (!rec_is_plain_word(value)) {
        const struct rec_look *look =
            rec_look_find(recorder, &recorder->looks, value, recorder->identities.epoch);
        return rec_is_heap_shown(shadow, value, look) ||
               rec_draft_put_heap(recorder, draft, index, shadow, look);
    }
    if (RB_STATIC_SYM_P(value))
        return rec_draft_put_symbol(recorder, draft, index, value, shadow);
    shadow->word = value;
    rec_draft_put(draft, index, value);
    return true;
}

/* Drafts `self` and all variables; false when there is more to do. hot */
static inline __attribute__((always_inline)) bool
rec_draft_changes(struct recorder *recorder, struct rec_draft *draft, const struct rec_frame *frame,
                  const struct rec_control_frame *cfp)
{
    const struct rec_slot_run *run = frame->iseq->runs, *end = run + frame->iseq->run_count;
    struct rec_shadow *const first = frame->view->shadows, *shadow = first;
    const VALUE *ep = cfp->ep;
    uint32_t level = 0;
    if (cfp->self != frame->view->self.word &&
        !rec_draft_value(recorder, draft, REC_SELF_INDEX, cfp->self, &frame->view->self))
        return false;
    for (; run < end; run++) {
        for (; __builtin_expect(level != run->level, 0); level++)
            ep = (const VALUE *)(ep[-1] & ~(VALUE)3);
        const VALUE *value = ep - run->offset;
        const struct rec_shadow *run_end = shadow + run->count;
        for (; shadow < run_end; shadow++, value++) {
            if (__builtin_expect(*value == shadow->word, 1))
                continue;
            uint32_t index = REC_FIRST_SLOT_INDEX + (uint32_t)(shadow - first);
            if (!rec_draft_value(recorder, draft, index, *value, shadow)) {
                draft->next = index;
                return false;
            }
        }
    }
    draft->next = REC_FIRST_SLOT_INDEX + frame->iseq->slot_count;
    return true;
}

/* Room in the spool for such a record; `head` NULL: there is none, or it is no such record. hot */
static inline struct rec_draft
rec_draft_begin(struct recorder *recorder, const struct rec_frame *frame, uint8_t kind,
                uint8_t flags, uint32_t line)
{
    struct rec_draft draft = {.next = REC_SELF_INDEX, .spare = REC_DRAFT_SPARE};
    recorder->policy = &frame->iseq->policy;
    if (frame->iseq->draft_size > 0 && (recorder->watched.count | recorder->held_count) == 0)
        draft.head = (void *)ct_spool_reserve(&recorder->spool, frame->iseq->draft_size);
    if (draft.head == NULL)
        return draft;
    *draft.head = (struct ct_spool_step){
        .record = {.kind = kind, .flags = flags}, .view_id = frame->view->id, .line = line};
    draft.end = (uint8_t *)(draft.head + 1);
    return draft;
}

/* hot */
static inline void
rec_draft_end(struct recorder *recorder, const struct rec_draft *draft)
{
    size_t size = (size_t)(draft->end - (const uint8_t *)draft->head);
    draft->head->record.size = (uint32_t)size;
    draft->head->record.count = (uint16_t)draft->count;
    rec_publish(recorder, size);
}

#endif
