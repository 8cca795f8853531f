/* How words and snapshots are shown: the rows of doc/format/values.md, and damage.
 *
 * What is encoded is read back with the value reader and told as text; types come from a table of
 * the test's own, so that no trace is needed. */
#include "base/word.h"
#include "ctrace/value_reader.h"
#include "record_builder.h"
#include "value/snapshot_decode.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TYPE_COUNT_MAX 64

enum name_id {
    NAME_ARRAY,
    NAME_HASH,
    NAME_STRING,
    NAME_BANK,
    NAME_THREAD,
    NAME_SHIFT_JIS,
    NAME_TOTAL,
    NAME_OWNER,
    NAME_REASON,
    NAME_BROKEN, /* not UTF-8 */
    NAME_COUNT
};

static const struct ct_snapshot_name names[NAME_COUNT] = {
    [NAME_ARRAY] = {.text = "Array", .size = 5},
    [NAME_HASH] = {.text = "Hash", .size = 4},
    [NAME_STRING] = {.text = "String", .size = 6},
    [NAME_BANK] = {.text = "Bank", .size = 4},
    [NAME_THREAD] = {.text = "Thread", .size = 6},
    [NAME_SHIFT_JIS] = {.text = "Shift_JIS", .size = 9},
    [NAME_TOTAL] = {.text = "@total", .size = 6},
    [NAME_OWNER] = {.text = "@owner", .size = 6},
    [NAME_REASON] = {.text = "it moved", .size = 8},
    [NAME_BROKEN] = {.text = "a\\xFF", .size = 5, .true_size = 2, .is_escaped = true},
};

#define SYMBOL_WORD(name_id) ((uint64_t)(name_id) << 8 | 0x0c)

struct known_type {
    char name[64];
    enum ct_type_kind kind;
    char fields[128];
};

struct fixture {
    struct ct_snapshot_decoder decoder;
    struct ct_value_writer *writer;
    struct ct_value_reader *reader;
    struct record_builder builder;
    struct known_type types[TYPE_COUNT_MAX];
    size_t type_count;
    char shown[4096];
};

static const struct ct_snapshot_name *
find_name(void *context, uint32_t name_id)
{
    (void)context;
    return name_id < NAME_COUNT ? &names[name_id] : NULL;
}

static const struct ct_snapshot_name *
find_symbol(void *context, uint64_t word)
{
    return find_name(context, (uint32_t)(word >> 8));
}

static enum ct_status
put_type(void *context, enum ct_type_kind kind, const struct ct_snapshot_name *name,
         const char *const *fields, size_t field_count, uint64_t *out_type_id)
{
    struct fixture *fixture = context;
    struct known_type *type = &fixture->types[fixture->type_count];
    assert_true(fixture->type_count < TYPE_COUNT_MAX);
    memcpy(type->name, name->text, name->size);
    type->kind = kind;
    for (size_t i = 0; i < field_count; i++) {
        strcat(type->fields, fields[i]);
        strcat(type->fields, ",");
    }
    *out_type_id = fixture->type_count++;
    return CT_OK;
}

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    const struct ct_snapshot_source source = {.context = fixture,
                                              .name_find = find_name,
                                              .symbol_find = find_symbol,
                                              .type_put = put_type};
    if (fixture == NULL || ct_value_writer_new(CT_PROFILE_AUG26, NULL, &fixture->writer) != CT_OK ||
        ct_value_reader_new(NULL, &fixture->reader) != CT_OK)
        return -1;
    ct_snapshot_decoder_init(&fixture->decoder, &source, fixture->writer, ct_alloc_default());
    fixture->decoder.words = (struct ct_snapshot_words){
        .nil = WORD_NIL, .yes = WORD_TRUE, .no = WORD_FALSE, .undef = WORD_UNDEF};
    build_init(&fixture->builder);
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;
    ct_snapshot_decoder_release(&fixture->decoder);
    ct_value_writer_free(fixture->writer);
    ct_value_reader_free(fixture->reader);
    build_release(&fixture->builder);
    free(fixture);
    return 0;
}

