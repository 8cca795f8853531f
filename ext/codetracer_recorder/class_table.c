/* See class_table.h. Class names come from rb_mod_name, which no program can override. */
#include "original_method.h"
#include "recorder.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define ANONYMOUS     ((uint64_t)1 << 32) /* the cached name is a stand-in: ask again */
#define NAME_SIZE_MAX 512

void
rec_class_table_init(struct recorder *recorder)
{
    memset(recorder->classes.recent, 0, sizeof recorder->classes.recent);
    recorder->classes.array_name_id = rec_class_name_id(recorder, rb_cArray);
}

static inline struct rec_recent_class *
recent_place(struct recorder *recorder, VALUE klass)
{
    const uint64_t hash = (uint64_t)klass * 0x9E3779B97F4A7C15u;
    return &recorder->classes.recent[hash >> 40 & (REC_RECENT_CLASS_COUNT - 1)];
}

/* hot */
static inline bool
is_recent(const struct recorder *recorder, const struct rec_recent_class *recent, VALUE klass)
{
    return recent->klass == klass && klass != 0 && recent->epoch == recorder->identities.epoch;
}

static size_t
copy_text(char *out_text, size_t capacity, VALUE text)
{
    size_t size = (size_t)RSTRING_LEN(text);
    if (size > capacity)
        size = capacity;
    memcpy(out_text, RSTRING_PTR(text), size);
    return size;
}

/* A class inside of a nameless one is called `#<Class:0x…>::Inner`, by an address: no name to show.
 * Nor is one that is to go again (set_temporary_name), which is no constant's. */
static bool
is_permanent(VALUE name)
{
    if (!RB_TYPE_P(name, T_STRING))
        return false;
    const char *text = RSTRING_PTR(name), *end = text + RSTRING_LEN(name);
    while (text < end && (isupper((unsigned char)*text) || (*text & 0x80) != 0)) {
        const char *part = memmem(text, (size_t)(end - text), "::", 2);
        if (part == NULL)
            return true;
        text = part + 2;
    }
    return false;
}

size_t
rec_class_name_put(struct recorder *recorder, VALUE klass, char *out_text, size_t capacity)
{
    VALUE name = rb_mod_name(klass);
    if (is_permanent(name))
        return copy_text(out_text, capacity, name);
    int written =
        snprintf(out_text, capacity, "#<%s #%u>", RB_TYPE_P(klass, T_MODULE) ? "Module" : "Class",
                 rec_identity_of(&recorder->identities, klass));
    return written < 0 ? 0 : (size_t)written >= capacity ? capacity - 1 : (size_t)written;
}

/* Of one that has its name for good. A singleton class stays out: nothing tells of its end. */
static uint32_t
keep_recent(struct recorder *recorder, VALUE given, VALUE klass, uint32_t name_id)
{
    if (given == klass)
        *recent_place(recorder, klass) = (struct rec_recent_class){
            .klass = klass, .epoch = recorder->identities.epoch, .name_id = name_id};
    return name_id;
}

static uint32_t
find_name_id(struct recorder *recorder, VALUE given)
{
    char text[NAME_SIZE_MAX];
    struct rec_pointer_map *map = &recorder->identities.class_names;
    if (given == 0)
        return recorder->classes.array_name_id; /* not reached: hidden objects are not looked at */
    VALUE klass = rb_class_real(given);
    struct rec_pointer_entry *entry = rec_pointer_map_find(map, (uint64_t)klass);
    if (entry != NULL && (entry->value & ANONYMOUS) == 0)
        return keep_recent(recorder, given, klass, (uint32_t)entry->value);
    bool anonymous = !is_permanent(rb_mod_name(klass));
    if (entry != NULL && anonymous)
        return (uint32_t)entry->value;
    size_t size = rec_class_name_put(recorder, klass, text, sizeof text);
    uint32_t id = rec_name_put(recorder, text, size);
    rec_pointer_map_put(map, (uint64_t)klass, id | (anonymous ? ANONYMOUS : 0));
    return id;
}

