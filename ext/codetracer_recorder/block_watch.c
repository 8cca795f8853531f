/* See block_watch.h. */
#include "block_watch.h"

#include "event_hook.h"
#include "original_method.h"
#include "recorder.h"
#include "replaced_method.h"
#include "script_hook.h"

/* The originals, filled once and never changed. */
static struct {
    struct recorder *recorder;
    rec_any_method define_method, define_singleton_method, define_main_method;
    VALUE (*iseq_of)(VALUE klass, VALUE code);
    VALUE iseq_class;
} taken;

/* ---- noting ---- */

static void
note_code(struct recorder *recorder, VALUE iseqw)
{
    if (NIL_P(recorder->noted_blocks))
        recorder->noted_blocks = rb_ary_new();
    rb_ary_push(recorder->noted_blocks, iseqw);
    recorder->is_followed = true;
}

/* The code of what a program gave, which may be anything; nil: it has none that counts. */
static VALUE
find_code(const struct recorder *recorder, VALUE given)
{
    if (!recorder->active || !rec_in_main_ractor(recorder))
        return Qnil;
    if (!RTEST(rb_obj_is_proc(given)) && !RTEST(rb_obj_is_method(given)))
        return Qnil;
    return taken.iseq_of(taken.iseq_class, given);
}

void
rec_block_watch_note(struct recorder *recorder, const struct rec_iseq *iseq)
{
    note_code(recorder, recorder->walk.iseqw_new(iseq->iseq));
}

/* ---- methods that are being defined ---- */

/* The code of a method that is being defined: of the second argument, or else of the block. */
static VALUE
find_body(int argc, const VALUE *argv)
{
    if (argc == 2)
        return find_code(taken.recorder, argv[1]);
    if (argc == 1 && rb_block_given_p())
        return find_code(taken.recorder, rb_block_proc());
    return Qnil;
}

/* Where rules are about methods it is judged by this name, before it runs. */
static void
judge_body(struct recorder *recorder, VALUE iseqw, VALUE owner, VALUE name)
{
    const void *iseq = recorder->walk.iseqw_to_iseq(iseqw);
    struct rec_script *script = rec_block_watch_script(recorder, iseq);
    if (!recorder->rules.has_object_rules || !SYMBOL_P(name) || script == NULL ||
        rec_iseq_body(iseq)->type != REC_ISEQ_BLOCK)
        return;
    const struct rec_method method = {.owner = owner, .name = SYM2ID(name)};
    const struct rec_pointer_entry *known =
        rec_pointer_map_find(&recorder->iseqs.iseqs, (uint64_t)iseq);
    const bool ok =
        known != NULL
            ? rec_iseq_judge_again(recorder, (struct rec_iseq *)known->value, &method)
            : rec_iseq_make(recorder, script, iseq, &method) != NULL;
    if (!ok)
        rec_fail(recorder, REC_NO_MEMORY);
}

static void
note_body(VALUE iseqw, VALUE owner, VALUE name)
{
    if (NIL_P(iseqw))
        return;
    judge_body(taken.recorder, iseqw, owner, name);
    note_code(taken.recorder, iseqw);
}

static VALUE
take_method(int argc, VALUE *argv, VALUE self)
{
    VALUE name = taken.define_method(argc, argv, self);
    note_body(find_body(argc, argv), self, name);
    return name;
}

static VALUE
take_singleton_method(int argc, VALUE *argv, VALUE self)
{
    VALUE name = taken.define_singleton_method(argc, argv, self);
    note_body(find_body(argc, argv), rb_singleton_class(self), name);
    return name;
}

static VALUE
take_main_method(int argc, VALUE *argv, VALUE self)
{
    VALUE name = taken.define_main_method(argc, argv, self);
    note_body(find_body(argc, argv), rb_cObject, name);
    return name;
}

/* ---- listening ---- */

struct rec_script *
rec_block_watch_script(const struct recorder *recorder, const void *iseq)
{
    for (; iseq != NULL; iseq = rec_iseq_parent(&recorder->layout, iseq)) {
        struct rec_pointer_entry *known =
            rec_pointer_map_find(&recorder->iseqs.iseqs, (uint64_t)iseq);
        if (known != NULL)
            return ((const struct rec_iseq *)known->value)->script;
    }
    return NULL;
}

/* NULL: no block, or not of recorded code. */
static struct rec_iseq *
find_block(struct recorder *recorder, const void *iseq)
{
    if (rec_iseq_body(iseq)->type != REC_ISEQ_BLOCK)
        return NULL;
    struct rec_script *script = rec_block_watch_script(recorder, iseq);
    return script == NULL ? NULL : rec_hooks_iseq(recorder, script, iseq);
}

struct rec_iseq *
rec_block_watch_find(struct recorder *recorder, VALUE code)
{
    VALUE iseqw = find_code(recorder, code);
    return NIL_P(iseqw) ? NULL : find_block(recorder, recorder->walk.iseqw_to_iseq(iseqw));
}

static int
listen_to(struct recorder *recorder, VALUE iseqw)
{
    struct rec_iseq *known = find_block(recorder, recorder->walk.iseqw_to_iseq(iseqw));
    if (known == NULL || known->listener != NULL || recorder->shows_blocks)
        return 0; /* with shows_blocks its script tells its events */
    return rec_script_listen_to_block(known->script, iseqw, &known->listener);
}

int
rec_block_watch_noted(struct recorder *recorder)
{
    VALUE noted = recorder->noted_blocks;
    int state = 0;
    recorder->noted_blocks = Qnil;
    for (long i = 0; i < RARRAY_LEN(noted) && state == 0; i++)
        state = listen_to(recorder, RARRAY_AREF(noted, i));
    RB_GC_GUARD(noted);
    return state;
}

/* ---- enabling ---- */

static void
replace(rec_any_method *out_original, VALUE klass, const char *name, rec_any_method function)
{
    *(void **)out_original = rec_method_replace(klass, name, RUBY_METHOD_FUNC(function), -1);
}

bool
rec_block_watch_is_possible(const struct recorder *recorder)
{
    if (recorder->walk.iseqw_new == NULL || !rec_replaced_methods_begin())
        return false;
    if (taken.iseq_of == NULL) {
        taken.iseq_class = rb_path2class("RubyVM::InstructionSequence");
        *(void **)&taken.iseq_of =
            rec_replaced_method_find(rb_singleton_class(taken.iseq_class), "of");
    }
    return taken.iseq_of != NULL;
}

void
rec_block_watch_enable(struct recorder *recorder)
{
    if (taken.recorder != NULL || recorder->layout.method_block_flag == 0 ||
        !rec_block_watch_is_possible(recorder))
        return;
    taken.recorder = recorder;
    replace(&taken.define_method, rb_cModule, "define_method", take_method);
    replace(&taken.define_singleton_method, rb_mKernel, "define_singleton_method",
            take_singleton_method);
    replace(&taken.define_main_method, rb_singleton_class(recorder->main_object), "define_method",
            take_main_method);
}
