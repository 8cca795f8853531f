/* What Date and DateTime hold, read where the library written in C keeps it.
 *
 * The library has no way in but its methods, which a program may have replaced. So its memory is
 * read, once two objects made by its own allocators, both of which are known to be 4713-01-01 BC,
 * have shown each field in its place; and what an object says twice has to agree. Dates of years
 * that the library keeps in two numbers are not looked into. */
#include "recorder.h"
#include "snapshot_kind.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum date_flags {
    HAS_JD = 1 << 0,
    HAS_SECONDS = 1 << 1,
    HAS_CIVIL = 1 << 2,
    HAS_CLOCK = 1 << 3,
    IS_COMPLEX = 1 << 7
};

#define REFORM        2299161.0f /* the day from which on dates are Gregorian, unless it is said */
#define YEAR_MIN      (-4712)
#define YEAR_MAX      99999
#define DAY_SECONDS   86400
#define SIMPLE_SIZE   32u
#define COMPLEX_SIZE  48u
#define NO_NANOSECOND INT2FIX(0)

/* A Date; what follows `packed` is there in a DateTime. */
struct date_memory {
    uint32_t flags;
    int32_t jd;    /* of UTC */
    VALUE period;  /* which of the long periods of days it is in */
    float reform;
    int32_t year;    /* local, as the next */
    uint32_t packed; /* from bit 22 month, 17 day, 12 hour, 6 minute, 0 second */
    int32_t seconds; /* since midnight, UTC */
    int32_t offset;  /* seconds */
    VALUE nanoseconds;
};
_Static_assert(offsetof(struct date_memory, nanoseconds) == 40 &&
                   sizeof(struct date_memory) == COMPLEX_SIZE,
               "as the library lays it out");

struct civil {
    int year, month, day;
};

/* ---- whether the layout is the known one ---- */

static VALUE
call_allocator(VALUE klass)
{
    return rb_get_alloc_func(klass)(klass);
}

/* The memory of a new object of `klass`, if it is of this type and size; else NULL. */
static const struct date_memory *
allocate(VALUE klass, const rb_data_type_t *type, size_t size, VALUE *out_object)
{
    int state = 0;
    VALUE errinfo = rb_errinfo();
    if (rb_get_alloc_func(klass) == NULL)
        return NULL;
    *out_object = rb_protect(call_allocator, klass, &state);
    if (state != 0) {
        rb_set_errinfo(errinfo);
        return NULL;
    }
    if (RB_SPECIAL_CONST_P(*out_object) || !RB_TYPE_P(*out_object, T_DATA) ||
        !RTYPEDDATA_P(*out_object) || RTYPEDDATA_TYPE(*out_object) != type ||
        type->function.dsize == NULL)
        return NULL;
    const struct date_memory *memory = rec_typed_data(*out_object);
    return memory != NULL && type->function.dsize(memory) == size ? memory : NULL;
}

static bool
is_day_zero(const struct date_memory *memory, uint32_t flags)
{
    return memory != NULL && memory->flags == flags && memory->jd == 0 &&
           memory->period == INT2FIX(0) && memory->reform == REFORM;
}

static bool
check_layout(VALUE date_class, VALUE time_class, const rb_data_type_t *type)
{
    VALUE date = Qnil, time = Qnil;
    const struct date_memory *simple = allocate(date_class, type, SIMPLE_SIZE, &date);
    const struct date_memory *complex = allocate(time_class, type, COMPLEX_SIZE, &time);
    bool is_known = is_day_zero(simple, HAS_JD) &&
                    is_day_zero(complex, HAS_JD | HAS_SECONDS | IS_COMPLEX) &&
                    complex->seconds == 0 && complex->offset == 0 &&
                    complex->nanoseconds == NO_NANOSECOND;
    RB_GC_GUARD(date);
    RB_GC_GUARD(time);
    return is_known;
}

/* A class of Object's that is loaded, 0: there is none. */
static VALUE
loaded_class(const char *name)
{
    ID id = rb_intern(name);
    if (!rb_const_defined_at(rb_cObject, id) || !NIL_P(rb_autoload_p(rb_cObject, id)))
        return 0;
    VALUE found = rb_const_get_at(rb_cObject, id);
    return !RB_SPECIAL_CONST_P(found) && RB_TYPE_P(found, T_CLASS) ? found : 0;
}

/* NULL: it is of another library, or laid out otherwise. Found out once for a type. */
static const struct date_memory *
memory_of(struct recorder *recorder, VALUE object)
{
    if (!RTYPEDDATA_P(object) ||
        strcmp(RTYPEDDATA_TYPE(object)->wrap_struct_name, "Date") != 0)
        return NULL;
    const rb_data_type_t *type = RTYPEDDATA_TYPE(object);
    if (recorder->date_type != type) {
        VALUE date_class = loaded_class("Date"), time_class = loaded_class("DateTime");
        recorder->date_type = type;
        recorder->dates_readable =
            date_class != 0 && time_class != 0 && check_layout(date_class, time_class, type);
    }
    return recorder->dates_readable ? rec_typed_data(object) : NULL;
}

