/* Which classes say what their objects are shown by: CodeTracer.serialize and --serialize.
 *
 * Used by snapshot_kind.c and snapshot_serialized.c. The list belongs to the main recorder and only
 * grows, at its front, so that hooks of other Ractors may read it meanwhile. */
#ifndef REC_SERIALIZER_H
#define REC_SERIALIZER_H

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stddef.h>

struct recorder;

/* What is said of one class, and of those below it that nothing else is said of. */
struct rec_serializer {
    struct rec_serializer *next; /* an older one; a newer one wins */
    VALUE klass;                 /* 0: told by its name */
    char *class_name;            /* NULL: told by the class; owned */
    bool has_entries; /* the one variable holds a Hash, whose pairs are the attributes */
    size_t name_count;
    ID names[]; /* of instance variables */
};

/* Reads `serializers` of the start's options, an Array of [class or its name, names of instance
 * variables, whether the one holds the attributes]. May raise. */
void rec_serializers_read(struct recorder *recorder, VALUE declared);

/* Adds one while the recording runs: from now on values are shown by it. May raise. */
void rec_serializer_declare(struct recorder *recorder, VALUE declared);

/* The one that shows objects of `klass`; NULL: none. */
const struct rec_serializer *rec_serializer_find(const struct recorder *recorder, VALUE klass);

/* In a hook of another Ractor: takes notice of what was declared. hot */
void rec_serializers_notice(struct recorder *recorder);

void rec_serializers_mark(const struct recorder *recorder);

/* Forgets all, when no hook runs any more. */
void rec_serializers_release(struct recorder *recorder);

#endif
