/* Snapshots of arrays, hashes and sets, and of what a regular expression matched. */
#include "recorder.h"
#include "snapshot.h"
#include "value_filter.h"

#include <ruby/re.h>

/* Writes tag, class, identity, true and kept count; returns the offset of the kept count. */
static size_t
begin_collection(struct rec_snapshot *snapshot, enum ct_snapshot_tag tag, VALUE value,
                 uint64_t true_count)
{
    struct rec_assembly *out = snapshot->out;
    rec_assembly_put_u8(out, (uint8_t)tag);
    rec_assembly_put_u32(out, rec_class_name_id(snapshot->recorder, CLASS_OF(value)));
    rec_assembly_put_u32(out, 0); /* filled in when a reference to it follows */
    rec_assembly_put_u64(out, true_count);
    rec_assembly_put_u32(out, 0);
    return out->size - sizeof(uint32_t);
}

static void
end_collection(struct rec_snapshot *snapshot, size_t count_offset, uint32_t count,
               uint64_t true_count)
{
    memcpy(snapshot->out->bytes + count_offset, &count, sizeof count);
    snapshot->is_cut |= count < true_count;
}

void
rec_snapshot_put_array(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    const struct rec_limits *limits = &snapshot->recorder->limits;
    const struct rec_look_node *node = rec_look_noted(snapshot->recorder, value);
    uint64_t true_count = (uint64_t)RARRAY_LEN(value);
    uint32_t count = 0;
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    if (depth >= limits->depth_max) {
        rec_snapshot_put_cut(snapshot, rec_class_name_id(snapshot->recorder, CLASS_OF(value)), 0,
                             true_count);
        return;
    }
    size_t count_offset = begin_collection(snapshot, CT_SNAPSHOT_ARRAY, value, true_count);
    while (count < true_count && count < limits->item_count_max &&
           rec_snapshot_has_nodes(snapshot, 1)) {
        VALUE item = RARRAY_AREF(value, (long)count);
        rec_snapshot_note_word(snapshot, node, count, item);
        rec_snapshot_put(snapshot, item, depth + 1);
        count++;
    }
    end_collection(snapshot, count_offset, count, true_count);
}

struct list_walk {
    struct rec_snapshot *snapshot;
    uint32_t depth;
    uint32_t count;
    const struct rec_look_node *node; /* of a hash, or NULL */
    size_t word;   /* of its content: the key behind those met so far */
    size_t stride; /* words from one key to the next */
};

/* Where the hash keeps the value of this key; pairs that were deleted may stand before it. */
static size_t
find_pair(struct list_walk *walk, VALUE key, VALUE value)
{
    const struct rec_look_node *node = walk->node;
    for (size_t i = walk->word; i + 1 < node->content_count; i += walk->stride) {
        if (node->content[i] == key && node->content[i + 1] == value) {
            walk->word = i + walk->stride;
            return i + 1;
        }
    }
    walk->word = node->content_count;
    return walk->word;
}

static void
put_value(struct rec_snapshot *snapshot, VALUE value, uint32_t depth, enum rec_value_action action)
{
    if (action == REC_ALLOW) {
        rec_snapshot_put(snapshot, value, depth);
        return;
    }
    snapshot->node_count++;
    rec_snapshot_put_hidden(snapshot, value);
}

/* A value of a hash that is shown. */
static void
note_value(struct list_walk *walk, VALUE key, VALUE value)
{
    if (walk->node != NULL)
        rec_snapshot_note_word(walk->snapshot, walk->node, find_pair(walk, key, value), value);
}

static int
put_key(VALUE key, VALUE value, VALUE context)
{
    struct list_walk *walk = (struct list_walk *)context;
    (void)value;
    if (walk->count >= walk->snapshot->recorder->limits.item_count_max ||
        !rec_snapshot_has_nodes(walk->snapshot, 1))
        return ST_STOP;
    rec_snapshot_put(walk->snapshot, key, walk->depth + 1);
    walk->count++;
    return ST_CONTINUE;
}

