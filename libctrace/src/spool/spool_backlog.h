/* What a consumer has taken out of its ring and not delivered yet: records in memory of its own,
 * first in, first out.
 *
 * Used by spool_consumer.c. As few pages as possible are used: what is held is moved to the start
 * before more of the memory is. A zeroed struct holds nothing and has no memory. */
#ifndef CT_SPOOL_BACKLOG_H
#define CT_SPOOL_BACKLOG_H

#include "ctrace/spool.h"

/* Says how much may be held; the memory comes at first need. */
void ct_spool_backlog_init(struct ct_spool_backlog *backlog, uint64_t capacity);
void ct_spool_backlog_release(struct ct_spool_backlog *backlog);

/* The memory, of which so many bytes may be written to before they are needed; 0: there is none, or
 * it is in use. */
uint64_t ct_spool_backlog_warmable(struct ct_spool_backlog *backlog);

/* Makes room for `size` bytes more; false: there is none, or no memory. What is held may stand
 * elsewhere then. */
bool ct_spool_backlog_reserve(struct ct_spool_backlog *backlog, uint64_t size);

/* Appends bytes for which there is room. */
void ct_spool_backlog_put(struct ct_spool_backlog *backlog, const void *bytes, uint64_t size);

static inline bool
ct_spool_backlog_is_empty(const struct ct_spool_backlog *backlog)
{
    return backlog->start == backlog->end;
}

static inline const struct ct_spool_record *
ct_spool_backlog_first(const struct ct_spool_backlog *backlog)
{
    return (const struct ct_spool_record *)(backlog->bytes + backlog->start);
}

/* Lets go of the first `size` bytes; they stand until the next put. */
static inline void
ct_spool_backlog_drop(struct ct_spool_backlog *backlog, uint64_t size)
{
    backlog->start += size;
    if (backlog->start == backlog->end)
        backlog->start = backlog->end = 0;
}

#endif
