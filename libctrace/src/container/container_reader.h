/* Reads a CodeTracer container (versions 2 to 4): entries, and any byte range of an inner file.
 *
 * Used by the trace reader and verify. Trusts nothing: every pointer is checked against the file's
 * whole blocks, so a damaged file costs an error, never memory or time beyond its own size. */
#ifndef CT_CONTAINER_READER_H
#define CT_CONTAINER_READER_H

#include "container/block_path.h"
#include "ctrace/io.h"

struct ct_container_reader;

struct ct_container_entry {
    char name[13];   /* NUL-terminated */
    uint64_t size;   /* bytes */
    uint64_t root;   /* block number of the level-1 mapping block; 0 none */
    uint64_t offset; /* of the entry itself in the container, for errors */
};

/* Borrows `file` until close. */
CT_MUST_CHECK enum ct_status ct_container_reader_open(struct ct_file *file,
                                                      const struct ct_alloc *alloc,
                                                      struct ct_container_reader **out_reader,
                                                      struct ct_error *error);
void ct_container_reader_close(struct ct_container_reader *reader);

uint8_t ct_container_reader_version(const struct ct_container_reader *reader);
uint64_t ct_container_reader_block_count(const struct ct_container_reader *reader);
uint32_t ct_container_reader_entry_count(const struct ct_container_reader *reader);
/* Borrowed until close. */
const struct ct_container_entry *ct_container_reader_entry(const struct ct_container_reader *reader,
                                                           uint32_t index);
/* NULL when absent. */
const struct ct_container_entry *ct_container_reader_find(const struct ct_container_reader *reader,
                                                          const char *name);

/* Reads exactly `size` bytes at `offset` of an inner file; CT_ERR_FORMAT past its size. */
CT_MUST_CHECK enum ct_status ct_container_reader_read(struct ct_container_reader *reader,
                                                      const struct ct_container_entry *entry,
                                                      uint64_t offset, void *out_bytes, size_t size,
                                                      struct ct_error *error);

/* Where data block `index` of an inner file lies (for verify's ownership map). The mapping blocks
 * on the way are given on failure too, as far as they were walked. */
struct ct_container_place {
    uint64_t block;
    uint64_t mapping_blocks[CT_BLOCK_PATH_SIZE_MAX];
    unsigned mapping_count;
};
CT_MUST_CHECK enum ct_status ct_container_reader_locate(struct ct_container_reader *reader,
                                                        const struct ct_container_entry *entry,
                                                        uint64_t index,
                                                        struct ct_container_place *out_place,
                                                        struct ct_error *error);

#endif
