/* Brief steps and items of the spool: the same steps and values as in their long form.
 *
 * Records are built by hand; the independent reader tells the trace's events. */
#include "timeline_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum name_id { NAME_X, NAME_Y, NAME_STRING };

#define VIEW 0

static const char expected_events[] =
    "call <top-level>() /srv/app/main.rb:1\n"
    "  step /srv/app/main.rb:1\n"
    "  step /srv/app/main.rb:2\n"
    "    x = Integer:0\n"
    "    y = Bool:true\n"
    "  step /srv/app/main.rb:38\n"
    "    x = Integer:-1\n"
    "  step /srv/app/main.rb:74\n"
    "    x = Integer:9007199254740991\n"
    "    y = Bool:true\n"
    "  step /srv/app/main.rb:110\n"
    "    x = Integer:9007199254740992\n"
    "  step /srv/app/main.rb:146\n"
    "    x = Integer:-9007199254740992\n"
    "    y = Bool:true\n"
    "  step /srv/app/main.rb:182\n"
    "    x = Integer:-9007199254740993\n"
    "  step /srv/app/main.rb:218\n"
    "    x = Integer:4611686018427387903\n"
    "    y = Bool:true\n"
    "  step /srv/app/main.rb:254\n"
    "    x = Integer:-4611686018427387904\n"
    "  step /srv/app/main.rb:257\n"
    "    x = Integer:-4611686018427387904\n"
    "    y = String:\"text\"\n"
    "return NilClass:None\n";

/* START, and a program with two variables. */
static void
build_head(struct record_builder *builder, const char *folder)
{
    static const char *const texts[] = {"x", "y", "String"};
    const uint32_t names[] = {NAME_X, NAME_Y};
    build_init(builder);
    build_start(builder, &(struct start_texts){.out_folder = folder,
                                               .profile = "aug26",
                                               .program = "/srv/app/main.rb"});
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        build_name(builder, i, texts[i]);
    build_path(builder, 0, "/srv/app/main.rb", "x = 1\n");
    build_layout(builder, 0, 0, names, 2);
    build_view(builder, CT_SPOOL_VIEW, VIEW, 0);
}

/* Words at both ends of what is brief and beyond, lines at both ends. */
static void
test_brief_steps_are_steps(void **state)
{
    (void)state;
    struct scratch scratch;
    struct record_builder all, *builder = &all;
    static const int64_t numbers[] = {0, -1, (1ll << 53) - 1, 1ll << 53, -(1ll << 53),
                                      -(1ll << 53) - 1, (1ll << 62) - 1, -(1ll << 62)};
    scratch_make(&scratch);
    build_head(builder, scratch.path);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        build_begin_brief_step(builder, VIEW);
        build_word_item(builder, 0, WORD_INT(numbers[i]));
        build_word_item(builder, 1, i % 2 == 0 ? WORD_TRUE : WORD_UNDEF);
        build_end_record(builder, (uint8_t)(i * 36));
    }
    build_begin_brief_step(builder, VIEW);
    build_begin_item(builder, 1);
    build_string(builder, NAME_STRING, NO_NAME, 0, "text");
    build_end_item(builder);
    build_end_record(builder, 255);
    build_end(builder, 0);
    assert_int_equal(timeline_run(builder, NULL, NULL), CT_OK);
    char *events = oracle_read("events", scratch.path);
    assert_string_equal(events, expected_events);
    free(events);
    build_release(builder);
    scratch_remove(&scratch);
}

static void
test_a_brief_step_of_no_view_is_damage(void **state)
{
    (void)state;
    struct record_builder builder;
    struct ct_folder *memory;
    assert_int_equal(ct_folder_memory_new(NULL, &memory), CT_OK);
    build_head(&builder, "/");
    build_begin_brief_step(&builder, UINT16_MAX);
    build_end_record(&builder, 0);
    assert_int_equal(timeline_run(&builder, memory, NULL), CT_ERR_FORMAT);
    build_release(&builder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brief_steps_are_steps),
        cmocka_unit_test(test_a_brief_step_of_no_view_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
