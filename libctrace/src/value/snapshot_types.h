/* The types that snapshots are shown with, each put into the trace once and then found by number.
 *
 * Used by snapshot_decode.c. A type is asked for with every value, so the answer is a look into an
 * array or into one hash table; only a type never seen before reaches the trace writer. */
#ifndef CT_VALUE_SNAPSHOT_TYPES_H
#define CT_VALUE_SNAPSHOT_TYPES_H

#include "ctrace/value_writer.h"

/* Types that do not depend on a class of the program. doc/format/values.md has their names. */
enum ct_snapshot_type {
    CT_SNAPSHOT_TYPE_NIL,
    CT_SNAPSHOT_TYPE_BOOL,
    CT_SNAPSHOT_TYPE_INTEGER,
    CT_SNAPSHOT_TYPE_FLOAT,
    CT_SNAPSHOT_TYPE_SYMBOL,
    CT_SNAPSHOT_TYPE_PAIR,
    CT_SNAPSHOT_TYPE_CUT,
    CT_SNAPSHOT_TYPE_IDENTITY,
    CT_SNAPSHOT_TYPE_ABSENT,
    CT_SNAPSHOT_TYPE_UNWOUND,
    CT_SNAPSHOT_TYPE_UNFINISHED,
    CT_SNAPSHOT_TYPE_SUSPENDED,
    CT_SNAPSHOT_TYPE_REDACTED,
    CT_SNAPSHOT_TYPE_DROPPED,
    CT_SNAPSHOT_TYPE_COUNT
};

/* A defined name: NUL-terminated text, escaped where its bytes were not UTF-8. */
struct ct_snapshot_name {
    const char *text;
    size_t size;
    uint64_t true_size; /* of the bytes before they were escaped */
    bool is_escaped;
};

/* What a decoder asks of the one who keeps the tables. */
struct ct_snapshot_source {
    void *context;
    /* NULL when that id or word was never defined. Borrowed until the next definition. */
    const struct ct_snapshot_name *(*name_find)(void *context, uint32_t name_id);
    const struct ct_snapshot_name *(*symbol_find)(void *context, uint64_t word);
    /* As ct_trace_writer_type_put. */
    enum ct_status (*type_put)(void *context, enum ct_type_kind kind,
                               const struct ct_snapshot_name *name, const char *const *fields,
                               size_t field_count, uint64_t *out_type_id);
};

struct ct_snapshot_type_slot {
    uint64_t key; /* 0: empty */
    uint64_t type_id;
};

struct ct_snapshot_types {
    const struct ct_snapshot_source *source;
    const struct ct_alloc *alloc;
    uint32_t scope; /* whose ids of names are given */
    uint64_t fixed_ids[CT_SNAPSHOT_TYPE_COUNT]; /* plus 1; 0: not put yet */
    struct ct_snapshot_type_slot *slots;
    size_t slot_count, slot_capacity; /* a power of two */
    const char **fields;              /* of the shape being put */
    size_t field_capacity;
};

/* The fields of an object: name ids in order, and what stands before and behind them. */
struct ct_snapshot_shape {
    uint32_t class_id;
    bool has_identity; /* a first field "#" */
    bool is_cut;       /* a last field "…" */
    const uint32_t *field_ids;
    size_t field_count;
};

void ct_snapshot_types_init(struct ct_snapshot_types *types,
                            const struct ct_snapshot_source *source, const struct ct_alloc *alloc);
void ct_snapshot_types_release(struct ct_snapshot_types *types);

CT_MUST_CHECK enum ct_status ct_snapshot_type_fixed(struct ct_snapshot_types *types,
                                                    enum ct_snapshot_type type,
                                                    uint64_t *out_type_id);
/* The type of `kind` named like the class; CT_ERR_FORMAT when that name is not defined. */
CT_MUST_CHECK enum ct_status ct_snapshot_type_of_class(struct ct_snapshot_types *types,
                                                       enum ct_type_kind kind, uint32_t class_id,
                                                       uint64_t *out_type_id);
CT_MUST_CHECK enum ct_status ct_snapshot_type_of_shape(struct ct_snapshot_types *types,
                                                       const struct ct_snapshot_shape *shape,
                                                       uint64_t *out_type_id);

#endif
