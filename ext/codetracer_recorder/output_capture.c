/* See output_capture.h. The originals are kept in one struct that is filled once and never
 * changed. */
#include "output_capture.h"

#include "c_function.h"
#include "capture.h"
#include "event_hook.h"
#include "recorder.h"
#include "spool_link.h"
#include "symbol_patch.h"

#include <ruby/io.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int ruby_thread_has_gvl_p(void); /* exported, in no public header */

#define COPY_SIZE_MAX (1u << 20) /* of one copy_stream, read back for the trace */


static struct {
    struct recorder *recorder;
    VALUE (*write)(int argc, VALUE *argv, VALUE io);
    VALUE (*syswrite)(VALUE io, VALUE text);
    VALUE (*write_nonblock)(VALUE io, VALUE text, VALUE exception);
    VALUE (*copy_stream)(int argc, VALUE *argv, VALUE self);
    VALUE relay_class;          /* see copy_through_relay */
    uint64_t event_count;       /* events so far, to notice a nested capture */
    struct rec_assembly report; /* the VM's error report, up to the end of a line */
} output;

/* ---- which stream, and recording its text ---- */

/* rb_io_descriptor, which headers since 3.3 prefer, raises for a closed stream. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static int
descriptor_of(VALUE io)
{
    if (!RB_TYPE_P(io, T_FILE) || RFILE(io)->fptr == NULL)
        return -1;
    return RFILE(io)->fptr->fd;
}
#pragma GCC diagnostic pop

/* -1: not a stream of interest. The descriptor decides; a file in $stdout's place counts too. */
static int
stream_of(VALUE io)
{
    int descriptor = descriptor_of(io);
    if (descriptor == 1 || (descriptor >= 0 && io == rb_stdout))
        return CT_SPOOL_EVENT_STDOUT;
    if (descriptor == 2 || (descriptor >= 0 && io == rb_stderr))
        return CT_SPOOL_EVENT_STDERR;
    return -1;
}

static bool
is_recording(void)
{
    return output.recorder->active && rec_in_main_ractor(output.recorder);
}

static void
record_bytes(int stream, const char *bytes, size_t size)
{
    if (size == 0)
        return;
    output.event_count++;
    rec_strand_here(output.recorder);
    rec_capture_event(output.recorder, (enum ct_spool_event_kind)stream, "", bytes, size);
}

/* One event for all arguments of one call. */
static void
record_strings(int stream, int count, const VALUE *strings)
{
    struct rec_assembly *text = &output.recorder->output_text;
    text->size = 0;
    if (count == 1) {
        record_bytes(stream, RSTRING_PTR(strings[0]), (size_t)RSTRING_LEN(strings[0]));
        return;
    }
    for (int i = 0; i < count; i++) {
        if (!rec_assembly_reserve(text, (size_t)RSTRING_LEN(strings[i])))
            return;
        rec_assembly_put(text, RSTRING_PTR(strings[i]), (size_t)RSTRING_LEN(strings[i]));
    }
    record_bytes(stream, (const char *)text->bytes, text->size);
}

/* ---- the replaced methods ---- */

static VALUE
capture_write(int argc, VALUE *argv, VALUE io)
{
    if (!is_recording())
        return output.write(argc, argv, io);
    VALUE holder;
    VALUE *strings = ALLOCV_N(VALUE, holder, argc + 1);
    for (int i = 0; i < argc; i++)
        strings[i] = rb_obj_as_string(argv[i]);
    VALUE result = output.write(argc, strings, io);
    int stream = stream_of(io);
    if (stream >= 0 && is_recording())
        record_strings(stream, argc, strings);
    ALLOCV_END(holder);
    return result;
}

/* `result` is what the system wrote of `text`. */
static void
record_part(VALUE io, VALUE text, VALUE result)
{
    int stream = stream_of(io);
    if (stream < 0 || !is_recording() || !FIXNUM_P(result))
        return;
    size_t written = (size_t)FIX2LONG(result);
    if (written <= (size_t)RSTRING_LEN(text))
        record_bytes(stream, RSTRING_PTR(text), written);
}

static VALUE
capture_syswrite(VALUE io, VALUE text)
{
    text = rb_obj_as_string(text);
    VALUE result = output.syswrite(io, text);
    record_part(io, text, result);
    RB_GC_GUARD(text);
    return result;
}

static VALUE
capture_write_nonblock(VALUE io, VALUE text, VALUE exception)
{
    text = rb_obj_as_string(text);
    VALUE result = output.write_nonblock(io, text, exception);
    record_part(io, text, result);
    RB_GC_GUARD(text);
    return result;
}

/* ---- IO.copy_stream ---- */

