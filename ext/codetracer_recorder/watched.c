/* See watched.h. */
#include "watched.h"

#include "recorder.h"
#include "value_filter.h"
#include "value_place.h"

#include <stdlib.h>
#include <string.h>

#define OWNERS_MAX    64 /* classes with a variable of that name; those beyond are not shown */
#define NAME_SIZE_MAX 640

/* ---- reading the words ---- */

/* `A::B` before the last two letters of `A::B::@@y` or `A::B.@@y`. */
static void
read_path(struct rec_watched *watched, const char *text, size_t size)
{
    watched->path = calloc(size, sizeof *watched->path);
    if (watched->path == NULL)
        rb_memerror();
    while (size > 0) {
        const char *separator = memmem(text, size, "::", 2);
        size_t part = separator == NULL ? size : (size_t)(separator - text);
        watched->path[watched->path_size++] = rb_intern2(text, (long)part);
        size_t passed = separator == NULL ? part : part + 2;
        text += passed;
        size -= passed;
    }
}

static void
read_word(struct rec_watched *watched, const char *text)
{
    const char *variable = strstr(text, "@@");
    watched->text = strdup(text);
    if (watched->text == NULL)
        rb_memerror();
    if (variable == NULL)
        return;
    watched->variable = rb_intern(variable);
    size_t size = (size_t)(variable - text);
    if (size > 1)
        read_path(watched, text, size - (variable[-1] == '.' ? 1 : 2));
}

void
rec_watched_read(struct recorder *recorder, VALUE words)
{
    if (NIL_P(words))
        return;
    Check_Type(words, T_ARRAY);
    size_t count = (size_t)RARRAY_LEN(words);
    recorder->watched.entries = calloc(count + 1, sizeof *recorder->watched.entries);
    if (recorder->watched.entries == NULL)
        rb_memerror();
    for (size_t i = 0; i < count; i++) {
        VALUE word = RARRAY_AREF(words, (long)i);
        const char *text = StringValueCStr(word);
        recorder->watched.count++;
        read_word(&recorder->watched.entries[i], text);
    }
}

/* ---- finding the variable ---- */

/* The class of that path as far as it is loaded, 0: there is none. */
static VALUE
class_at(const struct rec_watched *watched)
{
    VALUE found = rb_cObject;
    for (size_t i = 0; i < watched->path_size; i++) {
        ID name = watched->path[i];
        if (!rb_const_defined_at(found, name) || !NIL_P(rb_autoload_p(found, name)))
            return 0;
        found = rb_const_get_at(found, name);
        if (RB_SPECIAL_CONST_P(found) ||
            (!RB_TYPE_P(found, T_CLASS) && !RB_TYPE_P(found, T_MODULE)))
            return 0;
    }
    return found;
}

/* The first owner's variable is called as it was written, unless the word names the class. */
static uint32_t
name_variable(struct recorder *recorder, const struct rec_watched *watched, VALUE owner)
{
    char text[NAME_SIZE_MAX];
    size_t size = 0, rest = strlen(watched->text);
    if (owner != 0 && watched->path == NULL && watched->seen_count > 0) {
        size = rec_class_name_put(recorder, owner, text, sizeof text / 2);
        text[size++] = '.';
    }
    rest = rest < sizeof text - size ? rest : sizeof text - size;
    memcpy(text + size, watched->text, rest);
    return rec_name_of_text(recorder, text, size + rest);
}

/* NULL: there are too many, or memory is short. */
static struct rec_watched_variable *
find_variable(struct recorder *recorder, struct rec_watched *watched, VALUE owner)
{
    for (size_t i = 0; i < watched->seen_count; i++) {
        if (watched->seen[i].owner == owner)
            return &watched->seen[i];
    }
    if (watched->seen_count == OWNERS_MAX)
        return NULL;
    if (watched->seen_count == watched->seen_capacity) {
        size_t capacity = watched->seen_capacity == 0 ? 1 : watched->seen_capacity * 2;
        struct rec_watched_variable *grown =
            realloc(watched->seen, capacity * sizeof *watched->seen);
        if (grown == NULL)
            return NULL;
        watched->seen = grown;
        watched->seen_capacity = capacity;
    }
    uint32_t name_id = name_variable(recorder, watched, owner);
    struct rec_watched_variable *variable = &watched->seen[watched->seen_count++];
    *variable = (struct rec_watched_variable){.owner = owner,
                                              .name_id = name_id,
                                              .shadow = {.word = REC_NEVER_SHOWN},
                                              .kept = {.word = REC_NEVER_SHOWN}};
    return variable;
}

/* ---- looking ---- */

bool
rec_watched_look(struct recorder *recorder, size_t index, VALUE self, VALUE *out_value,
                 struct rec_watched_variable **out_variable)
{
    struct rec_watched *watched = &recorder->watched.entries[index];
    VALUE owner = 0;
    if (watched->variable == 0) {
        if (!rec_global_get(watched->text, out_value))
            return false;
    } else {
        VALUE klass = watched->path == NULL ? rec_class_of_self(self) : class_at(watched);
        owner = rec_class_variable_owner(klass, watched->variable);
        if (owner == 0)
            return false;
        *out_value = rb_attr_get(owner, watched->variable);
    }
    *out_variable = find_variable(recorder, watched, owner);
    return *out_variable != NULL;
}

enum rec_value_action
rec_watched_action(struct recorder *recorder, size_t index)
{
    const char *text = recorder->watched.entries[index].text, *variable = strstr(text, "@@");
    const char *name = variable == NULL ? text + 1 : variable + 2;
    return rec_filter_value_action(&recorder->rules, recorder->policy, REC_VALUE_GLOBAL, name,
                                   strlen(name));
}

/* ---- life ---- */

void
rec_watched_forget(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->watched.count; i++) {
        struct rec_watched *watched = &recorder->watched.entries[i];
        for (size_t at = 0; at < watched->seen_count; at++)
            watched->seen[at].shadow = (struct rec_shadow){.word = REC_NEVER_SHOWN};
    }
}

void
rec_watched_keep(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->watched.count; i++) {
        struct rec_watched *watched = &recorder->watched.entries[i];
        for (size_t at = 0; at < watched->seen_count; at++)
            watched->seen[at].kept = watched->seen[at].shadow;
    }
}

void
rec_watched_restore(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->watched.count; i++) {
        struct rec_watched *watched = &recorder->watched.entries[i];
        for (size_t at = 0; at < watched->seen_count; at++)
            watched->seen[at].shadow = watched->seen[at].kept;
    }
}

void
rec_watched_mark(const struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->watched.count; i++) {
        const struct rec_watched *watched = &recorder->watched.entries[i];
        for (size_t at = 0; at < watched->seen_count; at++) {
            if (watched->seen[at].owner != 0)
                rb_gc_mark(watched->seen[at].owner);
        }
    }
}

void
rec_watched_release(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->watched.count; i++) {
        free(recorder->watched.entries[i].text);
        free(recorder->watched.entries[i].path);
        free(recorder->watched.entries[i].seen);
    }
    free(recorder->watched.entries);
    recorder->watched = (struct rec_watch_list){.count = 0};
}