/* ---- what is shown, as text: Kind:type(content) ---- */

static void
show(struct fixture *fixture, const char *format, ...)
{
    size_t used = strlen(fixture->shown);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fixture->shown + used, sizeof fixture->shown - used, format, arguments);
    va_end(arguments);
}

static void
show_value(struct fixture *fixture, const struct ct_value *value)
{
    const struct known_type *type = &fixture->types[value->type_id];
    assert_true(value->type_id < fixture->type_count);
    show(fixture, "%s:%s/%d", ct_value_kind_name(value->kind), type->name, (int)type->kind);
    if (value->kind == CT_VALUE_INT)
        show(fixture, " %lld", (long long)value->integer);
    if (value->kind == CT_VALUE_BOOL)
        show(fixture, " %d", value->flag);
    if (value->kind == CT_VALUE_REFERENCE)
        show(fixture, " #%llu", (unsigned long long)value->address);
    if (value->kind == CT_VALUE_STRUCT)
        show(fixture, " %s", type->fields);
    if (value->kind == CT_VALUE_BIG_INT) {
        show(fixture, value->flag ? " -" : " +");
        for (size_t i = 0; i < value->text_size; i++)
            show(fixture, "%02x", (uint8_t)value->text[i]);
    } else if (value->text != NULL) {
        show(fixture, " %.*s", (int)value->text_size, value->text);
    }
    if (value->kind != CT_VALUE_SEQUENCE && value->kind != CT_VALUE_TUPLE &&
        value->kind != CT_VALUE_STRUCT && value->kind != CT_VALUE_REFERENCE)
        return;
    show(fixture, " [");
    for (const struct ct_value *child = value->first_child; child != NULL; child = child->next) {
        show_value(fixture, child);
        show(fixture, child->next == NULL ? "" : "; ");
    }
    show(fixture, "]");
}

static const char *
show_encoded(struct fixture *fixture, const struct ct_snapshot_value *encoded)
{
    const struct ct_value *value;
    struct ct_error error;
    assert_int_equal(ct_value_reader_decode(fixture->reader, CT_PROFILE_AUG26, encoded->bytes,
                                            encoded->size, &value, &error),
                     CT_OK);
    fixture->shown[0] = '\0';
    show_value(fixture, value);
    return fixture->shown;
}

static const char *
shown_word(struct fixture *fixture, uint64_t word)
{
    struct ct_snapshot_value encoded;
    assert_int_equal(ct_snapshot_encode_word(&fixture->decoder, word, &encoded), CT_OK);
    return show_encoded(fixture, &encoded);
}

static const char *
shown_snapshot(struct fixture *fixture)
{
    struct ct_snapshot_value encoded;
    size_t size;
    const uint8_t *bytes = build_bytes(&fixture->builder, &size);
    assert_int_equal(ct_snapshot_encode(&fixture->decoder, bytes, size, &encoded), CT_OK);
    ct_buffer_reset(&fixture->builder.bytes);
    return show_encoded(fixture, &encoded);
}

static uint64_t
flonum_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    bits = bits << 3 | bits >> 61;
    return (bits & ~UINT64_C(3)) | 2;
}

/* ---- words ---- */

static void
test_words(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(shown_word(fixture, WORD_NIL), "None:NilClass/30");
    assert_string_equal(shown_word(fixture, WORD_TRUE), "Bool:Bool/12 1");
    assert_string_equal(shown_word(fixture, WORD_FALSE), "Bool:Bool/12 0");
    assert_string_equal(shown_word(fixture, WORD_INT(42)), "Int:Integer/7 42");
    assert_string_equal(shown_word(fixture, (uint64_t)-7 << 1 | 1), "Int:Integer/7 -7");
    assert_string_equal(shown_word(fixture, SYMBOL_WORD(NAME_TOTAL)), "String:Symbol/9 @total");
    assert_string_equal(shown_word(fixture, SYMBOL_WORD(NAME_BROKEN)),
                        "String:Symbol/9 a\\xFF [invalid UTF-8, 2 bytes]");
    assert_string_equal(shown_word(fixture, flonum_of(1.5)), "Float:Float/8 1.5");
}

