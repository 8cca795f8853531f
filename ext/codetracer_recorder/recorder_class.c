/* See recorder_class.h. Life of a recording: start → hooks fire, with pauses → stop, or the VM's
 * last exit hook, after every at_exit. Then another may start. A fork child goes on with a trace of
 * its own, or leaves at once and records nothing until it starts a recording of its own. */
#include "recorder_class.h"

#include "block_watch.h"
#include "c_call.h"
#include "capture.h"
#include "event_hook.h"
#include "fork_link.h"
#include "file_capture.h"
#include "handler_block.h"
#include "input_capture.h"
#include "loaded_code.h"
#include "original_method.h"
#include "output_capture.h"
#include "pause_watch.h"
#include "process_capture.h"
#include "recorder.h"
#include "recording_facts.h"
#include "script_hook.h"
#include "script_source.h"
#include "spool_link.h"
#include "start_options.h"
#include "writer_process.h"

#include <ruby/vm.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORD_SIZE_FIRST 4096 /* holds any record's fixed part; grows at need */
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
    return recorder != NULL && !recorder->forked && recorder->life_fd >= 0;
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
    rec_strand_end_bodies(recorder, recorder->strands.main);
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

static void
go_on_in_child(void)
{
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

/* Once it is known, the layout does not change; within a hook of the program's own it cannot be
 * found out, and is tried again the next time. */
static void
check_vm(struct recorder *recorder)
{
    bool is_refused = getenv("CODETRACER_RUBY_FORCE_FALLBACK") != NULL;
    if (!recorder->layout.frames_readable || is_refused) {
        rec_vm_layout_check(&recorder->layout, is_refused);
        rec_iseq_walk_init(&recorder->walk, &recorder->layout);
    }
    if (is_refused)
        recorder->walk.refusal = recorder->layout.refusal;
    if (recorder->shows_c_calls)
        rec_vm_layout_check_c_calls(&recorder->layout);
}

/* ---- the parts of one recording ---- */

/* Safe on what was begun in part, and twice. */
static void
release_recording(struct recorder *recorder)
{
    rec_lanes_release(recorder);
    rec_strand_table_release(recorder);
    rec_iseq_table_release(recorder);
    rec_identity_table_release(&recorder->identities);
    rec_name_table_release(&recorder->names);
    rec_path_filter_release(&recorder->filter);
    rec_filter_rules_release(&recorder->rules);
    rec_known_secrets_release(&recorder->known_secrets);
    rec_serializers_release(recorder);
    rec_flight_release(recorder);
    rec_watched_release(recorder);
    rec_clean_texts_forget(&recorder->clean_texts);
    rec_snapshot_scratch_release(&recorder->snapshots);
    rec_look_table_release(&recorder->looks);
    rec_assembly_release(&recorder->record);
    rec_assembly_release(&recorder->output_text);
    rec_assembly_release(&recorder->masked_text);
    rec_uncaught_release(&recorder->uncaught);
    free(recorder->trace_path);
    recorder->trace_path = NULL;
    recorder->code_lister = recorder->noted_blocks = Qnil;
    recorder->counts = (struct rec_counts){.cut_count = 0};
    recorder->ending = (struct rec_unwinding){.exception = 0};
    recorder->gem_count = 0;
    recorder->how_ended = CT_SPOOL_ENDING_UNSEEN;
    recorder->failure = NULL;
    recorder->is_paused = recorder->has_missed_code = recorder->forked = false;
}

static void
begin_tables(struct recorder *recorder)
{
    rec_class_table_init(recorder);
    rec_iseq_table_init(recorder);
    if (!rec_strand_table_init(recorder))
        rec_fail(recorder, REC_NO_MEMORY);
}

static void
begin_memory(struct recorder *recorder)
{
    if (!rec_snapshot_scratch_init(&recorder->snapshots, recorder->limits.node_count_max) ||
        !rec_look_table_init(&recorder->looks) ||
        !rec_assembly_grow(&recorder->record, RECORD_SIZE_FIRST))
        rec_raise_no_memory();
    rec_ractors_watch(recorder);
    rec_identity_table_init(recorder);
}

/* The spool, the writer, and the trace's files. */
static void
begin_link(struct recorder *recorder, VALUE options)
{
    uint16_t arg_count;
    uint32_t filter_count;
    uint64_t spool_bytes = rec_options_spool_bytes(options);
    const char *writer = rec_options_writer(options), *folder = rec_options_out_dir(options);
    VALUE texts = rec_options_start_texts(options, &arg_count, &filter_count);
    if (!rec_link_open(recorder, spool_bytes, writer, folder))
        rb_raise(rb_eRuntimeError, "%s", recorder->failure);
    recorder->is_open = true;
    rec_link_put_start(recorder, RSTRING_PTR(texts), (size_t)RSTRING_LEN(texts), arg_count,
                       filter_count);
    struct ct_spool_budget budget = rec_options_budget(options);
    rec_link_put_budget(recorder, &budget);
    rec_flight_put(recorder);
    rec_facts_put_recorded(recorder, rec_options_facts(options));
    if (!rec_link_wait_ready(recorder))
        rb_raise(rb_eRuntimeError, "%s", recorder->failure);
    rec_flight_signal_watch(recorder);
    RB_GC_GUARD(texts);
}

/* What the user should know from the start, of the first recording. */
static void
say_limits(const struct recorder *recorder, bool has_output)
{
    if (recorder->has_said_limits)
        return;
    if (!has_output)
        rec_link_say(recorder, "codetracer: %s; what it writes is not recorded\n",
                     "this Ruby's methods are not laid out as known");
    if (!recorder->layout.frames_readable)
        rec_link_say(recorder,
                     "codetracer: this Ruby's frames are not laid out as known (%s); "
                     "recording through bindings, which is slow\n",
                     recorder->layout.refusal);
    if (rec_process_adopts_orphans())
        rec_link_say(recorder, "codetracer: %s, so a wait for any child may find the writer\n",
                     "orphans become children of this process");
}

/* What CODETRACER_RUBY_TRACER_DEBUG=1 tells about the start. */
static void
say_debug(const struct recorder *recorder)
{
    char text[512];
    const struct rec_vm_layout *layout = &recorder->layout;
    if (!recorder->debug)
        return;
    snprintf(
        text, sizeof text,
        "frames %s%s, control frame %zu bytes, local table at %zu, count at %zu, parent at %zu, "
        "current ec %s, jumps %s, ends %d %d, identities by %s, heap walk %s, spool %zu bytes",
        layout->frames_readable ? "readable" : "unknown: ",
        layout->refusal != NULL ? layout->refusal : "", layout->frame_size,
        layout->body_local_table, layout->body_local_table_size, layout->body_parent_iseq,
        layout->ec_readable ? "known" : "unknown",
        layout->jump_place_count == REC_JUMP_PLACE_COUNT ? "known" : "unknown",
        layout->hook_places[REC_HOOK_END].cause, layout->hook_places[REC_HOOK_C_END].cause,
        layout->object_marked != NULL ? "mark phase" : "freed objects",
        recorder->walk.refusal != NULL ? recorder->walk.refusal : "possible",
        (size_t)recorder->spool.mask + 1);
    rec_link_say(recorder, "codetracer: debug: %s\n", text);
}

/* Code that was there before the recording began, or will only be there in a moment. */
static void
begin_code(struct recorder *recorder, VALUE options)
{
    recorder->keeps_script_lines = false;
    if (rec_options_has_running_program(options)) {
        recorder->code_lister = rec_options_code_lister(options);
        rec_loaded_code_record(recorder);
    } else if (rec_options_has_nameless_script(options)) {
        recorder->keeps_script_lines = true;
        rec_script_source_keep_lines(Qtrue);
    }
}

static VALUE
begin_recording(VALUE options)
{
    struct recorder *recorder = current_recorder;
    if (recorder->block_marker == 0)
        init_recorder(recorder);
    recorder->serial++;
    recorder->start_ns = rec_clock_ns();
    rec_link_remember_stderr(recorder);
    rec_options_read(recorder, options);
    check_vm(recorder);
    begin_memory(recorder);
    begin_link(recorder, options);
    begin_tables(recorder);
    say_limits(recorder, rec_output_capture_enable(recorder));
    rec_input_capture_enable(recorder);
    rec_process_capture_enable(recorder);
    rec_file_capture_enable(recorder);
    rec_active_put(recorder, recorder->is_open);
    rec_hooks_enable(recorder);
    rec_block_watch_enable(recorder);
    rec_handlers_enable(recorder);
    begin_code(recorder, options);
    rec_facts_put_gems(recorder);
    recorder->has_said_limits = true;
    say_debug(recorder);
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
    release_recording(recorder);
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
    if (recorder->active) {
        rec_output_capture_flush();
        rec_strands_settle(recorder);
    }
    rec_active_put(recorder, false);
    rec_lanes_wait(recorder);
    int state = end_hooks_surely();
    rec_facts_put_gems(recorder);
    recorder->how_ended = CT_SPOOL_ENDING_STOP;
    rec_link_close(recorder);
    release_recording(recorder);
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
