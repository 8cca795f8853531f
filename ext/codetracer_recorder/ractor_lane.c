/* See ractor_lane.h. Nothing here holds the lock while it calls Ruby: a thread that waits for the
 * lock therefore never keeps a collection in another Ractor waiting. */
#include "ractor_lane.h"

#include "event_hook.h"
#include "original_method.h"
#include "ractor_key.h"
#include "recorder.h"
#include "recording_parts.h"
#include "shared_secrets.h"
#include "spool_link.h"
#include "strand_end.h"
#include "value_filter.h"

#include <ruby/debug.h>
#include <ruby/thread.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define RECORD_SIZE_FIRST 4096
#define WAIT_SLICE_NS     (100u * 1000)
#define NAME_SIZE_MAX     64
#define OWN_EVENTS        (RUBY_EVENT_RAISE | RUBY_EVENT_THREAD_END)

struct rec_lane {
    struct recorder recorder; /* first: the lane of a recorder is at its address */
    struct rec_lane *next;
    uint64_t serial;     /* of the recording */
    uint32_t hook_count; /* atomic: threads of the Ractor that are within a hook */
    bool is_held;        /* by a Ractor; under the lock */
    bool is_listed;      /* by the recording; under the lock */
};

static pthread_mutex_t lanes_lock = PTHREAD_MUTEX_INITIALIZER; /* of all lists of lanes */

/* A Ractor that found no lane when it asked has this one, and is not recorded. */
static struct rec_lane no_lane;

static inline struct rec_lane *
lane_of(struct recorder *recorder)
{
    return (struct rec_lane *)recorder;
}

/* The lanes of a recording. acquire: a lane that is seen is complete. */
static inline struct rec_lane *
first_lane(const struct recorder *home)
{
    return __atomic_load_n(&home->lanes.first, __ATOMIC_ACQUIRE);
}

/* ---- the life of a lane ---- */

static void
free_if_unused(struct rec_lane *lane)
{
    if (!lane->is_held && !lane->is_listed)
        free(lane);
}

/* The Ractor is gone: another may have its lane. Runs while its object is swept, in any thread. */
static void
let_go_of_lane(void *pointer)
{
    struct rec_lane *lane = pointer;
    if (lane == NULL || lane == &no_lane)
        return;
    pthread_mutex_lock(&lanes_lock);
    lane->is_held = false;
    free_if_unused(lane);
    pthread_mutex_unlock(&lanes_lock);
}

/* What a lane has of the recording from the start. */
static void
copy_settings(struct rec_lane *lane, struct recorder *home)
{
    struct recorder *recorder = &lane->recorder;
    recorder->home = home;
    recorder->noted_blocks = Qnil;
    recorder->layout = home->layout;
    recorder->limits = home->limits;
    recorder->main_object = home->main_object;
    recorder->block_marker = home->block_marker;
    recorder->serial = lane->serial = home->serial;
    recorder->life_fd = home->life_fd;
    recorder->identities.counter = home->identities.counter;
    recorder->identities.object_marked = home->identities.object_marked;
}

/* A lane that no Ractor holds, or a new one; NULL: there is none to have. */
static struct rec_lane *
take_lane(struct recorder *home)
{
    struct rec_lane *lane = home->lanes.first;
    while (lane != NULL && lane->is_held)
        lane = lane->next;
    if (lane != NULL)
        return lane;
    lane = calloc(1, sizeof *lane);
    if (lane == NULL || ct_spool_lane_open(&home->spool, &lane->recorder.spool) != CT_OK) {
        free(lane);
        return NULL;
    }
    copy_settings(lane, home);
    lane->next = home->lanes.first;
    lane->is_listed = true;
    lane->recorder.identities.next = home->identities.next;
    home->identities.next = &lane->recorder.identities;
    __atomic_store_n(&home->lanes.first, lane, __ATOMIC_RELEASE);
    return lane;
}

