/* See exception_text.h. */
#include "exception_text.h"

#include "capture.h"
#include "exception_aside.h"
#include "exception_detail.h"
#include "recorder.h"
#include "value_filter.h"

#include <stdio.h>

#define TEXT_SIZE_MAX  (16u << 10) /* of a message; longer ones are cut */
#define CLASS_SIZE_MAX 256

struct text {
    char *bytes;
    size_t size, capacity;
};

static void
put(struct text *text, const char *bytes, size_t size)
{
    if (size > text->capacity - text->size)
        size = text->capacity - text->size;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

static void
put_class(struct recorder *recorder, struct text *text, VALUE klass)
{
    char name[CLASS_SIZE_MAX];
    put(text, name, rec_class_name_put(recorder, rb_class_real(klass), name, sizeof name));
}

/* A class or module by its own name, one of an object's own included. */
static void
put_module(struct recorder *recorder, struct text *text, VALUE module)
{
    char name[CLASS_SIZE_MAX];
    bool is_singleton = RB_TYPE_P(module, T_CLASS) && FL_TEST(module, FL_SINGLETON);
    size_t size = is_singleton ? rec_singleton_name_put(recorder, module, name, sizeof name)
                               : rec_class_name_put(recorder, module, name, sizeof name);
    put(text, name, size);
}

/* What Ruby 3.4 says of a receiver: never its inspect. */
static void
put_receiver(struct recorder *recorder, struct text *text, VALUE receiver)
{
    if (NIL_P(receiver)) {
        put(text, "nil", 3);
    } else if (receiver == Qtrue) {
        put(text, "true", 4);
    } else if (receiver == Qfalse) {
        put(text, "false", 5);
    } else if (receiver == recorder->main_object) {
        put(text, "main:Object", 11);
    } else if (RB_TYPE_P(receiver, T_CLASS)) {
        put(text, "class ", 6);
        put_module(recorder, text, receiver);
    } else if (RB_TYPE_P(receiver, T_MODULE)) {
        put(text, "module ", 7);
        put_module(recorder, text, receiver);
    } else {
        put(text, "an instance of ", 15);
        put_class(recorder, text, CLASS_OF(receiver));
    }
}

static void
put_symbol_or_string(struct text *text, VALUE name)
{
    VALUE shown = SYMBOL_P(name) ? rb_sym2str(name) : name;
    if (RB_TYPE_P(shown, T_STRING))
        put(text, RSTRING_PTR(shown), (size_t)RSTRING_LEN(shown));
}

/* `%2$s` in "uninitialized constant %2$s::%1$s": a module's name, else what is said of any object.
 */
static void
put_subject(struct recorder *recorder, struct text *text, VALUE receiver)
{
    if (RB_TYPE_P(receiver, T_CLASS) || RB_TYPE_P(receiver, T_MODULE))
        put_module(recorder, text, receiver);
    else
        put_receiver(recorder, text, receiver);
}

/* The VM keeps a NameError's text as format, receiver and name: "undefined method `%s' for
 * %s%s%s", or with numbers, "undefined method '%1$s' for %3$s%4$s". The first is the name, the
 * second the subject, the others describe the receiver and stand at the end. */
static void
put_name_error(struct recorder *recorder, struct text *text, VALUE message)
{
    const VALUE *parts = rec_typed_data(message);
    VALUE format = parts[0], receiver = parts[1], name = parts[2];
    if (!RB_TYPE_P(format, T_STRING))
        return;
    const char *at = RSTRING_PTR(format), *end = at + RSTRING_LEN(format);
    int place = 0; /* of an argument that has no number */
    for (; at < end; at++) {
        if (*at != '%') {
            put(text, at, 1);
            continue;
        }
        bool has_number = at + 2 < end && at[2] == '$';
        int number = has_number ? at[1] - '0' : ++place;
        if (number == 1)
            put_symbol_or_string(text, name);
        else if (number == 2 && has_number)
            put_subject(recorder, text, receiver);
        else
            break;
        while (at < end && *at != 's')
            at++;
    }
    if (at < end)
        put_receiver(recorder, text, receiver);
}

static void
put_tag(struct recorder *recorder, struct text *text, VALUE tag)
{
    if (SYMBOL_P(tag)) {
        put(text, ":", 1);
        put_symbol_or_string(text, tag);
    } else if (RB_TYPE_P(tag, T_STRING)) {
        put(text, "\"", 1);
        put_symbol_or_string(text, tag);
        put(text, "\"", 1);
    } else {
        put_receiver(recorder, text, tag);
    }
}

/* "uncaught throw %p", which the VM fills in on demand with the tag's inspect. */
static void
put_throw_error(struct recorder *recorder, struct text *text, VALUE message, VALUE tag)
{
    put(text, RSTRING_PTR(message), (size_t)RSTRING_LEN(message) - 2);
    put_tag(recorder, text, tag);
}

static bool
is_throw_error(VALUE exception, VALUE message)
{
    static const char end[] = "%p";
    size_t size = (size_t)RSTRING_LEN(message);
    VALUE name = rb_mod_name(rb_class_real(CLASS_OF(exception)));
    return size >= 2 && memcmp(RSTRING_PTR(message) + size - 2, end, 2) == 0 &&
           RB_TYPE_P(name, T_STRING) && strcmp(RSTRING_PTR(name), "UncaughtThrowError") == 0;
}

static bool
is_name_error_message(VALUE message)
{
    return RB_TYPE_P(message, T_DATA) && RTYPEDDATA_P(message) &&
           strcmp(RTYPEDDATA_TYPE(message)->wrap_struct_name, "name_err_mesg") == 0;
}

static void
put_message(struct recorder *recorder, struct text *text, VALUE exception)
{
    VALUE message = rb_attr_get(exception, rb_intern("mesg"));
    if (NIL_P(message)) {
        put_class(recorder, text, CLASS_OF(exception)); /* as Exception#message says */
    } else if (RB_TYPE_P(message, T_STRING) && is_throw_error(exception, message)) {
        put_throw_error(recorder, text, message, rb_attr_get(exception, rb_intern("tag")));
    } else if (RB_TYPE_P(message, T_STRING)) {
        put(text, RSTRING_PTR(message), (size_t)RSTRING_LEN(message));
    } else if (SYMBOL_P(message)) {
        VALUE name = rb_sym2str(message);
        put(text, RSTRING_PTR(name), (size_t)RSTRING_LEN(name));
    } else if (!RB_SPECIAL_CONST_P(message) && is_name_error_message(message)) {
        put_name_error(recorder, text, message);
    } else {
        put_receiver(recorder, text, message);
    }
}

VALUE
rec_exception_string(VALUE exception)
{
    VALUE message = rb_attr_get(exception, rb_intern("mesg"));
    if (RB_TYPE_P(message, T_STRING) && !is_throw_error(exception, message))
        return message;
    return Qnil;
}

size_t
rec_exception_message(struct recorder *recorder, VALUE exception, char *out_text, size_t capacity)
{
    struct text text = {.bytes = out_text, .capacity = capacity};
    put_message(recorder, &text, exception);
    return text.size;
}

static void
put_whole(struct recorder *recorder, struct text *text, VALUE exception)
{
    put_class(recorder, text, CLASS_OF(exception));
    put(text, ": ", 2);
    put_message(recorder, text, exception);
}

size_t
rec_exception_whole(struct recorder *recorder, VALUE exception, char *out_text, size_t capacity)
{
    const char *shown = out_text;
    size_t size = rec_exception_plain(recorder, exception, out_text, capacity);
    if (rec_text_mask(recorder, shown, size, &shown, &size))
        memcpy(out_text, shown, size); /* no longer than it was */
    return size;
}

size_t
rec_exception_plain(struct recorder *recorder, VALUE exception, char *out_text, size_t capacity)
{
    struct text text = {.bytes = out_text, .capacity = capacity};
    put_whole(recorder, &text, exception);
    return text.size;
}

void
rec_unwinding_text_set(struct recorder *recorder, const char *text, size_t size,
                       struct rec_unwinding *out_unwinding)
{
    rec_text_mask(recorder, text, size, &text, &size); /* before it is cut: no half is left */
    size = size < sizeof out_unwinding->text ? size : sizeof out_unwinding->text;
    memcpy(out_unwinding->text, text, size);
    out_unwinding->text_size = (uint32_t)size;
}

void
rec_exception_text(struct recorder *recorder, VALUE exception, struct rec_unwinding *out_unwinding)
{
    struct rec_assembly *scratch = &recorder->output_text;
    scratch->size = 0;
    out_unwinding->class_name_id = rec_class_name_id(recorder, CLASS_OF(exception));
    out_unwinding->text_size = 0;
    if (!rec_assembly_reserve(scratch, REC_EXCEPTION_TEXT_SIZE))
        return;
    char *text = (char *)scratch->bytes;
    size_t size = rec_exception_plain(recorder, exception, text, REC_EXCEPTION_TEXT_SIZE);
    rec_unwinding_text_set(recorder, text, size, out_unwinding);
}

/* Short of memory the class alone is said. */
static const char *
detail_of(const struct rec_unwinding *unwinding)
{
    return unwinding->detail.size > 0 ? (const char *)unwinding->detail.bytes : "";
}

bool
rec_exception_text_put(struct recorder *recorder, VALUE exception, struct rec_assembly *out_text)
{
    out_text->size = 0;
    if (!rec_assembly_reserve(out_text, TEXT_SIZE_MAX))
        return false;
    out_text->size =
        rec_exception_plain(recorder, exception, (char *)out_text->bytes, TEXT_SIZE_MAX);
    return true;
}

void
rec_exception_event(struct recorder *recorder, struct rec_unwinding *unwinding)
{
    struct rec_assembly *text = &recorder->output_text; /* the machine stack may be nearly full */
    rec_exception_settle(recorder, unwinding);
    if (rec_exception_text_put(recorder, unwinding->exception, text))
        rec_capture_event(recorder, CT_SPOOL_EVENT_ERROR, detail_of(unwinding),
                          (const char *)text->bytes, text->size);
    rec_flight_exception(recorder, unwinding->exception);
}

void
rec_exception_report(struct recorder *recorder, struct rec_unwinding *unwinding)
{
    unwinding->is_unreported = false;
    rec_exception_settle(recorder, unwinding);
    rec_capture_event(recorder, CT_SPOOL_EVENT_ERROR, detail_of(unwinding), unwinding->text,
                      unwinding->text_size);
    rec_flight_exception(recorder, unwinding->exception);
}

size_t
rec_unwinding_text(const struct rec_unwinding *unwinding, char *out_text)
{
    static const char prefix[] = "unwound by ";
    memcpy(out_text, prefix, sizeof prefix - 1);
    memcpy(out_text + sizeof prefix - 1, unwinding->text, unwinding->text_size);
    return sizeof prefix - 1 + unwinding->text_size;
}

size_t
rec_throw_text(struct recorder *recorder, VALUE tag, char *out_text, size_t capacity)
{
    static const char start[] = "left by throw ";
    struct text text = {.bytes = out_text, .capacity = capacity};
    put(&text, start, sizeof start - 1);
    put_tag(recorder, &text, tag);
    return text.size;
}

struct rec_unwinding *
rec_strand_exception_note(struct recorder *recorder, struct rec_strand *strand, VALUE raised)
{
    for (uint32_t i = 0; i < strand->pending_count; i++) {
        if (strand->pending[i].exception == raised) {
            rec_exception_settle(recorder, &strand->pending[i]);
            return &strand->pending[i];
        }
    }
    struct rec_unwinding *exception = rec_strand_exception_put(strand);
    exception->exception = raised;
    rec_exception_text(recorder, raised, exception);
    rec_exception_detail_put(recorder, raised, &exception->detail);
    rec_exception_event(recorder, exception);
    return exception;
}

/* One that was held up by an ensure, and not taken by a rescue that has a line, may as well have
 * been replaced by what the ensure did. One that no code of the program saw is no affair of it. */
static bool
is_rescued(const struct rec_unwinding *exception, const struct rec_frame *frame)
{
    return !exception->is_unreported &&
           (!exception->is_in_ensure || frame->iseq->type == REC_ISEQ_RESCUE);
}

void
rec_exception_rescued(struct recorder *recorder, const struct rec_unwinding *exception)
{
    rec_capture_event(recorder, CT_SPOOL_EVENT_NOTE, "rescued", exception->text,
                      exception->text_size);
}

void
rec_exceptions_rescued(struct recorder *recorder, struct rec_strand *strand, uint32_t before,
                       const struct rec_frame *frame)
{
    for (uint32_t i = before; i-- > strand->pending_count;) {
        const struct rec_unwinding *exception = &strand->pending[i];
        if (is_rescued(exception, frame))
            rec_exception_rescued(recorder, exception);
    }
}
