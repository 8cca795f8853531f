/* The bytes of one value in a `.ct` file: CBOR with text keys, definite sizes, shortest numbers.
 *
 * Included by value_cbor.c; the reader takes the keys in any order and passes over the doubled
 * ones. In JSON the keys are the same, without `_f`, `_b` and Bool's `text`. */
#ifndef CT_VALUE_VALUE_FORMAT_H
#define CT_VALUE_VALUE_FORMAT_H

/* A value is a map with its keys in this order; n is type_id:uint.
 *
 *   Int        kind i:int n
 *   Float      kind f:text n             at the top: kind _f:double n f:text
 *   BigInt     kind b:base64 negative n  at the top: kind _b:bytes negative n b:base64
 *   Bool       kind b:bool text:"true"|"false" n
 *   String     kind text n       Raw  kind r n       Error  kind msg n       None  kind n
 *   Sequence   kind elements:[…] is_slice:false n
 *   Tuple      kind elements:[…] n
 *   Struct     kind field_values:[…] n
 *   Reference  kind dereferenced:value address:uint mutable:false n
 *
 * The position-based (Nim) reader takes what stands before type_id and ignores the rest, the
 * name-based ones look for their names: hence the doubled forms, and the text in Bool. Nested, the
 * trailing pair would be read as the next element, so there the name-based form stands alone. */

/* Fixed runs of these maps. A text item is its head (0x60 + size) and its letters; the literals
 * are apart where a letter would read as one more digit. */
/* clang-format off */
#define CT_CBOR_KIND           "\x64kind"
#define CT_CBOR_TYPE_ID_KEY    "\x67type_id"
#define CT_CBOR_INT_HEAD       "\xA3" CT_CBOR_KIND "\x63Int" "\x61i"
#define CT_CBOR_FLOAT_KIND     CT_CBOR_KIND "\x65" "Float"
#define CT_CBOR_FLOAT_TEXT_KEY "\x61" "f"
#define CT_CBOR_DOUBLE_HEAD    "\x62_f" "\xFB"
#define CT_CBOR_BIG_INT_KIND   CT_CBOR_KIND "\x66" "BigInt"
#define CT_CBOR_BASE64_KEY     "\x61" "b"
#define CT_CBOR_BYTES_KEY      "\x62_b"
#define CT_CBOR_NEGATIVE_KEY   "\x68negative"
#define CT_CBOR_BOOL_HEAD      "\xA4" CT_CBOR_KIND "\x64" "Bool" "\x61" "b"
#define CT_CBOR_BOOL_TRUE      "\xF5" "\x64text" "\x64true"
#define CT_CBOR_BOOL_FALSE     "\xF4" "\x64text" "\x65" "false"
#define CT_CBOR_STRING_HEAD    "\xA3" CT_CBOR_KIND "\x66String" "\x64text"
#define CT_CBOR_RAW_HEAD       "\xA3" CT_CBOR_KIND "\x63Raw" "\x61r"
#define CT_CBOR_ERROR_HEAD     "\xA3" CT_CBOR_KIND "\x65" "Error" "\x63msg"
#define CT_CBOR_NONE_HEAD      "\xA2" CT_CBOR_KIND "\x64None"
#define CT_CBOR_SEQUENCE_HEAD  "\xA4" CT_CBOR_KIND "\x68Sequence" "\x68" "elements"
#define CT_CBOR_IS_SLICE_FALSE "\x68is_slice" "\xF4"
#define CT_CBOR_TUPLE_HEAD     "\xA3" CT_CBOR_KIND "\x65Tuple" "\x68" "elements"
#define CT_CBOR_STRUCT_HEAD    "\xA3" CT_CBOR_KIND "\x66Struct" "\x6C" "field_values"
#define CT_CBOR_REFERENCE_HEAD "\xA5" CT_CBOR_KIND "\x69Reference" "\x6C" "dereferenced"
#define CT_CBOR_ADDRESS_KEY    "\x67" "address"
#define CT_CBOR_MUTABLE_FALSE  "\x67mutable" "\xF4"
/* clang-format on */

#endif
