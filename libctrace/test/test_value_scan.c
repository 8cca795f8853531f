/* Scanning an encoded value finds the Structs that decoding it finds, and survives damage.
 *
 * The values are those of a script (trace_script.h), cut at every byte and with every byte changed
 * as well. */
#include "trace_script.h"

#include "value/value_scan.h"

#include <stdlib.h>
#include <string.h>

#define STRUCT_MAX 16

struct found {
    struct ct_scanned_struct structs[STRUCT_MAX];
    size_t count;
};

static enum ct_status
note_struct(void *context, const struct ct_scanned_struct *scanned)
{
    struct found *found = context;
    assert_true(found->count < STRUCT_MAX);
    found->structs[found->count++] = *scanned;
    return CT_OK;
}

/* Those within before the one around, as the scan has them. */
static bool
is_mark(const struct ct_value *value)
{
    bool is_found = value->kind != CT_VALUE_INT && value->kind != CT_VALUE_STRING &&
                    value->kind != CT_VALUE_NONE && value->kind != CT_VALUE_SEQUENCE;
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next)
        is_found = is_found || is_mark(child);
    return is_found;
}

static void
compare_structs(const struct ct_value *value, const struct found *found, size_t *index)
{
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next)
        compare_structs(child, found, index);
    if (value->kind != CT_VALUE_STRUCT)
        return;
    assert_true(*index < found->count);
    const struct ct_scanned_struct *scanned = &found->structs[(*index)++];
    const struct ct_value *child = value->first_child;
    assert_int_equal(scanned->type_id, value->type_id);
    assert_int_equal(scanned->count, value->child_count);
    for (uint64_t i = 0; i < scanned->count; i++, child = child->next) {
        const void *bytes;
        size_t size;
        uint64_t number;
        assert_true(ct_scanned_struct_field(scanned, i, &bytes, &size));
        assert_int_equal(size, child->encoded_size);
        assert_memory_equal(bytes, child->encoded, size);
        assert_int_equal(ct_scanned_struct_field_is_plain(scanned, i),
                         i < CT_SCANNED_OFFSET_MAX && !is_mark(child));
        const bool is_number = child->kind == CT_VALUE_INT;
        assert_int_equal(ct_value_scan_integer(bytes, size, &number), is_number);
        if (is_number)
            assert_int_equal(number, child->integer);
    }
    const void *bytes;
    size_t size;
    assert_false(ct_scanned_struct_field(scanned, scanned->count, &bytes, &size));
}

static void
ignore_damage(const uint8_t *bytes, size_t size)
{
    struct found found = {.count = 0};
    const enum ct_status status = ct_value_scan(bytes, size, note_struct, &found);
    assert_true(status == CT_OK || status == CT_ERR_FORMAT || status == CT_ERR_LIMIT);
}

/* In memory of its own, so that a sanitizer sees a read beyond it. */
static void
damage_value(const struct ct_trace_event *event)
{
    for (size_t size = 0; size < event->encoded_size; size++) {
        uint8_t *copy = malloc(size + 1);
        assert_non_null(copy);
        memcpy(copy, event->encoded, size);
        struct found found = {.count = 0};
        assert_int_equal(ct_value_scan(copy, size, note_struct, &found), CT_ERR_FORMAT);
        free(copy);
    }
    uint8_t *copy = malloc(event->encoded_size);
    assert_non_null(copy);
    memcpy(copy, event->encoded, event->encoded_size);
    for (size_t i = 0; i < event->encoded_size; i++) {
        const uint8_t before = copy[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            copy[i] = (uint8_t)(before ^ 1u << bit);
            ignore_damage(copy, event->encoded_size);
        }
        copy[i] = before;
    }
    free(copy);
}

static enum ct_status
note_arg(void *context, uint64_t name_id, const void *value, size_t value_size)
{
    const struct ct_trace_event *event = context;
    for (size_t i = 0; i < event->arg_count; i++) {
        if (event->args[i].name_id != name_id)
            continue;
        assert_int_equal(event->args[i].value->encoded_size, value_size);
        assert_ptr_equal(event->args[i].value->encoded, value);
        return CT_OK;
    }
    fail();
    return CT_OK;
}

static void
visit_all(void (*visit)(struct ct_trace_event *event))
{
    struct trace_script script;
    struct ct_trace_event event;
    trace_script_init(&script, CT_PROFILE_AUG26,
                      ":1 a=1 b='text' h=[] i=[1,['x',nil],2] j=[1,`Cut|… 2 more of 3`] "
                      "c=[1,#1C{@a:1,@b:[#2D{x:nil}]}] d=#3C{@a:`C|#<C #1>`} "
                      ">f:9(self=#1C{@a:5},x=7) :10 e=#4E{} f=nil "
                      "g=#5F{@a:1,@b:300,@c:70000,@d:'t',@e:nil,@f:[1],@g:#6G{@a:1},@h:8,@i:9,"
                      "@j:10,@k:11,@l:12,@m:13,@n:14} <nil");
    struct ct_trace_reader *reader = trace_script_open(&script, NULL);
    while (ct_trace_reader_next(reader, &event, NULL) == CT_OK)
        visit(&event);
    ct_trace_reader_close(reader);
    trace_script_release(&script);
}

