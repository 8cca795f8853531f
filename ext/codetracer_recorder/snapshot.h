/* Copies a heap value, within the limits, into the neutral form of spool_format.h.
 *
 * Used by capture. No method of the program is called and nothing is allocated on the Ruby heap;
 * what cannot be looked at becomes an ABSENT with a reason. One dispatcher on the type
 * (snapshot.c), one function per type (snapshot_{scalar,collection,object}.c). */
#ifndef REC_SNAPSHOT_H
#define REC_SNAPSHOT_H

#include "assembly.h"

#include <ruby/ruby.h>

#include <stdbool.h>
#include <stdint.h>

struct rec_serializer;
struct recorder;
struct rec_look_node;

/* An object already met in this value, so that cycles and shared objects end in a reference. */
struct rec_seen {
    VALUE object;
    uint32_t epoch;           /* of the value it was met in */
    uint32_t identity_offset; /* from the value's start: where its identity field stands */
};

/* One value being copied. */
struct rec_snapshot {
    struct recorder *recorder;
    struct rec_assembly *out;
    size_t start;        /* offset in `out` of the value's first byte */
    uint32_t node_count; /* values so far, this one included */
    bool is_cut;
    VALUE wrapped; /* whose own value comes next, see rec_snapshot_put_wrapped; 0: none */
};

/* Scratch that outlives a value: the table of objects met. */
struct rec_snapshot_scratch {
    struct rec_seen *seen;
    uint32_t seen_capacity; /* power of two, at least twice the node limit */
    uint32_t epoch;
};

bool rec_snapshot_scratch_init(struct rec_snapshot_scratch *scratch, uint32_t node_count_max);

void rec_snapshot_scratch_release(struct rec_snapshot_scratch *scratch);

/* The most bytes that one value can take under the recorder's limits. */
uint32_t rec_snapshot_size_limit(const struct recorder *recorder);

/* Appends the snapshot of `value` to `out`; false when memory is short. */
bool rec_snapshot_append(struct recorder *recorder, VALUE value, struct rec_assembly *out);

/* ---- between the snapshot files ---- */

/* Any value at `depth` levels below the root. */
void rec_snapshot_put(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);

/* Whether `count` more values may be put. */
bool rec_snapshot_has_nodes(const struct rec_snapshot *snapshot, uint32_t count);

/* True when `object` was met before in this value and a REF was put for it; else remembers it, with
 * `identity_offset` = where the u32 identity is about to be written (`out->size` + tag + class). */
bool rec_snapshot_put_reference(struct rec_snapshot *snapshot, VALUE object);

/* `value`, the word at `index` of the node's content (of none: NULL), is put next. */
void rec_snapshot_note_word(struct rec_snapshot *snapshot, const struct rec_look_node *node,
                            size_t index, VALUE value);

void rec_snapshot_put_word(struct rec_snapshot *snapshot, VALUE value);
void rec_snapshot_put_float(struct rec_snapshot *snapshot, VALUE value);
void rec_snapshot_put_bignum(struct rec_snapshot *snapshot, VALUE value);
void rec_snapshot_put_string(struct rec_snapshot *snapshot, VALUE value);
/* Puts a String's text of now into a copy of it, in *size bytes of REC_LOOK_BYTES_MAX. False, and
 * the copy is as it was, where more may have to be done: it is long, in another encoding, holds a
 * secret. Its class is the same; nothing but it is in the copy. */
bool rec_snapshot_renew_string(struct recorder *recorder, VALUE string, uint8_t *copy,
                               uint32_t *size);
void rec_snapshot_put_symbol(struct rec_snapshot *snapshot, VALUE value);
void rec_snapshot_put_array(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
void rec_snapshot_put_hash(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
void rec_snapshot_put_set(struct rec_snapshot *snapshot, VALUE value, VALUE hash, uint32_t depth);
void rec_snapshot_put_match(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
void rec_snapshot_put_exception(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
/* `size` bytes of a String, as a String; the message of an exception as one. */
void rec_snapshot_put_part(struct rec_snapshot *snapshot, VALUE string, size_t offset, size_t size);
void rec_snapshot_put_message(struct rec_snapshot *snapshot, VALUE exception);
/* A value by what it is besides its instance variables; an object without such a side: class and
 * number. */
void rec_snapshot_put_itself(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
/* One that has instance variables, too: both as the fields of an object. */
void rec_snapshot_put_wrapped(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
/* By the attributes that its class was declared with; by those instance variables alone. */
void rec_snapshot_put_serialized(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
void rec_snapshot_put_chosen(struct rec_snapshot *snapshot, VALUE value, uint32_t depth,
                             const struct rec_serializer *serializer);
/* The head of an object with `true_count` fields, its end with those that were put. False: without
 * fields, or too deep, the value is whole. */
bool rec_snapshot_begin_fields(struct rec_snapshot *snapshot, VALUE value, uint32_t depth,
                               uint64_t true_count, size_t *out_count_offset);
void rec_snapshot_end_fields(struct rec_snapshot *snapshot, size_t count_offset, uint32_t count,
                             uint64_t true_count);
/* How many instance variables are shown of it, but for `except` (0: none). */
uint64_t rec_variable_count(struct rec_snapshot *snapshot, VALUE value, ID except);
void rec_snapshot_put_struct(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
void rec_snapshot_put_fields(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
void rec_snapshot_put_number_pair(struct rec_snapshot *snapshot, VALUE value, uint32_t depth);
void rec_snapshot_put_module(struct rec_snapshot *snapshot, VALUE value);
void rec_snapshot_put_text(struct rec_snapshot *snapshot, uint32_t class_name_id, uint32_t identity,
                           const char *text, size_t size);
void rec_snapshot_put_hidden(struct rec_snapshot *snapshot, VALUE value);
void rec_snapshot_put_absent(struct rec_snapshot *snapshot, const char *reason);
void rec_snapshot_put_cut(struct rec_snapshot *snapshot, uint32_t class_name_id, uint32_t identity,
                          uint64_t true_count);

#endif
