/* What an object is besides its instance variables, by its true class: a Thread, a Set, a Time.
 *
 * Used by the snapshot files. Classes are learnt once, by walking up to one of Ruby's own. Only
 * accessors are used that neither raise nor call the program; doc/format/values.md tells what they
 * show. */
#ifndef REC_SNAPSHOT_KIND_H
#define REC_SNAPSHOT_KIND_H

#include "snapshot.h"

enum rec_kind {
    REC_KIND_PLAIN = 1,  /* instance variables, nothing else that is known */
    REC_KIND_SERIALIZED, /* by what was declared of its class, see serializer.h */
    REC_KIND_DATE, /* of the library date_core, as the next */
    REC_KIND_DATE_TIME,
    REC_KIND_EXCEPTION,
    REC_KIND_SET,
    REC_KIND_TIME,
    REC_KIND_ENCODING,
    REC_KIND_PROC,
    REC_KIND_METHOD,
    REC_KIND_UNBOUND_METHOD,
    REC_KIND_THREAD,
    REC_KIND_MUTEX,
    REC_KIND_QUEUE,
    REC_KIND_SIZED_QUEUE,
    REC_KIND_RANDOM,
    REC_KIND_ENUMERATOR,
    /* by the object's type, not its class */
    REC_KIND_IO,
    REC_KIND_REGEXP,
    REC_KIND_MATCH,
    REC_KIND_COUNT
};

static inline bool
rec_kind_is_shown_by_fields(enum rec_kind kind)
{
    return kind == REC_KIND_PLAIN || kind == REC_KIND_SERIALIZED;
}

/* Looks up Ruby's own classes. Runs Ruby code, so only at load. */
void rec_kinds_init(void);

/* Of any object but numbers, strings, arrays, hashes, structs and modules. */
enum rec_kind rec_kind_of(struct recorder *recorder, VALUE object);

/* How one of REC_KIND_SERIALIZED is shown. */
const struct rec_serializer *rec_kind_serializer(struct recorder *recorder, VALUE object);

/* What is said of the object behind its class and number, a name's id; false: nothing is. */
bool rec_kind_note(struct recorder *recorder, enum rec_kind kind, VALUE object,
                   uint32_t *out_note_id);

/* A print of what there is to note now. */
uint64_t rec_kind_print(struct recorder *recorder, enum rec_kind kind, VALUE object);

/* The text that stands for the whole object, cut to `capacity`; 0: there is none. */
size_t rec_kind_text(struct recorder *recorder, enum rec_kind kind, VALUE object, char *out_text,
                     size_t capacity);

/* The same for a Date, with the time of day for a DateTime. */
size_t rec_date_text(struct recorder *recorder, VALUE object, bool has_clock, char *out_text,
                     size_t capacity);

#endif
