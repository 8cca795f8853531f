/* Reads one encoded value into a tree: CBOR as `.ct` files hold it, JSON as trace.json holds it.
 *
 * Used by the trace reader and by anyone who has a value's bytes. Input is not trusted: nesting is
 * bounded by CT_VALUE_DEPTH_MAX, memory by a small multiple of the input (nodes are made as they
 * are met, never from a count that the input claims). CBOR must be definite and shortest, keys
 * text; the order of keys is free and unknown keys are passed over. */
#ifndef CTRACE_VALUE_READER_H
#define CTRACE_VALUE_READER_H

#include "ctrace/value_writer.h"

/* ValueRecord kinds. The numbers are ours; on disk kinds are words. */
enum ct_value_kind {
    CT_VALUE_INT = 0,
    CT_VALUE_FLOAT = 1,
    CT_VALUE_BOOL = 2,
    CT_VALUE_STRING = 3,
    CT_VALUE_SEQUENCE = 4,
    CT_VALUE_TUPLE = 5,
    CT_VALUE_STRUCT = 6,    /* field names stand in the type */
    CT_VALUE_VARIANT = 7,   /* text = discriminator, one child */
    CT_VALUE_REFERENCE = 8, /* one child: what it refers to */
    CT_VALUE_RAW = 9,
    CT_VALUE_ERROR = 10,
    CT_VALUE_NONE = 11,
    CT_VALUE_CELL = 12, /* has no type_id */
    CT_VALUE_BIG_INT = 13,
    CT_VALUE_CHAR = 14
};

/* One node. Children are a list, in order. Everything is borrowed from the reader's last decode. */
struct ct_value {
    enum ct_value_kind kind;
    bool is_nim_form; /* a Float as number, a BigInt as bytes: what only some readers take */
    /* Bool: the value; BigInt: negative; Sequence: is_slice; Reference: mutable. */
    bool flag;
    uint64_t type_id; /* not checked against any table here */
    int64_t integer;  /* Int; Cell: place */
    uint64_t address; /* Reference */
    double number;    /* Float whose encoding is a number (old writers): then `text` is NULL */
    /* String, Raw, Error, Char; Variant: discriminator; Float: its spelling: all UTF-8, not
     * NUL-terminated. BigInt: the magnitude, big-endian bytes. Else NULL. */
    const char *text;
    size_t text_size;
    const void *encoded; /* its bytes within what was decoded */
    size_t encoded_size;
    uint64_t child_count;
    const struct ct_value *first_child;
    const struct ct_value *next; /* the next sibling, or NULL */
};

/* The kind's word on disk ("Int", "BigInt", …). */
const char *ct_value_kind_name(enum ct_value_kind kind);

struct ct_value_reader; /* heap; reused for any number of values */

CT_MUST_CHECK enum ct_status ct_value_reader_new(const struct ct_alloc *alloc,
                                                 struct ct_value_reader **out_reader);
void ct_value_reader_free(struct ct_value_reader *reader);

/* Decodes exactly `size` bytes in the encoding of `profile`. *out_value is borrowed until the next
 * decode or free, and may point into `bytes`. CT_ERR_FORMAT and CT_ERR_LIMIT (nesting) fill `error`
 * (file "value", offset within `bytes`), which may be NULL. */
CT_MUST_CHECK enum ct_status ct_value_reader_decode(struct ct_value_reader *reader,
                                                    enum ct_profile profile, const void *bytes,
                                                    size_t size, const struct ct_value **out_value,
                                                    struct ct_error *error);

#endif
