/* Snapshots of objects with named parts: instance variables, Struct and Data members, ranges,
 * number pairs, exceptions; and of other values that have instance variables as well. */
#include "draft.h"
#include "recorder.h"
#include "serializer.h"
#include "snapshot.h"
#include "snapshot_kind.h"
#include "value_filter.h"

/* Writes tag, class, identity, counts; returns the offset of the kept count. */
static size_t
begin_object(struct rec_snapshot *snapshot, VALUE value, uint32_t identity, uint64_t true_count)
{
    struct rec_assembly *out = snapshot->out;
    rec_assembly_put_u8(out, CT_SNAPSHOT_OBJECT);
    rec_assembly_put_u32(out, rec_class_name_id(snapshot->recorder, CLASS_OF(value)));
    rec_assembly_put_u32(out, identity);
    rec_assembly_put_u64(out, true_count);
    rec_assembly_put_u32(out, 0);
    return out->size - sizeof(uint32_t);
}

static void
end_object(struct rec_snapshot *snapshot, size_t count_offset, uint32_t count, uint64_t true_count)
{
    memcpy(snapshot->out->bytes + count_offset, &count, sizeof count);
    snapshot->is_cut |= count < true_count;
}

static bool
put_field(struct rec_snapshot *snapshot, ID name, VALUE value, uint32_t depth)
{
    if (!rec_snapshot_has_nodes(snapshot, 1))
        return false;
    uint32_t name_id = rec_name_of_id(snapshot->recorder, name);
    rec_assembly_put_u32(snapshot->out, name_id);
    rec_snapshot_put(snapshot, value, depth + 1);
    return true;
}

static bool
put_redacted_field(struct rec_snapshot *snapshot, ID name, VALUE value)
{
    if (!rec_snapshot_has_nodes(snapshot, 1))
        return false;
    uint32_t name_id = rec_name_of_id(snapshot->recorder, name);
    rec_assembly_put_u32(snapshot->out, name_id);
    snapshot->node_count++;
    rec_snapshot_put_hidden(snapshot, value);
    return true;
}

struct field_walk {
    struct rec_snapshot *snapshot;
    uint32_t depth;
    uint32_t count;
    uint64_t true_count;
    ID except;
    bool is_counting; /* no more is put */
    const struct rec_look_node *node; /* of a plain object, or NULL */
    size_t word;                      /* of its content: behind those met so far */
};

/* Where the object keeps the variable that comes next; those that are not set have words, too. */
static size_t
next_word(struct field_walk *walk)
{
    const struct rec_look_node *node = walk->node;
    while (walk->word < node->content_count && node->content[walk->word] == Qundef)
        walk->word++;
    return walk->word++;
}

static bool
put_noted_field(struct field_walk *walk, ID name, VALUE value, size_t word)
{
    struct rec_snapshot *snapshot = walk->snapshot;
    size_t name_size = sizeof(uint32_t);
    if (walk->node != NULL) {
        snapshot->out->size += name_size;
        rec_snapshot_note_word(snapshot, walk->node, word, value);
        snapshot->out->size -= name_size;
    }
    return put_field(snapshot, name, value, walk->depth);
}

static int
walk_variable(ID name, VALUE value, st_data_t context)
{
    struct field_walk *walk = (struct field_walk *)context;
    size_t word = walk->node != NULL ? next_word(walk) : 0;
    if (!rb_is_instance_id(name) || value == Qundef || name == walk->except)
        return ST_CONTINUE; /* variables of C code, without a Ruby name */
    enum rec_value_action action = rec_field_action(walk->snapshot->recorder, name);
    if (action == REC_DROP) {
        rec_secret_learn(walk->snapshot->recorder, value);
        return ST_CONTINUE;
    }
    walk->true_count++;
    if (walk->is_counting)
        return ST_CONTINUE;
    if (walk->count < walk->snapshot->recorder->limits.item_count_max &&
        (action == REC_REDACT ? put_redacted_field(walk->snapshot, name, value)
                              : put_noted_field(walk, name, value, word)))
        walk->count++;
    else
        walk->is_counting = true;
    return ST_CONTINUE;
}

