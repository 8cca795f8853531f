/* The value writer: exact bytes of every kind in both encodings, float texts, nesting, failures.
 *
 * The bytes are those that the format's description spells out, written down from there. */
#include "ctrace/value_reader.h"
#include "ctrace/value_writer.h"
#include "value/base64.h"
#include "value/float_text.h"

#include "writing.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*build_value)(struct ct_value_writer *writer);

static const uint8_t two_to_64[] = {1, 0, 0, 0, 0, 0, 0, 0, 0};

static void
build_int(struct ct_value_writer *writer)
{
    ct_value_put_int(writer, -7, 0);
}

static void
build_int_min(struct ct_value_writer *writer)
{
    ct_value_put_int(writer, INT64_MIN, 300);
}

static void
build_float(struct ct_value_writer *writer)
{
    ct_value_put_float(writer, 1.5, 3);
}

static void
build_big_int(struct ct_value_writer *writer)
{
    ct_value_put_big_int(writer, two_to_64, sizeof two_to_64, true, 6);
}

static void
build_bool(struct ct_value_writer *writer)
{
    ct_value_put_bool(writer, true, 4);
}

static void
build_false(struct ct_value_writer *writer)
{
    ct_value_put_bool(writer, false, 4);
}

static void
build_none(struct ct_value_writer *writer)
{
    ct_value_put_none(writer, 2);
}

static void
build_string(struct ct_value_writer *writer)
{
    ct_value_put_string(writer, "a\"\\\n\x01\xC3\xA9", 7, 1);
}

static void
build_raw(struct ct_value_writer *writer)
{
    ct_value_put_raw(writer, "main", 4, 5);
}

static void
build_error(struct ct_value_writer *writer)
{
    ct_value_put_error(writer, "", 0, 5);
}

static void
build_sequence(struct ct_value_writer *writer)
{
    ct_value_begin_sequence(writer, 2, 9);
    ct_value_put_float(writer, 1.5, 3);
    ct_value_put_big_int(writer, two_to_64, sizeof two_to_64, true, 6);
    ct_value_end(writer);
}

static void
build_tuple(struct ct_value_writer *writer)
{
    ct_value_begin_tuple(writer, 0, 9);
    ct_value_end(writer);
}

static void
build_struct(struct ct_value_writer *writer)
{
    ct_value_begin_struct(writer, 2, 9);
    ct_value_begin_tuple(writer, 1, 8);
    ct_value_put_none(writer, 2);
    ct_value_end(writer);
    ct_value_put_int(writer, 1, 0);
    ct_value_end(writer);
}

static void
build_reference(struct ct_value_writer *writer)
{
    ct_value_begin_reference(writer, 1000, 9);
    ct_value_put_none(writer, 2);
    ct_value_end(writer);
}

struct spelling {
    build_value build;
    const char *cbor; /* hexadecimal */
    const char *json;
};

#define KIND      "646b696e64"
#define TYPE_ID   "67747970655f6964"
#define NONE_CBOR "a2" KIND "644e6f6e65" TYPE_ID "02"

