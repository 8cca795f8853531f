/* See process_capture.h. What waits is told of before, so that a child that never ends is seen to
 * run; what returns at once is told of after, with the child's pid. */
#include "process_capture.h"

#include "capture.h"
#include "event_hook.h"
#include "file_capture.h"
#include "held_events.h"
#include "recorder.h"
#include "replaced_method.h"

#include <ruby/io.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define COMMAND_SIZE_MAX 4096u
#define SEEN_COUNT       64 /* ended children that are remembered, so that none ends twice */

static struct {
    struct recorder *recorder;
    rec_any_method system, spawn, exec, popen;
    rec_any_method exit_now, kill; /* exit_now: exit! */
    VALUE (*backtick)(VALUE self, VALUE command);
    rec_any_method wait, wait2, waitpid, waitpid2, status_wait, waiter_join;
    rec_bare_method fork, waitall, close, waiter_value;
    rec_bare_method status_number, status_pid;
    long seen[SEEN_COUNT];
    unsigned seen_next;
} processes;

/* ---- what starts a program ---- */

/* The control frame of the method that does, of each thread; NULL: none does. One that raises
 * leaves it, so what is there by then is asked for its name, too. */
static _Thread_local const void *starter;

/* Where frames cannot be told apart, any stands for all. */
static const void *
newest_frame(const struct recorder *recorder)
{
    if (!recorder->layout.ec_readable)
        return recorder;
    const struct rec_execution_context *ec =
        (const void *)(uintptr_t)rec_current_ec(&recorder->layout);
    return ec != NULL ? ec->cfp : NULL;
}

static void
note_starter(bool is_one)
{
    starter = is_one ? newest_frame(processes.recorder) : NULL;
}

/* PTY's functions are Ruby's own, too, but not replaced. */
static bool
is_pty(const struct rec_control_frame *frame, ID function)
{
    if (function != rb_intern("spawn") && function != rb_intern("getpty"))
        return false;
    const VALUE name = RB_TYPE_P(frame->self, T_MODULE) ? rb_mod_name(frame->self) : Qnil;
    return RTEST(name) && strcmp(RSTRING_PTR(name), "PTY") == 0;
}

bool
rec_process_starts(const struct recorder *recorder)
{
    const ID function = rb_frame_this_func();
    const void *frame = newest_frame(recorder);
    const bool is_named = function == rb_intern("system") || function == rb_intern("spawn") ||
                          function == rb_intern("`") || function == rb_intern("popen");
    if (recorder->layout.ec_readable && frame != NULL && is_pty(frame, function))
        return true;
    if (processes.recorder == NULL)
        return is_named;
    return is_named && starter != NULL && starter == frame;
}

/* ---- the event ---- */

static bool
is_wanted(void)
{
    const struct recorder *recorder = processes.recorder;
    return recorder->active && (recorder->io & REC_IO_PROCESSES) != 0 &&
           rec_in_main_ractor(recorder);
}

static void
record(const char *what, const char *text, size_t size)
{
    rec_strand_here(processes.recorder);
    rec_capture_event(processes.recorder, CT_SPOOL_EVENT_NOTE, what, text, size);
}

/* ---- the command ---- */

struct command {
    char text[COMMAND_SIZE_MAX];
    size_t size;
};

static void
put_byte(struct command *command, char byte)
{
    if (command->size < sizeof command->text)
        command->text[command->size++] = byte;
}

static void
put_bytes(struct command *command, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put_byte(command, bytes[i]);
}

static bool
needs_quotes(const char *bytes, size_t size)
{
    static const char plain[] = "%+,-./:=@_";
    for (size_t i = 0; i < size; i++) {
        const char byte = bytes[i];
        const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                              (byte >= 'a' && byte <= 'z') || memchr(plain, byte, 10) != NULL;
        if (!is_plain)
            return true;
    }
    return size == 0;
}

/* As a shell would have it. */
static void
put_word(struct command *command, const char *bytes, size_t size)
{
    if (!needs_quotes(bytes, size)) {
        put_bytes(command, bytes, size);
        return;
    }
    put_byte(command, '\'');
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\'')
            put_bytes(command, "'\\'", 3);
        put_byte(command, bytes[i]);
    }
    put_byte(command, '\'');
}

