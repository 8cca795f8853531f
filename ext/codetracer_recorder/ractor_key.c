/* See ractor_key.h. The first half is for Rubies without Ractors. */
#include "ractor_key.h"

#include "class_ends.h"
#include "original_method.h"
#include "recorder.h"
#include "shared_secrets.h"

#include <ruby/debug.h>

#ifdef HAVE_RUBY_RACTOR_H
#include <ruby/ractor.h>

static rb_ractor_local_key_t ractor_key; /* set once by rec_ractor_key_init */
static const char main_mark[] = "main";  /* what the main Ractor has under that key */

static void (*let_go_of)(void *pointer); /* set once by rec_ractor_key_init */

static void
let_go_of_pointer(void *pointer)
{
    if (pointer != NULL && pointer != main_mark)
        let_go_of(pointer);
}

void
rec_ractor_key_init(void (*let_go)(void *pointer))
{
    static const struct rb_ractor_local_storage_type type = {NULL, let_go_of_pointer};
    if (ractor_key != NULL)
        return; /* the extension is loaded again by a program that is recorded already */
    let_go_of = let_go;
    ractor_key = rb_ractor_local_storage_ptr_newkey(&type);
    rb_ractor_local_storage_ptr_set(ractor_key, (void *)(uintptr_t)main_mark);
}

static bool
is_main(void)
{
    return rb_ractor_local_storage_ptr(ractor_key) == main_mark;
}

void *
rec_ractor_pointer(void)
{
    void *pointer = rb_ractor_local_storage_ptr(ractor_key);
    return pointer == main_mark ? NULL : pointer;
}

void
rec_ractor_pointer_put(void *pointer)
{
    rb_ractor_local_storage_ptr_set(ractor_key, pointer);
}
#else
void
rec_ractor_key_init(void (*let_go)(void *pointer))
{
    (void)let_go;
}

static bool
is_main(void)
{
    return true;
}

void *
rec_ractor_pointer(void)
{
    return NULL;
}

void
rec_ractor_pointer_put(void *pointer)
{
    (void)pointer;
}
#endif

bool
rec_in_main_ractor(const struct recorder *recorder)
{
    const void *const *single = recorder->layout.single_main_ractor;
    if (single != NULL && *single != NULL)
        return true; /* there has never been another */
    if (recorder->layout.multi_ractor != NULL && !recorder->layout.multi_ractor())
        return true;
    return is_main();
}

/* ---- the first of other Ractors ---- */

static void
expect_ractors(struct recorder *home)
{
    home->has_ractors = true;
    rec_shared_secrets_begin(home);
    rec_identity_table_unhook(&home->identities);
}

/* Called before Ractor.new makes one. What the main Ractor listens to later would take the place of
 * what others do (ractor_lane.c), so it listens to all now. */
static void
on_ractor_new(VALUE tpval, void *data)
{
    struct recorder *home = data;
    (void)tpval;
    if (home->has_ractors)
        return;
    expect_ractors(home);
    if (home->is_open)
        rec_class_ends_watch(home);
}

/* Whether the main Ractor is the only one. */
static bool
is_alone(void)
{
    return rec_original_call(REC_RACTOR_COUNT, rb_path2class("Ractor")) == INT2FIX(1);
}

static VALUE
watch_ractor_new(VALUE pointer)
{
    struct recorder *home = (struct recorder *)pointer;
    VALUE method = rb_obj_method(rb_path2class("Ractor"), ID2SYM(rb_intern("new")));
    home->ractor_tracepoint = rb_tracepoint_new(Qnil, RUBY_EVENT_CALL, on_ractor_new, home);
    rec_tracepoint_target(home->ractor_tracepoint, method);
    return Qnil;
}

void
rec_ractors_watch(struct recorder *home)
{
    int state = 0;
    VALUE errinfo = rb_errinfo();
    if (home->has_ractors || !NIL_P(home->ractor_tracepoint) ||
        !rec_original_exists(REC_RACTOR_COUNT))
        return;
    /* The VM makes its symbols at the first question. Two Ractors that were the first at once could
     * be told that the key is unknown. */
    rb_gc_latest_gc_info(ID2SYM(rb_intern("state")));
    if (is_alone())
        rb_protect(watch_ractor_new, (VALUE)home, &state);
    else
        state = 1;
    rb_set_errinfo(errinfo);
    if (state != 0)
        expect_ractors(home); /* from the start, to be sure */
}

void
rec_ractors_unwatch(struct recorder *home)
{
    if (NIL_P(home->ractor_tracepoint) || !is_alone())
        return;
    rec_tracepoint_untarget(home->ractor_tracepoint);
    home->ractor_tracepoint = Qnil;
}
