/* See look_table.h. doc/design/looks.md argues why a look is sound. */
#include "look_table.h"

#include "fingerprint.h"
#include "look_print.h"
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

/* ---- what of one object its copy depends on ----
 * Its own words, of which any object has as many as a head, and up to two areas that they lead to:
 * where the words are as they were, so are the pointers among them. */

#define DELETED_PAIRS_MAX 64 /* that are passed over in a hash */
#define NOT_KEPT          UINT32_MAX

static void
set_head(struct rec_look_node *node)
{
    memcpy(node->head, (const void *)node->object, sizeof node->head);
    node->rest_mask = ~(VALUE)0;
}

/* Keeps an area's bytes, or where there is no room a print of them. What lies in the head needs no
 * more. */
static void
add_area(struct rec_look *look, struct rec_look_node *node, const void *at, size_t size)
{
    const char *start = at, *object = (const char *)node->object;
    if (size == 0 || (start >= object && start + size <= object + sizeof node->head))
        return;
    struct rec_look_area *area = node->areas[0].size == 0 ? &node->areas[0] : &node->areas[1];
    *area = (struct rec_look_area){.at = at, .size = (uint32_t)size, .offset = NOT_KEPT};
    if (rec_pad(size) > sizeof look->kept - look->kept_size) {
        node->print = rec_fingerprint(at, size);
        return;
    }
    area->offset = look->kept_size;
    memcpy(look->kept + look->kept_size, at, size);
    look->kept_size += (uint32_t)rec_pad(size);
}

/* The same for the words of an object's parts. */
static void
add_content(struct rec_look *look, struct rec_look_node *node, const VALUE *words, size_t count)
{
    add_area(look, node, words, count * sizeof *words);
    if (count > REC_LOOK_PLACE_MAX - look->place_count)
        return;
    node->content = words;
    node->content_count = (uint16_t)count;
    node->first_place = (uint16_t)look->place_count;
    memset(look->places + look->place_count, 0, count * sizeof look->places[0]);
    look->place_count += (uint32_t)count;
}

static __attribute__((noinline)) bool
has_same_print(const struct rec_look_node *node, const struct rec_look_area *area)
{
    return rec_fingerprint(area->at, area->size) == node->print;
}

/* hot */
static inline bool
is_same_area(const struct rec_look *look, const struct rec_look_node *node,
             const struct rec_look_area *area)
{
    if (area->size == 0)
        return true;
    if (__builtin_expect(area->offset == NOT_KEPT, 0))
        return has_same_print(node, area);
    return memcmp(look->kept + area->offset, area->at, area->size) == 0;
}

/* One byte more than is kept decides where a character ends. */
static void
add_string(const struct recorder *recorder, struct rec_look *look, struct rec_look_node *node)
{
    size_t size = (size_t)RSTRING_LEN(node->object), limit = recorder->limits.string_size_max + 1;
    add_area(look, node, RSTRING_PTR(node->object), size < limit ? size : limit);
}

static void
add_array(const struct recorder *recorder, struct rec_look *look, struct rec_look_node *node)
{
    size_t count = (size_t)RARRAY_LEN(node->object), limit = recorder->limits.item_count_max;
    add_content(look, node, rec_array_words(node->object), count < limit ? count : limit);
}

/* Deleted entries count like others: more than the copy shows, never less. Where many stand in the
 * way there is no look. */
static bool
add_table(const struct recorder *recorder, struct rec_look *look, struct rec_look_node *node)
{
    const struct rec_hash_table *table = rec_hash_table(&recorder->layout.hashes, node->object);
    const struct rec_hash_entry *entries = table->entries;
    uint32_t rest = recorder->limits.item_count_max;
    uint64_t start = table->entries_start, end = start + rest + DELETED_PAIRS_MAX, i;
    for (i = start; i < table->entries_end && rest > 0; i++) {
        if (i == end)
            return false;
        rest -= entries[i].hash != REC_HASH_DELETED;
    }
    /* Its first word has a byte that is never written, and says nothing that the rest does not. */
    add_area(look, node, &table->type, sizeof *table - offsetof(struct rec_hash_table, type));
    add_content(look, node, (const VALUE *)(entries + start),
                (i - start) * (sizeof *entries / sizeof(VALUE)));
    return true;
}

