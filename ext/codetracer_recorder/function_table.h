/* The functions of a trace: what the code that is called is named, each defined once.
 *
 * Used at each CALL. A method is named by where it is defined; one that is called by another name
 * says both: `Account#plus (alias of add)`. A class body has its label: `<class:Account>`. */
#ifndef REC_FUNCTION_TABLE_H
#define REC_FUNCTION_TABLE_H

#include "iseq_table.h"
#include "vm_layout.h"

#include <stddef.h>
#include <stdint.h>

struct recorder;

/* Defines a FUNCTION; its id. */
uint32_t rec_function_put(struct recorder *recorder, uint32_t path_id, uint32_t line,
                          const char *name, size_t size);

/* The function of the method that the event's frame runs. It fills in the ids of `arg`. */
uint32_t rec_function_of_method(struct recorder *recorder, struct rec_iseq *iseq,
                                rb_trace_arg_t *arg);

/* The function of a block: `<block in Account#each>`, by the method or class body it stands in. */
uint32_t rec_function_of_block(struct recorder *recorder, struct rec_iseq *iseq,
                               rb_trace_arg_t *arg);

/* The function of a class, module or singleton class body, whose CLASS event this is. */
uint32_t rec_function_of_body(struct recorder *recorder, struct rec_iseq *iseq);

/* The label of the innermost Ruby frame as a function's name: "<class:Account>", "<singleton
 * class>". Writes at most `capacity` bytes; returns how many. */
size_t rec_body_name_put(char *out_text, size_t capacity);

/* "Account#plus (alias of add)", or without the bracket when both names are the same. */
size_t rec_function_name_put(struct recorder *recorder, VALUE owner, ID method, ID called,
                             char *out_text, size_t capacity);

#endif
