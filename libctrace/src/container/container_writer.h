/* Writes a CodeTracer container (.ct, version 4): up to 31 append-only inner files in 4096-byte
 * blocks.
 *
 * Used by the combined sink. Order on disk: data block, mapping blocks, then the 24-byte entry with
 * its size, so that a reader of any instant sees whole files. The layout is drawn in
 * container_format.h. */
#ifndef CT_CONTAINER_WRITER_H
#define CT_CONTAINER_WRITER_H

#include "ctrace/io.h"

struct ct_container_writer;

/* Large enough that a streamed file costs few writes, small enough for 31 files. */
#define CT_CONTAINER_PENDING_SIZE (64u << 10)

/* Takes `file` (closed by close, or at once when open fails). Writes block 0. */
CT_MUST_CHECK enum ct_status ct_container_writer_open(struct ct_file *file,
                                                      const struct ct_alloc *alloc,
                                                      struct ct_container_writer **out_writer);

/* A new inner file, empty and not visible until it is published. `name` is at most 12 characters of
 * the base40 alphabet, else CT_ERR_LIMIT, as for a 32nd file; CT_ERR_STATE when the name is taken.
 * *out_index names it from now on. */
CT_MUST_CHECK enum ct_status ct_container_writer_create(struct ct_container_writer *writer,
                                                        const char *name, uint32_t *out_index);

/* Adds bytes at the end of an inner file; not yet visible. Buffered per file up to
 * CT_CONTAINER_PENDING_SIZE, then written in runs of blocks. */
CT_MUST_CHECK enum ct_status ct_container_writer_append(struct ct_container_writer *writer,
                                                        uint32_t index, const void *bytes,
                                                        size_t size);

/* Writes what is buffered (the partial last block included, zero-padded) and makes the entry's size
 * equal to what was appended. The container's length is whole blocks afterwards. */
CT_MUST_CHECK enum ct_status ct_container_writer_publish(struct ct_container_writer *writer,
                                                         uint32_t index);

/* Replaces an inner file as a whole: new blocks are written, then the entry is switched to them in
 * one write. The old blocks stay unreferenced. For small files (meta.dat, paths.json). */
CT_MUST_CHECK enum ct_status ct_container_writer_replace(struct ct_container_writer *writer,
                                                         uint32_t index, const void *bytes,
                                                         size_t size);

/* Bytes on disk; whole blocks. What is still buffered has no blocks yet. */
uint64_t ct_container_writer_size(const struct ct_container_writer *writer);

/* Publishes everything, closes the file, frees the writer (also after a failure). NULL is CT_OK. */
CT_MUST_CHECK enum ct_status ct_container_writer_close(struct ct_container_writer *writer);
/* Closes the file as it is and frees the writer: a forked process lets go of its parent's. */
void ct_container_writer_abandon(struct ct_container_writer *writer);

#endif
