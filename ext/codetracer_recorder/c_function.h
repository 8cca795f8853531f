/* Finds the C function behind a method that is written in C.
 *
 * Used by output_capture.c and replaced_method.c to call the original without a frame of its own.
 * The way from a method object to its function pointer is found by searching for functions of ours
 * that are known, then trusted. */
#ifndef REC_C_FUNCTION_H
#define REC_C_FUNCTION_H

#include <ruby/ruby.h>

#include <stdbool.h>

/* Path of pointers from an UnboundMethod's data to the function: word indices. */
struct rec_c_function_path {
    int entry, definition, function;
};

/* Runs the search on probe methods; false when it does not hold on this Ruby. May raise. */
bool rec_c_function_path_find(struct rec_c_function_path *out_path);

/* The function of `klass`'s instance method, or NULL when it is not one written in C inside
 * libruby. */
void *rec_c_function_find(const struct rec_c_function_path *path, VALUE klass, const char *name);

#endif
