/* Where a program keeps a value: what is at a place is read without the program's code.
 *
 * Used by expressions.c for what an assignment is about to replace, and by watched.c. Of a global
 * variable with a getter (one of a C extension) the getter runs. */
#ifndef REC_VALUE_PLACE_H
#define REC_VALUE_PLACE_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct rec_control_frame;

enum rec_place_kind {
    REC_PLACE_NONE,
    REC_PLACE_LOCAL,
    REC_PLACE_INSTANCE, /* of the frame's self */
    REC_PLACE_CLASS,    /* variable */
    REC_PLACE_GLOBAL,
    REC_PLACE_CONSTANT, /* of the receiver */
    REC_PLACE_ELEMENT,  /* of the receiver, by the argument */
    REC_PLACE_ATTRIBUTE /* of the receiver, an instance variable that the method assigns to */
};

struct rec_value_place {
    enum rec_place_kind kind;
    ID name;
    uint32_t index, level; /* of a local: words below the ep, scopes further out */
};

/* From `before` of a Sighting (lib/codetracer/expressions/assignments.rb). */
struct rec_value_place rec_value_place_read(VALUE described);

/* What is there; Qundef: nothing, or it cannot be told. Of a local and of a global nothing is what
 * they are from the start, nil. Of an attribute the instruction's cache tells whether the method is
 * one that attr_writer has made: not before it has called it, for an object of that class. Only
 * plain arrays and hashes are looked into, by keys whose hash the VM knows by itself. Receiver and
 * key may be Qundef. Allocates nothing. */
VALUE rec_value_before(const struct rec_control_frame *cfp, const struct rec_value_place *place,
                       VALUE receiver, VALUE key);

/* Whether the cache of the frame's instruction, a call of the receiver's, leads to a method that
 * attr_writer has made for this variable. `is_proved` false: read with care, to find out. */
bool rec_cache_is_of_attribute(const struct rec_control_frame *cfp, VALUE receiver, ID variable,
                               bool is_proved);

/* The topmost of the classes and modules above that has the class variable, as Ruby looks it up; 0:
 * there is none. */
VALUE rec_class_variable_owner(VALUE klass, ID variable);

/* self, if that is a class or module, else its class. */
VALUE rec_class_of_self(VALUE self);

/* nil where it was never set; false: its getter has raised. `name` is with its `$`. */
bool rec_global_get(const char *name, VALUE *out_value);

/* Whether a word may be a value of the program's, and none of the VM's own. hot */
static inline bool
rec_is_of_program(VALUE word)
{
    if (RB_SPECIAL_CONST_P(word))
        return true;
    const enum ruby_value_type type = RB_BUILTIN_TYPE(word);
    return RBASIC_CLASS(word) != 0 && type > RUBY_T_NONE && type < RUBY_T_IMEMO;
}

#endif
