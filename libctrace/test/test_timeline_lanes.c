/* What a timeline makes of records from several lanes: ids of their own, strands in one trace.
 *
 * Records are built by hand, with marks where the lane changes; the independent reader tells the
 * events. Threads and fibers within a lane are in test_timeline.c, but for those that are named. */
#include "timeline_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORK 0 /* the function, in each lane */
#define VIEW 0

struct fixture {
    struct scratch scratch;
    struct record_builder builder;
};

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    scratch_make(&fixture->scratch);
    build_init(&fixture->builder);
    build_start(&fixture->builder, &(struct start_texts){.out_folder = fixture->scratch.path,
                                                         .profile = "aug26",
                                                         .program = "/srv/main.rb"});
    build_path(&fixture->builder, 0, "/srv/main.rb", "x = 1\n");
    *state = fixture;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *fixture = *state;
    scratch_remove(&fixture->scratch);
    build_release(&fixture->builder);
    free(fixture);
    return 0;
}

/* The lane's own function and view, under the same ids as any other lane's. */
static void
build_definitions(struct record_builder *builder, const char *function, const char *variable)
{
    const uint32_t names[] = {1};
    build_name(builder, 0, function);
    build_name(builder, 1, variable);
    build_function(builder, WORK, 0, 5, 0);
    build_layout(builder, 0, 0, names, 1);
    build_view(builder, CT_SPOOL_VIEW, VIEW, 0);
}

static void
build_ractor(struct record_builder *builder, uint32_t id, const char *name)
{
    build_strand(builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_RACTOR, id, name);
    build_strand(builder, CT_SPOOL_SWITCH, 0, id, "");
}

static void
build_call_work(struct record_builder *builder, int n)
{
    build_begin_call(builder, WORK);
    build_word_item(builder, 1, WORD_INT(n));
    build_end_record(builder, 0);
}

static void
build_return_work(struct record_builder *builder, int n)
{
    build_begin_step(builder, CT_SPOOL_RETURN, VIEW, 7);
    build_word_item(builder, CT_SPOOL_KEY_RETURN, WORD_INT(n));
    build_end_record(builder, CT_SPOOL_RETURN_NORMAL);
}

static void
assert_events(struct fixture *fixture, const char *expected)
{
    assert_int_equal(timeline_run(&fixture->builder, NULL, NULL), CT_OK);
    assert_true(oracle_accepts(fixture->scratch.path));
    char *events = oracle_read("events", fixture->scratch.path);
    assert_string_equal(events, expected);
    free(events);
}

static void
test_two_lanes_keep_their_ids_apart(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_definitions(builder, "main_work", "x");
    build_lane(builder, 1);
    build_definitions(builder, "work", "n");
    build_ractor(builder, 0, "one");
    build_call_work(builder, 3);
    build_lane(builder, 0);
    build_call_work(builder, 1);
    build_lane(builder, 2);
    build_definitions(builder, "other_work", "m");
    build_ractor(builder, 0, "");
    build_call_work(builder, 4);
    build_lane(builder, 1);
    build_return_work(builder, 30);
    build_strand(builder, CT_SPOOL_STRAND_END, 0, 0, "");
    build_lane(builder, 0);
    build_return_work(builder, 10);
    build_end(builder, 0);
    assert_events(fixture, "call <top-level>() /srv/main.rb:1\n"
                           "  step /srv/main.rb:1\n"
                           "  ThreadStart 1\n"
                           "  ThreadSwitch 1\n"
                           "  step /srv/main.rb:5\n"
                           "  call <ractor \"one\">() /srv/main.rb:5\n"
                           "    step /srv/main.rb:5\n"
                           "    call work(n=Integer:3) /srv/main.rb:5\n"
                           "    return Suspended:\"continues in a later slice\"\n"
                           "  return NilClass:None\n"
                           "  ThreadSwitch 0\n"
                           "  step /srv/main.rb:5\n"
                           "  call main_work(x=Integer:1) /srv/main.rb:5\n"
                           "    ThreadStart 2\n"
                           "    ThreadSwitch 2\n"
                           "    step /srv/main.rb:5\n"
                           "    call <ractor 2>() /srv/main.rb:5\n"
                           "      step /srv/main.rb:5\n"
                           "      call other_work(m=Integer:4) /srv/main.rb:5\n"
                           "      return Suspended:\"continues in a later slice\"\n"
                           "    return NilClass:None\n"
                           "    ThreadSwitch 1\n"
                           "    step /srv/main.rb:5\n"
                           "    call <ractor \"one\">() /srv/main.rb:5\n"
                           "      step /srv/main.rb:5\n"
                           "      call work(n=Integer:3) /srv/main.rb:5\n"
                           "        step /srv/main.rb:7\n"
                           "          <return_value> = Integer:30\n"
                           "      return Integer:30\n"
                           "    return NilClass:None\n"
                           "    ThreadExit 1\n"
                           "    ThreadSwitch 0\n"
                           "    step /srv/main.rb:7\n"
                           "      <return_value> = Integer:10\n"
                           "  return Integer:10\n"
                           "  ThreadSwitch 2\n"
                           "  step /srv/main.rb:5\n"
                           "  call <ractor 2>() /srv/main.rb:5\n"
                           "    step /srv/main.rb:5\n"
                           "    call other_work(m=Integer:4) /srv/main.rb:5\n"
                           "    return Unfinished:\"still running when the recording ended\"\n"
                           "  return NilClass:None\n"
                           "  ThreadSwitch 0\n"
                           "return NilClass:None\n");
}

