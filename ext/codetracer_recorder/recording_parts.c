/* See recording_parts.h. */
#include "recording_parts.h"

#include "block_watch.h"
#include "event_hook.h"
#include "file_capture.h"
#include "handler_block.h"
#include "input_capture.h"
#include "loaded_code.h"
#include "output_capture.h"
#include "process_capture.h"
#include "recorder.h"
#include "recording_facts.h"
#include "script_event.h"
#include "script_source.h"
#include "spool_link.h"
#include "start_options.h"
#include "value_filter.h"
#include "writer_process.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORD_SIZE_FIRST 4096 /* holds any record's fixed part; grows at need */

/* Once it is known, the layout does not change; within a hook of the program's own it cannot be
 * found out, and is tried again the next time. */
static void
check_vm(struct recorder *recorder)
{
    bool is_refused = getenv("CODETRACER_RUBY_FORCE_FALLBACK") != NULL;
    if (!recorder->layout.frames_readable || is_refused) {
        rec_vm_layout_check(&recorder->layout, is_refused);
        rec_iseq_walk_init(&recorder->walk, &recorder->layout);
        rec_allocation_way_find(&recorder->allocation_way);
    }
    if (recorder->layout.frames_readable && !recorder->iseq_hooks.is_probed) {
        rec_iseq_hooks_probe(&recorder->layout, &recorder->iseq_hooks);
        rec_script_event_init(&recorder->iseq_hooks);
    }
    if (is_refused)
        recorder->walk.refusal = recorder->layout.refusal;
    if (recorder->shows_c_calls)
        rec_vm_layout_check_c_calls(&recorder->layout);
}

void
rec_tables_release(struct recorder *recorder)
{
    rec_strand_table_release(recorder);
    rec_iseq_table_release(recorder);
    rec_name_table_release(&recorder->names);
    rec_secrets_release(recorder);
    rec_snapshot_scratch_release(&recorder->snapshots);
    rec_look_table_release(&recorder->looks);
    rec_assembly_release(&recorder->record);
    rec_assembly_release(&recorder->output_text);
}

void
rec_recording_release(struct recorder *recorder)
{
    rec_lanes_release(recorder);
    rec_tables_release(recorder);
    rec_identity_table_release(&recorder->identities);
    rec_path_filter_release(&recorder->filter);
    rec_filter_rules_release(&recorder->rules);
    rec_serializers_release(recorder);
    rec_flight_release(recorder);
    rec_watched_release(recorder);
    rec_uncaught_release(&recorder->uncaught);
    free(recorder->trace_path);
    recorder->trace_path = NULL;
    recorder->code_lister = recorder->noted_blocks = Qnil;
    recorder->counts = (struct rec_counts){.cut_count = 0};
    recorder->ending = (struct rec_unwinding){.exception = 0};
    recorder->seen_exception = (struct rec_seen_exception){.object = 0};
    recorder->gem_count = 0;
    recorder->how_ended = CT_SPOOL_ENDING_UNSEEN;
    recorder->failure = NULL;
    recorder->is_paused = recorder->has_missed_code = recorder->forked = false;
    recorder->is_prepared = false;
}

static void
begin_tables(struct recorder *recorder)
{
    rec_class_table_init(recorder);
    rec_iseq_table_init(recorder);
    rec_ractors_watch(recorder);
    rec_identity_table_init(recorder);
    if (!rec_strand_table_init(recorder))
        rec_fail(recorder, REC_NO_MEMORY);
    recorder->is_prepared = false; /* from here on there is something to end */
}

static void
begin_memory(struct recorder *recorder)
{
    if (!rec_snapshot_scratch_init(&recorder->snapshots, recorder->limits.node_count_max) ||
        !rec_look_table_init(&recorder->looks) ||
        !rec_assembly_grow(&recorder->record, RECORD_SIZE_FIRST))
        rec_raise_no_memory();
}

/* The spool and the writer. */
static void
begin_link(struct recorder *recorder, VALUE options)
{
    uint64_t spool_bytes = rec_options_spool_bytes(options);
    const char *writer = rec_options_writer(options), *folder = rec_options_out_dir(options);
    rec_link_remember_stderr(recorder);
    recorder->is_prepared = true;
    if (!rec_link_open(recorder, spool_bytes, writer, folder))
        rb_raise(rb_eRuntimeError, "%s", recorder->failure);
    recorder->is_open = true;
}

/* What the writer needs for the trace's files. */
static void
put_start(struct recorder *recorder, VALUE options)
{
    uint16_t arg_count;
    uint32_t filter_count;
    VALUE texts = rec_options_start_texts(options, &arg_count, &filter_count);
    rec_link_put_start(recorder, RSTRING_PTR(texts), (size_t)RSTRING_LEN(texts), arg_count,
                       filter_count);
    struct ct_spool_budget budget = rec_options_budget(options);
    rec_link_put_budget(recorder, &budget);
    rec_flight_put(recorder);
    rec_facts_put_recorded(recorder, rec_options_facts(options));
    rec_link_ring(recorder);
    RB_GC_GUARD(texts);
}

static void
wait_for_files(struct recorder *recorder)
{
    if (!rec_link_wait_ready(recorder))
        rb_raise(rb_eRuntimeError, "%s", recorder->failure);
    rec_flight_signal_watch(recorder);
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
        "current ec %s, jumps %s, ends %d %d, hooks %s, identities by %s, heap walk %s, spool %zu "
        "bytes",
        layout->frames_readable ? "readable" : "unknown: ",
        layout->refusal != NULL ? layout->refusal : "", layout->frame_size,
        layout->body_local_table, layout->body_local_table_size, layout->body_parent_iseq,
        layout->ec_readable ? "known" : "unknown",
        layout->jump_place_count == REC_JUMP_PLACE_COUNT ? "known" : "unknown",
        layout->hook_places[REC_HOOK_END].cause, layout->hook_places[REC_HOOK_C_END].cause,
        recorder->iseq_hooks.function != NULL ? "taken over" : "the VM's",
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

void
rec_recording_begin(struct recorder *recorder, VALUE options)
{
    recorder->serial++;
    recorder->start_ns = rec_clock_ns();
    if (rb_block_given_p()) {
        begin_link(recorder, options);
        rb_yield(Qnil);
    }
    rec_options_read(recorder, options);
    begin_memory(recorder);
    if (!recorder->is_prepared)
        begin_link(recorder, options);
    put_start(recorder, options);
    check_vm(recorder);
    begin_tables(recorder);
    wait_for_files(recorder);
    say_limits(recorder, rec_output_capture_enable(recorder));
    rec_input_capture_enable(recorder);
    rec_process_capture_enable(recorder);
    rec_file_capture_enable(recorder);
    rec_active_put(recorder, recorder->is_open);
    rec_hooks_enable(recorder);
    rec_block_watch_enable(recorder);
    rec_handlers_enable(recorder);
    rec_allocation_way_shorten(recorder);
    begin_code(recorder, options);
    rec_facts_put_gems(recorder);
    recorder->has_said_limits = true;
    say_debug(recorder);
}
