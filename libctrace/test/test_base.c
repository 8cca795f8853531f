/* The base layer: status, memory, buffer, cursor, text table, UTF-8.
 *
 * Sizes are chosen around the places where the code changes its way: growth, the last byte, the cut
 * sequence. */
#include "base/buffer.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/id_map.h"
#include "base/text_table.h"
#include "ctrace/text.h"

#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- status and memory ---- */

static void
test_status_has_texts(void **state)
{
    (void)state;
    for (int status = CT_OK; status <= CT_ERR_NOT_FOUND; status++)
        assert_string_not_equal(ct_status_text((enum ct_status)status), "unknown status");
    assert_string_equal(ct_status_text((enum ct_status)99), "unknown status");
}

static void
test_error_is_filled(void **state)
{
    (void)state;
    struct ct_error error = {0};
    errno = ENOSPC;
    assert_int_equal(ct_error_put(&error, CT_ERR_IO, "a.ct", 7, "no %s", "room"), CT_ERR_IO);
    assert_int_equal(error.errno_value, ENOSPC);
    assert_int_equal(error.offset, 7);
    assert_string_equal(error.file, "a.ct");
    assert_string_equal(error.message, "no room");
    assert_int_equal(ct_error_put(&error, CT_ERR_FORMAT, NULL, 0, "%0300d", 1), CT_ERR_FORMAT);
    assert_int_equal(error.errno_value, 0);
    assert_string_equal(error.file, "");
    assert_int_equal(strlen(error.message), CT_ERROR_MESSAGE_SIZE - 1);
    assert_int_equal(ct_error_put(NULL, CT_END, "x", 0, "nobody listens"), CT_END);
}

static void
test_alloc_overflow_is_refused(void **state)
{
    (void)state;
    assert_null(ct_alloc_zeroed(NULL, SIZE_MAX / 2, 3));
    uint8_t *bytes = ct_alloc_zeroed(NULL, 3, 5);
    assert_non_null(bytes);
    for (size_t i = 0; i < 15; i++)
        assert_int_equal(bytes[i], 0);
    ct_alloc_free(NULL, bytes);
    ct_alloc_free(NULL, NULL);
}

/* ---- buffer ---- */

static void
test_buffer_puts_little_endian(void **state)
{
    (void)state;
    struct ct_buffer buffer;
    ct_buffer_init(&buffer, NULL);
    ct_buffer_put_u8(&buffer, 0x01);
    ct_buffer_put_u16(&buffer, 0x0203);
    ct_buffer_put_u32(&buffer, 0x04050607);
    ct_buffer_put_u64(&buffer, 0x08090A0B0C0D0E0F);
    ct_buffer_put_varint(&buffer, 300);
    ct_buffer_put_text(&buffer, "ab");
    ct_buffer_put_format(&buffer, "%d-%s", 42, "c");
    ct_buffer_put(&buffer, NULL, 0);
    static const uint8_t expected[] = {0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0F,
                                       0x0E, 0x0D, 0x0C, 0x0B, 0x0A, 0x09, 0x08, 0xAC,
                                       0x02, 'a',  'b',  '4',  '2',  '-',  'c'};
    assert_ok(ct_buffer_status(&buffer));
    assert_int_equal(buffer.size, sizeof expected);
    assert_memory_equal(buffer.bytes, expected, sizeof expected);
    ct_buffer_release(&buffer);
    ct_buffer_release(&buffer);
    ct_buffer_release(NULL);
}

static void
test_buffer_grows(void **state)
{
    (void)state;
    struct ct_failing_alloc failing;
    struct ct_buffer buffer;
    ct_failing_alloc_init(&failing, 0);
    ct_buffer_init(&buffer, &failing.alloc);
    for (uint32_t i = 0; i < 100000; i++)
        ct_buffer_put_u32(&buffer, i);
    assert_ok(ct_buffer_status(&buffer));
    assert_in_range(failing.call_count, 1, 20); /* doubling, not creeping */
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, buffer.bytes, buffer.size);
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_equal(ct_cursor_get_u32(&cursor), i);
    const size_t calls = failing.call_count;
    ct_buffer_reset(&buffer);
    ct_buffer_put_format(&buffer, "%01000d", 7);
    assert_int_equal(buffer.size, 1000);
    assert_int_equal(failing.call_count, calls);
    ct_buffer_release(&buffer);
    assert_int_equal(failing.live_count, 0);
}

