/* One spelling of values: what the value writer asks of CBOR and of JSON.
 *
 * The writer (value_writer.c) keeps the rules: nesting, counts, valid text. An encoding only
 * appends bytes to the buffer, which remembers a failure. See value_format.h. */
#ifndef CT_VALUE_VALUE_ENCODING_H
#define CT_VALUE_VALUE_ENCODING_H

#include "base/buffer.h"
#include "ctrace/value_reader.h"

#include <stdbool.h>

/* A container that is open. */
struct ct_value_level {
    enum ct_value_kind kind; /* SEQUENCE, TUPLE, STRUCT or REFERENCE */
    uint64_t type_id;
    uint64_t address; /* of a REFERENCE */
    size_t count;     /* values in it; 1 for a REFERENCE */
    size_t remaining; /* of them still to come */
};

struct ct_value_encoding {
    void (*put_int)(struct ct_buffer *buffer, int64_t value, uint64_t type_id);
    /* `is_top`: not inside another value. */
    void (*put_big_int)(struct ct_buffer *buffer, const uint8_t *magnitude, size_t size,
                        bool negative, uint64_t type_id, bool is_top);
    void (*put_float)(struct ct_buffer *buffer, double value, uint64_t type_id, bool is_top);
    void (*put_bool)(struct ct_buffer *buffer, bool value, uint64_t type_id);
    /* STRING, RAW or ERROR. */
    void (*put_text)(struct ct_buffer *buffer, enum ct_value_kind kind, const char *text,
                     size_t size, uint64_t type_id);
    void (*put_none)(struct ct_buffer *buffer, uint64_t type_id);
    void (*begin)(struct ct_buffer *buffer, const struct ct_value_level *level);
    void (*separate)(struct ct_buffer *buffer); /* between two values of one container */
    void (*end)(struct ct_buffer *buffer, const struct ct_value_level *level);
};

extern const struct ct_value_encoding ct_value_cbor;
extern const struct ct_value_encoding ct_value_json;

#endif
