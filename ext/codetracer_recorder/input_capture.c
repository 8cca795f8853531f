/* See input_capture.h. For each method there is a function that calls the original and looks at
 * what it returned; what yields is made of what returns, so that each part is seen before the
 * program's block sees it. */
#include "input_capture.h"

#include "capture.h"
#include "event_hook.h"
#include "file_capture.h"
#include "original_method.h"
#include "recorder.h"
#include "replaced_method.h"

#include <ruby/debug.h>
#include <ruby/io.h>

/* What each class has of its own: X(name), called with arguments; Y(name), without; Z(name, by),
 * which yields what `by` reads; L(name), which yields lines. */
#define IO_READERS(X, Y, Z, L)                                                                     \
    X(gets) X(readline) X(readlines) X(read) X(readpartial) X(sysread)                             \
    Y(getc) Y(readchar) Y(getbyte) Y(readbyte)                                                     \
    Z(each_byte, getbyte) Z(each_char, getc) L(each_line) L(each)
/* What yields calls that of the file. */
#define ARGF_READERS(X, Y)                                                                         \
    X(gets) X(readline) X(readlines) X(to_a) X(read) X(readpartial) X(read_nonblock)               \
    Y(getc) Y(readchar) Y(getbyte) Y(readbyte)
#define STRING_READERS(X, Y, Z, L)                                                                 \
    X(gets) X(readlines) X(read) Y(getc) Y(getbyte)                                                \
    Z(each_byte, getbyte) Z(each_char, getc) L(each_line) L(each)

/* The originals of one class. */
struct readers {
    rec_any_method gets, readline, readlines, to_a, read, readpartial, sysread, read_nonblock;
    rec_any_method each_line, each;
    rec_bare_method getc, readchar, getbyte, readbyte, each_byte, each_char;
};

#define WATCHED_COUNT 2

static struct {
    struct recorder *recorder;
    struct readers io, argf, strings;
    bool has_strings;
    VALUE watched_methods[WATCHED_COUNT]; /* 0 until they are watched for the first time */
    VALUE tracepoints[WATCHED_COUNT];
} input;

/* ---- what is standard input ---- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static bool
is_descriptor_0(VALUE io)
{
    return RB_TYPE_P(io, T_FILE) && RFILE(io)->fptr != NULL && RFILE(io)->fptr->fd == 0;
}
#pragma GCC diagnostic pop

/* The file that ARGF reads is the second word of its data. */
static VALUE
file_of_argf(VALUE argf)
{
    if (!RB_TYPE_P(argf, T_DATA) || !RTYPEDDATA_P(argf))
        return Qnil;
    const VALUE *words = rec_typed_data(argf);
    return words != NULL && !RB_SPECIAL_CONST_P(words[1]) ? words[1] : Qnil;
}

/* Where ARGF stands on a StringIO, it calls that one's method, which records. */
static VALUE
stream_of(VALUE self, const struct readers *readers)
{
    if (readers != &input.argf)
        return self;
    VALUE file = file_of_argf(self);
    return RB_TYPE_P(file, T_FILE) ? file : Qnil;
}

static bool
is_wanted(VALUE self, const struct readers *readers)
{
    const struct recorder *recorder = input.recorder;
    if (!recorder->active || (recorder->io & REC_IO_STDIN) == 0)
        return false;
    VALUE stream = stream_of(self, readers);
    return (is_descriptor_0(stream) || (stream == rb_stdin && !NIL_P(stream))) &&
           rec_in_main_ractor(recorder);
}

/* ---- what was read ---- */

static void
record_bytes(const char *bytes, size_t size)
{
    if (size == 0)
        return;
    rec_strand_here(input.recorder);
    rec_capture_event(input.recorder, CT_SPOOL_EVENT_STDIN, "", bytes, size);
}

/* All lines of one call are one event. */
static void
record_lines(VALUE lines)
{
    struct rec_assembly *text = &input.recorder->output_text;
    text->size = 0;
    for (long i = 0; i < RARRAY_LEN(lines); i++) {
        VALUE line = RARRAY_AREF(lines, i);
        if (!RB_TYPE_P(line, T_STRING))
            continue;
        if (!rec_assembly_reserve(text, (size_t)RSTRING_LEN(line)))
            return;
        rec_assembly_put(text, RSTRING_PTR(line), (size_t)RSTRING_LEN(line));
    }
    record_bytes((const char *)text->bytes, text->size);
}

static void
record_read(VALUE read)
{
    if (RB_TYPE_P(read, T_STRING)) {
        record_bytes(RSTRING_PTR(read), (size_t)RSTRING_LEN(read));
    } else if (RB_TYPE_P(read, T_ARRAY)) {
        record_lines(read);
    } else if (FIXNUM_P(read)) {
        const char byte = (char)(FIX2LONG(read) & 0xFF);
        record_bytes(&byte, 1);
    }
}

