/* See c_function.h. */
#include "c_function.h"

#include "original_method.h"
#include "own_memory.h"
#include "vm_layout.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#define WORDS 12 /* how far each structure is searched */

static VALUE
probe_first(VALUE self)
{
    return self;
}

static VALUE
probe_second(VALUE self)
{
    return ID2SYM(rb_intern("second"));
}

static const uintptr_t *
method_data(VALUE klass, const char *name)
{
    VALUE symbol = ID2SYM(rb_intern(name));
    return rec_typed_data(rec_original_call_with(REC_MODULE_INSTANCE_METHOD, klass, symbol));
}

static bool
copy_words(uintptr_t address, uintptr_t out_words[WORDS])
{
    if (address == 0 || address % sizeof(uintptr_t) != 0)
        return false;
    memset(out_words, 0, WORDS * sizeof *out_words);
    for (int i = 0; i < WORDS; i++) {
        if (!rec_own_memory_get((const uintptr_t *)address + i, out_words + i, sizeof *out_words))
            return i > 0;
    }
    return true;
}

static void *
follow(const struct rec_c_function_path *path, const uintptr_t *data)
{
    uintptr_t entry, definition, function;
    if (!rec_own_memory_get(data + path->entry, &entry, sizeof entry) ||
        !rec_own_memory_get((const uintptr_t *)entry + path->definition, &definition,
                            sizeof definition) ||
        !rec_own_memory_get((const uintptr_t *)definition + path->function, &function,
                            sizeof function))
        return NULL;
    return (void *)function;
}

/* What the search past a structure's end meets by chance leads from one method only: a path counts
 * when it leads from both. `second` is the other method's data. */
static bool
search_definition(uintptr_t definition, const uintptr_t *second, struct rec_c_function_path *path)
{
    uintptr_t words[WORDS];
    if (!copy_words(definition, words))
        return false;
    for (path->function = 0; path->function < WORDS; path->function++) {
        if (words[path->function] == (uintptr_t)probe_first &&
            follow(path, second) == (void *)probe_second)
            return true;
    }
    return false;
}

static bool
search_entry(uintptr_t entry, const uintptr_t *second, struct rec_c_function_path *path)
{
    uintptr_t words[WORDS];
    if (!copy_words(entry, words))
        return false;
    for (path->definition = 0; path->definition < WORDS; path->definition++) {
        if (search_definition(words[path->definition], second, path))
            return true;
    }
    return false;
}

bool
rec_c_function_path_find(struct rec_c_function_path *out_path)
{
    uintptr_t words[WORDS];
    VALUE klass = rb_class_new(rb_cObject);
    rb_define_method(klass, "first", probe_first, 0);
    rb_define_method(klass, "second", probe_second, 0);
    if (!copy_words((uintptr_t)method_data(klass, "first"), words))
        return false;
    const uintptr_t *second = method_data(klass, "second");
    for (out_path->entry = 0; out_path->entry < WORDS; out_path->entry++) {
        if (search_entry(words[out_path->entry], second, out_path))
            return true;
    }
    return false;
}

void *
rec_c_function_find(const struct rec_c_function_path *path, VALUE klass, const char *name)
{
    Dl_info found;
    void *function = follow(path, method_data(klass, name));
    return function != NULL && dladdr(function, &found) != 0 ? function : NULL;
}
