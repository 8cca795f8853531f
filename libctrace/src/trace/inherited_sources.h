/* Sources that a trace has from the one that it branched off, and has not got a copy of so far.
 *
 * Used by the trace writer. A branch begins with all paths of its origin, of which it may never
 * show one: each is copied when the first step there is written. Former folders stay open for that;
 * after CT_INHERITED_FOLDER_MAX branches in a row all that is left is copied at once. */
#ifndef CT_TRACE_INHERITED_SOURCES_H
#define CT_TRACE_INHERITED_SOURCES_H

#include "base/buffer.h"
#include "ctrace/io.h"

#define CT_INHERITED_FOLDER_MAX 8u /* a generation each; each keeps a descriptor */

struct ct_inherited_sources {
    const struct ct_alloc *alloc;
    struct ct_folder *folders[CT_INHERITED_FOLDER_MAX]; /* owned */
    uint32_t folder_count;
    uint8_t *holders;    /* by path id: plus 1, the folder that its source is in; 0: the trace's */
    uint64_t path_count; /* that were there at the newest branch */
};

/* Zeroed is empty; safe twice. */
void ct_inherited_sources_release(struct ct_inherited_sources *sources);

/* The trace's own sources are those of `from` from now on, which is taken when CT_OK. */
CT_MUST_CHECK enum ct_status ct_inherited_sources_branch(struct ct_inherited_sources *sources,
                                                         struct ct_folder *from,
                                                         uint64_t path_count);

/* Whether no further folder may be taken before all sources have a copy. */
bool ct_inherited_sources_are_full(const struct ct_inherited_sources *sources);

/* All have a copy: lets go of the folders. */
void ct_inherited_sources_reset(struct ct_inherited_sources *sources);

/* hot */
static inline bool
ct_inherited_sources_have(const struct ct_inherited_sources *sources, uint64_t path_id)
{
    return path_id < sources->path_count && sources->holders[path_id] != 0;
}

/* The text of the path's source into `out`, which is looked for once. `name` is that of the
 * embedded file. */
CT_MUST_CHECK enum ct_status ct_inherited_sources_take(struct ct_inherited_sources *sources,
                                                       uint64_t path_id, const char *name,
                                                       struct ct_buffer *out);

#endif