uint64_t
rec_variable_count(struct rec_snapshot *snapshot, VALUE value, ID except)
{
    struct field_walk walk = {.snapshot = snapshot, .is_counting = true, .except = except};
    rb_ivar_foreach(value, walk_variable, (st_data_t)&walk);
    return walk.true_count;
}

/* Whether one more field may be put. */
static bool
has_room(const struct rec_snapshot *snapshot, uint32_t count)
{
    return count < snapshot->recorder->limits.item_count_max && rec_snapshot_has_nodes(snapshot, 1);
}

/* The instance variables behind `count` fields of another sort; how many fields that makes. */
static uint32_t
put_variables(struct rec_snapshot *snapshot, VALUE value, uint32_t depth, uint32_t count, ID except)
{
    struct field_walk walk = {
        .snapshot = snapshot, .depth = depth, .count = count, .except = except};
    rb_ivar_foreach(value, walk_variable, (st_data_t)&walk);
    return walk.count;
}

/* A list of any sort is not looked into at the limit of depth, a text is shown there. */
static bool
has_parts(struct recorder *recorder, VALUE value)
{
    switch (RB_BUILTIN_TYPE(value)) {
    case T_ARRAY:
    case T_HASH:
    case T_STRUCT:
    case T_MATCH:
        return true;
    case T_OBJECT:
        return rec_kind_of(recorder, value) == REC_KIND_SET;
    default:
        return false;
    }
}

void
rec_snapshot_put_wrapped(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    struct recorder *recorder = snapshot->recorder;
    ID except = RB_TYPE_P(value, T_OBJECT) ? rb_intern("@hash") : 0; /* of a Set: it is itself */
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    uint32_t identity = rec_identity_of(&recorder->identities, value), count = 0;
    uint64_t true_count = 1 + rec_variable_count(snapshot, value, except);
    bool is_at_limit = depth >= recorder->limits.depth_max;
    if (is_at_limit && has_parts(recorder, value)) {
        rec_snapshot_put_cut(snapshot, rec_class_name_id(recorder, CLASS_OF(value)), identity,
                             true_count);
        return;
    }
    size_t count_offset = begin_object(snapshot, value, identity, true_count);
    if (has_room(snapshot, 0)) {
        uint32_t name_id = rec_name_of_id(recorder, rb_intern("itself"));
        rec_assembly_put_u32(snapshot->out, name_id);
        snapshot->node_count++;
        snapshot->wrapped = value;
        rec_snapshot_put_itself(snapshot, value, depth + 1);
        snapshot->wrapped = 0;
        count = is_at_limit ? 1 : put_variables(snapshot, value, depth, 1, except);
    }
    end_object(snapshot, count_offset, count, true_count);
}

void
rec_snapshot_put_exception(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    struct recorder *recorder = snapshot->recorder;
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    uint32_t identity = rec_identity_of(&recorder->identities, value), count = 0;
    VALUE cause = rb_attr_get(value, rb_intern("cause"));
    rec_look_give_up(recorder); /* what its message says may change without a word of its own */
    bool has_cause = !NIL_P(cause) && cause != Qundef;
    uint64_t true_count = 1 + (uint64_t)has_cause + rec_variable_count(snapshot, value, 0);
    if (depth >= recorder->limits.depth_max) {
        rec_snapshot_put_cut(snapshot, rec_class_name_id(recorder, CLASS_OF(value)), identity,
                             true_count);
        return;
    }
    size_t count_offset = begin_object(snapshot, value, identity, true_count);
    if (has_room(snapshot, 0)) {
        uint32_t name_id = rec_name_of_id(recorder, rb_intern("message"));
        rec_assembly_put_u32(snapshot->out, name_id);
        snapshot->node_count++;
        rec_snapshot_put_message(snapshot, value);
        count = 1;
    }
    if (count == 1 && has_cause && has_room(snapshot, count))
        count += put_field(snapshot, rb_intern("cause"), cause, depth);
    if (count == 1u + has_cause)
        count = put_variables(snapshot, value, depth, count, 0);
    end_object(snapshot, count_offset, count, true_count);
}