/* ---- reading ---- */

/* Of a day, as the library reckons. */
static struct civil
civil_of_day(int jd, float reform)
{
    double a = jd;
    if ((double)jd >= (double)reform) {
        double x = floor((jd - 1867216.25) / 36524.25);
        a = jd + 1 + x - floor(x / 4.0);
    }
    double b = a + 1524, c = floor((b - 122.1) / 365.25), d = floor(365.25 * c);
    double e = floor((b - d) / 30.6001);
    int month = (int)(e <= 13 ? e - 1 : e - 13);
    return (struct civil){.year = (int)(e <= 13 ? c - 4716 : c - 4715),
                          .month = month,
                          .day = (int)(b - d - floor(30.6001 * e))};
}

static bool
is_complex(const struct date_memory *memory)
{
    return (memory->flags & IS_COMPLEX) != 0;
}

/* Seconds since midnight UTC; -1: they are not known. */
static long
find_second(const struct date_memory *memory)
{
    uint32_t packed = memory->packed;
    if (!is_complex(memory))
        return 0;
    if ((memory->flags & HAS_SECONDS) != 0)
        return memory->seconds;
    if ((memory->flags & HAS_CLOCK) == 0)
        return -1;
    long local = (long)((packed >> 12 & 31) * 3600 + (packed >> 6 & 63) * 60 + (packed & 63));
    return (local - memory->offset + DAY_SECONDS) % DAY_SECONDS;
}

static long
offset_of(const struct date_memory *memory)
{
    return is_complex(memory) ? memory->offset : 0;
}

/* False: it is not known, or known twice and not the same. */
static bool
find_civil(const struct date_memory *memory, struct civil *out_civil)
{
    uint32_t flags = memory->flags;
    long second = find_second(memory);
    bool has_day = (flags & HAS_JD) != 0 && second >= 0;
    struct civil of_day = {.year = 0}, written = {.year = memory->year,
                                                  .month = (int)(memory->packed >> 22 & 15),
                                                  .day = (int)(memory->packed >> 17 & 31)};
    if (has_day) {
        second += offset_of(memory);
        int shift = second < 0 ? -1 : second >= DAY_SECONDS ? 1 : 0;
        of_day = civil_of_day(memory->jd + shift, memory->reform);
    }
    bool is_written = (flags & HAS_CIVIL) != 0;
    *out_civil = is_written ? written : of_day;
    if (has_day && is_written &&
        (of_day.year != written.year || of_day.month != written.month ||
         of_day.day != written.day))
        return false;
    return (has_day || is_written) && memory->period == INT2FIX(0) &&
           out_civil->year >= YEAR_MIN && out_civil->year <= YEAR_MAX && out_civil->month >= 1 &&
           out_civil->month <= 12 && out_civil->day >= 1 && out_civil->day <= 31;
}

/* `T03:04:05.25+02:00`; 0: it is not known, or finer than a nanosecond. */
static size_t
put_clock(const struct date_memory *memory, char *out_text, size_t capacity)
{
    long second = find_second(memory), offset = offset_of(memory);
    VALUE fraction = is_complex(memory) ? memory->nanoseconds : NO_NANOSECOND;
    if (second < 0 || !RB_FIXNUM_P(fraction) || labs(offset) > DAY_SECONDS)
        return 0;
    second = (second + offset + DAY_SECONDS) % DAY_SECONDS;
    int size = snprintf(out_text, capacity, "T%02ld:%02ld:%02ld", second / 3600, second / 60 % 60,
                        second % 60);
    if (RB_FIX2LONG(fraction) > 0) {
        size += snprintf(out_text + size, capacity - (size_t)size, ".%09ld",
                         RB_FIX2LONG(fraction));
        while (out_text[size - 1] == '0')
            size--;
    }
    size += snprintf(out_text + size, capacity - (size_t)size, "%c%02ld:%02ld",
                     offset < 0 ? '-' : '+', labs(offset) / 3600, labs(offset) / 60 % 60);
    return (size_t)size;
}

size_t
rec_date_text(struct recorder *recorder, VALUE object, bool has_clock, char *out_text,
              size_t capacity)
{
    const struct date_memory *memory = memory_of(recorder, object);
    struct civil civil;
    if (memory == NULL || !find_civil(memory, &civil))
        return 0;
    size_t size = (size_t)snprintf(out_text, capacity, "%s%04d-%02d-%02d",
                                   civil.year < 0 ? "-" : "", abs(civil.year), civil.month,
                                   civil.day);
    if (!has_clock)
        return size;
    size_t rest = put_clock(memory, out_text + size, capacity - size);
    return rest == 0 ? 0 : size + rest;
}
