/* Ends the process where a hook on the steady path does what it must not: allocate, call Ruby, let
 * another thread run. Linked (--wrap) into the extension by `make tripwire`, never shipped.
 *
 * A hook is rec_script_event, the raw one that leads there, rec_block_event or
 * rec_shortcut_event_flags, whole. What it sees for
 * the first time it may allocate for, within the functions under "what may allocate", no further.
 * CODETRACER_TRIPWIRE_COUNTS is a file that gets a line of what was counted: tripwire_test.rb. */
#include "block_watch.h"
#include "event_hook.h"
#include "line_shortcut.h"
#include "recorder.h"
#include "script_event.h"
#include "snapshot_kind.h"
#include "symbol_patch.h"

#include <ruby/debug.h>
#include <ruby/encoding.h>

#include <dlfcn.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLER_COUNT 16

/* Of this thread's hook. */
struct watch {
    bool is_in_hook;
    bool is_raw;           /* in the one that may lead to the other */
    bool may_call;         /* it is at its end, where it listens to a new block */
    unsigned excused;      /* within how many functions that may allocate */
    unsigned new_count;    /* what it saw for the first time */
    const char *allocated; /* what it allocated with, unexcused; NULL: nothing … */
    int caller_count;      /* … and from where */
    void *callers[CALLER_COUNT];
};

static __thread struct watch watch;
static void *running_thread; /* of the main Ractor, in a hook; under the GVL */
static VALUE allocations;    /* TracePoint */
static const struct recorder *watched_recorder;
static bool is_shortcut; /* in force */
static bool had_ractors; /* whose hooks run at once: they are not counted */

/* Of the process; excused or not. */
static struct {
    size_t hooks, asked, taken; /* asked and taken: by the shortcut */
    size_t allocations;         /* in hooks: memory, grown memory, Ruby objects */
} counts;

/* The offsets in the extension are for addr2line. */
static void
trip(const char *what, const char *name)
{
    char line[512];
    Dl_info here, place;
    int size = snprintf(line, sizeof line, "tripwire: a hook %s %s, at", what, name);
    if (watch.caller_count == 0)
        watch.caller_count = backtrace(watch.callers, CALLER_COUNT);
    dladdr((const void *)trip, &here);
    for (int i = 0; i < watch.caller_count && size < (int)sizeof line - 24; i++) {
        if (dladdr(watch.callers[i], &place) != 0 && place.dli_fbase == here.dli_fbase)
            size += snprintf(line + size, sizeof line - (size_t)size, " %#zx",
                             (size_t)((char *)watch.callers[i] - (char *)place.dli_fbase));
    }
    line[size++] = '\n';
    if (write(2, line, (size_t)size) < 0)
        abort();
    abort();
}

static void
note_allocation(const char *name)
{
    if (!watch.is_in_hook)
        return;
    __atomic_add_fetch(&counts.allocations, 1, __ATOMIC_RELAXED);
    if (watch.excused > 0 || watch.allocated != NULL)
        return;
    watch.allocated = name;
    watch.caller_count = backtrace(watch.callers, CALLER_COUNT);
}

static void
refuse_call(const char *name)
{
    if (watch.is_in_hook && !watch.may_call)
        trip("calls", name);
}

/* ---- the hooks ---- */

static void *
begin_hook(bool is_alone)
{
    watch = (struct watch){.is_in_hook = true};
    had_ractors |= !is_alone;
    if (is_alone && running_thread != NULL)
        trip("runs", running_thread == &watch ? "after one that was left"
                                              : "while another thread is in one");
    return running_thread = is_alone ? &watch : NULL;
}

static void
end_hook(void *running)
{
    if (running != NULL && running_thread != running)
        trip("runs", "while another thread was in one");
    running_thread = NULL;
    if (watch.allocated != NULL)
        trip("allocates by", watch.allocated);
    watch.is_in_hook = false;
}

