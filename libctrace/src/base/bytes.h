/* Little-endian numbers in memory: what every layout of a trace is made of.
 *
 * Used by the buffer, the cursor and the container. Written with shifts, so that they mean the same
 * on every machine and need no alignment; compilers turn each into one load or store. The caller
 * has checked the bounds. */
#ifndef CT_BASE_BYTES_H
#define CT_BASE_BYTES_H

#include <stdint.h>

static inline void
ct_bytes_put_u16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

static inline void
ct_bytes_put_u32(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
    out[2] = (uint8_t)(value >> 16);
    out[3] = (uint8_t)(value >> 24);
}

static inline void
ct_bytes_put_u64(uint8_t *out, uint64_t value)
{
    ct_bytes_put_u32(out, (uint32_t)value);
    ct_bytes_put_u32(out + 4, (uint32_t)(value >> 32));
}

static inline uint16_t
ct_bytes_get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t
ct_bytes_get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static inline uint64_t
ct_bytes_get_u64(const uint8_t *bytes)
{
    return (uint64_t)ct_bytes_get_u32(bytes) | (uint64_t)ct_bytes_get_u32(bytes + 4) << 32;
}

#endif