/* Every put at every state of the buffer, the first growth and the second one failing. */
static void
test_buffer_failure_stays(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at <= 2; fail_at++) {
        struct ct_failing_alloc failing;
        struct ct_buffer buffer;
        ct_failing_alloc_init(&failing, fail_at);
        ct_buffer_init(&buffer, &failing.alloc);
        while (ct_buffer_status(&buffer) == CT_OK)
            ct_buffer_put_u8(&buffer, 1);
        const size_t size = buffer.size;
        ct_buffer_put_u16(&buffer, 1);
        ct_buffer_put_varint(&buffer, 1);
        ct_buffer_put_format(&buffer, "x");
        assert_null(ct_buffer_reserve(&buffer, 0));
        assert_int_equal(buffer.size, size);
        ct_buffer_reset(&buffer);
        ct_buffer_put_u8(&buffer, 1);
        assert_int_equal(buffer.size, 0);
        assert_int_equal(ct_buffer_status(&buffer), CT_ERR_MEMORY);
        ct_buffer_release(&buffer);
        assert_int_equal(failing.live_count, 0);
    }
}

static void
test_buffer_refuses_absurd_sizes(void **state)
{
    (void)state;
    struct ct_buffer buffer;
    ct_buffer_init(&buffer, NULL);
    ct_buffer_put_u8(&buffer, 1);
    assert_null(ct_buffer_reserve(&buffer, SIZE_MAX));
    assert_int_equal(ct_buffer_status(&buffer), CT_ERR_MEMORY);
    ct_buffer_release(&buffer);
}

/* ---- cursor ---- */

static void
test_cursor_stops_at_the_end(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4, 5};
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, bytes, sizeof bytes);
    assert_int_equal(ct_cursor_get_u16(&cursor), 0x0201);
    assert_int_equal(ct_cursor_get_u32(&cursor), 0); /* one byte short */
    assert_int_equal(cursor.position, 2);
    assert_int_equal(ct_cursor_remaining(&cursor), 0);
    assert_int_equal(ct_cursor_get_u8(&cursor), 0); /* for good */
    assert_null(ct_cursor_get(&cursor, 0));
    assert_int_equal(ct_cursor_status(&cursor), CT_ERR_FORMAT);
    ct_cursor_init(&cursor, bytes, sizeof bytes);
    assert_null(ct_cursor_get(&cursor, SIZE_MAX));
    ct_cursor_init(&cursor, NULL, 0);
    assert_non_null(ct_cursor_get(&cursor, 0));
    assert_ok(ct_cursor_status(&cursor));
    assert_int_equal(ct_cursor_get_u64(&cursor), 0);
    assert_int_equal(ct_cursor_status(&cursor), CT_ERR_FORMAT);
}

static void
test_varints_read_back(void **state)
{
    (void)state;
    struct ct_buffer buffer;
    ct_buffer_init(&buffer, NULL);
    for (unsigned bit = 0; bit < 64; bit++) {
        ct_buffer_put_varint(&buffer, UINT64_C(1) << bit);
        ct_buffer_put_varint(&buffer, (UINT64_C(1) << bit) - 1);
    }
    ct_buffer_put_varint(&buffer, UINT64_MAX);
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, buffer.bytes, buffer.size);
    for (unsigned bit = 0; bit < 64; bit++) {
        assert_true(ct_cursor_get_varint(&cursor) == UINT64_C(1) << bit);
        assert_true(ct_cursor_get_varint(&cursor) == (UINT64_C(1) << bit) - 1);
    }
    assert_true(ct_cursor_get_varint(&cursor) == UINT64_MAX);
    assert_int_equal(ct_cursor_remaining(&cursor), 0);
    assert_ok(ct_cursor_status(&cursor));
    ct_buffer_release(&buffer);
}