static void
run_hook(void (*hook)(VALUE tpval, void *data), VALUE tpval, void *data)
{
    const struct rec_script *script = data;
    __atomic_add_fetch(&counts.hooks, 1, __ATOMIC_RELAXED);
    void *running = begin_hook(script->recorder != NULL && !script->recorder->has_ractors);
    hook(tpval, data);
    end_hook(running);
}

#define WATCH_HOOK(name)                                                                           \
    void __real_##name(VALUE tpval, void *data);                                                   \
    void __wrap_##name(VALUE tpval, void *data)

WATCH_HOOK(rec_script_event);
WATCH_HOOK(rec_block_event);

void
__wrap_rec_script_event(VALUE tpval, void *data)
{
    if (watch.is_raw)
        __real_rec_script_event(tpval, data);
    else
        run_hook(__real_rec_script_event, tpval, data);
}

void __real_rec_script_raw_event(VALUE tpval, const struct rec_trace_arg *event);
void
__wrap_rec_script_raw_event(VALUE tpval, const struct rec_trace_arg *event)
{
    __atomic_add_fetch(&counts.hooks, 1, __ATOMIC_RELAXED);
    void *running = begin_hook(!watched_recorder->has_ractors);
    watch.is_raw = true;
    __real_rec_script_raw_event(tpval, event);
    watch.is_raw = false;
    end_hook(running);
}

void
__wrap_rec_block_event(VALUE tpval, void *data)
{
    run_hook(__real_rec_block_event, tpval, data);
}

/* The hook tells by where it is asked from who asks: each who does has a call of ours to itself. */
rb_event_flag_t __real_rec_shortcut_event_flags(const void *iseq, size_t position);
#define ASK(name)                                                                                  \
    static __attribute__((noipa)) rb_event_flag_t name(const void *iseq, size_t position)          \
    {                                                                                              \
        rb_event_flag_t events = __real_rec_shortcut_event_flags(iseq, position);                  \
        __asm__ volatile("" ::"r"(events)); /* no tail call */                                     \
        return events;                                                                             \
    }
ASK(ask_0)
ASK(ask_1)
ASK(ask_2)
ASK(ask_3)
ASK(ask_4)
ASK(ask_5)

static rb_event_flag_t
ask_for(const void *asker, const void *iseq, size_t position)
{
    static struct {
        const void *asker;
        rb_event_flag_t (*ask)(const void *iseq, size_t position);
    } askers[] = {{NULL, ask_0}, {NULL, ask_1}, {NULL, ask_2},
                  {NULL, ask_3}, {NULL, ask_4}, {NULL, ask_5}};
    for (size_t i = 0; i < sizeof askers / sizeof askers[0]; i++) {
        if (askers[i].asker == NULL)
            askers[i].asker = asker;
        if (askers[i].asker == asker)
            return askers[i].ask(iseq, position);
    }
    trip("is asked", "from more places than the shim knows");
    return 0;
}

rb_event_flag_t
__wrap_rec_shortcut_event_flags(const void *iseq, size_t position)
{
    const void *asker = __builtin_return_address(0);
    if (watch.is_in_hook)
        return ask_for(asker, iseq, position);
    counts.asked++;
    void *running = begin_hook(!watched_recorder->has_ractors);
    rb_event_flag_t events = ask_for(asker, iseq, position);
    end_hook(running);
    counts.taken +=
        events == 0 && watched_recorder->layout.iseq_event_flags(iseq, position) != 0;
    return events;
}

bool __real_rec_symbol_patch(const char *symbol, void *replacement);
bool
__wrap_rec_symbol_patch(const char *symbol, void *replacement)
{
    bool is_patched = __real_rec_symbol_patch(symbol, replacement);
    if (strcmp(symbol, "rb_iseq_event_flags") == 0)
        is_shortcut = is_patched;
    return is_patched;
}

static void
note_object(VALUE tpval, void *data)
{
    (void)tpval;
    (void)data;
    note_allocation("a Ruby object");
}