/* The pairs of a small hash up to its last: what comes behind that shows in its size. */
static void
add_pairs(const struct recorder *recorder, struct rec_look *look, struct rec_look_node *node)
{
    size_t rest = RHASH_SIZE(node->object), i = 0;
    if (rest == 0)
        return;
    const VALUE *pairs = rec_hash_pairs(&recorder->layout.hashes, node->object);
    for (; i < REC_HASH_SMALL_PAIRS && rest > 0; i++)
        rest -= pairs[2 * i] != Qundef;
    add_content(look, node, pairs, 2 * i);
}

static bool
add_hash(const struct recorder *recorder, struct rec_look *look, struct rec_look_node *node)
{
    const struct rec_hash_layout *layout = &recorder->layout.hashes;
    if (!layout->readable)
        return false;
    if (rec_hash_has_table(layout, node->object))
        return add_table(recorder, look, node);
    add_pairs(recorder, look, node);
    return true;
}

/* Instance variables of what is no plain object lie elsewhere. */
static bool
has_distant_variables(VALUE object)
{
    return RB_FL_TEST_RAW(object, FL_EXIVAR) != 0 && !RB_TYPE_P(object, T_CLASS) &&
           !RB_TYPE_P(object, T_MODULE);
}

/* What no words describe. */
static bool
add_print(struct recorder *recorder, struct rec_look_node *node)
{
    enum rec_look_by by = rec_look_by(recorder, node->object, &node->kind);
    node->rest_mask = 0;
    node->is_printed = by == REC_LOOK_BY_PRINT;
    if (node->is_printed)
        return rec_look_print(recorder, node->object, node->kind, &node->print);
    return by == REC_LOOK_BY_CLASS;
}

/* What lies behind the head; false: it cannot be told. */
static bool
add_contents(struct recorder *recorder, struct rec_look *look, struct rec_look_node *node)
{
    VALUE object = node->object;
    node->has_variables = has_distant_variables(object);
    if (node->has_variables)
        node->variables = rec_look_print_variables(object);
    switch (RB_BUILTIN_TYPE(object)) {
    case T_STRING:
        add_string(recorder, look, node);
        return true;
    case T_ARRAY:
        add_array(recorder, look, node);
        return true;
    case T_HASH:
        return add_hash(recorder, look, node);
    case T_OBJECT:
        add_content(look, node, ROBJECT_IVPTR(object), rec_object_word_count(object));
        return true;
    case T_FLOAT:
    case T_RATIONAL: /* the parts follow */
    case T_COMPLEX:
        return true;
    case T_CLASS:
    case T_MODULE:
        node->rest_mask = 0; /* the name alone is shown */
        return true;
    default:
        return add_print(recorder, node);
    }
}

static bool
is_same_print(struct recorder *recorder, const struct rec_look_node *node)
{
    uint64_t print;
    return rec_look_print(recorder, node->object, node->kind, &print) && print == node->print;
}

/* The class that a name is shown of. */
static VALUE
shown_class(VALUE object)
{
    bool is_module = RB_TYPE_P(object, T_CLASS) || RB_TYPE_P(object, T_MODULE);
    return is_module ? object : rb_class_real(RBASIC_CLASS(object));
}

/* Of what is more than words. */
static __attribute__((noinline)) bool
is_same_more(struct recorder *recorder, const struct rec_look_node *node)
{
    if (node->is_nameless && !rec_class_is_nameless(shown_class(node->object)))
        return false;
    if (node->has_variables && rec_look_print_variables(node->object) != node->variables)
        return false;
    return !node->is_printed || is_same_print(recorder, node);
}