bool
rec_snapshot_begin_fields(struct rec_snapshot *snapshot, VALUE value, uint32_t depth,
                          uint64_t true_count, size_t *out_count_offset)
{
    struct recorder *recorder = snapshot->recorder;
    uint32_t identity = rec_identity_of(&recorder->identities, value);
    if (true_count == 0) {
        rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_OPAQUE);
        rec_assembly_put_u32(snapshot->out, rec_class_name_id(recorder, CLASS_OF(value)));
        rec_assembly_put_u32(snapshot->out, identity);
        return false;
    }
    if (depth >= recorder->limits.depth_max) {
        rec_snapshot_put_cut(snapshot, rec_class_name_id(recorder, CLASS_OF(value)), identity,
                             true_count);
        return false;
    }
    *out_count_offset = begin_object(snapshot, value, identity, true_count);
    return true;
}

void
rec_snapshot_end_fields(struct rec_snapshot *snapshot, size_t count_offset, uint32_t count,
                        uint64_t true_count)
{
    end_object(snapshot, count_offset, count, true_count);
}

/* Fields of an object that may have rules for them are counted before: a value that is dropped is
 * known as a secret when the others are put. */
static bool
counts_before(const struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    return rec_has_attribute_rules(snapshot->recorder) ||
           depth >= snapshot->recorder->limits.depth_max || rb_ivar_count(value) == 0;
}

static void
put_counted_fields(struct rec_snapshot *snapshot, VALUE value, struct field_walk *walk)
{
    size_t count_offset;
    uint64_t true_count = rec_variable_count(snapshot, value, 0);
    if (!rec_snapshot_begin_fields(snapshot, value, walk->depth, true_count, &count_offset))
        return;
    rb_ivar_foreach(value, walk_variable, (st_data_t)walk);
    end_object(snapshot, count_offset, walk->count, true_count);
}

void
rec_snapshot_put_fields(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    struct field_walk walk = {.snapshot = snapshot,
                              .depth = depth,
                              .node = rec_look_noted(snapshot->recorder, value)};
    struct rec_assembly *out = snapshot->out;
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    if (counts_before(snapshot, value, depth)) {
        put_counted_fields(snapshot, value, &walk);
        return;
    }
    const size_t start = out->size;
    const uint32_t identity = rec_identity_of(&snapshot->recorder->identities, value);
    const size_t count_offset = begin_object(snapshot, value, identity, 0);
    rb_ivar_foreach(value, walk_variable, (st_data_t)&walk);
    if (walk.true_count > 0) {
        memcpy(out->bytes + count_offset - sizeof walk.true_count, &walk.true_count,
               sizeof walk.true_count);
        end_object(snapshot, count_offset, walk.count, walk.true_count);
        return;
    }
    out->size = start; /* all variables are C code's */
    put_counted_fields(snapshot, value, &walk);
}

/* The declared variables that are set, as `walk_variable` sees any. */
static void
walk_chosen(struct field_walk *walk, VALUE value, const struct rec_serializer *serializer)
{
    for (size_t i = 0; i < serializer->name_count; i++) {
        ID name = serializer->names[i];
        if (RTEST(rb_ivar_defined(value, name)))
            walk_variable(name, rb_attr_get(value, name), (st_data_t)walk);
    }
}

