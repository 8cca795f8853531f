/* Reads what a trace says of itself: meta.dat of a container, the two sidecars of trace.json.
 *
 * Used by trace_reader.c. Damage is no failure: the fields read before it stay, and the metadata's
 * `error` keeps the first breach. */
#ifndef CT_TRACE_META_READER_H
#define CT_TRACE_META_READER_H

#include "base/arena.h"
#include "ctrace/trace_reader.h"

/* A list of a million paths fits. More is damage, not a project. */
#define CT_META_SIZE_MAX ((size_t)64 << 20)

/* Texts go to `arena`. Both return CT_OK or CT_ERR_MEMORY. */
CT_MUST_CHECK enum ct_status ct_meta_read_binary(const uint8_t *bytes, size_t size,
                                                 struct ct_arena *arena,
                                                 struct ct_trace_metadata *metadata);
/* One sidecar: trace_metadata.json, trace_paths.json. */
CT_MUST_CHECK enum ct_status ct_meta_read_json(const char *text, size_t size,
                                               struct ct_arena *arena,
                                               struct ct_trace_metadata *metadata);
CT_MUST_CHECK enum ct_status ct_meta_read_json_paths(const char *text, size_t size,
                                                     struct ct_arena *arena,
                                                     struct ct_trace_metadata *metadata);

#endif
