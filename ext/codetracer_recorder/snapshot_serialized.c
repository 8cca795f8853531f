/* Snapshots of objects that are shown by the attributes their class was declared with, see
 * serializer.h; the attributes of ActiveModel's sets among them.
 *
 * A set of attributes is an object whose @attributes is a Hash from name to an object with @value
 * (what was cast) or else @value_before_type_cast. One that is filled as attributes are asked for
 * has what the database said in @values, and in @casted_values what of it was cast. */
#include "recorder.h"
#include "serializer.h"
#include "snapshot.h"
#include "snapshot_kind.h"
#include "value_filter.h"

#define NAME_SIZE_MAX 512 /* bytes of an attribute's name; the rest is cut */

/* Hashes by the attribute's name, or nil. */
struct attributes {
    VALUE values;  /* of values */
    VALUE cast;    /* of values that hide those of the same name */
    VALUE wrapped; /* of objects that hold a value; these hide both */
};

struct attribute_walk {
    struct rec_snapshot *snapshot;
    const struct attributes *attributes;
    uint32_t depth;
    uint32_t count;
};

/* ---- looking up without asking ---- */

/* The text of a String or Symbol; nil: it is neither. */
static VALUE
text_of_key(VALUE key)
{
    if (SYMBOL_P(key))
        return rb_sym2str(key);
    return !RB_SPECIAL_CONST_P(key) && RB_TYPE_P(key, T_STRING) ? key : Qnil;
}

struct key_search {
    VALUE text, found; /* Qundef: not found */
};

static int
compare_key(VALUE key, VALUE value, VALUE context)
{
    struct key_search *search = (struct key_search *)context;
    VALUE text = text_of_key(key);
    if (NIL_P(text) || RSTRING_LEN(text) != RSTRING_LEN(search->text) ||
        memcmp(RSTRING_PTR(text), RSTRING_PTR(search->text), (size_t)RSTRING_LEN(text)) != 0)
        return ST_CONTINUE;
    search->found = value;
    return ST_STOP;
}

/* Qundef: there is none. A key may have a `hash` of its own, so keys are compared one by one. */
static VALUE
value_of_name(VALUE hash, VALUE key)
{
    struct key_search search = {.text = text_of_key(key), .found = Qundef};
    if (!NIL_P(hash) && !NIL_P(search.text) && RHASH_SIZE(hash) > 0)
        rb_hash_foreach(hash, compare_key, (VALUE)&search);
    return search.found;
}

/* A Hash in this variable, or nil. */
static VALUE
hash_in(struct rec_snapshot *snapshot, VALUE object, ID name)
{
    VALUE hash = rb_attr_get(object, name);
    if (RB_SPECIAL_CONST_P(hash) || !RB_TYPE_P(hash, T_HASH))
        return Qnil;
    rec_look_note(snapshot->recorder, hash);
    return hash;
}

/* Whether it has nothing but instance variables, whatever is shown of it. */
static bool
is_plain(struct rec_snapshot *snapshot, VALUE object)
{
    if (RB_SPECIAL_CONST_P(object) ||
        (!RB_TYPE_P(object, T_OBJECT) && !RB_TYPE_P(object, T_DATA)))
        return false;
    return rec_kind_is_shown_by_fields(rec_kind_of(snapshot->recorder, object));
}

static bool
find_attributes(struct rec_snapshot *snapshot, VALUE object, ID name,
                struct attributes *out_attributes)
{
    VALUE set = rb_attr_get(object, name);
    *out_attributes = (struct attributes){.values = Qnil, .cast = Qnil, .wrapped = Qnil};
    out_attributes->values = hash_in(snapshot, object, name);
    if (!NIL_P(out_attributes->values))
        return true;
    if (!is_plain(snapshot, set))
        return false;
    rec_look_note(snapshot->recorder, set);
    out_attributes->wrapped = hash_in(snapshot, set, rb_intern("@attributes"));
    if (NIL_P(out_attributes->wrapped))
        return false;
    out_attributes->values = hash_in(snapshot, set, rb_intern("@values"));
    out_attributes->cast = hash_in(snapshot, set, rb_intern("@casted_values"));
    return true;
}

/* What an object of a set holds; any other object is the value itself. */
static VALUE
unwrap(struct rec_snapshot *snapshot, VALUE holder)
{
    static const char *const names[] = {"@value", "@value_before_type_cast"};
    if (!is_plain(snapshot, holder))
        return holder;
    for (size_t i = 0; i < 2; i++) {
        ID name = rb_intern(names[i]);
        if (!RTEST(rb_ivar_defined(holder, name)))
            continue;
        rec_look_note(snapshot->recorder, holder);
        return rb_attr_get(holder, name);
    }
    return holder;
}

