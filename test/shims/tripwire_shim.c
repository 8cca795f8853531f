/* Ends the process where a hook on the steady path does what it must not: allocate, call Ruby, let
 * another thread run. Linked (--wrap) into the extension by `make tripwire`, never shipped.
 *
 * A hook is rec_script_event, rec_block_event or rec_shortcut_event_flags, whole. It is not on the
 * steady path when it sees something for the first time: then it may allocate, through the
 * functions named at MARK_SLOW. */
#include "event_hook.h"
#include "recorder.h"

#include <ruby/debug.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Of this thread's hook. */
struct watch {
    bool is_in_hook;
    bool is_slow;            /* it saw something new */
    bool may_call;           /* it is at its end, where it listens to a new block */
    const char *allocated;   /* what it allocated with, NULL: nothing … */
    size_t offset;           /* … and from where in the extension, for addr2line */
};

static __thread struct watch watch;
static void *running_thread; /* of the main Ractor, in a hook; under the GVL */
static VALUE allocations;    /* TracePoint */

static void
trip(const char *what, const char *name)
{
    char line[160];
    int size = snprintf(line, sizeof line, "tripwire: a hook %s %s, at %#zx\n", what, name,
                        watch.offset);
    if (write(2, line, (size_t)size) < 0)
        abort();
    abort();
}

static void
note_allocation(const char *name, const void *caller)
{
    Dl_info place = {.dli_fbase = NULL};
    if (!watch.is_in_hook || watch.allocated != NULL || dladdr(caller, &place) == 0)
        return;
    watch.allocated = name;
    watch.offset = (size_t)((const char *)caller - (const char *)place.dli_fbase);
}

static void
refuse_call(const char *name)
{
    if (watch.is_in_hook && !watch.may_call)
        trip("calls", name);
}

/* ---- the hooks ---- */

static void
run_hook(void (*hook)(VALUE tpval, void *data), VALUE tpval, void *data)
{
    const struct rec_script *script = data;
    bool is_alone = script->recorder != NULL && !script->recorder->has_ractors;
    watch = (struct watch){.is_in_hook = true};
    if (is_alone && running_thread != NULL)
        trip("runs", "while another thread is in one");
    running_thread = is_alone ? &watch : NULL;
    hook(tpval, data);
    if (is_alone && running_thread != &watch)
        trip("runs", "while another thread was in one");
    running_thread = NULL;
    if (watch.allocated != NULL && !watch.is_slow)
        trip("allocates by", watch.allocated);
    watch.is_in_hook = false;
}

#define WATCH_HOOK(name)                                                                           \
    void __real_##name(VALUE tpval, void *data);                                                   \
    void __wrap_##name(VALUE tpval, void *data)

WATCH_HOOK(rec_script_event);
WATCH_HOOK(rec_block_event);

void
__wrap_rec_script_event(VALUE tpval, void *data)
{
    run_hook(__real_rec_script_event, tpval, data);
}

void
__wrap_rec_block_event(VALUE tpval, void *data)
{
    run_hook(__real_rec_block_event, tpval, data);
}

rb_event_flag_t __real_rec_shortcut_event_flags(const void *iseq, size_t position);
rb_event_flag_t
__wrap_rec_shortcut_event_flags(const void *iseq, size_t position)
{
    if (watch.is_in_hook)
        return __real_rec_shortcut_event_flags(iseq, position);
    watch = (struct watch){.is_in_hook = true};
    rb_event_flag_t events = __real_rec_shortcut_event_flags(iseq, position);
    if (watch.allocated != NULL && !watch.is_slow)
        trip("allocates by", watch.allocated);
    watch.is_in_hook = false;
    return events;
}

static void
note_object(VALUE tpval, void *data)
{
    (void)tpval;
    (void)data;
    note_allocation("a Ruby object", (const void *)note_object);
}

