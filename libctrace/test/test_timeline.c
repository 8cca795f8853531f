/* What a timeline makes of records: the events of whole small recordings, threads and fibers, ends.
 *
 * Records are built by hand; the trace goes to disk and the independent reader tells its events,
 * which must be exactly those here. Damage is in test_timeline_damage.c. */
#include "timeline_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum name_id {
    NAME_X,
    NAME_Y,
    NAME_SELF,
    NAME_N,
    NAME_BANK_ADD,
    NAME_BANK,
    NAME_KEY_ERROR,
    NAME_LOST,
    NAME_STRING,
    NAME_MAIN
};

enum function_id { FUNCTION_ADD };
enum layout_id { LAYOUT_MAIN, LAYOUT_ADD };

#define MAIN_VIEW 0
#define ADD_VIEW  1
#define THERE     UINT32_MAX /* an event at the strand's last step */

struct fixture {
    struct scratch scratch;
    struct record_builder builder;
};

/* START, and the definitions of a program with one method, Bank#add(n) on line 5. */
static void
build_prologue(struct record_builder *builder, const char *folder, const char *profile)
{
    static const char *const texts[] = {"x",        "y",    "self",     "n",
                                        "Bank#add", "Bank", "KeyError", "the recorder lost it",
                                        "String",   "main"};
    const char *const args[] = {"--fast", "a\xFF"};
    const uint32_t main_names[] = {NAME_X, NAME_Y}, add_names[] = {NAME_SELF, NAME_N};
    build_start(builder, &(struct start_texts){.out_folder = folder,
                                               .profile = profile,
                                               .program = "/srv/app/main.rb",
                                               .args = args,
                                               .arg_count = 2});
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        build_name(builder, i, texts[i]);
    build_path(builder, 0, "/srv/app/main.rb", "x = 1\n");
    build_path(builder, 1, "bank.rb", NULL);
    build_function(builder, FUNCTION_ADD, 1, 5, NAME_BANK_ADD);
    build_layout(builder, LAYOUT_MAIN, 0, main_names, 2);
    build_layout(builder, LAYOUT_ADD, 1, add_names, 2);
    build_view(builder, CT_SPOOL_VIEW, MAIN_VIEW, LAYOUT_MAIN);
    build_view(builder, CT_SPOOL_VIEW, ADD_VIEW, LAYOUT_ADD);
}

static int
set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    scratch_make(&fixture->scratch);
    build_init(&fixture->builder);
    build_prologue(&fixture->builder, fixture->scratch.path, "aug26");
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

/* STEP with one changed variable. */
static void
build_change(struct record_builder *builder, uint32_t view_id, uint32_t line, uint32_t index,
             uint64_t word)
{
    build_begin_step(builder, CT_SPOOL_STEP, view_id, line);
    build_word_item(builder, index, word);
    build_end_record(builder, 0);
}

static void
build_call_add(struct record_builder *builder, int n)
{
    build_begin_call(builder, FUNCTION_ADD);
    build_begin_item(builder, NAME_SELF);
    build_mark(builder, CT_SNAPSHOT_OPAQUE, NAME_BANK, 1);
    build_end_item(builder);
    build_word_item(builder, NAME_N, WORD_INT(n));
    build_end_record(builder, 0);
}

static void
build_return(struct record_builder *builder, uint32_t view_id, uint32_t line, uint64_t word)
{
    build_begin_step(builder, CT_SPOOL_RETURN, view_id, line);
    build_word_item(builder, CT_SPOOL_KEY_RETURN, word);
    build_end_record(builder, CT_SPOOL_RETURN_NORMAL);
}

static void
build_output(struct record_builder *builder, uint32_t view_id, uint32_t line, const char *text)
{
    build_event(builder, &(struct ct_spool_event){.view_id = view_id, .line = line}, "", text);
}

static void
build_switch(struct record_builder *builder, uint32_t id)
{
    build_strand(builder, CT_SPOOL_SWITCH, 0, id, "");
}

/* Runs what was built; the trace's events must be exactly these lines. */
static void
assert_events(struct fixture *fixture, const char *expected)
{
    assert_int_equal(timeline_run(&fixture->builder, NULL, NULL), CT_OK);
    char *events = oracle_read("events", fixture->scratch.path);
    assert_string_equal(events, expected);
    free(events);
    assert_true(oracle_accepts(fixture->scratch.path));
}

/* ---- one strand ---- */

static void
test_an_empty_recording_has_a_step(void **state)
{
    struct fixture *fixture = *state;
    build_end(&fixture->builder, 0);
    assert_events(fixture, "call <top-level>() /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:1\n"
                           "return NilClass:None\n");
}

