/* Strings given to eval: which get files of their own, which share a page, and what a branch of the
 * trace does with either.
 *
 * Records are built by hand; the independent reader tells where steps stand. */
#include "timeline_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reading.h"

#define RECORDING_ID "01949fcc-7d92-7e9c-a001-000000000002"
#define OWN_COUNT    32u /* strings of a place that have files of their own */

struct fixture {
    struct scratch scratch;
    struct record_builder builder;
    struct ct_timeline *timeline;
};

static enum ct_status
open_folder(void *context, const char *path, struct ct_folder **out_folder)
{
    (void)context;
    return ct_folder_open(path, true, NULL, out_folder, NULL);
}

static int
set_up(void **state)
{
    const struct ct_timeline_options options = {.open_folder = open_folder};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    scratch_make(&fixture->scratch);
    assert_ok(ct_timeline_new(&options, &fixture->timeline));
    build_init(&fixture->builder);
    build_start(&fixture->builder, &(struct start_texts){.out_folder = fixture->scratch.path,
                                                         .profile = "json",
                                                         .program = "/srv/main.rb"});
    build_path(&fixture->builder, 0, "/srv/main.rb", "main\n");
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;
    ct_timeline_free(fixture->timeline);
    build_release(&fixture->builder);
    scratch_remove(&fixture->scratch);
    free(fixture);
    return 0;
}

static void
put(struct fixture *fixture)
{
    struct record_builder *builder = &fixture->builder;
    for (size_t at = 0; at < builder->bytes.size;) {
        struct ct_spool_record *record = (struct ct_spool_record *)(builder->bytes.bytes + at);
        at += record->size;
        assert_ok(ct_timeline_put(fixture->timeline, record));
    }
    build_release(builder);
    build_init(builder);
}

/* String number `id` of line `place`, and a step on its first line. */
static void
build_evaluated(struct record_builder *builder, uint32_t id, unsigned place, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "/codetracer/eval-%u-at-main.rb-line-%u.rb", id, place);
    build_eval(builder, id, path, text);
    build_layout(builder, id, id, NULL, 0);
    build_view(builder, CT_SPOOL_VIEW, id, id);
    build_step(builder, id, 1);
}

static void
build_own(struct record_builder *builder, unsigned place)
{
    for (uint32_t id = 1; id <= OWN_COUNT; id++)
        build_evaluated(builder, id, place, "own\n");
}

