/* The memory behind a spool: one page of shared words, then a ring that is mapped twice in a row.
 *
 * Used by the producer (makes and maps it) and the consumer (maps what it inherited). Offsets in
 * the file: 0 the page of struct ct_spool_shared, one system page later the ring's `capacity`
 * bytes; then each lane in the same way, one behind the other. */
#ifndef CT_SPOOL_MAP_H
#define CT_SPOOL_MAP_H

#include "ctrace/spool.h"

/* Which side maps: the consumer gets the ring read-only. */
enum ct_spool_side { CT_SPOOL_PRODUCER, CT_SPOOL_CONSUMER };

/* The size of the file for a ring of `capacity` bytes. */
uint64_t ct_spool_memory_size(uint64_t capacity);
/* Where lane `lane`, from 1, begins; and where the last one ends, for one more. */
uint64_t ct_spool_lane_offset(const struct ct_spool_shared *first, uint32_t lane);
/* Lets the file grow to `size` bytes, zeroed. */
CT_MUST_CHECK enum ct_status ct_spool_memory_grow(int fd, uint64_t size);

/* Makes zeroed memory of that size: a memfd, else an unlinked file in `fallback_folder` (which may
 * be NULL: then only a memfd will do). The descriptor is close-on-exec and owned by the caller. */
CT_MUST_CHECK enum ct_status ct_spool_memory_create(uint64_t capacity, const char *fallback_folder,
                                                    int *out_fd);

/* The second of those two ways. */
CT_MUST_CHECK enum ct_status ct_spool_memory_create_file(uint64_t capacity, const char *folder,
                                                         int *out_fd);

/* The page at `offset`, and the ring of `capacity` bytes behind that page. */
CT_MUST_CHECK enum ct_status ct_spool_map_shared(int fd, uint64_t offset,
                                                 struct ct_spool_shared **out_shared);
CT_MUST_CHECK enum ct_status ct_spool_map_ring(int fd, uint64_t offset, uint64_t capacity,
                                               enum ct_spool_side side, uint8_t **out_ring);
/* Lets the system make the pages of a part of the ring that the producer is about to fill. */
void ct_spool_touch(uint8_t *at, size_t size);

/* Memory of this process alone, zeroed, in large pages where the system has them. */
CT_MUST_CHECK enum ct_status ct_spool_map_own(uint64_t size, uint8_t **out_memory);
void ct_spool_unmap_own(uint8_t *memory, uint64_t size); /* takes NULL */

/* Both take NULL. Async-signal-safe. */
void ct_spool_unmap_shared(struct ct_spool_shared *shared);
void ct_spool_unmap_ring(const uint8_t *ring, uint64_t capacity);

#endif
