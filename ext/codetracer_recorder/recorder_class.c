/* See recorder_class.h. Life of a recording: start → hooks fire, with pauses → stop, or the VM's
 * last exit hook, after every at_exit. Then another may start. A fork child goes on with a trace of
 * its own, or leaves at once and records nothing until it starts a recording of its own. */
#include "recorder_class.h"

#include "c_call.h"
#include "capture.h"
#include "event_hook.h"
#include "exception_aside.h"
#include "fork_link.h"
#include "input_capture.h"
#include "loaded_code.h"
#include "original_method.h"
#include "output_capture.h"
#include "pause_watch.h"
#include "recorder.h"
#include "recording_facts.h"
#include "recording_parts.h"
#include "script_hook.h"
#include "spool_link.h"
#include "strand_end.h"
#include "writer_process.h"

#include <ruby/vm.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define EVENT_KIND_MAX    13   /* the format's last EventLogKind */

/* The one recorder of this process; the VM's exit hook and pthread_atfork have no argument. It is
 * made by the first recording and serves all later ones: another Ractor may be looking at it. */
static struct recorder *current_recorder;

/* ---- the Ruby object that owns the struct ---- */

static void
mark_recorder(void *pointer)
{
    const struct recorder *recorder = pointer;
    rb_gc_mark(recorder->script_tracepoint);
    rb_gc_mark(recorder->raise_tracepoint);
    rb_gc_mark(recorder->class_tracepoint);
    rb_gc_mark(recorder->thread_tracepoint);
    rb_gc_mark(recorder->identities.gc_tracepoint);
    rb_gc_mark(recorder->pause_tracepoints);
    rb_gc_mark(recorder->ractor_tracepoint);
    rec_c_calls_mark(recorder);
    rb_gc_mark(recorder->code_lister);
    rb_gc_mark(recorder->noted_blocks);
    rec_serializers_mark(recorder);
    rb_gc_mark(recorder->uncaught.exception);
    rec_watched_mark(recorder);
    rec_strands_mark(recorder);
    rec_exception_aside_mark(recorder);
    rec_expressions_mark_planner(&recorder->expressions);
    rec_lanes_note_marking((struct recorder *)pointer);
    if (!recorder->is_paused)
        return;
    /* No iseq refers to them while their TracePoints are off. */
    for (const struct rec_script *script = recorder->scripts.first; script != NULL;
         script = script->next)
        rb_gc_mark(script->object);
}

static void
compact_recorder(void *pointer)
{
    struct recorder *recorder = pointer;
    rec_identity_tables_compact(&recorder->identities);
    rec_strands_compact(recorder);
    rec_lanes_compact(recorder);
    recorder->main_object = rb_gc_location(recorder->main_object);
}

static const rb_data_type_t recorder_type = {
    .wrap_struct_name = "codetracer/recorder",
    .function = {.dmark = mark_recorder, .dcompact = compact_recorder},
};

/* ---- whether there is a recording ---- */

/* Begun in this process and not completed; it may pause, or have failed. */
static bool
is_running(const struct recorder *recorder)
{
    return recorder != NULL && !recorder->forked && !recorder->is_prepared &&
           recorder->life_fd >= 0;
}

static void
stop_at_exit(ruby_vm_t *vm)
{
    struct recorder *recorder = current_recorder;
    (void)vm;
    if (!is_running(recorder))
        return;
    recorder->closing = true;
    if (recorder->active)
        rec_output_capture_flush();
    rec_strands_end_process(recorder);
    rec_uncaught_put(recorder);
    rec_active_put(recorder, false);
    rec_lanes_wait(recorder);
    rec_link_close(recorder);
    if (recorder->failure == NULL || !(recorder->requires_trace || recorder->aborts_on_failure))
        return;
    fflush(NULL); /* nothing of the program's is left to run, but for its own atexit functions */
    _exit(recorder->aborts_on_failure ? REC_EXIT_ABORTED : REC_EXIT_NO_TRACE);
}

/* Registered by the first recording: when the command line starts it, before the program could
 * register any, so the last of all at_exit procedures. */
static void
note_ending(VALUE unused)
{
    (void)unused;
    if (!is_running(current_recorder))
        return;
    rec_facts_put_gems(current_recorder);
    rec_facts_note_ending(current_recorder, rec_uncaught_note(current_recorder, rb_errinfo()));
}

static void
announce_fork(void)
{
    if (is_running(current_recorder))
        rec_fork_announce(current_recorder);
}

/* The thread that was at it is the parent's. */
static void
leave_preparation(struct recorder *recorder)
{
    rec_link_abandon(recorder);
    recorder->forked = true;
    recorder->is_prepared = recorder->is_beginning = false;
}

static void
go_on_in_child(void)
{
    if (current_recorder != NULL && current_recorder->is_prepared)
        leave_preparation(current_recorder);
    if (!is_running(current_recorder))
        return;
    current_recorder->running_hook_count = 0;
    rec_lanes_abandon(current_recorder);
    if (rec_fork_follow(current_recorder))
        return;
    current_recorder->forked = true;
    rec_link_abandon(current_recorder);
}