static void
assert_varint_refused(const char *bytes, size_t size)
{
    struct ct_cursor cursor;
    ct_cursor_init(&cursor, bytes, size);
    assert_int_equal(ct_cursor_get_varint(&cursor), 0);
    assert_int_equal(ct_cursor_status(&cursor), CT_ERR_FORMAT);
    assert_int_equal(cursor.position, 0);
}

static void
test_bad_varints_are_refused(void **state)
{
    (void)state;
    assert_varint_refused("", 0);
    assert_varint_refused("\x80\x80", 2);                                      /* cut */
    assert_varint_refused("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 10);     /* 65 bits */
    assert_varint_refused("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11); /* eleven bytes */
}

/* ---- text table ---- */

static void
test_text_table_interns(void **state)
{
    (void)state;
    struct ct_text_table *table;
    char text[16];
    uint64_t id;
    size_t size;
    bool is_new;
    assert_ok(ct_text_table_new(NULL, &table));
    for (uint64_t pass = 0; pass < 2; pass++) {
        for (uint64_t i = 0; i < 5000; i++) {
            const int text_size = snprintf(text, sizeof text, "name%d", (int)i);
            assert_ok(ct_text_table_put(table, text, (size_t)text_size, &id, &is_new));
            assert_int_equal(id, i);
            assert_int_equal(is_new, pass == 0);
        }
    }
    assert_int_equal(ct_text_table_count(table), 5000);
    assert_string_equal(ct_text_table_get(table, 4321, &size), "name4321");
    assert_int_equal(size, 8);
    assert_null(ct_text_table_get(table, 5000, &size));
    assert_null(ct_text_table_get(table, UINT64_MAX, NULL));
    ct_text_table_free(table);
    ct_text_table_free(NULL);
}

static void
test_text_table_keeps_odd_bytes_apart(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } texts[] = {{"", 0}, {"\0", 1}, {"\0\0", 2}, {"a", 1}, {"a\0", 2}, {"a\0b", 3}, {"\xFF", 1}};
    struct ct_text_table *table;
    uint64_t id;
    assert_ok(ct_text_table_new(NULL, &table));
    for (uint64_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_ok(ct_text_table_put(table, texts[i].bytes, texts[i].size, &id, NULL));
        assert_int_equal(id, i);
    }
    assert_ok(ct_text_table_put(table, NULL, 0, &id, NULL));
    assert_int_equal(id, 0);
    ct_text_table_free(table);
}

/* The first of equal texts is the one that put finds; a great many of them stay cheap. */
static void
test_text_table_appends_twins(void **state)
{
    (void)state;
    struct ct_text_table *table;
    uint64_t id;
    bool is_new;
    assert_ok(ct_text_table_new(NULL, &table));
    assert_ok(ct_text_table_append(table, "first", 5, &id));
    for (uint64_t i = 1; i < 200000; i++) {
        assert_ok(ct_text_table_append(table, "twin", 4, &id));
        assert_int_equal(id, i);
    }
    assert_ok(ct_text_table_put(table, "twin", 4, &id, &is_new));
    assert_int_equal(id, 1);
    assert_false(is_new);
    assert_string_equal(ct_text_table_get(table, 199999, NULL), "twin");
    ct_text_table_free(table);
}

static enum ct_status
fill_table(const struct ct_alloc *alloc)
{
    struct ct_text_table *table;
    uint64_t id;
    enum ct_status status = ct_text_table_new(alloc, &table);
    if (status != CT_OK)
        return status;
    for (uint32_t i = 0; i < 2000 && status == CT_OK; i++) {
        const uint64_t count = ct_text_table_count(table);
        status = ct_text_table_put(table, &i, sizeof i, &id, NULL);
        if (status == CT_OK)
            continue;
        assert_int_equal(ct_text_table_count(table), count); /* unchanged, and usable */
        assert_ok(ct_text_table_put(table, &i, sizeof i, &id, NULL));
        assert_int_equal(id, count);
    }
    ct_text_table_free(table);
    return status;
}

static void
test_text_table_survives_failing_memory(void **state)
{
    (void)state;
    struct ct_failing_alloc failing;
    for (size_t n = 1;; n++) {
        ct_failing_alloc_init(&failing, n);
        const enum ct_status status = fill_table(&failing.alloc);
        assert_int_equal(failing.live_count, 0);
        if (!ct_failing_alloc_has_failed(&failing)) {
            assert_ok(status);
            break;
        }
        assert_int_equal(status, CT_ERR_MEMORY);
    }
}

/* Similar keys must not share their low bits, which is where a table looks. */
static void
test_hash_spreads(void **state)
{
    (void)state;
    enum { BUCKET_COUNT = 1024 };
    unsigned buckets[BUCKET_COUNT] = {0};
    for (uint64_t i = 0; i < BUCKET_COUNT * 8; i++) {
        const uint64_t key = i << 20;
        buckets[ct_hash_bytes(&key, sizeof key, 1) % BUCKET_COUNT]++;
    }
    for (unsigned i = 0; i < BUCKET_COUNT; i++)
        assert_in_range(buckets[i], 0, 32); /* 8 on average */
    assert_true(ct_hash_bytes("abc", 3, 1) != ct_hash_bytes("abc", 3, 2));
    assert_true(ct_hash_bytes("abc", 3, 1) != ct_hash_bytes("abc\0", 4, 1));
}

/* ---- UTF-8 ---- */

static void
test_utf8_is_recognised(void **state)
{
    (void)state;
    static const char *const valid[] = {"",
                                        "plain ASCII that is longer than a word",
                                        "\x7F",
                                        "\xC2\x80",
                                        "\xDF\xBF",
                                        "\xE0\xA0\x80",
                                        "\xED\x9F\xBF",
                                        "\xEE\x80\x80",
                                        "\xEF\xBF\xBF",
                                        "\xF0\x90\x80\x80",
                                        "\xF4\x8F\xBF\xBF",
                                        "12345678\xE2\x82\xAC"};
    static const char *const invalid[] = {"\x80",             /* continuation alone */
                                          "\xC1\xBF",         /* overlong */
                                          "\xC2",             /* cut */
                                          "\xC2\x41",         /* no continuation */
                                          "\xE0\x9F\xBF",     /* overlong */
                                          "\xED\xA0\x80",     /* surrogate */
                                          "\xE2\x82",         /* cut */
                                          "\xF0\x8F\xBF\xBF", /* overlong */
                                          "\xF4\x90\x80\x80", /* above U+10FFFF */
                                          "\xF5\x80\x80\x80",
                                          "\xFF",
                                          "1234567\xFE 12345678"};
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        assert_true(ct_text_is_utf8(valid[i], strlen(valid[i])));
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        assert_false(ct_text_is_utf8(invalid[i], strlen(invalid[i])));
    assert_true(ct_text_is_utf8(NULL, 0));
    assert_true(ct_text_is_utf8("a\0b", 3));
}

static void
test_prefix_cuts_no_sequence(void **state)
{
    (void)state;
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x92\x8E"; /* 1 + 2 + 3 + 4 bytes */
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t size_max = 0; size_max < sizeof expected / sizeof *expected; size_max++)
        assert_int_equal(ct_text_prefix_size(text, 10, size_max), expected[size_max]);
    /* Bytes that are no sequence are not kept together. */
    assert_int_equal(ct_text_prefix_size("\x80\x80\x80\x80", 4, 2), 2);
    assert_int_equal(ct_text_prefix_size("a\xE2\x41z", 4, 2), 2);
}

