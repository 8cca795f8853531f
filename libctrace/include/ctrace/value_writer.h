/* Builds one value in the encoding of a profile: CBOR for `.ct`, JSON text for trace.json.
 *
 * Shapes are the ValueRecord kinds of doc/format (Int, Float, String, Sequence, Struct, …). Counts
 * are given up front; a nested value is written between begin and end. Text must be valid UTF-8
 * (escape first with ct_text_escape), else CT_ERR_FORMAT. The writer is sticky; one check at the
 * end is enough. The result is the opaque byte string that ct_trace_writer_* takes, valid for any
 * step. */
#ifndef CTRACE_VALUE_WRITER_H
#define CTRACE_VALUE_WRITER_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which family of readers the bytes are for. The numbers are stable. */
enum ct_profile {
    CT_PROFILE_AUG26 = 1, /* container version 4, meta.dat 3, combined layout, Rust-dialect CBOR */
    CT_PROFILE_JSON = 2   /* trace.json + trace_metadata.json + trace_paths.json */
};

#define CT_VALUE_DEPTH_MAX 32 /* the reference reader refuses deeper nesting */

/* TypeKind numbers of the format; more exist, these are what a recorder needs. */
enum ct_type_kind {
    CT_TYPE_SEQ = 0,
    CT_TYPE_SET = 1,
    CT_TYPE_STRUCT = 6,
    CT_TYPE_INT = 7,
    CT_TYPE_FLOAT = 8,
    CT_TYPE_STRING = 9,
    CT_TYPE_BOOL = 12,
    CT_TYPE_REF = 14,
    CT_TYPE_RAW = 16,
    CT_TYPE_ERROR = 24,
    CT_TYPE_TUPLE = 27,
    CT_TYPE_NONE = 30,
    CT_TYPE_ANY = 32
};

struct ct_value_writer; /* heap; reused for any number of values */

CT_MUST_CHECK enum ct_status ct_value_writer_new(enum ct_profile profile,
                                                 const struct ct_alloc *alloc,
                                                 struct ct_value_writer **out_writer);
void ct_value_writer_free(struct ct_value_writer *writer);

/* Starts a new value; forgets the last one and any failure but CT_ERR_MEMORY. */
void ct_value_writer_reset(struct ct_value_writer *writer);

/* The finished value, borrowed until the next reset. CT_ERR_STATE when a container is still open or
 * nothing was written, or when there were more or fewer values than a count said; CT_ERR_LIMIT for
 * nesting deeper than CT_VALUE_DEPTH_MAX. */
CT_MUST_CHECK enum ct_status ct_value_writer_finish(struct ct_value_writer *writer,
                                                    const uint8_t **out_bytes, size_t *out_size);

/* Leaves. type_id is from ct_trace_writer_type_put. */
void ct_value_put_int(struct ct_value_writer *writer, int64_t value, uint64_t type_id);
/* Big-endian magnitude without leading zero bytes. */
void ct_value_put_big_int(struct ct_value_writer *writer, const uint8_t *magnitude, size_t size,
                          bool negative, uint64_t type_id);
/* Written as the shortest text that reads back equal, in Ruby's spelling (1.0, 1.0e-05, Infinity →
 * inf, -inf, NaN). */
void ct_value_put_float(struct ct_value_writer *writer, double value, uint64_t type_id);
void ct_value_put_bool(struct ct_value_writer *writer, bool value, uint64_t type_id);
void ct_value_put_string(struct ct_value_writer *writer, const char *text, size_t size,
                         uint64_t type_id);
void ct_value_put_raw(struct ct_value_writer *writer, const char *text, size_t size,
                      uint64_t type_id);
void ct_value_put_error(struct ct_value_writer *writer, const char *text, size_t size,
                        uint64_t type_id);
void ct_value_put_none(struct ct_value_writer *writer, uint64_t type_id);

/* Containers: exactly `count` values must follow, then ct_value_end. */
void ct_value_begin_sequence(struct ct_value_writer *writer, size_t count, uint64_t type_id);
void ct_value_begin_tuple(struct ct_value_writer *writer, size_t count, uint64_t type_id);
/* Field names live in the type; `count` must equal its field count. */
void ct_value_begin_struct(struct ct_value_writer *writer, size_t count, uint64_t type_id);
/* One value follows: what `address` (an identity number of the trace) refers to. */
void ct_value_begin_reference(struct ct_value_writer *writer, uint64_t address, uint64_t type_id);
void ct_value_end(struct ct_value_writer *writer);

#endif
