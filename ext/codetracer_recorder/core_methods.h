/* Methods of Ruby's core that the planner of expressions calls: whether they are still Ruby's own.
 *
 * Used by expressions.c. Where the program has put one of its own in such a place, the planner,
 * which runs in the program, would run it. */
#ifndef REC_CORE_METHODS_H
#define REC_CORE_METHODS_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct rec_core_method {
    VALUE owner; /* a class of Ruby's core */
    ID name;
    bool is_absent; /* when the program began there was none */
};

struct rec_core_methods {
    struct rec_core_method *methods; /* owned */
    uint32_t count;
};

/* From an Array of [class, names of public methods, names that Ruby asks for by itself]. False
 * without memory. Methods that are not Ruby's own already are not looked at. */
bool rec_core_methods_init(struct rec_core_methods *core, VALUE described);
void rec_core_methods_release(struct rec_core_methods *core);

/* The classes stay where they are. */
void rec_core_methods_mark(const struct rec_core_methods *core);

/* The first one that is the program's by now; else NULL. */
const struct rec_core_method *rec_core_methods_find_changed(const struct rec_core_methods *core);

#endif
