/* Puts a C function of ours in the place of a core method that is written in C.
 *
 * Used by input_capture.c, process_capture.c, block_watch.c and others. The new one has the name,
 * arity and visibility of the old and calls it through its pointer: no frame is added. What was
 * replaced stays so. */
#ifndef REC_REPLACED_METHOD_H
#define REC_REPLACED_METHOD_H

#include <ruby.h>

#include <stdbool.h>

/* A method that is called with (argc, argv, self), and one without arguments. */
typedef VALUE (*rec_any_method)(int argc, VALUE *argv, VALUE self);
typedef VALUE (*rec_bare_method)(VALUE self);

/* Finds out how, once; false: this Ruby's methods are not laid out as known. May raise. */
bool rec_replaced_methods_begin(void);

/* What answers to `name` in `klass`, or NULL when it is not written in C. May raise. */
void *rec_replaced_method_find(VALUE klass, const char *name);

/* The same, replaced by `function`; NULL: it was left alone. */
void *rec_method_replace(VALUE klass, const char *name, VALUE (*function)(ANYARGS), int arity);

#endif
