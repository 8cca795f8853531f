/* trace.instructions as it is written: two open chunks, sealed when they are full.
 *
 * Used by timeline_instructions.c and repair_instructions.c. A chunk of code goes into the file
 * before the runs of it do; each is one write, so that whatever ends the writer leaves whole
 * chunks, or the beginning of the last one. */
#ifndef CT_TRACE_INSTRUCTIONS_WRITER_H
#define CT_TRACE_INSTRUCTIONS_WRITER_H

#include "base/buffer.h"
#include "ctrace/io.h"
#include "trace/instructions_format.h"

#include <stdbool.h>
#include <zstd.h>

struct ct_instructions_writer {
    struct ct_file *file; /* owned; NULL: none was made */
    uint64_t size;        /* bytes in the file */
    struct ct_buffer code, runs; /* entries of the open chunks */
    uint32_t code_count, run_count;
    uint64_t run_first, run_last; /* `at` that the open chunk counts from; of its last entry */
    struct ct_buffer sealed;      /* the last chunk's bytes; room to reuse */
    ZSTD_CCtx *compressor;
};

struct ct_instruction_run {
    uint64_t at, step;
    uint32_t code_id, position;
    const char *value; /* NULL: none */
    size_t value_size;
};

/* Creates the file in `folder`. On failure release is still to be called. */
CT_MUST_CHECK enum ct_status ct_instructions_writer_init(struct ct_instructions_writer *writer,
                                                         struct ct_folder *folder,
                                                         const struct ct_alloc *alloc);

/* `bytes` are whole entries of a code chunk. */
CT_MUST_CHECK enum ct_status ct_instructions_writer_code(struct ct_instructions_writer *writer,
                                                         const void *bytes, size_t size,
                                                         uint32_t count);
/* The caller flushes once it is full. hot */
CT_MUST_CHECK enum ct_status ct_instructions_writer_run(struct ct_instructions_writer *writer,
                                                        const struct ct_instruction_run *run);

/* Whether the open chunk of runs is to be sealed. hot */
static inline bool
ct_instructions_writer_is_full(const struct ct_instructions_writer *writer)
{
    return writer->runs.size >= CT_INSTRUCTIONS_CHUNK_SIZE_FULL;
}

/* Seals what is open. The trace's steps are to be in its file before: theirs leads. */
CT_MUST_CHECK enum ct_status ct_instructions_writer_flush(struct ct_instructions_writer *writer);

/* Of chunks that were sealed elsewhere the next bytes. Not with open code. */
CT_MUST_CHECK enum ct_status ct_instructions_writer_chunks(struct ct_instructions_writer *writer,
                                                           const void *bytes, size_t size);
/* Drops the runs that are open. */
void ct_instructions_writer_reset(struct ct_instructions_writer *writer);

/* Closes the file; what is open is dropped. */
CT_MUST_CHECK enum ct_status ct_instructions_writer_release(struct ct_instructions_writer *writer);

#endif
