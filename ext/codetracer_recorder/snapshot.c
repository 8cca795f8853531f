/* The dispatcher of snapshots, and what all types share: limits, references, small records. */
#include "recorder.h"
#include "snapshot.h"
#include "snapshot_kind.h"
#include "value_filter.h"

#include <ruby/re.h>

#include <stdlib.h>

#define KIND_TEXT_SIZE_MAX 1024 /* a longer source of a regular expression is cut */

#define FIXED_SIZE_MAX                                                                             \
    48 /* tag, class, identity, counts of any node, its field's name id included */

bool
rec_snapshot_scratch_init(struct rec_snapshot_scratch *scratch, uint32_t node_count_max)
{
    scratch->seen_capacity = 64;
    while (scratch->seen_capacity < node_count_max * 2)
        scratch->seen_capacity *= 2;
    scratch->seen = calloc(scratch->seen_capacity, sizeof *scratch->seen);
    return scratch->seen != NULL;
}

void
rec_snapshot_scratch_release(struct rec_snapshot_scratch *scratch)
{
    free(scratch->seen);
    *scratch = (struct rec_snapshot_scratch){.seen = NULL};
}

uint32_t
rec_snapshot_size_limit(const struct recorder *recorder)
{
    const struct rec_limits *limits = &recorder->limits;
    uint64_t leaf_size = limits->string_size_max > 1024 ? limits->string_size_max : 1024;
    uint64_t size = (uint64_t)limits->node_count_max * (leaf_size + FIXED_SIZE_MAX) + 64;
    return size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
}

bool
rec_snapshot_has_nodes(const struct rec_snapshot *snapshot, uint32_t count)
{
    return snapshot->node_count + count <= snapshot->recorder->limits.node_count_max;
}

void
rec_snapshot_note_word(struct rec_snapshot *snapshot, const struct rec_look_node *node,
                       size_t index, VALUE value)
{
    size_t tag_size = 1;
    if (node != NULL)
        rec_look_note_word(snapshot->recorder, node, index, value,
                           snapshot->out->size - snapshot->start + tag_size);
}

bool
rec_snapshot_put_reference(struct rec_snapshot *snapshot, VALUE object)
{
    struct recorder *recorder = snapshot->recorder;
    struct rec_snapshot_scratch *scratch = &recorder->snapshots;
    struct rec_assembly *out = snapshot->out;
    uint32_t mask = scratch->seen_capacity - 1;
    if (snapshot->wrapped == object) {
        snapshot->wrapped = 0; /* a later reference means what it is wrapped in */
        return false;
    }
    uint32_t at = (uint32_t)((uint64_t)object * 0x9E3779B97F4A7C15u >> 32) & mask;
    while (scratch->seen[at].epoch == scratch->epoch && scratch->seen[at].object != object)
        at = (at + 1) & mask;
    if (scratch->seen[at].epoch != scratch->epoch) {
        scratch->seen[at] = (struct rec_seen){
            .object = object,
            .epoch = scratch->epoch,
            .identity_offset = (uint32_t)(out->size - snapshot->start) + 5,
        };
        return false;
    }
    uint32_t identity = rec_identity_of(&recorder->identities, object);
    memcpy(out->bytes + snapshot->start + scratch->seen[at].identity_offset, &identity,
           sizeof identity);
    rec_assembly_put_u8(out, CT_SNAPSHOT_REF);
    rec_assembly_put_u32(out, rec_class_name_id(recorder, CLASS_OF(object)));
    rec_assembly_put_u32(out, identity);
    return true;
}

void
rec_snapshot_put_text(struct rec_snapshot *snapshot, uint32_t class_name_id, uint32_t identity,
                      const char *text, size_t size)
{
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_TEXT);
    rec_assembly_put_u32(snapshot->out, class_name_id);
    rec_assembly_put_u32(snapshot->out, identity);
    rec_assembly_put_u32(snapshot->out, (uint32_t)size);
    rec_assembly_put(snapshot->out, text, size);
}