static const struct spelling spellings[] = {
    {build_int, "a3" KIND "63496e74616926" TYPE_ID "00",
     "{\"kind\":\"Int\",\"i\":-7,\"type_id\":0}"},
    {build_int_min, "a3" KIND "63496e7461693b7fffffffffffffff" TYPE_ID "19012c",
     "{\"kind\":\"Int\",\"i\":-9223372036854775808,\"type_id\":300}"},
    {build_float, "a4" KIND "65466c6f6174625f66fb3ff8000000000000" TYPE_ID "03616663312e35",
     "{\"kind\":\"Float\",\"f\":\"1.5\",\"type_id\":3}"},
    {build_big_int,
     "a5" KIND "66426967496e74625f6249010000000000000000686e65676174697665f5" TYPE_ID
     "0661626c415141414141414141414141",
     "{\"kind\":\"BigInt\",\"b\":\"AQAAAAAAAAAA\",\"negative\":true,\"type_id\":6}"},
    {build_bool, "a4" KIND "64426f6f6c6162f564746578746474727565" TYPE_ID "04",
     "{\"kind\":\"Bool\",\"b\":true,\"type_id\":4}"},
    {build_false, "a4" KIND "64426f6f6c6162f464746578746566616c7365" TYPE_ID "04",
     "{\"kind\":\"Bool\",\"b\":false,\"type_id\":4}"},
    {build_none, NONE_CBOR, "{\"kind\":\"None\",\"type_id\":2}"},
    {build_string,
     "a3" KIND "66537472696e67647465787467"
     "61225c0a01c3a9" TYPE_ID "01",
     "{\"kind\":\"String\",\"text\":\"a\\\"\\\\\\n\\u0001\xC3\xA9\",\"type_id\":1}"},
    {build_raw, "a3" KIND "635261776172646d61696e" TYPE_ID "05",
     "{\"kind\":\"Raw\",\"r\":\"main\",\"type_id\":5}"},
    {build_error, "a3" KIND "654572726f72636d736760" TYPE_ID "05",
     "{\"kind\":\"Error\",\"msg\":\"\",\"type_id\":5}"},
    {build_sequence,
     "a4" KIND "6853657175656e636568656c656d656e747382"
     "a3" KIND "65466c6f6174616663312e35" TYPE_ID "03"
     "a4" KIND "66426967496e7461626c415141414141414141414141686e65676174697665f5" TYPE_ID "06"
     "6869735f736c696365f4" TYPE_ID "09",
     "{\"kind\":\"Sequence\",\"elements\":[{\"kind\":\"Float\",\"f\":\"1.5\",\"type_id\":3},"
     "{\"kind\":\"BigInt\",\"b\":\"AQAAAAAAAAAA\",\"negative\":true,\"type_id\":6}],"
     "\"is_slice\":false,\"type_id\":9}"},
    {build_tuple, "a3" KIND "655475706c6568656c656d656e747380" TYPE_ID "09",
     "{\"kind\":\"Tuple\",\"elements\":[],\"type_id\":9}"},
    {build_struct,
     "a3" KIND "665374727563746c6669656c645f76616c75657382"
     "a3" KIND "655475706c6568656c656d656e747381" NONE_CBOR TYPE_ID "08"
     "a3" KIND "63496e74616901" TYPE_ID "00" TYPE_ID "09",
     "{\"kind\":\"Struct\",\"field_values\":[{\"kind\":\"Tuple\",\"elements\":"
     "[{\"kind\":\"None\",\"type_id\":2}],\"type_id\":8},"
     "{\"kind\":\"Int\",\"i\":1,\"type_id\":0}],\"type_id\":9}"},
    {build_reference,
     "a5" KIND "695265666572656e63656c64657265666572656e636564" NONE_CBOR
     "67616464726573731903e8676d757461626c65f4" TYPE_ID "09",
     "{\"kind\":\"Reference\",\"dereferenced\":{\"kind\":\"None\",\"type_id\":2},"
     "\"address\":1000,\"mutable\":false,\"type_id\":9}"},
};

#define SPELLING_COUNT (sizeof spellings / sizeof spellings[0])

static struct ct_value_writer *
new_writer(enum ct_profile profile)
{
    struct ct_value_writer *writer;
    assert_int_equal(ct_value_writer_new(profile, NULL, &writer), CT_OK);
    return writer;
}

static void
test_cbor_is_exact(void **state)
{
    (void)state;
    struct ct_value_writer *writer = new_writer(CT_PROFILE_AUG26);
    for (size_t i = 0; i < SPELLING_COUNT; i++) {
        const uint8_t *bytes;
        size_t size;
        ct_value_writer_reset(writer);
        spellings[i].build(writer);
        assert_int_equal(ct_value_writer_finish(writer, &bytes, &size), CT_OK);
        assert_hex(bytes, size, spellings[i].cbor);
    }
    ct_value_writer_free(writer);
}

static void
test_json_is_exact(void **state)
{
    (void)state;
    struct ct_value_writer *writer = new_writer(CT_PROFILE_JSON);
    for (size_t i = 0; i < SPELLING_COUNT; i++) {
        const uint8_t *bytes;
        size_t size;
        ct_value_writer_reset(writer);
        spellings[i].build(writer);
        assert_int_equal(ct_value_writer_finish(writer, &bytes, &size), CT_OK);
        assert_int_equal(size, strlen(spellings[i].json));
        assert_memory_equal(bytes, spellings[i].json, size);
    }
    ct_value_writer_free(writer);
}

/* ---- float texts ---- */

