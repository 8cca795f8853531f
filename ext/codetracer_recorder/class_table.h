/* The names of classes and methods, as the trace shows them, without asking the program's code.
 *
 * Used by snapshots and by function definitions. A class that has no name yet is shown as #<Class
 * #n> and looked at again until it has one. */
#ifndef REC_CLASS_TABLE_H
#define REC_CLASS_TABLE_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorder;

#define REC_RECENT_CLASS_COUNT 16u /* a power of two */

/* A class that has its name for good, while the identity table's epoch is this. */
struct rec_recent_class {
    VALUE klass;
    uint32_t epoch;
    uint32_t name_id;
};

/* Names that are used by number all the time. */
struct rec_class_table {
    uint32_t array_name_id;
    struct rec_recent_class recent[REC_RECENT_CLASS_COUNT]; /* by address */
};

void rec_class_table_init(struct recorder *recorder);

/* The name id of a class (its real class when it is a singleton). May define a name. */
uint32_t rec_class_name_id(struct recorder *recorder, VALUE klass);

/* Whether it has a name, which it then keeps; the identity table's epoch changes when it dies. A
 * singleton class is called by what it belongs to. */
bool rec_class_is_named(struct recorder *recorder, VALUE klass);

/* Whether it has none so far; false of a singleton class. */
bool rec_class_is_nameless(VALUE klass);

/* Like rec_class_name_put for a singleton class: "#<Class:Bank>". */
size_t rec_singleton_name_put(struct recorder *recorder, VALUE singleton, char *out_text,
                              size_t capacity);

/* Writes the class's name, "#<Class #3>" when it has none, into `out_text`; returns its size. */
size_t rec_class_name_put(struct recorder *recorder, VALUE klass, char *out_text, size_t capacity);

/* "Owner#meth", "Owner.meth" or "meth", cut to `capacity`. `owner` may be nil. */
size_t rec_method_name_put(struct recorder *recorder, VALUE owner, ID method, char *out_text,
                           size_t capacity);

#endif
