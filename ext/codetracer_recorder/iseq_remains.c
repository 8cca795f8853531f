/* See iseq_remains.h. A script's object is marked by its TracePoint, that by the iseqs' hooks: so
 * without a mark on the object its iseqs have none either, and nothing of them runs again. Each is
 * looked at all the same. */
#include "iseq_remains.h"

#include "original_method.h"
#include "own_memory.h"
#include "recorder.h"

#include <string.h>

#define BODY_SIZE_READ    1024 /* it is within these bytes, up to Ruby 3.4 */
#define INSTRUCTION_MAX   1024 /* there are fewer kinds */
#define SAMPLE_COUNT_MAX  32   /* words of the probe's code */

/* ---- where they are ---- */

static void
ignore_line(VALUE tpval, void *data)
{
    (void)tpval;
    (void)data;
}

/* Whether these words are the code with numbers in the place of the instructions' addresses. */
static bool
is_original_of(const VALUE *copy, const struct rec_iseq_body_head *body)
{
    bool has_number = false;
    for (uint32_t i = 0; i < body->encoded_size; i++) {
        bool is_number = copy[i] < INSTRUCTION_MAX && body->encoded[i] > INSTRUCTION_MAX;
        if (copy[i] != body->encoded[i] && !is_number)
            return false;
        has_number |= is_number;
    }
    return has_number;
}

static size_t
find_original(const struct rec_iseq_body_head *body)
{
    VALUE words[BODY_SIZE_READ / sizeof(VALUE)], copy[SAMPLE_COUNT_MAX];
    size_t found = 0;
    if (body->encoded_size > SAMPLE_COUNT_MAX || !rec_own_memory_get(body, words, sizeof words))
        return 0;
    for (size_t i = 2; i < sizeof words / sizeof words[0]; i++) {
        if (words[i] == (VALUE)body->encoded || words[i] % sizeof(VALUE) != 0 ||
            !rec_own_memory_get((const void *)words[i], copy, body->encoded_size * sizeof(VALUE)) ||
            !is_original_of(copy, body))
            continue;
        if (found != 0)
            return 0; /* which of the two? */
        found = i * sizeof(VALUE);
    }
    return found;
}

static VALUE
compile_sample(void)
{
    return rec_original_call_with(REC_ISEQ_COMPILE, rb_path2class("RubyVM::InstructionSequence"),
                                  rb_str_new_cstr("ct_x = 5\nct_x.ct_y"));
}

void
rec_iseq_remains_init(struct recorder *recorder)
{
    struct rec_iseq_remains *remains = &recorder->remains;
    if (remains->is_probed || !recorder->layout.frames_readable ||
        recorder->layout.object_marked == NULL || recorder->layout.iseqw_to_iseq == NULL)
        return;
    remains->is_probed = true;
    VALUE iseqw = compile_sample();
    const void *iseq = recorder->layout.iseqw_to_iseq(iseqw);
    VALUE tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_LINE, ignore_line, NULL);
    rec_tracepoint_target(tracepoint, iseqw);
    remains->original_at = find_original(rec_iseq_body(iseq));
    rec_tracepoint_untarget(tracepoint);
    RB_GC_GUARD(iseqw);
    RB_GC_GUARD(tracepoint);
}

/* ---- freeing ---- */

static void
free_hooks(const void *iseq)
{
    struct rec_iseq_hook_list **place = (struct rec_iseq_hook_list **)iseq + REC_ISEQ_HOOKS_INDEX;
    struct rec_iseq_hook_list *list = *place;
    if (list == NULL)
        return;
    *place = NULL;
    for (struct rec_iseq_hook *hook = list->first, *next; hook != NULL; hook = next) {
        next = hook->next;
        xfree(hook);
    }
    xfree(list);
}

static void
free_original(const struct rec_iseq_body_head *body, size_t at)
{
    VALUE **place = (VALUE **)((char *)(uintptr_t)body + at);
    VALUE *words = *place;
    *place = NULL;
    xfree(words);
}

static void
free_remains(const struct recorder *recorder, const void *iseq)
{
    const struct rec_iseq_remains *remains = &recorder->remains;
    if (recorder->layout.object_marked((VALUE)iseq) != 0)
        return;
    if (recorder->iseq_hooks.are_there)
        free_hooks(iseq);
    if (remains->original_at != 0 && rec_iseq_body(iseq) != NULL)
        free_original(rec_iseq_body(iseq), remains->original_at);
}

void
rec_iseq_remains_free(struct recorder *recorder)
{
    const struct rec_iseq_remains *remains = &recorder->remains;
    if (!recorder->iseq_hooks.are_there && remains->original_at == 0)
        return;
    for (struct rec_script *script = recorder->scripts.first; script != NULL;
         script = script->next) {
        if (script->is_buried || recorder->layout.object_marked(script->object) != 0)
            continue;
        for (struct rec_iseq *entry = script->iseqs; entry != NULL; entry = entry->next_of_script)
            free_remains(recorder, entry->iseq);
    }
}