static void
assert_float_text(double value, const char *expected)
{
    char text[CT_FLOAT_TEXT_SIZE_MAX + 1] = {0};
    text[ct_float_text_encode(value, text)] = 0;
    assert_string_equal(text, expected);
}

static void
test_floats_are_spelled_like_ruby(void **state)
{
    (void)state;
    assert_float_text(1.0, "1.0");
    assert_float_text(0.1, "0.1");
    assert_float_text(-0.0, "-0.0");
    assert_float_text(0.0001, "0.0001");
    assert_float_text(0.00001, "1.0e-05");
    assert_float_text(-1.5e-7, "-1.5e-07");
    assert_float_text(100000.0, "100000.0");
    assert_float_text(1e14, "100000000000000.0");
    assert_float_text(1e15, "1.0e+15");
    assert_float_text(1125899906842624.2, "1125899906842624.2");
    assert_float_text(9007199254740993.0, "9.007199254740992e+15");
    assert_float_text(1e16, "1.0e+16");
    assert_float_text(1e22, "1.0e+22");
    assert_float_text(1e23, "1.0e+23");
    assert_float_text(1.0 / 3, "0.3333333333333333");
    assert_float_text(0.1 + 0.2, "0.30000000000000004");
    assert_float_text(123456.789, "123456.789");
    assert_float_text(0x1p-44, "5.684341886080802e-14"); /* nearest 16 digits do not read back */
    assert_float_text(DBL_MIN, "2.2250738585072014e-308");
    assert_float_text(DBL_MAX, "1.7976931348623157e+308");
    assert_float_text(5e-324, "5.0e-324");
    assert_float_text(INFINITY, "inf");
    assert_float_text(-INFINITY, "-inf");
    assert_float_text(NAN, "NaN");
}

static double
read_float_text(double value, size_t *out_size)
{
    char text[CT_FLOAT_TEXT_SIZE_MAX + 1] = {0};
    *out_size = ct_float_text_encode(value, text);
    assert_true(*out_size < CT_FLOAT_TEXT_SIZE_MAX);
    return strtod(text, NULL);
}

static void
test_floats_read_back(void **state)
{
    (void)state;
    size_t size;
    for (int exponent = -1074; exponent < 1024; exponent++)
        for (int step = -1; step <= 1; step++) {
            const double power = ldexp(1.0, exponent);
            const double value = step == 0 ? power : nextafter(power, step * DBL_MAX);
            assert_true(read_float_text(value, &size) == value);
        }
    uint64_t bits = 0x9E3779B97F4A7C15u;
    for (int i = 0; i < 20000; i++) {
        double value;
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            assert_true(read_float_text(value, &size) == value);
    }
}

static void
assert_base64(const char *bytes, const char *expected)
{
    char text[16] = {0};
    const size_t size = strlen(bytes);
    ct_base64_encode((const uint8_t *)bytes, size, text);
    assert_int_equal(strlen(text), CT_BASE64_SIZE(size));
    assert_string_equal(text, expected);
}

static void
test_base64(void **state)
{
    (void)state;
    assert_base64("", "");
    assert_base64("f", "Zg==");
    assert_base64("fo", "Zm8=");
    assert_base64("foo", "Zm9v");
    assert_base64("\xFF\xFE\xFD\xFC", "//79/A==");
}

/* ---- rules ---- */

static enum ct_status
finish(struct ct_value_writer *writer)
{
    const uint8_t *bytes;
    size_t size;
    return ct_value_writer_finish(writer, &bytes, &size);
}

static void
test_incomplete_values_are_refused(void **state)
{
    (void)state;
    struct ct_value_writer *writer = new_writer(CT_PROFILE_AUG26);
    assert_int_equal(finish(writer), CT_ERR_STATE); /* nothing was written */
    ct_value_begin_sequence(writer, 1, 0);
    assert_int_equal(finish(writer), CT_ERR_STATE); /* still open */
    ct_value_end(writer);                           /* one value is missing */
    assert_int_equal(finish(writer), CT_ERR_STATE);
    ct_value_put_none(writer, 0); /* the failure stays */
    ct_value_end(writer);
    assert_int_equal(finish(writer), CT_ERR_STATE);
    ct_value_writer_reset(writer);
    ct_value_put_none(writer, 0);
    assert_int_equal(finish(writer), CT_OK);
    ct_value_writer_free(writer);
}