static size_t
size_of_read(VALUE read)
{
    if (RB_TYPE_P(read, T_STRING))
        return (size_t)RSTRING_LEN(read);
    size_t size = FIXNUM_P(read) ? 1 : 0;
    for (long i = 0; RB_TYPE_P(read, T_ARRAY) && i < RARRAY_LEN(read); i++)
        size += RB_TYPE_P(RARRAY_AREF(read, i), T_STRING)
                    ? (size_t)RSTRING_LEN(RARRAY_AREF(read, i))
                    : 0;
    return size;
}

static VALUE
note_read(VALUE self, const struct readers *readers, VALUE read)
{
    if (NIL_P(read))
        return read;
    if (is_wanted(self, readers))
        record_read(read);
    else if (rec_file_is_wanted(stream_of(self, readers)))
        rec_file_read(stream_of(self, readers), size_of_read(read));
    return read;
}

/* Whether it has to be seen what is yielded. */
static bool
is_watched(VALUE self, const struct readers *readers)
{
    return is_wanted(self, readers) || rec_file_is_wanted(stream_of(self, readers));
}

/* ---- what yields ---- */

/* gets sets `$_`, each_line does not. */
static VALUE
next_line(const struct readers *readers, int argc, VALUE *argv, VALUE self)
{
    VALUE last = rb_lastline_get();
    VALUE line = readers->gets(argc, argv, self);
    rb_lastline_set(last);
    return line;
}

/* Whether each_line's arguments are such that gets, called again and again, does the same; then
 * they are in `out_argv`, with the separator that holds now. Nothing is converted. */
static bool
repeat_arguments(int argc, const VALUE *argv, VALUE out_argv[3], int *out_argc)
{
    const int keyword_count = rb_keyword_given_p() ? 1 : 0, count = argc - keyword_count;
    int filled = 0;
    if (count > 2 || count < 0)
        return false;
    const bool has_separator = count > 0 && (NIL_P(argv[0]) || RB_TYPE_P(argv[0], T_STRING));
    out_argv[filled++] = has_separator ? argv[0] : rb_rs;
    for (int i = has_separator ? 1 : 0; i < count; i++) {
        if (!FIXNUM_P(argv[i]) || argv[i] == INT2FIX(0) || filled > 1)
            return false;
        out_argv[filled++] = argv[i];
    }
    if (keyword_count > 0)
        out_argv[filled++] = argv[count];
    *out_argc = filled;
    return true;
}

static VALUE
yield_lines(const struct readers *readers, int argc, VALUE *argv, VALUE self,
            rec_any_method original)
{
    VALUE words[3];
    int count;
    if (!rb_block_given_p() || readers->gets == NULL || !is_watched(self, readers) ||
        !repeat_arguments(argc, argv, words, &count))
        return original(argc, argv, self);
    for (;;) {
        VALUE line = next_line(readers, count, words, self);
        if (NIL_P(line))
            return self;
        rb_yield(note_read(self, readers, line));
    }
}

static VALUE
yield_parts(const struct readers *readers, VALUE self, rec_bare_method original,
            rec_bare_method read)
{
    if (!rb_block_given_p() || read == NULL || !is_watched(self, readers))
        return original(self);
    for (;;) {
        VALUE part = read(self);
        if (NIL_P(part))
            return self;
        rb_yield(note_read(self, readers, part));
    }
}

/* ---- the functions in the methods' places ---- */

#define ANY_FUNCTION(set, name)                                                                    \
    static VALUE set##_##name(int argc, VALUE *argv, VALUE self)                                   \
    {                                                                                              \
        return note_read(self, &input.set, input.set.name(argc, argv, self));                      \
    }
#define BARE_FUNCTION(set, name)                                                                   \
    static VALUE set##_##name(VALUE self)                                                          \
    {                                                                                              \
        return note_read(self, &input.set, input.set.name(self));                                  \
    }
#define ITERATOR_FUNCTION(set, name, by)                                                           \
    static VALUE set##_##name(VALUE self)                                                          \
    {                                                                                              \
        return yield_parts(&input.set, self, input.set.name, input.set.by);                        \
    }
#define LINES_FUNCTION(set, name)                                                                  \
    static VALUE set##_##name(int argc, VALUE *argv, VALUE self)                                   \
    {                                                                                              \
        return yield_lines(&input.set, argc, argv, self, input.set.name);                          \
    }