void __real_rec_hooks_enable(struct recorder *recorder);
void
__wrap_rec_hooks_enable(struct recorder *recorder)
{
    __real_rec_hooks_enable(recorder);
    if (allocations == 0) {
        allocations = rb_tracepoint_new(Qnil, RUBY_INTERNAL_EVENT_NEWOBJ, note_object, NULL);
        rb_gc_register_mark_object(allocations);
        rb_tracepoint_enable(allocations);
    }
}

/* ---- what may allocate ---- */

#define MARK_SLOW()                                                                                \
    do {                                                                                           \
        watch.is_slow = true;                                                                      \
    } while (0)

bool __real_rec_pointer_map_put(struct rec_pointer_map *map, uint64_t key, uint64_t value);
bool
__wrap_rec_pointer_map_put(struct rec_pointer_map *map, uint64_t key, uint64_t value)
{
    MARK_SLOW();
    return __real_rec_pointer_map_put(map, key, value);
}

bool __real_rec_assembly_grow(struct rec_assembly *assembly, size_t size);
bool
__wrap_rec_assembly_grow(struct rec_assembly *assembly, size_t size)
{
    MARK_SLOW();
    return __real_rec_assembly_grow(assembly, size);
}

struct rec_iseq *__real_rec_iseq_make(struct recorder *recorder, struct rec_script *script,
                                      const void *iseq, const struct rec_method *method);
struct rec_iseq *
__wrap_rec_iseq_make(struct recorder *recorder, struct rec_script *script, const void *iseq,
                     const struct rec_method *method)
{
    MARK_SLOW();
    return __real_rec_iseq_make(recorder, script, iseq, method);
}

/* A call deeper than any before. */
struct rec_view *__real_rec_view_new(struct recorder *recorder, struct rec_iseq *iseq);
struct rec_view *
__wrap_rec_view_new(struct recorder *recorder, struct rec_iseq *iseq)
{
    watch.is_slow |= iseq->free_views == NULL;
    return __real_rec_view_new(recorder, iseq);
}

/* The first secret: the table for all of them is made once. */
bool __real_rec_known_secrets_add(struct rec_known_secrets *known, const char *text, size_t size);
bool
__wrap_rec_known_secrets_add(struct rec_known_secrets *known, const char *text, size_t size)
{
    watch.is_slow |= known->secrets == NULL;
    return __real_rec_known_secrets_add(known, text, size);
}

/* A constant that waits to be loaded: Ruby makes Strings to find out that it does. */
VALUE __real_rb_autoload_p(VALUE module, ID name);
VALUE
__wrap_rb_autoload_p(VALUE module, ID name)
{
    VALUE feature = __real_rb_autoload_p(module, name);
    watch.is_slow |= !NIL_P(feature);
    return feature;
}

/* What grows doubles each time. */
void *__real_realloc(void *memory, size_t size);
void *
__wrap_realloc(void *memory, size_t size)
{
    MARK_SLOW();
    return __real_realloc(memory, size);
}

/* A stream was replaced: the first thing of a hook, so others may run meanwhile. */
void __real_rec_output_replaced(struct recorder *recorder);
void
__wrap_rec_output_replaced(struct recorder *recorder)
{
    void *was_running = running_thread;
    watch.is_slow = watch.may_call = true;
    running_thread = NULL;
    __real_rec_output_replaced(recorder);
    watch = (struct watch){.is_in_hook = watch.is_in_hook, .is_slow = true};
    running_thread = was_running;
}

int __real_rec_block_watch_noted(struct recorder *recorder);
int
__wrap_rec_block_watch_noted(struct recorder *recorder)
{
    MARK_SLOW();
    watch.may_call = true;
    running_thread = NULL; /* others may run from here on */
    int state = __real_rec_block_watch_noted(recorder);
    watch = (struct watch){.is_in_hook = true, .is_slow = true, .may_call = true};
    running_thread = &watch;
    return state;
}

/* ---- what allocates ---- */

#define NOTE(type, name, parameters, words)                                                        \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        note_allocation(#name, __builtin_return_address(0));                                       \
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
