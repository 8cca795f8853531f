/* See serializer.h. */
#include "serializer.h"

#include "recorder.h"

#include <stdlib.h>
#include <string.h>

static const struct rec_serializer *
first_serializer(const struct recorder *recorder)
{
    return __atomic_load_n(&recorder->home->serializers, __ATOMIC_ACQUIRE);
}

static void
check_shape(VALUE declared)
{
    Check_Type(declared, T_ARRAY);
    if (RARRAY_LEN(declared) != 3)
        rb_raise(rb_eArgError, "a serializer is a class, names and whether they hold attributes");
    VALUE names = RARRAY_AREF(declared, 1);
    Check_Type(names, T_ARRAY);
    for (long i = 0; i < RARRAY_LEN(names); i++)
        Check_Type(RARRAY_AREF(names, i), T_SYMBOL);
}

static void
put(struct recorder *recorder, VALUE declared)
{
    check_shape(declared);
    VALUE klass = RARRAY_AREF(declared, 0), names = RARRAY_AREF(declared, 1);
    bool is_named = RB_TYPE_P(klass, T_STRING);
    if (!is_named)
        Check_Type(klass, T_CLASS);
    size_t count = (size_t)RARRAY_LEN(names);
    struct rec_serializer *serializer = calloc(1, sizeof *serializer + count * sizeof(ID));
    char *class_name = is_named ? strdup(StringValueCStr(klass)) : NULL;
    if (serializer == NULL || (is_named && class_name == NULL)) {
        free(serializer);
        free(class_name);
        rb_memerror();
    }
    serializer->klass = is_named ? 0 : klass;
    serializer->class_name = class_name;
    serializer->has_entries = RTEST(RARRAY_AREF(declared, 2));
    serializer->name_count = count;
    for (size_t i = 0; i < count; i++)
        serializer->names[i] = SYM2ID(RARRAY_AREF(names, (long)i));
    serializer->next = recorder->serializers;
    __atomic_store_n(&recorder->serializers, serializer, __ATOMIC_RELEASE);
}

void
rec_serializers_read(struct recorder *recorder, VALUE declared)
{
    if (NIL_P(declared))
        return;
    Check_Type(declared, T_ARRAY);
    for (long i = 0; i < RARRAY_LEN(declared); i++)
        put(recorder, RARRAY_AREF(declared, i));
}

/* How classes are shown, and values were, is found out again. */
static void
forget_kinds(struct recorder *recorder)
{
    recorder->serializers_seen = first_serializer(recorder);
    rec_pointer_map_release(&recorder->identities.kinds);
    recorder->identities.epoch++;
}

void
rec_serializer_declare(struct recorder *recorder, VALUE declared)
{
    put(recorder, declared);
    forget_kinds(recorder);
}

/* hot in a program with Ractors */
void
rec_serializers_notice(struct recorder *recorder)
{
    if (__builtin_expect(recorder->serializers_seen != first_serializer(recorder), 0))
        forget_kinds(recorder);
}

static bool
is_about(const struct rec_serializer *serializer, VALUE klass)
{
    if (serializer->class_name == NULL)
        return serializer->klass == klass;
    VALUE name = rb_mod_name(klass);
    size_t size = strlen(serializer->class_name);
    return RB_TYPE_P(name, T_STRING) && (size_t)RSTRING_LEN(name) == size &&
           memcmp(RSTRING_PTR(name), serializer->class_name, size) == 0;
}

const struct rec_serializer *
rec_serializer_find(const struct recorder *recorder, VALUE klass)
{
    const struct rec_serializer *first = first_serializer(recorder);
    for (; first != NULL && RTEST(klass); klass = rb_class_superclass(klass)) {
        for (const struct rec_serializer *one = first; one != NULL; one = one->next) {
            if (is_about(one, klass))
                return one;
        }
    }
    return NULL;
}

void
rec_serializers_mark(const struct recorder *recorder)
{
    for (const struct rec_serializer *one = recorder->serializers; one != NULL; one = one->next) {
        if (one->klass != 0)
            rb_gc_mark(one->klass);
    }
}

void
rec_serializers_release(struct recorder *recorder)
{
    struct rec_serializer *one = recorder->serializers;
    recorder->serializers = NULL;
    recorder->serializers_seen = NULL;
    while (one != NULL) {
        struct rec_serializer *next = one->next;
        free(one->class_name);
        free(one);
        one = next;
    }
}
