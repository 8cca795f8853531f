/* Values only where they are wanted: encoded, decoded on demand, passed over unless picked.
 *
 * One script (trace_script.h) in both layouts. Passing over is the combined layout's; the other
 * delivers all, which is allowed. */
#include "reading.h"
#include "trace_script.h"

#include "value/value_peek.h"

#include <stdlib.h>
#include <string.h>

static const char script_text[] =
    ":1 a=1 x='one' b=`Foo|#<Foo #1>` :2 a=2 :3 a=#1Foo{@a:1} x='two' :4 >f:9(x=3,y=[1,2]) :5 x=4 "
    "<'gone'";

static struct ct_trace_reader *
open_script(struct trace_script *script, enum ct_profile profile)
{
    trace_script_init(script, profile, script_text);
    return trace_script_open(script, NULL);
}

static void
assert_same(const struct ct_value *value, const struct ct_value *other)
{
    assert_int_equal(value->kind, other->kind);
    assert_int_equal(value->integer, other->integer);
    assert_int_equal(value->child_count, other->child_count);
    assert_int_equal(value->text_size, other->text_size);
    if (value->text_size > 0)
        assert_memory_equal(value->text, other->text, value->text_size);
}

/* Decoding on demand gives what comes decoded. */
static void
assert_encoded(enum ct_profile profile)
{
    struct trace_script script;
    struct ct_trace_event event;
    struct ct_trace_event lazy;
    struct ct_trace_reader *reader = open_script(&script, profile);
    struct ct_trace_reader *other = trace_script_open(&script, NULL);
    ct_trace_reader_values_put(other, false);
    while (ct_trace_reader_next(reader, &event, NULL) == CT_OK) {
        const struct ct_value *value;
        const struct ct_trace_arg *args;
        size_t count;
        assert_ok(ct_trace_reader_next(other, &lazy, NULL));
        assert_null(lazy.value);
        assert_null(lazy.args);
        assert_int_equal(event.encoded_size, lazy.encoded_size);
        if (event.value != NULL) {
            assert_ok(ct_trace_reader_value_decode(other, lazy.encoded, lazy.encoded_size, &value,
                                                   NULL));
            assert_same(value, event.value);
        }
        if (event.kind != CT_TRACE_CALL)
            continue;
        assert_ok(ct_trace_reader_args_decode(other, lazy.encoded, lazy.encoded_size, &args, &count,
                                              NULL));
        assert_int_equal(count, event.arg_count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(args[i].name_id, event.args[i].name_id);
            assert_same(args[i].value, event.args[i].value);
        }
    }
    ct_trace_reader_close(other);
    ct_trace_reader_close(reader);
    trace_script_release(&script);
}

static void
test_encoded(void **state)
{
    (void)state;
    assert_encoded(CT_PROFILE_AUG26);
    assert_encoded(CT_PROFILE_JSON);
}

/* What is not looked at may be anything. */
static void
test_no_value(void **state)
{
    struct ct_trace_event event;
    (void)state;
    struct ct_trace_files files = reading_json_files(
        "[{\"Value\":{\"variable_id\":0,\"value\": 5}},{\"Return\":{\"return_value\":[]}}]", NULL,
        NULL);
    struct ct_trace_reader *reader;
    assert_ok(ct_trace_reader_open_files(&files, NULL, &reader, NULL));
    ct_trace_reader_values_put(reader, false);
    assert_ok(ct_trace_reader_next(reader, &event, NULL));
    assert_int_equal(event.encoded_size, 1);
    assert_memory_equal(event.encoded, "5", 1);
    assert_ok(ct_trace_reader_next(reader, &event, NULL));
    assert_int_equal(event.encoded_size, 2);
    ct_trace_reader_close(reader);
    ct_trace_files_close(&files);
}

static void
test_bad_bytes(void **state)
{
    struct trace_script script;
    struct ct_error error = {0};
    const struct ct_value *value;
    const struct ct_trace_arg *args;
    size_t count;
    (void)state;
    struct ct_trace_reader *reader = open_script(&script, CT_PROFILE_JSON);
    assert_int_equal(ct_trace_reader_value_decode(reader, "{\"kind\":5}", 10, &value, &error),
                     CT_ERR_FORMAT);
    assert_string_equal(error.file, "value");
    assert_int_equal(ct_trace_reader_args_decode(reader, "[{}]", 4, &args, &count, &error),
                     CT_ERR_FORMAT);
    assert_int_equal(ct_trace_reader_args_decode(reader, "[]5", 3, &args, &count, &error),
                     CT_ERR_FORMAT);
    ct_trace_reader_close(reader);
    trace_script_release(&script);
}

/* The names of the values that come, one letter each, steps as their line, calls as '>'. */
static void
assert_picked(const struct ct_trace_pick *pick, const char *expected)
{
    struct trace_script script;
    struct ct_trace_event event;
    char found[64];
    size_t size = 0;
    struct ct_trace_reader *reader = open_script(&script, CT_PROFILE_AUG26);
    uint64_t index = 0;
    ct_trace_reader_values_put(reader, false);
    ct_trace_reader_pick_put(reader, pick);
    while (ct_trace_reader_next(reader, &event, NULL) == CT_OK) {
        if (event.kind == CT_TRACE_STEP)
            found[size++] = (char)('0' + event.line);
        else if (event.kind == CT_TRACE_VALUE)
            found[size++] = *ct_trace_reader_name(reader, event.name_id, NULL);
        else if (event.kind == CT_TRACE_CALL)
            found[size++] = '>';
        assert_true(event.index >= index);
        index = event.index;
    }
    found[size] = '\0';
    assert_string_equal(found, expected);
    ct_trace_reader_close(reader);
    trace_script_release(&script);
}

static void
test_pick(void **state)
{
    const struct ct_trace_pick nothing = {CT_TRACE_NO_ID, false};
    const struct ct_trace_pick structs = {CT_TRACE_NO_ID, true};
    const struct ct_trace_pick second = {1, false};
    (void)state;
    assert_picked(NULL, ">1axb2a3ax49>5x");
    assert_picked(&nothing, ">12349>5");
    assert_picked(&structs, ">123a49>5");
    assert_picked(&second, ">1xb23x49>5x");
}

static void
test_peek(void **state)
{
    static const struct {
        const char *text;
        bool may;
        bool is_scalar;
    } cases[] = {
        {"{\"kind\":\"Int\",\"i\":5}", false, true},
        {"{\"kind\":\"Raw\",\"r\":\"Struct\"}", false, false},
        {"{\"kind\":\"String\",\"text\":\"Struct\"}", false, true},
        {"{\"kind\":\"Struct\"}", true, false},
        {"{\"kind\":\"Reference\",\"dereferenced\":{\"kind\":\"Struct\"}}", true, false},
        {"{\"kind\":\"Sequence\",\"elements\":[{\"kind\":\"Struct\"}]}", true, false},
        {"{\"kind\":\"Sequence\",\"elements\":[{\"kind\":\"Tuple\"}]}", false, false},
        {"{\"type_id\":5,\"kind\":\"Struct\"}", true, false},
        {"\xa1\x64kind\x66Struct", true, false},
        {"\xa1\x64kind\x66String\x66Struct", false, true},
        {"\xa1\x64kind", false, false},
        {"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t size = strlen(cases[i].text);
        assert_int_equal(ct_value_may_hold_struct(cases[i].text, size), cases[i].may);
        assert_int_equal(ct_value_is_scalar(cases[i].text, size), cases[i].is_scalar);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoded),
        cmocka_unit_test(test_no_value),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_pick),
        cmocka_unit_test(test_peek),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
