/* See file_capture.h. */
#include "file_capture.h"

#include "capture.h"
#include "event_hook.h"
#include "original_method.h"
#include "recorder.h"
#include "replaced_method.h"

#include <ruby/debug.h>
#include <ruby/io.h>

#include <stdio.h>
#include <string.h>

#define FRAME_COUNT   6 /* how far up RubyGems is looked for */
#define TEXT_SIZE_MAX 4096u
#define NO_SIZE       (-1L)

static struct {
    struct recorder *recorder;
    rec_any_method read, binread, readlines, foreach, write, binwrite;
    rec_any_method initialize, delete, unlink;
    rec_any_method dir_children, dir_entries, dir_each_child, dir_foreach, dir_mkdir;
    rec_any_method dir_glob, dir_brackets; /* in C up to Ruby 2.7 */
    VALUE (*rename)(VALUE self, VALUE from, VALUE to);
    VALUE (*rmdir)(VALUE self, VALUE path);
    VALUE globs[2]; /* TracePoints */
} files;

/* ---- the event ---- */

static bool
is_of_rubygems(void)
{
    VALUE frames[FRAME_COUNT];
    int lines[FRAME_COUNT];
    const int count = rb_profile_frames(0, FRAME_COUNT, frames, lines);
    for (int i = 0; i < count; i++) {
        VALUE path = rb_profile_frame_path(frames[i]);
        if (RB_TYPE_P(path, T_STRING) && (strstr(RSTRING_PTR(path), "/rubygems/") != NULL ||
                                          strstr(RSTRING_PTR(path), "/bundler/") != NULL))
            return true;
    }
    return false;
}

static bool
is_wanted(void)
{
    const struct recorder *recorder = files.recorder;
    return recorder != NULL && recorder->active && (recorder->io & REC_IO_FILES) != 0 &&
           rec_in_main_ractor(recorder) && !is_of_rubygems();
}

/* A path as it was given; a Pathname's without asking it; nil for anything else. */
static VALUE
path_of(VALUE argument)
{
    if (RB_TYPE_P(argument, T_OBJECT))
        argument = rb_attr_get(argument, rb_intern("@path"));
    return RB_TYPE_P(argument, T_STRING) ? argument : Qnil;
}

static size_t
put_path(char *out_text, size_t room, VALUE path)
{
    if (NIL_P(path)) {
        out_text[0] = '?';
        return 1;
    }
    const size_t size = (size_t)RSTRING_LEN(path) < room ? (size_t)RSTRING_LEN(path) : room;
    memcpy(out_text, RSTRING_PTR(path), size);
    return size;
}

static void
record(enum ct_spool_event_kind kind, const char *what, VALUE path, long size)
{
    char text[TEXT_SIZE_MAX + 32];
    size_t used = put_path(text, TEXT_SIZE_MAX, path);
    if (size >= 0)
        used += (size_t)snprintf(text + used, 32, ": %ld bytes", size);
    rec_strand_here(files.recorder);
    rec_capture_event(files.recorder, kind, what, text, used);
}

/* ---- an open File ---- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static VALUE
path_of_open(VALUE io)
{
    if (!RB_TYPE_P(io, T_FILE) || RFILE(io)->fptr == NULL || RFILE(io)->fptr->fd < 3 ||
        RFILE(io)->fptr->pid != 0 || !RTEST(rb_obj_is_kind_of(io, rb_cFile)))
        return Qnil;
    VALUE path = RFILE(io)->fptr->pathv;
    return RB_TYPE_P(path, T_STRING) ? path : Qnil;
}
#pragma GCC diagnostic pop

VALUE
rec_file_path(VALUE io)
{
    VALUE path = path_of_open(io);
    return !NIL_P(path) && is_wanted() ? path : Qnil;
}

bool
rec_file_is_wanted(VALUE io)
{
    return !NIL_P(rec_file_path(io));
}

void
rec_file_read(VALUE io, size_t size)
{
    record(CT_SPOOL_EVENT_FILE_READ, "read", path_of_open(io), (long)size);
}

void
rec_file_written(VALUE io, size_t size)
{
    record(CT_SPOOL_EVENT_FILE_WRITTEN, "write", path_of_open(io), (long)size);
}

void
rec_file_closed(VALUE path)
{
    if (is_wanted())
        record(CT_SPOOL_EVENT_OPEN, "close", path, NO_SIZE);
}

/* ---- opening ---- */

/* Kernel#open, File.open and File.new all come here. */
static VALUE
capture_initialize(int argc, VALUE *argv, VALUE self)
{
    VALUE result = files.initialize(argc, argv, self);
    VALUE path = rec_file_path(self);
    if (!NIL_P(path))
        record(CT_SPOOL_EVENT_OPEN, "open", path, NO_SIZE);
    return result;
}

/* ---- whole files ---- */