void __real_rec_hooks_enable(struct recorder *recorder);
void
__wrap_rec_hooks_enable(struct recorder *recorder)
{
    watched_recorder = recorder;
    __real_rec_hooks_enable(recorder);
    if (allocations == 0) {
        allocations = rb_tracepoint_new(Qnil, RUBY_INTERNAL_EVENT_NEWOBJ, note_object, NULL);
        rb_gc_register_mark_object(allocations);
        rb_tracepoint_enable(allocations);
    }
}

/* The VM asks before each hook but those of frames that an exception leaves: where the shortcut is
 * in force, ours was entered. */
__attribute__((destructor)) static void
end(void)
{
    const char *path = getenv("CODETRACER_TRIPWIRE_COUNTS");
    if (is_shortcut && counts.hooks > 0 && counts.asked == 0 && !had_ractors)
        trip("is taken", "by a shortcut that is not watched");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file == NULL)
        return;
    fprintf(file, "hooks %zu asked %zu taken %zu allocations %zu\n", counts.hooks, counts.asked,
            counts.taken, counts.allocations);
    fclose(file);
}

/* ---- what may allocate, and what for ---- */

static void
begin_excuse(bool is_excused)
{
    watch.excused += is_excused;
}

static void
end_excuse(bool is_excused)
{
    watch.excused -= is_excused;
}

/* Where only the end tells whether the hook saw something new: what was allocated meanwhile. */
static void
excuse_since(const char *allocated, bool is_new)
{
    if (allocated == NULL && is_new)
        watch.allocated = NULL;
}

/* A table's entry: the table grows, doubling. */
bool __real_rec_pointer_map_put(struct rec_pointer_map *map, uint64_t key, uint64_t value);
bool
__wrap_rec_pointer_map_put(struct rec_pointer_map *map, uint64_t key, uint64_t value)
{
    size_t count = map->count;
    bool may_grow = (count + 1) * 2 > map->capacity;
    begin_excuse(may_grow);
    bool is_put = __real_rec_pointer_map_put(map, key, value);
    end_excuse(may_grow);
    watch.new_count += map->count > count;
    return is_put;
}

struct rec_iseq *__real_rec_iseq_make(struct recorder *recorder, struct rec_script *script,
                                      const void *iseq, const struct rec_method *method);
struct rec_iseq *
__wrap_rec_iseq_make(struct recorder *recorder, struct rec_script *script, const void *iseq,
                     const struct rec_method *method)
{
    begin_excuse(true);
    struct rec_iseq *made = __real_rec_iseq_make(recorder, script, iseq, method);
    end_excuse(true);
    return made;
}

/* A call deeper than any before. */
struct rec_view *__real_rec_view_new(struct recorder *recorder, struct rec_iseq *iseq);
struct rec_view *
__wrap_rec_view_new(struct recorder *recorder, struct rec_iseq *iseq)
{
    bool is_excused = iseq->free_views == NULL;
    begin_excuse(is_excused);
    struct rec_view *view = __real_rec_view_new(recorder, iseq);
    end_excuse(is_excused);
    return view;
}

/* The first secret: the table for all of them is made once. */
bool __real_rec_known_secrets_add(struct rec_known_secrets *known, const char *text, size_t size);
bool
__wrap_rec_known_secrets_add(struct rec_known_secrets *known, const char *text, size_t size)
{
    bool is_excused = known->secrets == NULL;
    begin_excuse(is_excused);
    bool is_added = __real_rec_known_secrets_add(known, text, size);
    end_excuse(is_excused);
    return is_added;
}

/* The parameters of a method or block that was not called before. */
bool __real_rec_iseq_read_parameters(struct recorder *recorder, struct rec_iseq *iseq);
bool
__wrap_rec_iseq_read_parameters(struct recorder *recorder, struct rec_iseq *iseq)
{
    bool is_excused = iseq->parameters == NULL;
    begin_excuse(is_excused);
    bool is_read = __real_rec_iseq_read_parameters(recorder, iseq);
    end_excuse(is_excused);
    return is_read;
}

