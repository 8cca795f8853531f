/* The value reader: every kind in both encodings, and everything that must be refused.
 *
 * CBOR is written as hexadecimal with text in quotes, so that a case can be read. Bounds are tested
 * with what claims to be large or deep: it must be refused without the memory it claims. */
#include "reading.h"

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct ct_value_reader *reader;
    const struct ct_value *value;
    struct ct_error error;
    uint8_t bytes[512]; /* what was decoded: values point into it */
};

static void
start(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    assert_int_equal(ct_value_reader_new(NULL, &fixture->reader), CT_OK);
}

static enum ct_status
decode_json(struct fixture *fixture, const char *text)
{
    return ct_value_reader_decode(fixture->reader, CT_PROFILE_JSON, text, strlen(text),
                                  &fixture->value, &fixture->error);
}

/* The CBOR of "hexadecimal with 'text' in quotes". */
static enum ct_status
decode_cbor(struct fixture *fixture, const char *notation)
{
    uint8_t *bytes = fixture->bytes;
    size_t size = 0;
    for (const char *c = notation; *c != '\0';) {
        unsigned byte;
        if (*c == '\'') {
            for (c++; *c != '\''; c++)
                bytes[size++] = (uint8_t)*c;
            c++;
        } else if (*c == ' ') {
            c++;
        } else {
            assert_int_equal(sscanf(c, "%2x", &byte), 1);
            bytes[size++] = (uint8_t)byte;
            c += 2;
        }
    }
    return ct_value_reader_decode(fixture->reader, CT_PROFILE_AUG26, bytes, size, &fixture->value,
                                  &fixture->error);
}

static void
assert_text(const struct ct_value *value, const char *text)
{
    assert_int_equal(value->text_size, strlen(text));
    assert_memory_equal(value->text, text, strlen(text));
}

static void
test_leaves(void **state)
{
    struct fixture f;
    (void)state;
    start(&f);
    assert_int_equal(decode_cbor(&f, "a3 64'kind' 63'Int' 61'i' 26 67'type_id' 00"), CT_OK);
    assert_int_equal(f.value->kind, CT_VALUE_INT);
    assert_int_equal(f.value->integer, -7);
    assert_int_equal(decode_json(&f, "{\"type_id\":3,\"i\":-9223372036854775808,\"kind\":\"Int\"}"),
                     CT_OK);
    assert_true(f.value->integer == INT64_MIN);
    assert_int_equal(f.value->type_id, 3);
    assert_int_equal(decode_cbor(&f, "a3 64'kind' 65'Float' 61'f' 63'1.5' 67'type_id' 03"), CT_OK);
    assert_text(f.value, "1.5");
    assert_false(f.value->is_nim_form);
    assert_int_equal(
        decode_cbor(&f, "a3 64'kind' 65'Float' 61'f' fb3ff8000000000000 67'type_id' 03"), CT_OK);
    assert_true(f.value->is_nim_form && f.value->number == 1.5 && f.value->text == NULL);
    assert_int_equal(
        decode_cbor(&f, "a4 64'kind' 64'Bool' 61'b' f5 64'text' 64'true' 67'type_id' 04"), CT_OK);
    assert_true(f.value->flag);
    assert_int_equal(decode_cbor(&f, "a2 64'kind' 64'None' 67'type_id' 02"), CT_OK);
    assert_int_equal(f.value->kind, CT_VALUE_NONE);
    assert_int_equal(decode_json(&f, "{\"kind\":\"Cell\",\"place\":-5}"), CT_OK);
    assert_int_equal(f.value->integer, -5);
    assert_int_equal(decode_json(&f, "{\"kind\":\"Error\",\"msg\":\"no\",\"type_id\":1}"), CT_OK);
    assert_text(f.value, "no");
    ct_value_reader_free(f.reader);
}

static void
test_big_ints(void **state)
{
    struct fixture f;
    (void)state;
    start(&f);
    assert_int_equal(decode_json(&f, "{\"kind\":\"BigInt\",\"b\":\"AQAAAAAAAAAA\","
                                     "\"negative\":true,\"type_id\":6}"),
                     CT_OK);
    assert_int_equal(f.value->text_size, 9);
    assert_memory_equal(f.value->text, "\1\0\0\0\0\0\0\0\0", 9);
    assert_true(f.value->flag);
    assert_int_equal(
        decode_cbor(&f, "a4 64'kind' 66'BigInt' 61'b' 420100 68'negative' f4 67'type_id' 06"),
        CT_OK);
    assert_true(f.value->is_nim_form);
    assert_memory_equal(f.value->text, "\1\0", 2);
    const char *const bad[] = {"AQ", "AQ=A", "A===", "AQ==AQ==", "AQ!=", "====", "AQ\\u0000="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[128];
        snprintf(text, sizeof text,
                 "{\"kind\":\"BigInt\",\"b\":\"%s\",\"negative\":false,\"type_id\":6}", bad[i]);
        assert_int_equal(decode_json(&f, text), CT_ERR_FORMAT);
    }
    ct_value_reader_free(f.reader);
}