static void
put_argument(struct command *command, VALUE argument, bool is_alone)
{
    if (RB_TYPE_P(argument, T_ARRAY) && RARRAY_LEN(argument) > 0) {
        argument = RARRAY_AREF(argument, 0); /* [program, what it is called] */
        is_alone = false;
    }
    if (!RB_TYPE_P(argument, T_STRING))
        put_byte(command, '?');
    else if (is_alone)
        put_bytes(command, RSTRING_PTR(argument), (size_t)RSTRING_LEN(argument));
    else
        put_word(command, RSTRING_PTR(argument), (size_t)RSTRING_LEN(argument));
}

/* Environment before it and options behind it are left out. */
static void
put_command(struct command *command, long argc, const VALUE *argv)
{
    if (argc > 0 && RB_TYPE_P(argv[0], T_HASH)) {
        argv++;
        argc--;
    }
    if (argc > 0 && RB_TYPE_P(argv[argc - 1], T_HASH))
        argc--;
    for (long i = 0; i < argc; i++) {
        if (i > 0)
            put_byte(command, ' ');
        put_argument(command, argv[i], argc == 1);
    }
}

static void
record_start(const char *what, long argc, const VALUE *argv)
{
    struct command command = {.size = 0};
    if (!is_wanted())
        return;
    put_command(&command, argc, argv);
    record(what, command.text, command.size);
}

static void
record_child(const char *what, VALUE pid, long argc, const VALUE *argv)
{
    struct command command = {.size = 0};
    if (!FIXNUM_P(pid) || !is_wanted())
        return;
    for (unsigned i = 0; i < SEEN_COUNT; i++) /* a pid may come again */
        processes.seen[i] = processes.seen[i] == FIX2LONG(pid) ? 0 : processes.seen[i];
    command.size = (size_t)snprintf(command.text, sizeof command.text, "pid %ld", FIX2LONG(pid));
    if (argc > 0)
        put_bytes(&command, ": ", 2);
    put_command(&command, argc, argv);
    record(what, command.text, command.size);
}

/* ---- the end of a child ---- */

static bool
was_seen(long pid)
{
    for (unsigned i = 0; i < SEEN_COUNT; i++) {
        if (processes.seen[i] == pid)
            return true;
    }
    processes.seen[processes.seen_next++ % SEEN_COUNT] = pid;
    return false;
}

static void
record_end(VALUE status)
{
    char text[64];
    if (NIL_P(status) || !is_wanted() || processes.status_number == NULL ||
        processes.status_pid == NULL || rb_obj_class(status) != rb_path2class("Process::Status"))
        return;
    VALUE number = processes.status_number(status), pid = processes.status_pid(status);
    if (!FIXNUM_P(number) || !FIXNUM_P(pid) || FIX2LONG(pid) <= 0)
        return;
    const int bits = FIX2INT(number);
    const char *how = WIFSIGNALED(bits) ? "signal" : WIFSTOPPED(bits) ? "stopped" : "exit";
    const int code = WIFSIGNALED(bits)  ? WTERMSIG(bits)
                     : WIFSTOPPED(bits) ? WSTOPSIG(bits)
                                        : WEXITSTATUS(bits);
    if (!WIFSTOPPED(bits) && was_seen(FIX2LONG(pid)))
        return;
    const int size = snprintf(text, sizeof text, "pid %ld: %s %d", FIX2LONG(pid), how, code);
    record("exit", text, (size_t)size);
}

/* ---- what starts ---- */

static VALUE
capture_system(int argc, VALUE *argv, VALUE self)
{
    record_start("system", argc, argv);
    note_starter(true);
    VALUE result = processes.system(argc, argv, self);
    note_starter(false);
    record_end(rb_last_status_get());
    return result;
}

static VALUE
capture_backtick(VALUE self, VALUE command)
{
    record_start("`", 1, &command);
    note_starter(true);
    VALUE result = processes.backtick(self, command);
    note_starter(false);
    record_end(rb_last_status_get());
    return result;
}