static void
test_steps_carry_all_that_is_shown(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_step(builder, MAIN_VIEW, 1);
    build_change(builder, MAIN_VIEW, 2, 1, WORD_INT(7));
    build_change(builder, MAIN_VIEW, 3, 0, WORD_NIL);
    build_begin_step(builder, CT_SPOOL_VALUES, MAIN_VIEW, 0);
    build_word_item(builder, 1, WORD_INT(8));
    build_end_record(builder, 0);
    build_change(builder, MAIN_VIEW, 4, 0, WORD_UNDEF);
    build_end(builder, 0);
    assert_events(fixture, "call <top-level>() /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:2\n"
                           "    y = Integer:7\n"
                           "  step /srv/app/main.rb:3\n"
                           "    x = NilClass:None\n"
                           "    y = Integer:7\n"
                           "  step /srv/app/main.rb:4\n"
                           "    y = Integer:8\n"
                           "return NilClass:None\n");
}

/* Watched variables are shown with what the frame has, on that step alone. */
static void
test_watched_variables_are_shown_once(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_change(builder, MAIN_VIEW, 1, 0, WORD_INT(7));
    build_begin_step(builder, CT_SPOOL_STEP, MAIN_VIEW, 2);
    build_word_item(builder, CT_SPOOL_KEY_WATCHED | NAME_SELF, WORD_INT(1));
    build_word_item(builder, CT_SPOOL_KEY_WATCHED | NAME_LOST, WORD_UNDEF);
    build_begin_item(builder, CT_SPOOL_KEY_WATCHED | NAME_BANK);
    build_mark(builder, CT_SNAPSHOT_OPAQUE, NAME_BANK, 1);
    build_end_item(builder);
    build_end_record(builder, 0);
    build_step(builder, MAIN_VIEW, 3);
    build_call_add(builder, 5);
    build_begin_step(builder, CT_SPOOL_RETURN, ADD_VIEW, 7);
    build_word_item(builder, CT_SPOOL_KEY_WATCHED | NAME_BANK, WORD_INT(2));
    build_word_item(builder, CT_SPOOL_KEY_RETURN, WORD_NIL);
    build_end_record(builder, CT_SPOOL_RETURN_NORMAL);
    build_end(builder, 0);
    assert_events(fixture,
                  "call <top-level>() /srv/app/main.rb:1\n"
                  "  step /srv/app/main.rb:1\n"
                  "  step /srv/app/main.rb:1\n"
                  "    x = Integer:7\n"
                  "  step /srv/app/main.rb:2\n"
                  "    x = Integer:7\n"
                  "    self = Integer:1\n"
                  "    Bank = Bank:\"#<Bank #1>\"\n"
                  "  step /srv/app/main.rb:3\n"
                  "    x = Integer:7\n"
                  "  step /codetracer/bank.rb:5\n"
                  "  call Bank#add(self=Bank:\"#<Bank #1>\", n=Integer:5) /codetracer/bank.rb:5\n"
                  "    step /codetracer/bank.rb:7\n"
                  "      Bank = Integer:2\n"
                  "      <return_value> = NilClass:None\n"
                  "  return NilClass:None\n"
                  "return NilClass:None\n");
}

static void
test_watched_variables_without_a_step_are_damage(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_begin_step(builder, CT_SPOOL_VALUES, MAIN_VIEW, 0);
    build_word_item(builder, CT_SPOOL_KEY_WATCHED | NAME_BANK, WORD_INT(8));
    build_end_record(builder, 0);
    build_end(builder, 0);
    assert_int_equal(timeline_run(builder, NULL, NULL), CT_ERR_FORMAT);
}

static void
test_a_call_returns_its_value(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_change(builder, MAIN_VIEW, 1, 0, WORD_INT(1));
    build_call_add(builder, 5);
    build_change(builder, ADD_VIEW, 6, 1, WORD_INT(5));
    build_return(builder, ADD_VIEW, 7, WORD_INT(10));
    build_step(builder, MAIN_VIEW, 2);
    build_end(builder, 0);
    assert_events(fixture,
                  "call <top-level>() /srv/app/main.rb:1\n"
                  "  step /srv/app/main.rb:1\n"
                  "  step /srv/app/main.rb:1\n"
                  "    x = Integer:1\n"
                  "  step /codetracer/bank.rb:5\n"
                  "  call Bank#add(self=Bank:\"#<Bank #1>\", n=Integer:5) /codetracer/bank.rb:5\n"
                  "    step /codetracer/bank.rb:6\n"
                  "      n = Integer:5\n"
                  "    step /codetracer/bank.rb:7\n"
                  "      n = Integer:5\n"
                  "      <return_value> = Integer:10\n"
                  "  return Integer:10\n"
                  "  step /srv/app/main.rb:2\n"
                  "    x = Integer:1\n"
                  "return NilClass:None\n");
}

