/* A fast 64-bit hash of bytes for tables in memory; its values reach no disk.
 *
 * Used by the text table. The seed should be something that a file's author cannot know (an address
 * will do), so that names cannot be made to collide. */
#ifndef CT_BASE_HASH_H
#define CT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t ct_hash_bytes(const void *bytes, size_t size, uint64_t seed);

#endif
