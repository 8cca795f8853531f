/* See allocation_way.h. The VM points to the collector's memory, where the events of all hooks
 * stand behind the flags. */
#include "allocation_way.h"

#include "own_memory.h"
#include "recorder.h"

#include <dlfcn.h>
#include <stdbool.h>

#define VM_WORDS      512             /* how much of the VM is searched … */
#define DISTANCE_MAX  (4u << 20)      /* … for what is allocated as near: the collector is as old */
#define INNER_WORDS   64              /* 32 bits each, from the start of the collector's memory */
#define PLACES_MAX    64

/* Words that held the events so far. */
struct search {
    const char *vm;
    size_t count;
    const uint32_t *events[PLACES_MAX];
    uint32_t bits[PLACES_MAX]; /* in front of them: set under each hook, and not set without */
};

static void
ignore(VALUE tpval, void *data)
{
    (void)tpval;
    (void)data;
}

/* Ruby 2.7's VM points to the collector twice. */
static bool
is_known(const struct search *search, const uint32_t *events)
{
    for (size_t i = 0; i < search->count; i++) {
        if (search->events[i] == events)
            return true;
    }
    return false;
}

static void
look_into(struct search *search, const uint32_t *start, rb_event_flag_t events)
{
    uint32_t words[INNER_WORDS];
    size_t size = rec_own_memory_get_start(start, words, sizeof words);
    for (size_t i = 1; i < size / sizeof words[0] && search->count < PLACES_MAX; i++) {
        if (words[i] != events || is_known(search, start + i))
            continue;
        search->events[search->count] = start + i;
        search->bits[search->count++] = words[i - 1];
    }
}

static void
begin_search(struct search *search, rb_event_flag_t events)
{
    uintptr_t words[VM_WORDS];
    size_t size = rec_own_memory_get_start(search->vm, words, sizeof words);
    for (size_t i = 0; i < size / sizeof words[0]; i++) {
        uintptr_t distance = words[i] - (uintptr_t)search->vm + DISTANCE_MAX;
        if (words[i] % 16 == 0 && distance < 2 * (uintptr_t)DISTANCE_MAX)
            look_into(search, (const uint32_t *)words[i], events);
    }
}

/* Keeps the places that hold `events` now, and of the bits in front what goes with it: a collection
 * may begin or end meanwhile, which changes others. */
static void
keep(struct search *search, rb_event_flag_t events)
{
    size_t kept = 0;
    for (size_t i = 0; i < search->count; i++) {
        uint32_t words[2];
        if (!rec_own_memory_get(search->events[i] - 1, words, sizeof words) || words[1] != events)
            continue;
        search->events[kept] = search->events[i];
        search->bits[kept++] = search->bits[i] & (events != 0 ? words[0] : ~words[0]);
    }
    search->count = kept;
}

static void
look_under_hook(struct search *search, rb_event_flag_t event)
{
    VALUE hook = rb_tracepoint_new(Qnil, event, ignore, NULL);
    rb_tracepoint_enable(hook);
    if (search->count == 0)
        begin_search(search, event);
    else
        keep(search, event);
    rb_tracepoint_disable(hook);
    RB_GC_GUARD(hook);
}

void
rec_allocation_way_find(struct rec_allocation_way *out_way)
{
    const char *const *const vm = dlsym(RTLD_DEFAULT, "ruby_current_vm_ptr");
    struct search search = {.vm = vm != NULL ? *vm : NULL};
    *out_way = (struct rec_allocation_way){.flags = NULL};
    if (search.vm == NULL)
        return;
    look_under_hook(&search, RUBY_INTERNAL_EVENT_GC_START);
    keep(&search, 0);
    if (search.count == 0)
        return;
    look_under_hook(&search, RUBY_INTERNAL_EVENT_GC_END_SWEEP);
    keep(&search, 0);
    for (size_t i = 0; i < search.count; i++) {
        uint32_t *flags = (uint32_t *)(uintptr_t)search.events[i] - 1;
        uint32_t bit = search.bits[i];
        if (bit == 0 || (bit & (bit - 1)) != 0)
            continue; /* the VM's list of hooks, which counts events, too */
        if (out_way->flags != NULL) {
            *out_way = (struct rec_allocation_way){.flags = NULL};
            return; /* there is no telling */
        }
        *out_way = (struct rec_allocation_way){
            .flags = flags, .hook_bit = bit, .hook_events = search.events[i]};
    }
}

/* The flags are the collector's, which other Ractors may change. */
#ifdef HAVE_RUBY_RACTOR_H
static bool
runs_alone(const struct recorder *recorder)
{
    const void *const *single = recorder->layout.single_main_ractor;
    return single != NULL && *single != NULL;
}
#else
static bool
runs_alone(const struct recorder *recorder)
{
    (void)recorder;
    return true;
}
#endif

void
rec_allocation_way_shorten(const struct recorder *recorder)
{
    const struct rec_allocation_way *way = &recorder->home->allocation_way;
    if (way->flags == NULL || (*way->hook_events & RUBY_INTERNAL_EVENT_NEWOBJ) != 0 ||
        !runs_alone(recorder))
        return;
    *way->flags &= ~way->hook_bit;
}
