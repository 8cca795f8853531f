/* See ct_writer.h. A record in a lane may need what the first ring said before it, so a lane is
 * looked at first, then the first ring is drained, and then what was seen in the lane. */
#include "ct_writer.h"

void
ct_writer_lanes_init(struct ct_writer_lanes *lanes, const struct ct_spool_consumer *first,
                     int memory_fd)
{
    *lanes = (struct ct_writer_lanes){.first = first, .memory_fd = memory_fd};
}

enum ct_status
ct_writer_lanes_look(struct ct_writer_lanes *lanes)
{
    uint32_t count = ct_spool_consumer_lane_count(lanes->first);
    for (; lanes->count < count; lanes->count++)
        CT_TRY(ct_spool_consumer_lane_open(lanes->first, lanes->memory_fd, lanes->count + 1,
                                           &lanes->lanes[lanes->count]));
    for (uint32_t i = 0; i < lanes->count; i++) {
        const enum ct_status status = ct_spool_consumer_look(&lanes->lanes[i]);
        if (status != CT_OK && status != CT_END)
            return status;
    }
    return CT_OK;
}

void
ct_writer_lanes_release(struct ct_writer_lanes *lanes)
{
    while (lanes->count > 0)
        ct_spool_consumer_close(&lanes->lanes[--lanes->count]);
}