void
rec_snapshot_put_absent(struct rec_snapshot *snapshot, const char *reason)
{
    struct recorder *recorder = snapshot->recorder;
    recorder->counts.uncaptured_count++;
    uint32_t reason_id = rec_name_put(recorder, reason, strlen(reason));
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_ABSENT);
    rec_assembly_put_u32(snapshot->out, reason_id);
}

void
rec_snapshot_put_cut(struct rec_snapshot *snapshot, uint32_t class_name_id, uint32_t identity,
                     uint64_t true_count)
{
    snapshot->is_cut = true;
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_CUT);
    rec_assembly_put_u32(snapshot->out, class_name_id);
    rec_assembly_put_u32(snapshot->out, identity);
    rec_assembly_put_u64(snapshot->out, true_count);
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_CUT_DEPTH);
}

void
rec_snapshot_put_hidden(struct rec_snapshot *snapshot, VALUE value)
{
    rec_secret_learn(snapshot->recorder, value);
    rec_assembly_put_u8(snapshot->out, CT_SNAPSHOT_ABSENT);
    rec_assembly_put_u32(snapshot->out, CT_SNAPSHOT_REDACTED);
    snapshot->recorder->counts.hidden_count++;
}

/* Class, number and what is said of it. */
static void
put_noted(struct rec_snapshot *snapshot, VALUE value, enum rec_kind kind)
{
    struct recorder *recorder = snapshot->recorder;
    uint32_t identity = rec_identity_of(&recorder->identities, value), note_id;
    uint32_t class_id = rec_class_name_id(recorder, CLASS_OF(value));
    bool has_note = rec_kind_note(recorder, kind, value, &note_id);
    rec_assembly_put_u8(snapshot->out, has_note ? CT_SNAPSHOT_NOTED : CT_SNAPSHOT_OPAQUE);
    rec_assembly_put_u32(snapshot->out, class_id);
    rec_assembly_put_u32(snapshot->out, identity);
    if (has_note)
        rec_assembly_put_u32(snapshot->out, note_id);
}

static void
put_kind(struct rec_snapshot *snapshot, VALUE value, enum rec_kind kind)
{
    char text[KIND_TEXT_SIZE_MAX];
    struct recorder *recorder = snapshot->recorder;
    const char *shown = text;
    size_t size = rec_kind_text(recorder, kind, value, text, sizeof text);
    rec_text_mask(recorder, text, size, &shown, &size);
    if (size > 0)
        rec_snapshot_put_text(snapshot, rec_class_name_id(recorder, CLASS_OF(value)), 0, shown,
                              size);
    else
        put_noted(snapshot, value, kind);
}

/* What a Set keeps its elements in; nil when it is another. */
static VALUE
hash_of_set(VALUE value)
{
    VALUE hash = rb_attr_get(value, rb_intern("@hash"));
    return RB_TYPE_P(hash, T_HASH) ? hash : Qnil;
}

/* Objects that have no contents of their own to show: variables if there are any, else class and
 * number. */
static void
put_object(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    if (value == snapshot->recorder->main_object && rb_ivar_count(value) == 0) {
        rec_snapshot_put_text(snapshot, rec_class_name_id(snapshot->recorder, rb_cObject), 0,
                              "main", 4);
        return;
    }
    if (value == snapshot->recorder->block_marker) {
        rec_snapshot_put_text(snapshot, rec_class_name_id(snapshot->recorder, rb_cProc), 0,
                              "#<Proc>", 7);
        return;
    }
    enum rec_kind kind = rec_kind_of(snapshot->recorder, value);
    VALUE hash;
    if (kind == REC_KIND_PLAIN)
        rec_snapshot_put_fields(snapshot, value, depth);
    else if (kind == REC_KIND_SERIALIZED)
        rec_snapshot_put_serialized(snapshot, value, depth);
    else if (kind == REC_KIND_EXCEPTION)
        rec_snapshot_put_exception(snapshot, value, depth);
    else if (kind == REC_KIND_SET && !NIL_P(hash = hash_of_set(value)))
        rec_snapshot_put_set(snapshot, value, hash, depth);
    else if (kind == REC_KIND_SET)
        rec_snapshot_put_fields(snapshot, value, depth);
    else if (kind == REC_KIND_MATCH && RB_TYPE_P(RMATCH(value)->str, T_STRING))
        rec_snapshot_put_match(snapshot, value, depth);
    else
        put_kind(snapshot, value, kind);
}

