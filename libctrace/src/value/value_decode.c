/* Decodes values: collects the keys it knows in any order, then builds the node that `kind` asks
 * for.
 *
 * See value_decode.h. Nodes are made when their map ends, so memory follows what was really read.
 * */
#include "value/value_decode.h"

#include <string.h>

/* Keys of a value's map. Each bit of a kind's `required` is 1 << key. */
enum value_key {
    KEY_KIND, KEY_TYPE_ID, KEY_I, KEY_F, KEY_B, KEY_TEXT, KEY_IS_SLICE, KEY_DISCRIMINATOR,
    KEY_ADDRESS, KEY_MUTABLE, KEY_R, KEY_MSG, KEY_NEGATIVE, KEY_C, KEY_PLACE,
    KEY_ELEMENTS, KEY_FIELD_VALUES, /* lists of values */
    KEY_CONTENTS, KEY_DEREFERENCED, /* one value */
    KEY_COUNT
};

/* With its size, which alone tells most of them apart. */
struct word {
    const char *text;
    size_t size;
};
#define WORD(text) {text, sizeof(text) - 1}

static const struct word key_names[KEY_COUNT] = {
    WORD("kind"), WORD("type_id"), WORD("i"), WORD("f"), WORD("b"),
    WORD("text"), WORD("is_slice"), WORD("discriminator"), WORD("address"),
    WORD("mutable"), WORD("r"), WORD("msg"), WORD("negative"), WORD("c"),
    WORD("place"), WORD("elements"), WORD("field_values"), WORD("contents"),
    WORD("dereferenced")};

/* What was collected of one map. */
struct value_parts {
    size_t offset; /* of the map */
    uint32_t present;
    struct ct_item leaves[KEY_ELEMENTS];
    enum value_key child_key;
    uint64_t child_count;
    const struct ct_value *first_child;
    uint8_t *scratch; /* room for a BigInt's magnitude */
};

struct decoder {
    struct ct_item_source *source;
    struct ct_arena *arena;
};

/* ---- the kinds: each puts its own fields into `value`; false when a part has the wrong type ----
 * */

static bool
take_text(const struct value_parts *parts, enum value_key key, struct ct_value *value)
{
    const struct ct_item *leaf = &parts->leaves[key];
    value->text = leaf->text;
    value->text_size = leaf->size;
    return leaf->kind == CT_ITEM_TEXT;
}

static bool
take_flag(const struct value_parts *parts, enum value_key key, struct ct_value *value)
{
    value->flag = parts->leaves[key].flag;
    return parts->leaves[key].kind == CT_ITEM_BOOL;
}

static bool
finish_int(const struct value_parts *parts, struct ct_value *value)
{
    return ct_item_i64(&parts->leaves[KEY_I], &value->integer);
}

static bool
finish_float(const struct value_parts *parts, struct ct_value *value)
{
    const struct ct_item *leaf = &parts->leaves[KEY_F];
    if (leaf->kind == CT_ITEM_TEXT)
        return take_text(parts, KEY_F, value);
    value->is_nim_form = true;
    value->number = leaf->number;
    if (leaf->kind == CT_ITEM_INTEGER) /* JSON of before 0.16.2 may say 2 for 2.0 */
        value->number = leaf->flag ? -1.0 - (double)leaf->magnitude : (double)leaf->magnitude;
    return leaf->kind == CT_ITEM_FLOAT || leaf->kind == CT_ITEM_INTEGER;
}

static bool
finish_bool(const struct value_parts *parts, struct ct_value *value)
{
    return take_flag(parts, KEY_B, value);
}

static bool
finish_string(const struct value_parts *parts, struct ct_value *value)
{
    return take_text(parts, KEY_TEXT, value);
}

static bool
finish_raw(const struct value_parts *parts, struct ct_value *value)
{
    return take_text(parts, KEY_R, value);
}

