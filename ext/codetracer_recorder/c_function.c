/* See c_function.h. */
#include "c_function.h"

#include "original_method.h"
#include "own_memory.h"
#include "vm_layout.h"

#include <link.h>
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
    const size_t size = WORDS * sizeof *out_words;
    memset(out_words, 0, size);
    return rec_own_memory_get_start((const void *)address, out_words, size) > 0;
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

/* An address, and whether it is in code that is loaded. */
struct place {
    uintptr_t address;
    bool is_code;
};

static int
look_into(struct dl_phdr_info *object, size_t size, void *context)
{
    struct place *place = context;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum && !place->is_code; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        const uintptr_t offset = place->address - object->dlpi_addr - header->p_vaddr;
        place->is_code =
            header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0 && offset < header->p_memsz;
    }
    return place->is_code;
}

/* dladdr would look for its name, too, among all that libruby has: 35,000 instructions. */
static bool
is_code(const void *address)
{
    struct place place = {.address = (uintptr_t)address};
    return dl_iterate_phdr(look_into, &place) != 0;
}

void *
rec_c_function_find(const struct rec_c_function_path *path, VALUE klass, const char *name)
{
    void *function = follow(path, method_data(klass, name));
    return function != NULL && is_code(function) ? function : NULL;
}
