/* See snapshot_kind.h. What never changes about an object is asked once and kept by its address. */
#include "snapshot_kind.h"

#include "fingerprint.h"
#include "original_method.h"
#include "recorder.h"
#include "serializer.h"
#include "value_filter.h"

#include <ruby/encoding.h>
#include <ruby/io.h>
#include <ruby/re.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define NOTE_SIZE_MAX 512
#define NO_NOTE       UINT32_MAX

/* ---- from class to kind ---- */

static struct known_class {
    const char *path;
    enum rec_kind kind;
    VALUE klass; /* 0: this Ruby has none */
} known_classes[] = {
    {"Exception", REC_KIND_EXCEPTION, 0},
    {"Time", REC_KIND_TIME, 0},
    {"Encoding", REC_KIND_ENCODING, 0},
    {"Proc", REC_KIND_PROC, 0},
    {"Method", REC_KIND_METHOD, 0},
    {"UnboundMethod", REC_KIND_UNBOUND_METHOD, 0},
    {"Thread", REC_KIND_THREAD, 0},
    {"Thread::Mutex", REC_KIND_MUTEX, 0},
    {"Thread::SizedQueue", REC_KIND_SIZED_QUEUE, 0},
    {"Thread::Queue", REC_KIND_QUEUE, 0},
    {"Random", REC_KIND_RANDOM, 0},
    {"Enumerator", REC_KIND_ENUMERATOR, 0},
};
#define KNOWN_COUNT (sizeof known_classes / sizeof known_classes[0])

void
rec_kinds_init(void)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        known_classes[i].klass = rb_path2class(known_classes[i].path);
        rb_gc_register_mark_object(known_classes[i].klass);
    }
}

static bool
is_called(VALUE klass, const char *wanted)
{
    VALUE name = rb_mod_name(klass);
    return RB_TYPE_P(name, T_STRING) && (size_t)RSTRING_LEN(name) == strlen(wanted) &&
           memcmp(RSTRING_PTR(name), wanted, strlen(wanted)) == 0;
}

/* Set and Date come with libraries, which a program need not load. */
static enum rec_kind
kind_of_library(VALUE klass, VALUE object)
{
    if (RB_TYPE_P(object, T_OBJECT) && is_called(klass, "Set"))
        return REC_KIND_SET;
    if (RB_TYPE_P(object, T_DATA) && is_called(klass, "DateTime"))
        return REC_KIND_DATE_TIME;
    if (RB_TYPE_P(object, T_DATA) && is_called(klass, "Date"))
        return REC_KIND_DATE;
    return REC_KIND_PLAIN;
}

static enum rec_kind
learn_kind(VALUE klass, VALUE object)
{
    for (; RTEST(klass) && klass != rb_cObject; klass = rb_class_superclass(klass)) {
        for (size_t i = 0; i < KNOWN_COUNT; i++) {
            if (known_classes[i].klass == klass)
                return known_classes[i].kind;
        }
        enum rec_kind kind = kind_of_library(klass, object);
        if (kind != REC_KIND_PLAIN)
            return kind;
    }
    return REC_KIND_PLAIN;
}

/* What is kept of a class: its kind, or the address of its serializer, which is no small number. */
static uint64_t
word_of_class(struct recorder *recorder, VALUE object)
{
    struct rec_pointer_map *map = &recorder->identities.kinds;
    VALUE klass = rb_class_real(RBASIC_CLASS(object));
    struct rec_pointer_entry *entry = rec_pointer_map_find(map, (uint64_t)klass);
    if (entry != NULL)
        return entry->value;
    enum rec_kind kind = learn_kind(klass, object);
    uint64_t word = (uint64_t)kind;
    if (kind == REC_KIND_PLAIN || kind == REC_KIND_SET || kind == REC_KIND_EXCEPTION) {
        const struct rec_serializer *serializer = rec_serializer_find(recorder, klass);
        word = serializer == NULL ? word : (uint64_t)(uintptr_t)serializer;
    }
    rec_pointer_map_put(map, (uint64_t)klass, word);
    return word;
}

enum rec_kind
rec_kind_of(struct recorder *recorder, VALUE object)
{
    switch (RB_BUILTIN_TYPE(object)) {
    case T_FILE:
        return REC_KIND_IO;
    case T_REGEXP:
        return REC_KIND_REGEXP;
    case T_MATCH:
        return REC_KIND_MATCH;
    default:
        break;
    }
    uint64_t word = word_of_class(recorder, object);
    return word < REC_KIND_COUNT ? (enum rec_kind)word : REC_KIND_SERIALIZED;
}