/* ---- what all recordings of a process share ---- */

static VALUE
register_object(VALUE object)
{
    rb_gc_register_mark_object(object);
    return object;
}

static struct recorder *
new_recorder(void)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL)
        rec_raise_no_memory();
    recorder->script_tracepoint = recorder->raise_tracepoint = recorder->class_tracepoint = Qnil;
    recorder->thread_tracepoint = recorder->identities.gc_tracepoint = Qnil;
    recorder->pause_tracepoints = recorder->code_lister = recorder->noted_blocks = Qnil;
    recorder->ractor_tracepoint = recorder->c_call_tracepoint = recorder->c_call_classes =
        recorder->border_tracepoint = Qnil;
    recorder->life_fd = -1;
    recorder->home = recorder;
    recorder->owner = register_object(TypedData_Wrap_Struct(rb_cObject, &recorder_type, recorder));
    return recorder;
}

/* A recording that could not be started leaves what it has made to the next. */
static void
init_recorder(struct recorder *recorder)
{
    VALUE top_level = rb_const_get(rb_cObject, rb_intern("TOPLEVEL_BINDING"));
    rec_hooks_init_tracepoints(recorder);
    recorder->main_object = rec_original_call(REC_BINDING_RECEIVER, top_level);
    recorder->block_marker = register_object(rb_obj_alloc(rb_cObject));
    pthread_atfork(announce_fork, NULL, go_on_in_child);
    rb_set_end_proc(note_ending, Qnil);
    ruby_vm_at_exit(stop_at_exit);
}

/* ---- beginning one ---- */

static VALUE
begin_recording(VALUE options)
{
    struct recorder *recorder = current_recorder;
    if (recorder->block_marker == 0)
        init_recorder(recorder);
    rec_recording_begin(recorder, options);
    return Qnil;
}

/* Takes all hooks off, so that the program runs as if it had never been recorded. */
static VALUE
end_hooks(VALUE unused)
{
    (void)unused;
    rec_pause_watch_end(current_recorder);
    rec_ractors_unwatch(current_recorder);
    rec_output_capture_disable();
    rec_input_capture_disable();
    rec_hooks_disable(current_recorder);
    return Qnil;
}

/* ---- the Ruby face ---- */

/* Answers with the state of rb_protect: what came for the program meanwhile goes on to it later. */
static int
end_hooks_surely(void)
{
    int state = 0, again = 0;
    rb_protect(end_hooks, Qnil, &state);
    if (state == 0)
        return 0;
    VALUE errinfo = rb_errinfo();
    rb_protect(end_hooks, Qnil, &again);
    rb_set_errinfo(errinfo);
    return state;
}

/* Of one that did not come about, or was left behind by fork. */
static void
abandon_recording(struct recorder *recorder)
{
    VALUE errinfo = rb_errinfo();
    rec_link_abandon(recorder);
    if (!NIL_P(recorder->script_tracepoint))
        end_hooks_surely();
    rec_recording_release(recorder);
    rb_set_errinfo(errinfo);
}

static void
require_main_ractor(void)
{
    if (!rec_in_main_ractor(current_recorder))
        rb_raise(rb_eRuntimeError, "only the main Ractor can be recorded");
}

/* A recording that got no memory is no matter of the program's. */
static void
raise_again(int state)
{
    if (!RTEST(rb_obj_is_kind_of(rb_errinfo(), rb_eNoMemError)))
        rb_jump_tag(state);
    rb_set_errinfo(Qnil);
    rec_raise_no_memory();
}

/* A block is called once the writer starts, and completes the options. */
static VALUE
start(VALUE self, VALUE options)
{
    int state = 0;
    Check_Type(options, T_HASH);
    if (current_recorder == NULL)
        current_recorder = new_recorder();
    require_main_ractor();
    if (is_running(current_recorder) || current_recorder->is_beginning)
        rb_raise(rb_eRuntimeError, "a recording is running already");
    if (current_recorder->forked)
        abandon_recording(current_recorder);
    current_recorder->is_beginning = true;
    rb_protect(begin_recording, options, &state);
    current_recorder->is_beginning = false;
    if (state != 0) {
        abandon_recording(current_recorder);
        raise_again(state);
    }
    if (!is_running(current_recorder))
        end_hooks_surely(); /* a signal handler has stopped it meanwhile */
    return self;
}

static struct recorder *
require_running(void)
{
    if (!is_running(current_recorder))
        rb_raise(rb_eRuntimeError, "no recording is running");
    require_main_ractor();
    return current_recorder;
}