/* ---- putting ---- */

/* False: no room is left. */
static bool
put_attribute(struct attribute_walk *walk, VALUE key, VALUE value)
{
    struct rec_snapshot *snapshot = walk->snapshot;
    VALUE text = text_of_key(key);
    if (walk->count >= snapshot->recorder->limits.item_count_max ||
        !rec_snapshot_has_nodes(snapshot, 1))
        return false;
    if (NIL_P(text))
        return true; /* counted, not shown */
    size_t size = (size_t)RSTRING_LEN(text);
    uint32_t name_id = rec_name_of_text(snapshot->recorder, RSTRING_PTR(text),
                                        size < NAME_SIZE_MAX ? size : NAME_SIZE_MAX);
    rec_assembly_put_u32(snapshot->out, name_id);
    walk->count++;
    if (rec_key_action(snapshot->recorder, key) == REC_ALLOW) {
        rec_snapshot_put(snapshot, value, walk->depth + 1);
        return true;
    }
    snapshot->node_count++;
    rec_snapshot_put_hidden(snapshot, value);
    return true;
}

static int
put_value(VALUE key, VALUE value, VALUE context)
{
    struct attribute_walk *walk = (struct attribute_walk *)context;
    VALUE holder = value_of_name(walk->attributes->wrapped, key);
    VALUE cast = value_of_name(walk->attributes->cast, key);
    if (holder != Qundef)
        value = unwrap(walk->snapshot, holder);
    else if (cast != Qundef)
        value = cast;
    return put_attribute(walk, key, value) ? ST_CONTINUE : ST_STOP;
}

static int
put_wrapped(VALUE key, VALUE holder, VALUE context)
{
    struct attribute_walk *walk = (struct attribute_walk *)context;
    if (value_of_name(walk->attributes->values, key) != Qundef)
        return ST_CONTINUE; /* shown with those */
    return put_attribute(walk, key, unwrap(walk->snapshot, holder)) ? ST_CONTINUE : ST_STOP;
}

struct attribute_count {
    const struct attributes *attributes;
    uint64_t count;
};

static int
count_wrapped(VALUE key, VALUE holder, VALUE context)
{
    struct attribute_count *counted = (struct attribute_count *)context;
    (void)holder;
    counted->count += value_of_name(counted->attributes->values, key) == Qundef;
    return ST_CONTINUE;
}

static uint64_t
count_attributes(const struct attributes *attributes)
{
    struct attribute_count counted = {.attributes = attributes};
    if (!NIL_P(attributes->values))
        counted.count = RHASH_SIZE(attributes->values);
    if (!NIL_P(attributes->wrapped) && RHASH_SIZE(attributes->wrapped) > 0)
        rb_hash_foreach(attributes->wrapped, count_wrapped, (VALUE)&counted);
    return counted.count;
}

static void
put_attributes(struct rec_snapshot *snapshot, VALUE value, uint32_t depth,
               const struct attributes *attributes)
{
    struct attribute_walk walk = {
        .snapshot = snapshot, .attributes = attributes, .depth = depth};
    uint64_t true_count = count_attributes(attributes);
    size_t count_offset;
    if (!rec_snapshot_begin_fields(snapshot, value, depth, true_count, &count_offset))
        return;
    if (!NIL_P(attributes->values) && RHASH_SIZE(attributes->values) > 0)
        rb_hash_foreach(attributes->values, put_value, (VALUE)&walk);
    if (!NIL_P(attributes->wrapped) && RHASH_SIZE(attributes->wrapped) > 0)
        rb_hash_foreach(attributes->wrapped, put_wrapped, (VALUE)&walk);
    rec_snapshot_end_fields(snapshot, count_offset, walk.count, true_count);
}

void
rec_snapshot_put_serialized(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    const struct rec_serializer *serializer = rec_kind_serializer(snapshot->recorder, value);
    struct attributes attributes;
    if (!serializer->has_entries)
        rec_snapshot_put_chosen(snapshot, value, depth, serializer);
    else if (!find_attributes(snapshot, value, serializer->names[0], &attributes))
        rec_snapshot_put_fields(snapshot, value, depth);
    else if (!rec_snapshot_put_reference(snapshot, value))
        put_attributes(snapshot, value, depth, &attributes);
}