static void
test_flonums_come_back_exactly(void **state)
{
    (void)state;
    const double numbers[] = {1.0, -1.0, 0.1, -2.5, 3.14159, 1e50, -1e-50, 1.7e77, 9e-77};
    assert_true(ct_word_float(UINT64_C(0x8000000000000002)) == 0.0);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_memory_equal(&(double){ct_word_float(flonum_of(numbers[i]))}, &numbers[i], 8);
}

static void
test_words_that_are_none_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct ct_snapshot_value encoded;
    const uint64_t words[] = {WORD_UNDEF, 0x34, 0x08, UINT64_C(0x7f0012345678),
                              SYMBOL_WORD(NAME_COUNT)};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_int_equal(ct_snapshot_encode_word(&fixture->decoder, words[i], &encoded),
                         CT_ERR_FORMAT);
}

/* ---- scalars ---- */

static void
test_numbers(void **state)
{
    struct fixture *fixture = *state;
    build_float(&fixture->builder, -0.0);
    assert_string_equal(shown_snapshot(fixture), "Float:Float/8 -0.0");
    build_bigint(&fixture->builder, false, "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    assert_string_equal(shown_snapshot(fixture), "Int:Integer/7 9223372036854775807");
    build_bigint(&fixture->builder, true, "\x80\0\0\0\0\0\0\0", 8);
    assert_string_equal(shown_snapshot(fixture), "Int:Integer/7 -9223372036854775808");
    build_bigint(&fixture->builder, false, "\0\x80\0\0\0\0\0\0\0", 9);
    assert_string_equal(shown_snapshot(fixture), "BigInt:Integer/7 +8000000000000000");
    build_bigint(&fixture->builder, true, "\x01\0\0\0\0\0\0\0\0", 9);
    assert_string_equal(shown_snapshot(fixture), "BigInt:Integer/7 -010000000000000000");
    build_bigint(&fixture->builder, true, "", 0);
    assert_string_equal(shown_snapshot(fixture), "Int:Integer/7 0");
}

static void
test_strings_and_their_marks(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_string(builder, NAME_STRING, NO_NAME, 0, "grüß");
    assert_string_equal(shown_snapshot(fixture), "String:String/9 grüß");
    build_string(builder, NAME_STRING, NO_NAME, 1048576, "abc");
    assert_string_equal(shown_snapshot(fixture), "String:String/9 abc… [1048576 bytes]");
    build_string(builder, NAME_STRING, NAME_SHIFT_JIS, 0, "a\x83\x65");
    assert_string_equal(shown_snapshot(fixture), "String:String/9 a\\x83e [Shift_JIS, 3 bytes]");
    build_string(builder, NAME_STRING, NAME_SHIFT_JIS, 5000, "\x83\x65");
    assert_string_equal(shown_snapshot(fixture), "String:String/9 \\x83e… [Shift_JIS, 5000 bytes]");
    build_string(builder, NAME_STRING, NO_NAME, 0, "a\xFF");
    assert_string_equal(shown_snapshot(fixture), "String:String/9 a\\xFF [invalid UTF-8, 2 bytes]");
    build_string(builder, NAME_STRING, NO_NAME, 99, "a\xFF");
    assert_string_equal(shown_snapshot(fixture),
                        "String:String/9 a\\xFF… [invalid UTF-8, 99 bytes]");
    build_string(builder, NAME_BANK, NO_NAME, 0, "");
    assert_string_equal(shown_snapshot(fixture), "String:Bank/9 ");
    build_dynamic_symbol(builder, NO_NAME, 300, "sym");
    assert_string_equal(shown_snapshot(fixture), "String:Symbol/9 sym… [300 bytes]");
}

static void
test_marks_for_what_is_not_shown(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_mark(builder, CT_SNAPSHOT_OPAQUE, NAME_THREAD, 5);
    assert_string_equal(shown_snapshot(fixture), "Raw:Thread/16 #<Thread #5>");
    build_mark(builder, CT_SNAPSHOT_NOTED, NAME_THREAD, 5);
    build_field(builder, NAME_REASON);
    assert_string_equal(shown_snapshot(fixture), "Raw:Thread/16 #<Thread #5 it moved>");
    build_mark(builder, CT_SNAPSHOT_REF, NAME_BANK, 0);
    assert_string_equal(shown_snapshot(fixture), "Raw:Bank/16 #<Bank>");
    build_text(builder, NAME_THREAD, 0, "main \xC3");
    assert_string_equal(shown_snapshot(fixture), "Raw:Thread/16 main \\xC3");
    build_cut(builder, NAME_ARRAY, 0, 5);
    assert_string_equal(shown_snapshot(fixture), "Raw:Array/16 [… 5 items]");
    build_cut(builder, NAME_HASH, 0, 3);
    assert_string_equal(shown_snapshot(fixture), "Raw:Hash/16 {… 3 pairs}");
    build_cut(builder, NAME_BANK, 1, 0);
    assert_string_equal(shown_snapshot(fixture), "Raw:Bank/16 #<Bank #1 …>");
    build_cut(builder, NAME_BANK, 1, 7);
    assert_string_equal(shown_snapshot(fixture), "Raw:Bank/16 #<Bank #1, 7 fields …>");
    build_cut(builder, NAME_BANK, 0, 7);
    assert_string_equal(shown_snapshot(fixture), "Raw:Bank/16 #<Bank, 7 fields …>");
    build_absent(builder, NAME_REASON);
    assert_string_equal(shown_snapshot(fixture), "Error:Absent/24 not captured: it moved");
}

/* ---- collections ---- */

static void
test_arrays(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    const uint32_t plain[] = {NAME_ARRAY, 0}, known[] = {NAME_ARRAY, 3};
    build_collection(builder, CT_SNAPSHOT_ARRAY, plain, 0, 0);
    assert_string_equal(shown_snapshot(fixture), "Sequence:Array/0 []");
    build_collection(builder, CT_SNAPSHOT_ARRAY, plain, 1000000, 1);
    build_word(builder, WORD_INT(1));
    assert_string_equal(shown_snapshot(fixture),
                        "Sequence:Array/0 [Int:Integer/7 1; Raw:Cut/16 … 999999 more of 1000000]");
    build_collection(builder, CT_SNAPSHOT_ARRAY, known, 1, 1);
    build_mark(builder, CT_SNAPSHOT_REF, NAME_ARRAY, 3);
    assert_string_equal(shown_snapshot(fixture),
                        "Reference:Array/14 #3 [Sequence:Array/0 [Raw:Array/16 #<Array #3>]]");
}

static void
test_hashes(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    const uint32_t plain[] = {NAME_HASH, 0};
    build_collection(builder, CT_SNAPSHOT_HASH, plain, 3, 1);
    build_word(builder, SYMBOL_WORD(NAME_TOTAL));
    build_word(builder, WORD_NIL);
    assert_string_equal(shown_snapshot(fixture),
                        "Sequence:Hash/0 [Tuple:Pair/27 [String:Symbol/9 @total; "
                        "None:NilClass/30]; Raw:Cut/16 … 2 more of 3]");
}

static void
test_objects(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    const uint32_t outer[] = {NAME_BANK, 1}, inner[] = {NAME_BANK, 0};
    build_collection(builder, CT_SNAPSHOT_OBJECT, outer, 30, 2);
    build_field(builder, NAME_OWNER);
    build_collection(builder, CT_SNAPSHOT_OBJECT, inner, 1, 1);
    build_field(builder, NAME_TOTAL);
    build_word(builder, WORD_INT(2));
    build_field(builder, NAME_TOTAL);
    build_word(builder, WORD_INT(5));
    assert_string_equal(shown_snapshot(fixture),
                        "Struct:Bank/6 #,@owner,@total,…, [Int:Identity/7 1; "
                        "Struct:Bank/6 @total, [Int:Integer/7 2]; Int:Integer/7 5; "
                        "Raw:Cut/16 28 more of 30]");
}

static void
test_a_type_is_put_once(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    const uint32_t bank[] = {NAME_BANK, 1};
    for (int i = 0; i < 3; i++) {
        build_collection(builder, CT_SNAPSHOT_OBJECT, bank, 1, 1);
        build_field(builder, NAME_TOTAL);
        build_string(builder, NAME_STRING, NO_NAME, 0, "x");
        shown_snapshot(fixture);
        shown_word(fixture, WORD_INT(i));
    }
    assert_int_equal(fixture->type_count, 4); /* Bank, Identity, String, Integer */
}

/* Hashes nest three levels of value per level of snapshot here: Reference, Sequence, Pair. */
static void
test_nesting_beyond_readers_is_cut(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    const uint32_t known[] = {NAME_HASH, 9};
    for (int i = 0; i < CT_SNAPSHOT_DEPTH_MAX; i++) {
        build_collection(builder, CT_SNAPSHOT_HASH, known, 1, 1);
        build_word(builder, WORD_INT(i));
    }
    build_word(builder, WORD_NIL);
    const char *shown = shown_snapshot(fixture);
    assert_non_null(strstr(shown, "Int:Integer/7 9; Raw:Hash/16 {… 1 pairs}]"));
    assert_null(strstr(shown, "NilClass"));
}

static void
test_unwound_and_own_errors(void **state)
{
    struct fixture *fixture = *state;
    struct ct_snapshot_value encoded;
    size_t size;
    build_text(&fixture->builder, NAME_BANK, 0, "unwound by Bank: gone");
    const uint8_t *bytes = build_bytes(&fixture->builder, &size);
    assert_int_equal(ct_snapshot_encode_unwound(&fixture->decoder, bytes, size, &encoded), CT_OK);
    assert_string_equal(show_encoded(fixture, &encoded), "Error:Bank/24 unwound by Bank: gone");
    assert_int_equal(ct_snapshot_encode_unwound(&fixture->decoder, bytes, size - 1, &encoded),
                     CT_ERR_FORMAT);
    assert_int_equal(
        ct_snapshot_encode_error(&fixture->decoder, CT_SNAPSHOT_TYPE_SUSPENDED, "so", &encoded),
        CT_OK);
    assert_string_equal(show_encoded(fixture, &encoded), "Error:Suspended/24 so");
}

static void
build_sample(struct record_builder *builder)
{
    const uint32_t hash[] = {NAME_HASH, 2}, bank[] = {NAME_BANK, 1}, array[] = {NAME_ARRAY, 0};
    build_collection(builder, CT_SNAPSHOT_HASH, hash, 3, 2);
    build_string(builder, NAME_STRING, NAME_SHIFT_JIS, 10, "key");
    build_collection(builder, CT_SNAPSHOT_OBJECT, bank, 2, 2);
    build_field(builder, NAME_OWNER);
    build_collection(builder, CT_SNAPSHOT_ARRAY, array, 2, 2);
    build_bigint(builder, true, "\1\2\3\4\5\6\7\10\11", 9);
    build_absent(builder, NAME_REASON);
    build_field(builder, NAME_TOTAL);
    build_float(builder, 0.5);
    build_dynamic_symbol(builder, NO_NAME, 0, "s");
    build_cut(builder, NAME_BANK, 4, 4);
}

/* ---- again ---- */

/* A class's number means another class in another scope. */
static void
test_a_scope_has_classes_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    const uint32_t bank[] = {NAME_BANK, 1};
    for (uint32_t scope = 0; scope < 3; scope++) {
        ct_snapshot_decoder_scope(&fixture->decoder, scope);
        for (int i = 0; i < 2; i++) {
            build_collection(builder, CT_SNAPSHOT_OBJECT, bank, 1, 1);
            build_field(builder, NAME_TOTAL);
            build_string(builder, NAME_STRING, NO_NAME, 0, "long enough to be kept, and more");
            shown_snapshot(fixture);
        }
    }
    assert_int_equal(fixture->type_count, 1 + 3 * 2); /* Identity; Bank and String each time */
}

