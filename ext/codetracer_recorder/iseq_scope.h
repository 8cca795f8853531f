/* Which variables the code of an iseq sees, and which are its parameters: by the VM's tables.
 *
 * Used by iseq_table.c, and by others that ask where an iseq stands. Read once an iseq. */
#ifndef REC_ISEQ_SCOPE_H
#define REC_ISEQ_SCOPE_H

#include "filter_rules.h"
#include "iseq_table.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;
struct rec_vm_layout;

/* Innermost scope first, a name only once. */
struct rec_variables {
    struct rec_slot *slots; /* owned by whom it is filled for, as the next */
    ID *ids;
    uint32_t count, capacity;
};

/* Those that are shown, even as redacted, and those that the filters drop. False: no memory. */
bool rec_iseq_collect_variables(const struct recorder *recorder, const struct rec_iseq *entry,
                                struct rec_variables *shown, struct rec_variables *dropped);

/* What the filters do with a variable or an argument: it lives on as a variable, so both are judged
 * by the rules for either. */
enum rec_value_action rec_iseq_variable_action(const struct recorder *recorder,
                                               const struct rec_iseq *entry, ID name);

/* The method (class body, file) that a block stands in; the iseq itself when it is none. */
const void *rec_iseq_home(const struct rec_vm_layout *layout, const void *iseq);

/* Fills in `parameters`, once; false: no memory. Not of a class body, whose are none. */
bool rec_iseq_read_parameters(struct recorder *recorder, struct rec_iseq *iseq);

#endif