/* What was read or written, by what the method returned. */
static long
size_of(VALUE result)
{
    if (RB_TYPE_P(result, T_STRING))
        return RSTRING_LEN(result);
    if (FIXNUM_P(result))
        return FIX2LONG(result);
    if (!RB_TYPE_P(result, T_ARRAY))
        return NO_SIZE;
    long size = 0;
    for (long i = 0; i < RARRAY_LEN(result); i++)
        size += RB_TYPE_P(RARRAY_AREF(result, i), T_STRING) ? RSTRING_LEN(RARRAY_AREF(result, i))
                                                            : 0;
    return size;
}

static VALUE
note_whole(enum ct_spool_event_kind kind, const char *what, VALUE argument, VALUE result)
{
    if (is_wanted())
        record(kind, what, path_of(argument), size_of(result));
    return result;
}

#define KIND_read      CT_SPOOL_EVENT_FILE_READ, "read"
#define KIND_binread   CT_SPOOL_EVENT_FILE_READ, "read"
#define KIND_readlines CT_SPOOL_EVENT_FILE_READ, "read"
#define KIND_write     CT_SPOOL_EVENT_FILE_WRITTEN, "write"
#define KIND_binwrite  CT_SPOOL_EVENT_FILE_WRITTEN, "write"

#define WHOLE_FUNCTION(name)                                                                       \
    static VALUE capture_##name(int argc, VALUE *argv, VALUE self)                                 \
    {                                                                                              \
        VALUE result = files.name(argc, argv, self);                                               \
        return argc > 0 ? note_whole(KIND_##name, argv[0], result) : result;                       \
    }

WHOLE_FUNCTION(read)
WHOLE_FUNCTION(binread)
WHOLE_FUNCTION(readlines)
WHOLE_FUNCTION(write)
WHOLE_FUNCTION(binwrite)

/* Lines come one by one: told of before. */
static VALUE
capture_foreach(int argc, VALUE *argv, VALUE self)
{
    if (argc > 0 && rb_block_given_p() && is_wanted())
        record(CT_SPOOL_EVENT_FILE_READ, "read", path_of(argv[0]), NO_SIZE);
    return files.foreach(argc, argv, self);
}

/* ---- names ---- */

static VALUE
note_removed(int argc, const VALUE *argv, VALUE result)
{
    if (!is_wanted())
        return result;
    for (int i = 0; i < argc; i++)
        record(CT_SPOOL_EVENT_FILE_WRITTEN, "delete", path_of(argv[i]), NO_SIZE);
    return result;
}

static VALUE
capture_delete(int argc, VALUE *argv, VALUE self)
{
    return note_removed(argc, argv, files.delete(argc, argv, self));
}

static VALUE
capture_unlink(int argc, VALUE *argv, VALUE self)
{
    return note_removed(argc, argv, files.unlink(argc, argv, self));
}

static void
cat_path(VALUE names, VALUE argument)
{
    VALUE path = path_of(argument);
    if (NIL_P(path))
        rb_str_cat(names, "?", 1);
    else
        rb_str_cat(names, RSTRING_PTR(path), RSTRING_LEN(path));
}

static VALUE
capture_rename(VALUE self, VALUE from, VALUE to)
{
    VALUE result = files.rename(self, from, to);
    if (!is_wanted())
        return result;
    VALUE names = rb_str_new(NULL, 0);
    cat_path(names, from);
    rb_str_cat(names, " -> ", 4);
    cat_path(names, to);
    record(CT_SPOOL_EVENT_FILE_WRITTEN, "rename", names, NO_SIZE);
    RB_GC_GUARD(names);
    return result;
}

/* ---- folders ---- */

static void
note_listing(int argc, const VALUE *argv)
{
    if (argc <= 0 || !is_wanted())
        return;
    VALUE first = argv[0];
    if (RB_TYPE_P(first, T_ARRAY) && RARRAY_LEN(first) > 0) /* patterns */
        first = RARRAY_AREF(first, 0);
    record(CT_SPOOL_EVENT_FOLDER_READ, "list", path_of(first), NO_SIZE);
}

#define LIST_FUNCTION(name)                                                                        \
    static VALUE capture_dir_##name(int argc, VALUE *argv, VALUE self)                             \
    {                                                                                              \
        VALUE result = files.dir_##name(argc, argv, self);                                         \
        note_listing(argc, argv);                                                                  \
        return result;                                                                             \
    }

LIST_FUNCTION(children)
LIST_FUNCTION(entries)
LIST_FUNCTION(glob)
LIST_FUNCTION(brackets)

/* Told of before, when there is a block to come first. */
static VALUE
capture_dir_each_child(int argc, VALUE *argv, VALUE self)
{
    if (rb_block_given_p())
        note_listing(argc, argv);
    return files.dir_each_child(argc, argv, self);
}

static VALUE
capture_dir_foreach(int argc, VALUE *argv, VALUE self)
{
    if (rb_block_given_p())
        note_listing(argc, argv);
    return files.dir_foreach(argc, argv, self);
}

static VALUE
capture_dir_mkdir(int argc, VALUE *argv, VALUE self)
{
    VALUE result = files.dir_mkdir(argc, argv, self);
    if (argc > 0 && is_wanted())
        record(CT_SPOOL_EVENT_FILE_WRITTEN, "mkdir", path_of(argv[0]), NO_SIZE);
    return result;
}

static VALUE
capture_rmdir(VALUE self, VALUE path)
{
    VALUE result = files.rmdir(self, path);
    if (is_wanted())
        record(CT_SPOOL_EVENT_FILE_WRITTEN, "rmdir", path_of(path), NO_SIZE);
    return result;
}

/* ---- globs: Ruby code of the VM's own, whose return is watched ---- */

static const char *const glob_names[] = {"glob", "[]"};
#define GLOB_COUNT (sizeof glob_names / sizeof *glob_names)

/* The first parameter: a pattern, or an Array of them. */
static void
on_glob(VALUE tpval, void *data)
{
    rb_trace_arg_t *arg = rb_tracearg_from_tracepoint(tpval);
    const struct rec_trace_arg *head = (const struct rec_trace_arg *)arg;
    (void)data;
    if (!is_wanted())
        return;
    const uint32_t count = rec_iseq_local_count(&files.recorder->layout, head->cfp->iseq);
    VALUE pattern = head->cfp->ep[-(ptrdiff_t)(count + 2)];
    if (RB_TYPE_P(pattern, T_ARRAY) && RARRAY_LEN(pattern) > 0)
        pattern = RARRAY_AREF(pattern, 0);
    record(CT_SPOOL_EVENT_FOLDER_READ, "list", path_of(pattern), NO_SIZE);
}

static VALUE
watch_glob(VALUE index)
{
    VALUE dir = rb_singleton_class(rb_cDir), name = ID2SYM(rb_intern(glob_names[index]));
    VALUE method = rec_original_call_with(REC_MODULE_INSTANCE_METHOD, dir, name);
    rb_gc_register_mark_object(method);
    files.globs[index] = rb_tracepoint_new(Qnil, RUBY_EVENT_RETURN, on_glob, NULL);
    rb_gc_register_mark_object(files.globs[index]);
    rec_tracepoint_target(files.globs[index], method);
    return Qnil;
}

/* On a Ruby where it is written in C, it cannot be watched. */
static VALUE
leave_unwatched(VALUE unused, VALUE error)
{
    (void)unused;
    (void)error;
    return Qnil;
}

/* ---- enabling ---- */

#define REPLACE(member, klass, name, function, arity)                                              \
    do {                                                                                           \
        void *original = rec_method_replace(klass, name, RUBY_METHOD_FUNC(function), arity);       \
        if (original != NULL)                                                                      \
            *(void **)&files.member = original;                                                    \
    } while (0)

static void
replace_methods(void)
{
    VALUE io = rb_singleton_class(rb_cIO), file = rb_singleton_class(rb_cFile);
    VALUE dir = rb_singleton_class(rb_cDir);
    REPLACE(read, io, "read", capture_read, -1);
    REPLACE(binread, io, "binread", capture_binread, -1);
    REPLACE(readlines, io, "readlines", capture_readlines, -1);
    REPLACE(foreach, io, "foreach", capture_foreach, -1);
    REPLACE(write, io, "write", capture_write, -1);
    REPLACE(binwrite, io, "binwrite", capture_binwrite, -1);
    REPLACE(initialize, rb_cFile, "initialize", capture_initialize, -1);
    REPLACE(delete, file, "delete", capture_delete, -1);
    REPLACE(unlink, file, "unlink", capture_unlink, -1);
    REPLACE(rename, file, "rename", capture_rename, 2);
    REPLACE(dir_children, dir, "children", capture_dir_children, -1);
    REPLACE(dir_entries, dir, "entries", capture_dir_entries, -1);
    REPLACE(dir_glob, dir, "glob", capture_dir_glob, -1);
    REPLACE(dir_brackets, dir, "[]", capture_dir_brackets, -1);
    REPLACE(dir_each_child, dir, "each_child", capture_dir_each_child, -1);
    REPLACE(dir_foreach, dir, "foreach", capture_dir_foreach, -1);
    REPLACE(dir_mkdir, dir, "mkdir", capture_dir_mkdir, -1);
    REPLACE(rmdir, dir, "rmdir", capture_rmdir, 1);
}

void
rec_file_capture_enable(struct recorder *recorder)
{
    if (files.recorder != NULL || (recorder->io & REC_IO_FILES) == 0 ||
        !rec_replaced_methods_begin())
        return;
    files.recorder = recorder;
    replace_methods();
    for (size_t i = 0; i < GLOB_COUNT && recorder->layout.frames_readable; i++)
        rb_rescue2(watch_glob, (VALUE)i, leave_unwatched, Qnil, rb_eArgError, (VALUE)0);
}
