/* Two trees side by side; where one is cut, the count that the cut tells. See value_same.h. */
#include "trace/value_same.h"

#include "value/value_scan.h"

#include <ctype.h>
#include <string.h>

/* ---- what the words of a Raw say ---- */

static bool
skip_text(const char **text, const char *end, const char *expected)
{
    const size_t size = strlen(expected);
    if ((size_t)(end - *text) < size || memcmp(*text, expected, size) != 0)
        return false;
    *text += size;
    return true;
}

static bool
skip_number(const char **text, const char *end, uint64_t *out_number)
{
    const char *start = *text;
    *out_number = 0;
    for (; *text < end && isdigit((unsigned char)**text); ++*text)
        *out_number = *out_number * 10 + (uint64_t)(**text - '0');
    return *text > start;
}

/* "[… 5 items]" or "{… 3 pairs}". */
static bool
read_count_mark(const struct ct_value *value, uint64_t *out_count)
{
    if (value->kind != CT_VALUE_RAW)
        return false;
    const char *text = value->text;
    const char *end = text + value->text_size;
    if (skip_text(&text, end, "[… "))
        return skip_number(&text, end, out_count) && skip_text(&text, end, " items]");
    return skip_text(&text, end, "{… ") && skip_number(&text, end, out_count) &&
           skip_text(&text, end, " pairs}");
}

/* The true count in "… 999980 more of 1000000", the last element of what was cut. */
static bool
read_rest_mark(const struct ct_value *value, uint64_t *out_count)
{
    if (value->kind != CT_VALUE_RAW)
        return false;
    const char *text = value->text;
    const char *end = text + value->text_size;
    uint64_t rest;
    return skip_text(&text, end, "… ") && skip_number(&text, end, &rest) &&
           skip_text(&text, end, " more of ") && skip_number(&text, end, out_count) && text == end;
}

/* "#<Bank #1>", "#<Bank #1 …>", "#<Bank #1, 7 fields …>". A class's name has no blank. */
static bool
read_object_mark(const struct ct_value *value, uint64_t *out_identity)
{
    if (value->kind != CT_VALUE_RAW)
        return false;
    const char *text = value->text;
    const char *end = text + value->text_size;
    if (!skip_text(&text, end, "#<"))
        return false;
    text = memchr(text, ' ', (size_t)(end - text));
    return text != NULL && skip_text(&text, end, " #") && skip_number(&text, end, out_identity) &&
           text < end && strchr("> ,", *text) != NULL;
}

bool
ct_type_has_identity(const struct ct_trace_type *type)
{
    return type != NULL && type->field_count > 0 && type->fields[0].name_size == 1 &&
           type->fields[0].name[0] == '#';
}

bool
ct_trace_value_identity(const struct ct_trace_reader *reader, const struct ct_value *value,
                        uint64_t *out_identity)
{
    const struct ct_value *first = value->first_child;
    if (value->kind != CT_VALUE_STRUCT)
        return read_object_mark(value, out_identity);
    if (first == NULL || first->kind != CT_VALUE_INT ||
        !ct_type_has_identity(ct_trace_reader_type(reader, value->type_id)))
        return false;
    *out_identity = (uint64_t)first->integer;
    return true;
}

/* ---- matching ---- */

/* How many elements the collection really has, and whether all of them are shown. */
static uint64_t
count_elements(const struct ct_value *value, bool *out_is_whole)
{
    uint64_t count = 0;
    *out_is_whole = true;
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        uint64_t true_count;
        if (child->next == NULL && read_rest_mark(child, &true_count)) {
            *out_is_whole = false;
            return true_count;
        }
        count++;
    }
    return count;
}

static enum ct_value_match
match_elements(const struct ct_trace_reader *reader, const struct ct_value *a,
               const struct ct_value *b)
{
    bool is_whole_a;
    bool is_whole_b;
    if (count_elements(a, &is_whole_a) != count_elements(b, &is_whole_b))
        return CT_VALUE_OTHER;
    enum ct_value_match match = is_whole_a && is_whole_b ? CT_VALUE_SAME : CT_VALUE_ALIKE;
    const struct ct_value *child = a->first_child;
    const struct ct_value *other = b->first_child;
    for (; child != NULL && other != NULL; child = child->next, other = other->next) {
        const bool is_cut =
            (!is_whole_a && child->next == NULL) || (!is_whole_b && other->next == NULL);
        const enum ct_value_match inner =
            is_cut ? CT_VALUE_ALIKE : ct_value_match(reader, child, other);
        if (inner > match)
            match = inner;
    }
    return match;
}