/* ---- the words of an object ---- */

struct word_check {
    const VALUE *words;
    size_t count, found;
    bool is_same;
};

static int
check_word(ID name, VALUE value, st_data_t context)
{
    struct word_check *check = (struct word_check *)context;
    (void)name;
    while (check->found < check->count && check->words[check->found] == Qundef)
        check->found++; /* not set */
    check->is_same = check->found < check->count && check->words[check->found++] == value;
    return check->is_same ? ST_CONTINUE : ST_STOP;
}

/* Whether this object's variables are the words that are compared, all of them: an object
 * with too many shapes keeps them in a table. Its flags say the same for as long as they last. */
static bool
keeps_variables_as_words(VALUE object)
{
    size_t count = rec_object_word_count(object);
    struct word_check check = {.is_same = true};
    if (count == 0)
        return rb_ivar_count(object) == 0;
    if (count > REC_LOOK_WORD_MAX)
        return false;
    check.words = ROBJECT_IVPTR(object);
    check.count = count;
    rb_ivar_foreach(object, check_word, (st_data_t)&check);
    return check.is_same;
}

/* Whether it can be told that what is shown of a class's name is as it was. */
static bool
has_told_name(struct recorder *recorder, VALUE object, bool *out_is_nameless)
{
    VALUE klass = shown_class(object);
    *out_is_nameless = false;
    if (rec_class_is_named(recorder, klass))
        return true;
    *out_is_nameless = rec_class_is_nameless(klass);
    return *out_is_nameless;
}

/* Makes the node that of `object`; false: it cannot be told whether that is as it was. */
static bool
describe(struct recorder *recorder, struct rec_look *look, struct rec_look_node *node, VALUE object,
         bool is_known)
{
    bool is_nameless = false;
    if (!is_known && (!has_told_name(recorder, object, &is_nameless) ||
                      (RB_TYPE_P(object, T_OBJECT) && !keeps_variables_as_words(object))))
        return false;
    *node = (struct rec_look_node){.object = object, .is_nameless = is_nameless};
    set_head(node);
    if (!add_contents(recorder, look, node))
        return false;
    node->has_more = node->is_printed || is_nameless || node->has_variables;
    node->is_all_head = node->areas[0].size == 0 && !node->has_more;
    return true;
}

/* ---- the table ---- */

bool
rec_look_table_init(struct rec_look_table *table)
{
    table->present = NULL;
    table->looks = calloc(REC_LOOK_COUNT, sizeof *table->looks);
    return table->looks != NULL;
}

void
rec_look_table_release(struct rec_look_table *table)
{
    free(table->looks);
    *table = (struct rec_look_table){.looks = NULL};
}

void
rec_look_table_reset(struct rec_look_table *table)
{
    for (uint32_t i = 0; table->looks != NULL && i < REC_LOOK_COUNT; i++)
        table->looks[i].root = 0;
}

void
rec_look_begin(struct recorder *recorder, VALUE value)
{
    struct rec_look *look = rec_look_place(&recorder->looks, value);
    bool is_known = look->root == value && look->epoch == recorder->identities.epoch;
    recorder->looks.known_count = is_known ? look->node_count : 0;
    look->root = value;
    look->epoch = recorder->identities.epoch;
    look->node_count = look->kept_size = look->place_count = 0;
    look->is_simple = false;
    look->cut_count = (uint32_t)recorder->counts.cut_count;
    look->uncaptured_count = (uint32_t)recorder->counts.uncaptured_count;
    recorder->looks.present = look;
}

void
rec_look_give_up(struct recorder *recorder)
{
    if (recorder->looks.present == NULL)
        return;
    recorder->looks.present->root = 0;
    recorder->looks.present = NULL;
}

/* Whether what cannot change while class and flags stay was asked of this object before. */
static inline bool
is_known_node(const struct rec_look_table *table, const struct rec_look_node *node, VALUE object,
              uint32_t index)
{
    return index < table->known_count && node->object == object && !node->is_nameless &&
           node->head[0] == RBASIC(object)->flags && node->head[1] == RBASIC_CLASS(object);
}