/* A class body ends in order, and nobody asks what it came to. */
static void
test_call_without_value(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_call_add(builder, 1);
    build_begin_step(builder, CT_SPOOL_RETURN, ADD_VIEW, 6);
    build_word_item(builder, 1, WORD_INT(7));
    build_end_record(builder, CT_SPOOL_RETURN_NOTHING);
    build_end(builder, 0);
    assert_int_equal(timeline_run(builder, NULL, NULL), CT_OK);
    assert_true(oracle_accepts(fixture->scratch.path));
    char *events = oracle_read("events", fixture->scratch.path);
    assert_non_null(strstr(events, "      n = Integer:7\n"
                                   "  return NilClass:None\n"
                                   "return NilClass:None\n"));
    free(events);
}

static void
test_calls_that_did_not_return(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_call_add(builder, 1);
    build_begin_step(builder, CT_SPOOL_RETURN, ADD_VIEW, 6);
    build_begin_item(builder, CT_SPOOL_KEY_RETURN);
    build_text(builder, NAME_KEY_ERROR, 0, "unwound by KeyError: key not found");
    build_end_item(builder);
    build_end_record(builder, CT_SPOOL_RETURN_UNWOUND);
    build_call_add(builder, 2);
    build_begin_step(builder, CT_SPOOL_RETURN, ADD_VIEW, 7);
    build_end_record(builder, CT_SPOOL_RETURN_UNWOUND);
    build_call_add(builder, 3);
    build_call_add(builder, 4);
    build_unwind(builder, 2, NAME_LOST);
    build_call_add(builder, 5);
    build_end(builder, 0);
    assert_int_equal(timeline_run(builder, NULL, NULL), CT_OK);
    assert_true(oracle_accepts(fixture->scratch.path));
    char *events = oracle_read("events", fixture->scratch.path);
    const char *const parts[] = {
        "      <return_value> = KeyError:\"unwound by KeyError: key not found\"\n"
        "  return KeyError:\"unwound by KeyError: key not found\"\n",
        "      <return_value> = Unwound:\"unwound\"\n  return Unwound:\"unwound\"\n",
        "    return Unwound:\"the recorder lost it\"\n"
        "  return Unwound:\"the recorder lost it\"\n",
        "  return Unfinished:\"still running when the recording ended\"\n"
        "return NilClass:None\n"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_non_null(strstr(events, parts[i]));
    free(events);
}

static void
test_a_recording_without_an_end(void **state)
{
    struct fixture *fixture = *state;
    build_call_add(&fixture->builder, 5);
    assert_events(fixture,
                  "call <top-level>() /srv/app/main.rb:1\n"
                  "  step /srv/app/main.rb:1\n"
                  "  step /codetracer/bank.rb:5\n"
                  "  call Bank#add(self=Bank:\"#<Bank #1>\", n=Integer:5) /codetracer/bank.rb:5\n"
                  "  return Unfinished:\"still running when the recording ended\"\n"
                  "return Unfinished:\"still running when the recording ended\"\n");
}

static void
test_a_return_too_many_is_lived_with(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_return(builder, MAIN_VIEW, 3, WORD_NIL);
    build_unwind(builder, 4, NAME_LOST);
    build_end(builder, 0);
    build_step(builder, MAIN_VIEW, 9); /* too late */
    assert_events(fixture, "call <top-level>() /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:3\n"
                           "return NilClass:None\n");
}

static void
test_events_stand_where_they_happened(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_change(builder, MAIN_VIEW, 2, 0, WORD_INT(1));
    build_output(builder, THERE, THERE, "here\n");
    build_output(builder, MAIN_VIEW, 2, "still here\n");
    build_output(builder, MAIN_VIEW, 3, "a line on\n");
    build_event(builder,
                &(struct ct_spool_event){.record.flags = CT_SPOOL_EVENT_ERROR,
                                         .true_size = 900,
                                         .view_id = THERE,
                                         .line = THERE},
                "Key\xFF", "Key: a\xC3");
    build_end(builder, -1);
    assert_events(fixture, "call <top-level>() /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:2\n"
                           "    x = Integer:1\n"
                           "  event 0 \"\" \"here\\n\"\n"
                           "  event 0 \"\" \"still here\\n\"\n"
                           "  step /srv/app/main.rb:3\n"
                           "    x = Integer:1\n"
                           "  event 0 \"\" \"a line on\\n\"\n"
                           "  event 11 \"Key\\\\xFF\" \"Key: a\\\\xC3 … [900 bytes]\"\n"
                           "return Unfinished:\"still running when the recording ended\"\n");
}

static void
test_the_exception_that_ended_the_program(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_end_unwound(builder, NAME_KEY_ERROR, "unwound by KeyError: key not found");
    assert_events(fixture, "call <top-level>() /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:1\n"
                           "return KeyError:\"unwound by KeyError: key not found\"\n");
}

static void
test_an_end_without_its_exception_is_damage(void **state)
{
    struct fixture *fixture = *state;
    build_end(&fixture->builder, CT_SPOOL_END_UNWOUND);
    assert_int_equal(timeline_run(&fixture->builder, NULL, NULL), CT_ERR_FORMAT);
}

static void
test_a_view_is_used_again_from_its_old_state(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_change(builder, MAIN_VIEW, 2, 0, WORD_INT(1));
    build_view(builder, CT_SPOOL_VIEW_DROP, ADD_VIEW, 0);
    build_view(builder, CT_SPOOL_VIEW, ADD_VIEW, LAYOUT_MAIN);
    build_step(builder, ADD_VIEW, 3);
    build_change(builder, ADD_VIEW, 4, 1, WORD_TRUE);
    build_step(builder, MAIN_VIEW, 5);
    build_end(builder, 0);
    assert_events(fixture, "call <top-level>() /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:1\n"
                           "  step /srv/app/main.rb:2\n"
                           "    x = Integer:1\n"
                           "  step /srv/app/main.rb:3\n"
                           "  step /srv/app/main.rb:4\n"
                           "    y = Bool:true\n"
                           "  step /srv/app/main.rb:5\n"
                           "    x = Integer:1\n"
                           "return NilClass:None\n");
}

static void
test_growing_and_shrinking_values(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    static char text[200001];
    memset(text, 'a', sizeof text - 1);
    const size_t sizes[] = {1, 300, 200000, 10, 60000, 3};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char end = text[sizes[i]];
        text[sizes[i]] = '\0';
        build_begin_step(builder, CT_SPOOL_STEP, MAIN_VIEW, 2);
        build_begin_item(builder, 0);
        build_string(builder, NAME_STRING, NO_NAME, 0, text);
        build_end_item(builder);
        build_end_record(builder, 0);
        text[sizes[i]] = end;
    }
    build_end(builder, 0);
    assert_int_equal(timeline_run(builder, NULL, NULL), CT_OK);
    assert_true(oracle_accepts(fixture->scratch.path));
    char *events = oracle_read("events", fixture->scratch.path);
    assert_non_null(strstr(events, "    x = String:\"aaa\"\nreturn"));
    assert_true(strlen(events) > 260000 && strlen(events) < 262000);
    free(events);
}