/* A block that was made a method unseen: it gets a listener at the end of the hook. */
void __real_rec_block_watch_note(struct recorder *recorder, const struct rec_iseq *iseq);
void
__wrap_rec_block_watch_note(struct recorder *recorder, const struct rec_iseq *iseq)
{
    bool is_excused = iseq->listener == NULL;
    begin_excuse(is_excused);
    __real_rec_block_watch_note(recorder, iseq);
    end_excuse(is_excused);
}

/* A thread or fiber that is new. */
struct rec_strand *__real_rec_strand_switch(struct recorder *recorder, const void *ec);
struct rec_strand *
__wrap_rec_strand_switch(struct recorder *recorder, const void *ec)
{
    const char *allocated = watch.allocated;
    unsigned new_count = watch.new_count;
    struct rec_strand *strand = __real_rec_strand_switch(recorder, ec);
    excuse_since(allocated, watch.new_count != new_count);
    return strand;
}

/* What is said of an object that is new, of a text that is. */
bool __real_rec_kind_note(struct recorder *recorder, enum rec_kind kind, VALUE object,
                          uint32_t *out_note_id);
bool
__wrap_rec_kind_note(struct recorder *recorder, enum rec_kind kind, VALUE object,
                     uint32_t *out_note_id)
{
    const char *allocated = watch.allocated;
    unsigned new_count = watch.new_count;
    bool is_noted = __real_rec_kind_note(recorder, kind, object, out_note_id);
    excuse_since(allocated, watch.new_count != new_count);
    return is_noted;
}

/* The first Date: it is found out how they lie. */
size_t __real_rec_date_text(struct recorder *recorder, VALUE object, bool has_clock,
                            char *out_text, size_t capacity);
size_t
__wrap_rec_date_text(struct recorder *recorder, VALUE object, bool has_clock, char *out_text,
                     size_t capacity)
{
    const char *allocated = watch.allocated;
    const void *type = recorder->date_type;
    size_t size = __real_rec_date_text(recorder, object, has_clock, out_text, capacity);
    excuse_since(allocated, recorder->date_type != type);
    return size;
}

/* A word that is no symbol yet: an encoding's name, say. */
static bool
is_new_word(const char *text)
{
    return watch.is_in_hook &&
           rb_check_id_cstr(text, (long)strlen(text), rb_usascii_encoding()) == 0;
}

ID __real_rb_intern(const char *text);
ID
__wrap_rb_intern(const char *text)
{
    bool is_excused = is_new_word(text);
    begin_excuse(is_excused);
    ID id = __real_rb_intern(text);
    end_excuse(is_excused);
    return id;
}

/* The same of a literal. */
ID __real_rb_intern2(const char *text, long size);
ID
__wrap_rb_intern2(const char *text, long size)
{
    bool is_excused = is_new_word(text);
    begin_excuse(is_excused);
    ID id = __real_rb_intern2(text, size);
    end_excuse(is_excused);
    return id;
}

/* A constant that waits to be loaded: Ruby makes Strings to find out that it does. */
VALUE __real_rb_autoload_p(VALUE module, ID name);
VALUE
__wrap_rb_autoload_p(VALUE module, ID name)
{
    const char *allocated = watch.allocated;
    VALUE feature = __real_rb_autoload_p(module, name);
    excuse_since(allocated, !NIL_P(feature));
    return feature;
}

int __real_rb_const_defined_at(VALUE module, ID name);
int
__wrap_rb_const_defined_at(VALUE module, ID name)
{
    const char *allocated = watch.allocated;
    int is_defined = __real_rb_const_defined_at(module, name);
    if (watch.is_in_hook && watch.allocated != allocated)
        excuse_since(allocated, !NIL_P(__real_rb_autoload_p(module, name)));
    return is_defined;
}

