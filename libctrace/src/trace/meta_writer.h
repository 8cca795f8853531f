/* What a combined trace says of itself: meta.dat and paths.json, growing with the paths.
 *
 * Used by the combined sink, which publishes both as whole files. See meta_format.h. */
#ifndef CT_TRACE_META_WRITER_H
#define CT_TRACE_META_WRITER_H

#include "base/buffer.h"
#include "ctrace/trace_writer.h"

struct ct_meta_writer {
    struct ct_buffer head;  /* meta.dat before its path list: fixed from the start */
    struct ct_buffer paths; /* the path list after its count */
    uint64_t path_count;
    struct ct_buffer filters; /* behind the path list; empty: no flag is set */
    struct ct_buffer json;    /* paths.json without its last bracket */
    struct ct_buffer encoded; /* the file last encoded */
};

void ct_meta_writer_init(struct ct_meta_writer *writer, const struct ct_trace_options *options);
void ct_meta_writer_release(struct ct_meta_writer *writer);

CT_MUST_CHECK enum ct_status ct_meta_writer_path_append(struct ct_meta_writer *writer,
                                                        const char *path, size_t size);
/* The bytes of meta.dat for all paths so far, borrowed until the next call of either encode. */
CT_MUST_CHECK enum ct_status ct_meta_writer_encode(struct ct_meta_writer *writer,
                                                   const struct ct_buffer **out_meta);
/* The same for paths.json. */
CT_MUST_CHECK enum ct_status ct_meta_writer_encode_json(struct ct_meta_writer *writer,
                                                        const struct ct_buffer **out_json);

#endif
