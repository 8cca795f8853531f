/* trace_expressions.json as the reader of tools has it: numbers that come again, depths, damage.
 *
 * That the file is what a recording writes, the Ruby suites see; here it is text. */
#include "ctrace/trace_expressions.h"
#include "support.h"

#include <string.h>

#define PLACE(id, line, column, last_line, last_column, kind, name)                                \
    "{\"id\":" id ",\"path_id\":0,\"line\":" line ",\"column\":" column                            \
    ",\"last_line\":" last_line                                                                    \
    ",\"last_column\":" last_column ",\"kind\":\"" kind "\",\"name\":\"" name "\"},\n"

/* `@x = (a + b) * 2` on line 3; a block of three lines, whose second has the number 1 again. */
static const char whole[] =
    "[\n" PLACE("0", "3", "5", "3", "16", "value", "(a + b) * 2")
    PLACE("1", "3", "6", "3", "11", "value", "a + b")
    PLACE("2", "3", "0", "3", "16", "assigned", "@x =")
    PLACE("3", "7", "0", "9", "3", "value", "l.each { \\u2026")
    "{\"step\":4,\"seen\":[[1,1],[0,1],[2,2]]},\n"
    PLACE("1", "8", "2", "8", "6", "value", "e + 1")
    "{\"step\":9,\"seen\":[[1,1]]}\n]\n";

static struct ct_trace_expressions *
read_text(const char *text, enum ct_status expected)
{
    struct ct_trace_expressions *list = NULL;
    struct ct_error error = {0};
    assert_int_equal(ct_trace_expressions_read(text, strlen(text), NULL, &list, &error), expected);
    assert_int_equal(error.status, expected);
    assert_non_null(list);
    return list;
}

static void
assert_seen(const struct ct_trace_expressions *list, uint64_t step, size_t at, const char *name,
            uint32_t depth)
{
    size_t count;
    const struct ct_trace_seen *seen = ct_trace_expressions_seen(list, step, &count);
    assert_true(at < count);
    const struct ct_trace_expression *expression = ct_trace_expression_at(list, seen[at].index);
    assert_string_equal(expression->name, name);
    assert_int_equal(expression->name_size, strlen(name));
    assert_int_equal(expression->depth, depth);
}

static void
test_whole(void **state)
{
    size_t count;
    (void)state;
    struct ct_trace_expressions *list = read_text(whole, CT_OK);
    assert_seen(list, 4, 0, "a + b", 2);
    assert_seen(list, 4, 1, "(a + b) * 2", 1);
    assert_seen(list, 4, 2, "@x =", 0);
    assert_seen(list, 9, 0, "e + 1", 1);
    assert_true(ct_trace_expression_at(list, 2)->is_assigned);
    assert_string_equal(ct_trace_expression_at(list, 3)->name, "l.each { \xE2\x80\xA6");
    assert_null(ct_trace_expressions_seen(list, 5, &count));
    assert_int_equal(count, 0);
    ct_trace_expressions_close(list);
}

static void
test_damage_ends_the_reading(void **state)
{
    static const char *const bad[] = {
        "[\n" PLACE("1", "3", "5", "3", "16", "value", "not the next id") "{}]",
        "[{\"step\":4,\"seen\":[[0,1]]}]",
        "[{\"step\":4}, {\"step\":4}]",
        "[{\"id\":0,\"step\":4}]",
        "[{\"id\":0}]",
        "[{\"id\":\"0\"}]",
        "[1]",
        "{}",
        "[",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ct_trace_expressions_close(read_text(bad[i], CT_ERR_FORMAT));
    /* What came before is there. */
    char cut[sizeof whole];
    memcpy(cut, whole, sizeof whole);
    *strstr(cut, "{\"step\":9") = '\0';
    struct ct_trace_expressions *list = read_text(cut, CT_ERR_FORMAT);
    assert_seen(list, 4, 2, "@x =", 0);
    ct_trace_expressions_close(list);
}

static void
test_failing_alloc(void **state)
{
    bool has_failed = true;
    (void)state;
    for (size_t n = 1; has_failed; n++) {
        struct ct_failing_alloc failing;
        struct ct_trace_expressions *list;
        ct_failing_alloc_init(&failing, n);
        const enum ct_status status =
            ct_trace_expressions_read(whole, strlen(whole), &failing.alloc, &list, NULL);
        if (status == CT_OK)
            ct_trace_expressions_close(list);
        has_failed = ct_failing_alloc_has_failed(&failing);
        assert_int_equal(status, has_failed ? CT_ERR_MEMORY : CT_OK);
        assert_int_equal(failing.live_count, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_damage_ends_the_reading),
        cmocka_unit_test(test_failing_alloc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
