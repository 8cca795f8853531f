/* Numbers objects by first sight within the trace (#1, #2 …) without keeping them alive.
 *
 * Used by snapshots. Addresses are keys; the VM tells when they die: after each mark phase
 * (GC_END_MARK with rb_objspace_marked_object_p), or, where that is not exported, as each object is
 * freed (FREEOBJ, or free_watch.h). GC.compact moves keys through rb_gc_location. With Ractors
 * (doc/design/ractors.md) each collection makes all tables forget. Each Ractor has a table; numbers
 * are given out in common. */
#ifndef REC_IDENTITY_TABLE_H
#define REC_IDENTITY_TABLE_H

#include "pointer_map.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct recorder;

struct rec_identity_table {
    struct rec_pointer_map numbers; /* VALUE → number */
    struct rec_pointer_map owners;  /* class VALUE → a number of its own, see function_table.c */
    struct rec_pointer_map class_names; /* class VALUE → name id, see class_table.h */
    struct rec_pointer_map kinds;       /* class VALUE → see snapshot_kind.c */
    struct rec_pointer_map notes;       /* VALUE → name id of its note, see snapshot_kind.c */
    struct rec_pointer_map borders;     /* iseq → struct rec_iseq *, see border_code.h */
    struct rec_pointer_map evals;       /* iseq → its unit, see rec_border_code_exclude */
    struct rec_pointer_map entries; /* of method tables, by which calls are told; FREEOBJ only */
    uint32_t count;                     /* numbers given so far, main recorder only (atomic) */
    uint32_t *counter;                  /* the main recorder's `count` */
    struct rec_identity_table *next;    /* of a lane, moved together with the main recorder's */
    bool is_unhooked;                   /* nobody tells what died, main recorder only */
    bool is_unsettled; /* a collection has begun since all forgot, main recorder only (atomic) */
    uint32_t missed_count; /* collections that nobody told of, main recorder only (atomic) */
    uint32_t missed_seen;  /* how many of them this table knows of */
    uint32_t owner_count;  /* numbers in `owners` so far */
    uint32_t epoch;        /* addresses may have changed hands since an older one */
    int (*object_marked)(VALUE object);
    bool has_free_hook; /* FREEOBJ's is on */
    bool needs_no_free_hook; /* free_watch.h tells all that it does */
    struct recorder *recorder; /* whose dead iseqs are looked after; NULL: a lane's table */
    VALUE gc_tracepoint; /* of FREEOBJ or GC_END_MARK, marked by recorder_class.c */
};

/* Of the main recorder: hooks the collector. Creates Ruby objects. */
void rec_identity_table_init(struct recorder *recorder);

/* Unhooks it and forgets all numbers. */
void rec_identity_table_release(struct rec_identity_table *table);

/* Once the hook of freed objects is not needed: takes it off. Called behind an event. */
void rec_identity_table_settle(struct rec_identity_table *table);

/* Forgets an object that is freed now. Called by the collector. */
void rec_identity_table_forget_object(struct rec_identity_table *table, VALUE object);

/* From now on the epoch moves before the address of this entry of a method table is another
 * object's. False: no memory. */
bool rec_identity_table_watch_entry(struct rec_identity_table *table, VALUE method_entry);

/* Forgets all that is known by address. */
void rec_identity_table_forget(struct rec_identity_table *table);

/* Leaves the collector alone from now on. */
void rec_identity_table_unhook(struct rec_identity_table *table);

/* The number of a heap object, given now if it is new. */
uint32_t rec_identity_of(struct rec_identity_table *table, VALUE object);

/* A number that tells classes, threads or fibers apart for good, where their addresses may come
 * back; the trace does not show it. 0: of no heap object. */
uint64_t rec_owner_number(struct rec_identity_table *table, VALUE owner);

/* Whether it has that number: it is there, and no later object at its address. */
bool rec_owner_is(const struct rec_identity_table *table, VALUE owner, uint64_t number);

/* Called from the owner's compaction callback: objects may have moved, for all tables. */
void rec_identity_tables_compact(struct rec_identity_table *first);

#endif