/* The tables of a new lane; those of one that served before are as good. */
static void
begin_tables(struct recorder *recorder)
{
    if (recorder->is_open)
        return;
    if (!rec_snapshot_scratch_init(&recorder->snapshots, recorder->limits.node_count_max) ||
        !rec_look_table_init(&recorder->looks) ||
        !rec_assembly_grow(&recorder->record, RECORD_SIZE_FIRST) ||
        !rec_filter_rules_share(&recorder->home->rules, &recorder->rules))
        return;
    rec_secrets_begin(recorder);
    rec_secrets_learn_shared(recorder);
    recorder->is_open = recorder->active = true;
    rec_class_table_init(recorder);
    rec_iseq_table_init(recorder);
    rec_strand_table_init_lane(recorder);
}

/* ---- hooks of the Ractor's own ---- */

/* Exceptions and ends of threads: these hooks are a Ractor's own. */
static void
on_ractor_event(VALUE data, const rb_trace_arg_t *arg)
{
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    struct rec_lane *lane = rec_ractor_pointer();
    (void)data;
    if ((head->event & OWN_EVENTS) == 0 || lane == NULL || lane == &no_lane)
        return;
    struct recorder *recorder = rec_lane_enter(lane->recorder.home);
    if (recorder == NULL)
        return;
    if (head->event == RUBY_EVENT_RAISE)
        rec_hooks_raise(recorder, (rb_trace_arg_t *)(uintptr_t)arg);
    else if (head->event == RUBY_EVENT_THREAD_END)
        rec_hooks_thread_end(recorder, head);
    rec_lane_leave(recorder);
}

/* Up to Ruby 3.4 the VM takes the hooks of the Ractor that changed its own last for those of all:
 * what others listen to is kept alive by listening to it as well. */
static rb_event_flag_t
events_of_others(void)
{
    const rb_event_flag_t *flags = dlsym(RTLD_DEFAULT, "ruby_vm_event_flags");
    return flags == NULL ? 0 : *flags;
}

static void
add_hook(rb_event_flag_t events)
{
    if (events != 0)
        rb_add_event_hook2((rb_event_hook_func_t)(void (*)(void))on_ractor_event, events, Qnil,
                           RUBY_EVENT_HOOK_FLAG_SAFE | RUBY_EVENT_HOOK_FLAG_RAW_ARG);
}

/* The VM wants events of its own kind apart. */
static void
add_hooks(void)
{
    rb_event_flag_t others = events_of_others();
    add_hook(others & RUBY_INTERNAL_EVENT_MASK);
    add_hook(OWN_EVENTS | (others & RUBY_EVENT_ALL));
}

/* ---- a Ractor's first event ---- */

struct ractor_name {
    char bytes[NAME_SIZE_MAX];
    size_t size;
};

static VALUE
read_name(VALUE pointer)
{
    struct ractor_name *out_name = (struct ractor_name *)pointer;
    VALUE ractor = rec_original_call(REC_RACTOR_CURRENT, rb_path2class("Ractor"));
    VALUE name = rec_original_call(REC_RACTOR_NAME, ractor);
    if (!RB_TYPE_P(name, T_STRING))
        return Qnil;
    out_name->size = (size_t)RSTRING_LEN(name);
    if (out_name->size > sizeof out_name->bytes)
        out_name->size = sizeof out_name->bytes;
    memcpy(out_name->bytes, RSTRING_PTR(name), out_name->size);
    return Qnil;
}

static bool
can_have_lanes(const struct recorder *home)
{
    return home->layout.frames_readable && home->identities.is_unhooked &&
           home->spool.memory_fd >= 0 && rec_original_exists(REC_RACTOR_CURRENT) &&
           rec_original_exists(REC_RACTOR_NAME);
}

/* Gives the Ractor its lane, or no_lane. Its other threads may run while Ruby is asked for the
 * name. */