/* A call has returned, another lane wrote, an event comes: it happened where the call was made. */
static void
test_an_event_behind_a_call_and_another_lane(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_definitions(builder, "work", "x");
    build_begin_step(builder, CT_SPOOL_STEP, VIEW, 2);
    build_word_item(builder, 0, WORD_INT(1));
    build_end_record(builder, 0);
    build_call_work(builder, 1);
    build_return_work(builder, 10);
    build_lane(builder, 1);
    build_ractor(builder, 0, "");
    build_definitions(builder, "other_work", "m");
    build_call_work(builder, 4);
    build_lane(builder, 0);
    build_event(builder, &(struct ct_spool_event){.view_id = UINT32_MAX, .line = UINT32_MAX}, "",
                "main\n");
    build_end(builder, 0);
    assert_int_equal(timeline_run(builder, NULL, NULL), CT_OK);
    char *events = oracle_read("events", fixture->scratch.path);
    assert_non_null(strstr(events, "  ThreadSwitch 0\n"
                                   "  step /srv/main.rb:2\n"
                                   "    x = Integer:1\n"
                                   "  event 0 \"\" \"main\\n\"\n"));
    free(events);
}

static void
test_a_thread_gets_the_next_number_where_its_own_is_taken(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_lane(builder, 1);
    build_ractor(builder, 0, "");
    build_lane(builder, 0);
    build_strand(builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_THREAD, 1, "");
    build_strand(builder, CT_SPOOL_STRAND_END, 0, 1, "");
    build_lane(builder, 1);
    build_strand(builder, CT_SPOOL_STRAND_END, 0, 0, "");
    build_lane(builder, 0);
    build_end(builder, 0);
    assert_events(fixture, "call <top-level>() /srv/main.rb:1\n"
                           "  step /srv/main.rb:1\n"
                           "  ThreadStart 1\n"
                           "  ThreadStart 2\n"
                           "  ThreadExit 2\n"
                           "  ThreadExit 1\n"
                           "return NilClass:None\n");
}

/* What only lane 0 may say, and what needs a strand. */
/* Later slices have the new name; without one the number is back. */
static void
test_a_thread_that_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_definitions(builder, "work", "n");
    build_strand(builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_THREAD, 1, "");
    for (uint32_t line = 1; line < 5; line++) {
        build_step(builder, VIEW, line);
        if (line == 4)
            build_strand(builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_THREAD, 1, "");
        build_strand(builder, CT_SPOOL_SWITCH, 0, 1, "");
        build_step(builder, VIEW, line);
        if (line == 1)
            build_strand(builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_THREAD, 1, "w\xFF");
        build_step(builder, VIEW, line);
        build_strand(builder, CT_SPOOL_SWITCH, 0, 0, "");
    }
    build_end(builder, 0);
    assert_int_equal(timeline_run(builder, NULL, NULL), CT_OK);
    assert_true(oracle_accepts(fixture->scratch.path));
    char *events = oracle_read("events", fixture->scratch.path), *at = events;
    const char *const labels[] = {"call <thread 1>()", "call <thread \"w\\xFF\">()",
                                  "call <thread \"w\\xFF\">()", "call <thread 1>()"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        at = strstr(at, "call <thread ");
        assert_non_null(at);
        assert_memory_equal(at, labels[i], strlen(labels[i]));
        at++;
    }
    assert_null(strstr(at, "call <thread "));
    assert_null(strstr(strstr(events, "ThreadStart") + 1, "ThreadStart"));
    free(events);
}

static void
test_records_out_of_place_are_damage(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    size_t start_size = builder->bytes.size;
    for (int i = 0; i < 5; i++) {
        builder->bytes.size = start_size;
        build_lane(builder, i == 4 ? 65 : 1);
        if (i == 0)
            build_path(builder, 1, "/srv/other.rb", NULL);
        else if (i == 1)
            build_end(builder, 0);
        else if (i == 2)
            build_unwind(builder, 1, 0);
        else if (i == 3)
            build_strand(builder, CT_SPOOL_SWITCH, 0, 0, "");
        assert_int_equal(timeline_run(builder, NULL, NULL), CT_ERR_FORMAT);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_lanes_keep_their_ids_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_event_behind_a_call_and_another_lane, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_thread_gets_the_next_number_where_its_own_is_taken,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_thread_that_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_records_out_of_place_are_damage, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