static VALUE
stop(VALUE self)
{
    struct recorder *recorder = require_running();
    if (recorder->active)
        rec_output_capture_flush();
    rec_strands_settle(recorder);
    rec_active_put(recorder, false);
    rec_lanes_wait(recorder);
    int state = end_hooks_surely();
    rec_facts_put_gems(recorder);
    recorder->how_ended = CT_SPOOL_ENDING_STOP;
    rec_link_close(recorder);
    rec_recording_release(recorder);
    if (state != 0)
        rb_jump_tag(state);
    return Qnil;
}

static VALUE
is_recording_running(VALUE self)
{
    (void)self;
    return is_running(current_recorder) ? Qtrue : Qfalse;
}

static VALUE
pause_recording(VALUE self)
{
    struct recorder *recorder = require_running();
    if (!recorder->active)
        return Qnil;
    rec_output_capture_flush();
    rec_active_put(recorder, false);
    recorder->is_paused = true;
    rec_lanes_wait(recorder);
    rec_output_capture_disable();
    rec_input_capture_disable();
    rec_hooks_pause(recorder);
    rec_pause_watch_begin(recorder);
    return Qnil;
}

static VALUE
resume_recording(VALUE self)
{
    struct recorder *recorder = require_running();
    uint64_t serial = recorder->serial;
    if (!recorder->is_paused)
        return Qnil;
    rec_pause_watch_end(recorder);
    rec_scripts_enable(recorder);
    if (!rec_is_recording(recorder, serial) || !recorder->is_paused)
        return Qnil; /* another thread has ended it or the pause */
    rec_strands_resume(recorder);
    rec_lanes_resume(recorder);
    bool has_missed_code = recorder->has_missed_code;
    recorder->is_paused = recorder->has_missed_code = false;
    rec_active_put(recorder, true);
    rec_hooks_resume(recorder);
    rec_output_capture_enable(recorder);
    rec_input_capture_enable(recorder);
    rec_loaded_code_resume(recorder, has_missed_code);
    return Qnil;
}

/* Nothing where no recording runs, or where this Ractor is not recorded. */
static VALUE
declare_serializer(VALUE self, VALUE declared)
{
    struct recorder *recorder = current_recorder;
    if (is_running(recorder) && rec_in_main_ractor(recorder))
        rec_serializer_declare(recorder, declared);
    return Qnil;
}

static VALUE
put_event(int argc, VALUE *argv, VALUE self)
{
    struct recorder *recorder = current_recorder;
    VALUE content, kind, metadata;
    rb_scan_args(argc, argv, "21", &content, &kind, &metadata);
    int number = NUM2INT(kind);
    StringValue(content);
    const char *note = NIL_P(metadata) ? "" : StringValueCStr(metadata); /* may run Ruby code */
    if (number < 0 || number > EVENT_KIND_MAX)
        rb_raise(rb_eArgError, "no such kind of event: %d", number);
    if (!is_running(recorder) || !recorder->active || !rec_in_main_ractor(recorder))
        return Qnil;
    rec_strand_here(recorder);
    rec_capture_event(recorder, (enum ct_spool_event_kind)number, note, RSTRING_PTR(content),
                      (size_t)RSTRING_LEN(content));
    RB_GC_GUARD(content);
    RB_GC_GUARD(metadata);
    return Qnil;
}

/* Records the event of a TracePoint of ours, in whose hook recording was just switched on. */
static VALUE
catch_up(VALUE self, VALUE tpval)
{
    struct recorder *recorder = current_recorder;
    if (is_running(recorder) && recorder->active && rec_in_main_ractor(recorder))
        rec_script_catch_up(recorder, tpval);
    return Qnil;
}

/* Whether a flight recorder was asked for a trace. */
static VALUE
dump_flight(VALUE self, VALUE reason)
{
    struct recorder *recorder = current_recorder;
    StringValue(reason);
    if (!is_running(recorder) || !recorder->flight.is_on || !rec_in_main_ractor(recorder))
        return Qfalse;
    rec_flight_dump(recorder, RSTRING_PTR(reason), (size_t)RSTRING_LEN(reason));
    RB_GC_GUARD(reason);
    return Qtrue;
}

/* Whether orphans come to this process, whose `wait` would then see a detached writer. */
static VALUE
is_subreaper(VALUE self)
{
    return rec_process_adopts_orphans() ? Qtrue : Qfalse;
}

void
rec_recorder_class_define(VALUE holder)
{
    rb_define_singleton_method(holder, "start", start, 1);
    rb_define_singleton_method(holder, "stop", stop, 0);
    rb_define_singleton_method(holder, "running?", is_recording_running, 0);
    rb_define_singleton_method(holder, "pause", pause_recording, 0);
    rb_define_singleton_method(holder, "resume", resume_recording, 0);
    rb_define_singleton_method(holder, "event", put_event, -1);
    rb_define_singleton_method(holder, "catch_up", catch_up, 1);
    rb_define_singleton_method(holder, "serialize", declare_serializer, 1);
    rb_define_singleton_method(holder, "dump", dump_flight, 1);
    rb_define_singleton_method(holder, "subreaper?", is_subreaper, 0);
}
