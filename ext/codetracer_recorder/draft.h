/* Steps and returns are drafted where they belong: in the spool, behind its head. One that shows
 * what has to be copied, or named first, goes on in the assembly, from there.
 *
 * Used by capture.c and quick_event.h. */
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

/* An item of a plain word that is not brief. */
struct rec_word_item {
    uint32_t key;
    uint32_t size; /* 0 */
    uint64_t word;
};

/* Puts an item where there is room for a rec_word_item; returns its end. hot */
static inline uint8_t *
rec_word_item_put(uint8_t *at, uint32_t key, VALUE word)
{
    if (__builtin_expect(ct_spool_item_is_brief(key, word), 1)) {
        *(uint64_t *)(void *)at = ct_spool_brief_item(key, word);
        return at + sizeof(uint64_t);
    }
    *(struct rec_word_item *)(void *)at = (struct rec_word_item){.key = key, .word = word};
    return at + sizeof(struct rec_word_item);
}

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

/* Room in the spool for a step or return of the frame; NULL: there is none, or it is not to be
 * drafted. hot */
static inline uint8_t *
rec_draft_room(struct recorder *recorder, const struct rec_iseq *iseq)
{
    if (iseq->draft_size == 0 || (recorder->watched.count | recorder->held_count) != 0)
        return NULL;
    return ct_spool_reserve(&recorder->spool, iseq->draft_size);
}

/* Nothing is drafted: the record is made in the assembly from its beginning. */
static inline void
rec_draft_forget(struct recorder *recorder)
{
    recorder->draft = (struct rec_draft){.next = REC_SELF_INDEX};
}

/* Notes that the record is to go on in the assembly from index `next` on; NULL. */
uint8_t *rec_draft_leave(struct recorder *recorder, const uint8_t *end, uint32_t next);

/* Drafts what is not the word that the view shows, if it is not shown, where the draft's items end.
 * Returns their new end; NULL: the record is to go on in the assembly, from recorder->draft, whose
 * items are set by who began. hot */
uint8_t *rec_draft_value(struct recorder *recorder, uint8_t *end, uint32_t index, VALUE value,
                         struct rec_shadow *shadow);

/* The same of a heap value, which is not as it was when it was looked at. hot */
uint8_t *rec_draft_renewed(struct recorder *recorder, uint8_t *end, uint32_t index,
                           struct rec_shadow *shadow, struct rec_look *look);

/* The same of any heap value, quicker where it is as it was and shown. hot */
static inline __attribute__((always_inline)) uint8_t *
rec_draft_object(struct recorder *recorder, uint8_t *end, uint32_t index, VALUE value,
                 struct rec_shadow *shadow)
{
    struct rec_look *look = rec_look_place(&recorder->looks, value);
    if (look->root == value && look->epoch == recorder->identities.epoch) {
        if (!look->is_simple || !rec_look_is_same(look))
            return rec_draft_renewed(recorder, end, index, shadow, look);
        if (rec_is_heap_shown(shadow, value, look))
            return end;
    }
    return rec_draft_value(recorder, end, index, value, shadow);
}

/* Drafts `self` and all variables of the frame. As above. hot */
uint8_t *rec_draft_changes(struct recorder *recorder, const struct rec_frame *frame,
                           const struct rec_control_frame *cfp, uint8_t *end);

/* How far it is from a variable to the next whose word is not what its shadow says. Behind the last
 * one stands REC_NEVER_SHOWN, which is no word: one of the frame is read there that is none of the
 * variables. hot */
static inline __attribute__((always_inline)) size_t
rec_draft_skip(const VALUE *value, const struct rec_shadow *shadow)
{
    for (size_t i = 0;; i += 4) {
        if (value[i] != shadow[i].word)
            return i;
        if (value[i + 1] != shadow[i + 1].word)
            return i + 1;
        if (value[i + 2] != shadow[i + 2].word)
            return i + 2;
        if (value[i + 3] != shadow[i + 3].word)
            return i + 3;
    }
}

/* The same of a frame whose variables lie in a row, in its own scope, by few numbers. Nothing is
 * called for an integer: most of what a line costs are registers that have to be kept. hot */
static inline __attribute__((always_inline)) uint8_t *
rec_draft_row(struct recorder *recorder, const struct rec_frame *frame,
              const struct rec_control_frame *cfp, uint8_t *end)
{
    struct rec_view *const view = frame->view;
    struct rec_shadow *shadow = view->shadows;
    if (cfp->self != shadow->word) {
        end = rec_is_plain_word(cfp->self)
                  ? rec_draft_value(recorder, end, REC_SELF_INDEX, cfp->self, shadow)
                  : rec_draft_object(recorder, end, REC_SELF_INDEX, cfp->self, shadow);
        if (end == NULL)
            return NULL;
    }
    const VALUE *value = cfp->ep - frame->iseq->row_offset;
    shadow += REC_FIRST_SLOT_INDEX;
    const struct rec_shadow *const shadow_end = shadow + frame->iseq->slot_count;
    for (;; shadow++, value++) {
        const size_t same = rec_draft_skip(value, shadow);
        shadow += same;
        value += same;
        if (shadow == shadow_end)
            return end;
        const VALUE word = *value;
        const uint32_t index = (uint32_t)(shadow - view->shadows);
        if (__builtin_expect(RB_FIXNUM_P(word) && ct_spool_item_is_brief(0, word), 1)) {
            shadow->word = word;
            *(uint64_t *)(void *)end = ct_spool_brief_item(index, word);
            end += sizeof(uint64_t);
            continue;
        }
        end = rec_is_plain_word(word) ? rec_draft_value(recorder, end, index, word, shadow)
                                      : rec_draft_object(recorder, end, index, word, shadow);
        if (end == NULL)
            return NULL;
    }
}

/* What a step of the frame begins with if it is a brief one, but for its size; 0: it is none.
 * hot */
static inline uint64_t
rec_brief_step(const struct rec_frame *frame, uint32_t line)
{
    uint64_t head = frame->view->brief_step, below = line - frame->iseq->first_line;
    return __builtin_expect(head != 0 && below <= UINT8_MAX, 1)
               ? head | below << (8 * offsetof(struct ct_spool_record, flags))
               : 0;
}

/* Publishes a brief step whose items end at `end`. hot */
static inline void
rec_brief_step_end(struct recorder *recorder, uint8_t *room, const uint8_t *end, uint64_t head)
{
    const size_t size = (size_t)(end - room);
    *(uint64_t *)(void *)room = head | size;
    rec_publish(recorder, size);
}

#endif
