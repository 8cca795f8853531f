/* See spool_backlog.h. */
#include "spool/spool_backlog.h"

#include "spool/spool_map.h"

#include <string.h>

/* Of the large pages that the system is asked for, where it has such: one first touch for what
 * would be 512. As much is used at first, and as long as that is enough. */
#define LARGE_PAGE_SIZE ((uint64_t)2 << 20)

void
ct_spool_backlog_init(struct ct_spool_backlog *backlog, uint64_t capacity)
{
    *backlog = (struct ct_spool_backlog){.capacity = capacity};
}

void
ct_spool_backlog_release(struct ct_spool_backlog *backlog)
{
    ct_spool_unmap_own(backlog->memory, backlog->capacity + LARGE_PAGE_SIZE);
    *backlog = (struct ct_spool_backlog){0};
}

/* Asked for once: without it, records stay in the ring. */
static bool
is_mapped(struct ct_spool_backlog *backlog)
{
    if (backlog->memory != NULL || backlog->capacity == 0)
        return backlog->memory != NULL;
    if (ct_spool_map_own(backlog->capacity + LARGE_PAGE_SIZE, &backlog->memory) != CT_OK) {
        backlog->capacity = 0;
        return false;
    }
    const uint64_t behind = (uint64_t)(uintptr_t)backlog->memory % LARGE_PAGE_SIZE;
    backlog->bytes = backlog->memory + (LARGE_PAGE_SIZE - behind) % LARGE_PAGE_SIZE;
    backlog->limit = LARGE_PAGE_SIZE < backlog->capacity ? LARGE_PAGE_SIZE : backlog->capacity;
    return true;
}

uint64_t
ct_spool_backlog_warmable(struct ct_spool_backlog *backlog)
{
    return ct_spool_backlog_is_empty(backlog) && is_mapped(backlog) ? backlog->capacity : 0;
}

static void
move_to_start(struct ct_spool_backlog *backlog)
{
    uint64_t held = backlog->end - backlog->start;
    memmove(backlog->bytes, backlog->bytes + backlog->start, (size_t)held);
    backlog->start = 0;
    backlog->end = held;
}

/* What is held is moved when that is no more than what was delivered since, so that each byte is
 * moved once. */
bool
ct_spool_backlog_reserve(struct ct_spool_backlog *backlog, uint64_t size)
{
    if (!is_mapped(backlog))
        return false;
    while (backlog->end + size > backlog->limit) {
        if (backlog->start > 0 && backlog->start >= backlog->end - backlog->start)
            move_to_start(backlog);
        else if (backlog->limit < backlog->capacity)
            backlog->limit = backlog->limit * 2 < backlog->capacity ? backlog->limit * 2
                                                                    : backlog->capacity;
        else
            return false;
    }
    return true;
}

void
ct_spool_backlog_put(struct ct_spool_backlog *backlog, const void *bytes, uint64_t size)
{
    memcpy(backlog->bytes + backlog->end, bytes, (size_t)size);
    backlog->end += size;
}
