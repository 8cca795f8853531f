/* See recorder_class.h. Life of a recording: start → (program runs, hooks fire) → the VM's last
 * exit hook, after every at_exit → stop. A fork child leaves at once and records nothing. */
#include "recorder_class.h"

#include "event_hook.h"
#include "fallback_hook.h"
#include "output_capture.h"
#include "recorder.h"
#include "spool_link.h"

#include <ruby/vm.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define RECORDING_ID_SIZE 37
#define ARG_COUNT_MAX     65535
#define SNAPSHOT_SIZE_MAX (1u << 30) /* what one value may need while it is put together */
#define RECORD_SIZE_FIRST 4096       /* holds any record's fixed part; grows at need */

/* The one recording of this process; the VM's exit hook and pthread_atfork have no argument. */
static struct recorder *current_recorder;

/* ---- the Ruby object that owns the struct ---- */

static void
mark_recorder(void *pointer)
{
    const struct recorder *recorder = pointer;
    rb_gc_mark(recorder->script_tracepoint);
    rb_gc_mark(recorder->raise_tracepoint);
    rb_gc_mark(recorder->thread_tracepoint);
    rb_gc_mark(recorder->identities.gc_tracepoint);
    rb_gc_mark(recorder->fallback_methods);
}

static void
compact_recorder(void *pointer)
{
    struct recorder *recorder = pointer;
    rec_identity_table_compact(&recorder->identities);
    recorder->main_object = rb_gc_location(recorder->main_object);
}

static const rb_data_type_t recorder_type = {
    .wrap_struct_name = "codetracer/recorder",
    .function = {.dmark = mark_recorder, .dcompact = compact_recorder},
};

/* ---- options ---- */

static VALUE
option(VALUE options, const char *name)
{
    return rb_hash_aref(options, ID2SYM(rb_intern(name)));
}

static const char *
string_option(VALUE options, const char *name)
{
    VALUE value = option(options, name);
    return StringValueCStr(value);
}

static uint32_t
count_option(VALUE options, const char *name, uint32_t least, uint32_t most)
{
    long value = NUM2LONG(option(options, name));
    if (value < (long)least || value > (long)most)
        rb_raise(rb_eArgError, "%s must lie between %u and %u, not %ld", name, least, most, value);
    return (uint32_t)value;
}

static void
read_limits(struct recorder *recorder, VALUE options)
{
    recorder->limits = (struct rec_limits){
        .depth_max = count_option(options, "depth", 0, CT_SNAPSHOT_DEPTH_MAX - 2),
        .item_count_max = count_option(options, "items", 0, 10000),
        .string_size_max = count_option(options, "string_bytes", 0, 1 << 20),
        .node_count_max = count_option(options, "nodes", 1, 10000),
    };
    recorder->limits.snapshot_size_max = rec_snapshot_size_limit(recorder);
    if (recorder->limits.snapshot_size_max > SNAPSHOT_SIZE_MAX)
        rb_raise(rb_eArgError, "nodes × bytes may come to %u MiB at most", SNAPSHOT_SIZE_MAX >> 20);
}

/* A UUIDv7: 48 bits of milliseconds, the rest random. */
static void
make_recording_id(char out_id[RECORDING_ID_SIZE])
{
    unsigned char bytes[16] = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    if (getrandom(bytes + 6, 10, 0) != 10)
        memcpy(bytes + 8, &now.tv_nsec, sizeof(long)); /* weaker, still unique on this machine */
    for (int i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(milliseconds >> (40 - 8 * i));
    bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0F));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3F));
    for (int i = 0, at = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out_id[at++] = '-';
        at += snprintf(out_id + at, 3, "%02x", bytes[i]);
    }
}

/* The strings of the START record, each with its NUL. */
static VALUE
start_texts(VALUE options, const char *recording_id)
{
    static const char *const names[] = {"out_dir", "profile"};
    static const char *const more_names[] = {"program", "workdir", "recorder"};
    VALUE texts = rb_str_new(NULL, 0);
    VALUE args = option(options, "args");
    for (int i = 0; i < 2; i++)
        rb_str_cat(texts, string_option(options, names[i]),
                   (long)strlen(string_option(options, names[i])) + 1);
    rb_str_cat(texts, recording_id, RECORDING_ID_SIZE);
    for (int i = 0; i < 3; i++)
        rb_str_cat(texts, string_option(options, more_names[i]),
                   (long)strlen(string_option(options, more_names[i])) + 1);
    VALUE version = rb_const_get(rb_cObject, rb_intern("RUBY_VERSION"));
    rb_str_cat(texts, StringValueCStr(version), RSTRING_LEN(version) + 1);
    for (long i = 0; i < RARRAY_LEN(args) && i < ARG_COUNT_MAX; i++) {
        VALUE arg = RARRAY_AREF(args, i);
        rb_str_cat(texts, StringValueCStr(arg), RSTRING_LEN(arg) + 1);
    }
    return texts;
}

/* ---- start and stop ---- */

static void
stop_current(ruby_vm_t *vm)
{
    struct recorder *recorder = current_recorder;
    (void)vm;
    if (recorder == NULL || recorder->forked || recorder->life_fd < 0)
        return;
    recorder->closing = true;
    if (recorder->active) {
        rec_output_capture_flush();
    }
    rec_link_close(recorder);
}

/* Registered before the program could register any, so the last of all at_exit procedures. */
static void
note_ending(VALUE unused)
{
    (void)unused;
    if (current_recorder != NULL && !current_recorder->forked)
        rec_hooks_note_ending(current_recorder, rb_errinfo());
}