/* hot */
uint32_t
rec_class_name_id(struct recorder *recorder, VALUE klass)
{
    const struct rec_recent_class *recent = recent_place(recorder, klass);
    if (is_recent(recorder, recent, klass))
        return recent->name_id;
    return find_name_id(recorder, klass);
}

static bool
is_singleton(VALUE klass)
{
    return RB_TYPE_P(klass, T_CLASS) && FL_TEST(klass, FL_SINGLETON);
}

/* What a singleton class belongs to; undef when it cannot be told. */
static VALUE
attached_object(VALUE singleton)
{
    if (rec_original_exists(REC_CLASS_ATTACHED_OBJECT))
        return rec_original_try(REC_CLASS_ATTACHED_OBJECT, singleton);
    return rb_attr_get(singleton, rb_intern("__attached__"));
}

static bool
is_plainly_named(struct recorder *recorder, VALUE klass)
{
    struct rec_pointer_map *map = &recorder->identities.class_names;
    struct rec_pointer_entry *entry = rec_pointer_map_find(map, (uint64_t)klass);
    if (entry != NULL)
        return (entry->value & ANONYMOUS) == 0;
    if (!is_permanent(rb_mod_name(klass)))
        return false;
    (void)rec_class_name_id(recorder, klass); /* watches its death */
    return true;
}

bool
rec_class_is_named(struct recorder *recorder, VALUE klass)
{
    if (is_recent(recorder, recent_place(recorder, klass), klass))
        return true;
    if (!is_singleton(klass))
        return is_plainly_named(recorder, klass);
    VALUE object = attached_object(klass);
    if (RB_TYPE_P(object, T_CLASS) || RB_TYPE_P(object, T_MODULE))
        return !is_singleton(object) && is_plainly_named(recorder, object);
    return object != Qundef && is_plainly_named(recorder, rb_class_real(klass));
}

bool
rec_class_is_nameless(VALUE klass)
{
    return !is_singleton(klass) && !is_permanent(rb_mod_name(klass));
}

/* "Owner." for the singleton of a class, "main." or "#<Bank #3>." for that of another object. */
static size_t
put_singleton_owner(struct recorder *recorder, VALUE singleton, char *out_text, size_t capacity)
{
    VALUE object = attached_object(singleton);
    if (RB_TYPE_P(object, T_CLASS) || RB_TYPE_P(object, T_MODULE))
        return rec_class_name_put(recorder, object, out_text, capacity);
    if (object == recorder->main_object) {
        memcpy(out_text, "main", 4);
        return 4;
    }
    char name[NAME_SIZE_MAX];
    size_t size = rec_class_name_put(recorder, rb_class_real(singleton), name, sizeof name);
    int written = snprintf(out_text, capacity, "#<%.*s #%u>", (int)size, name,
                           rec_identity_of(&recorder->identities, object));
    return written < 0 ? 0 : (size_t)written >= capacity ? capacity - 1 : (size_t)written;
}

size_t
rec_method_name_put(struct recorder *recorder, VALUE owner, ID method, char *out_text,
                    size_t capacity)
{
    size_t size = 0;
    VALUE name = rb_id2str(method);
    if (is_singleton(owner)) {
        size = put_singleton_owner(recorder, owner, out_text, capacity / 2);
        out_text[size++] = '.';
    } else if (RTEST(owner) && owner != rb_cObject) {
        size = rec_class_name_put(recorder, owner, out_text, capacity / 2);
        out_text[size++] = '#';
    }
    if (RB_TYPE_P(name, T_STRING))
        size += copy_text(out_text + size, capacity - size, name);
    return size;
}

size_t
rec_singleton_name_put(struct recorder *recorder, VALUE singleton, char *out_text, size_t capacity)
{
    char owner[NAME_SIZE_MAX];
    size_t size = put_singleton_owner(recorder, singleton, owner, sizeof owner);
    int written = snprintf(out_text, capacity, "#<Class:%.*s>", (int)size, owner);
    return written < 0 ? 0 : (size_t)written >= capacity ? capacity - 1 : (size_t)written;
}
