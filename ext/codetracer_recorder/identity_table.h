/* Numbers objects by first sight within the trace (#1, #2 …) without keeping them alive.
 *
 * Used by snapshots. Addresses are keys; the VM tells when they die: after each mark phase
 * (GC_END_MARK with rb_objspace_marked_object_p, no cost per object), or, where that is not
 * exported, as each object is freed (FREEOBJ). GC.compact moves keys through rb_gc_location. */
#ifndef REC_IDENTITY_TABLE_H
#define REC_IDENTITY_TABLE_H

#include "pointer_map.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct rec_vm_layout;

struct rec_identity_table {
    struct rec_pointer_map numbers; /* VALUE → number */
    struct rec_pointer_map owners;  /* class VALUE → a number of its own, see function_table.c */
    struct rec_pointer_map class_names; /* class VALUE → name id, see class_table.h */
    uint32_t count;                     /* numbers given so far */
    uint32_t owner_count;               /* numbers in `owners` so far */
    uint32_t epoch;                     /* addresses may have changed hands since an older one */
    int (*object_marked)(VALUE object);
    VALUE gc_tracepoint; /* of FREEOBJ or GC_END_MARK, marked by recorder_class.c */
};

/* Hooks the collector. Creates Ruby objects. */
void rec_identity_table_init(struct rec_identity_table *table, const struct rec_vm_layout *layout);

/* Unhooks it and forgets all numbers. */
void rec_identity_table_release(struct rec_identity_table *table);

/* The number of a heap object, given now if it is new. */
uint32_t rec_identity_of(struct rec_identity_table *table, VALUE object);

/* Called from the owner's compaction callback: objects may have moved. */
void rec_identity_table_compact(struct rec_identity_table *table);

#endif
