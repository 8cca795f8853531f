/* A timeline that becomes a forked child's, and one that was held and lands: the trace goes on from
 * ids and values that are known already.
 *
 * The independent reader says what is in it. */
#include "reading.h"
#include "timeline_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDING_ID "01949fcc-7d92-7e9c-a001-000000000002"

struct fixture {
    struct scratch scratch;
    struct ct_timeline *timeline;
};

static enum ct_status
open_folder(void *context, const char *path, struct ct_folder **out_folder)
{
    (void)context;
    return ct_folder_open(path, true, NULL, out_folder, NULL);
}

static void
put(struct fixture *fixture, struct record_builder *builder)
{
    for (size_t at = 0; at < builder->bytes.size;) {
        struct ct_spool_record *record = (struct ct_spool_record *)(builder->bytes.bytes + at);
        at += record->size;
        assert_ok(ct_timeline_put(fixture->timeline, record));
    }
    build_release(builder);
    build_init(builder);
}

/* main.rb: a call of `work(3)` is open, and stands at line 7 with x = 5. */
static void
begin_as(struct fixture *fixture, struct record_builder *builder, const char *profile, bool is_held)
{
    const uint32_t names[] = {1};
    const struct ct_timeline_options options = {.open_folder = open_folder};
    scratch_make(&fixture->scratch);
    assert_ok(ct_timeline_new(&options, &fixture->timeline));
    build_init(builder);
    build_start(builder, &(struct start_texts){.out_folder = fixture->scratch.path,
                                               .profile = profile,
                                               .program = "/srv/main.rb",
                                               .is_held = is_held});
    build_name(builder, 0, "work");
    build_name(builder, 1, "x");
    build_path(builder, 0, "/srv/main.rb", "text");
    build_function(builder, 0, 0, 2, 0);
    build_layout(builder, 0, 0, names, 1);
    build_view(builder, CT_SPOOL_VIEW, 0, 0);
    build_begin_call(builder, 0);
    build_word_item(builder, 1, WORD_INT(3));
    build_end_record(builder, 0);
    build_begin_step(builder, CT_SPOOL_STEP, 0, 7);
    build_word_item(builder, 0, WORD_INT(5));
    build_end_record(builder, 0);
    put(fixture, builder);
}

static void
begin(struct fixture *fixture, struct record_builder *builder, const char *profile)
{
    begin_as(fixture, builder, profile, false);
}

static void
branch(struct fixture *fixture, char *out_path, size_t size)
{
    snprintf(out_path, size, "%s/children/42", fixture->scratch.path);
    const struct ct_timeline_child child = {
        .folder = out_path, .recording_id = RECORDING_ID, .pid = 42};
    assert_ok(ct_timeline_branch(fixture->timeline, &child));
}

static void
finish(struct fixture *fixture)
{
    ct_timeline_free(fixture->timeline);
    scratch_remove(&fixture->scratch);
}

static void
assert_events(const char *path, const char *expected)
{
    char *events = oracle_read("events", path);
    assert_string_equal(events, expected);
    free(events);
}

static void
check_branch(const char *profile)
{
    static const char expected[] = "call <top-level>() /srv/main.rb:1\n"
                                   "  step /srv/main.rb:1\n"
                                   "  step /srv/main.rb:2\n"
                                   "  call work(x=Integer:3) /srv/main.rb:2\n"
                                   "    step /srv/main.rb:7\n"
                                   "      x = Integer:5\n"
                                   "    step /srv/main.rb:8\n"
                                   "      x = Integer:5\n"
                                   "  return Unfinished:\"still running when the recording "
                                   "ended\"\n"
                                   "return NilClass:None\n";
    struct fixture fixture;
    struct record_builder builder;
    char path[128];
    begin(&fixture, &builder, profile);
    branch(&fixture, path, sizeof path);
    build_step(&builder, 0, 8);
    build_end(&builder, 0);
    put(&fixture, &builder);
    build_release(&builder);
    assert_ok(ct_timeline_finish(fixture.timeline));
    assert_true(oracle_accepts(path));
    assert_events(path, expected);
    finish(&fixture);
}

static void
test_a_branch_goes_on_from_the_fork(void **state)
{
    (void)state;
    check_branch("aug26");
    check_branch("json");
}

/* Strands of other threads are the parent's: nothing of them is shown, nor that they end. */
static void
test_strands_that_are_inherited_say_nothing(void **state)
{
    struct fixture fixture;
    struct record_builder builder;
    char path[128];
    (void)state;
    begin(&fixture, &builder, "json");
    build_strand(&builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_THREAD, 1, "");
    build_strand(&builder, CT_SPOOL_SWITCH, 0, 1, "");
    build_begin_call(&builder, 0);
    build_end_record(&builder, 0);
    build_strand(&builder, CT_SPOOL_SWITCH, 0, 0, "");
    put(&fixture, &builder);
    branch(&fixture, path, sizeof path);
    build_strand(&builder, CT_SPOOL_STRAND_END, 0, 1, "");
    build_end(&builder, 0);
    put(&fixture, &builder);
    build_release(&builder);
    assert_ok(ct_timeline_finish(fixture.timeline));
    assert_true(oracle_accepts(path));
    char *events = oracle_read("events", path);
    assert_null(strstr(events, "thread"));
    free(events);
    finish(&fixture);
}

