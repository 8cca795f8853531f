/* See recording_facts.h. */
#include "recording_facts.h"

#include "recorder.h"

#include <string.h>

#define GEMS_SIZE_MAX (64 << 10) /* of names and versions; what would come after is left out */

static void
put_facts(struct recorder *recorder, uint8_t flags, VALUE text)
{
    const size_t text_size = (size_t)RSTRING_LEN(text);
    const size_t size = rec_pad(sizeof(struct ct_spool_facts) + text_size);
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    memset(room + size - 8, 0, 8); /* the padding */
    *(struct ct_spool_facts *)room = (struct ct_spool_facts){
        .record = {.size = (uint32_t)size, .kind = CT_SPOOL_FACTS, .flags = flags},
        .text_size = (uint32_t)text_size,
    };
    memcpy(room + sizeof(struct ct_spool_facts), RSTRING_PTR(text), text_size);
    rec_publish(recorder, size);
}

void
rec_facts_put_recorded(struct recorder *recorder, VALUE json)
{
    put_facts(recorder, CT_SPOOL_FACTS_STATIC, json);
    RB_GC_GUARD(json);
}

/* ---- gems ---- */

/* Gem's table of name → specification, or nil. */
static VALUE
find_loaded_specs(void)
{
    const ID gem = rb_intern("Gem");
    if (!rb_const_defined(rb_cObject, gem) || RTEST(rb_autoload_p(rb_cObject, gem)))
        return Qnil;
    VALUE module = rb_const_get(rb_cObject, gem);
    if (!RB_TYPE_P(module, T_MODULE))
        return Qnil;
    VALUE specs = rb_attr_get(module, rb_intern("@loaded_specs"));
    return RB_TYPE_P(specs, T_HASH) ? specs : Qnil;
}

static void
put_text(VALUE texts, VALUE text)
{
    rb_str_cat(texts, RSTRING_PTR(text), RSTRING_LEN(text));
    rb_str_cat(texts, "\0", 1);
}

static int
put_gem(VALUE name, VALUE spec, VALUE texts)
{
    VALUE version = RB_TYPE_P(spec, T_OBJECT) ? rb_attr_get(spec, rb_intern("@version")) : Qnil;
    VALUE number =
        RB_TYPE_P(version, T_OBJECT) ? rb_attr_get(version, rb_intern("@version")) : Qnil;
    if (!RB_TYPE_P(name, T_STRING) || !RB_TYPE_P(number, T_STRING) ||
        memchr(RSTRING_PTR(name), '\0', (size_t)RSTRING_LEN(name)) != NULL ||
        memchr(RSTRING_PTR(number), '\0', (size_t)RSTRING_LEN(number)) != NULL)
        return ST_CONTINUE;
    if (RSTRING_LEN(texts) + RSTRING_LEN(name) + RSTRING_LEN(number) + 2 > GEMS_SIZE_MAX)
        return ST_STOP;
    put_text(texts, name);
    put_text(texts, number);
    return ST_CONTINUE;
}

void
rec_facts_put_gems(struct recorder *recorder)
{
    VALUE specs = find_loaded_specs();
    if (NIL_P(specs) || !recorder->is_open || RHASH_SIZE(specs) == recorder->gem_count)
        return;
    VALUE texts = rb_str_buf_new(256);
    recorder->gem_count = RHASH_SIZE(specs);
    rb_hash_foreach(specs, put_gem, texts);
    put_facts(recorder, CT_SPOOL_FACTS_GEMS, texts);
    RB_GC_GUARD(texts);
}

/* ---- the end ---- */

static int32_t
number_of(VALUE exception, const char *name, int32_t otherwise)
{
    VALUE number = rb_attr_get(exception, rb_intern(name));
    return FIXNUM_P(number) ? (int32_t)FIX2LONG(number) : otherwise;
}

void
rec_facts_note_ending(struct recorder *recorder, VALUE raised)
{
    recorder->how_ended = CT_SPOOL_ENDING_EXIT;
    recorder->end_code = 0;
    if (!RTEST(rb_obj_is_kind_of(raised, rb_eException)))
        return;
    if (RTEST(rb_obj_is_kind_of(raised, rb_eSystemExit))) {
        recorder->end_code = number_of(raised, "status", 0);
    } else if (RTEST(rb_obj_is_kind_of(raised, rb_eSignal))) {
        recorder->how_ended = CT_SPOOL_ENDING_SIGNAL;
        recorder->end_code = number_of(raised, "signo", 0);
    } else {
        recorder->how_ended = CT_SPOOL_ENDING_EXCEPTION;
        recorder->end_code = 1;
    }
}

void
rec_facts_put_tally(struct recorder *recorder)
{
    const struct rec_counts *counts = &recorder->counts;
    const struct ct_spool_shared *shared = recorder->spool.shared;
    const uint64_t numbers[] = {
        [CT_SPOOL_TALLY_CUT] = counts->cut_count,
        [CT_SPOOL_TALLY_UNCAPTURED] = counts->uncaptured_count,
        [CT_SPOOL_TALLY_LOST_FRAMES] = counts->lost_frame_count,
        [CT_SPOOL_TALLY_RACTOR_EVENTS] = counts->ractor_event_count,
        [CT_SPOOL_TALLY_WAITS] = shared->wait_count,
        [CT_SPOOL_TALLY_WAIT_NS] = shared->wait_ns,
        [CT_SPOOL_TALLY_HIDDEN] = counts->hidden_count,
    };
    const size_t size = sizeof(struct ct_spool_tally) + sizeof numbers;
    uint8_t *room = rec_reserve(recorder, size);
    if (room == NULL)
        return;
    *(struct ct_spool_tally *)room = (struct ct_spool_tally){
        .record = {.size = (uint32_t)size,
                   .kind = CT_SPOOL_TALLY,
                   .flags = (uint8_t)recorder->how_ended,
                   .count = sizeof numbers / sizeof *numbers},
        .code = recorder->end_code,
    };
    memcpy(room + sizeof(struct ct_spool_tally), numbers, sizeof numbers);
    rec_publish(recorder, size);
}