static bool
finish_error(const struct value_parts *parts, struct ct_value *value)
{
    return take_text(parts, KEY_MSG, value);
}

static bool
finish_char(const struct value_parts *parts, struct ct_value *value)
{
    return take_text(parts, KEY_C, value);
}

static bool
finish_sequence(const struct value_parts *parts, struct ct_value *value)
{
    return take_flag(parts, KEY_IS_SLICE, value);
}

static bool
finish_variant(const struct value_parts *parts, struct ct_value *value)
{
    return take_text(parts, KEY_DISCRIMINATOR, value);
}

static bool
finish_reference(const struct value_parts *parts, struct ct_value *value)
{
    return take_flag(parts, KEY_MUTABLE, value) &&
           ct_item_u64(&parts->leaves[KEY_ADDRESS], &value->address);
}

static bool
finish_cell(const struct value_parts *parts, struct ct_value *value)
{
    return ct_item_i64(&parts->leaves[KEY_PLACE], &value->integer);
}

static bool
finish_none(const struct value_parts *parts, struct ct_value *value)
{
    (void)parts, (void)value;
    return true;
}

static int
base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

/* Standard base64, padded; 3/4 of `size` bytes at `out_bytes`. False when it is something else. */
static bool
decode_base64(const char *text, size_t size, uint8_t *out_bytes, size_t *out_size)
{
    if (size % 4 != 0)
        return false;
    const size_t padding = size == 0 || text[size - 1] != '=' ? 0 : text[size - 2] == '=' ? 2 : 1;
    uint32_t bits = 0;
    size_t written = 0;
    for (size_t i = 0; i < size - padding; i++) {
        const int digit = base64_digit(text[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 > 0)
            out_bytes[written++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    *out_size = written;
    return true;
}

/* `b` is base64 text, or plain bytes from the Nim writers. */
static bool
finish_big_int(const struct value_parts *parts, struct ct_value *value)
{
    const struct ct_item *leaf = &parts->leaves[KEY_B];
    if (!take_flag(parts, KEY_NEGATIVE, value))
        return false;
    value->text = leaf->text;
    value->text_size = leaf->size;
    value->is_nim_form = leaf->kind == CT_ITEM_BYTES;
    if (value->is_nim_form)
        return true;
    value->text = (const char *)parts->scratch;
    return leaf->kind == CT_ITEM_TEXT &&
           decode_base64(leaf->text, leaf->size, parts->scratch, &value->text_size);
}

#define BIT(key) (1u << (key))

/* One row a kind, in the order of enum ct_value_kind. */
static const struct {
    struct word name;
    uint32_t required;
    bool (*finish)(const struct value_parts *parts, struct ct_value *value);
} kinds[] = {
    {WORD("Int"), BIT(KEY_TYPE_ID) | BIT(KEY_I), finish_int},
    {WORD("Float"), BIT(KEY_TYPE_ID) | BIT(KEY_F), finish_float},
    {WORD("Bool"), BIT(KEY_TYPE_ID) | BIT(KEY_B), finish_bool},
    {WORD("String"), BIT(KEY_TYPE_ID) | BIT(KEY_TEXT), finish_string},
    {WORD("Sequence"), BIT(KEY_TYPE_ID) | BIT(KEY_ELEMENTS) | BIT(KEY_IS_SLICE), finish_sequence},
    {WORD("Tuple"), BIT(KEY_TYPE_ID) | BIT(KEY_ELEMENTS), finish_none},
    {WORD("Struct"), BIT(KEY_TYPE_ID) | BIT(KEY_FIELD_VALUES), finish_none},
    {WORD("Variant"), BIT(KEY_TYPE_ID) | BIT(KEY_DISCRIMINATOR) | BIT(KEY_CONTENTS),
     finish_variant},
    {WORD("Reference"),
     BIT(KEY_TYPE_ID) | BIT(KEY_DEREFERENCED) | BIT(KEY_ADDRESS) | BIT(KEY_MUTABLE),
     finish_reference},
    {WORD("Raw"), BIT(KEY_TYPE_ID) | BIT(KEY_R), finish_raw},
    {WORD("Error"), BIT(KEY_TYPE_ID) | BIT(KEY_MSG), finish_error},
    {WORD("None"), BIT(KEY_TYPE_ID), finish_none},
    {WORD("Cell"), BIT(KEY_PLACE), finish_cell},
    {WORD("BigInt"), BIT(KEY_TYPE_ID) | BIT(KEY_B) | BIT(KEY_NEGATIVE), finish_big_int},
    {WORD("Char"), BIT(KEY_TYPE_ID) | BIT(KEY_C), finish_char},
};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)
#define CHILD_KEYS                                                                                 \
    (BIT(KEY_ELEMENTS) | BIT(KEY_FIELD_VALUES) | BIT(KEY_CONTENTS) | BIT(KEY_DEREFERENCED))

const char *
ct_value_kind_name(enum ct_value_kind kind)
{
    return (size_t)kind < KIND_COUNT ? kinds[kind].name.text : "?";
}

static enum ct_status
refuse(struct decoder *decoder, size_t offset, const char *kind, const char *what, const char *key)
{
    const struct ct_item place = {.offset = offset};
    return ct_item_refuse(decoder->source, &place, "%s %s %s", kind, what, key);
}

static bool
is_word(const struct ct_item *item, const struct word *word)
{
    return item->size == word->size && memcmp(item->text, word->text, word->size) == 0;
}

/* The kind's index in the table; its end when there is none of that name. hot */
static size_t
find_kind(const struct ct_item *item)
{
    size_t kind = 0;
    if (item->kind != CT_ITEM_TEXT)
        return KIND_COUNT;
    while (kind < KIND_COUNT && !is_word(item, &kinds[kind].name))
        kind++;
    return kind;
}

/* hot */
static enum value_key
find_key(const struct ct_item *item)
{
    for (int key = 0; key < KEY_COUNT; key++) {
        if (is_word(item, &key_names[key]))
            return (enum value_key)key;
    }
    return KEY_COUNT;
}

static enum ct_status
build_node(struct decoder *decoder, struct value_parts *parts, struct ct_value **out_value)
{
    const size_t kind = find_kind(&parts->leaves[KEY_KIND]);
    if (kind == KIND_COUNT)
        return refuse(decoder, parts->offset, "the value", "has no known", "kind");
    const char *name = kinds[kind].name.text;
    const uint32_t lacking = kinds[kind].required & ~parts->present;
    if (lacking != 0)
        return refuse(decoder, parts->offset, name, "lacks",
                      key_names[__builtin_ctz(lacking)].text);
    struct ct_value *value = ct_arena_get(decoder->arena, sizeof *value);
    if (value == NULL)
        return CT_ERR_MEMORY;
    *value = (struct ct_value){.kind = (enum ct_value_kind)kind};
    if (value->kind == CT_VALUE_BIG_INT)
        parts->scratch = ct_arena_get(decoder->arena, parts->leaves[KEY_B].size);
    if (value->kind == CT_VALUE_BIG_INT && parts->scratch == NULL)
        return CT_ERR_MEMORY;
    if ((kinds[kind].required & CHILD_KEYS) != 0) {
        value->child_count = parts->child_count;
        value->first_child = parts->first_child;
    }
    if (value->kind != CT_VALUE_CELL &&
        !ct_item_u64(&parts->leaves[KEY_TYPE_ID], &value->type_id))
        return refuse(decoder, parts->offset, name, "has a", "type_id that is no id");
    if (!kinds[kind].finish(parts, value))
        return refuse(decoder, parts->offset, name, "has a", "field of the wrong type or size");
    *out_value = value;
    return CT_OK;
}

static enum ct_status decode_map(struct decoder *decoder, const struct ct_item *map, unsigned depth,
                                 struct ct_value **out_value);

static enum ct_status
decode_list(struct decoder *decoder, unsigned depth, struct value_parts *parts)
{
    const struct ct_value **link = &parts->first_child;
    for (;;) {
        struct ct_item item;
        CT_TRY(ct_item_next(decoder->source, &item));
        if (item.kind == CT_ITEM_END)
            return CT_OK;
        struct ct_value *child = NULL;
        CT_TRY(decode_map(decoder, &item, depth + 1, &child));
        *link = child;
        link = &child->next;
        parts->child_count++;
    }
}

static enum ct_status
decode_children(struct decoder *decoder, enum value_key key, unsigned depth,
                struct value_parts *parts)
{
    struct ct_item item;
    CT_TRY(ct_item_next(decoder->source, &item));
    if ((parts->present & CHILD_KEYS & ~BIT(key)) != 0)
        return refuse(decoder, item.offset, "the value", "has two", "sets of children");
    if (key == KEY_ELEMENTS || key == KEY_FIELD_VALUES) {
        if (item.kind != CT_ITEM_ARRAY)
            return refuse(decoder, item.offset, key_names[key].text, "is", "no list");
        return decode_list(decoder, depth, parts);
    }
    struct ct_value *child;
    CT_TRY(decode_map(decoder, &item, depth + 1, &child));
    parts->first_child = child;
    parts->child_count = 1;
    return CT_OK;
}

static enum ct_status
decode_entry(struct decoder *decoder, const struct ct_item *name, unsigned depth,
             struct value_parts *parts)
{
    const enum value_key key = find_key(name);
    struct ct_item unknown;
    if (key == KEY_COUNT) {
        CT_TRY(ct_item_next(decoder->source, &unknown));
        return ct_item_skip(decoder->source, &unknown);
    }
    if ((parts->present & BIT(key)) != 0)
        return refuse(decoder, name->offset, "the value", "has twice", key_names[key].text);
    parts->present |= BIT(key);
    if (key >= KEY_ELEMENTS)
        return decode_children(decoder, key, depth, parts);
    CT_TRY(ct_item_next(decoder->source, &parts->leaves[key]));
    return ct_item_skip(decoder->source, &parts->leaves[key]);
}

static enum ct_status
decode_map(struct decoder *decoder, const struct ct_item *map, unsigned depth,
           struct ct_value **out_value)
{
    if (map->kind != CT_ITEM_MAP)
        return refuse(decoder, map->offset, "the value", "is", "no map");
    if (depth >= CT_VALUE_DEPTH_MAX)
        return ct_error_put(decoder->source->error, CT_ERR_LIMIT, decoder->source->file,
                            map->offset, "the value is nested deeper than %d levels",
                            CT_VALUE_DEPTH_MAX);
    struct value_parts parts;
    parts.offset = map->offset;
    parts.present = 0;
    parts.leaves[KEY_KIND].kind = CT_ITEM_NULL; /* the other leaves are read only where present */
    parts.child_count = 0;
    parts.first_child = NULL;
    parts.scratch = NULL;
    for (;;) {
        struct ct_item name;
        CT_TRY(ct_item_next(decoder->source, &name));
        if (name.kind == CT_ITEM_END)
            break;
        CT_TRY(decode_entry(decoder, &name, depth, &parts));
    }
    CT_TRY(build_node(decoder, &parts, out_value));
    (*out_value)->encoded = decoder->source->input + map->offset;
    (*out_value)->encoded_size = decoder->source->consumed - map->offset;
    return CT_OK;
}

enum ct_status
ct_value_decode(struct ct_item_source *source, struct ct_arena *arena,
                const struct ct_value **out_value)
{
    struct decoder decoder = {source, arena};
    struct ct_item item;
    struct ct_value *value;
    CT_TRY(ct_item_next(source, &item));
    CT_TRY(decode_map(&decoder, &item, 0, &value));
    *out_value = value;
    return CT_OK;
}