static VALUE
capture_spawn(int argc, VALUE *argv, VALUE self)
{
    note_starter(true);
    VALUE pid = processes.spawn(argc, argv, self);
    note_starter(false);
    record_child("spawn", pid, argc, argv);
    return pid;
}

/* No record may come any more that they could wait for. */
static void
put_held(void)
{
    if (processes.recorder->active && rec_in_main_ractor(processes.recorder))
        rec_held_events_put_all(processes.recorder);
}

static VALUE
capture_exec(int argc, VALUE *argv, VALUE self)
{
    record_start("exec", argc, argv);
    put_held();
    return processes.exec(argc, argv, self);
}

static VALUE
capture_exit_now(int argc, VALUE *argv, VALUE self)
{
    put_held();
    return processes.exit_now(argc, argv, self);
}

static VALUE
capture_kill(int argc, VALUE *argv, VALUE self)
{
    put_held();
    return processes.kill(argc, argv, self);
}

static VALUE
capture_fork(VALUE self)
{
    VALUE pid = processes.fork(self);
    record_child("fork", pid, 0, NULL);
    return pid;
}

/* popen([env], command, mode, [options]); a command that is an Array is one of its own, "-" is a
 * fork. */
static void
record_popen(int argc, const VALUE *argv)
{
    if (argc > 0 && RB_TYPE_P(argv[0], T_HASH)) {
        argv++;
        argc--;
    }
    note_starter(argc > 0 && (RB_TYPE_P(argv[0], T_ARRAY) ||
                              (RB_TYPE_P(argv[0], T_STRING) &&
                               (RSTRING_LEN(argv[0]) != 1 || RSTRING_PTR(argv[0])[0] != '-'))));
    if (argc > 0 && RB_TYPE_P(argv[0], T_ARRAY))
        record_start("popen", RARRAY_LEN(argv[0]), RARRAY_CONST_PTR(argv[0]));
    else
        record_start("popen", argc > 0 ? 1 : 0, argv);
}

struct popen_call {
    int argc;
    VALUE *argv;
    VALUE self;
    VALUE status_before;
};

static VALUE
call_popen(VALUE context)
{
    const struct popen_call *call = (const struct popen_call *)context;
    return processes.popen(call->argc, call->argv, call->self);
}

/* With a block the child has been waited for, whichever way the block was left. */
static VALUE
end_popen(VALUE context)
{
    const struct popen_call *call = (const struct popen_call *)context;
    VALUE status = rb_last_status_get();
    if (status != call->status_before)
        record_end(status);
    return Qnil;
}

static VALUE
capture_popen(int argc, VALUE *argv, VALUE self)
{
    struct popen_call call = {argc, argv, self, rb_last_status_get()};
    record_popen(argc, argv);
    return rb_ensure(call_popen, (VALUE)&call, end_popen, (VALUE)&call);
}

/* ---- what waits ---- */

#define WAITING(name)                                                                              \
    static VALUE capture_##name(int argc, VALUE *argv, VALUE self)                                 \
    {                                                                                              \
        VALUE result = processes.name(argc, argv, self);                                           \
        if (!NIL_P(result))                                                                        \
            record_end(rb_last_status_get());                                                      \
        return result;                                                                             \
    }

WAITING(wait)
WAITING(wait2)
WAITING(waitpid)
WAITING(waitpid2)

static VALUE
capture_status_wait(int argc, VALUE *argv, VALUE self)
{
    VALUE status = processes.status_wait(argc, argv, self);
    record_end(status);
    return status;
}

/* [[pid, status], …] */
static VALUE
capture_waitall(VALUE self)
{
    VALUE ended = processes.waitall(self);
    for (long i = 0; RB_TYPE_P(ended, T_ARRAY) && i < RARRAY_LEN(ended); i++) {
        VALUE pair = RARRAY_AREF(ended, i);
        if (RB_TYPE_P(pair, T_ARRAY) && RARRAY_LEN(pair) == 2)
            record_end(RARRAY_AREF(pair, 1));
    }
    return ended;
}

