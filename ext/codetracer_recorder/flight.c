/* See flight.h. */
#include "flight.h"

#include "class_table.h"
#include "recorder.h"
#include "spool_link.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXCEPTION_DUMP_MAX 10 /* an exception may be raised at each turn of a loop */
#define CLASS_NAME_MAX     256

/* Where the signal handler counts. State of the process, as signals are. */
static _Atomic(struct ct_spool_shared *) asked_of;
static struct sigaction action_before;

static VALUE
option(VALUE options, const char *name)
{
    return rb_hash_aref(options, ID2SYM(rb_intern(name)));
}

static uint64_t
number(VALUE options, const char *name)
{
    VALUE value = option(options, name);
    return NIL_P(value) ? 0 : NUM2ULL(value);
}

/* The names as one block of memory; NULL for none. */
static char *
read_class_names(VALUE names)
{
    size_t size = 1, at = 0;
    if (NIL_P(names) || RARRAY_LEN(names) == 0)
        return NULL;
    for (long i = 0; i < RARRAY_LEN(names); i++) {
        VALUE name = RARRAY_AREF(names, i);
        size += strlen(StringValueCStr(name)) + 1;
    }
    char *bytes = calloc(size, 1);
    if (bytes == NULL)
        rb_memerror();
    for (long i = 0; i < RARRAY_LEN(names); i++) {
        VALUE name = RARRAY_AREF(names, i);
        memcpy(bytes + at, RSTRING_PTR(name), (size_t)RSTRING_LEN(name));
        at += (size_t)RSTRING_LEN(name) + 1;
    }
    return bytes;
}

void
rec_flight_read(struct recorder *recorder, VALUE options)
{
    struct rec_flight *flight = &recorder->flight;
    *flight = (struct rec_flight){
        .size = number(options, "flight_size"),
        .step_count = number(options, "flight_steps"),
        .seconds = number(options, "flight_seconds"),
        .signal = (int)number(options, "dump_signal"),
    };
    flight->is_on = flight->size > 0 || flight->step_count > 0 || flight->seconds > 0;
    if (flight->is_on)
        flight->class_names = read_class_names(option(options, "on_exception"));
}

void
rec_flight_release(struct recorder *recorder)
{
    free(recorder->flight.class_names);
    recorder->flight = (struct rec_flight){.is_on = false};
}

void
rec_flight_put(struct recorder *recorder)
{
    const struct rec_flight *flight = &recorder->flight;
    struct ct_spool_flight *record;
    if (!flight->is_on)
        return;
    record = (struct ct_spool_flight *)rec_reserve(recorder, sizeof *record);
    if (record == NULL)
        return;
    *record = (struct ct_spool_flight){
        .record = {.size = sizeof *record, .kind = CT_SPOOL_FLIGHT},
        .size = flight->size,
        .step_count = flight->step_count,
        .seconds = flight->seconds,
    };
    rec_publish(recorder, sizeof *record);
}

/* ---- what asks ---- */

void
rec_flight_dump(struct recorder *recorder, const char *reason, size_t size)
{
    size_t record_size = rec_pad(sizeof(struct ct_spool_dump) + size + 1);
    uint8_t *room = recorder->flight.is_on ? rec_reserve(recorder, record_size) : NULL;
    if (room == NULL)
        return;
    memset(room, 0, record_size);
    *(struct ct_spool_dump *)room = (struct ct_spool_dump){
        .record = {.size = (uint32_t)record_size, .kind = CT_SPOOL_DUMP},
        .text_size = (uint32_t)size + 1,
    };
    memcpy(room + sizeof(struct ct_spool_dump), reason, size);
    rec_publish(recorder, record_size);
    ct_spool_producer_ring(&recorder->spool);
}

static bool
is_named(const char *names, const char *name, size_t size)
{
    for (; *names != '\0'; names += strlen(names) + 1)
        if (strlen(names) == size && memcmp(names, name, size) == 0)
            return true;
    return false;
}

void
rec_flight_exception(struct recorder *recorder, VALUE exception)
{
    struct rec_flight *flight = &recorder->flight;
    char reason[CLASS_NAME_MAX + 16], name[CLASS_NAME_MAX];
    if (__builtin_expect(flight->class_names == NULL, 1) ||
        flight->exception_dump_count == EXCEPTION_DUMP_MAX)
        return;
    for (VALUE klass = CLASS_OF(exception); RTEST(klass); klass = rb_class_superclass(klass)) {
        size_t size = rec_class_name_put(recorder, klass, name, sizeof name);
        if (!is_named(flight->class_names, name, size))
            continue;
        size = rec_class_name_put(recorder, rb_obj_class(exception), name, sizeof name);
        int written = snprintf(reason, sizeof reason, "%.*s was raised", (int)size, name);
        flight->exception_dump_count++;
        rec_flight_dump(recorder, reason, (size_t)written);
        return;
    }
}

/* Async-signal-safe: the writer looks at the count by itself. */
static void
on_signal(int signal)
{
    struct ct_spool_shared *shared = atomic_load_explicit(&asked_of, memory_order_acquire);
    (void)signal;
    if (shared != NULL)
        atomic_fetch_add_explicit(&shared->dumps_asked, 1, memory_order_relaxed);
}

void
rec_flight_signal_watch(struct recorder *recorder)
{
    const struct rec_flight *flight = &recorder->flight;
    struct sigaction now, action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    if (!flight->is_on || flight->signal == 0)
        return;
    /* release: a handler that sees it may count there */
    atomic_store_explicit(&asked_of, recorder->spool.shared, memory_order_release);
    if (sigaction(flight->signal, NULL, &now) != 0 || now.sa_handler == on_signal)
        return; /* ours from before a fork */
    action_before = now;
    sigemptyset(&action.sa_mask);
    (void)sigaction(flight->signal, &action, NULL);
}

void
rec_flight_signal_forget(struct recorder *recorder)
{
    struct sigaction now;
    int signal = recorder->flight.signal;
    if (atomic_exchange_explicit(&asked_of, NULL, memory_order_acq_rel) == NULL)
        return;
    if (sigaction(signal, NULL, &now) == 0 && now.sa_handler == on_signal)
        (void)sigaction(signal, &action_before, NULL);
}
