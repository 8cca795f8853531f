/* See look_print.h. No print reads more than what the limits let through, and one byte. */
#include "look_print.h"

#include "fingerprint.h"
#include "recorder.h"
#include "snapshot_kind.h"

#include <ruby/re.h>

#define BIGNUM_SIZE_MAX 1024 /* of larger ones the size alone is shown */
#define NO_KIND         0

static enum rec_look_by
by_kind(enum rec_kind kind)
{
    switch (kind) {
    case REC_KIND_PLAIN: /* class and number; with variables of its own it has no look */
    case REC_KIND_ENCODING:
    case REC_KIND_PROC:
    case REC_KIND_METHOD:
    case REC_KIND_UNBOUND_METHOD:
    case REC_KIND_ENUMERATOR:
        return REC_LOOK_BY_CLASS;
    case REC_KIND_IO:
    case REC_KIND_MATCH:
    case REC_KIND_MUTEX:
    case REC_KIND_QUEUE:
    case REC_KIND_RANDOM: /* `initialize` of a class of the program's may give another seed */
    case REC_KIND_REGEXP:
    case REC_KIND_SIZED_QUEUE:
    case REC_KIND_THREAD:
    case REC_KIND_TIME:
        return REC_LOOK_BY_PRINT;
    default:
        return REC_LOOK_BY_NOTHING;
    }
}

enum rec_look_by
rec_look_by(struct recorder *recorder, VALUE object, uint8_t *out_kind)
{
    *out_kind = NO_KIND;
    switch (RB_BUILTIN_TYPE(object)) {
    case T_STRUCT:
    case T_BIGNUM:
    case T_SYMBOL:
        return REC_LOOK_BY_PRINT;
    case T_DATA:
    case T_FILE:
    case T_MATCH:
    case T_REGEXP:
        *out_kind = (uint8_t)rec_kind_of(recorder, object);
        return by_kind((enum rec_kind)*out_kind);
    default:
        return REC_LOOK_BY_NOTHING;
    }
}

/* ---- prints ---- */

static uint64_t
print_bignum(VALUE number)
{
    uint8_t bytes[BIGNUM_SIZE_MAX];
    int spare_bits = 0;
    size_t size = rb_absint_size(number, &spare_bits);
    if (size > sizeof bytes)
        return rec_fingerprint_word(size, (uint64_t)spare_bits);
    int sign = rb_integer_pack(number, bytes, size, 1, 0, INTEGER_PACK_BIG_ENDIAN);
    return rec_fingerprint_word(rec_fingerprint(bytes, size), sign < 0);
}

/* Members lie where no public name leads. */
static uint64_t
print_members(const struct recorder *recorder, VALUE object)
{
    uint64_t print = REC_MIX_SIZE;
    long count = NUM2LONG(rb_struct_size(object));
    if (count > (long)recorder->limits.item_count_max)
        count = (long)recorder->limits.item_count_max;
    for (long i = 0; i < count; i++)
        print = rec_fingerprint_word(print, rb_struct_aref(object, LONG2FIX(i)));
    return print;
}

static bool
print_range(VALUE range, uint64_t *out_print)
{
    VALUE first, last;
    int excludes_end;
    if (!rb_range_values(range, &first, &last, &excludes_end))
        return false;
    uint64_t print = rec_fingerprint_word(REC_MIX_SIZE, first);
    *out_print = rec_fingerprint_word(rec_fingerprint_word(print, last), (uint64_t)excludes_end);
    return true;
}

static bool
print_struct(const struct recorder *recorder, VALUE object, uint64_t *out_print)
{
    if (RTEST(rb_obj_is_kind_of(object, rb_cRange)))
        return print_range(object, out_print);
    *out_print = print_members(recorder, object);
    return true;
}

/* Its source is a string that stays, and whose place no other takes without a collection, which
 * ends all looks. Where no collection is seen, it is told by as much of its text as is shown, and
 * the byte behind, which says where that is cut. */