void
rec_look_note(struct recorder *recorder, VALUE object)
{
    struct rec_look *look = recorder->looks.present;
    if (look == NULL)
        return;
    struct rec_look_node *node = &look->nodes[look->node_count];
    if (look->node_count < REC_LOOK_NODE_MAX &&
        describe(recorder, look, node, object,
                 is_known_node(&recorder->looks, node, object, look->node_count)))
        look->node_count++;
    else
        rec_look_give_up(recorder);
}

struct rec_look_node *
rec_look_noted(const struct recorder *recorder, VALUE object)
{
    struct rec_look *look = recorder->looks.present;
    if (look == NULL || look->node_count == 0)
        return NULL;
    struct rec_look_node *node = &look->nodes[look->node_count - 1];
    return node->object == object ? node : NULL;
}

/* Of these one takes another's place without any further change. */
static inline bool
is_exchangeable(VALUE value)
{
    return RB_SPECIAL_CONST_P(value) && !RB_STATIC_SYM_P(value) && value != Qundef;
}

void
rec_look_note_word(struct recorder *recorder, const struct rec_look_node *node, size_t index,
                   VALUE value, size_t offset)
{
    struct rec_look *look = recorder->looks.present;
    if (look == NULL || index >= node->content_count || node->content[index] != value ||
        !is_exchangeable(value) || offset > REC_LOOK_BYTES_MAX - sizeof value)
        return;
    look->places[node->first_place + index] = (uint16_t)offset;
}

static bool
is_simple(const struct rec_look_node *node)
{
    return node->is_all_head ||
           (!node->has_more && node->areas[0].offset != NOT_KEPT && node->areas[1].size == 0);
}

static inline void
pad_bytes(struct rec_look *look)
{
    memset(look->bytes + look->size, 0, REC_PAIR_SIZE);
}

void
rec_look_end(struct recorder *recorder, const uint8_t *copy, uint32_t size, uint64_t fingerprint)
{
    struct rec_look *look = recorder->looks.present;
    if (look == NULL)
        return;
    recorder->looks.present = NULL;
    look->size = size;
    look->fingerprint = fingerprint;
    look->cut_count = (uint32_t)recorder->counts.cut_count - look->cut_count;
    look->uncaptured_count = (uint32_t)recorder->counts.uncaptured_count - look->uncaptured_count;
    look->is_simple = look->node_count == 1 && is_simple(&look->nodes[0]);
    if (size > REC_LOOK_BYTES_MAX)
        return;
    memcpy(look->bytes, copy, size);
    pad_bytes(look);
}

/* ---- looking again, and mending ---- */

/* What the pairs add that a word at `place` of the copy lies in. */
static inline uint64_t
print_around(const struct rec_look *look, size_t place)
{
    size_t offset = place & ~(size_t)(REC_PAIR_SIZE - 1), next = offset + REC_PAIR_SIZE;
    uint64_t print = rec_copy_print_pair(look->bytes + offset, offset);
    return place + sizeof(VALUE) > next ? print + rec_copy_print_pair(look->bytes + next, next)
                                        : print;
}

static inline bool
mend_word(struct rec_look *look, const struct rec_look_node *node, const VALUE *now, VALUE *old)
{
    size_t index = (size_t)(now - node->content);
    if (node->content == NULL || now < node->content || index >= node->content_count)
        return false;
    uint16_t place = look->places[node->first_place + index];
    if (place == 0 || look->size > REC_LOOK_BYTES_MAX || !is_exchangeable(*now))
        return false;
    look->fingerprint -= print_around(look, place);
    memcpy(look->bytes + place, now, sizeof *now);
    look->fingerprint += print_around(look, place);
    *old = *now;
    return true;
}