static void
test_surplus_values_are_refused(void **state)
{
    (void)state;
    struct ct_value_writer *writer = new_writer(CT_PROFILE_JSON);
    ct_value_put_none(writer, 0);
    ct_value_put_none(writer, 0);
    assert_int_equal(finish(writer), CT_ERR_STATE);
    ct_value_writer_reset(writer);
    ct_value_begin_tuple(writer, 0, 0);
    ct_value_put_none(writer, 0);
    assert_int_equal(finish(writer), CT_ERR_STATE);
    ct_value_writer_reset(writer);
    ct_value_put_none(writer, 0);
    ct_value_end(writer);
    assert_int_equal(finish(writer), CT_ERR_STATE);
    ct_value_writer_free(writer);
}

static void
test_text_must_be_utf8(void **state)
{
    (void)state;
    struct ct_value_writer *writer = new_writer(CT_PROFILE_AUG26);
    ct_value_put_string(writer, "\xFF", 1, 0);
    assert_int_equal(finish(writer), CT_ERR_FORMAT);
    ct_value_writer_free(writer);
}

/* A leaf inside `container_count` nested tuples. */
static enum ct_status
nest(struct ct_value_writer *writer, unsigned container_count)
{
    ct_value_writer_reset(writer);
    for (unsigned i = 0; i < container_count; i++)
        ct_value_begin_tuple(writer, 1, 0);
    ct_value_put_none(writer, 0);
    for (unsigned i = 0; i < container_count; i++)
        ct_value_end(writer);
    return finish(writer);
}

static void
test_nesting_is_limited(void **state)
{
    (void)state;
    struct ct_value_writer *writer = new_writer(CT_PROFILE_AUG26);
    assert_int_equal(nest(writer, CT_VALUE_DEPTH_MAX - 1), CT_OK);
    assert_int_equal(nest(writer, CT_VALUE_DEPTH_MAX), CT_ERR_LIMIT);
    assert_int_equal(nest(writer, CT_VALUE_DEPTH_MAX + 5), CT_ERR_LIMIT);
    ct_value_writer_free(writer);
}

/* What is written must be what the value reader takes, at the deepest nesting too. */
static void
test_deepest_value_reads_back(void **state)
{
    (void)state;
    struct ct_value_writer *writer = new_writer(CT_PROFILE_AUG26);
    struct ct_value_reader *reader;
    assert_int_equal(ct_value_reader_new(NULL, &reader), CT_OK);
    const uint8_t *bytes;
    const struct ct_value *value;
    size_t size;
    assert_int_equal(nest(writer, CT_VALUE_DEPTH_MAX - 1), CT_OK);
    assert_int_equal(ct_value_writer_finish(writer, &bytes, &size), CT_OK);
    assert_int_equal(ct_value_reader_decode(reader, CT_PROFILE_AUG26, bytes, size, &value, NULL),
                     CT_OK);
    ct_value_reader_free(reader);
    ct_value_writer_free(writer);
}

static void
test_memory_failures(void **state)
{
    (void)state;
    struct ct_failing_alloc failing;
    size_t fail_at = 0;
    do {
        ct_failing_alloc_init(&failing, ++fail_at);
        struct ct_value_writer *writer = NULL;
        enum ct_status status = ct_value_writer_new(CT_PROFILE_JSON, &failing.alloc, &writer);
        if (status == CT_OK) {
            status = nest(writer, CT_VALUE_DEPTH_MAX - 1);
            if (status != CT_OK) /* memory once lacked stays lacking: a reset does not heal it */
                assert_int_equal(nest(writer, 1), CT_ERR_MEMORY);
        }
        ct_value_writer_free(writer);
        assert_int_equal(status, ct_failing_alloc_has_failed(&failing) ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
    } while (ct_failing_alloc_has_failed(&failing));
    assert_true(fail_at > 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cbor_is_exact),
        cmocka_unit_test(test_json_is_exact),
        cmocka_unit_test(test_floats_are_spelled_like_ruby),
        cmocka_unit_test(test_floats_read_back),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_incomplete_values_are_refused),
        cmocka_unit_test(test_surplus_values_are_refused),
        cmocka_unit_test(test_text_must_be_utf8),
        cmocka_unit_test(test_nesting_is_limited),
        cmocka_unit_test(test_deepest_value_reads_back),
        cmocka_unit_test(test_memory_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