void
rec_snapshot_put_itself(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    switch (RB_BUILTIN_TYPE(value)) {
    case T_FLOAT:
        rec_snapshot_put_float(snapshot, value);
        return;
    case T_BIGNUM:
        rec_snapshot_put_bignum(snapshot, value);
        return;
    case T_STRING:
        rec_snapshot_put_string(snapshot, value);
        return;
    case T_SYMBOL:
        rec_snapshot_put_symbol(snapshot, value);
        return;
    case T_ARRAY:
        rec_snapshot_put_array(snapshot, value, depth);
        return;
    case T_HASH:
        rec_snapshot_put_hash(snapshot, value, depth);
        return;
    case T_STRUCT:
        rec_snapshot_put_struct(snapshot, value, depth);
        return;
    case T_RATIONAL:
    case T_COMPLEX:
        rec_snapshot_put_number_pair(snapshot, value, depth);
        return;
    case T_CLASS:
    case T_MODULE:
        rec_snapshot_put_module(snapshot, value);
        return;
    case T_OBJECT:
    case T_DATA:
    case T_REGEXP:
    case T_MATCH:
    case T_FILE:
        put_object(snapshot, value, depth);
        return;
    default:
        rec_snapshot_put_absent(snapshot, "an object of the VM's own");
    }
}

/* Whether it has instance variables besides what it is itself. */
static bool
is_wrapped(struct rec_snapshot *snapshot, VALUE value)
{
    switch (RB_BUILTIN_TYPE(value)) {
    case T_CLASS:
    case T_MODULE:
        return false; /* theirs are not shown */
    case T_OBJECT:
        return rec_kind_of(snapshot->recorder, value) == REC_KIND_SET &&
               !NIL_P(hash_of_set(value)) && rb_ivar_count(value) > 1;
    case T_STRUCT:
        if (!RTEST(rb_obj_is_kind_of(value, rb_cRange)))
            return false; /* among its members */
        break;
    case T_DATA:
        if (rec_kind_is_shown_by_fields(rec_kind_of(snapshot->recorder, value)))
            return false; /* there is nothing else to show */
        break;
    default:
        break;
    }
    return RB_FL_TEST_RAW(value, RUBY_FL_EXIVAR) != 0 && rec_variable_count(snapshot, value, 0) > 0;
}

void
rec_snapshot_put(struct rec_snapshot *snapshot, VALUE value, uint32_t depth)
{
    snapshot->node_count++;
    if (RB_SPECIAL_CONST_P(value)) {
        rec_snapshot_put_word(snapshot, value);
    } else if (RBASIC_CLASS(value) == 0) {
        rec_look_give_up(snapshot->recorder);
        rec_snapshot_put_absent(snapshot, "an object of the VM's own");
    } else {
        rec_look_note(snapshot->recorder, value);
        if (is_wrapped(snapshot, value))
            rec_snapshot_put_wrapped(snapshot, value, depth);
        else
            rec_snapshot_put_itself(snapshot, value, depth);
    }
}

bool
rec_snapshot_append(struct recorder *recorder, VALUE value, struct rec_assembly *out)
{
    if (!rec_assembly_reserve(out, recorder->limits.snapshot_size_max))
        return false;
    struct rec_snapshot snapshot = {.recorder = recorder, .out = out, .start = out->size};
    recorder->snapshots.epoch++;
    rec_snapshot_put(&snapshot, value, 0);
    recorder->counts.cut_count += snapshot.is_cut;
    return true;
}