static __attribute__((noinline)) bool
mend_head(struct rec_look *look, struct rec_look_node *node)
{
    const VALUE *words = (const VALUE *)node->object;
    if (words[0] != node->head[0] || words[1] != node->head[1])
        return false;
    for (int i = 2; i < (int)REC_LOOK_HEAD_WORDS; i++) {
        if (words[i] != node->head[i] && !mend_word(look, node, &words[i], &node->head[i]))
            return false;
    }
    return true;
}

/* Words of an area that has changed; what lies behind the last whole one is the rest of a text. */
static __attribute__((noinline)) bool
mend_area(struct rec_look *look, const struct rec_look_node *node, const struct rec_look_area *area)
{
    const VALUE *now = area->at;
    size_t count = area->size / sizeof *now;
    if (area->offset == NOT_KEPT || area->size % sizeof *now != 0)
        return false;
    VALUE *old = (VALUE *)(void *)(look->kept + area->offset);
    for (size_t i = 0; i < count; i++) {
        if (now[i] != old[i] && !mend_word(look, node, &now[i], &old[i]))
            return false;
    }
    return true;
}

/* hot */
static inline bool
renew_area(struct rec_look *look, const struct rec_look_node *node,
           const struct rec_look_area *area)
{
    return is_same_area(look, node, area) || mend_area(look, node, area);
}

/* Of a look that is simple, and not at what it was. hot */
static bool
mend_simple(struct rec_look *look)
{
    struct rec_look_node *node = &look->nodes[0];
    return (rec_look_has_same_head(node) || mend_head(look, node)) &&
           (node->is_all_head || mend_area(look, node, &node->areas[0]));
}

/* What is more than words is never mended. */
static __attribute__((noinline)) bool
is_same_with_more(struct recorder *recorder, const struct rec_look *look,
                  const struct rec_look_node *node)
{
    return rec_look_has_same_head(node) && is_same_more(recorder, node) &&
           is_same_area(look, node, &node->areas[0]) && is_same_area(look, node, &node->areas[1]);
}

/* hot */
static inline bool
renew_node(struct recorder *recorder, struct rec_look *look, struct rec_look_node *node)
{
    if (__builtin_expect(node->has_more, 0))
        return is_same_with_more(recorder, look, node);
    if (!rec_look_has_same_head(node) && !mend_head(look, node))
        return false;
    return node->is_all_head || (renew_area(look, node, &node->areas[0]) &&
                                 renew_area(look, node, &node->areas[1]));
}

/* A String alone, whose text has become another. */
static __attribute__((noinline)) bool
renew_string(struct recorder *recorder, struct rec_look *look)
{
    struct rec_look_node *node = look->nodes;
    VALUE string = look->root;
    if (look->node_count != 1 || look->size > REC_LOOK_BYTES_MAX || node->has_more ||
        RB_BUILTIN_TYPE(string) != T_STRING || RBASIC_CLASS(string) != node->head[1] ||
        has_distant_variables(string) || (look->cut_count | look->uncaptured_count) != 0 ||
        !rec_snapshot_renew_string(recorder, string, look->bytes, &look->size))
        return false;
    set_head(node);
    node->areas[0] = node->areas[1] = (struct rec_look_area){.size = 0};
    look->kept_size = 0;
    add_string(recorder, look, node);
    node->is_all_head = node->areas[0].size == 0;
    look->is_simple = is_simple(node);
    pad_bytes(look);
    look->fingerprint = rec_copy_print(look->bytes, look->size);
    return true;
}

/* hot */
const struct rec_look *
rec_look_renew(struct recorder *recorder, struct rec_look *look)
{
    if (look->is_simple)
        return mend_simple(look) || renew_string(recorder, look) ? look : NULL;
    struct rec_look_node *node = look->nodes, *end = node + look->node_count;
    for (; node < end; node++) {
        if (!renew_node(recorder, look, node))
            return renew_string(recorder, look) ? look : NULL;
    }
    return look;
}
