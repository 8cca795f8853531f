/* Two spellings of a source path: as a trace registers it, and as its source is embedded.
 *
 * Used by the trace writer only. Both are appended to a buffer, without a NUL. */
#ifndef CT_TRACE_PATH_TEXT_H
#define CT_TRACE_PATH_TEXT_H

#include "base/buffer.h"

/* An absolute path: a relative one is taken from `workdir`. One that ends like JavaScript gets
 * ".rb" behind it, because a single such path turns on CodeTracer's JavaScript mode for the whole
 * trace. */
void ct_path_text_put(struct ct_buffer *buffer, const char *workdir, const char *path, size_t size);

/* "files/…": the path without leading slashes and empty components, and with each ".." made
 * harmless, so that nothing is written outside of files/. */
void ct_path_text_put_embedded(struct ct_buffer *buffer, const char *path, size_t size);

#endif
