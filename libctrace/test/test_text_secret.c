/* Secrets in text: what is found by its form, by the name before it and by its value, and what only
 * looks like one. The same in Ruby is compared with it through both
 * recorders, on test/programs/secret_texts.rb. */
#include "ctrace/text_secret.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

static bool
is_secret_name(const void *context, const char *name, size_t size)
{
    (void)context;
    return (size == 8 && memcmp(name, "password", 8) == 0) ||
           (size == 6 && (memcmp(name, "Cookie", 6) == 0 || memcmp(name, "cookie", 6) == 0)) ||
           (size == 13 && memcmp(name, "Authorization", 13) == 0);
}

static bool
find_xyzzy(const void *context, const char *text, size_t size, size_t from,
           struct ct_secret_span *out_span)
{
    (void)context;
    const char *found = memmem(text + from, size - from, "xyzzy!", 6);
    if (found == NULL)
        return false;
    *out_span = (struct ct_secret_span){.offset = (size_t)(found - text), .size = 6};
    return true;
}

static const struct ct_secret_names names = {.has = is_secret_name, .find_known = find_xyzzy};

static void
assert_masked(const char *text, const char *expected)
{
    char copy[512];
    size_t size = strlen(text);
    memcpy(copy, text, size);
    copy[ct_secret_mask(copy, size, &names)] = '\0';
    assert_string_equal(copy, expected);
}

static void
test_known_forms_are_found(void **state)
{
    (void)state;
    assert_masked("AKIAIOSFODNN7EXAMPLE", "<redacted>");
    assert_masked("(AKIAIOSFODNN7EXAMPLE)", "(<redacted>)");
    assert_masked("eyJhbGciOi.eyJzdWI.sig-x!", "<redacted>!");
    assert_masked("ghp_0123456789012345678901234567890123", "<redacted>");
    assert_masked("sk_live_0123456789abcdef", "<redacted>");
    assert_masked("xoxb-0123456789-abc", "<redacted>");
    assert_masked("pay 4111 1111 1111 1111, please", "pay <redacted>, please");
    assert_masked("postgres://u:p4ss@h/d", "postgres://u:****@h/d");
    assert_masked("-----BEGIN RSA PRIVATE KEY-----\nab\n-----END RSA PRIVATE KEY-----\nx",
                  "<redacted>\nx");
    assert_masked("-----BEGIN PRIVATE KEY-----\nab", "<redacted>");
}

static void
test_what_only_looks_alike_stays(void **state)
{
    static const char *const texts[] = {
        "AKIASHORT",
        "xAKIAIOSFODNN7EXAMPLE",
        "AKIAIOSFODNN7EXAMPLEANDMORE",
        "eyJ.eyJ",
        "4111 1111 1111 1112",
        "4111111111111111x",
        "http://h:80/x?a@b",
        "://",
        "-----BEGIN CERTIFICATE-----\nab\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nab\n-----END PUBLIC KEY-----",
        "sk-short",
        "",
        "passwords=x",
        "a::password::b",
        "password==x",
        "password = nil",
        "password:",
        "password= ",
        "password => [x]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_masked(texts[i], texts[i]);
}

static void
test_names_announce_values(void **state)
{
    (void)state;
    assert_masked("password=hunter2secret ok", "password=<redacted> ok");
    assert_masked("password: ab, x", "password: **, x");
    assert_masked("{\"password\"=>\"a\\\"b\", 1=>2}", "{\"password\"=>\"****\", 1=>2}");
    assert_masked("user[password]=a%20b&x=1", "user[password]=*****&x=1");
    assert_masked("\\\"password\\\":\\\"q1\\\",", "\\\"password\\\":\\\"**\\\",");
    assert_masked("password='a b\nc", "password='***\nc");
    assert_masked("Authorization: Bearer abc.def\nnext", "Authorization: <redacted>\nnext");
    assert_masked("Cookie: a=b; c=d\r\nHost: x", "Cookie: ********\r\nHost: x");
    assert_masked("password=Bearer abc x", "password=<redacted> x");
    assert_masked("password=aaa password=bbb", "password=*** password=***");
}

static void
test_known_values_are_found_first(void **state)
{
    (void)state;
    assert_masked("a xyzzy! b xyzzy!", "a ****** b ******");
    assert_masked("password=xyzzy!more", "password=<redacted>");
}

static void
test_blanks_keep_lines_and_columns(void **state)
{
    (void)state;
    char text[] = "k = 'AKIAIOSFODNN7EXAMPLE' # \n"
                  "-----BEGIN PRIVATE KEY-----\nab\n-----END X-----;";
    assert_true(ct_secret_blank(text, sizeof text - 1, NULL));
    assert_string_equal(text,
                        "k = '********************' # \n***************************\n**\n"
                        "***************;");
    char plain[] = "password = 'x1'";
    assert_false(ct_secret_blank(plain, sizeof plain - 1, NULL));
}

static bool
count_name(const void *context, const char *name, size_t size)
{
    (void)name;
    (void)size;
    (*(size_t *)(uintptr_t)context)++;
    return false;
}

/* Of two known ones that overlap, and of one behind a name. */
static bool
find_overlapping(const void *context, const char *text, size_t size, size_t from,
                 struct ct_secret_span *out_span)
{
    static const char *const known[] = {"hunter2 sekrit!", "aa11-cc33", "cc33;ee55", "ee55"};
    (void)context;
    *out_span = (struct ct_secret_span){.offset = SIZE_MAX};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *found = memmem(text + from, size - from, known[i], strlen(known[i]));
        if (found != NULL && (size_t)(found - text) < out_span->offset)
            *out_span = (struct ct_secret_span){.offset = (size_t)(found - text),
                                                .size = strlen(known[i])};
    }
    return out_span->offset != SIZE_MAX;
}