/* ---- strands ---- */

static void
test_a_thread_is_shown_in_slices(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_strand(builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_THREAD, 1, "worker");
    build_step(builder, MAIN_VIEW, 2);
    build_switch(builder, 1);
    build_switch(builder, 0);
    build_step(builder, MAIN_VIEW, 3);
    build_switch(builder, 1);
    build_change(builder, MAIN_VIEW, 12, 0, WORD_INT(1));
    build_call_add(builder, 5);
    build_change(builder, ADD_VIEW, 6, 1, WORD_INT(5));
    build_switch(builder, 0);
    build_output(builder, THERE, THERE, "main\n");
    build_switch(builder, 1);
    build_output(builder, THERE, THERE, "worker\n");
    build_return(builder, ADD_VIEW, 7, WORD_NIL);
    build_strand(builder, CT_SPOOL_STRAND_END, 0, 1, "");
    build_switch(builder, 0);
    build_step(builder, MAIN_VIEW, 4);
    build_end(builder, 0);
    assert_events(fixture,
                  "call <top-level>() /srv/app/main.rb:1\n"
                  "  step /srv/app/main.rb:1\n"
                  "  ThreadStart 1\n"
                  "  step /srv/app/main.rb:2\n"
                  "  step /srv/app/main.rb:3\n"
                  "  ThreadSwitch 1\n"
                  "  step /srv/app/main.rb:12\n"
                  "  call <thread \"worker\">() /srv/app/main.rb:12\n"
                  "    step /srv/app/main.rb:12\n"
                  "      x = Integer:1\n"
                  "    step /codetracer/bank.rb:5\n"
                  "    call Bank#add(self=Bank:\"#<Bank #1>\", n=Integer:5) /codetracer/bank.rb:5\n"
                  "      step /codetracer/bank.rb:6\n"
                  "        n = Integer:5\n"
                  "    return Suspended:\"continues in a later slice\"\n"
                  "  return NilClass:None\n"
                  "  ThreadSwitch 0\n"
                  "  step /srv/app/main.rb:3\n"
                  "    x = Integer:1\n"
                  "  event 0 \"\" \"main\\n\"\n"
                  "  ThreadSwitch 1\n"
                  "  step /srv/app/main.rb:12\n"
                  "  call <thread \"worker\">() /srv/app/main.rb:12\n"
                  "    step /codetracer/bank.rb:5\n"
                  "    call Bank#add(self=Bank:\"#<Bank #1>\", n=Integer:5) /codetracer/bank.rb:5\n"
                  "      step /codetracer/bank.rb:6\n"
                  "        n = Integer:5\n"
                  "      event 0 \"\" \"worker\\n\"\n"
                  "      step /codetracer/bank.rb:7\n"
                  "        n = Integer:5\n"
                  "        <return_value> = NilClass:None\n"
                  "    return NilClass:None\n"
                  "  return NilClass:None\n"
                  "  ThreadExit 1\n"
                  "  ThreadSwitch 0\n"
                  "  step /srv/app/main.rb:4\n"
                  "    x = Integer:1\n"
                  "return NilClass:None\n");
}