static void
test_a_branch_before_start_and_after_the_end_is_refused(void **state)
{
    struct fixture fixture;
    struct record_builder builder;
    const struct ct_timeline_options options = {.open_folder = open_folder};
    const struct ct_timeline_child child = {.folder = "/nowhere", .recording_id = RECORDING_ID};
    struct ct_timeline *empty;
    (void)state;
    assert_ok(ct_timeline_new(&options, &empty));
    assert_int_equal(ct_timeline_branch(empty, &child), CT_ERR_STATE);
    ct_timeline_free(empty);
    begin(&fixture, &builder, "json");
    build_end(&builder, 0);
    put(&fixture, &builder);
    build_release(&builder);
    assert_int_equal(ct_timeline_branch(fixture.timeline, &child), CT_ERR_STATE);
    finish(&fixture);
}

/* ---- landing ---- */

/* Each frame of each strand shows its values where it stands; what has ended is not there. */
static void
check_landing(const char *profile, const char *folder)
{
    static const char expected[] =
        "call <top-level>() /srv/main.rb:1\n"
        "  step /srv/main.rb:1\n"
        "  event 12 \"flight recorder\" \"a test; let go before this: 11 steps\"\n"
        "  step /srv/main.rb:2\n"
        "  call work(x=Integer:3) /srv/main.rb:2\n"
        "    step /srv/main.rb:7\n"
        "      x = Integer:5\n"
        "    ThreadStart 2\n"
        "    ThreadSwitch 2\n"
        "    step /srv/main.rb:2\n"
        "    call <thread 2>() /srv/main.rb:2\n"
        "      step /srv/main.rb:2\n"
        "      call work(x=Integer:8) /srv/main.rb:2\n"
        "        step /srv/main.rb:4\n"
        "          x = Integer:9\n"
        "      return Suspended:\"continues in a later slice\"\n"
        "    return NilClass:None\n"
        "    ThreadSwitch 0\n"
        "    step /srv/main.rb:8\n"
        "      x = Integer:5\n";
    struct fixture fixture;
    struct record_builder builder;
    char path[128];
    const struct ct_timeline_landing landing = {.folder = folder == NULL ? NULL : path,
                                                .recording_id = folder == NULL ? NULL
                                                                               : RECORDING_ID,
                                                .reason = "a test"};
    begin_as(&fixture, &builder, profile, true);
    snprintf(path, sizeof path, "%s/%s", fixture.scratch.path, folder == NULL ? "." : folder);
    for (uint32_t id = 1; id <= 2; id++) {
        build_view(&builder, CT_SPOOL_VIEW, id, 0);
        build_strand(&builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_THREAD, id, "");
        build_strand(&builder, CT_SPOOL_SWITCH, 0, id, "");
        build_begin_call(&builder, 0);
        build_word_item(&builder, 1, WORD_INT(8));
        build_end_record(&builder, 0);
        build_begin_step(&builder, CT_SPOOL_STEP, id, 4);
        build_word_item(&builder, 0, WORD_INT(9));
        build_end_record(&builder, 0);
    }
    build_strand(&builder, CT_SPOOL_STRAND_END, 0, 1, "");
    build_strand(&builder, CT_SPOOL_SWITCH, 0, 0, "");
    put(&fixture, &builder);
    assert_true(ct_timeline_is_held(fixture.timeline));
    assert_ok(ct_timeline_land(fixture.timeline, &landing));
    assert_false(ct_timeline_is_held(fixture.timeline));
    build_step(&builder, 0, 8);
    put(&fixture, &builder);
    build_release(&builder);
    assert_ok(ct_timeline_finish(fixture.timeline));
    assert_true(oracle_accepts(path));
    char *events = oracle_read("events", path);
    events[sizeof expected - 1] = 0;
    assert_string_equal(events, expected);
    free(events);
    finish(&fixture);
}

static void
test_what_was_held_lands_with_all_live_frames(void **state)
{
    (void)state;
    check_landing("aug26", NULL);
    check_landing("json", NULL);
    check_landing("json", "dump");
}

static void
test_what_is_not_held_does_not_land(void **state)
{
    struct fixture fixture;
    struct record_builder builder;
    const struct ct_timeline_landing landing = {.reason = "a test"};
    (void)state;
    begin(&fixture, &builder, "json");
    assert_int_equal(ct_timeline_land(fixture.timeline, &landing), CT_ERR_STATE);
    build_release(&builder);
    finish(&fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_branch_goes_on_from_the_fork),
        cmocka_unit_test(test_strands_that_are_inherited_say_nothing),
        cmocka_unit_test(test_a_branch_before_start_and_after_the_end_is_refused),
        cmocka_unit_test(test_what_was_held_lands_with_all_live_frames),
        cmocka_unit_test(test_what_is_not_held_does_not_land),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