static void
test_secrets_that_overlap(void **state)
{
    (void)state;
    const struct ct_secret_names overlapping = {.has = is_secret_name,
                                                .find_known = find_overlapping};
    static const char *const texts[][2] = {
        {"see aa11-cc33;ee55 end", "see <redacted> end"},
        {"see aa11-cc33 ee55 end", "see ********* **** end"},
        {"password=x-hunter2 sekrit! end", "password=<redacted> end"},
        {"password=x-hunter2 sekrit", "password=********* sekrit"},
        {"aa11-cc33;ee55", "<redacted>"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char copy[64];
        memcpy(copy, texts[i][0], strlen(texts[i][0]));
        copy[ct_secret_mask(copy, strlen(texts[i][0]), &overlapping)] = '\0';
        assert_string_equal(copy, texts[i][1]);
    }
}

/* What is behind a secret is not looked at again for each secret before it. */
static void
test_many_secrets_take_one_look(void **state)
{
    enum { COUNT = 500 };
    static const char piece[] = "k=v xyzzy! ";
    char text[COUNT * (sizeof piece - 1)];
    size_t name_count = 0;
    const struct ct_secret_names counting = {
        .has = count_name, .find_known = find_xyzzy, .context = &name_count};
    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + i * (sizeof piece - 1), piece, sizeof piece - 1);
    assert_int_equal(ct_secret_mask(text, sizeof text, &counting), sizeof text);
    assert_memory_equal(text + sizeof text - 11, "k=v ****** ", 11);
    assert_int_equal(name_count, COUNT);
    memcpy(text, piece, sizeof piece - 1);
    name_count = 0;
    assert_true(ct_secret_blank(text, sizeof text, &counting));
    assert_int_equal(name_count, COUNT);
}

/* Any bytes in any order: no byte outside of the text is read (under the sanitizers), and a masked
 * text has no secret left. */
static void
test_any_bytes_end(void **state)
{
    static const char *const pieces[] = {
        "password", "=",         ":",     "\"",      "'",      "\\",  " ",    "\n", "]",
        "eyJ",      ".",         "AKIA",  "4111",    "@",      "://", "\xFF", "_",  "-----BEGIN ",
        "-----END ", "-----",    "Bearer ", "cookie",
    };
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 5000; round++) {
        char text[256];
        size_t size = 0;
        for (int piece = 0; piece < 12; piece++) {
            random = random * 1664525u + 1013904223u;
            const char *from = pieces[(random >> 8) % (sizeof pieces / sizeof pieces[0])];
            size_t piece_size = strlen(from);
            memcpy(text + size, from, piece_size);
            size += piece_size;
        }
        char *exact = malloc(size + 1);
        assert_non_null(exact);
        memcpy(exact, text, size);
        size = ct_secret_mask(exact, size, &names);
        assert_true(size <= sizeof text);
        free(exact);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_forms_are_found),
        cmocka_unit_test(test_what_only_looks_alike_stays),
        cmocka_unit_test(test_names_announce_values),
        cmocka_unit_test(test_known_values_are_found_first),
        cmocka_unit_test(test_secrets_that_overlap),
        cmocka_unit_test(test_many_secrets_take_one_look),
        cmocka_unit_test(test_blanks_keep_lines_and_columns),
        cmocka_unit_test(test_any_bytes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