static void
assert_shortened(const char *text, const char *expected)
{
    char shown[16];
    ct_text_shorten(text, shown, sizeof shown);
    assert_string_equal(shown, expected);
}

static void
test_shorten_leaves_both_ends(void **state)
{
    (void)state;
    assert_shortened("", "");
    assert_shortened("/123456789/abcd", "/123456789/abcd");
    assert_shortened("/123456789/abcde", "/123...89/abcde");
    assert_shortened("/12\xC3\xA9" "56789/abcde", "/12...89/abcde");
    assert_shortened("/12345678\xE2\x82\xAC/abcde", "/123.../abcde");
    assert_shortened("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
                     "\x80\x80\x80\x80...");
}

static void
assert_escaped(const char *bytes, size_t size, const char *expected)
{
    char text[64] = {0};
    assert_int_equal(ct_text_escape(bytes, size, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void
test_escape_touches_only_what_is_invalid(void **state)
{
    (void)state;
    assert_escaped("", 0, "");
    assert_escaped("caf\xC3\xA9 \\x41", 10, "caf\xC3\xA9 \\x41");
    assert_escaped("\xFF", 1, "\\xFF");
    assert_escaped("a\xE2\x82z", 4, "a\\xE2\\x82z");
    assert_escaped("\xED\xA0\x80", 3, "\\xED\\xA0\\x80");
    assert_escaped("\x0A\xC3", 2, "\x0A\\xC3");
}

/* Against a plain array, through puts and removes in an order that makes long runs. */
static void
test_id_map_forgets_what_is_removed(void **state)
{
    enum { ID_COUNT = 200 };
    struct ct_failing_alloc failing;
    struct ct_id_map map;
    size_t positions[ID_COUNT] = {0}; /* + 1 */
    uint64_t noise = 1;
    (void)state;
    ct_failing_alloc_init(&failing, 0);
    ct_id_map_init(&map, &failing.alloc);
    ct_id_map_remove(&map, 5);
    for (size_t round = 0; round < 20000; round++) {
        noise = noise * UINT64_C(6364136223846793005) + 1;
        const uint64_t id = (noise >> 33) % ID_COUNT;
        const bool is_put = (noise >> 60) % 2 == 0;
        if (is_put)
            assert_ok(ct_id_map_put(&map, id, round));
        else
            ct_id_map_remove(&map, id);
        positions[id] = is_put ? round + 1 : 0;
        const uint64_t other = (noise >> 40) % ID_COUNT;
        size_t position = 0;
        assert_int_equal(ct_id_map_find(&map, other, &position), positions[other] != 0);
        if (positions[other] != 0)
            assert_int_equal(position, positions[other] - 1);
    }
    ct_id_map_release(&map);
    assert_int_equal(failing.live_count, 0);
}

static void
test_id_map_survives_failing_memory(void **state)
{
    struct ct_failing_alloc failing;
    struct ct_id_map map;
    size_t position;
    (void)state;
    ct_failing_alloc_init(&failing, 2);
    ct_id_map_init(&map, &failing.alloc);
    uint64_t id = 0;
    while (ct_id_map_put(&map, id, id) == CT_OK)
        id++;
    assert_false(ct_id_map_find(&map, id, &position));
    assert_ok(ct_id_map_put(&map, id, id));
    for (uint64_t known = 0; known <= id; known++)
        assert_true(ct_id_map_find(&map, known, &position) && position == known);
    ct_id_map_release(&map);
    assert_int_equal(failing.live_count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_has_texts),
        cmocka_unit_test(test_error_is_filled),
        cmocka_unit_test(test_alloc_overflow_is_refused),
        cmocka_unit_test(test_buffer_puts_little_endian),
        cmocka_unit_test(test_buffer_grows),
        cmocka_unit_test(test_buffer_failure_stays),
        cmocka_unit_test(test_buffer_refuses_absurd_sizes),
        cmocka_unit_test(test_cursor_stops_at_the_end),
        cmocka_unit_test(test_varints_read_back),
        cmocka_unit_test(test_bad_varints_are_refused),
        cmocka_unit_test(test_text_table_interns),
        cmocka_unit_test(test_text_table_keeps_odd_bytes_apart),
        cmocka_unit_test(test_text_table_appends_twins),
        cmocka_unit_test(test_text_table_survives_failing_memory),
        cmocka_unit_test(test_hash_spreads),
        cmocka_unit_test(test_id_map_forgets_what_is_removed),
        cmocka_unit_test(test_id_map_survives_failing_memory),
        cmocka_unit_test(test_utf8_is_recognised),
        cmocka_unit_test(test_prefix_cuts_no_sequence),
        cmocka_unit_test(test_shorten_leaves_both_ends),
        cmocka_unit_test(test_escape_touches_only_what_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