/* The thread that Process.detach gives. */
static VALUE
capture_waiter_value(VALUE self)
{
    VALUE status = processes.waiter_value(self);
    record_end(status);
    return status;
}

static VALUE
capture_waiter_join(int argc, VALUE *argv, VALUE self)
{
    VALUE result = processes.waiter_join(argc, argv, self);
    if (!NIL_P(result) && processes.waiter_value != NULL)
        record_end(processes.waiter_value(self));
    return result;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static bool
has_child(VALUE io)
{
    return RB_TYPE_P(io, T_FILE) && RFILE(io)->fptr != NULL && RFILE(io)->fptr->fd >= 0 &&
           RFILE(io)->fptr->pid > 0;
}
#pragma GCC diagnostic pop

static VALUE
capture_close(VALUE self)
{
    const bool waits = has_child(self);
    VALUE path = rec_file_path(self);
    VALUE result = processes.close(self);
    if (!NIL_P(path))
        rec_file_closed(path);
    if (waits)
        record_end(rb_last_status_get());
    return result;
}

/* ---- enabling ---- */

#define REPLACE(member, klass, name, function, arity)                                              \
    do {                                                                                           \
        void *original = rec_method_replace(klass, name, RUBY_METHOD_FUNC(function), arity);       \
        if (original != NULL)                                                                      \
            *(void **)&processes.member = original;                                                \
    } while (0)

/* Kernel and Process have the same functions under one name. */
static void
replace_starters(VALUE klass)
{
    REPLACE(spawn, klass, "spawn", capture_spawn, -1);
    REPLACE(exec, klass, "exec", capture_exec, -1);
    REPLACE(fork, klass, "fork", capture_fork, 0);
    REPLACE(exit_now, klass, "exit!", capture_exit_now, -1);
}

static void
replace_waiter(VALUE waiter)
{
    *(void **)&processes.waiter_value = rec_replaced_method_find(rb_cThread, "value");
    *(void **)&processes.waiter_join = rec_replaced_method_find(rb_cThread, "join");
    if (processes.waiter_value == NULL || processes.waiter_join == NULL)
        return;
    rb_define_method(waiter, "value", capture_waiter_value, 0);
    rb_define_method(waiter, "join", capture_waiter_join, -1);
}

static void
replace_methods(void)
{
    VALUE process = rb_singleton_class(rb_mProcess), kernel = rb_singleton_class(rb_mKernel);
    VALUE status = rb_path2class("Process::Status");
    replace_starters(rb_mKernel);
    replace_starters(kernel);
    replace_starters(process);
    for (int i = 0; i < 2; i++) {
        REPLACE(system, i == 0 ? rb_mKernel : kernel, "system", capture_system, -1);
        REPLACE(backtick, i == 0 ? rb_mKernel : kernel, "`", capture_backtick, 1);
    }
    REPLACE(kill, process, "kill", capture_kill, -1);
    REPLACE(wait, process, "wait", capture_wait, -1);
    REPLACE(wait2, process, "wait2", capture_wait2, -1);
    REPLACE(waitpid, process, "waitpid", capture_waitpid, -1);
    REPLACE(waitpid2, process, "waitpid2", capture_waitpid2, -1);
    REPLACE(waitall, process, "waitall", capture_waitall, 0);
    REPLACE(status_wait, rb_singleton_class(status), "wait", capture_status_wait, -1);
    REPLACE(popen, rb_singleton_class(rb_cIO), "popen", capture_popen, -1);
    REPLACE(close, rb_cIO, "close", capture_close, 0);
    *(void **)&processes.status_number = rec_replaced_method_find(status, "to_i");
    *(void **)&processes.status_pid = rec_replaced_method_find(status, "pid");
    replace_waiter(rb_path2class("Process::Waiter"));
}

void
rec_process_capture_enable(struct recorder *recorder)
{
    if (processes.recorder != NULL || !rec_replaced_methods_begin())
        return;
    processes.recorder = recorder;
    replace_methods();
}
