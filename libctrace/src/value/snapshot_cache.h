/* Snapshots that were encoded before, with what came out: `self` crosses anew in each frame, mostly
 * as it was in the last one.
 *
 * Used by snapshot_decode.c. An encoded value stays right for as long as its type ids do, and ids
 * of names are those of one scope. Found by a hash of the bytes, then compared: never wrong. */
#ifndef CT_VALUE_SNAPSHOT_CACHE_H
#define CT_VALUE_SNAPSHOT_CACHE_H

#include "ctrace/alloc.h"
#include "ctrace/status.h"

#include <stdbool.h>
#include <stdint.h>

#define CT_SNAPSHOT_CACHE_COUNT    256u  /* a power of two */
#define CT_SNAPSHOT_CACHE_SIZE_MIN 48u   /* shorter ones are encoded as fast */
#define CT_SNAPSHOT_CACHE_SIZE_MAX 8192u /* of a snapshot, and of its value: 4 MiB of both */

/* A finished value, borrowed until the next encode. */
struct ct_snapshot_value {
    const uint8_t *bytes;
    size_t size;
};

struct ct_snapshot_cache_entry {
    uint64_t hash; /* 0: nothing is kept here */
    uint32_t scope, snapshot_size, value_size, capacity;
    uint8_t *bytes; /* of the snapshot, then of the value */
};

struct ct_snapshot_cache {
    const struct ct_alloc *alloc;
    struct ct_snapshot_cache_entry *entries; /* NULL until the first put */
    uint64_t hash; /* of what was looked for last, which a put is about */
};

void ct_snapshot_cache_init(struct ct_snapshot_cache *cache, const struct ct_alloc *alloc);
void ct_snapshot_cache_release(struct ct_snapshot_cache *cache);

/* False: it is not kept. *out_value is borrowed until the next put. hot */
bool ct_snapshot_cache_find(struct ct_snapshot_cache *cache, uint32_t scope, const void *snapshot,
                            size_t size, struct ct_snapshot_value *out_value);

/* Keeps what the snapshot that was just looked for was encoded as; CT_ERR_MEMORY. */
CT_MUST_CHECK enum ct_status ct_snapshot_cache_put(struct ct_snapshot_cache *cache, uint32_t scope,
                                                   const void *snapshot, size_t size,
                                                   const struct ct_snapshot_value *value);

#endif