void
rec_snapshot_put_set(struct rec_snapshot *snapshot, VALUE value, VALUE hash, uint32_t depth)
{
    uint64_t true_count = (uint64_t)RHASH_SIZE(hash);
    struct list_walk walk = {.snapshot = snapshot, .depth = depth};
    rec_look_note(snapshot->recorder, hash);
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    if (depth >= snapshot->recorder->limits.depth_max) {
        rec_snapshot_put_cut(snapshot, rec_class_name_id(snapshot->recorder, CLASS_OF(value)), 0,
                             true_count);
        return;
    }
    size_t count_offset = begin_collection(snapshot, CT_SNAPSHOT_ARRAY, value, true_count);
    if (true_count > 0)
        rb_hash_foreach(hash, put_key, (VALUE)&walk);
    end_collection(snapshot, count_offset, walk.count, true_count);
}

/* Groups are counted from 0, the whole match; nil is said of one that there is not. */
static uint64_t
count_groups(VALUE match)
{
    int count = 0;
    while (!NIL_P(rb_reg_nth_defined(count, match)))
        count++;
    return (uint64_t)count;
}

void
rec_snapshot_put_match(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    const struct re_registers *groups = RMATCH_REGS(value);
    VALUE text = RMATCH(value)->str;
    uint64_t true_count = count_groups(value);
    uint32_t count = 0;
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    if (depth >= snapshot->recorder->limits.depth_max) {
        rec_snapshot_put_cut(snapshot, rec_class_name_id(snapshot->recorder, CLASS_OF(value)), 0,
                             true_count);
        return;
    }
    size_t count_offset = begin_collection(snapshot, CT_SNAPSHOT_ARRAY, value, true_count);
    for (; count < true_count && count < snapshot->recorder->limits.item_count_max &&
           rec_snapshot_has_nodes(snapshot, 1);
         count++) {
        long start = groups->beg[count], end = groups->end[count];
        snapshot->node_count++;
        if (start < 0 || end < start || end > RSTRING_LEN(text))
            rec_snapshot_put_word(snapshot, Qnil);
        else
            rec_snapshot_put_part(snapshot, text, (size_t)start, (size_t)(end - start));
    }
    end_collection(snapshot, count_offset, count, true_count);
}

static int
put_pair(VALUE key, VALUE value, VALUE context)
{
    struct list_walk *walk = (struct list_walk *)context;
    enum rec_value_action action = rec_key_action(walk->snapshot->recorder, key);
    if (walk->count >= walk->snapshot->recorder->limits.item_count_max ||
        !rec_snapshot_has_nodes(walk->snapshot, 2))
        return ST_STOP;
    /* The value's node is counted before the key's children can use it up. */
    walk->snapshot->node_count++;
    rec_snapshot_put(walk->snapshot, key, walk->depth + 1);
    walk->snapshot->node_count--;
    if (action == REC_ALLOW)
        note_value(walk, key, value);
    put_value(walk->snapshot, value, walk->depth + 1, action);
    walk->count++;
    return ST_CONTINUE;
}

/* No other word is taken for a key: the value of a pair that was deleted is still there. */
static struct list_walk
walk_of_hash(struct rec_snapshot *snapshot, VALUE hash, uint32_t depth)
{
    bool has_table = rec_hash_has_table(&snapshot->recorder->layout.hashes, hash);
    return (struct list_walk){
        .snapshot = snapshot,
        .depth = depth,
        .node = rec_look_noted(snapshot->recorder, hash),
        .word = has_table ? offsetof(struct rec_hash_entry, key) / sizeof(VALUE) : 0,
        .stride = has_table ? sizeof(struct rec_hash_entry) / sizeof(VALUE) : 2};
}

void
rec_snapshot_put_hash(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    uint64_t true_count = (uint64_t)RHASH_SIZE(value);
    struct list_walk walk = walk_of_hash(snapshot, value, depth);
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    if (depth >= snapshot->recorder->limits.depth_max) {
        rec_snapshot_put_cut(snapshot, rec_class_name_id(snapshot->recorder, CLASS_OF(value)), 0,
                             true_count);
        return;
    }
    size_t count_offset = begin_collection(snapshot, CT_SNAPSHOT_HASH, value, true_count);
    if (true_count > 0)
        rb_hash_foreach(value, put_pair, (VALUE)&walk);
    end_collection(snapshot, count_offset, walk.count, true_count);
}
