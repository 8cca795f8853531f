/* Walks the chunks of events.log and decompresses each as it is consumed.
 *
 * Used by the combined reader. A chunk of the usual size is decompressed at once. Of a larger one,
 * or a damaged one, neither the compressed nor the decompressed bytes are ever whole in memory: a
 * window holds what was not consumed yet, and grows only when one event needs it. A cut chunk gives
 * all the bytes that are there. Bytes are drawn in events_format.h. */
#ifndef CT_TRACE_CHUNK_READER_H
#define CT_TRACE_CHUNK_READER_H

#include "container/container_reader.h"
#include "trace/event_decode.h"

#include <zstd.h>

#define CT_CHUNK_INPUT_SIZE 4096 /* one container block: a bad block costs nothing before it */
/* What is decompressed at once: more than nearly all chunks have. */
#define CT_CHUNK_WHOLE_FRAME_SIZE   ((size_t)64 << 10)
#define CT_CHUNK_WHOLE_CONTENT_SIZE ((size_t)1 << 20)

struct ct_chunk_reader {
    const struct ct_alloc *alloc;
    struct ct_container_reader *container; /* borrowed */
    const struct ct_container_entry *entry;
    uint64_t position; /* in events.log: the next chunk */

    uint64_t offset;     /* of the current chunk */
    uint64_t input_next; /* in events.log: compressed bytes not read yet, up to input_end */
    uint64_t input_end;
    bool is_cut;        /* events.log ends inside this chunk */
    bool is_frame_done; /* the zstd frame came to its end */
    enum ct_status failed; /* of the current chunk, told once the bytes before it are consumed */
    struct ct_error failure;
    ZSTD_DStream *stream;
    ZSTD_inBuffer input;
    uint8_t *input_bytes; /* CT_CHUNK_WHOLE_FRAME_SIZE */

    uint8_t *window; /* decompressed bytes [start, end) are not consumed yet */
    size_t start;
    size_t end;
    size_t capacity;
};

struct ct_chunk_head {
    uint32_t event_count;
    uint64_t event_first;
};

CT_MUST_CHECK enum ct_status ct_chunk_reader_init(struct ct_chunk_reader *reader,
                                                  struct ct_container_reader *container,
                                                  const struct ct_container_entry *entry,
                                                  const struct ct_alloc *alloc);
void ct_chunk_reader_release(struct ct_chunk_reader *reader);

/* Goes to the next chunk, whatever is left of this one. CT_END behind the last. A head that cannot
 * be read is CT_ERR_FORMAT, and the end. */
CT_MUST_CHECK enum ct_status ct_chunk_reader_next(struct ct_chunk_reader *reader,
                                                  const struct ct_event_decoder *decoder,
                                                  struct ct_chunk_head *out_head,
                                                  struct ct_error *error);
/* Adds bytes to the window, at least as many as it holds where they exist. CT_END when the frame is
 * complete and nothing was added; CT_ERR_LIMIT when the window holds size_max; CT_ERR_FORMAT for
 * damage and cuts. */
CT_MUST_CHECK enum ct_status ct_chunk_reader_fill(struct ct_chunk_reader *reader, size_t size_max,
                                                  struct ct_error *error);
/* Takes the window that every chunk of the usual size needs: from then on none of these takes
 * memory. */
CT_MUST_CHECK enum ct_status ct_chunk_reader_reserve(struct ct_chunk_reader *reader);
/* Passes over a chunk that was read elsewhere, as if all of it had been consumed. */
void ct_chunk_reader_pass(struct ct_chunk_reader *reader, uint64_t offset, uint64_t end_offset);
/* After the frame's end: whether the chunk holds bytes behind the frame. */
bool ct_chunk_reader_has_rest(const struct ct_chunk_reader *reader);

#endif