static bool
is_regular(int descriptor)
{
    struct stat status;
    return descriptor >= 0 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

/* The copied bytes never passed through Ruby: they are read again from the file they came from. */
static void
record_copied(int stream, int descriptor, off_t start, size_t size)
{
    if (size > COPY_SIZE_MAX)
        size = COPY_SIZE_MAX;
    char *bytes = malloc(size);
    ssize_t got = bytes == NULL ? -1 : pread(descriptor, bytes, size, start);
    if (got > 0)
        record_bytes(stream, bytes, (size_t)got);
    free(bytes);
}

static VALUE
relay_write(VALUE relay, VALUE text)
{
    VALUE io = rb_attr_get(relay, rb_intern("io"));
    return rb_funcall(io, rb_intern("write"), 1, text);
}

/* A pipe or socket can be read only once: copy_stream writes to an object that passes it on. */
static VALUE
copy_through_relay(int argc, VALUE *argv, VALUE self)
{
    VALUE relayed[4];
    VALUE relay = rb_obj_alloc(output.relay_class);
    rb_ivar_set(relay, rb_intern("io"), argv[1]);
    MEMCPY(relayed, argv, VALUE, argc);
    relayed[1] = relay;
    return output.copy_stream(argc, relayed, self);
}

static VALUE
capture_copy_stream(int argc, VALUE *argv, VALUE self)
{
    if (argc < 2 || argc > 4 || !is_recording() || stream_of(argv[1]) < 0)
        return output.copy_stream(argc, argv, self);
    int source = descriptor_of(argv[0]);
    if (source >= 0 && !is_regular(source))
        return copy_through_relay(argc, argv, self);
    uint64_t events_before = output.event_count;
    VALUE result = output.copy_stream(argc, argv, self);
    if (output.event_count != events_before || !is_recording())
        return result; /* it came through write and is recorded */
    size_t size = NUM2SIZET(result);
    bool has_offset = argc == 4 && !NIL_P(argv[3]);
    int stream = stream_of(argv[1]);
    if (source >= 0 && is_regular(source)) {
        off_t start = has_offset ? NUM2OFFT(argv[3]) : lseek(source, 0, SEEK_CUR) - (off_t)size;
        record_copied(stream, source, start, size);
    } else if (RB_TYPE_P(argv[0], T_STRING)) {
        int opened = open(StringValueCStr(argv[0]), O_RDONLY | O_CLOEXEC);
        if (opened >= 0)
            record_copied(stream, opened, has_offset ? NUM2OFFT(argv[3]) : 0, size);
        close(opened);
    }
    return result;
}

/* ---- the VM's own error report ---- */

void
rec_output_capture_flush(void)
{
    if (output.report.size > 0)
        record_bytes(CT_SPOOL_EVENT_STDERR, (const char *)output.report.bytes, output.report.size);
    output.report.size = 0;
}

/* The VM writes a line of its report in up to seven pieces; a line is one event. */
static void
record_report(const char *bytes, size_t size)
{
    rec_hooks_report_pending(output.recorder); /* the exception comes before its report */
    if (!rec_assembly_reserve(&output.report, size))
        return;
    rec_assembly_put(&output.report, bytes, size);
    if (size > 0 && bytes[size - 1] == '\n')
        rec_output_capture_flush();
}

/* Stands in for libruby's fwrite. Called without the GVL too (rb_bug): then it only writes. */
static size_t
capture_fwrite(const void *bytes, size_t size, size_t count, FILE *stream)
{
    size_t written = fwrite(bytes, size, count, stream);
    if (stream == stderr && output.recorder->active && ruby_thread_has_gvl_p() && is_recording())
        record_report(bytes, size * written);
    return written;
}

/* ---- enabling ---- */

/* Redefining a method warns under -w; the program must not see that. */
static void
replace_methods(void)
{
    VALUE verbose = *rb_ruby_verbose_ptr();
    *rb_ruby_verbose_ptr() = Qnil;
    if (output.write != NULL)
        rb_define_method(rb_cIO, "write", capture_write, -1);
    if (output.syswrite != NULL)
        rb_define_method(rb_cIO, "syswrite", capture_syswrite, 1);
    if (output.write_nonblock != NULL)
        rb_define_private_method(rb_cIO, "__write_nonblock", capture_write_nonblock, 2);
    if (output.copy_stream != NULL)
        rb_define_singleton_method(rb_cIO, "copy_stream", capture_copy_stream, -1);
    *rb_ruby_verbose_ptr() = verbose;
}

/* dlsym's idiom: ISO C has no cast from an object pointer to a function pointer. */
static void
find_originals(const struct rec_c_function_path *path)
{
    ID nonblock = rb_intern("__write_nonblock");
    *(void **)&output.write = rec_c_function_find(path, rb_cIO, "write");
    *(void **)&output.syswrite = rec_c_function_find(path, rb_cIO, "syswrite");
    if (rb_method_boundp(rb_cIO, nonblock, 0) && rb_mod_method_arity(rb_cIO, nonblock) == 2)
        *(void **)&output.write_nonblock = rec_c_function_find(path, rb_cIO, "__write_nonblock");
    *(void **)&output.copy_stream =
        rec_c_function_find(path, rb_singleton_class(rb_cIO), "copy_stream");
}

void
rec_output_capture_enable(struct recorder *recorder)
{
    struct rec_c_function_path path;
    output.recorder = recorder;
    rec_symbol_patch("fwrite", (void *)capture_fwrite);
    if (!rec_c_function_path_find(&path)) {
        rec_link_say(recorder, "codetracer: %s; what it writes is not recorded\n",
                     "this Ruby's methods are not laid out as known");
        return;
    }
    find_originals(&path);
    output.relay_class = rb_class_new(rb_cObject);
    rb_gc_register_mark_object(output.relay_class);
    rb_define_method(output.relay_class, "write", relay_write, 1);
    replace_methods();
}
