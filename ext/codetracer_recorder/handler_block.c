/* See handler_block.h. */
#include "handler_block.h"

#include "block_watch.h"
#include "function_table.h"
#include "iseq_scope.h"
#include "recorder.h"
#include "replaced_method.h"

#include <stdlib.h>
#include <string.h>

#define END_SIZE 6 /* words of code around the block of an END */
#define VM_METHODS 1 /* the second of them: an operand of putspecialobject */

/* The originals, filled once and never changed. */
static struct {
    struct recorder *recorder;
    rec_bare_method at_exit;
    rec_any_method trap, define_finalizer;
} taken;

/* ---- names ---- */

static bool
has_role(const struct rec_handler *handler, const char *role)
{
    size_t size = strlen(role);
    const char *end = handler->text + handler->size;
    for (const char *at = handler->text + 1; at + size < end; at++) {
        bool is_start = at[-1] == '<' || at[-1] == ' ';
        if (is_start && (at[size] == ',' || at[size] == '>') && memcmp(at, role, size) == 0)
            return true;
    }
    return false;
}

/* Puts `text` and the closing bracket in the place of the bracket. */
static void
append(struct rec_handler *handler, const char *text)
{
    size_t size = strlen(text), room = sizeof handler->text - handler->size - 1;
    size = size < room ? size : room;
    handler->size -= handler->role_count > 0;
    memcpy(handler->text + handler->size, text, size);
    handler->size += (uint32_t)size;
    handler->text[handler->size++] = '>';
    handler->function_id = REC_NO_FUNCTION;
}

static void
add_role(struct rec_iseq *iseq, const char *role)
{
    struct rec_handler *handler = iseq->handler;
    if (handler == NULL) {
        handler = iseq->handler = calloc(1, sizeof *handler);
        if (handler == NULL)
            return; /* its lines are steps of a block */
        handler->text[handler->size++] = '<';
    }
    if (handler->role_count > REC_HANDLER_ROLES_MAX || has_role(handler, role))
        return;
    if (handler->role_count == REC_HANDLER_ROLES_MAX) {
        append(handler, ", …");
    } else {
        char text[REC_HANDLER_NAME_MAX];
        snprintf(text, sizeof text, "%s%s", handler->role_count > 0 ? ", " : "", role);
        append(handler, text);
    }
    handler->role_count++;
}

uint32_t
rec_handler_function(struct recorder *recorder, struct rec_iseq *iseq)
{
    struct rec_handler *handler = iseq->handler;
    if (handler->function_id == REC_NO_FUNCTION) {
        if (!rec_iseq_read_parameters(recorder, iseq))
            rec_fail(recorder, REC_NO_MEMORY);
        handler->function_id = rec_function_put(recorder, iseq->path_id, iseq->first_line,
                                                handler->text, handler->size);
    }
    iseq->owner = REC_NEVER_SHOWN; /* as a method it is another function */
    iseq->return_action = REC_ALLOW;
    iseq->function_id = handler->function_id;
    return iseq->function_id;
}

/* The code of `END { … }` is a block that gives the one in the source to a method of the VM's. */
static bool
gives_end(const struct rec_vm_layout *layout, const void *iseq)
{
    const struct rec_iseq_body_head *body = rec_iseq_body(iseq);
    /* Of other code Ruby's text would have literals, by their `inspect`, which may be anything. */
    if (body->type != REC_ISEQ_BLOCK || body->encoded_size != END_SIZE ||
        body->encoded[1] != VM_METHODS)
        return false;
    VALUE text = layout->iseq_disasm(iseq);
    bool is_found = strstr(StringValueCStr(text), "core#set_postexe") != NULL;
    RB_GC_GUARD(text);
    return is_found;
}

void
rec_handler_find(struct recorder *recorder, struct rec_iseq *iseq)
{
    const struct rec_vm_layout *layout = &recorder->layout;
    const void *around = rec_iseq_parent(layout, iseq->iseq);
    if (around == NULL || layout->iseq_disasm == NULL || layout->method_block_flag == 0)
        return;
    if (gives_end(layout, around))
        add_role(iseq, "END");
    if (recorder->shows_blocks && gives_end(layout, iseq->iseq))
        iseq->is_skipped = true;
}

/* ---- noting ---- */

/* `code` is what a program gave: anything. */
static void
note_handler(VALUE code, const char *role)
{
    struct recorder *recorder = taken.recorder;
    struct rec_iseq *iseq = rec_block_watch_find(recorder, code);
    if (iseq == NULL || iseq->is_skipped)
        return;
    add_role(iseq, role);
    if (iseq->listener == NULL)
        rec_block_watch_note(recorder, iseq);
}

static VALUE
take_at_exit(VALUE self)
{
    VALUE block = taken.at_exit(self);
    note_handler(block, "at_exit");
    return block;
}

/* "trap INT" of "SIGINT", :INT or 2. */
static void
name_trap(VALUE signal, char *out_role, size_t capacity)
{
    const char *name = NULL;
    VALUE text = SYMBOL_P(signal) ? rb_sym2str(signal) : signal;
    if (FIXNUM_P(signal))
        name = ruby_signal_name(FIX2INT(signal));
    else if (RB_TYPE_P(text, T_STRING))
        name = StringValueCStr(text);
    if (name != NULL && strncmp(name, "SIG", 3) == 0)
        name += 3;
    snprintf(out_role, capacity, "trap%s%s", name != NULL ? " " : "", name != NULL ? name : "");
}

static VALUE
take_trap(int argc, VALUE *argv, VALUE self)
{
    char role[32];
    VALUE result = taken.trap(argc, argv, self);
    name_trap(argv[0], role, sizeof role);
    if (argc == 2)
        note_handler(argv[1], role);
    else if (rb_block_given_p())
        note_handler(rb_block_proc(), role);
    return result;
}

static VALUE
take_define_finalizer(int argc, VALUE *argv, VALUE self)
{
    VALUE result = taken.define_finalizer(argc, argv, self);
    if (argc == 2)
        note_handler(argv[1], "finalizer");
    else if (rb_block_given_p())
        note_handler(rb_block_proc(), "finalizer");
    return result;
}

/* ---- enabling ---- */

/* A module function: for the module itself, and for those that include it. */
static void
replace(void **out_original, VALUE module, const char *name, VALUE (*function)(ANYARGS), int arity)
{
    *out_original = rec_method_replace(rb_singleton_class(module), name, function, arity);
    if (*out_original != NULL)
        rec_method_replace(module, name, function, arity);
}

void
rec_handlers_enable(struct recorder *recorder)
{
    if (taken.recorder != NULL || !recorder->layout.frames_readable ||
        recorder->layout.method_block_flag == 0 || !rec_block_watch_is_possible(recorder))
        return;
    taken.recorder = recorder;
    replace((void **)&taken.at_exit, rb_mKernel, "at_exit", RUBY_METHOD_FUNC(take_at_exit), 0);
    replace((void **)&taken.trap, rb_path2class("Signal"), "trap", RUBY_METHOD_FUNC(take_trap),
            -1);
    rec_method_replace(rb_mKernel, "trap", RUBY_METHOD_FUNC(take_trap), -1);
    rec_method_replace(rb_singleton_class(rb_mKernel), "trap", RUBY_METHOD_FUNC(take_trap), -1);
    replace((void **)&taken.define_finalizer, rb_path2class("ObjectSpace"), "define_finalizer",
            RUBY_METHOD_FUNC(take_define_finalizer), -1);
}
