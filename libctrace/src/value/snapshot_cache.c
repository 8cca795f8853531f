/* See snapshot_cache.h. Each hash has one place, which the newest snapshot takes over. */
#include "value/snapshot_cache.h"

#include <string.h>

#define BYTES_MAX ((size_t)2 * CT_SNAPSHOT_CACHE_SIZE_MAX) /* of an entry */

#define MIX_WORD UINT64_C(0xA0761D6478BD642F)
#define MIX_SIZE UINT64_C(0x9E3779B97F4A7C15)

void
ct_snapshot_cache_init(struct ct_snapshot_cache *cache, const struct ct_alloc *alloc)
{
    *cache = (struct ct_snapshot_cache){.alloc = alloc};
}

void
ct_snapshot_cache_release(struct ct_snapshot_cache *cache)
{
    for (size_t i = 0; cache->entries != NULL && i < CT_SNAPSHOT_CACHE_COUNT; i++)
        ct_alloc_free(cache->alloc, cache->entries[i].bytes);
    ct_alloc_free(cache->alloc, cache->entries);
    cache->entries = NULL;
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Never 0. hot */
static uint64_t
hash_bytes(uint32_t scope, const uint8_t *bytes, size_t size)
{
    uint64_t hash = ((uint64_t)scope << 32 | size) ^ MIX_SIZE, pair[2];
    for (; size >= sizeof pair; size -= sizeof pair, bytes += sizeof pair) {
        memcpy(pair, bytes, sizeof pair);
        hash = mix(hash ^ pair[0], pair[1] ^ MIX_WORD);
    }
    pair[0] = pair[1] = 0;
    memcpy(pair, bytes, size);
    return mix(hash ^ pair[0], pair[1] ^ MIX_WORD) | 1;
}

static struct ct_snapshot_cache_entry *
place_of(const struct ct_snapshot_cache *cache, uint64_t hash)
{
    return &cache->entries[hash >> 32 & (CT_SNAPSHOT_CACHE_COUNT - 1)];
}

bool
ct_snapshot_cache_find(struct ct_snapshot_cache *cache, uint32_t scope, const void *snapshot,
                       size_t size, struct ct_snapshot_value *out_value)
{
    cache->hash = 0;
    if (size < CT_SNAPSHOT_CACHE_SIZE_MIN || size > CT_SNAPSHOT_CACHE_SIZE_MAX)
        return false;
    cache->hash = hash_bytes(scope, snapshot, size);
    if (cache->entries == NULL)
        return false;
    const struct ct_snapshot_cache_entry *entry = place_of(cache, cache->hash);
    if (entry->hash != cache->hash || entry->scope != scope || entry->snapshot_size != size ||
        memcmp(entry->bytes, snapshot, size) != 0)
        return false;
    *out_value = (struct ct_snapshot_value){entry->bytes + size, entry->value_size};
    return true;
}

/* Room for `size` bytes in the entry, which is empty from here on. */
static enum ct_status
reserve_entry(struct ct_snapshot_cache *cache, struct ct_snapshot_cache_entry *entry, size_t size)
{
    entry->hash = 0;
    if (size <= entry->capacity)
        return CT_OK;
    const size_t wanted = size + size / 4;
    const size_t capacity = wanted > BYTES_MAX ? BYTES_MAX : wanted;
    uint8_t *bytes = ct_alloc_resize(cache->alloc, entry->bytes, capacity);
    if (bytes == NULL)
        return CT_ERR_MEMORY;
    entry->bytes = bytes;
    entry->capacity = (uint32_t)capacity;
    return CT_OK;
}

enum ct_status
ct_snapshot_cache_put(struct ct_snapshot_cache *cache, uint32_t scope, const void *snapshot,
                      size_t size, const struct ct_snapshot_value *value)
{
    if (cache->hash == 0 || value->size > CT_SNAPSHOT_CACHE_SIZE_MAX)
        return CT_OK;
    if (cache->entries == NULL)
        cache->entries =
            ct_alloc_zeroed(cache->alloc, CT_SNAPSHOT_CACHE_COUNT, sizeof *cache->entries);
    if (cache->entries == NULL)
        return CT_ERR_MEMORY;
    struct ct_snapshot_cache_entry *entry = place_of(cache, cache->hash);
    CT_TRY(reserve_entry(cache, entry, size + value->size));
    memcpy(entry->bytes, snapshot, size);
    memcpy(entry->bytes + size, value->bytes, value->size);
    entry->hash = cache->hash;
    entry->scope = scope;
    entry->snapshot_size = (uint32_t)size;
    entry->value_size = (uint32_t)value->size;
    return CT_OK;
}
