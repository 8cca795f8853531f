/* Values that were shown are known again by their bytes, and make room in turn.
 *
 * Those that are too large are not kept; without memory nothing is left behind. */
#include "support.h"

#include "ctrace/trace_reader.h"
#include "trace/shown_values.h"

#include <stdlib.h>
#include <string.h>

static struct ct_shown_value *
require(struct ct_shown_values *values, const void *bytes, size_t size, bool is_known)
{
    struct ct_shown_value *value;
    bool was_known;
    assert_ok(ct_shown_values_require(values, bytes, size, &value, &was_known));
    assert_int_equal(was_known, is_known);
    return value;
}

static void
test_known_again(void **state)
{
    struct ct_shown_values values;
    (void)state;
    ct_shown_values_init(&values, ct_alloc_default());
    struct ct_shown_value *value = require(&values, "first", 5, false);
    assert_int_equal(value->count, 0);
    assert_int_equal(value->root_id, CT_TRACE_NO_ID);
    value->root_id = 7;
    require(&values, "other", 5, false);
    require(&values, "first of all", 12, false);
    assert_ptr_equal(require(&values, "first", 5, true), value);
    assert_int_equal(value->root_id, 7);
    require(&values, "other", 5, true);
    require(&values, "", 0, false);
    require(&values, "", 0, false);
    ct_shown_values_release(&values);
    ct_shown_values_release(&values);
}

static void
test_oldest_makes_room(void **state)
{
    struct ct_shown_values values;
    (void)state;
    ct_shown_values_init(&values, ct_alloc_default());
    enum { COUNT = 4 * CT_SHOWN_SET_COUNT * CT_SHOWN_WAY_COUNT };
    for (int i = 0; i < COUNT; i++)
        require(&values, &i, sizeof i, false)->root_id = 1;
    const int newest = COUNT - 1;
    require(&values, &newest, sizeof newest, true);
    for (int i = 0; i < 10; i++)
        assert_int_equal(require(&values, &i, sizeof i, false)->root_id, CT_TRACE_NO_ID);
    ct_shown_values_release(&values);
}

/* A value is told apart from what follows it. */
static void
test_matched_where_it_begins(void **state)
{
    struct ct_shown_values values;
    char bytes[120];
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    ct_shown_values_init(&values, ct_alloc_default());
    require(&values, bytes, 100, false);
    assert_int_equal(ct_shown_values_match(&values, bytes, sizeof bytes), 100);
    assert_int_equal(ct_shown_values_match(&values, bytes, 100), 100);
    assert_int_equal(ct_shown_values_match(&values, bytes, 99), 0);
    bytes[99] = 'y';
    assert_int_equal(ct_shown_values_match(&values, bytes, sizeof bytes), 0);
    bytes[99] = 'x';
    require(&values, bytes, 80, false);
    assert_int_equal(ct_shown_values_match(&values, bytes, sizeof bytes), 80);
    require(&values, bytes, 20, false);
    assert_int_equal(ct_shown_values_match(&values, bytes, 20), 0); /* too short to be known so */
    ct_shown_values_release(&values);
}

/* What an object was before it changed does not come again. */
static void
test_newer_takes_its_place(void **state)
{
    struct ct_shown_values values;
    char bytes[100] = "an object";
    (void)state;
    ct_shown_values_init(&values, ct_alloc_default());
    struct ct_shown_value *value = require(&values, bytes, sizeof bytes, false);
    value->count = 1;
    bytes[90] = 1;
    assert_ptr_equal(require(&values, bytes, sizeof bytes, false), value);
    assert_int_equal(value->count, 0);
    require(&values, bytes, sizeof bytes, true);
    bytes[90] = 0;
    require(&values, bytes, sizeof bytes, false);
    bytes[0] = 'A';
    assert_ptr_not_equal(require(&values, bytes, sizeof bytes, false), value);
    ct_shown_values_release(&values);
}

static void
test_large_is_not_kept(void **state)
{
    const size_t size = CT_SHOWN_SIZE_MAX + 1;
    char *bytes = calloc(size, 1);
    struct ct_shown_values values;
    (void)state;
    assert_non_null(bytes);
    ct_shown_values_init(&values, ct_alloc_default());
    require(&values, bytes, size, false);
    require(&values, bytes, size, false);
    require(&values, bytes, size - 1, false);
    require(&values, bytes, size - 1, true);
    ct_shown_values_release(&values);
    free(bytes);
}

/* What comes after a value as it did last time is the same entry, also when that became another. */
static void
test_known_in_turn(void **state)
{
    static const char *const texts[] = {"first", "second", "third"};
    struct ct_shown_values values;
    struct ct_shown_value *shown[3];
    (void)state;
    ct_shown_values_init(&values, ct_alloc_default());
    for (size_t i = 0; i < 3; i++)
        shown[i] = require(&values, texts[i], strlen(texts[i]), false);
    for (size_t i = 0; i < 9; i++)
        assert_ptr_equal(require(&values, texts[i % 3], strlen(texts[i % 3]), true), shown[i % 3]);
    require(&values, "secone", 6, false);
    require(&values, "third", 5, true);
    assert_ptr_equal(require(&values, "first", 5, true), shown[0]);
    assert_ptr_equal(require(&values, "second", 6, true), shown[1]);
    ct_shown_values_release(&values);
}

static void
test_no_memory(void **state)
{
    enum ct_status status = CT_ERR_MEMORY;
    (void)state;
    for (size_t n = 1; status != CT_OK; n++) {
        struct ct_failing_alloc failing;
        struct ct_shown_values values;
        struct ct_shown_value *value;
        bool is_known;
        ct_failing_alloc_init(&failing, n);
        ct_shown_values_init(&values, &failing.alloc);
        status = ct_shown_values_require(&values, "bytes", 5, &value, &is_known);
        assert_int_equal(status == CT_OK, !ct_failing_alloc_has_failed(&failing));
        ct_shown_values_release(&values);
        assert_int_equal(failing.live_count, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_again),
        cmocka_unit_test(test_oldest_makes_room),
        cmocka_unit_test(test_matched_where_it_begins),
        cmocka_unit_test(test_newer_takes_its_place),
        cmocka_unit_test(test_large_is_not_kept),
        cmocka_unit_test(test_known_in_turn),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