static void
test_children(void **state)
{
    struct fixture f;
    (void)state;
    start(&f);
    assert_int_equal(
        decode_json(&f, "{\"elements\":[{\"kind\":\"None\",\"type_id\":1},{\"kind\":\"Tuple\","
                        "\"elements\":[],\"type_id\":2}],\"kind\":\"Sequence\",\"is_slice\":false,"
                        "\"type_id\":4,\"unknown\":[{\"a\":[null,1.5e3,-0]}]}"),
        CT_OK);
    assert_int_equal(f.value->kind, CT_VALUE_SEQUENCE);
    assert_int_equal(f.value->child_count, 2);
    assert_int_equal(f.value->first_child->kind, CT_VALUE_NONE);
    assert_int_equal(f.value->first_child->next->kind, CT_VALUE_TUPLE);
    assert_null(f.value->first_child->next->next);
    assert_int_equal(
        decode_json(&f, "{\"kind\":\"Reference\",\"dereferenced\":{\"kind\":\"None\",\"type_id\":0}"
                        ",\"address\":18446744073709551615,\"mutable\":true,\"type_id\":1}"),
        CT_OK);
    assert_true(f.value->address == UINT64_MAX && f.value->flag);
    assert_int_equal(f.value->child_count, 1);
    ct_value_reader_free(f.reader);
}

static void
test_json_text(void **state)
{
    struct fixture f;
    (void)state;
    start(&f);
    assert_int_equal(decode_json(&f, "{\"kind\":\"String\",\"type_id\":1,\"text\":"
                                     "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u20ac"
                                     "\\ud83d\\ude00é\"}"),
                     CT_OK);
    assert_text(f.value, "\"\\/\b\f\n\r\tA€😀é");
    const char *const bad[] = {"\\ud800", "\\udc00", "\\ud83d\\u0041", "\\u12", "\\x41", "\x01",
                               "\xff",    "\\u00zz", "\\"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[128];
        snprintf(text, sizeof text, "{\"kind\":\"String\",\"type_id\":1,\"text\":\"%s\"}", bad[i]);
        assert_int_equal(decode_json(&f, text), CT_ERR_FORMAT);
    }
    ct_value_reader_free(f.reader);
}

static void
test_refused_json(void **state)
{
    static const char *const bad[] = {
        "", "7", "[]", "null", "{", "{}", "{\"kind\":\"Int\"}", "{\"kind\":\"Nonsense\"}",
        "{\"kind\":\"Int\",\"i\":1,\"type_id\":0} x", "{\"kind\":\"Int\",\"i\":1,\"type_id\":-1}",
        "{\"kind\":\"Int\",\"i\":1,\"i\":1,\"type_id\":0}",
        "{\"kind\":\"Int\",\"i\":01,\"type_id\":0}",
        "{\"kind\":\"Int\",\"i\":9223372036854775808,\"type_id\":0}",
        "{\"kind\":\"Int\",\"i\":1.0,\"type_id\":0}", "{\"kind\":\"Int\",\"i\":true,\"type_id\":0}",
        "{\"kind\":\"Int\",\"i\":1,\"type_id\":0,}", "{\"kind\":\"Int\" \"i\":1,\"type_id\":0}",
        "{\"kind\":\"Int\",\"i\":1,\"type_id\":0", "{kind:\"Int\"}", "{\"kind\":\"Int\",\"i\":NaN}",
        "{\"kind\":\"Sequence\",\"elements\":{},\"is_slice\":false,\"type_id\":0}",
        "{\"kind\":\"Tuple\",\"elements\":[1],\"type_id\":0}",
        "{\"kind\":\"Tuple\",\"elements\":[],\"field_values\":[],\"type_id\":0}",
        "{\"kind\":\"Bool\",\"b\":1,\"type_id\":0}",
        "{\"kind\":\"String\",\"text\":1,\"type_id\":0}",
    };
    struct fixture f;
    (void)state;
    start(&f);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (decode_json(&f, bad[i]) != CT_ERR_FORMAT)
            fail_msg("accepted: %s", bad[i]);
        assert_string_equal(f.error.file, "value");
        assert_true(f.error.offset <= strlen(bad[i]));
    }
    ct_value_reader_free(f.reader);
}