/* What grows does so by half at least: seldomer and seldomer. */
void *__real_realloc(void *memory, size_t size);
void *
__wrap_realloc(void *memory, size_t size)
{
    bool is_excused = size >= malloc_usable_size(memory) / 2 * 3;
    begin_excuse(is_excused);
    note_allocation("realloc");
    end_excuse(is_excused);
    return __real_realloc(memory, size);
}

/* A stream was replaced: the first thing of a hook, so others may run meanwhile. */
void __real_rec_output_replaced(struct recorder *recorder);
void
__wrap_rec_output_replaced(struct recorder *recorder)
{
    void *was_running = running_thread;
    bool was_in_hook = watch.is_in_hook;
    watch.may_call = true;
    watch.excused++;
    running_thread = NULL;
    __real_rec_output_replaced(recorder);
    watch = (struct watch){.is_in_hook = was_in_hook};
    running_thread = was_running;
}

/* Listens to a new block; others may run from here on. Where it was interrupted the hook ends. */
int __real_rec_block_watch_noted(struct recorder *recorder);
int
__wrap_rec_block_watch_noted(struct recorder *recorder)
{
    struct watch before = watch;
    watch.may_call = true;
    watch.excused++;
    running_thread = NULL;
    int state = __real_rec_block_watch_noted(recorder);
    watch = before;
    watch.may_call = true;
    watch.is_in_hook = state == 0;
    running_thread = state == 0 ? &watch : NULL;
    return state;
}

/* ---- what allocates ---- */

#define NOTE(type, name, parameters, words)                                                        \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        note_allocation(#name);                                       \
        return __real_##name words;                                                                \
    }

NOTE(void *, malloc, (size_t size), (size))
NOTE(void *, calloc, (size_t count, size_t size), (count, size))
NOTE(char *, strdup, (const char *text), (text))
NOTE(char *, strndup, (const char *text, size_t size), (text, size))
NOTE(void *, mmap, (void *at, size_t size, int protection, int flags, int fd, off_t offset),
     (at, size, protection, flags, fd, offset))

/* ---- what calls Ruby, raises or lets others run ---- */

#define REFUSE(type, name, parameters, words)                                                      \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        refuse_call(#name);                                                                        \
        return __real_##name words;                                                                \
    }

REFUSE(VALUE, rb_funcallv, (VALUE on, ID method, int count, const VALUE *words),
       (on, method, count, words))
REFUSE(VALUE, rb_method_call, (int count, const VALUE *words, VALUE method), (count, words, method))
REFUSE(VALUE, rb_method_call_kw, (int count, const VALUE *words, VALUE method, int kw),
       (count, words, method, kw))
REFUSE(VALUE, rb_method_call_with_block, (int count, const VALUE *words, VALUE method, VALUE block),
       (count, words, method, block))
REFUSE(VALUE, rb_proc_call, (VALUE proc, VALUE words), (proc, words))
REFUSE(VALUE, rb_yield, (VALUE value), (value))
REFUSE(VALUE, rb_obj_as_string, (VALUE object), (object))
REFUSE(VALUE, rb_ary_join, (VALUE list, VALUE between), (list, between))
REFUSE(VALUE, rb_io_flush, (VALUE io), (io))
REFUSE(VALUE, rb_fiber_resume, (VALUE fiber, int count, const VALUE *words), (fiber, count, words))
REFUSE(VALUE, rb_path2class, (const char *path), (path))

void __real_rb_thread_schedule(void);
void
__wrap_rb_thread_schedule(void)
{
    refuse_call("rb_thread_schedule");
    __real_rb_thread_schedule();
}

void *__real_rb_thread_call_without_gvl2(void *(*run)(void *), void *data, void (*unblock)(void *),
                                         void *unblock_data);
void *
__wrap_rb_thread_call_without_gvl2(void *(*run)(void *), void *data, void (*unblock)(void *),
                                   void *unblock_data)
{
    refuse_call("rb_thread_call_without_gvl2");
    return __real_rb_thread_call_without_gvl2(run, data, unblock, unblock_data);
}