const struct rec_serializer *
rec_kind_serializer(struct recorder *recorder, VALUE object)
{
    return (const struct rec_serializer *)(uintptr_t)word_of_class(recorder, object);
}

/* ---- notes ---- */

struct note {
    char text[NOTE_SIZE_MAX];
    size_t size;
};

__attribute__((format(printf, 2, 3))) static void
put(struct note *note, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof note->text - note->size;
    int written = vsnprintf(note->text + note->size, room, format, arguments);
    va_end(arguments);
    if (written > 0)
        note->size += (size_t)written < room ? (size_t)written : room - 1;
}

static void
put_string(struct note *note, VALUE string)
{
    size_t size = (size_t)RSTRING_LEN(string), room = sizeof note->text - note->size;
    if (size > room)
        size = room;
    memcpy(note->text + note->size, RSTRING_PTR(string), size);
    note->size += size;
}

/* `/a.rb:12`, `(lambda)` */
static void
note_proc(struct note *note, VALUE proc)
{
    VALUE place = rec_original_try(REC_PROC_SOURCE_LOCATION, proc);
    if (RB_TYPE_P(place, T_ARRAY) && RARRAY_LEN(place) >= 2 &&
        RB_TYPE_P(RARRAY_AREF(place, 0), T_STRING) && RB_FIXNUM_P(RARRAY_AREF(place, 1))) {
        put_string(note, RARRAY_AREF(place, 0));
        put(note, ":%ld", RB_FIX2LONG(RARRAY_AREF(place, 1)));
    }
    if (RTEST(rb_proc_lambda_p(proc)))
        put(note, "%s(lambda)", note->size > 0 ? " " : "");
}

/* `Bank#pay` */
static void
note_method(struct recorder *recorder, struct note *note, VALUE method, bool is_bound)
{
    VALUE owner = rec_original_try(is_bound ? REC_METHOD_OWNER : REC_UNBOUND_METHOD_OWNER, method);
    VALUE name = rec_original_try(is_bound ? REC_METHOD_NAME : REC_UNBOUND_METHOD_NAME, method);
    if (owner != Qundef && SYMBOL_P(name))
        note->size =
            rec_method_name_put(recorder, owner, SYM2ID(name), note->text, sizeof note->text);
}

/* In decimal, by no Ruby object: `rb_big2str` makes one. One of more bits than a note has room for
 * digits is told by its size. */
static void
put_bignum(struct note *note, VALUE number)
{
    enum { WORDS_MAX = 48, DIGITS = 9 };
    uint32_t words[WORDS_MAX], digits[WORDS_MAX * 32 / 29 + 1]; /* 10^9 has 29.9 bits */
    size_t count = 0, size = rb_absint_size(number, NULL);
    if (size > sizeof words) {
        put(note, "of %zu bytes", size);
        return;
    }
    int sign = rb_integer_pack(number, words, WORDS_MAX, sizeof words[0], 0,
                               INTEGER_PACK_MSWORD_FIRST | INTEGER_PACK_NATIVE_BYTE_ORDER);
    for (size_t first = 0; first < WORDS_MAX;) {
        uint64_t rest = 0;
        for (size_t i = first; i < WORDS_MAX; i++) {
            rest = rest << 32 | words[i];
            words[i] = (uint32_t)(rest / 1000000000);
            rest %= 1000000000;
        }
        digits[count++] = (uint32_t)rest;
        while (first < WORDS_MAX && words[first] == 0)
            first++;
    }
    put(note, "%s%" PRIu32, sign < 0 ? "-" : "", digits[count - 1]);
    while (--count > 0)
        put(note, "%0*" PRIu32, DIGITS, digits[count - 1]);
}

static void
note_random(struct note *note, VALUE random)
{
    VALUE seed = rec_original_try(REC_RANDOM_SEED, random);
    if (RB_FIXNUM_P(seed)) {
        put(note, "seed %ld", RB_FIX2LONG(seed));
    } else if (RB_TYPE_P(seed, T_BIGNUM)) {
        put(note, "seed ");
        put_bignum(note, seed);
    }
}

static void
note_thread(struct note *note, VALUE thread)
{
    VALUE name = rec_original_try(REC_THREAD_NAME, thread);
    if (RB_TYPE_P(name, T_STRING)) {
        put(note, "\"");
        put_string(note, name);
        put(note, "\"");
    }
    if (rec_original_try(REC_THREAD_ALIVE, thread) == Qfalse)
        put(note, "%sdead", note->size > 0 ? " " : "");
}

static void
note_size(struct note *note, VALUE object, enum rec_original method, const char *what)
{
    VALUE size = rec_original_try(method, object);
    if (RB_FIXNUM_P(size))
        put(note, "%ld %s", RB_FIX2LONG(size), what);
}

