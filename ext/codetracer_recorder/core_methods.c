/* See core_methods.h. */
#include "core_methods.h"

#include <stdlib.h>

static void
add_methods(struct rec_core_methods *core, VALUE owner, VALUE names, bool is_asked_for)
{
    for (long i = 0; i < RARRAY_LEN(names); i++) {
        ID name = SYM2ID(RARRAY_AREF(names, i));
        bool is_absent = !rb_method_boundp(owner, name, is_asked_for ? 0 : 1);
        if (is_absent ? is_asked_for : rb_method_basic_definition_p(owner, name) != 0)
            core->methods[core->count++] =
                (struct rec_core_method){.owner = owner, .name = name, .is_absent = is_absent};
    }
}

bool
rec_core_methods_init(struct rec_core_methods *core, VALUE described)
{
    size_t capacity = 1;
    for (long i = 0; i < RARRAY_LEN(described); i++) {
        VALUE each = RARRAY_AREF(described, i);
        capacity += (size_t)(RARRAY_LEN(RARRAY_AREF(each, 1)) + RARRAY_LEN(RARRAY_AREF(each, 2)));
    }
    rec_core_methods_release(core);
    core->methods = calloc(capacity, sizeof *core->methods);
    if (core->methods == NULL)
        return false;
    for (long i = 0; i < RARRAY_LEN(described); i++) {
        VALUE each = RARRAY_AREF(described, i);
        add_methods(core, RARRAY_AREF(each, 0), RARRAY_AREF(each, 1), false);
        add_methods(core, RARRAY_AREF(each, 0), RARRAY_AREF(each, 2), true);
    }
    return true;
}

void
rec_core_methods_release(struct rec_core_methods *core)
{
    free(core->methods);
    *core = (struct rec_core_methods){.count = 0};
}

void
rec_core_methods_mark(const struct rec_core_methods *core)
{
    for (uint32_t i = 0; i < core->count; i++) {
        if (i == 0 || core->methods[i].owner != core->methods[i - 1].owner)
            rb_gc_mark(core->methods[i].owner);
    }
}

const struct rec_core_method *
rec_core_methods_find_changed(const struct rec_core_methods *core)
{
    for (uint32_t i = 0; i < core->count; i++) {
        const struct rec_core_method *method = &core->methods[i];
        bool is_same = method->is_absent
                           ? !rb_method_boundp(method->owner, method->name, 0)
                           : rb_method_basic_definition_p(method->owner, method->name) != 0;
        if (!is_same)
            return method;
    }
    return NULL;
}
