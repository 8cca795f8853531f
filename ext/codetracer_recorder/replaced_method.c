/* See replaced_method.h. */
#include "replaced_method.h"

#include "c_function.h"

static struct {
    bool is_known, is_possible;
    struct rec_c_function_path path;
} methods;

bool
rec_replaced_methods_begin(void)
{
    if (!methods.is_known)
        methods.is_possible = rec_c_function_path_find(&methods.path);
    methods.is_known = true;
    return methods.is_possible;
}

void *
rec_replaced_method_find(VALUE klass, const char *name)
{
    const ID id = rb_intern(name);
    if (!methods.is_possible || !rb_method_boundp(klass, id, 0))
        return NULL;
    return rec_c_function_find(&methods.path, klass, name);
}

void *
rec_method_replace(VALUE klass, const char *name, VALUE (*function)(ANYARGS), int arity)
{
    void *original = rec_replaced_method_find(klass, name);
    if (original == NULL)
        return NULL;
    const bool is_public = rb_method_boundp(klass, rb_intern(name), 1) != 0;
    VALUE verbose = *rb_ruby_verbose_ptr(); /* -w warns of a method that is defined again */
    *rb_ruby_verbose_ptr() = Qnil;
    if (is_public) { /* braces: in Ruby 2.7 these are macros of more than a statement */
        rb_define_method(klass, name, function, arity);
    } else {
        rb_define_private_method(klass, name, function, arity);
    }
    *rb_ruby_verbose_ptr() = verbose;
    return original;
}
