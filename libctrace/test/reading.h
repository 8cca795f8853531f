/* Test support of the reading side: a heap that counts, traces made of text or of bytes, in memory.
 *
 * Whatever goes wrong in here fails the test by itself. Tests run in the root of the source tree,
 * where the golden files are found. */
#ifndef READING_H
#define READING_H

#include "support.h"

#include "ctrace/trace_verify.h"

/* The C library's heap, counted in bytes. */
struct reading_heap {
    struct ct_alloc alloc;
    size_t used;
    size_t peak;
};
void reading_heap_init(struct reading_heap *heap);

/* A golden file's bytes, to be freed; the test fails when it cannot be read. Tests run in the root
 * of the source tree. */
uint8_t *reading_golden(const char *name, size_t *out_size);

/* The files of a trace that consists of this text or these bytes, borrowed: trace.json with
 * sidecars (either may be NULL), or a container. */
struct ct_trace_files reading_json_files(const char *trace, const char *metadata,
                                         const char *paths);
struct ct_trace_files reading_container_files(const uint8_t *bytes, size_t size);

/* How a chunk differs from a good one. */
struct reading_chunk {
    const void *events; /* uncompressed */
    size_t size;
    uint32_t count;
    uint64_t first;
    uint32_t frame_size_delta; /* added to the size in the head */
    bool is_sizeless;          /* no content size in the frame */
};

/* A container with events.log of these chunks, events.fmt, and `meta` as meta.dat unless NULL; to
 * be freed. `has_head`: events.log starts with its 8-byte head. */
uint8_t *reading_container(const struct reading_chunk *chunks, size_t count, bool has_head,
                           const void *meta, size_t meta_size, size_t *out_size);

/* Findings, one a line: "file:offset: sentence\n"; to be freed. */
char *reading_findings(const struct ct_trace_files *files);

#endif