static void
test_a_snapshot_that_comes_again(void **state)
{
    struct fixture *fixture = *state;
    struct ct_snapshot_value first, again;
    size_t size;
    build_sample(&fixture->builder);
    uint8_t *bytes = fixture->builder.bytes.bytes;
    (void)build_bytes(&fixture->builder, &size);
    assert_int_equal(ct_snapshot_encode(&fixture->decoder, bytes, size, &first), CT_OK);
    uint8_t *copy = malloc(first.size);
    assert_non_null(copy);
    memcpy(copy, first.bytes, first.size);
    assert_int_equal(ct_snapshot_encode(&fixture->decoder, bytes, size, &again), CT_OK);
    assert_int_equal(again.size, first.size);
    assert_memory_equal(again.bytes, copy, again.size);
    bytes[size / 2] ^= 1;
    enum ct_status changed = ct_snapshot_encode(&fixture->decoder, bytes, size, &again);
    assert_true(changed != CT_OK || again.size != first.size ||
                memcmp(again.bytes, copy, again.size) != 0);
    free(copy);
}

/* ---- damage ---- */

static void
test_every_truncation_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct ct_snapshot_value encoded;
    size_t size;
    build_sample(&fixture->builder);
    const uint8_t *bytes = build_bytes(&fixture->builder, &size);
    assert_int_equal(ct_snapshot_encode(&fixture->decoder, bytes, size, &encoded), CT_OK);
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut + 1); /* so that a sanitizer sees a read too far */
        memcpy(copy, bytes, cut);
        assert_int_equal(ct_snapshot_encode(&fixture->decoder, copy, cut, &encoded), CT_ERR_FORMAT);
        free(copy);
    }
}

