/* The lanes of a spool: each has definitions and a current strand of its own, and all write into
 * one trace. Ids meet in the trace writer, which gives equal definitions the same number. */
#include "ctrace/spool.h"
#include "trace/timeline_state.h"

static enum ct_status
make_lane(struct ct_timeline *timeline, size_t index)
{
    struct ct_timeline_lane *lane = ct_alloc_zeroed(timeline->alloc, 1, sizeof *lane);
    if (lane == NULL)
        return CT_ERR_MEMORY;
    lane->current = CT_TIMELINE_NO_STRAND;
    lane->scope = timeline->scope_count++;
    timeline->lanes[index] = lane;
    return CT_OK;
}

enum ct_status
ct_timeline_lanes_init(struct ct_timeline *timeline)
{
    timeline->lanes =
        ct_alloc_zeroed(timeline->alloc, CT_SPOOL_LANE_MAX + 1, sizeof *timeline->lanes);
    if (timeline->lanes == NULL)
        return CT_ERR_MEMORY;
    CT_TRY(make_lane(timeline, 0));
    timeline->lane = timeline->lanes[0];
    timeline->lane->current = 0; /* the main thread is there from the start */
    return CT_OK;
}

enum ct_status
ct_timeline_lane_select(struct ct_timeline *timeline, uint32_t lane)
{
    if (lane > CT_SPOOL_LANE_MAX)
        return CT_ERR_FORMAT;
    if (timeline->lanes[lane] == NULL)
        CT_TRY(make_lane(timeline, lane));
    timeline->lane = timeline->lanes[lane];
    ct_snapshot_decoder_scope(&timeline->decoder, timeline->lane->scope);
    return CT_OK;
}

static void
free_lane(struct ct_timeline *timeline, size_t index)
{
    struct ct_timeline_lane *lane = timeline->lanes[index];
    timeline->lanes[index] = NULL;
    if (lane == NULL)
        return;
    ct_timeline_values_release(timeline, lane);
    ct_timeline_define_release(timeline, lane);
    ct_alloc_free(timeline->alloc, lane->strands);
    ct_alloc_free(timeline->alloc, lane);
}

void
ct_timeline_lanes_branch(struct ct_timeline *timeline)
{
    timeline->lane = timeline->lanes[0];
    ct_snapshot_decoder_scope(&timeline->decoder, timeline->lane->scope);
    for (size_t i = 1; i <= CT_SPOOL_LANE_MAX; i++)
        free_lane(timeline, i);
}

void
ct_timeline_lanes_release(struct ct_timeline *timeline)
{
    for (size_t i = 0; timeline->lanes != NULL && i <= CT_SPOOL_LANE_MAX; i++)
        free_lane(timeline, i);
    ct_alloc_free(timeline->alloc, timeline->lanes);
}