/* Knows how long the first argument's value is. */
static size_t
match_arg(void *context, const void *bytes, size_t size)
{
    const struct ct_trace_event *event = context;
    const struct ct_value *value = event->args[0].value;
    const bool is_first = bytes == value->encoded;
    assert_true(size >= value->encoded_size || !is_first);
    return is_first ? value->encoded_size : 0;
}

static void
scan_args(struct ct_trace_event *event)
{
    const struct ct_args_visitor alone = {.visit = note_arg, .context = event};
    const struct ct_args_visitor matching = {note_arg, match_arg, event};
    assert_ok(ct_args_scan(event->encoded, event->encoded_size, &alone));
    assert_ok(ct_args_scan(event->encoded, event->encoded_size, &matching));
}

static void
compare_event(struct ct_trace_event *event)
{
    struct found found = {.count = 0};
    size_t index = 0;
    if (event->kind == CT_TRACE_CALL)
        scan_args(event);
    if (event->value == NULL)
        return;
    assert_ok(ct_value_scan(event->encoded, event->encoded_size, note_struct, &found));
    assert_int_equal(ct_value_scan_is_plain(event->encoded, event->encoded_size),
                     !is_mark(event->value));
    compare_structs(event->value, &found, &index);
    assert_int_equal(index, found.count);
}

static void
test_scan_finds_structs(void **state)
{
    (void)state;
    visit_all(compare_event);
}

static void
damage_event(struct ct_trace_event *event)
{
    if (event->value != NULL)
        damage_value(event);
    const struct ct_args_visitor visitor = {.visit = note_arg, .context = event};
    for (size_t size = 0; event->kind == CT_TRACE_CALL && size < event->encoded_size; size++)
        assert_int_equal(ct_args_scan(event->encoded, size, &visitor), CT_ERR_FORMAT);
}

static void
test_scan_survives_damage(void **state)
{
    (void)state;
    visit_all(damage_event);
}

static enum ct_status
end_scan(void *context, const struct ct_scanned_struct *found)
{
    (void)context, (void)found;
    return CT_ERR_MEMORY;
}

static void
stop_event(struct ct_trace_event *event)
{
    if (event->value != NULL && event->value->kind == CT_VALUE_STRUCT)
        assert_int_equal(ct_value_scan(event->encoded, event->encoded_size, end_scan, NULL),
                         CT_ERR_MEMORY);
}

static void
test_scan_ends_where_told(void **state)
{
    (void)state;
    visit_all(stop_event);
}

#define TYPE(number) "\x67type_id" number
#define FIELD        "\xA3\x64kind\x63Int\x61i\x18\x63" TYPE("\x01")
#define FIELDS                                                                                     \
    "\x6C"                                                                                         \
    "field_values\x81"
#define STRUCT_KIND "\x64kind\x66Struct"
#define LIST_KIND   "\x64kind\x68Sequence"
#define ELEMENTS                                                                                   \
    "\x68"                                                                                         \
    "elements\x81"

/* Writers of others may put keys in another order, and keys of their own beside them. */
static void
test_scan_takes_keys_in_any_order(void **state)
{
    static const char *const same[] = {
        "\xA3" STRUCT_KIND FIELDS FIELD TYPE("\x05"),
        "\xA4" STRUCT_KIND FIELDS FIELD "\x61x\xF6" TYPE("\x05"),
        "\xA3" TYPE("\x05") FIELDS "\xA3\x61i\x18\x63" TYPE("\x01") "\x64kind\x63Int" STRUCT_KIND,
        "\xA4" LIST_KIND ELEMENTS "\xA3" STRUCT_KIND FIELDS FIELD TYPE("\x05")
            TYPE("\x02") "\x68is_slice\xF4",
        "\xA4" LIST_KIND ELEMENTS
        "\xA3" STRUCT_KIND FIELDS FIELD TYPE("\x05") "\x68is_slice\xF4" TYPE("\x02"),
        "\xA3" LIST_KIND ELEMENTS "\xA3" STRUCT_KIND FIELDS FIELD TYPE("\x05") TYPE("\x02"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct found found = {.count = 0};
        const void *bytes;
        size_t size;
        uint64_t number;
        assert_ok(ct_value_scan(same[i], strlen(same[i]), note_struct, &found));
        assert_int_equal(found.count, 1);
        assert_int_equal(found.structs[0].type_id, 5);
        assert_true(ct_scanned_struct_field(&found.structs[0], 0, &bytes, &size));
        assert_true(ct_value_scan_integer(bytes, size, &number));
        assert_int_equal(number, 99);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_finds_structs),
        cmocka_unit_test(test_scan_survives_damage),
        cmocka_unit_test(test_scan_ends_where_told),
        cmocka_unit_test(test_scan_takes_keys_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
