/* See output_capture.h. The originals are kept in one struct that is filled once and never
 * changed. */
#include "output_capture.h"

#include "c_function.h"
#include "capture.h"
#include "event_hook.h"
#include "file_capture.h"
#include "input_capture.h"
#include "held_events.h"
#include "original_method.h"
#include "recorder.h"
#include "spool_link.h"
#include "symbol_patch.h"

#include <ruby/encoding.h>
#include <ruby/io.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int ruby_thread_has_gvl_p(void); /* exported, in no public header */

#define COPY_PART_SIZE (64u << 10) /* of a pipe, as much as it holds */
#define COPY_SIZE_MAX  (1u << 20)  /* of one copy_stream, read back for the trace */

static struct {
    struct recorder *recorder;
    VALUE (*write)(int argc, VALUE *argv, VALUE io);
    VALUE (*syswrite)(VALUE io, VALUE text);
    VALUE (*copy_stream)(int argc, VALUE *argv, VALUE self);
    VALUE (*string_write)(int argc, VALUE *argv, VALUE string_io); /* StringIO, once it is there */
    VALUE (*string_putc)(VALUE string_io, VALUE character);
    struct rec_c_function_path path;
    VALUE nonblock_method;      /* IO#write_nonblock; 0 until it is watched for the first time */
    VALUE nonblock_tracepoint;  /* of its return */
    const void *copying_ec;     /* whose copy_stream runs */
    uint64_t copied_count;      /* events it made through write */
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
    if (descriptor == 1 || io == rb_stdout)
        return CT_SPOOL_EVENT_STDOUT;
    if (descriptor == 2 || io == rb_stderr)
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
    const uint32_t wanted = stream == CT_SPOOL_EVENT_STDOUT ? REC_IO_STDOUT : REC_IO_STDERR;
    if (size == 0 || (output.recorder->io & wanted) == 0)
        return;
    output.copied_count +=
        output.copying_ec != NULL && output.copying_ec == rec_current_ec(&output.recorder->layout);
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

/* Makes strings of the arguments, once, writes them with `original`, then records them. */
static VALUE
write_and_record(int argc, VALUE *argv, VALUE io,
                 VALUE (*original)(int argc, VALUE *argv, VALUE io))
{
    VALUE holder;
    VALUE *strings = ALLOCV_N(VALUE, holder, argc + 1);
    for (int i = 0; i < argc; i++)
        strings[i] = rb_obj_as_string(argv[i]);
    VALUE result = original(argc, strings, io);
    int stream = stream_of(io);
    if (stream >= 0 && argc > 0 && is_recording())
        record_strings(stream, argc, strings);
    else if (stream < 0 && FIXNUM_P(result) && rec_file_is_wanted(io))
        rec_file_written(io, (size_t)FIX2LONG(result));
    ALLOCV_END(holder);
    return result;
}

static VALUE
capture_write(int argc, VALUE *argv, VALUE io)
{
    if (!is_recording())
        return output.write(argc, argv, io);
    return write_and_record(argc, argv, io, output.write);
}

/* A StringIO is of interest only while it stands in for a stream. */
static VALUE
capture_string_write(int argc, VALUE *argv, VALUE string_io)
{
    if (stream_of(string_io) < 0 || !is_recording())
        return output.string_write(argc, argv, string_io);
    return write_and_record(argc, argv, string_io, output.string_write);
}

static VALUE
capture_string_putc(VALUE string_io, VALUE character)
{
    VALUE result = output.string_putc(string_io, character);
    int stream = stream_of(string_io);
    if (stream < 0 || !is_recording())
        return result;
    VALUE text = RB_TYPE_P(character, T_STRING) ? rb_str_substr(character, 0, 1) : Qnil;
    char byte = NIL_P(text) ? (char)(NUM2INT(character) & 0xFF) : '\0';
    if (NIL_P(text))
        record_bytes(stream, &byte, 1);
    else
        record_strings(stream, 1, &text);
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
    if (stream_of(io) < 0 && FIXNUM_P(result) && rec_file_is_wanted(io))
        rec_file_written(io, (size_t)FIX2LONG(result));
    RB_GC_GUARD(text);
    return result;
}

/* write_nonblock is Ruby code of the VM's own with a C function that no method names: its return is
 * watched instead, where its parameter still holds the text. */
static void
on_write_nonblock(VALUE tpval, void *data)
{
    rb_trace_arg_t *arg = rb_tracearg_from_tracepoint(tpval);
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    VALUE io = rb_tracearg_self(arg);
    (void)data;
    if (!is_recording() || stream_of(io) < 0)
        return;
    uint32_t count = rec_iseq_local_count(&output.recorder->layout, head->cfp->iseq);
    VALUE text = head->cfp->ep[-(ptrdiff_t)(count + 2)];
    if (RB_TYPE_P(text, T_STRING))
        record_part(io, text, rb_tracearg_return_value(arg));
}

static VALUE
watch_write_nonblock(VALUE unused)
{
    VALUE name = ID2SYM(rb_intern("write_nonblock"));
    (void)unused;
    if (output.nonblock_method == 0) {
        output.nonblock_method = rec_original_call_with(REC_MODULE_INSTANCE_METHOD, rb_cIO, name);
        rb_gc_register_mark_object(output.nonblock_method);
        output.nonblock_tracepoint =
            rb_tracepoint_new(Qnil, RUBY_EVENT_RETURN, on_write_nonblock, NULL);
        rb_gc_register_mark_object(output.nonblock_tracepoint);
    }
    rec_tracepoint_target(output.nonblock_tracepoint, output.nonblock_method);
    return Qnil;
}

/* A program's own write_nonblock need not be Ruby code of a kind that can be watched. */
static VALUE
leave_unwatched(VALUE unused, VALUE error)
{
    (void)unused;
    (void)error;
    return Qnil;
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

/* A pipe or socket can be read only once, so it is copied here: part by part, each written at once.
 */
struct copy {
    VALUE source, destination;
    bool is_bounded;
    size_t left; /* of a bounded copy */
    size_t copied;
};

static void
copy_part(struct copy *copy, VALUE part)
{
    while (RSTRING_LEN(part) > 0) {
        VALUE written = output.syswrite(copy->destination, part);
        long size = NUM2LONG(written);
        record_part(copy->destination, part, written);
        copy->copied += (size_t)size;
        copy->left -= copy->is_bounded ? (size_t)size : 0;
        part = rb_str_substr(part, size, RSTRING_LEN(part) - size);
    }
}

static VALUE
copy_parts(VALUE context)
{
    struct copy *copy = (struct copy *)context;
    rb_io_flush(copy->destination);
    while (!copy->is_bounded || copy->left > 0) {
        size_t size = copy->is_bounded && copy->left < COPY_PART_SIZE ? copy->left : COPY_PART_SIZE;
        VALUE part = rb_funcall(copy->source, rb_intern("readpartial"), 1, SIZET2NUM(size));
        rb_enc_associate_index(part, rb_ascii8bit_encindex());
        copy_part(copy, part);
    }
    return Qnil;
}

static VALUE
end_of_source(VALUE context, VALUE error)
{
    (void)context;
    (void)error;
    return Qnil;
}

static VALUE
copy_from_stream(int argc, VALUE *argv)
{
    struct copy copy = {.source = argv[0], .destination = argv[1]};
    copy.is_bounded = argc >= 3 && !NIL_P(argv[2]);
    copy.left = copy.is_bounded ? NUM2SIZET(argv[2]) : 0;
    /* The end of the source is an exception of ours, not of the program's. */
    output.recorder->silent_ec = rec_current_ec(&output.recorder->layout);
    rb_rescue2(copy_parts, (VALUE)&copy, end_of_source, Qnil, rb_eEOFError, (VALUE)0);
    output.recorder->silent_ec = NULL;
    return SIZET2NUM(copy.copied);
}

/* Records what a copy from a regular file put out. */
static void
record_file_copy(int argc, VALUE *argv, VALUE result)
{
    size_t size = NUM2SIZET(result);
    bool has_offset = argc == 4 && !NIL_P(argv[3]);
    int source = descriptor_of(argv[0]), stream = stream_of(argv[1]);
    if (source >= 0 && is_regular(source)) {
        off_t start = has_offset ? NUM2OFFT(argv[3]) : lseek(source, 0, SEEK_CUR) - (off_t)size;
        record_copied(stream, source, start, size);
    } else if (RB_TYPE_P(argv[0], T_STRING)) {
        int opened = open(StringValueCStr(argv[0]), O_RDONLY | O_CLOEXEC);
        if (opened < 0)
            return;
        record_copied(stream, opened, has_offset ? NUM2OFFT(argv[3]) : 0, size);
        close(opened);
    }
}

static VALUE
capture_copy_stream(int argc, VALUE *argv, VALUE self)
{
    if (argc < 2 || argc > 4 || !is_recording() || descriptor_of(argv[1]) < 0 ||
        stream_of(argv[1]) < 0)
        return output.copy_stream(argc, argv, self);
    int source = descriptor_of(argv[0]);
    bool has_offset = argc == 4 && !NIL_P(argv[3]);
    if (source >= 0 && !is_regular(source) && !has_offset && output.syswrite != NULL)
        return copy_from_stream(argc, argv);
    const void *outer_ec = output.copying_ec;
    uint64_t outer_count = output.copied_count;
    output.copying_ec = rec_current_ec(&output.recorder->layout);
    output.copied_count = 0;
    VALUE result = output.copy_stream(argc, argv, self);
    bool came_through_write = output.copied_count > 0;
    output.copying_ec = outer_ec;
    output.copied_count = outer_count;
    if (!came_through_write && is_recording())
        record_file_copy(argc, argv, result);
    return result;
}

/* ---- the VM's own error report ---- */

static void
flush_report(void)
{
    if (output.report.size > 0)
        record_bytes(CT_SPOOL_EVENT_STDERR, (const char *)output.report.bytes, output.report.size);
    output.report.size = 0;
}

void
rec_output_capture_flush(void)
{
    flush_report();
    rec_held_events_put_all(output.recorder);
}

/* Some Rubies write a line of the report in up to seven pieces, others all lines at once: a line is
 * one event. */
static void
record_report(const char *bytes, size_t size)
{
    rec_hooks_report_pending(output.recorder); /* the exception comes before its report */
    if (!rec_assembly_reserve(&output.report, size)) {
        rec_fail(output.recorder, REC_NO_MEMORY);
        return;
    }
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        size_t part = end == NULL ? size : (size_t)(end - bytes) + 1;
        rec_assembly_put(&output.report, bytes, part);
        if (end != NULL)
            flush_report();
        bytes += part;
        size -= part;
    }
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
define_quietly(VALUE klass, const char *name, VALUE (*function)(ANYARGS), int arity)
{
    VALUE verbose = *rb_ruby_verbose_ptr();
    *rb_ruby_verbose_ptr() = Qnil;
    rb_define_method(klass, name, function, arity);
    *rb_ruby_verbose_ptr() = verbose;
}

static void
replace_methods(void)
{
    const struct rec_c_function_path *path = &output.path;
    VALUE singleton = rb_singleton_class(rb_cIO);
    *(void **)&output.write = rec_c_function_find(path, rb_cIO, "write");
    *(void **)&output.syswrite = rec_c_function_find(path, rb_cIO, "syswrite");
    *(void **)&output.copy_stream = rec_c_function_find(path, singleton, "copy_stream");
    if (output.write != NULL)
        define_quietly(rb_cIO, "write", RUBY_METHOD_FUNC(capture_write), -1);
    if (output.syswrite != NULL)
        define_quietly(rb_cIO, "syswrite", RUBY_METHOD_FUNC(capture_syswrite), 1);
    if (output.copy_stream != NULL)
        define_quietly(singleton, "copy_stream", RUBY_METHOD_FUNC(capture_copy_stream), -1);
}

static VALUE
replace_string_methods(VALUE klass)
{
    const struct rec_c_function_path *path = &output.path;
    void *write = rec_c_function_find(path, klass, "write");
    void *putc = rec_c_function_find(path, klass, "putc");
    if (write == NULL || putc == NULL)
        return Qnil;
    *(void **)&output.string_write = write;
    *(void **)&output.string_putc = putc;
    define_quietly(klass, "write", RUBY_METHOD_FUNC(capture_string_write), -1);
    define_quietly(klass, "putc", RUBY_METHOD_FUNC(capture_string_putc), 1);
    return Qnil;
}

static VALUE
replace_string_readers(VALUE klass)
{
    rec_input_capture_strings(klass);
    return Qnil;
}

static bool
is_string_io(VALUE object, VALUE klass)
{
    return RB_TYPE_P(klass, T_CLASS) && RTEST(rb_obj_is_kind_of(object, klass));
}

void
rec_output_replaced(struct recorder *recorder)
{
    int state = 0;
    ID name = rb_intern("StringIO");
    recorder->seen_stdout = rb_stdout;
    recorder->seen_stderr = rb_stderr;
    recorder->seen_stdin = rb_stdin;
    if (output.write == NULL || !rb_const_defined(rb_cObject, name) ||
        RTEST(rb_autoload_p(rb_cObject, name)))
        return;
    VALUE klass = rb_const_get(rb_cObject, name);
    if (output.string_write == NULL &&
        (is_string_io(rb_stdout, klass) || is_string_io(rb_stderr, klass)))
        rb_protect(replace_string_methods, klass, &state);
    if (state == 0 && is_string_io(rb_stdin, klass))
        rb_protect(replace_string_readers, klass, &state);
    if (state != 0)
        rb_set_errinfo(Qnil);
}

/* Once in a process: what was replaced stays so. */
static void
replace_writers(struct recorder *recorder)
{
    output.recorder = recorder;
    rec_symbol_patch("fwrite", (void *)capture_fwrite);
    if (rec_c_function_path_find(&output.path))
        replace_methods();
}

bool
rec_output_capture_enable(struct recorder *recorder)
{
    if (output.recorder == NULL)
        replace_writers(recorder);
    recorder->seen_stdout = rb_stdout;
    recorder->seen_stderr = rb_stderr;
    recorder->seen_stdin = rb_stdin;
    if (output.write != NULL && recorder->layout.frames_readable)
        rb_rescue2(watch_write_nonblock, Qnil, leave_unwatched, Qnil, rb_eArgError, (VALUE)0);
    return output.write != NULL;
}

void
rec_output_capture_disable(void)
{
    if (output.nonblock_tracepoint != 0)
        rec_tracepoint_untarget(output.nonblock_tracepoint);
}