/* A collection, or the mark in its place, against another of which one is a mark. */
static enum ct_value_match
match_counts(const struct ct_value *a, const struct ct_value *b)
{
    const struct ct_value *both[] = {a, b};
    uint64_t counts[2];
    for (size_t i = 0; i < 2; i++) {
        bool is_whole;
        if (read_count_mark(both[i], &counts[i]))
            continue;
        if (both[i]->kind != CT_VALUE_SEQUENCE)
            return CT_VALUE_OTHER;
        counts[i] = count_elements(both[i], &is_whole);
    }
    return counts[0] == counts[1] ? CT_VALUE_ALIKE : CT_VALUE_OTHER;
}

/* An object without its number, "#<Proc>", against one with it: a block that the program has not
 * used yet is shown so, and may be the same. */
static enum ct_value_match
match_numberless(const struct ct_trace_reader *reader, const struct ct_value *bare,
                 const struct ct_value *object)
{
    const struct ct_trace_type *type = ct_trace_reader_type(reader, object->type_id);
    const struct ct_trace_type *bare_type = ct_trace_reader_type(reader, bare->type_id);
    const bool is_mark = bare->kind == CT_VALUE_RAW && bare->text_size > 3 &&
                         memcmp(bare->text, "#<", 2) == 0 &&
                         memchr(bare->text, ' ', bare->text_size) == NULL;
    return is_mark && type != NULL && bare_type != NULL && strcmp(type->name, bare_type->name) == 0
               ? CT_VALUE_ALIKE
               : CT_VALUE_OTHER;
}

static enum ct_value_match
match_leaves(const struct ct_value *a, const struct ct_value *b)
{
    const bool is_same = a->integer == b->integer && a->flag == b->flag &&
                         memcmp(&a->number, &b->number, sizeof a->number) == 0 &&
                         a->text_size == b->text_size &&
                         (a->text_size == 0 || memcmp(a->text, b->text, a->text_size) == 0);
    return is_same ? CT_VALUE_SAME : CT_VALUE_OTHER;
}

enum ct_value_match
ct_value_match(const struct ct_trace_reader *reader, const struct ct_value *a,
               const struct ct_value *b)
{
    uint64_t identity;
    uint64_t other;
    const bool is_object = ct_trace_value_identity(reader, a, &identity);
    const bool is_other_object = ct_trace_value_identity(reader, b, &other);
    if (is_object != is_other_object)
        return is_object ? match_numberless(reader, b, a) : match_numberless(reader, a, b);
    if (is_object)
        return identity == other ? CT_VALUE_SAME : CT_VALUE_OTHER;
    if (read_count_mark(a, &identity) || read_count_mark(b, &other))
        return match_counts(a, b);
    if (a->kind != b->kind || a->type_id != b->type_id)
        return CT_VALUE_OTHER;
    if (a->kind == CT_VALUE_SEQUENCE || a->first_child != NULL || b->first_child != NULL)
        return match_elements(reader, a, b);
    return match_leaves(a, b);
}

static bool
read_encoded_identity(const struct ct_trace_reader *reader, const struct ct_trace_encoded *value,
                      uint64_t *out_identity)
{
    struct ct_scanned_struct root;
    const void *bytes;
    size_t size;
    if (!ct_value_scan_root(value->bytes, value->size, &root))
        return false;
    return ct_type_has_identity(ct_trace_reader_type(reader, root.type_id)) &&
           ct_scanned_struct_field(&root, 0, &bytes, &size) &&
           ct_value_scan_integer(bytes, size, out_identity);
}

bool
ct_value_match_encoded(const struct ct_trace_reader *reader, const struct ct_trace_encoded *a,
                       const struct ct_trace_encoded *b, enum ct_value_match *out_match)
{
    uint64_t identity;
    uint64_t other;
    if (ct_value_scan_is_plain(a->bytes, a->size) && ct_value_scan_is_plain(b->bytes, b->size)) {
        const bool is_same = a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
        *out_match = is_same ? CT_VALUE_SAME : CT_VALUE_OTHER;
        return true;
    }
    if (!read_encoded_identity(reader, a, &identity) || !read_encoded_identity(reader, b, &other))
        return false;
    *out_match = identity == other ? CT_VALUE_SAME : CT_VALUE_OTHER;
    return true;
}