static bool
print_regexp(const struct recorder *recorder, VALUE regexp, uint64_t *out_print)
{
    const struct RRegexp *parts = RREGEXP(regexp);
    if (parts->ptr == NULL || parts->src == 0)
        return false;
    uint64_t source = parts->src;
    if (recorder->identities.object_marked == NULL) {
        const size_t size = (size_t)RSTRING_LEN(parts->src);
        const size_t shown = size <= recorder->limits.string_size_max
                                 ? size
                                 : recorder->limits.string_size_max + 1;
        source = rec_fingerprint_word(rec_fingerprint(RSTRING_PTR(parts->src), shown), size);
    }
    *out_print = rec_fingerprint_word(source, (uint64_t)rb_reg_options(regexp));
    return true;
}

/* Groups lie in a string that the next match may replace, as it may all of them. */
static bool
print_match(const struct recorder *recorder, VALUE match, uint64_t *out_print)
{
    VALUE text = RMATCH(match)->str;
    const size_t limit = (size_t)recorder->limits.string_size_max + 1;
    uint64_t print = REC_MIX_SIZE;
    if (!RB_TYPE_P(text, T_STRING))
        return false;
    const struct re_registers *groups = RMATCH_REGS(match);
    uint32_t count = 0;
    for (; count < recorder->limits.item_count_max && !NIL_P(rb_reg_nth_defined(count, match));
         count++) {
        long start = groups->beg[count], end = groups->end[count];
        print = rec_fingerprint_word(rec_fingerprint_word(print, (uint64_t)start), (uint64_t)end);
        if (start < 0 || end < start || end > RSTRING_LEN(text))
            continue;
        size_t size = (size_t)(end - start);
        print = rec_fingerprint_word(
            print, rec_fingerprint(RSTRING_PTR(text) + start, size < limit ? size : limit));
    }
    bool has_more = !NIL_P(rb_reg_nth_defined(count, match));
    *out_print = rec_fingerprint_word(print, (uint64_t)count << 1 | has_more);
    return true;
}

/* As far as snapshot_kind.c reads one. */
static bool
print_time(const struct recorder *recorder, VALUE time, uint64_t *out_print)
{
    if (!recorder->layout.time_readable || !RTYPEDDATA_P(time))
        return false;
    VALUE word = *(const VALUE *)rec_typed_data(time);
    *out_print = (uint64_t)word;
    return RB_FIXNUM_P(word);
}

static bool
print_symbol(VALUE symbol, uint64_t *out_print)
{
    VALUE text = rb_sym2str(symbol);
    *out_print = rec_fingerprint(RSTRING_PTR(text), (size_t)RSTRING_LEN(text));
    return true;
}

bool
rec_look_print(struct recorder *recorder, VALUE object, uint8_t kind, uint64_t *out_print)
{
    switch (RB_BUILTIN_TYPE(object)) {
    case T_STRUCT:
        return print_struct(recorder, object, out_print);
    case T_BIGNUM:
        *out_print = print_bignum(object);
        return true;
    case T_SYMBOL:
        return print_symbol(object, out_print);
    case T_REGEXP:
        return print_regexp(recorder, object, out_print);
    case T_MATCH:
        return print_match(recorder, object, out_print);
    default:
        break;
    }
    if (kind == REC_KIND_TIME)
        return print_time(recorder, object, out_print);
    *out_print = rec_kind_print(recorder, (enum rec_kind)kind, object);
    return true;
}

static int
print_variable(ID name, VALUE value, st_data_t context)
{
    uint64_t *print = (uint64_t *)context;
    *print = rec_fingerprint_word(rec_fingerprint_word(*print, name), value);
    return ST_CONTINUE;
}

uint64_t
rec_look_print_variables(VALUE object)
{
    uint64_t print = REC_MIX_SIZE;
    rb_ivar_foreach(object, print_variable, (st_data_t)&print);
    return print;
}