static void
test_strands_that_never_finish(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_strand(builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_FIBER, 1, "");
    build_strand(builder, CT_SPOOL_STRAND, CT_SPOOL_STRAND_THREAD, 2, "idle");
    build_switch(builder, 1);
    build_call_add(builder, 1);
    build_switch(builder, 2);
    build_step(builder, MAIN_VIEW, 9);
    build_end(builder, 0);
    assert_events(fixture,
                  "call <top-level>() /srv/app/main.rb:1\n"
                  "  step /srv/app/main.rb:1\n"
                  "  ThreadStart 1\n"
                  "  ThreadStart 2\n"
                  "  ThreadSwitch 1\n"
                  "  step /codetracer/bank.rb:5\n"
                  "  call <fiber 1>() /codetracer/bank.rb:5\n"
                  "    step /codetracer/bank.rb:5\n"
                  "    call Bank#add(self=Bank:\"#<Bank #1>\", n=Integer:1) /codetracer/bank.rb:5\n"
                  "    return Suspended:\"continues in a later slice\"\n"
                  "  return NilClass:None\n"
                  "  ThreadSwitch 2\n"
                  "  step /srv/app/main.rb:9\n"
                  "  call <thread \"idle\">() /srv/app/main.rb:9\n"
                  "    step /srv/app/main.rb:9\n"
                  "  return NilClass:None\n"
                  "  ThreadSwitch 1\n"
                  "  step /codetracer/bank.rb:5\n"
                  "  call <fiber 1>() /codetracer/bank.rb:5\n"
                  "    step /codetracer/bank.rb:5\n"
                  "    call Bank#add(self=Bank:\"#<Bank #1>\", n=Integer:1) /codetracer/bank.rb:5\n"
                  "    return Unfinished:\"still running when the recording ended\"\n"
                  "  return NilClass:None\n"
                  "  ThreadSwitch 0\n"
                  "return NilClass:None\n");
}

/* ---- profiles ---- */

static void
test_json_tells_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct record_builder *builder = &fixture->builder;
    build_call_add(builder, 5);
    build_return(builder, ADD_VIEW, 7, WORD_INT(10));
    build_end(builder, 0);
    assert_int_equal(timeline_run(builder, NULL, NULL), CT_OK);
    char *combined = oracle_read("events", fixture->scratch.path);
    build_release(builder);
    build_init(builder);
    build_prologue(builder, fixture->scratch.path, "json");
    build_call_add(builder, 5);
    build_return(builder, ADD_VIEW, 7, WORD_INT(10));
    build_end(builder, 0);
    assert_events(fixture, combined);
    free(combined);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_empty_recording_has_a_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_steps_carry_all_that_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_watched_variables_are_shown_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_watched_variables_without_a_step_are_damage, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_call_returns_its_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_call_without_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_calls_that_did_not_return, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_recording_without_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_return_too_many_is_lived_with, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_events_stand_where_they_happened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_exception_that_ended_the_program, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_end_without_its_exception_is_damage, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_view_is_used_again_from_its_old_state, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_growing_and_shrinking_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_thread_is_shown_in_slices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_strands_that_never_finish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_json_tells_the_same, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