void
rec_snapshot_put_chosen(struct rec_snapshot *snapshot, VALUE value, uint32_t depth,
                        const struct rec_serializer *serializer)
{
    struct field_walk counting = {.snapshot = snapshot, .is_counting = true};
    struct field_walk walk = {.snapshot = snapshot, .depth = depth};
    size_t count_offset;
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    walk_chosen(&counting, value, serializer);
    if (!rec_snapshot_begin_fields(snapshot, value, depth, counting.true_count, &count_offset))
        return;
    walk_chosen(&walk, value, serializer);
    end_object(snapshot, count_offset, walk.count, counting.true_count);
}

static void
put_range(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    VALUE first, last;
    int excludes_end;
    if (!rb_range_values(value, &first, &last, &excludes_end)) {
        rec_snapshot_put_absent(snapshot, "a range that is not one");
        return;
    }
    size_t count_offset = begin_object(snapshot, value, 0, 3);
    uint32_t count = put_field(snapshot, rb_intern("begin"), first, depth);
    count += count == 1 && put_field(snapshot, rb_intern("end"), last, depth);
    count += count == 2 &&
             put_field(snapshot, rb_intern("exclude_end"), excludes_end ? Qtrue : Qfalse, depth);
    end_object(snapshot, count_offset, count, 3);
}

/* How many were put. A member is never left out, so that members keep their places: one that is
 * dropped is redacted. */
static uint32_t
put_members(struct rec_snapshot *snapshot, VALUE value, VALUE members, uint32_t depth)
{
    uint32_t count = 0;
    while (count < RARRAY_LEN(members) && count < snapshot->recorder->limits.item_count_max) {
        ID name = SYM2ID(RARRAY_AREF(members, (long)count));
        VALUE index = LONG2FIX((long)count);
        VALUE member = rb_struct_aref(value, index);
        bool is_hidden = rec_field_action(snapshot->recorder, name) != REC_ALLOW;
        if (is_hidden ? !put_redacted_field(snapshot, name, member)
                      : !put_field(snapshot, name, member, depth))
            break;
        count++;
    }
    return count;
}

void
rec_snapshot_put_struct(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    struct recorder *recorder = snapshot->recorder;
    bool is_range = RTEST(rb_obj_is_kind_of(value, rb_cRange));
    if (rec_snapshot_put_reference(snapshot, value))
        return;
    VALUE members = is_range ? Qnil : rb_struct_members(value);
    uint64_t member_count = is_range ? 3 : (uint64_t)RARRAY_LEN(members);
    uint64_t true_count = member_count + (is_range ? 0 : rec_variable_count(snapshot, value, 0));
    uint32_t identity = is_range ? 0 : rec_identity_of(&recorder->identities, value);
    if (depth >= recorder->limits.depth_max) {
        rec_snapshot_put_cut(snapshot, rec_class_name_id(recorder, CLASS_OF(value)), identity,
                             true_count);
        return;
    }
    if (is_range) {
        put_range(snapshot, value, depth);
        return;
    }
    size_t count_offset = begin_object(snapshot, value, identity, true_count);
    uint32_t count = put_members(snapshot, value, members, depth);
    if (count == member_count && count < true_count)
        count = put_variables(snapshot, value, depth, count, 0);
    end_object(snapshot, count_offset, count, true_count);
}

void
rec_snapshot_put_number_pair(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    bool is_rational = RB_TYPE_P(value, T_RATIONAL);
    size_t count_offset = begin_object(snapshot, value, 0, 2);
    uint32_t count =
        is_rational ? put_field(snapshot, rb_intern("numerator"), rb_rational_num(value), depth)
                    : put_field(snapshot, rb_intern("real"), rb_complex_real(value), depth);
    if (count == 1 && is_rational)
        count += put_field(snapshot, rb_intern("denominator"), rb_rational_den(value), depth);
    else if (count == 1)
        count += put_field(snapshot, rb_intern("imaginary"), rb_complex_imag(value), depth);
    end_object(snapshot, count_offset, count, 2);
}