static void
leave_in_child(void)
{
    if (current_recorder == NULL)
        return;
    current_recorder->forked = true;
    rec_link_abandon(current_recorder);
}

static struct recorder *
new_recorder(VALUE options)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL)
        rb_memerror();
    recorder->owner = Qnil;
    recorder->script_tracepoint = recorder->raise_tracepoint = Qnil;
    recorder->thread_tracepoint = recorder->identities.gc_tracepoint = Qnil;
    recorder->fallback_methods = Qnil;
    recorder->life_fd = -1;
    recorder->owner = TypedData_Wrap_Struct(rb_cObject, &recorder_type, recorder);
    rb_gc_register_mark_object(recorder->owner);
    recorder->main_object = rb_eval_string("self");
    recorder->block_marker = rb_obj_alloc(rb_cObject);
    rb_gc_register_mark_object(recorder->block_marker);
    recorder->quiet = RTEST(option(options, "quiet"));
    recorder->debug = RTEST(option(options, "debug"));
    recorder->start_ns = rec_clock_ns();
    read_limits(recorder, options);
    rec_path_filter_init(&recorder->filter, option(options, "skip_prefixes"),
                         option(options, "main_script"), option(options, "workdir"));
    return recorder;
}

/* `out_dir/trace.ct` or `out_dir/trace.json`. */
static char *
join_trace_path(VALUE options)
{
    bool is_json = strcmp(string_option(options, "profile"), "json") == 0;
    char *path;
    if (asprintf(&path, "%s/trace.%s", string_option(options, "out_dir"), is_json ? "json" : "ct") <
        0)
        rb_memerror();
    return path;
}

static void
begin_tables(struct recorder *recorder)
{
    rec_class_table_init(recorder);
    rec_iseq_table_init(recorder);
    if (!rec_strand_table_init(recorder))
        rec_fail(recorder, "out of memory");
}

/* Keeps the text of -e and of a script from standard input, which exist nowhere else. */
static void
keep_script_text(VALUE options)
{
    const char *program = string_option(options, "program");
    VALUE holder = rb_path2class("RubyVM");
    if (strcmp(program, "-e") != 0 && strcmp(program, "-") != 0)
        return;
    if (rb_respond_to(holder, rb_intern("keep_script_lines=")))
        rb_funcall(holder, rb_intern("keep_script_lines="), 1, Qtrue);
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
        "current ec %s, identities by %s, spool %zu bytes",
        layout->frames_readable ? "readable" : "unknown: ",
        layout->refusal != NULL ? layout->refusal : "", layout->frame_size,
        layout->body_local_table, layout->body_local_table_size, layout->body_parent_iseq,
        layout->ec_readable ? "known" : "unknown",
        layout->object_marked != NULL ? "mark phase" : "freed objects",
        (size_t)recorder->spool.mask + 1);
    rec_link_say(recorder, "codetracer: debug: %s\n", text);
}

static VALUE
start(VALUE self, VALUE options)
{
    char recording_id[RECORDING_ID_SIZE];
    Check_Type(options, T_HASH);
    if (current_recorder != NULL)
        rb_raise(rb_eRuntimeError, "a recording is running already");
    make_recording_id(recording_id);
    VALUE texts = start_texts(options, recording_id);
    struct recorder *recorder = new_recorder(options);
    recorder->trace_path = join_trace_path(options);
    rec_link_remember_stderr(recorder);
    rec_vm_layout_check(&recorder->layout, getenv("CODETRACER_RUBY_FORCE_FALLBACK") != NULL);
    if (!rec_snapshot_scratch_init(&recorder->snapshots, recorder->limits.node_count_max) ||
        !rec_assembly_grow(&recorder->record, RECORD_SIZE_FIRST))
        rb_memerror();
    rec_identity_table_init(&recorder->identities, &recorder->layout);
    if (!rec_link_open(recorder, NUM2ULL(option(options, "spool_bytes")),
                       string_option(options, "writer"), string_option(options, "out_dir")))
        rb_raise(rb_eRuntimeError, "%s", recorder->failure);
    current_recorder = recorder;
    recorder->active = true;
    rec_link_put_start(recorder, RSTRING_PTR(texts), (size_t)RSTRING_LEN(texts),
                       (uint16_t)RARRAY_LEN(option(options, "args")));
    if (!rec_link_wait_ready(recorder)) {
        rec_link_abandon(recorder);
        rb_raise(rb_eRuntimeError, "%s", recorder->failure);
    }
    begin_tables(recorder);
    pthread_atfork(NULL, NULL, leave_in_child);
    rb_set_end_proc(note_ending, Qnil);
    ruby_vm_at_exit(stop_current);
    rec_output_capture_enable(recorder);
    if (!recorder->layout.frames_readable) {
        rec_link_say(recorder,
                     "codetracer: this Ruby's frames are not laid out as known (%s); "
                     "recording through bindings, which is slow\n",
                     recorder->layout.refusal);
        rec_fallback_init(recorder);
    }
    rec_hooks_enable(recorder);
    keep_script_text(options);
    say_debug(recorder);
    return self;
}

/* Whether orphans of this process come to it, so that a detached writer would be seen by its
 * `wait`. */
static VALUE
is_subreaper(VALUE self)
{
    int flag = 0;
    (void)self;
    return prctl(PR_GET_CHILD_SUBREAPER, &flag, 0, 0, 0) == 0 && flag ? Qtrue : Qfalse;
}

void
rec_recorder_class_define(VALUE holder)
{
    rb_define_singleton_method(holder, "start", start, 1);
    rb_define_singleton_method(holder, "subreaper?", is_subreaper, 0);
}