static void
assert_source(const struct fixture *fixture, const char *below, uint32_t id, const char *expected)
{
    char path[160], text[80] = "";
    snprintf(path, sizeof path, "%s/%sfiles/codetracer/eval-%u-at-main.rb-line-4.rb",
             fixture->scratch.path, below, id);
    FILE *file = fopen(path, "r");
    if (expected == NULL) {
        assert_null(file);
        return;
    }
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

/* The trace is whole, and its events have `expected` among them. */
static void
assert_has(const char *folder, const char *expected)
{
    assert_true(oracle_accepts(folder));
    char *events = oracle_read("events", folder);
    if (strstr(events, expected) == NULL)
        print_error("%s", events);
    assert_non_null(strstr(events, expected));
    free(events);
}

static void
finish(struct fixture *fixture)
{
    build_end(&fixture->builder, 0);
    put(fixture);
    assert_ok(ct_timeline_finish(fixture->timeline));
}

static void
test_the_first_have_files_and_the_others_a_page(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_own(builder, 4);
    build_evaluated(builder, 33, 4, "a = 1\nb = 2");
    build_evaluated(builder, 34, 4, "");
    build_evaluated(builder, 35, 4, "c = 3\n");
    build_evaluated(builder, 36, 9, "elsewhere\n");
    build_step(builder, 35, 2);
    finish(fixture);
    assert_source(fixture, "", 32, "own\n");
    assert_source(fixture, "", 33, "a = 1\nb = 2\n\n\nc = 3\n\n");
    assert_source(fixture, "", 34, NULL);
    assert_has(fixture->scratch.path, "  step /codetracer/eval-32-at-main.rb-line-4.rb:1\n"
                                      "  step /codetracer/eval-33-at-main.rb-line-4.rb:1\n"
                                      "  step /codetracer/eval-33-at-main.rb-line-4.rb:4\n"
                                      "  step /codetracer/eval-33-at-main.rb-line-4.rb:5\n"
                                      "  step /codetracer/eval-36-at-main.rb-line-9.rb:1\n"
                                      "  step /codetracer/eval-33-at-main.rb-line-4.rb:6\n");
}

static void
test_a_method_stands_where_its_text_does(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_own(builder, 4);
    build_evaluated(builder, 33, 4, "first\n");
    build_evaluated(builder, 34, 4, "\ndef work\n  1\nend\n");
    build_name(builder, 0, "work");
    build_function(builder, 0, 34, 2, 0);
    build_begin_call(builder, 0);
    build_end_record(builder, 0);
    finish(fixture);
    assert_has(fixture->scratch.path, "  step /codetracer/eval-33-at-main.rb-line-4.rb:4\n"
                                      "  call work() /codetracer/eval-33-at-main.rb-line-4.rb:4\n");
}

static void
test_a_full_page_is_followed_by_another(void **state)
{
    struct fixture *fixture = *state;
    static char large[50000], huge[70000];
    struct record_builder *builder = &fixture->builder;
    memset(large, '#', sizeof large - 1);
    memset(huge, '#', sizeof huge - 1);
    build_own(builder, 4);
    build_evaluated(builder, 33, 4, large);
    build_evaluated(builder, 34, 4, large);
    build_evaluated(builder, 35, 4, huge);
    build_evaluated(builder, 36, 4, "a");
    finish(fixture);
    assert_has(fixture->scratch.path, "  step /codetracer/eval-33-at-main.rb-line-4.rb:1\n"
                                      "  step /codetracer/eval-34-at-main.rb-line-4.rb:1\n"
                                      "  step /codetracer/eval-35-at-main.rb-line-4.rb:1\n"
                                      "  step /codetracer/eval-34-at-main.rb-line-4.rb:3\n");
}

/* Branches COUNT times in a row; in the last of them the steps are. */
static void
check_branches(struct fixture *fixture, unsigned count)
{
    char path[512], below[200] = "";
    struct record_builder *builder = &fixture->builder;
    const struct ct_timeline_child child = {
        .folder = path, .recording_id = RECORDING_ID, .pid = 42};
    build_own(builder, 4);
    build_evaluated(builder, 33, 4, "a = 1\n");
    put(fixture);
    for (unsigned i = 0; i < count; i++) {
        strcat(below, "children/1/");
        snprintf(path, sizeof path, "%s/%s", fixture->scratch.path, below);
        assert_ok(ct_timeline_branch(fixture->timeline, &child));
    }
    build_evaluated(builder, 34, 4, "b = 2\n");
    build_step(builder, 7, 1);
    finish(fixture);
    assert_has(path, "  step /codetracer/eval-34-at-main.rb-line-4.rb:1\n"
                     "  step /codetracer/eval-7-at-main.rb-line-4.rb:1\n");
    assert_source(fixture, below, 34, "b = 2\n\n");
    assert_source(fixture, below, 7, "own\n");
    assert_source(fixture, "", 33, "a = 1\n\n");
    assert_source(fixture, "", 34, NULL);
}

static void
test_a_branch_copies_what_it_shows(void **state)
{
    struct fixture *fixture = *state;
    check_branches(fixture, 1);
    assert_source(fixture, "children/1/", 8, NULL);
}

static void
test_branches_of_branches(void **state)
{
    check_branches(*state, 7);
}

/* The eighth lets go of the folders before it, with copies of all that there is. */
static void
test_too_many_branches_of_branches(void **state)
{
    char below[] = "children/1/children/1/children/1/children/1/children/1/children/1/children/1/"
                   "children/1/";
    struct fixture *fixture = *state;
    check_branches(fixture, 8);
    assert_source(fixture, below, 8, "own\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_have_files_and_the_others_a_page, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_method_stands_where_its_text_does, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_page_is_followed_by_another, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_branch_copies_what_it_shows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_branches_of_branches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many_branches_of_branches, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