static struct rec_lane *
begin_lane(struct recorder *home)
{
    struct ractor_name name = {.size = 0};
    struct rec_lane *lane = NULL;
    int state = 0;
    bool is_possible = can_have_lanes(home);
    if (is_possible)
        rb_protect(read_name, (VALUE)&name, &state);
    if (state != 0)
        rb_jump_tag(state); /* Thread#raise, Ctrl-C: it came for the program and goes on to it */
    struct rec_lane *other = rec_ractor_pointer();
    if (other != NULL && other != &no_lane && other->serial == home->serial)
        return other;
    __atomic_add_fetch(&home->lanes.entering_count, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_lock(&lanes_lock);
    if (is_possible && __atomic_load_n(&home->active, __ATOMIC_SEQ_CST))
        lane = take_lane(home);
    if (lane != NULL)
        lane->is_held = true;
    pthread_mutex_unlock(&lanes_lock);
    if (lane != NULL) {
        begin_tables(&lane->recorder);
        rec_strands_begin_ractor(&lane->recorder, name.bytes, name.size);
    }
    __atomic_sub_fetch(&home->lanes.entering_count, 1, __ATOMIC_SEQ_CST);
    bool has_hooks = other != NULL;
    if (other != NULL)
        let_go_of_lane(other); /* of an earlier recording */
    if (lane == NULL)
        no_lane.serial = home->serial;
    rec_ractor_pointer_put(lane == NULL ? &no_lane : lane);
    if (lane != NULL && !has_hooks)
        add_hooks();
    return lane == NULL ? &no_lane : lane;
}

/* ---- what is known by address ----
 * Until marking ends no object is freed; after it, all that is known by address is forgotten. */

static void
settle(struct recorder *home)
{
    VALUE state = rb_gc_latest_gc_info(ID2SYM(rb_intern("state")));
    if (state == ID2SYM(rb_intern("marking")))
        return;
    if (__atomic_exchange_n(&home->identities.is_unsettled, false, __ATOMIC_ACQ_REL))
        __atomic_add_fetch(&home->identities.missed_count, 1, __ATOMIC_ACQ_REL);
}

/* Each recorder forgets in its own Ractor: another one may be at work with its table. */
static inline void
forget_missed(struct recorder *recorder)
{
    struct rec_identity_table *first = &recorder->home->identities;
    if (__builtin_expect(__atomic_load_n(&first->is_unsettled, __ATOMIC_RELAXED), 0))
        settle(recorder->home);
    uint32_t missed = __atomic_load_n(&first->missed_count, __ATOMIC_ACQUIRE);
    if (__builtin_expect(recorder->identities.missed_seen == missed, 1))
        return;
    recorder->identities.missed_seen = missed;
    rec_identity_table_forget(&recorder->identities);
}

/* ---- in a hook ---- */

/* What other Ractors have done that this one must know. hot */
static inline void
catch_up(struct recorder *recorder)
{
    forget_missed(recorder);
    if (__builtin_expect(rec_shared_secrets_are_new(recorder), 0))
        rec_secrets_learn_shared(recorder);
}

/* hot in a program with Ractors */
struct recorder *
rec_lane_enter(struct recorder *home)
{
    struct rec_lane *lane = rec_ractor_pointer();
    if (__builtin_expect(lane == NULL || lane->serial != home->serial, 0))
        lane = begin_lane(home);
    /* seq_cst on both: rec_lanes_wait's caller clears `active`, then looks at `hook_count`; we
     * raise `hook_count`, then look at `active`. One of the two sees the other. */
    __atomic_add_fetch(&lane->hook_count, 1, __ATOMIC_SEQ_CST);
    bool is_active = __atomic_load_n(&home->active, __ATOMIC_SEQ_CST);
    if (is_active && lane->recorder.is_open) {
        catch_up(&lane->recorder);
        rec_serializers_notice(&lane->recorder);
        return &lane->recorder;
    }
    if (is_active)
        __atomic_add_fetch(&home->counts.ractor_event_count, 1, __ATOMIC_RELAXED);
    __atomic_sub_fetch(&lane->hook_count, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

struct recorder *
rec_recorder_enter(struct recorder *home)
{
    if (!home->active)
        return NULL;
    if (!rec_in_main_ractor(home))
        return rec_lane_enter(home);
    if (__builtin_expect(home->scripts.dead != NULL, 0))
        rec_script_bury_dead(home);
    catch_up(home);
    return home;
}

void
rec_recorder_leave(struct recorder *recorder)
{
    if (rec_is_lane(recorder))
        rec_lane_leave(recorder);
}

void
rec_lane_leave(struct recorder *recorder)
{
    struct rec_lane *lane = lane_of(recorder);
    bool is_over = recorder->strands.is_over;
    recorder->strands.is_over = false;
    if (is_over)
        rec_ractor_pointer_put(NULL);
    __atomic_sub_fetch(&lane->hook_count, 1, __ATOMIC_SEQ_CST);
    if (is_over)
        let_go_of_lane(lane);
}

/* ---- all lanes together ---- */

static bool
is_quiet(const struct recorder *home)
{
    if (__atomic_load_n(&home->lanes.entering_count, __ATOMIC_SEQ_CST) > 0)
        return false;
    for (const struct rec_lane *lane = first_lane(home); lane != NULL; lane = lane->next) {
        if (__atomic_load_n(&lane->hook_count, __ATOMIC_SEQ_CST) > 0)
            return false;
    }
    return true;
}

static void *
wait_until_quiet(void *pointer)
{
    const struct recorder *home = pointer;
    const struct timespec slice = {.tv_nsec = WAIT_SLICE_NS};
    while (!is_quiet(home))
        nanosleep(&slice, NULL);
    return NULL;
}

/* A hook may wait for a collection to end, which waits for this Ractor: so it waits without the
 * GVL. */
void
rec_lanes_wait(struct recorder *home)
{
    if (is_quiet(home))
        return;
    if (home->closing)
        return; /* the VM has ended all other Ractors */
    rb_thread_call_without_gvl2(wait_until_quiet, home, NULL, NULL);
}

void
rec_lanes_resume(struct recorder *home)
{
    for (struct rec_lane *lane = first_lane(home); lane != NULL; lane = lane->next)
        rec_strands_resume(&lane->recorder);
}

void
rec_lanes_end(struct recorder *home)
{
    for (struct rec_lane *lane = first_lane(home); lane != NULL; lane = lane->next) {
        struct recorder *recorder = &lane->recorder;
        if (!lane->is_held)
            rec_strands_end(recorder); /* of a Ractor whose end was not told */
        home->counts.cut_count += recorder->counts.cut_count;
        home->counts.hidden_count += recorder->counts.hidden_count;
        home->counts.uncaptured_count += recorder->counts.uncaptured_count;
        home->counts.lost_frame_count += recorder->counts.lost_frame_count;
        recorder->counts = (struct rec_counts){.cut_count = 0};
        recorder->active = recorder->is_open = false;
    }
}

static void
release_tables(struct recorder *recorder)
{
    recorder->active = recorder->is_open = false;
    ct_spool_producer_close(&recorder->spool);
    rec_tables_release(recorder);
    rec_identity_table_forget(&recorder->identities);
    rec_filter_rules_unshare(&recorder->rules);
}

void
rec_lanes_release(struct recorder *home)
{
    pthread_mutex_lock(&lanes_lock);
    struct rec_lane *lane = home->lanes.first;
    home->lanes = (struct rec_lane_list){.first = NULL};
    home->identities.next = NULL;
    while (lane != NULL) {
        struct rec_lane *next = lane->next;
        release_tables(&lane->recorder);
        lane->is_listed = false;
        free_if_unused(lane);
        lane = next;
    }
    pthread_mutex_unlock(&lanes_lock);
}

void
rec_lanes_abandon(struct recorder *home)
{
    pthread_mutex_init(&lanes_lock, NULL); /* whoever held it is not in this process */
    rec_shared_secrets_abandon();
    home->lanes.entering_count = 0;
    for (struct rec_lane *lane = home->lanes.first; lane != NULL; lane = lane->next) {
        lane->hook_count = 0;
        lane->recorder.active = lane->recorder.is_open = false;
        ct_spool_producer_close(&lane->recorder.spool);
    }
    home->lanes.first = NULL; /* their memory stays: this may be a signal handler's fork */
    home->identities.next = NULL;
}

/* ---- the collector ---- */

void
rec_lanes_compact(struct recorder *home)
{
    for (struct rec_lane *lane = first_lane(home); lane != NULL; lane = lane->next) {
        rec_iseq_table_compact(&lane->recorder.iseqs);
        rec_strands_compact(&lane->recorder);
        lane->recorder.main_object = rb_gc_location(lane->recorder.main_object);
    }
}

void
rec_lanes_note_marking(struct recorder *home)
{
    for (const struct rec_lane *lane = first_lane(home); lane != NULL; lane = lane->next)
        rec_strands_mark(&lane->recorder);
    if (home->identities.is_unhooked)
        __atomic_store_n(&home->identities.is_unsettled, true, __ATOMIC_RELAXED);
}

void
rec_lanes_init(void)
{
    rec_ractor_key_init(let_go_of_lane);
}