static void
test_refused_cbor(void **state)
{
    static const char *const bad[] = {
        "", "f6", "a1", "bf 64'kind' 63'Int' ff",                           /* indefinite */
        "a3 64'kind' 63'Int' 61'i' 1801 67'type_id' 00",                    /* not shortest */
        "a3 64'kind' 63'Int' 61'i' 1bffffffffffffffff 67'type_id' 00",      /* beyond i64 */
        "a3 64'kind' 63'Int' 61'i' 01 67'type_id' 00 00",                   /* trailing */
        "a3 64'kind' 63'Int' 61'i' c101 67'type_id' 00",                    /* tag */
        "a3 64'kind' 63'Int' 01 01 67'type_id' 00",                         /* key no text */
        "a3 64'kind' 66'String' 64'text' 61ff 67'type_id' 00",              /* no UTF-8 */
        "a3 64'kind' 66'String' 64'text' 7affffffff 67'type_id' 00",        /* size claim */
        "a3 64'kind' 65'Tuple' 68'elements' 9bffffffffffffffff 67'type_id' 00", /* count claim */
        "a3 64'kind' 65'Tuple' 68'elements' bb7fffffffffffffff 67'type_id' 00",
        "a3 64'kind' 63'Int' 61'i' f93c00 67'type_id' 00",                  /* half float */
        "a3 64'kind' 63'Int' 61'i' 01 67'type_id'",
    };
    struct fixture f;
    (void)state;
    start(&f);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (decode_cbor(&f, bad[i]) != CT_ERR_FORMAT)
            fail_msg("accepted: %s", bad[i]);
    }
    ct_value_reader_free(f.reader);
}

/* `depth` tuples around a None, as JSON; to be freed. */
static char *
nested(unsigned depth)
{
    struct ct_buffer text;
    ct_buffer_init(&text, NULL);
    for (unsigned i = 0; i < depth; i++)
        ct_buffer_put_text(&text, "{\"kind\":\"Tuple\",\"type_id\":0,\"elements\":[");
    ct_buffer_put_text(&text, "{\"kind\":\"None\",\"type_id\":0}");
    for (unsigned i = 0; i < depth; i++)
        ct_buffer_put_text(&text, "]}");
    ct_buffer_put_u8(&text, 0);
    char *copy = strdup((const char *)text.bytes);
    ct_buffer_release(&text);
    return copy;
}

static void
test_depth(void **state)
{
    struct fixture f;
    (void)state;
    start(&f);
    char *deepest = nested(CT_VALUE_DEPTH_MAX - 1);
    char *too_deep = nested(CT_VALUE_DEPTH_MAX);
    char *absurd = nested(100000);
    assert_int_equal(decode_json(&f, deepest), CT_OK);
    assert_int_equal(decode_json(&f, too_deep), CT_ERR_LIMIT);
    assert_int_equal(decode_json(&f, absurd), CT_ERR_LIMIT);
    free(deepest);
    free(too_deep);
    free(absurd);
    /* What no one looks at is bounded, too. */
    char brackets[400] = "{\"x\":";
    memset(brackets + 5, '[', sizeof brackets - 6);
    brackets[sizeof brackets - 1] = '\0';
    assert_int_equal(decode_json(&f, brackets), CT_ERR_LIMIT);
    ct_value_reader_free(f.reader);
}

/* A long list costs a fixed multiple of its text, and a reader that is used again keeps no more. */
static void
test_memory(void **state)
{
    struct reading_heap heap;
    struct ct_value_reader *reader;
    const struct ct_value *value;
    struct ct_buffer text;
    (void)state;
    reading_heap_init(&heap);
    ct_buffer_init(&text, NULL);
    ct_buffer_put_text(&text, "{\"kind\":\"Tuple\",\"type_id\":0,\"elements\":[");
    for (int i = 0; i < 20000; i++)
        ct_buffer_put_format(&text, "%s{\"kind\":\"None\",\"type_id\":0}", i > 0 ? "," : "");
    ct_buffer_put_text(&text, "]}");
    assert_int_equal(ct_value_reader_new(&heap.alloc, &reader), CT_OK);
    for (int round = 0; round < 5; round++)
        assert_int_equal(ct_value_reader_decode(reader, CT_PROFILE_JSON, text.bytes, text.size,
                                                &value, NULL),
                         CT_OK);
    assert_int_equal(value->child_count, 20000);
    assert_true(heap.peak < 16 * text.size);
    ct_value_reader_free(reader);
    assert_int_equal(heap.used, 0);
    ct_buffer_release(&text);
}

static void
test_no_memory(void **state)
{
    static const char text[] = "{\"kind\":\"BigInt\",\"b\":\"AQ==\",\"negative\":true,"
                               "\"type_id\":6,\"\\u0041\":1}";
    struct ct_failing_alloc failing;
    size_t fail_at = 1;
    (void)state;
    for (;; fail_at++) {
        struct ct_value_reader *reader;
        const struct ct_value *value;
        ct_failing_alloc_init(&failing, fail_at);
        enum ct_status status = ct_value_reader_new(&failing.alloc, &reader);
        if (status == CT_OK) {
            status = ct_value_reader_decode(reader, CT_PROFILE_JSON, text, sizeof text - 1, &value,
                                            NULL);
            ct_value_reader_free(reader);
        }
        assert_int_equal(failing.live_count, 0);
        if (!ct_failing_alloc_has_failed(&failing))
            break;
        assert_int_equal(status, CT_ERR_MEMORY);
    }
    assert_true(fail_at > 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaves),       cmocka_unit_test(test_big_ints),
        cmocka_unit_test(test_children),     cmocka_unit_test(test_json_text),
        cmocka_unit_test(test_refused_json), cmocka_unit_test(test_refused_cbor),
        cmocka_unit_test(test_depth),        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
