/* CRC-32 as zlib and Ethernet have it: tells accidental damage of bytes on disk.
 *
 * Used by the index of a trace. It is no protection against somebody who writes the bytes. */
#ifndef CT_BASE_CRC32_H
#define CT_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t ct_crc32(const void *bytes, size_t size);

#endif