static void
test_changed_bytes_are_refused_or_shown(void **state)
{
    struct fixture *fixture = *state;
    struct ct_snapshot_value encoded;
    size_t size;
    build_sample(&fixture->builder);
    uint8_t *bytes = fixture->builder.bytes.bytes;
    (void)build_bytes(&fixture->builder, &size);
    for (size_t i = 0; i < size * 8; i++) {
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        fixture->type_count = 0; /* a changed name makes types beyond counting */
        enum ct_status status = ct_snapshot_encode(&fixture->decoder, bytes, size, &encoded);
        assert_true(status == CT_OK || status == CT_ERR_FORMAT);
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

static void
test_nesting_beyond_the_limit_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct ct_snapshot_value encoded;
    const uint32_t plain[] = {NAME_ARRAY, 0};
    size_t size;
    for (int i = 0; i <= CT_SNAPSHOT_DEPTH_MAX; i++)
        build_collection(&fixture->builder, CT_SNAPSHOT_ARRAY, plain, 1, 1);
    build_word(&fixture->builder, WORD_NIL);
    const uint8_t *bytes = build_bytes(&fixture->builder, &size);
    assert_int_equal(ct_snapshot_encode(&fixture->decoder, bytes, size, &encoded), CT_ERR_FORMAT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
        cmocka_unit_test(test_flonums_come_back_exactly),
        cmocka_unit_test_setup_teardown(test_words_that_are_none_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strings_and_their_marks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_marks_for_what_is_not_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_arrays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hashes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_objects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_type_is_put_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_scope_has_classes_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_snapshot_that_comes_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nesting_beyond_readers_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unwound_and_own_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_truncation_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changed_bytes_are_refused_or_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nesting_beyond_the_limit_is_refused, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
