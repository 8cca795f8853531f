/* What is known of the objects that have a certain instance variable: its value, where it was seen.
 *
 * Used by trace_writes.c, which tells what is shown and which lines run; this tells the writes. An
 * object is known by the identity that the recorder gave it. Values that were looked at before are
 * kept, so that most are not decoded. */
#ifndef CT_TRACE_TRACE_OBJECTS_H
#define CT_TRACE_TRACE_OBJECTS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/id_map.h"
#include "ctrace/trace_writes.h"
#include "trace/shown_values.h"
#include "trace/trace_scopes.h"

struct ct_trace_object {
    uint64_t id;
    uint64_t type_id;
    bool is_used;  /* since the hand that looks for room passed by */
    bool is_known; /* it was shown, with the field (has_value) or without */
    bool has_value;
    bool is_plain;          /* the value certainly is (value_scan.h) */
    struct ct_buffer value; /* encoded */
    uint64_t hash;          /* of value */
    uint64_t hash_alike;    /* of another showing of the same value, cut elsewhere; 0: none */
    struct ct_trace_where seen; /* where value was shown last; step CT_TRACE_NO_ID: nowhere */
    struct ct_trace_where run;  /* the first step since then whose line ran with the object as self;
                                   step CT_TRACE_NO_ID: none did */
    uint64_t run_last; /* the last such step's number */
};

/* A self without fields to show, as decoded last. */
struct ct_bare_self {
    struct ct_buffer bytes; /* encoded */
    uint64_t id;            /* CT_TRACE_NO_ID: it has no number */
    uint64_t type_id;
    bool is_whole; /* nothing of it is cut */
};

struct ct_trace_objects {
    const struct ct_alloc *alloc;
    struct ct_trace_reader *reader; /* borrowed */
    const char *field;              /* borrowed: its name */
    size_t field_size;
    uint64_t self_name_id; /* of the name self, once it is defined */
    const struct ct_trace_writes_options *options; /* borrowed: whom to tell */
    struct ct_trace_object *items;
    size_t count;
    size_t capacity;
    size_t latest; /* required last, or ran last: mostly it is the next, too */
    size_t hand; /* where the search for room goes on */
    struct ct_id_map positions; /* by id */
    uint64_t forgotten_count;
    int32_t *fields; /* by type: the field's index + 1; 0: not looked at yet; -1: it has none */
    size_t field_capacity;
    struct ct_shown_values values;
    struct ct_bare_self bare;
    struct ct_arena args;  /* decoded */
    struct ct_arena shown; /* the decoded value that is looked at */
    struct ct_arena known; /* its field as it was known before, and as it is now */
    struct ct_arena field_value;
};

/* Zeroed before; `options` with the name of the field, the leading dot of a member not included. */
void ct_trace_objects_init(struct ct_trace_objects *objects, struct ct_trace_reader *reader,
                           const struct ct_trace_writes_options *options, const char *field);
void ct_trace_objects_release(struct ct_trace_objects *objects);

/* A value that may hold an object is shown at `where`, before its line runs. `before`: the step of
 * the same call before, where the value is self, which a recorder shows at each step that finds it
 * changed; else NULL. */
CT_MUST_CHECK enum ct_status ct_trace_objects_show(struct ct_trace_objects *objects,
                                                   const void *bytes, size_t size,
                                                   const struct ct_trace_where *where,
                                                   const struct ct_trace_place *before);
/* The arguments of a call are shown. *out_self_id is CT_TRACE_NO_ID when self has no identity. */
CT_MUST_CHECK enum ct_status ct_trace_objects_show_args(struct ct_trace_objects *objects,
                                                        const void *bytes, size_t size,
                                                        const struct ct_trace_where *where,
                                                        uint64_t *out_self_id);
/* The line at `where` ran with that object as self. */
void ct_trace_objects_run(struct ct_trace_objects *objects, uint64_t id,
                          const struct ct_trace_where *where);
/* NULL when it is not known, or forgotten. Borrowed until the next show. */
struct ct_trace_object *ct_trace_objects_find(const struct ct_trace_objects *objects, uint64_t id);

/* ---- for trace_objects_show.c ---- */

#define CT_TRACE_NO_FIELD (-1)

/* Finds it, or makes one of which nothing is known; another may be forgotten for it. */
CT_MUST_CHECK enum ct_status ct_trace_objects_require(struct ct_trace_objects *objects, uint64_t id,
                                                      struct ct_trace_object **out_object);
/* Where the field stands in values of that type; CT_TRACE_NO_FIELD: nowhere. */
CT_MUST_CHECK enum ct_status ct_trace_objects_field(struct ct_trace_objects *objects,
                                                    uint64_t type_id, int32_t *out_index);

#endif
