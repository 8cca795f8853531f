/* The bytes of meta.dat, version 3.
 *
 *   off size field
 *   0   4    "CTMD"
 *   4   2    version, little-endian as all numbers
 *   6   2    flags
 *   8   …    str recording_id · str program · varint n, n × str args · str workdir · str recorder ·
 *            varint n, n × str paths
 *            with CT_META_FLAG_FILTERS: varint n, n × (str path, 32 bytes SHA-256)
 *
 *   str = varint size, UTF-8 bytes;   varint = unsigned LEB128
 */
#ifndef CT_TRACE_META_FORMAT_H
#define CT_TRACE_META_FORMAT_H

#define CT_META_MAGIC      "CTMD"
#define CT_META_MAGIC_SIZE 4
#define CT_META_VERSION    3u

#define CT_META_FLAG_FILTERS   0x0008u
#define CT_META_FILTER_SIZE    32
#define CT_META_FLAGS_KNOWN    0x3FF8u /* bits 0 to 2: native recordings; 14, 15: unknown */
#define CT_META_RECORDING_SIZE 36 /* a lower-case UUIDv7 */

#endif