/* The VM has no accessor for it; see enumerator_readable. */
static void
note_enumerator(struct recorder *recorder, struct note *note, VALUE enumerator)
{
    char name[NOTE_SIZE_MAX / 2];
    const VALUE *parts = recorder->layout.enumerator_readable && RTYPEDDATA_P(enumerator)
                             ? rec_typed_data(enumerator)
                             : NULL;
    if (parts == NULL || parts[0] == Qundef || parts[0] == 0 || parts[1] == 0)
        return;
    VALUE method = rb_id2str((ID)parts[1]), klass = rb_class_real(CLASS_OF(parts[0]));
    if (klass == 0 || !RB_TYPE_P(method, T_STRING))
        return;
    note->size = rec_class_name_put(recorder, klass, name, sizeof name);
    memcpy(note->text, name, note->size);
    put(note, ".");
    put_string(note, method);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* the accessors raise when closed */
/* `"/tmp/a" fd 5 w`, `"<STDOUT>" closed` */
static void
note_io(struct note *note, VALUE io)
{
    const rb_io_t *stream = RFILE(io)->fptr;
    if (stream == NULL)
        return;
    if (!RB_SPECIAL_CONST_P(stream->pathv) && RB_TYPE_P(stream->pathv, T_STRING)) {
        put(note, "\"");
        put_string(note, stream->pathv);
        put(note, "\" ");
    }
    int mode = stream->fd < 0 ? -1 : fcntl(stream->fd, F_GETFL);
    if (stream->fd < 0)
        put(note, "closed");
    else
        put(note, "fd %d", stream->fd);
    if (mode != -1)
        put(note, " %s", (mode & O_ACCMODE) == O_RDONLY   ? "r"
                         : (mode & O_ACCMODE) == O_WRONLY ? "w"
                                                          : "rw");
}
#pragma GCC diagnostic pop

/* What is the same for the object's whole life. */
static bool
is_lasting(enum rec_kind kind)
{
    return kind == REC_KIND_PROC || kind == REC_KIND_METHOD || kind == REC_KIND_UNBOUND_METHOD ||
           kind == REC_KIND_ENUMERATOR;
}

static void
make_note(struct recorder *recorder, enum rec_kind kind, VALUE object, struct note *note)
{
    switch (kind) {
    case REC_KIND_DATE:
    case REC_KIND_DATE_TIME:
    case REC_KIND_TIME: /* what has no text */
        put(note, "not looked into");
        return;
    case REC_KIND_PROC:
        note_proc(note, object);
        return;
    case REC_KIND_METHOD:
    case REC_KIND_UNBOUND_METHOD:
        note_method(recorder, note, object, kind == REC_KIND_METHOD);
        return;
    case REC_KIND_THREAD:
        note_thread(note, object);
        return;
    case REC_KIND_MUTEX:
        if (RTEST(rb_mutex_locked_p(object)))
            put(note, "locked");
        return;
    case REC_KIND_QUEUE:
        note_size(note, object, REC_QUEUE_SIZE, "waiting");
        return;
    case REC_KIND_SIZED_QUEUE:
        note_size(note, object, REC_SIZED_QUEUE_SIZE, "waiting");
        return;
    case REC_KIND_RANDOM:
        note_random(note, object);
        return;
    case REC_KIND_ENUMERATOR:
        note_enumerator(recorder, note, object);
        return;
    case REC_KIND_IO:
        note_io(note, object);
        return;
    default:
        return;
    }
}

bool
rec_kind_note(struct recorder *recorder, enum rec_kind kind, VALUE object, uint32_t *out_note_id)
{
    struct rec_pointer_map *map = &recorder->identities.notes;
    struct note note = {.size = 0};
    bool lasts = is_lasting(kind);
    struct rec_pointer_entry *entry = lasts ? rec_pointer_map_find(map, (uint64_t)object) : NULL;
    if (entry != NULL) {
        *out_note_id = (uint32_t)entry->value;
        return *out_note_id != NO_NOTE;
    }
    make_note(recorder, kind, object, &note);
    const char *shown = note.text;
    rec_text_mask(recorder, note.text, note.size, &shown, &note.size);
    *out_note_id = note.size == 0 ? NO_NOTE : rec_name_of_text(recorder, shown, note.size);
    if (lasts)
        rec_pointer_map_put(map, (uint64_t)object, *out_note_id);
    return *out_note_id != NO_NOTE;
}

uint64_t
rec_kind_print(struct recorder *recorder, enum rec_kind kind, VALUE object)
{
    struct note note = {.size = 0};
    make_note(recorder, kind, object, &note);
    return rec_fingerprint(note.text, note.size);
}

/* ---- texts ---- */

/* `/a+/mi` */
static size_t
put_regexp(struct recorder *recorder, VALUE regexp, char *out_text, size_t capacity)
{
    const struct RRegexp *parts = RREGEXP(regexp);
    if (parts->ptr == NULL || parts->src == 0)
        return 0;
    size_t size = (size_t)RSTRING_LEN(parts->src), kept = size;
    if (kept > recorder->limits.string_size_max)
        kept = recorder->limits.string_size_max;
    if (kept > capacity - 64)
        kept = capacity - 64;
    while (kept < size && kept > 0 &&
           ((unsigned char)RSTRING_PTR(parts->src)[kept] & 0xC0) == 0x80)
        kept--;
    size_t at = 0;
    out_text[at++] = '/';
    memcpy(out_text + at, RSTRING_PTR(parts->src), kept);
    at += kept;
    int options = rb_reg_options(regexp);
    at += (size_t)snprintf(out_text + at, capacity - at, "%s/%s%s%s", kept < size ? "…" : "",
                           options & ONIG_OPTION_MULTILINE ? "m" : "",
                           options & ONIG_OPTION_IGNORECASE ? "i" : "",
                           options & ONIG_OPTION_EXTEND ? "x" : "");
    return at;
}

/* Nanoseconds since 1970 as `2026-11-28 18:20:00.5 UTC`. */
static size_t
put_instant(__int128 ns, char *out_text, size_t capacity)
{
    const __int128 day_ns = (__int128)86400 * 1000000000;
    __int128 days = ns / day_ns, rest = ns % day_ns;
    if (rest < 0) {
        rest += day_ns;
        days--;
    }
    /* Days since 0000-03-01, in eras of 400 years. */
    __int128 z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
    long long year = (long long)(era * 400) + yoe + (month <= 2);
    unsigned seconds = (unsigned)(rest / 1000000000), fraction = (unsigned)(rest % 1000000000);
    int size = snprintf(out_text, capacity, "%04lld-%02u-%02u %02u:%02u:%02u", year, month, day,
                        seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction != 0) {
        size += snprintf(out_text + size, capacity - (size_t)size, ".%09u", fraction);
        while (out_text[size - 1] == '0')
            size--;
    }
    size += snprintf(out_text + size, capacity - (size_t)size, " UTC");
    return (size_t)size;
}

/* A Time holds its nanoseconds as an Integer, or as a Rational; see time_readable. */
static size_t
put_time(struct recorder *recorder, VALUE time, char *out_text, size_t capacity)
{
    if (!recorder->layout.time_readable || !RTYPEDDATA_P(time))
        return 0;
    VALUE word = *(const VALUE *)rec_typed_data(time);
    if (RB_FIXNUM_P(word))
        return put_instant(RB_FIX2LONG(word), out_text, capacity);
    uint64_t words[2] = {0, 0};
    if (RB_SPECIAL_CONST_P(word) || word == 0 || !RB_TYPE_P(word, T_BIGNUM) ||
        rb_absint_size(word, NULL) > 12)
        return 0;
    int sign = rb_integer_pack(word, words, 2, sizeof words[0], 0,
                               INTEGER_PACK_LSWORD_FIRST | INTEGER_PACK_NATIVE_BYTE_ORDER);
    __int128 ns = (__int128)(((unsigned __int128)words[1] << 64) | words[0]);
    return put_instant(sign < 0 ? -ns : ns, out_text, capacity);
}

size_t
rec_kind_text(struct recorder *recorder, enum rec_kind kind, VALUE object, char *out_text,
              size_t capacity)
{
    if (kind == REC_KIND_REGEXP)
        return put_regexp(recorder, object, out_text, capacity);
    if (kind == REC_KIND_TIME)
        return put_time(recorder, object, out_text, capacity);
    if (kind == REC_KIND_DATE || kind == REC_KIND_DATE_TIME)
        return rec_date_text(recorder, object, kind == REC_KIND_DATE_TIME, out_text, capacity);
    if (kind != REC_KIND_ENCODING || !RTYPEDDATA_P(object))
        return 0;
    /* To ask for its index would load it: an `enc/….so` is required for it. */
    const rb_encoding *encoding = rec_typed_data(object);
    if (encoding == NULL)
        return 0;
    size_t size = strlen(rb_enc_name(encoding));
    size = size < capacity ? size : capacity;
    memcpy(out_text, rb_enc_name(encoding), size);
    return size;
}
