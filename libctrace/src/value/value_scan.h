/* Finds the Structs in a value encoded as CBOR without decoding it: a tenth of the work.
 *
 * Used where most of what is shown was not asked for. What it cannot make sense of is refused;
 * texts are not looked into, so that not all damage is noticed. */
#ifndef CT_VALUE_VALUE_SCAN_H
#define CT_VALUE_VALUE_SCAN_H

#include "ctrace/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CT_SCANNED_OFFSET_MAX 12 /* objects with more instance variables are rare */

/* One Struct. Borrowed from the value's bytes, during the visit. */
struct ct_scanned_struct {
    uint64_t type_id;
    const uint8_t *fields; /* its values, one behind another */
    size_t size;           /* of them all */
    uint64_t count;
    uint32_t offsets[CT_SCANNED_OFFSET_MAX]; /* of the first values in `fields` */
    uint32_t plain; /* a bit for each of these: ct_value_scan_is_plain holds; 0: not known */
};

/* Visits every Struct, those within before the one around. What `visit` returns unless it is CT_OK
 * ends the scan and is returned. CT_ERR_FORMAT for damage, CT_ERR_LIMIT for nesting. */
CT_MUST_CHECK enum ct_status
ct_value_scan(const void *bytes, size_t size,
              enum ct_status (*visit)(void *context, const struct ct_scanned_struct *found),
              void *context);

/* The Struct that the value is; false when it is none as our writers make them. */
bool ct_value_scan_root(const void *bytes, size_t size, struct ct_scanned_struct *out_root);

/* True: it is an Int, a String or a None, or a Sequence or Tuple of such, at any depth, as our
 * writers make them: nothing in it is cut or stands for something else. */
bool ct_value_scan_is_plain(const void *bytes, size_t size);

struct ct_args_visitor {
    enum ct_status (*visit)(void *context, uint64_t name_id, const void *value, size_t value_size);
    /* May be NULL: how many of these bytes the value takes that begins there; 0 if unknown. */
    size_t (*match)(void *context, const void *bytes, size_t size);
    void *context;
};

/* Visits every argument of an encoded list of arguments, likewise. */
CT_MUST_CHECK enum ct_status ct_args_scan(const void *bytes, size_t size,
                                          const struct ct_args_visitor *visitor);

/* The encoded value of that field. */
bool ct_scanned_struct_field(const struct ct_scanned_struct *found, uint64_t index,
                             const void **out_bytes, size_t *out_size);
/* Whether the scan saw that the field is plain; false: ct_value_scan_is_plain tells. */
bool ct_scanned_struct_field_is_plain(const struct ct_scanned_struct *found, uint64_t index);
/* The number that an encoded Int is. */
bool ct_value_scan_integer(const void *bytes, size_t size, uint64_t *out_number);

#endif