#define IO_ANY(name)                ANY_FUNCTION(io, name)
#define IO_BARE(name)               BARE_FUNCTION(io, name)
#define IO_ITERATOR(name, by)       ITERATOR_FUNCTION(io, name, by)
#define IO_LINES(name)              LINES_FUNCTION(io, name)
#define ARGF_ANY(name)              ANY_FUNCTION(argf, name)
#define ARGF_BARE(name)             BARE_FUNCTION(argf, name)
#define STRINGS_ANY(name)           ANY_FUNCTION(strings, name)
#define STRINGS_BARE(name)          BARE_FUNCTION(strings, name)
#define STRINGS_ITERATOR(name, by)  ITERATOR_FUNCTION(strings, name, by)
#define STRINGS_LINES(name)         LINES_FUNCTION(strings, name)

IO_READERS(IO_ANY, IO_BARE, IO_ITERATOR, IO_LINES)
ARGF_READERS(ARGF_ANY, ARGF_BARE)
STRING_READERS(STRINGS_ANY, STRINGS_BARE, STRINGS_ITERATOR, STRINGS_LINES)

#define REPLACE(set, klass, name, arity)                                                           \
    *(void **)&input.set.name =                                                                    \
        rec_method_replace(klass, #name, RUBY_METHOD_FUNC(set##_##name), arity);

#define REPLACE_IO(name)                   REPLACE(io, rb_cIO, name, -1)
#define REPLACE_IO_BARE(name)              REPLACE(io, rb_cIO, name, 0)
#define REPLACE_IO_ITERATOR(name, by)      REPLACE(io, rb_cIO, name, 0)
#define REPLACE_ARGF(name)                 REPLACE(argf, klass, name, -1)
#define REPLACE_ARGF_BARE(name)            REPLACE(argf, klass, name, 0)
#define REPLACE_STRINGS(name)              REPLACE(strings, klass, name, -1)
#define REPLACE_STRINGS_BARE(name)         REPLACE(strings, klass, name, 0)
#define REPLACE_STRINGS_ITERATOR(name, by) REPLACE(strings, klass, name, 0)

static void
replace_io(void)
{
    IO_READERS(REPLACE_IO, REPLACE_IO_BARE, REPLACE_IO_ITERATOR, REPLACE_IO)
}

static void
replace_argf(VALUE klass)
{
    ARGF_READERS(REPLACE_ARGF, REPLACE_ARGF_BARE)
}

void
rec_input_capture_strings(VALUE klass)
{
    if (input.has_strings || input.recorder == NULL)
        return;
    input.has_strings = true;
    STRING_READERS(REPLACE_STRINGS, REPLACE_STRINGS_BARE, REPLACE_STRINGS_ITERATOR,
                   REPLACE_STRINGS)
}

/* read_nonblock, and from Ruby 3.3 on readline, are Ruby code of the VM's own with a C function
 * that no method names: their returns are watched, as write_nonblock's in output_capture.c. */
static const char *const watched_names[] = {"read_nonblock", "readline"};

static void
on_watched_return(VALUE tpval, void *data)
{
    rb_trace_arg_t *arg = rb_tracearg_from_tracepoint(tpval);
    (void)data;
    note_read(rb_tracearg_self(arg), &input.io, rb_tracearg_return_value(arg));
}

static VALUE
watch_return(VALUE index)
{
    VALUE name = ID2SYM(rb_intern(watched_names[index]));
    if (input.watched_methods[index] == 0) {
        VALUE method = rec_original_call_with(REC_MODULE_INSTANCE_METHOD, rb_cIO, name);
        rb_gc_register_mark_object(method);
        input.tracepoints[index] =
            rb_tracepoint_new(Qnil, RUBY_EVENT_RETURN, on_watched_return, NULL);
        rb_gc_register_mark_object(input.tracepoints[index]);
        input.watched_methods[index] = method;
    }
    rec_tracepoint_target(input.tracepoints[index], input.watched_methods[index]);
    return Qnil;
}

/* One in C, or a program's own of a kind that cannot be watched. */
static VALUE
leave_unwatched(VALUE unused, VALUE error)
{
    (void)unused;
    (void)error;
    return Qnil;
}

void
rec_input_capture_enable(struct recorder *recorder)
{
    const ID argf = rb_intern("ARGF");
    if (!rec_replaced_methods_begin())
        return;
    if (input.recorder == NULL) {
        input.recorder = recorder;
        replace_io();
        if (rb_const_defined(rb_cObject, argf))
            replace_argf(rb_obj_class(rb_const_get(rb_cObject, argf)));
    }
    for (size_t i = 0; i < WATCHED_COUNT && recorder->layout.frames_readable; i++)
        rb_rescue2(watch_return, (VALUE)i, leave_unwatched, Qnil, rb_eArgError, (VALUE)0);
}

void
rec_input_capture_disable(void)
{
    for (size_t i = 0; i < WATCHED_COUNT; i++) {
        if (input.tracepoints[i] != 0)
            rec_tracepoint_untarget(input.tracepoints[i]);
    }
}
